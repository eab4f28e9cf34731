"""The base of the wizards: a visible trail of pages, Back and Next, and a button that acts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, ContentSwitcher, Static

from pryv_tui.errors import PryvTuiError
from pryv_tui.runs.history import RunRecord
from pryv_tui.tui.actions import Action
from pryv_tui.tui.desk import Desk, run_going_on
from pryv_tui.tui.screens.confirm import Confirm
from pryv_tui.tui.screens.page import NARROW, Page


class Wizard(Page):
    """Pages in order. Going back changes nothing that was chosen or typed."""

    CSS_PATH = "wizard.tcss"
    DEFAULT_CLASSES = "Wizard"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "go_on", show=False)]
    PAGES: ClassVar[tuple[tuple[str, str], ...]] = ()
    """Id and name of every page."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.at = 0
        self._starting = False

    def content(self) -> Iterable[Widget]:
        yield Static(id="trail", markup=False)
        with ContentSwitcher(initial=self.PAGES[0][0], id="pages"):
            for name, _ in self.PAGES:
                with Vertical(id=name):
                    yield from self.page_content(name)
        with Horizontal(id="buttons"):
            yield Button("Back", id="back")
            yield Button("Next", id="next")
            yield Button("", id="go", variant="warning")

    def page_content(self, name: str) -> Iterable[Widget]:
        """The widgets of a page."""
        return ()

    def enter_page(self, name: str) -> None:
        """A page has come into view: fill it and focus what can do no harm."""

    def may_go_on(self, name: str) -> bool:
        """Whether the page has what the next one needs."""
        return True

    def go_label(self) -> str:
        """What the last page's button does, naming act and machine."""
        return ""

    def may_act(self) -> bool:
        """Whether that button may be pressed now."""
        return False

    def act(self) -> None:
        """The button was pressed."""

    def begin(self) -> None:
        self.turn_to(0)

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
        """Bring trail, buttons and keys in line with what is known now."""
        self.show_trail()
        last = self.at == len(self.PAGES) - 1
        following, go = self.query_one("#next", Button), self.query_one("#go", Button)
        following.display, go.display = not last, last
        following.disabled = not self.may_go_on(self.page)
        go.label = Content(self.go_label())
        go.disabled = not self.may_act() or self._starting
        self.query_one("#back", Button).label = "Back" if self.at else "Leave"
        self.refresh_keys()

    def show_trail(self) -> None:
        """Every page, and which one this is; where there is little room only this one's name."""
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
            return self.may_act() if last else self.may_go_on(self.page)
        return True

    @on(Button.Pressed, "#next")
    def action_next(self) -> None:
        """To the next page; on the last one to the button that acts, which is not pressed."""
        if self.at < len(self.PAGES) - 1:
            if self.may_go_on(self.page):
                self.turn_to(self.at + 1)
        elif self.may_act():
            self.query_one("#go", Button).focus()

    def actions_here(self) -> Sequence[Action]:
        last = self.at == len(self.PAGES) - 1
        return [
            action._replace(label="To the button") if action.name == "next" and last else action
            for action in super().actions_here()
        ]

    def action_go_on(self) -> None:
        """Enter, where nothing that has the focus takes it: the next page; on the last it says
        what acts."""
        if self.at < len(self.PAGES) - 1:
            if self.may_go_on(self.page):
                self.action_next()
            else:
                self.remark("It can't go on yet: this page lacks what the next one needs.")
        elif self.may_act():
            self.remark(f"Enter starts nothing here: n goes to the button, {self.go_label()}.")
        else:
            self.remark("Enter starts nothing here; Tab goes to what is still to be done.")

    def remark(self, text: str) -> None:
        self.keybar.remark(text, until_key=True)

    def action_quit(self) -> None:
        """Leave the program: what was chosen here would be gone."""
        if self._starting:
            super().action_quit()
            return
        self.app.push_screen(
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
        """Asked once is enough: a run that goes on is named on the terminal."""

        def gone(record: RunRecord | None) -> None:
            if record is None:
                self.app.exit(0)
            else:
                self._gone(record)

        if yes:
            self.ask("quit", lambda: run_going_on(self.desk.site.state), gone)

    @on(Button.Pressed, "#back")
    def action_back(self) -> None:
        if self.at:
            self.turn_to(self.at - 1)
        else:
            self.dismiss()

    @on(Button.Pressed, "#go")
    def press_go(self) -> None:
        if self.at == len(self.PAGES) - 1 and self.may_act() and not self._starting:
            self._starting = True
            self.settle()
            self.act()

    def started(self, record: RunRecord) -> None:
        """The run has begun: its screen takes this one's place."""
        from pryv_tui.tui.screens.run import RunScreen

        self.app.switch_screen(RunScreen(self.desk, record))

    def not_started(self, error: PryvTuiError) -> None:
        self._starting = False
        self.show_problem(error)
        self.settle()
