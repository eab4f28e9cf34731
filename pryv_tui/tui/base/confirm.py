"""Questions before an act: one with Yes and No, and one that asks for a typed word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input

from pryv_tui.tui.base.dialog import Dialog, Typed
from pryv_tui.tui.session import Desk
from pryv_tui.tui.widgets.act_button import ActButton
from pryv_tui.tui.widgets.field import WordField


class Question(Dialog[bool]):
    """The base of both questions. A key shows the act's exact commands instead of the text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # In a field, `c` is a letter; the other key works there too.
        Binding("c,ctrl+o", "commands", show=False)
    ]

    def __init__(
        self, desk: Desk, title: str, text: Content | str, commands: Content | str
    ) -> None:
        super().__init__(desk, title, text)
        self._commands = commands
        self._commands_shown = False

    def action_commands(self) -> None:
        """Show the exact command of every step, or the text again."""
        if self._commands:
            self._commands_shown = not self._commands_shown
            self.show_text(self._commands if self._commands_shown else self._text)


class Confirm(Question):
    """A Yes/No question. No has the focus, Escape means No, the other button names the act."""

    AUTO_FOCUS = "#no"

    def __init__(
        self,
        desk: Desk,
        title: str,
        text: Content | str,
        *,
        no: str,
        yes: str,
        commands: Content | str = "",
    ) -> None:
        """Make the question. `commands` are the commands of the act; empty if it has none."""
        super().__init__(desk, title, text, commands)
        self._no = no
        self._yes = yes

    def keys(self) -> Sequence[tuple[str, str]]:
        shown = [("c", "Commands")] if self._commands else []
        return [("esc", self._no), ("↑ ↓", "Read on"), *shown]

    def buttons(self) -> Iterable[Button]:
        yield Button(Content(self._no), id="no")
        yield Button(Content(self._yes), id="yes", variant="warning")

    @on(Button.Pressed, "#yes")
    def say_yes(self) -> None:
        self.dismiss(True)


class TypeToConfirm(Question):
    """A question that requires a typed word. Its button is disabled until the word matches exactly.
    Enter in the field then moves the focus to the button, and never presses it."""

    AUTO_FOCUS = "#word"
    KEEPS = False

    def __init__(
        self,
        desk: Desk,
        title: str,
        text: Content | str,
        *,
        word: str,
        yes: str,
        commands: Content | str = "",
    ) -> None:
        """Make the question. `commands` are the commands of the act; empty if it has none."""
        super().__init__(desk, title, text, commands)
        self._yes = yes
        self.word = WordField(word, id="word")
        plain = text.plain if isinstance(text, Content) else text
        self._about = plain.partition("\n")[0]
        told = commands.plain if isinstance(commands, Content) else commands
        self._act = f"{plain}\n{told}"
        self._before: Typed | None = None

    @property
    def asked(self) -> str:
        return f"{self._title}: {self._about}"

    @property
    def typed_word(self) -> Typed | None:
        # A wrong word is not kept: if the question is asked again, its field is empty.
        kept = self.word.value if self.word.word.startswith(self.word.value) else ""
        return Typed(kept, self._act)

    def take_up(self, typed: Typed | None) -> None:
        self._before = typed

    def on_mount(self) -> None:
        if self._before is None or not self._before.value:
            return
        if self._before.act == self._act:
            self.word.value = self._before.value
        else:
            self.word.forget()

    def keys(self) -> Sequence[tuple[str, str]]:
        # In the field, letters and spaces are text; elsewhere the usual keys work.
        typing = self.focused is self.word or self.focused is None
        shown = [("^o" if typing else "c", "Commands")] if self._commands else []
        onward = [("tab", "Buttons"), ("enter", "Press")]
        if isinstance(self.focused, ActButton):
            onward = [("tab", "Buttons"), (self.focused.key, "Press")]
        elif typing:
            onward = [("enter", "To the button") if self.word.matches else ("tab", "Buttons")]
        return [("esc", "No"), ("↑ ↓", "Read on"), *shown, *onward]

    def fields(self) -> Iterable[Widget]:
        yield self.word
        yield self.word.remark

    def buttons(self) -> Iterable[Button]:
        yield Button("No", id="no")
        yield ActButton(self._yes, id="yes", variant="error", disabled=True, word=self.word)

    @on(Input.Changed, "#word")
    def compare(self) -> None:
        self.query_one("#yes", Button).disabled = not self.word.matches
        self.show_keys()

    @on(Input.Submitted, "#word")
    def to_the_button(self) -> None:
        if self.word.matches:
            self.query_one("#yes", ActButton).bring()

    @on(Button.Pressed, "#yes")
    def say_yes(self) -> None:
        if self.word.matches:
            self.dismiss(True)
