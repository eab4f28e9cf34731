"""The base of the wizards: a visible trail of pages, Back and Next, and a button that acts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Key
from textual.types import CSSPathType
from textual.widget import Widget
from textual.widgets import Button, ContentSwitcher, Input, RadioButton, RadioSet, Static

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.acts import holds_words
from pryv_tui.runs.lock import Holder
from pryv_tui.runs.now import who_holds
from pryv_tui.runs.record.history import RunRecord, resolve_run
from pryv_tui.tui.actions import ACTIONS, Action
from pryv_tui.tui.base.confirm import Confirm
from pryv_tui.tui.base.page import NARROW, Page
from pryv_tui.tui.navigation import show_dialog
from pryv_tui.tui.session import Desk, run_going_on
from pryv_tui.tui.widgets.act_button import ActButton
from pryv_tui.tui.widgets.field import WordField
from pryv_tui.tui.widgets.panes import Said

HOLDER_SECONDS = 2.0
"""How often, in seconds, the wizard checks whether a run is using the platform."""
SPACE_PRESSES = "Space presses it, Enter does not."
READ_SECONDS = 600.0
"""How many seconds `SPACE_PRESSES` is shown, unless a key is pressed before."""
BUSY = "nothing can be started now: another run is using the platform"


class Wizard(Page):
    """Pages in order. Going back changes nothing that was chosen or typed."""

    # An absolute path, since Textual looks for a bare name beside the module of each subclass.
    CSS_PATH: ClassVar[CSSPathType | None] = Path(__file__).with_name("wizard.tcss")
    DEFAULT_CLASSES = "Wizard"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "go_on", show=False)]
    PAGES: ClassVar[tuple[tuple[str, str], ...]] = ()
    """Id and name of each page."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.at = 0
        self._starting = False
        self.holder: Holder | None = None
        """The run that is using the platform now; None if there is none. Until it ends, nothing can
        be started."""

    def content(self) -> Iterable[Widget]:
        yield Static(id="busy", markup=False)
        yield Said(id="trail", markup=False)
        with ContentSwitcher(initial=self.PAGES[0][0], id="pages"):
            for name, _ in self.PAGES:
                with Vertical(id=name):
                    yield from self.page_content(name)
        with Horizontal(id="buttons"):
            yield Button("Back", id="back")
            yield Button("Next", id="next")
            yield ActButton("", id="go", variant="warning", word=self.word)

    def page_content(self, name: str) -> Iterable[Widget]:
        """Return the widgets of a page."""
        return ()

    def enter_page(self, name: str) -> None:
        """Fill a page that is now shown, and focus a widget that can do no harm."""

    def may_go_on(self, name: str) -> bool:
        """Whether the page has what the next page needs."""
        return True

    def go_label(self) -> str:
        """Return the label of the last page's button, which names the act and the machine."""
        return ""

    def may_act(self) -> bool:
        """Whether the choices in this wizard allow the last page's button to be pressed."""
        return False

    def act(self) -> None:
        """Start the run: the last page's button was pressed."""

    @cached_property
    def word(self) -> WordField | None:
        """The field of the last page for the word that confirms the act; None if no word is
        required."""
        return None

    def begin(self) -> None:
        self.query_one("#busy").display = False
        self._put_back()
        self.turn_to(0)
        self.look_who_holds()
        self.set_interval(HOLDER_SECONDS, self.look_who_holds)

    # What was typed and chosen when these pages were left.

    def _put_back(self) -> None:
        kept = self.desk.drafts.get(type(self).__name__, {})
        for field in self.query(Input):
            if field is not self.word and (typed := kept.get(field.id or "")) is not None:
                field.value = typed
        for choice in self.query(RadioSet):
            buttons = list(choice.query(RadioButton))
            if at := int(kept.get(choice.id or "", "0")):
                buttons[at].value = True

    def _keep(self) -> None:
        """Keep what was typed and chosen, except the word that confirms: after coming back, the
        operator has to read the plan first."""
        fields = {f.id: f.value for f in self.query(Input) if f.id and f is not self.word}
        choices = {c.id: str(max(0, c.pressed_index)) for c in self.query(RadioSet) if c.id}
        self.desk.drafts[type(self).__name__] = {**fields, **choices}

    # A run that is using the platform.

    def look_who_holds(self) -> None:
        """Find out which run is using the platform, if any. Reading the lock costs almost
        nothing."""
        if self.is_current and not self._starting:
            self.ask("holder", partial(who_holds, self.desk.site), self._held_by)

    def _held_by(self, holder: Holder | None) -> None:
        if self._starting:
            return
        if holder is not None:
            self._tell_holder(holder)
        if holder == self.holder:
            return
        freed = self.holder is not None and holder is None
        self.holder = holder
        self.query_one("#busy").display = holder is not None
        if self.word is not None:
            self.word.bar(BUSY if holder is not None else "")
        if freed:
            self.freed()
        self.settle()

    def _tell_holder(self, holder: Holder) -> None:
        said = holds_words(holder.kind, holder.run, holder.since)
        content = Content.assemble(
            (f"▲ T{said[1:]}.", "bold $text-warning"),
            " Nothing can be started here before it has ended. o opens it (in a field: Tab first).",
        )
        busy = self.query_one("#busy", Static)
        if not isinstance(busy.content, Content) or not content.is_same(busy.content):
            busy.update(content)

    def freed(self) -> None:
        """Called when the run that was using the platform has ended: earlier results may be out of
        date."""

    def action_open_busy(self) -> None:
        """Open the run that is using the platform; Escape returns to this screen."""
        if self.holder is not None:
            self.ask(
                "run",
                partial(resolve_run, self.desk.site.state, self.holder.run),
                self.show_run,
                opens=True,
            )

    def may_turn(self) -> bool:
        """Whether the next page can be shown. The last page can't while a run is using the
        platform."""
        in_vain = self.holder is not None and self.at == len(self.PAGES) - 2
        return self.may_go_on(self.page) and not in_vain

    def may_start(self) -> bool:
        """Whether the button that acts can be pressed now."""
        return self.may_act() and self.holder is None and not self._starting

    @property
    def page(self) -> str:
        return self.PAGES[self.at][0]

    def turn_to(self, at: int) -> None:
        """Show a page."""
        self.at = at
        self.problem.clear()
        self.query_one("#pages", ContentSwitcher).current = self.page
        self.enter_page(self.page)
        self.settle()

    def settle(self) -> None:
        """Update the trail, the buttons and the keys to the present state."""
        self.show_trail()
        last = self.at == len(self.PAGES) - 1
        following, go = self.query_one("#next", Button), self.query_one("#go", Button)
        following.display, go.display = not last, last
        following.disabled = not self.may_turn()
        go.label = Content(self.go_label())
        go.disabled = not self.may_start()
        self.query_one("#back", Button).label = "Back" if self.at else "Leave"
        self.refresh_keys()

    def show_trail(self) -> None:
        """Show every page, with the present one marked; on a narrow screen, only the present page's
        name."""
        short = self.size.width < NARROW
        parts: list[Content] = []
        for index, (_, name) in enumerate(self.PAGES):
            glyph = "✓" if index < self.at else "▶" if index == self.at else "·"
            style = "bold $text-primary" if index == self.at else "$quiet"
            named = f" {name}" if index == self.at or not short else ""
            parts.append(Content.assemble((f"{glyph} {index + 1}{named}", style)))
        self.query_one("#trail", Static).update(Content("  ›  ").join(parts))

    def on_resize(self) -> None:
        if self.children:
            self.show_trail()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "next":
            last = self.at == len(self.PAGES) - 1
            return self.may_start() if last else self.may_turn()
        if action == "open_busy":
            return self.holder is not None
        return True

    def on_key(self, event: Key) -> None:
        """Say why the key for the next page does nothing now."""
        if event.key == ACTIONS["next"].key and not self.check_action("next", ()):
            event.stop()  # Otherwise the app gets the key too, and handles it as a second one.
            self.remark(self.why_not())

    def why_not(self) -> str:
        """Return why the wizard can't go from this page to the next, in words."""
        if self.holder is not None:
            return f"{BUSY[0].upper()}{BUSY[1:]}."
        if self.at == len(self.PAGES) - 1:
            return f"Not yet: {self.lacks_to_start()}."
        return "The next page needs something that this page does not have yet."

    @on(Button.Pressed, "#next")
    def action_next(self) -> None:
        """Go to the next page. On the last page, focus the button that acts without pressing it. If
        neither is possible, say why."""
        last = self.at == len(self.PAGES) - 1
        if not last and self.may_turn():
            self.turn_to(self.at + 1)
        elif last and self.may_start():
            self.query_one("#go", Button).focus()
        else:
            self.remark(self.why_not())

    def actions_here(self) -> Sequence[Action]:
        """Return the actions. On the last page the key for Next leads to the button; on the button,
        its own key is shown."""
        following = ACTIONS["next"]
        if isinstance(self.focused, ActButton):
            following = following._replace(name="press", display=self.focused.key, label="Press")
        elif self.at == len(self.PAGES) - 1:
            following = following._replace(label="To the button")
        # `n` is the next page here, so the other key for a note is shown.
        note = ACTIONS["note_typed"]._replace(shown=True)
        instead = {"next": following, note.name: note}
        return [instead.get(each.name, each) for each in super().actions_here()]

    def action_press(self) -> None:
        """Press the focused button. Called when its key is clicked in the line of keys."""
        if isinstance(self.focused, ActButton):
            self.focused.press()

    def action_go_on(self) -> None:
        """Handle Enter if no focused widget does: go to the next page; on the last page, focus the
        button. Another Enter does not press the button, but says that Space does."""
        go = self.query_one("#go", ActButton)
        if self.at < len(self.PAGES) - 1 or self.holder is not None:
            self.action_next()
        elif self.focused is go:
            self.remark("Enter starts nothing here: Space presses the button.")
        elif self.may_start():
            go.bring()
            if self.word is None:
                # If there is a field, the line beside it says so.
                self.keybar.remark(SPACE_PRESSES, READ_SECONDS, until_key=True)
        else:
            self.remark(f"Enter starts nothing here: {self.lacks_to_start()}.")

    def lacks_to_start(self) -> str:
        """Return what the button of the last page still waits for, in words."""
        if self._starting:
            return "it is being started"
        if not self.planned():
            return "there is no plan to be started"
        if self.word is not None and not self.word.matches:
            return "the word is not typed; Tab leads to its field"
        return "it can't be started now"

    def planned(self) -> bool:
        """Whether there is a plan that the button would start."""
        return True

    def remark(self, text: str) -> None:
        self.keybar.remark(text, until_key=True)

    def action_quit(self) -> None:
        """Leave the program, after a question: what was chosen here would be lost."""
        if self._starting:
            super().action_quit()
            return
        show_dialog(
            self.app,
            Confirm(
                self.desk,
                "Leave",
                "Nothing was started. What was chosen in these pages is lost.",
                no="Stay",
                yes="Leave the program",
            ),
            self._leave_program,
        )

    def _leave_program(self, yes: bool | None) -> None:
        """Leave without a second question. If a run is running, print on the terminal how to follow
        it."""

        def gone(record: RunRecord | None) -> None:
            if record is None:
                self.app.exit(0)
            else:
                self._gone(record)

        if yes:
            self.ask("quit", lambda: run_going_on(self.desk.site.state), gone, opens=True)

    @on(Button.Pressed, "#back")
    def action_back(self) -> None:
        if self.at:
            self.turn_to(self.at - 1)
        else:
            self._keep()
            self.dismiss()

    @on(Input.Submitted, "#word")
    def to_the_button(self) -> None:
        """Handle Enter in the field: if the word is right, focus the button, which Enter never
        presses."""
        if self.may_start():
            self.query_one("#go", ActButton).bring()

    def enter_in(self, field: Input) -> str:
        return "To the button" if field is self.word and self.may_start() else ""

    @on(Button.Pressed, "#go")
    def press_go(self) -> None:
        if self.at == len(self.PAGES) - 1 and self.may_start():
            self._starting = True
            self.settle()
            self.act()

    def started(self, record: RunRecord) -> None:
        """Show the screen of the run that was started, instead of this one."""
        self.desk.drafts.pop(type(self).__name__, None)
        self.show_run(record, instead=True)

    def not_started(self, error: PryvTuiError) -> None:
        self._starting = False
        if error.name == "busy":
            # The other run began after the lock was last read. Go back to the page that can't be
            # left while a run is using the platform.
            self.turn_to(self.at - 1)
            self.look_who_holds()
            self.keybar.remark("Nothing was started: another run is using the platform.", 15.0)
        else:
            self.show_problem(error)
        self.settle()
