"""What a screen asks the application for: another place, a view of a run, or a dialog over itself.

Only the application pushes screens: no screen has to know another one, and one place decides which
screen lies over which. A screen asks by a call, not by a message in Textual's queue: a key typed
right after `b` must reach the wizard, even if both keys come in one packet of a slow connection.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast

import msgspec
from textual.app import App
from textual.screen import Screen

from pryv_tui.runs.record.history import RunRecord

Answer = TypeVar("Answer")
Answered = Callable[[Answer | None], None]
"""Takes the answer of a dialog; None where the dialog was left without one."""

PLACES = ("backup", "restore", "sets", "runs", "incidents", "drills", "doctor")
"""The places that an operator can go to from every screen, by the names of their actions."""


PRACTICE = "practice"
"""A place that only a practice platform has."""


class Go(msgspec.Struct, frozen=True):
    """Open a place over the current screen; Escape comes back to that as it was left."""

    place: str
    about: tuple[object, ...] = ()
    """What the place is opened for: a machine and its container, a set, a title and its text."""
    hint: tuple[str, str] | None = None
    """An action that the operator wants there, and how to ask for it. The place says the latter
    above its line of keys."""


class ShowRun(msgspec.Struct, frozen=True):
    """Show a run as it goes on, or as it ended."""

    record: RunRecord
    instead: bool = False
    """Whether the run's screen replaces the one that asks, such as the wizard that started it."""


class Navigator(Protocol):
    """The application, as far as screens know it."""

    def navigate(self, wanted: Go | ShowRun) -> None: ...

    def show_dialog(
        self, dialog: Screen[Answer], answered: Answered[Answer] | None = None
    ) -> None: ...


def ask_for(app: App[object], wanted: Go | ShowRun) -> None:
    """Ask the application for another screen."""
    cast(Navigator, app).navigate(wanted)


def show_dialog(
    app: App[Any], dialog: Screen[Answer], answered: Answered[Answer] | None = None
) -> None:
    """Ask the application for a dialog over what is shown.

    Args:
        answered: called once with the dialog's answer, when it is closed.
    """
    cast(Navigator, app).show_dialog(dialog, answered)
