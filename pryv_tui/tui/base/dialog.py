"""The base of every question: a text that scrolls, buttons that stay, a line of keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.css.scalar import Scalar
from textual.screen import ModalScreen, Screen, ScreenResultType
from textual.types import CSSPathType
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from pryv_tui.errors import PryvTuiError
from pryv_tui.tui.actions import ACTIONS, bindings
from pryv_tui.tui.base.asking import Asking
from pryv_tui.tui.session import Desk
from pryv_tui.tui.widgets.act_button import ActButton
from pryv_tui.tui.widgets.panes import Hanging
from pryv_tui.tui.widgets.topbar import TopBar, bar_over

T = TypeVar("T")


class Typed(NamedTuple):
    """What was typed to confirm an act, and a description of that act."""

    value: str
    act: str


DIALOG_HEIGHTS: list[tuple[int, str]] = [(0, "-small"), (24, "-low"), (32, "-tall")]
LEAST_TEXT = 3
"""Rows, with the empty one above it: below that nobody can read the text by scrolling it."""

SIDEWAYS = "← →"
STYLES = Path(__file__).with_name("dialog.tcss")
"""An absolute path, since Textual looks for a bare name beside the module of each subclass."""


class Dialog(Asking[ScreenResultType], ModalScreen[ScreenResultType]):
    """A question shown instead of a screen, below the top line. Its text scrolls, its buttons stay
    in view, its last line names the keys that work. The button `#no` and Escape do nothing.

    The screen below is not shown dimmed: that is visible only in some themes, unreadable in others,
    and drawn twice over a slow line.
    """

    CSS_PATH: ClassVar[CSSPathType | None] = STYLES
    VERTICAL_BREAKPOINTS = DIALOG_HEIGHTS
    KEYS: ClassVar[tuple[tuple[str, str], ...]] = ()
    KEEPS: ClassVar[bool] = True
    """Whether text typed in the question is there again when the question is asked again."""
    NOTES: ClassVar[bool] = True
    """Whether a note can be written from the question; False for a dialog that itself writes a
    note."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "no", show=False),
        *bindings(("note_typed",)),
        # These keys also work in a field and on a button, which do not use them.
        Binding("down", "read(1)", show=False),
        Binding("up", "read(-1)", show=False),
        Binding("pagedown", "read(6)", show=False),
        Binding("pageup", "read(-6)", show=False),
        # A field uses these keys for its cursor.
        Binding("left", "beside(-1)", show=False),
        Binding("right", "beside(1)", show=False),
    ]

    def __init__(self, desk: Desk, title: str, text: Content | str) -> None:
        super().__init__()
        self._desk = desk
        self._title = ("PRACTICE · " if desk.practice else "") + title
        self._subject = ""
        """The subject of the screen below."""
        self._text = text
        self._wrong = ""
        """What went wrong at the last attempt, in words; empty if nothing."""
        self.at_work = False
        """Whether an attempt is running; see `attempt`."""

    def on_mount(self) -> None:
        """Put back what was typed when this question was last left over a screen of the same
        subject."""
        self._subject = getattr(self._below, "subject", "")
        self.screen_layout_refresh_signal.subscribe(self, self._fit)
        for name, typed in self._desk.drafts.get(self.kept_as, {}).items():
            for field in self.query(f"#{name}").results(Input):
                # The operator continues at the end: typing would replace a selected text.
                field.select_on_focus = False
                field.value = typed
                field.cursor_position = len(typed)

    @property
    def brings(self) -> bool:
        # Keys typed during an attempt are meant for what comes after it.
        return super().brings or self.at_work

    @property
    def kept_as(self) -> str:
        """The key under which typed text is kept: the same when the question is asked again."""
        return f"{type(self).__name__} {self._title} {self._subject}"

    def _keep(self) -> None:
        self.keep({each.id: each.value for each in self.query(Input) if each.id})

    def keep(self, typed: Mapping[str, str]) -> None:
        """Keep the texts of the fields, by their ids, until the same question is asked again."""
        if self.KEEPS and any(typed.values()):
            self._desk.drafts[self.kept_as] = dict(typed)
        else:
            self._desk.drafts.pop(self.kept_as, None)

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        # The caller has the answer: no draft of it is needed.
        if result is not None:
            self._desk.drafts.pop(self.kept_as, None)
        return super().dismiss(result)

    async def action_note_typed(self) -> None:
        """Ask for a note, as the screen below does. What is typed in this question stays."""
        if self.NOTES and not self.at_work:
            await self._below.run_action("note_typed")

    @property
    def _below(self) -> Screen[Any]:
        """The screen over which the question is asked, below all dialogs."""
        return next(s for s in reversed(self.app.screen_stack) if not isinstance(s, Dialog))

    @property
    def asked(self) -> str:
        """The words of the question, by which the screen recognises it when it is asked again."""
        return self._title

    @property
    def typed_word(self) -> Typed | None:
        """What was typed to confirm the act; None if the question asks for no word."""
        return None

    def take_up(self, typed: Typed | None) -> None:
        """Begin with what was typed when the same question was asked before, if the act is the
        same."""

    def compose(self) -> ComposeResult:
        self.take_size()
        yield bar_over(self._desk, self.app.screen_stack)
        box = Vertical()
        box.border_title = self._title
        with box:
            # Not reachable with Tab: the focus would be invisible there, and the arrow keys always
            # scroll it.
            with VerticalScroll(classes="text", can_focus=False):
                yield Hanging(self._text)
            yield from self.fields()
            with VerticalScroll(classes="wrong", can_focus=False):
                yield Hanging(self._wrong)
            with Horizontal(classes="buttons"):
                yield from self.buttons()
            yield Static(self.keys_line(), classes="keys", markup=False)
        yield self.too_small

    def keys(self) -> Sequence[tuple[str, str]]:
        """Return each key that works here, with what it does."""
        return self.KEYS

    def keys_line(self) -> Content:
        """Return the line that names the keys that work here."""
        note = ACTIONS["note_typed"]
        named = [*self._keys_now(), *([(note.key_label, note.label)] if self.NOTES else [])]
        keys = [Content.assemble((key, "bold $text-primary"), f" {what}") for key, what in named]
        found = list(self.query(".keys")) if self.is_mounted else []
        return Content("\n").join(in_lines(keys, found[0].size.width if found else 0))

    def _keys_now(self) -> Sequence[tuple[str, str]]:
        """Return the keys that work with the present focus: on a button, Enter presses it."""
        keys = self.keys()
        if not isinstance(self.focused, Button) or isinstance(self.focused, ActButton):
            return keys
        others = [one for one in keys if one[0] not in ("enter", SIDEWAYS)]
        return [*others, (SIDEWAYS, "Choose"), ("enter", "Press")]

    def _fit(self, _screen: Screen[Any]) -> None:
        """Give the text only the rows that the rest leaves: what is below the text would be cut off
        if a long word or a second line of keys took one more row."""
        box = self.query_one(Vertical)
        limit = box.styles.max_height
        for text in self.query(".text").results(VerticalScroll):
            most = text.styles.base.max_height
            if limit is None or most is None or most.cells is None:
                continue
            under_bar = self.size - (0, self.query_one(TopBar).size.height)
            room = int(limit.resolve(under_bar, self.app.size)) - box.gutter.height
            beside = [each for each in box.children if each.display and each is not text]
            rows = min(most.cells, room - sum(each.outer_size.height for each in beside))
            if text.styles.max_height != Scalar.from_number(max(rows, LEAST_TEXT)):
                text.styles.max_height = max(rows, LEAST_TEXT)
                # A text that was wrapped anew in the midst of a layout keeps its former height
                # until the next one.
                for told in text.query(Hanging):
                    self.call_after_refresh(told.refresh, layout=True)

    def on_resize(self) -> None:
        if self.is_mounted:
            # Not at once: a second line of keys would get no space in the layout that is being
            # made.
            self.call_after_refresh(self.show_keys)

    def on_descendant_focus(self) -> None:
        # Which keys work depends on what has the focus.
        self.show_keys()

    def show_keys(self) -> None:
        """Show the keys that work now."""
        self.query_one(".keys", Static).update(self.keys_line())

    def fields(self) -> Iterable[Widget]:
        """Return the widgets between the text and the buttons."""
        return ()

    def buttons(self) -> Iterable[Button]:
        """Return the buttons, the harmless one first."""
        return ()

    def attempt(
        self,
        work: Callable[[], T],
        done: Callable[[T], object],
        failed: Callable[[PryvTuiError], object] | None = None,
    ) -> None:
        """Do `work` in a thread, while the dialog stays. If it fails, the dialog shows the error,
        and what was typed stays. Nothing is started while an earlier attempt is running.

        Args:
            failed: also called with the error.
        """
        if self.at_work:
            return
        self.at_work = True
        self._say_wrong("")

        def ended(result: T) -> None:
            self.at_work = False
            done(result)

        def told(error: PryvTuiError) -> None:
            self.at_work = False
            if failed is not None:
                failed(error)
            self.show_problem(error)

        self.ask("attempt", work, ended, told)

    def show_problem(self, error: PryvTuiError) -> None:
        """Show the problem between the fields and the buttons. May be called before the dialog is
        on the screen."""
        self._say_wrong(f"✗ {error.what}\n{error.remedy}".rstrip())

    def _say_wrong(self, words: str) -> None:
        self._wrong = words
        self.set_class(bool(words), "-wrong")
        if self.is_mounted:
            said = self.query_one(".wrong", VerticalScroll)
            said.query_one(Hanging).show(words)
            said.scroll_home(animate=False)

    def remark(self, told: str) -> None:
        """Show a message at the dialog's edge, for example that a note was written."""
        self.query_one(Vertical).border_subtitle = told.replace("[", "(")

    def show_text(self, text: Content | str) -> None:
        """Show another text, from its beginning."""
        holder = self.query_one(".text", VerticalScroll)
        holder.query_one(Hanging).show(text)
        holder.scroll_home(animate=False)

    def action_read(self, lines: int) -> None:
        """Scroll the text, whatever widget has the focus."""
        for text in self.query(".text, .wrong").results(VerticalScroll):
            text.scroll_relative(y=lines, animate=False)

    def action_beside(self, step: int) -> None:
        """Move the focus to the button on the left (-1) or on the right (1), and not past the last
        one."""
        buttons = [one for one in self.query(".buttons Button").results(Button) if one.focusable]
        if self.focused in buttons:
            at = buttons.index(self.focused) + step
            if 0 <= at < len(buttons):
                buttons[at].focus()

    @on(Button.Pressed, "#no")
    def action_no(self) -> None:
        # During an attempt the dialog stays: if it closed now, it would seem that nothing was
        # written.
        if not self.at_work:
            self._keep()
            self.dismiss()


def in_lines(keys: Sequence[Content], width: int) -> list[Content]:
    """Arrange keys in lines of at most `width` cells (0: one line). No key is split over two
    lines."""
    lines: list[Content] = []
    for key in keys:
        if lines and (not width or lines[-1].cell_length + 3 + key.cell_length <= width):
            lines[-1] = Content("   ").join([lines[-1], key])
        else:
            lines.append(key)
    return lines
