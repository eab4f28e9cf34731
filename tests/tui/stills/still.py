"""A platform that stands still, so that its screens are always the same.

Made by hand, at one moment: it stands in for hosts, vault, plans, journals and the clock; what
is drawn of them is the program's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from copy import copy
from pathlib import Path
from typing import Any
from unittest.mock import patch

from pryv_tui.drills.of_a_set import set_to_drill as the_set_to_drill
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.looking import Standing
from pryv_tui.operations.guards.line import GuardLine
from pryv_tui.operations.overview.overview import Overview
from pryv_tui.operations.sets.no_set import TAKE_ONE
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.vault.sets import BackupSet
from tests.tui.stills import still_audit, still_drill, still_held, still_practice
from tests.tui.stills.still_comparing import StillLooker
from tests.tui.stills.still_parts import (
    BACKUP,
    BROKEN,
    NOW,
    RESTORE,
    SIZES,
    WARNED,
    StillSite,
    StillVault,
    at,
    first_look,
)
from tests.tui.stills.still_runs import (
    _backup,
    _events,
    _files,
    _journal,
    _prune,
    _record,
    _release,
    _restore,
    _runs,
    _switch,
    _undo,
)

LIVE = "20260115T115800Z-backup-6071"


def drill_runs(folder: Path, stage: still_drill.Stage, *, practice: bool) -> None:
    """The runs that a drill in a sandbox is: one that goes on, one that has ended, one refused."""
    ends = {"running": None, "complete": still_held.PASSED_END, "refused": still_held.REFUSED_END}
    for outcome, end in ends.items():
        until = {"running": 3, "complete": 7, "refused": 0}[outcome]
        name = f"{still_held.DRILL[:-4]}{outcome[:4]}"
        _journal(folder, name, still_held.events(until=until, end=end, practice=practice))
        state = "running" if outcome == "running" else "ended"
        stage.runs[outcome] = _record(name, folder, state=state, started=at(11, 55),
                                      outcome="" if end is None else outcome)  # fmt: skip


@contextmanager
def standing_still(folder: Path, *, practice: bool) -> Iterator[StillSite]:
    """The still platform in place of everything that the screens ask.

    Args:
        folder: for the journals.
    """
    site = StillSite(practice=practice)
    site.drills = stage = still_drill.Stage(folder)
    plan = _backup()
    _journal(folder, BACKUP, _events(plan, running=False, practice=practice))
    _journal(folder, LIVE, _events(plan, running=True, practice=practice))
    drill_runs(folder, stage, practice=practice)

    def runs(_state: Path) -> list[RunRecord]:
        found = _runs(folder)
        if site.scene == "running":
            found.append(_record(LIVE, folder, state="running", outcome="", set="",
                                 started=at(11, 58)))  # fmt: skip
        return found

    def known(state: Path, name: str) -> RunRecord:
        every = [*runs(state), *stage.runs.values()]
        return next(record for record in every if record.id == name)

    def going_on(_state: Path) -> RunRecord | None:
        return runs(_state)[-1] if site.scene == "running" else None

    def guards(*_given: Any, **_more: Any) -> list[GuardLine]:
        return list(WARNED)

    def undoable(state: Path) -> list[RunRecord]:
        return [record for record in runs(state) if record.id == RESTORE]

    def with_drills(found: Overview, settings: Settings, _others: object = ()) -> Overview:
        return still_held.with_drills(found, settings) if site.scene == "drilled" else found

    def set_to_drill(_site: Any, _name: str) -> BackupSet:
        if not stage.sets:
            empty: Any = copy(site)
            empty.vault = StillVault([])
            try:
                return the_set_to_drill(empty, "latest")
            except PryvTuiError as error:
                # The root of what stands still is on no disk: it would be taken for lost.
                raise PryvTuiError(error.name, error.what, TAKE_ONE) from None
        return site.vault.sets()[-1]

    tui = "pryv_tui.tui"
    in_place: dict[str, Any] = {
        "text.words.utc_now": lambda: NOW,
        "flows.since.utc_now": lambda: NOW,
        "widgets.topbar.utc_now": lambda: NOW,
        "text.run.now_seconds": NOW.timestamp,
        "text.run_model.now_seconds": NOW.timestamp,
        "screens.practice._look": still_practice.look,
        "screens.drills.choose._look": stage.look,
        "screens.drills.choose.begin": stage.begin,
        "screens.drills.choose.set_to_drill": set_to_drill,
        "screens.drills.choose.would_wait_for": lambda *_given: stage.busy,
        "screens.drills.choose.reminders": stage.reminders,
        "screens.drills.choose.start_run": stage.start_run,
        "screens.drills.play.utc_now": lambda: NOW,
        "screens.drills.play.usual": still_drill.usual,
        "screens.drills.held.usual": still_drill.usual,
        "screens.drills.held._read": stage.read,
        "screens.drills.held.note": still_held.can_not_write,
        "screens.drills.held.sign_drill": still_held.can_not_sign,
        "screens.drills.held.review_drill": still_held.can_not_sign,
        "screens.overview.with_drills": with_drills,
        "screens.overview.first_look": first_look,
        "screens.overview.notice": lambda *_given: Standing(),
        "screens.overview.folder_sizes": lambda _state: list(SIZES),
        # A run that goes on is not opened by itself here.
        "screens.overview.run_going_on": lambda _state: None,
        "base.page.run_going_on": going_on,
        "screens.runs.all_runs": runs,
        # Nothing lies aside on any disk.
        "screens.runs.undoable": undoable,
        "screens.runs.keeps_something": lambda record: record.id == RESTORE,
        "session.undoable": undoable,
        # Their folders hold a journal alone: nobody works there, and none of them has died.
        "screens.run.read_run": lambda _folder: None,
        "session.resolve_run": known,
        "screens.doctor.doctor": lambda *_given: list(BROKEN),
        "screens.backup.missing_now": lambda *_given, **_more: (),
        "screens.restore.missing_here": lambda *_given, **_more: (),
        "screens.restore.set_to_restore": lambda _missing, _found, sets, **_more: sets[-1],
        "screens.backup.backup_guards": guards,
        "screens.backup.plan_backup": _backup,
        "screens.restore.Looker": StillLooker,
        "text.comparing.utc_now": lambda: NOW,
        "screens.restore.restore_guards": guards,
        "screens.restore.plan_restore": _restore,
        "flows.undo.plan_undo": _undo,
        "flows.undo.with_undo_costs": lambda _site, _found, plan: plan,
        "flows.release.plan_release": _release,
        # Nothing is held and nothing was left: what is planned is the program's own.
        "screens.container.run_that_holds": lambda *_given: "",
        "screens.container.plan_switch": _switch,
        "flows.recover.plan_recovery": _undo,
        "flows.files.plan_files": _files,
        "screens.prune.plan_prune": _prune,
    }
    with ExitStack() as stack:
        for name, stand_in in in_place.items():
            stack.enter_context(patch(f"{tui}.{name}", stand_in))
        auditing = "pryv_tui.incidents.auditing"
        stack.enter_context(patch(f"{auditing}.ask_live", still_audit.ask_live))
        stack.enter_context(patch(f"{auditing}.set_to_ask_of", lambda _site: None))
        yield site
