"""What a run is asked to do: written by its starter, read by its worker."""

from __future__ import annotations

from pathlib import Path

import msgspec

from pryv_tui.decoding import Undecodable, read_json, why
from pryv_tui.operations.adopting.folder import AdoptChoices
from pryv_tui.operations.plan import PlanKind
from pryv_tui.operations.sets.retention import NO_RULES, KeepRules
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.settings.shrinking import Limits
from pryv_tui.platform.gap import GapChoices
from pryv_tui.vault.files.types import Linking

NAME = "request.json"


class RunRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One run as it was asked for."""

    run: str
    kind: PlanKind
    settings: Settings
    roles: tuple[str, ...] = ()
    label: str = ""
    gap: GapChoices = GapChoices()
    """For a backup: what is done about the timing gap."""
    linking: Linking = "unchanged"
    """For a backup: what is linked to a former set instead of copied."""
    nice: bool = False
    """For a backup: whether the copy gives way to others."""
    limits: Limits | None = None
    """For a backup: which share of what the set before held makes this one suspicious."""
    keep: KeepRules = NO_RULES
    """For a prune: which sets are kept."""
    shown: tuple[str, ...] | None = None
    """For a prune: the sets that it was confirmed for; no other one goes."""
    files: tuple[str, ...] = ()
    """For single files: the patterns that mean them."""
    to: str = ""
    """For single files: the folder that they come to; below the root where empty."""
    set_id: str = ""
    """For a restore, single files, a send or a fetch: the set's full id."""
    undone_run: str = ""
    """For an undo: the run to be undone, its full id."""
    released_run: str = ""
    """For a release: the run whose kept content is let go, its full id."""
    adopt: AdoptChoices | None = None
    """For an adoption: the folder, and what is said of it."""
    container: str = ""
    """For a start, a stop or a restart: the container's name."""
    host: str = ""
    """For the same: its machine."""
    continues: str = ""
    """For a restore that goes on: the run that was stopped half-way, its full id."""
    recovers: str = ""
    """The run whose debts this one takes over."""
    asked: str = ""


def read_request(folder: Path) -> RunRequest | None:
    """What the run of a folder was asked to do, or None where that is not there or can't be read:
    `history.request_of` tells then what its journal knows of it."""
    return look_at_request(folder)[0]


def look_at_request(folder: Path) -> tuple[RunRequest | None, str]:
    """The same, and why what is there can't be read; empty where nothing is."""
    try:
        return read_json(folder / NAME, RunRequest), ""
    except (FileNotFoundError, NotADirectoryError):
        return None, ""
    except (OSError, Undecodable) as error:
        return None, f"{NAME} can't be read: {why(error)}"
