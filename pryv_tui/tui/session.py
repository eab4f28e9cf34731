"""What every screen works with: the settings, the site, and what is known of the platform."""

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
    """Seconds between two looks of what looks by the clock."""

    overview: float = 15.0
    """Ages and the vault change without an engine's event."""
    runs: float = 2.0
    """At the journals, for the list of runs."""
    outlook: float = 1.0
    """At what a cancel would do by now."""


USUAL = Looks()


class Desk:
    """One an interface; screens are given it, there are no globals."""

    def __init__(self, settings: Settings, site: Site, looks: Looks = USUAL) -> None:
        self.settings = settings
        self.site = site
        self.looks = looks
        self.deployment: Deployment | None = None
        """As it was last found; None before the first look."""
        self.domain = ""
        """What a half-restored platform is called, whose root does not tell it now."""
        self.drafts: dict[str, dict[str, str]] = {}
        """What was typed where nothing came of it yet: by the question or the pages, by field."""

    @property
    def practice(self) -> bool:
        return self.site.practice

    def facts(self, room: int) -> str:
        """The platform in one line of at most this many cells, for the top of every screen."""
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
        """Look at the platform now; blocks."""
        self.deployment = self.site.discover()
        return self.deployment


def ended_unseen(state: Path) -> Attention | None:
    """How the run has ended that somebody watched and left; None where there is none; blocks."""
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
    """What became of a run since its end."""

    since: tuple[str, ...]
    undoable: bool
    """Something lies aside that an undo puts back."""
    look: LiveFound | None
    """The last look at the live platform."""
    offers: Offers = Offers()
    """Which of its offers can still be done."""


def became_of(state: Path, run: str, end: RunFinished | None = None) -> Became:
    """The same of a run by its id; blocks.

    Args:
        end: its last word.

    Raises:
        PryvTuiError: `run-unknown`.
    """
    record = resolve_run(state, run)
    can_be = kind_of(record.kind).moves_roots and any(one.id == run for one in undoable(state))
    offers = stand_now(state, record, end.offers) if end is not None else Offers()
    return Became(became(state, record), can_be, last_look(state), offers)


def run_going_on(state: Path) -> RunRecord | None:
    """The run that goes on now, if there is one; blocks."""
    return newest_running(all_runs(state))
