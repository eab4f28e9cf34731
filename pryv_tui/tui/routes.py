"""Where an operator can go from everywhere: each place by the name of its action."""

from __future__ import annotations

from collections.abc import Callable

from pryv_tui.tui.base.page import Page


def _backup(page: Page) -> Page:
    from pryv_tui.tui.screens.backup import BackupWizard

    return BackupWizard(page.desk)


def _restore(page: Page) -> Page:
    from pryv_tui.tui.screens.restore import RestoreWizard

    return RestoreWizard(page.desk)


def _sets(page: Page) -> Page:
    from pryv_tui.tui.screens.sets import SetsScreen

    return SetsScreen(page.desk)


def _runs(page: Page) -> Page:
    from pryv_tui.tui.screens.runs import RunsScreen

    return RunsScreen(page.desk)


def _doctor(page: Page) -> Page:
    from pryv_tui.tui.screens.doctor import DoctorScreen

    return DoctorScreen(page.desk)


PLACES: dict[str, Callable[[Page], Page]] = {
    "backup": _backup,
    "restore": _restore,
    "sets": _sets,
    "runs": _runs,
    "doctor": _doctor,
}


def go(page: Page, place: str, hint: tuple[str, str] | None = None) -> None:
    """Open a place over a screen; Escape comes back to it as it was left.

    Args:
        hint: an action that is asked for there, and how: said above its line of keys.
    """
    there = PLACES[place](page)
    there.hint = hint
    page.app.push_screen(there)
