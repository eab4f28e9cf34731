"""What a text about a drill is compared with before it goes into its evidence; or why it can't be.

The names are those of the accounts of the drill's set, and of the newest set there is. Where those
of the drill's own set can't be told (the vault is not there, the set was removed, a file of it
can't be read) nobody can say whether a word of a text is a name, unless they were remembered when
the record was written. The same holds for a scenario, of which no set was restored, where the
newest set can't be told.
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
    """What texts are compared with."""

    known: frozenset[str]
    """The names of accounts, as far as they can be told."""
    why: str = ""
    """Why what people wrote can't be told from a name; empty: it can."""
    not_all: str = ""
    """Why not all names of the drill's set are known; empty where they are."""
    remembered: Remembered | None = None
    """The names of a set that can't be read any more."""

    @property
    def names(self) -> Names:
        return Names(self.known, self.remembered or ())


def names_about(settings: Settings, drill: str) -> Compared:
    """What texts about a drill are compared with.

    Args:
        drill: its full id.
    """
    folder = files.folder_of(Path(settings.state), drill)
    asked, name = _asked(settings, drill)
    with suppress(PryvTuiError):
        filed = files.read_record(folder)
        name = filed.record.set.id if filed is not None else name
    if not name:
        events, _problems = read_events(folder)
        name = next((one.set for one in events if isinstance(one, Planned)), "")
    # A word that was taken out of a set's name was its label: without it, it means the same set.
    found = compared_with(asked, *set_of(asked, name.partition("[")[0].rstrip("-")))
    before = remembered(Path(settings.state), drill) if found.why and name else None
    return found._replace(why="", remembered=before) if before is not None else found


def names_of_a_site(settings: Settings) -> Compared:
    """What is compared with before there is a drill: the names in the newest set."""
    return compared_with(settings, *set_of(settings, ""))


def compared_with(settings: Settings, found: SetOnRecord, backup: BackupSet | None) -> Compared:
    """What texts about a drill of a set are compared with; `found` without an id: of none.

    Args:
        settings: those that the drill was asked for with.
        found: what a record says of the set; so does `backup`, as far as it is here.
    """
    known, not_all = accounts_in(backup, found)
    newest, unknown = _newest(settings, found.id)
    why = "" if enough(known, not_all) else not_all
    if not found.id and unknown:
        why = not_all = unknown
    return Compared(frozenset(known | newest), why, not_all)


def _asked(settings: Settings, drill: str) -> tuple[Settings, str]:
    """The settings that a drill of a set was asked for with, and its set."""
    run = read_run(runs_folder(Path(settings.state)) / drill)
    request = read_request(Path(run.folder)) if run is not None else None
    if not isinstance(request, Drill):
        return settings, ""
    return request.settings, request.set_id


def _newest(settings: Settings, but: str) -> tuple[set[str], str]:
    """The names of the newest set's accounts; or why they can't be told. There are none where no
    backup was ever made."""
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
    """Why there is no set, though backups were made here; empty where none was."""
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
