"""Collect the account names that texts about a drill are compared with before they become evidence.

The names come from the drill's set and from the newest set. The names of the drill's set may be
unreadable: no vault, the set was removed, a file is damaged. Then no text can be checked for names,
unless their hashes were kept when the record was written (`remembered.py`). A scenario restores no
set, so its texts can't be checked while the newest set is unreadable.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from pryv_tui.drills import files
from pryv_tui.drills.model import SetOnRecord
from pryv_tui.drills.noting.accounts import accounts_in, enough, set_of
from pryv_tui.drills.noting.remembered import Remembered, remembered
from pryv_tui.drills.privacy import Names
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.events import Planned
from pryv_tui.incidents.files import read_events
from pryv_tui.operations.kinds.drill import Drill
from pryv_tui.operations.settings.identity import platform_of
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.runs.record.history import read_run, runs_folder
from pryv_tui.runs.record.request import read_request
from pryv_tui.vault.sets import BackupSet
from pryv_tui.vault.vault import Vault


class Compared(NamedTuple):
    """The account names to remove from texts, and how complete they are."""

    known: frozenset[str]
    """The account names that could be read."""
    why: str = ""
    """Why typed texts can't be checked for names at all; empty if they can be checked."""
    not_all: str = ""
    """Why some names of the drill's set are not known; empty if all are."""
    remembered: Remembered | None = None
    """Hashes of the names in the drill's set, used if the set itself can't be read any more."""

    @property
    def names(self) -> Names:
        return Names(self.known, self.remembered or ())


def names_about(settings: Settings, drill: str) -> Compared:
    """Collect the account names that texts about a drill are compared with.

    Args:
        drill: the drill's full id.
    """
    folder = files.folder_of(Path(settings.state), drill)
    asked, name = _asked(settings, drill)
    with suppress(PryvTuiError):
        filed = files.read_record(folder)
        name = filed.record.set.id if filed is not None else name
    if not name:
        events, _problems = read_events(folder)
        name = next((one.set for one in events if isinstance(one, Planned)), "")
    # The set's label may have been replaced by `[an account]`: the rest of the id still finds the
    # set.
    found = compared_with(asked, *set_of(asked, name.partition("[")[0].rstrip("-")))
    before = remembered(Path(settings.state), drill) if found.why and name else None
    return found._replace(why="", remembered=before) if before is not None else found


def names_of_a_site(settings: Settings) -> Compared:
    """Collect the account names of the newest set, for texts written before a drill exists."""
    return compared_with(settings, *set_of(settings, ""))


def compared_with(settings: Settings, found: SetOnRecord, backup: BackupSet | None) -> Compared:
    """Collect the account names of a drill's set and of the newest set.

    Args:
        settings: the settings that the drill was started with.
        found: the set as a record describes it; if it has no id, the drill restored no set.
        backup: that set; None if it can't be read.
    """
    known, not_all = accounts_in(backup, found)
    newest, unknown = _newest(settings, found.id)
    why = "" if enough(known, not_all) else not_all
    if not found.id and unknown:
        why = not_all = unknown
    return Compared(frozenset(known | newest), why, not_all)


def _asked(settings: Settings, drill: str) -> tuple[Settings, str]:
    """Return the settings and the set id that a sandbox drill was started with. For any other
    drill, return `settings` and an empty id."""
    run = read_run(runs_folder(Path(settings.state)) / drill)
    request = read_request(Path(run.folder)) if run is not None else None
    if not isinstance(request, Drill):
        return settings, ""
    return request.settings, request.set_id


def _newest(settings: Settings, but: str) -> tuple[set[str], str]:
    """Return the account names of the newest set, and the reason why they can't be read (else
    empty). Both are empty if the newest set is `but`, or if no backup was ever made."""
    try:
        newest = Vault(Path(settings.vault)).latest()
    except PryvTuiError as error:
        return set(), error.what
    if newest is None:
        return set(), _no_set(settings)
    if newest.id == but:
        return set(), ""
    known, unknown = accounts_in(newest, set_of(settings, newest.id)[0])
    return known, "" if enough(known, unknown) else unknown


def _no_set(settings: Settings) -> str:
    """Return why the vault has no set although backups were made; empty if none was ever made."""
    state, mine = Path(settings.state), platform_of(settings)
    for folder in runs_folder(state).glob("*Z-backup-*"):
        run = read_run(folder)
        if run is None or run.outcome not in ("complete", "warnings"):
            continue
        request = read_request(folder)
        if request is not None and platform_of(request.settings) == mine:
            return (
                f"the vault {settings.vault} holds no complete set, though backups were made: its"
                " disk may not be mounted"
            )
    return ""
