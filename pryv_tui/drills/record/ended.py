"""Complete drills that ended without anybody there: write their missing records and pages.

`closing` writes the record itself.
"""

from __future__ import annotations

from pathlib import Path

from pryv_tui.drills import files
from pryv_tui.drills.files import Filed
from pryv_tui.drills.signing.papers import PAGE, missing_of
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents import files as incidents
from pryv_tui.operations.drilling.places import kept_here
from pryv_tui.operations.settings.identity import platform_of
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.runs.record.history import read_run, runs_folder
from pryv_tui.runs.record.request import read_request


def close_what_ended(settings: Settings, kind: str = files.KIND) -> list[Filed]:
    """Write the missing record of each sandbox drill whose run has ended or died: its starter may
    have exited before. Played drills are closed by their players. Also write missing pages of
    records, and notes that could not be compared with account names before.

    Raises:
        PryvTuiError: what `close_drill` raises.
    """
    state = Path(settings.state)
    mine = platform_of(settings)
    found = []
    if files.drills_that_wait(state):
        # Imported only if needed: every first screen calls this, and usually nothing waits.
        from pryv_tui.drills.noting.written import let_in_all

        let_in_all(settings)
    _finish_those_left(settings, state)
    there = [one for one in _run_folders(state, kind) if not _recorded(state, one.name)]
    # A leftover sandbox has to be removed first: the record contains the proof of that.
    passed = missing_of(state) | {one.drill for one in kept_here(state)} if there else set()
    for folder in there:
        if folder.name in passed or _spoilt(state, folder.name):
            continue
        run = read_run(folder)
        if run is None or run.kind != kind or run.state not in ("ended", "died"):
            continue
        request = read_request(Path(run.folder))
        if request is None or platform_of(request.settings) == mine:
            # Imported only if needed: every first screen calls this, and usually finds none.
            from pryv_tui.drills.record.closing import close_drill

            found.append(close_drill(settings, run.id))
    return found


def _finish_those_left(settings: Settings, state: Path) -> None:
    """Write the pages of this platform's records if some are missing."""
    mine = platform_of(settings)
    for one in files.records_of(state, mine):
        if not _recorded(state, one.folder.name):
            from pryv_tui.drills.record.closing import finish

            with incidents.locked(state, files.FOLDER):
                finish(settings, one)


def _run_folders(state: Path, kind: str) -> list[Path]:
    """Return the folders of runs of a kind, oldest first. They are chosen by name, without reading
    them."""
    try:
        return sorted(runs_folder(state).glob(f"*Z-{kind}-*"))
    except OSError:
        return []


def _spoilt(state: Path, drill: str) -> bool:
    """Whether a drill's record can't be read. `drill list` and `drill verify` report that; it must
    not prevent other drills from being recorded."""
    try:
        files.read_record(files.folder_of(state, drill))
    except PryvTuiError:
        return True
    return False


def _recorded(state: Path, drill: str) -> bool:
    return (files.folder_of(state, drill) / PAGE).exists()
