"""The screen for each place.

A screen is imported only when somebody goes to it, so that the first screen opens sooner.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pryv_tui.tui.base.page import Page
from pryv_tui.tui.navigation import Go, ShowRun
from pryv_tui.tui.session import Desk

if TYPE_CHECKING:
    from pryv_tui.drills.playing.drill import Drill
    from pryv_tui.operations.acceptance import Acceptable


def _backup(desk: Desk) -> Page:
    from pryv_tui.tui.screens.backup import BackupWizard

    return BackupWizard(desk)


def _restore(desk: Desk, set_id: str = "") -> Page:
    from pryv_tui.tui.screens.restore import RestoreWizard

    return RestoreWizard(desk, set_id) if set_id else RestoreWizard(desk)


def _sets(desk: Desk) -> Page:
    from pryv_tui.tui.screens.sets import SetsScreen

    return SetsScreen(desk)


def _runs(desk: Desk) -> Page:
    from pryv_tui.tui.screens.runs import RunsScreen

    return RunsScreen(desk)


def _incidents(desk: Desk) -> Page:
    from pryv_tui.tui.screens.incidents import IncidentsScreen

    return IncidentsScreen(desk)


def _drills(desk: Desk) -> Page:
    from pryv_tui.tui.screens.drills.choose import DrillsScreen

    return DrillsScreen(desk)


def _drill(desk: Desk, drill: Drill) -> Page:
    from pryv_tui.tui.screens.drills.play import PlayScreen

    return PlayScreen(desk, drill)


def _held(desk: Desk, drill: str) -> Page:
    from pryv_tui.tui.screens.drills.held import HeldScreen

    return HeldScreen(desk, drill)


def _doctor(desk: Desk) -> Page:
    from pryv_tui.tui.screens.doctor import DoctorScreen

    return DoctorScreen(desk)


def _container(desk: Desk, host: str, container: str) -> Page:
    from pryv_tui.tui.screens.container import ContainerScreen

    return ContainerScreen(desk, host, container)


def _logs(desk: Desk, host: str, container: str) -> Page:
    from pryv_tui.tui.screens.logs import LogsScreen

    return LogsScreen(desk, host, container)


def _prune(desk: Desk) -> Page:
    from pryv_tui.tui.screens.prune import PruneWizard

    return PruneWizard(desk)


def _practice(desk: Desk) -> Page:
    from pryv_tui.tui.screens.practice import PracticeScreen

    return PracticeScreen(desk)


def _text(desk: Desk, title: str, text: str, wrapped: bool = False) -> Page:
    from pryv_tui.tui.screens.text import TextScreen

    return TextScreen(desk, title, text, wrapped)


def _accept(desk: Desk, items: Sequence[Acceptable]) -> Page:
    from pryv_tui.tui.flows.accept import AcceptScreen

    return AcceptScreen(desk, items)


def _help(desk: Desk, about: Page) -> Page:
    from pryv_tui.tui.screens.help import HelpScreen

    return HelpScreen(desk, about)


PAGES: dict[str, Callable[..., Page]] = {
    "backup": _backup,
    "restore": _restore,
    "sets": _sets,
    "runs": _runs,
    "incidents": _incidents,
    "drills": _drills,
    "drill": _drill,
    "held": _held,
    "doctor": _doctor,
    "container": _container,
    "logs": _logs,
    "prune": _prune,
    "practice": _practice,
    "text": _text,
    "accept": _accept,
    "help": _help,
}


def page_for(desk: Desk, wanted: Go | ShowRun) -> Page:
    """Make the requested screen."""
    if isinstance(wanted, ShowRun):
        from pryv_tui.tui.screens.run import RunScreen

        return RunScreen(desk, wanted.record)
    about: tuple[Any, ...] = wanted.about
    page = PAGES[wanted.place](desk, *about)
    page.hint = wanted.hint
    return page
