"""Fields to type in: they leave the help key alone; one knows the word that it waits for."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.widgets import Input, Static


class Field(Input):
    """A field; `?` is in none of the words that are typed here, so it opens the help.

    Its cursor stands still: blinking is sent twice a second over a slow line.
    """

    def on_mount(self) -> None:
        self.cursor_blink = False

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return key != "question_mark" and super().check_consume_key(key, character)

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "question_mark":
            # Not taken here, and not by the base class either: the screen's binding answers.
            event.prevent_default()
            return
        await super()._on_key(event)


class WordField(Field):
    """A field that waits for a word, and says beside it whether that is what it holds.

    Enter in it does nothing but say so: only the button acts.
    """

    def __init__(self, word: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.remark = Static(classes="remark", markup=False)
        """To be shown below the field."""
        self.word = ""
        self.want(word)

    def want(self, word: str) -> None:
        """Wait for another word."""
        self.word = word
        self.placeholder = f"Type {word}" if word else ""
        self._tell()

    @property
    def matches(self) -> bool:
        """Whether it holds exactly the word."""
        return bool(self.word) and self.value == self.word

    def _watch_value(self, value: str) -> None:
        super()._watch_value(value)
        self._tell()

    async def action_submit(self) -> None:
        await super().action_submit()
        self._tell(pressed=True)

    def _tell(self, *, pressed: bool = False) -> None:
        if self.matches:
            said = ("✓ it matches: Tab twice to the button, Enter presses it", "$text-success")
        elif self.word.startswith(self.value):
            what = "Enter does nothing here: " if pressed else ""
            said = (f"· {what}type {self.word}", "$quiet")
        else:
            said = (f"✗ wrong word: it has to be {self.word}", "$text-error")
        self.remark.update(Content.assemble(said))
