"""The base of every screen except dialogs: top line, problem panel, content, line of keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.css.query import NoMatches
from textual.widget import Widget
from textual.widgets import Input

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.commands import typed
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.tui.actions import ACTIONS, Action, bindings, field_actions
from pryv_tui.tui.base.asking import Asking
from pryv_tui.tui.base.dialog import Dialog, Typed
from pryv_tui.tui.navigation import Go, ShowRun, ask_for, show_dialog
from pryv_tui.tui.session import Desk, run_going_on
from pryv_tui.tui.terminal.export import save_screen
from pryv_tui.tui.text.hints import keyed
from pryv_tui.tui.widgets.keybar import KeyBar
from pryv_tui.tui.widgets.panes import ProblemPanel
from pryv_tui.tui.widgets.topbar import TopBar

if TYPE_CHECKING:
    from pryv_tui.tui.base.note import NotesGo

NARROW = 76
"""A width in columns; on a narrower screen, panels that are otherwise side by side are stacked."""
WIDTHS: list[tuple[int, str]] = [(0, "-narrow"), (NARROW, "-normal"), (110, "-wide")]
HEIGHTS: list[tuple[int, str]] = [(0, "-low"), (32, "-tall")]
"""From which size, in cells, a screen has which class; 80x24 is the design size."""


EVERYWHERE = ("save", "mouse", "redraw", "palette", "note")
"""Actions of every screen. If the key `n` has another action, `note_typed` is shown instead of
`note`."""


class Page(Asking[None]):
    """A whole screen. `HERE` lists its actions; `WORDS` explains the words on it."""

    TITLE_TEXT: ClassVar[str] = ""
    HERE: ClassVar[tuple[str, ...]] = ()
    WORDS: ClassVar[tuple[tuple[str, str], ...]] = ()
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS
    BINDINGS: ClassVar[list[BindingType]] = bindings((*EVERYWHERE, "note_typed"))

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._typed: dict[str, Typed] = {}
        """What was typed to confirm acts that were then not done, by the question."""
        self.desk = desk
        self.subject = ""
        """What this screen is about, if other screens of its class are about something else. Text
        that was typed in a question is put back only over a screen of the same subject."""
        self.top = TopBar(desk, self.TITLE_TEXT)
        self.problem = ProblemPanel()
        self.keybar = KeyBar(self.keys_here)
        self.hint: tuple[str, str] | None = None
        """The action for which this screen was opened, and how to request it; usually None."""

    def can_any(self, action: str) -> bool:
        """Whether the action is possible with anything that is listed here."""
        return True

    def tell_hint(self) -> None:
        """When the list is filled, say once how to request the action of the hint, or that it is
        not possible now."""
        if self.hint is None:
            return
        action, how = self.hint
        self.hint = None
        nothing = f"{ACTIONS[action].label}: nothing is listed here that it could be done with now."
        self.keybar.remark(how if self.can_any(action) else nothing, 15.0)

    def compose(self) -> ComposeResult:
        self.take_size()
        yield self.top
        yield self.problem
        yield from self.content()
        yield self.keybar
        yield self.too_small

    def content(self) -> Iterable[Widget]:
        """Return the widgets between the top line and the line of keys."""
        return ()

    def on_mount(self) -> None:
        # When the interface ends, a screen may be composed only in part or not at all: there is
        # nothing to fill.
        if self.children:
            for field in self.query(Input):
                field.cursor_blink = False
            try:
                self.begin()
            except NoMatches:
                if self.is_attached and self.app.is_running:
                    raise

    def begin(self) -> None:
        """Fill the widgets, focus one, and request the data to show. Called when the widgets
        exist."""

    def actions_here(self) -> Sequence[Action]:
        """Return the actions that are possible now."""
        return [ACTIONS[name] for name in self.names() if self.check_action(name, ())]

    @classmethod
    def names(cls) -> list[str]:
        """Return the names of the screen's actions; those of every screen come before the help."""
        last = [at for at, name in enumerate(cls.HERE) if name in ("help", "quit")]
        at = last[0] if last else len(cls.HERE)
        keys = {ACTIONS[name].key for name in cls.HERE}
        note = "note" if ACTIONS["note"].key not in keys else "note_typed"
        # A played drill has its own notes, with both keys.
        notes = [] if "observe" in cls.HERE else [note]
        everywhere = [*EVERYWHERE[: EVERYWHERE.index("note")], *notes]
        return [*cls.HERE[:at], *everywhere, *cls.HERE[at:]]

    def keys_here(self) -> Sequence[Action]:
        """Return the actions for the line of keys; in a field, only those that work there."""
        here = self.actions_here()
        if isinstance(self.focused, Input):
            return field_actions(self.enter_in(self.focused), here)
        return here

    def enter_in(self, field: Input) -> str:
        """Return what Enter does in a field of this screen; empty if nothing."""
        return ""

    def on_descendant_focus(self) -> None:
        self.refresh_keys()

    def on_descendant_blur(self) -> None:
        self.refresh_keys()

    def refresh_keys(self) -> None:
        """Draw the line of keys again: which actions are possible may have changed."""
        self.keybar.settle()

    def keyed(self, text: str) -> str:
        """Return the message with keys of this screen instead of its commands."""
        return keyed(text, self.desk.settings.given)

    def confirm(self, question: Dialog[bool], act: Callable[[], None]) -> None:
        """Ask before an act. After No, the screen says that nothing was done: a person who pressed
        Enter on the focused button may have meant the other one."""

        asked = question.asked
        question.take_up(self._typed.get(asked))

        def answered(yes: bool | None) -> None:
            if yes:
                self._typed.pop(asked, None)
                act()
                return
            # Kept as long as this screen stays and the act is the same.
            if (typed := question.typed_word) is not None:
                self._typed[asked] = typed
            self.keybar.remark("Nothing was done.")

        show_dialog(self.app, question, answered)

    def show_problem(self, error: PryvTuiError) -> None:
        # An earlier remark about something else must not stay beside the problem.
        self.keybar.remark("")
        self.problem.tell(error.what, self.keyed(error.remedy))

    def action_help(self) -> None:
        self.go_to("help", self)

    def action_palette(self) -> None:
        self.go_to("palette", self)

    def go_to(self, place: str, *about: object) -> None:
        """Open a place over this screen. Escape returns to this screen, unchanged."""
        ask_for(self.app, Go(place, about))

    def show_run(self, record: RunRecord, *, instead: bool = False) -> None:
        """Show a run over this screen, or instead of it."""
        ask_for(self.app, ShowRun(record, instead))

    def action_note(self) -> None:
        """Ask for a note for the open incident or the drill that is under way; if there is neither,
        the note declares an incident."""
        from pryv_tui.tui.base.note import look_for

        self.ask("note", lambda: look_for(self.desk), self.ask_note, opens=True)

    async def action_note_typed(self) -> None:
        """Ask for a note on Ctrl+N, which also works in fields, and if `n` has another action. A
        note written over a played drill goes into the drill, and declares no incident."""
        await self.run_action("observe" if "observe" in self.HERE else "note")

    def ask_note(self, found: NotesGo) -> None:
        """Ask for a note for the incident or the drill in `found`."""
        from pryv_tui.tui.base.note import NoteDialog

        def written(told: str | None) -> None:
            if told is None:
                self.remark_on_top("Nothing was written.")
            else:
                self.noted(told)

        show_dialog(self.app, NoteDialog(self.desk, found.on(self.subject)), written)

    def noted(self, told: str) -> None:
        """Show the result of writing a note."""
        self.remark_on_top(told)

    def remark_on_top(self, told: str) -> None:
        """Show a remark above the keys, and on a dialog that is open over this screen."""
        self.keybar.remark(told)
        if isinstance(self.app.screen, Dialog):
            self.app.screen.remark(told)

    async def action_redraw(self) -> None:
        await self.run_action("app.redraw")

    def action_save(self) -> None:
        try:
            path = save_screen(self.app, self.desk.site.state)
        except PryvTuiError as error:
            self.show_problem(error)
        else:
            self.keybar.remark(f"Saved: {path} (and .txt)")

    async def action_mouse(self) -> None:
        await self.run_action("app.mouse")

    def action_back(self) -> None:
        self.dismiss()

    def action_quit(self) -> None:
        """Leave at once; if a run is running, ask first."""
        self.ask("quit", lambda: run_going_on(self.desk.site.state), self._leave, opens=True)

    def _leave(self, record: RunRecord | None) -> None:
        if record is None:
            self.app.exit(0)
            return
        from pryv_tui.tui.base.confirm import Confirm

        text = (
            f"The {record.kind} {record.id} is running, in a separate process.\n"
            "Leaving closes only this view: the run continues, even without a terminal.\n"
            "To follow it again, open the interface, or: "
        ) + typed(self.desk.settings.given, "attach", record.id)
        show_dialog(
            self.app,
            Confirm(self.desk, "Leave", text, no="Stay", yes="Leave, the run continues"),
            lambda yes: self._gone(record) if yes else None,
        )

    def _gone(self, record: RunRecord) -> None:
        """Leave, and print on the terminal how to see the run again."""
        again = typed(self.desk.settings.given, "attach", record.id)
        self.app.exit(0, message=f"The {record.kind} continues. Follow it: {again}")

    @on(KeyBar.Clicked)
    async def run_clicked(self, message: KeyBar.Clicked) -> None:
        if message.action == "submit" and isinstance(self.focused, Input):
            await self.focused.action_submit()
        else:
            await self.run_action(message.action)
