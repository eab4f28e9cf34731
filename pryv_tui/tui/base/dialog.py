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
from textual.screen import ModalScreen, Screen, ScreenResultType
from textual.types import CSSPathType
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from pryv_tui.errors import PryvTuiError
from pryv_tui.tui.actions import ACTIONS, bindings
from pryv_tui.tui.base.asking import Asking
from pryv_tui.tui.session import Desk
from pryv_tui.tui.widgets.panes import Hanging
from pryv_tui.tui.widgets.topbar import bar_over

T = TypeVar("T")


class Typed(NamedTuple):
    """What was typed to confirm an act, and what that would have been."""

    value: str
    act: str


DIALOG_HEIGHTS: list[tuple[int, str]] = [(0, "-small"), (24, "-low"), (32, "-tall")]

STYLES = Path(__file__).with_name("dialog.tcss")
"""Named from here: Textual looks for a bare name beside the module of each screen of this kind."""


class Dialog(Asking[ScreenResultType], ModalScreen[ScreenResultType]):
    """A question in a screen's place, under the line that says where: its text scrolls, its buttons
    are docked, its last line has the keys that work in it. `#no` does nothing and is what Escape
    means.

    What was on the screen is not dimmed behind it: that shows in some themes only, can't be read in
    the others, and is drawn twice over a slow line.
    """

    CSS_PATH: ClassVar[CSSPathType | None] = STYLES
    VERTICAL_BREAKPOINTS = DIALOG_HEIGHTS
    KEYS: ClassVar[tuple[tuple[str, str], ...]] = ()
    KEEPS: ClassVar[bool] = True
    """Whether what was typed in it is still there when it was left and is asked again."""
    NOTES: ClassVar[bool] = True
    """Whether a note can be written from it; not from one that is a note itself."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "no", show=False),
        *bindings(("note_typed",)),
        # Also from a field and from a button: they have no use for these keys.
        Binding("down", "read(1)", show=False),
        Binding("up", "read(-1)", show=False),
        Binding("pagedown", "read(6)", show=False),
        Binding("pageup", "read(-6)", show=False),
    ]

    def __init__(self, desk: Desk, title: str, text: Content | str) -> None:
        super().__init__()
        self._desk = desk
        self._title = ("PRACTICE · " if desk.practice else "") + title
        self._subject = ""
        """What the screen is about over which it was asked."""
        self._text = text
        self._wrong = ""
        """Why it asks once more, in words."""
        self.at_work = False
        """What was asked for is being done; see `attempt`."""

    def on_mount(self) -> None:
        """Put back what was typed when it was left, over a screen that is about the same."""
        self._subject = getattr(self._below, "subject", "")
        for name, typed in self._desk.drafts.get(self.kept_as, {}).items():
            for field in self.query(f"#{name}").results(Input):
                # Whoever comes back goes on at its end: typed over it would be gone.
                field.select_on_focus = False
                field.value = typed
                field.cursor_position = len(typed)

    @property
    def brings(self) -> bool:
        # What is typed while something is written down is meant for what comes after it.
        return super().brings or self.at_work

    @property
    def kept_as(self) -> str:
        """The name under which what was typed is kept: that of the same question, asked again."""
        return f"{type(self).__name__} {self._title} {self._subject}"

    def _keep(self) -> None:
        self.keep({each.id: each.value for each in self.query(Input) if each.id})

    def keep(self, typed: Mapping[str, str]) -> None:
        """Have this in its fields, by their ids, when the same is asked again."""
        if self.KEEPS and any(typed.values()):
            self._desk.drafts[self.kept_as] = dict(typed)
        else:
            self._desk.drafts.pop(self.kept_as, None)

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        # What was answered is kept by whoever asked.
        if result is not None:
            self._desk.drafts.pop(self.kept_as, None)
        return super().dismiss(result)

    async def action_note_typed(self) -> None:
        """Ask for a note, as the screen below does: what is typed here stays meanwhile."""
        if self.NOTES and not self.at_work:
            await self._below.run_action("note_typed")

    @property
    def _below(self) -> Screen[Any]:
        """The screen over which it was asked."""
        return next(s for s in reversed(self.app.screen_stack) if not isinstance(s, Dialog))

    @property
    def asked(self) -> str:
        """What is asked, so that it is known when it is asked again."""
        return self._title

    @property
    def typed_word(self) -> Typed | None:
        """What was typed to confirm the act; None of a question that is no such one."""
        return None

    def take_up(self, typed: Typed | None) -> None:
        """Begin with what was typed when the same was asked before, where it is the same."""

    def compose(self) -> ComposeResult:
        yield bar_over(self._desk, self.app.screen_stack)
        box = Vertical()
        box.border_title = self._title
        with box:
            with VerticalScroll(classes="text"):
                yield Hanging(self._text)
            yield from self.fields()
            with VerticalScroll(classes="wrong", can_focus=False):
                yield Hanging(self._wrong)
            with Horizontal(classes="buttons"):
                yield from self.buttons()
            yield Static(self.keys_line(), classes="keys", markup=False)
        yield self.too_small

    def keys(self) -> Sequence[tuple[str, str]]:
        """Each key that works here, and what it does."""
        return self.KEYS

    def keys_line(self) -> Content:
        """The keys that work here."""
        note = ACTIONS["note_typed"]
        named = [*self.keys(), *([(note.key_label, note.label)] if self.NOTES else [])]
        keys = [Content.assemble((key, "bold $text-primary"), f" {what}") for key, what in named]
        found = list(self.query(".keys")) if self.is_mounted else []
        return Content("\n").join(in_lines(keys, found[0].size.width if found else 0))

    def on_resize(self) -> None:
        if self.is_mounted:
            self.show_keys()

    def on_descendant_focus(self) -> None:
        # Which keys work depends on what has the focus.
        self.show_keys()

    def show_keys(self) -> None:
        """Name the keys that work now."""
        self.query_one(".keys", Static).update(self.keys_line())

    def fields(self) -> Iterable[Widget]:
        """What is between the text and the buttons."""
        return ()

    def buttons(self) -> Iterable[Button]:
        """The buttons, the harmless one first."""
        return ()

    def attempt(
        self,
        work: Callable[[], T],
        done: Callable[[T], object],
        failed: Callable[[PryvTuiError], object] | None = None,
    ) -> None:
        """Do what was asked for, in a thread, while the dialog stays: where it fails, that is said
        here, beside what was typed. Nothing is begun while the one before is at work.

        Args:
            failed: told beside that.
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
        """Say it between what was typed and the buttons; also before it is shown at all."""
        self._say_wrong(f"✗ {error.what}\n{error.remedy}".rstrip())

    def _say_wrong(self, words: str) -> None:
        self._wrong = words
        self.set_class(bool(words), "-wrong")
        if self.is_mounted:
            said = self.query_one(".wrong", VerticalScroll)
            said.query_one(Hanging).show(words)
            said.scroll_home(animate=False)

    def remark(self, told: str) -> None:
        """Say at its edge what was done over it."""
        self.query_one(Vertical).border_subtitle = told.replace("[", "(")

    def show_text(self, text: Content | str) -> None:
        """Show another text, from its beginning."""
        holder = self.query_one(".text", VerticalScroll)
        holder.query_one(Hanging).show(text)
        holder.scroll_home(animate=False)

    def action_read(self, lines: int) -> None:
        """Scroll the text, whatever has the focus."""
        for text in self.query(".text, .wrong").results(VerticalScroll):
            text.scroll_relative(y=lines, animate=False)

    @on(Button.Pressed, "#no")
    def action_no(self) -> None:
        # What is being written down is not said to have been left.
        if not self.at_work:
            self._keep()
            self.dismiss()


def in_lines(keys: Sequence[Content], width: int) -> list[Content]:
    """Keys as lines of at most this width, 0 for any: none is parted from what it does."""
    lines: list[Content] = []
    for key in keys:
        if lines and (not width or lines[-1].cell_length + 3 + key.cell_length <= width):
            lines[-1] = Content("   ").join([lines[-1], key])
        else:
            lines.append(key)
    return lines
