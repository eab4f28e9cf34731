"""What a screen asks the application for: another place, a view of a run, or a dialog over itself.

Only the application pushes screens, so that no screen has to know another one, and what lies over
what is decided in one place. It is asked by a call and not by Textual's queue: what is typed right
after `b` belongs to the wizard already, also where both keys come in one packet of a slow
connection.
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
"""What is done with the answer of a dialog; None where it was left without one."""

PLACES = ("backup", "restore", "sets", "runs", "incidents", "drills", "doctor")
"""Where an operator can go from everywhere: each place by the name of its action."""


PRACTICE = "practice"
"""A place that only a practice platform has."""


class Go(msgspec.Struct, frozen=True):
    """Open a place over what is shown; Escape comes back to it as it was left."""

    place: str
    about: tuple[object, ...] = ()
    """What it is opened for: a container and its machine, a set, a text and its title."""
    hint: tuple[str, str] | None = None
    """An action that is asked for there, and how: said above its line of keys."""


class ShowRun(msgspec.Struct, frozen=True):
    """Show a run as it goes on, or as it ended."""

    record: RunRecord
    instead: bool = False
    """In the place of the screen that asks, which has done what it was for."""


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
        answered: what is done with its answer, once, when it is closed.
    """
    cast(Navigator, app).show_dialog(dialog, answered)
