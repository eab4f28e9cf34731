"""Blocking work in threads; its results are handled in the event loop.

A thread never touches a widget: it posts a message, and the screen that requested the work handles
the result. In each group, only the result of the newest request is used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from textual import on
from textual.app import ScreenStackError
from textual.events import Resize, ScreenResume
from textual.message import Message
from textual.screen import Screen, ScreenResultType

from pryv_tui.errors import PryvTuiError
from pryv_tui.tui.widgets.too_small import TooSmall, too_small

T = TypeVar("T")
TOLD_SECONDS = 15.0
"""How many seconds a notice stays that reports a problem, or what a cleanup has found."""


class Answered(Message):
    """The message that a thread has ended its work."""

    def __init__(self, group: str, serial: int, deliver: Callable[[], None]) -> None:
        super().__init__()
        self.group = group
        self.serial = serial
        self.deliver = deliver


class Asking(Screen[ScreenResultType]):
    """A screen that can request blocking work. If the terminal is too small, it says so."""

    def __init__(self) -> None:
        super().__init__()
        self._asked: dict[str, int] = {}
        self._opening: set[str] = set()
        """Groups whose result opens another screen or a question."""
        self.too_small = TooSmall()
        """The message for a terminal that is too small; each screen composes it last."""
        self._resumed = False
        """Whether this screen was on top before."""

    @property
    def is_current(self) -> bool:
        """Whether this screen is the one on top.

        Textual (8.2) also says yes for the screen below, which might be visible through the top
        one. Here it never is, and a change in a hidden screen would draw the visible one again.
        """
        try:
            return self.app.screen is self
        except ScreenStackError:
            return False

    @property
    def brings(self) -> bool:
        """Whether another screen or a question is about to open: keys typed now are meant for
        it."""
        return bool(self._opening)

    def take_size(self) -> None:
        """Set the classes for the present size before anything is styled. Textual sets them with
        the first resize, and then styles the whole screen a second time."""
        width, height = self.app.size
        across = self.HORIZONTAL_BREAKPOINTS or []
        down = self.VERTICAL_BREAKPOINTS or []
        self.add_class(
            *self._get_breakpoint_classes(width, across),
            *self._get_breakpoint_classes(height, down),
        )

    @on(ScreenResume)
    def keep_styles(self, event: ScreenResume) -> None:
        """Prevent a second styling of a screen that just opened: it was styled under the same
        theme."""
        event.refresh_styles, self._resumed = self._resumed, True

    @on(Resize)
    def say_size(self, event: Resize) -> None:
        """If the terminal is too small, show the required size instead of the screen."""
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
        """Do `work` in a thread, then call `done` with its result or `failed` with its error.

        Args:
            group: a name for the work; a newer request of the same group replaces an older one.
            failed: default: `show_problem`.
            opens: whether the result opens another screen or a question.
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
        # A screen that was never composed (the interface was ending) can't show a result.
        if self.children and self._asked.get(message.group) == message.serial:
            self._opening.discard(message.group)
            message.deliver()

    def show_problem(self, error: PryvTuiError) -> None:
        """Show what went wrong and what to do."""
        self.notify(
            f"{error.what}\n{error.remedy}".rstrip(),
            severity="error",
            timeout=TOLD_SECONDS,
            markup=False,
        )


def _later(call: Callable[[Any], None], value: Any) -> Callable[[], None]:
    return lambda: call(value)
