"""Blocking work in threads, its answers in the event loop.

A thread never touches a widget: it posts a message, and the screen that asked takes the answer.
Only the newest question of a group is answered; what an earlier one still finds is dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from textual import on
from textual.app import ScreenStackError
from textual.events import Resize
from textual.message import Message
from textual.screen import Screen, ScreenResultType

from pryv_tui.errors import PryvTuiError
from pryv_tui.tui.widgets.too_small import TooSmall, too_small

T = TypeVar("T")
TOLD_SECONDS = 15.0
"""How long a notice stays of what went wrong, or of what became of a look that was killed."""


class Answered(Message):
    """Work of a thread has ended."""

    def __init__(self, group: str, serial: int, deliver: Callable[[], None]) -> None:
        super().__init__()
        self.group = group
        self.serial = serial
        self.deliver = deliver


class Asking(Screen[ScreenResultType]):
    """A screen that can have blocking work done, and that says so where it has no room."""

    def __init__(self) -> None:
        super().__init__()
        self._asked: dict[str, int] = {}
        self._opening: set[str] = set()
        """Groups whose answer opens another screen or a question."""
        self.too_small = TooSmall()
        """To be composed as the last part of it."""

    @property
    def is_current(self) -> bool:
        """Whether it is the screen on top.

        Textual (8.2) says so of the one below it too, for what may shine through: nothing does
        here, and whatever happened in a hidden screen would draw all of the visible one again.
        """
        try:
            return self.app.screen is self
        except ScreenStackError:
            return False

    @property
    def brings(self) -> bool:
        """Whether another screen or a question is on its way: what is typed now is meant for it."""
        return bool(self._opening)

    @on(Resize)
    def say_size(self, event: Resize) -> None:
        """Say in its place what size it needs, where it has less."""
        small = too_small(event.size)
        self.set_class(small, "-too-small")
        self.too_small.set_class(small, "-shown")
        self.too_small.refresh()

    def ask(
        self,
        group: str,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[PryvTuiError], None] | None = None,
        *,
        opens: bool = False,
    ) -> None:
        """Do `work` in a thread, then `done` with its result or `failed` with its error.

        Args:
            group: what the work is about; a newer question of a group replaces an older one.
            failed: `show_problem` where none is given.
            opens: its answer opens another screen or a question.
        """
        if opens:
            self._opening.add(group)
        serial = self._asked.get(group, 0) + 1
        self._asked[group] = serial

        def answer() -> None:
            deliver: Callable[[], None]
            try:
                result = work()
            except PryvTuiError as error:
                deliver = _later(failed or self.show_problem, error)
            except Exception as error:
                fault = PryvTuiError("internal", f"{type(error).__name__}: {error}")
                deliver = _later(failed or self.show_problem, fault)
            else:
                deliver = _later(done, result)
            self.post_message(Answered(group, serial, deliver))

        self.run_worker(answer, thread=True, group=group, exclusive=True, exit_on_error=False)

    @on(Answered)
    def take_answer(self, message: Answered) -> None:
        message.stop()
        # A screen that was never composed (the interface was being left) has nothing to show it.
        if self.children and self._asked.get(message.group) == message.serial:
            self._opening.discard(message.group)
            message.deliver()

    def show_problem(self, error: PryvTuiError) -> None:
        """Tell what happened and what to do."""
        self.notify(
            f"{error.what}\n{error.remedy}".rstrip(),
            severity="error",
            timeout=TOLD_SECONDS,
            markup=False,
        )


def _later(call: Callable[[Any], None], value: Any) -> Callable[[], None]:
    return lambda: call(value)
