"""What a screen requests from the application: another place, a view of a run, or a dialog over
itself.

Only the application opens screens: no screen has to know another one, and one place decides which
screen is over which. A screen makes the request by a call, not by a message in Textual's queue: a
key typed right after `b` must reach the wizard, even if both keys come in one packet of a slow
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
"""Called with the answer of a dialog; None if the dialog was closed without an answer."""

PLACES = ("backup", "restore", "sets", "runs", "incidents", "drills", "doctor")
"""The places that an operator can go to from every screen, by the names of their actions."""


PRACTICE = "practice"
"""A place that only a practice platform has."""


class Go(msgspec.Struct, frozen=True):
    """The request to open a place over the current screen. Escape returns to that screen,
    unchanged."""

    place: str
    about: tuple[object, ...] = ()
    """What the place is about: a machine and its container, a set, or a title and its text."""
    hint: tuple[str, str] | None = None
    """An action that the operator wants there, and how to request it. The place shows the latter
    above its line of keys."""


class ShowRun(msgspec.Struct, frozen=True):
    """The request to show a run, while it is running or later."""

    record: RunRecord
    instead: bool = False
    """Whether the run's screen replaces the requesting screen, for example the wizard that started
    the run."""


class Navigator(Protocol):
    """The part of the application that screens use."""

    def navigate(self, wanted: Go | ShowRun) -> None: ...

    def show_dialog(
        self, dialog: Screen[Answer], answered: Answered[Answer] | None = None
    ) -> None: ...


def ask_for(app: App[object], wanted: Go | ShowRun) -> None:
    """Request another screen from the application."""
    cast(Navigator, app).navigate(wanted)


def show_dialog(
    app: App[Any], dialog: Screen[Answer], answered: Answered[Answer] | None = None
) -> None:
    """Request a dialog over the present screen from the application.

    Args:
        answered: called once with the dialog's answer, when it is closed.
    """
    cast(Navigator, app).show_dialog(dialog, answered)
