"""What every screen uses: the settings, the site, and the platform as it was last read."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec

from pryv_tui.hosts.deployment import Deployment
from pryv_tui.hosts.discovery import MACHINE_NAME
from pryv_tui.operations.acts import act_words
from pryv_tui.operations.audit.last_look import last_look
from pryv_tui.operations.facts import LiveFound
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.overview.attention import Attention
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import Site
from pryv_tui.phrases import counted, cut
from pryv_tui.runs.now import newest_running
from pryv_tui.runs.record.became import became, stand_now
from pryv_tui.runs.record.chain import undoable
from pryv_tui.runs.record.events import RunFinished
from pryv_tui.runs.record.history import (
    RunRecord,
    all_runs,
    read_run,
    resolve_run,
    runs_folder,
)
from pryv_tui.runs.record.report import Offers
from pryv_tui.tui.preferences import remembered


class Looks(msgspec.Struct, frozen=True, kw_only=True):
    """How often screens read their data again, in seconds."""

    overview: float = 15.0
    """For the platform: ages and the vault change without an event of an engine."""
    runs: float = 2.0
    """For the journals, in the list of runs."""
    outlook: float = 1.0
    """For the effect of a cancel, while its question is open."""


USUAL = Looks()


class Desk:
    """The data that all screens of one interface share. Each screen gets it as an argument: there
    are no globals."""

    def __init__(self, settings: Settings, site: Site, looks: Looks = USUAL) -> None:
        self.settings = settings
        self.site = site
        self.looks = looks
        self.deployment: Deployment | None = None
        """The platform as it was last found; None before the first look."""
        self.domain = ""
        """The domain of a half-restored platform, whose root does not contain it now."""
        self.drafts: dict[str, dict[str, str]] = {}
        """Text that was typed and not used yet: by question or wizard, then by field."""

    @property
    def practice(self) -> bool:
        return self.site.practice

    def facts(self, room: int) -> str:
        """Return the platform in one line of at most `room` cells, for the top of every screen."""
        found = self.deployment
        if found is None:
            return cut("looking …", room)
        hosts = counted(len(found.hosts), "host")
        form = found.form if found.form != "unknown" else "no role found"
        unknown = found.domain_source == MACHINE_NAME
        domain = self.domain if unknown and self.domain else found.domain
        parts = [domain, found.release or "release unknown", form, hosts]
        while len(parts) > 1 and len(" · ".join(parts)) > room:
            parts.pop()
        return " · ".join(parts)

    def look(self) -> Deployment:
        """Read the platform now. The call blocks."""
        self.deployment = self.site.discover()
        return self.deployment


def ended_unseen(state: Path) -> Attention | None:
    """Return how a run ended that somebody watched and left before its end. The call blocks.

    None if there is no such run, or it is still running.
    """
    watched = remembered(state).watched
    record = read_run(runs_folder(state) / watched) if watched else None
    if record is None or record.state in ("starting", "running"):
        return None
    outcome = record.outcome or record.state
    return Attention(
        "info" if outcome == "complete" else "warning",
        f"The {act_words(record.kind)} {record.id} that you left has ended: {outcome}.",
        f"See its result: pryv-tui attach {record.id}",
        run=record.id,
    )


class Became(NamedTuple):
    """What happened to a run since its end."""

    since: tuple[str, ...]
    undoable: bool
    """Whether an undo of the run can put something back."""
    look: LiveFound | None
    """The last live audit."""
    offers: Offers = Offers()
    """What the run's result offers to do: what can still be done, and what can't any more."""


def became_of(state: Path, run: str, end: RunFinished | None = None) -> Became:
    """Return what happened to a run since its end. The call blocks.

    Args:
        run: the run's id.
        end: the last event of its journal; None: its offers are not checked.

    Raises:
        PryvTuiError: `run-unknown`.
    """
    record = resolve_run(state, run)
    can_be = kind_of(record.kind).moves_roots and any(one.id == run for one in undoable(state))
    offers = stand_now(state, record, end.offers) if end is not None else Offers()
    return Became(became(state, record), can_be, last_look(state), offers)


def run_going_on(state: Path) -> RunRecord | None:
    """Return the run that is running now; None if there is none. The call blocks."""
    return newest_running(all_runs(state))
