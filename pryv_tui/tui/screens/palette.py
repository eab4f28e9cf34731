"""The palette: every action of a screen and every place, found by a part of its name.

Textual's own palette has an icon two cells wide, timers, and no place for keys. This one is a
dialog like the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.types import CSSPathType
from textual.widgets import Input, OptionList, Static

from pryv_tui.operations.settings.appearance import THEMES
from pryv_tui.tui.actions import ACTIONS
from pryv_tui.tui.base.dialog import STYLES, Dialog
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.navigation import PLACES, PRACTICE, Go, ask_for, show_dialog
from pryv_tui.tui.session import Desk
from pryv_tui.tui.text.words import fit
from pryv_tui.tui.widgets.field import Field
from pryv_tui.tui.widgets.panes import ListPane
from pryv_tui.tui.widgets.topbar import TopBar

if TYPE_CHECKING:
    from pryv_tui.tui.app import Interface


GO_TO = "Go to: "
"""The first words in the label of an action that belongs to another screen."""


class Command(NamedTuple):
    """One line of the palette."""

    name: str
    label: str
    key: str
    help: str
    do: Callable[[], object]


def matching(commands: Sequence[Command], wanted: str) -> list[Command]:
    """Return the commands that contain every typed word; those whose label begins with the typed
    text come first."""
    words = wanted.casefold().split()
    found = [
        command
        for command in commands
        if all(word in f"{command.label} {command.help}".casefold() for word in words)
    ]
    start = wanted.casefold().strip()
    names = {command: command.label.removeprefix(GO_TO).casefold() for command in found}
    return sorted(found, key=lambda command: not names[command].startswith(start))


def commands_of(page: Page, app: Interface) -> list[Command]:
    """Return all actions that are possible on a screen now, then those that are possible on every
    screen."""
    here = [action for action in page.actions_here() if action.name != "palette"]
    found = [
        Command(each.name, each.label, each.key_label, each.help, partial(_ask, page, each.name))
        for each in here
    ]
    named = {action.name for action in here}
    if "note" not in named:
        # Its key belongs to another action on this screen.
        note = ACTIONS["note"]
        found.append(Command("note", note.label, "", note.help, partial(_ask, page, "note")))
    for place in (*PLACES, *((PRACTICE,) if page.desk.practice else ())):
        if place not in named and not (place == "restore" and "restore_this" in named):
            action = ACTIONS[place]
            found.append(
                Command(place, f"{GO_TO}{action.label}", "", action.help, partial(_go, page, place))
            )
    for name, place, remark in (
        ("audit", "sets", "Choose a set, then press a to audit it."),
        ("sample", "sets", "Choose a set, then press V to check a part of it."),
        ("files", "sets", "Choose a set, then press f to bring files of it back."),
        ("prune", "sets", "Press D to remove the sets that no rule keeps."),
        ("adopt", "sets", "Press A to make a set of a backup that was made by hand."),
        ("undo", "runs", "Choose a restore, then press U to undo it."),
        (
            "release",
            "runs",
            "Choose a restore or an undo, then D releases what it moved aside.",
        ),
    ):
        if name not in named:
            action = ACTIONS[name]
            do = partial(_go, page, place, (name, remark))
            found.append(Command(name, f"{GO_TO}{action.label}", "", action.help, do))
    for theme in THEMES:
        now = " (now)" if theme == app.theme else ""
        found.append(
            Command(f"theme-{theme}", f"Theme: {theme}{now}", "", "Change the colours, and"
                    " remember them here.", partial(_theme, page, app, theme))
        )  # fmt: skip
    other = "glyphs" if app.ascii else "ASCII"
    found.append(
        Command("ascii", f"Draw with {other}", "", "For terminals that have no glyphs; --ascii"
                " does it from the start.", partial(setattr, app, "ascii", not app.ascii))
    )  # fmt: skip
    return found


def _go(page: Page, place: str, hint: tuple[str, str] | None = None) -> None:
    ask_for(page.app, Go(place, hint=hint))


async def _asked(page: Page, action: str) -> None:
    await page.run_action(action)


def _ask(page: Page, action: str) -> None:
    page.call_later(_asked, page, action)


def _theme(page: Page, app: Interface, name: str) -> None:
    kept = "" if app.take_theme(name) else "; it can't be remembered in the state folder"
    page.keybar.remark(f"Theme: {name}{kept}")


class Palette(Dialog[str]):
    """A field and the commands that match it. The answer is the name of the chosen command."""

    CSS_PATH: ClassVar[CSSPathType | None] = [STYLES, "palette.tcss"]
    AUTO_FOCUS = "#wanted"
    KEEPS = False
    NOTES = False
    KEYS = (("esc", "Back"), ("↑ ↓", "Move"), ("enter", "Do it"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move('cursor_up')", show=False),
        Binding("down", "move('cursor_down')", show=False),
        Binding("pageup", "move('page_up')", show=False),
        Binding("pagedown", "move('page_down')", show=False),
        Binding("ctrl+p", "no", show=False),
    ]

    def __init__(self, desk: Desk, where: str, commands: Sequence[Command]) -> None:
        super().__init__(desk, "Menu", "")
        self._where = where
        self._commands = commands
        self._list = ListPane("", id="found")
        self._list.can_focus = False

    def compose(self) -> ComposeResult:
        yield TopBar(self._desk, self._where)
        box = Vertical()
        box.border_title = self._title
        with box:
            yield Field(placeholder="Type a part of what you want", id="wanted")
            yield self._list
            yield Static(self.keys_line(), classes="keys", markup=False)
        yield self.too_small

    def on_mount(self) -> None:
        self.show_matching("")

    @on(Input.Changed, "#wanted")
    def wanted_changed(self, event: Input.Changed) -> None:
        self.show_matching(event.value)

    def show_matching(self, wanted: str) -> None:
        found = matching(self._commands, wanted)
        rows = [(command.name, _row(command), True) for command in found]
        self._list.show_rows(rows or [("", Content(" nothing is called that"), False)])
        # Select the best match, not the row that was selected in the list before.
        self._list.highlighted = 0 if found else None
        self._list.scroll_home(animate=False)

    def action_move(self, how: str) -> None:
        getattr(self._list, f"action_{how}")()

    @on(Input.Submitted, "#wanted")
    def choose(self) -> None:
        if self._list.chosen:
            self.dismiss(self._list.chosen)

    @on(OptionList.OptionSelected, "#found")
    def clicked(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_id)


def _row(command: Command) -> Content:
    return Content.assemble(
        (f" {fit(command.label, 22)}", "bold"),
        (f"{fit(command.key, 6)}", "bold $text-primary"),
        (command.help, "$quiet"),
    )


def open_palette(page: Page) -> None:
    """Open the palette over a screen, and do what is chosen there."""
    app: Interface = page.app  # type: ignore[assignment]
    commands = commands_of(page, app)

    def chosen(name: str | None) -> None:
        for command in commands:
            if command.name == name:
                command.do()

    show_dialog(app, Palette(page.desk, page.top.title, commands), chosen)
