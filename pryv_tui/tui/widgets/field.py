"""Fields to type in. They leave the help key to the screen; one kind requires a certain word."""

from __future__ import annotations

from typing import Literal

from textual import events
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from pryv_tui.phrases import cut


class Field(Input):
    """A field in which `?` opens the help: nothing that is typed here contains that character.

    Its cursor does not blink: that would be sent twice a second over a slow line.
    """

    onwards = False
    """Whether Enter moves the focus to the next widget."""

    def __init__(
        self,
        value: str | None = None,
        placeholder: str = "",
        *,
        what: str = "",
        id: str | None = None,
        restrict: str | None = None,
        max_length: int = 0,
        compact: bool = False,
    ) -> None:
        """
        Args:
            placeholder: what may be typed; shown in brackets, so that nobody mistakes it for typed
                text.
            what: the purpose of the field, in a word or two; shown in its border, or beside it.
            max_length: characters; 0: no limit.
        """
        super().__init__(
            value,
            bracketed(placeholder),
            id=id,
            restrict=restrict,
            max_length=max_length,
            compact=compact,
        )
        self.what = what
        self.border_title = what
        self._hint = placeholder

    def hint(self, placeholder: str) -> None:
        """Show another hint while nothing is typed. If it is cut off, that is seen: a hint that
        seems to end after its first word says something else."""
        self._hint = placeholder
        room = self.content_size.width
        self.placeholder = cut(bracketed(placeholder), room) if room else bracketed(placeholder)

    def on_resize(self) -> None:
        self.hint(self._hint)

    def on_mount(self) -> None:
        self.cursor_blink = False

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return key != "question_mark" and super().check_consume_key(key, character)

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "question_mark":
            # Handled neither here nor in the base class: the screen's binding handles it.
            event.prevent_default()
            return
        if self.onwards and event.key == "enter":
            event.prevent_default().stop()
            self.screen.focus_next()
            return
        await super()._on_key(event)


def bracketed(hint: str) -> str:
    """Return a hint as it is shown in an empty field."""
    return f"({hint})" if hint else ""


class Named(Horizontal):
    """A field of one line, with its purpose beside it: it has no border for that."""

    def __init__(self, field: Field) -> None:
        super().__init__(Static(field.what, classes="what", markup=False), field)


class NextField(Field):
    """One field of several: Enter moves the focus to the next widget."""

    onwards = True


Where = Literal["field", "brought", "button"]
"""What has the focus: the field; the button, `brought` there by an Enter; the button otherwise."""

_NEXT: dict[Where, str] = {
    "field": "Enter goes to the button",
    "brought": "Space presses it, Enter does not",
    "button": "Enter or Space presses it",
}


class WordField(Field):
    """A field that requires a word, and shows below it whether that word was typed.

    Enter in it never acts: with the right word the screen moves the focus to the button.
    """

    def __init__(self, word: str = "", *, id: str | None = None) -> None:
        super().__init__(what="The word", id=id)
        self.remark = Static(classes="remark", markup=False)
        """The field's message; the screen composes it below the field."""
        self.word = ""
        self._at: Where = "field"
        self._barred = ""
        self._about: object = None
        self._again = False
        self.want(word)

    def want(self, word: str, about: object = None) -> None:
        """Require this word.

        Args:
            about: what the word would confirm. If that has changed, what was typed is cleared.
        """
        if about != self._about and self.value:
            self.forget()
        self.word, self._about = word, about
        self.hint(f"Type {word}" if word else "")
        self._tell()

    def forget(self) -> None:
        """Clear what was typed, since the plan has changed; say so, and require the word again."""
        self.value = ""
        self._again = True
        self._tell()

    def bar(self, reason: str) -> None:
        """Show why nothing can be started now, whatever is typed; empty if it can."""
        if reason != self._barred:
            self._barred = reason
            self._tell()

    def tell_at(self, where: Where) -> None:
        """Show what the keys do at the present position of the focus."""
        self._at = where
        self._tell()

    @property
    def matches(self) -> bool:
        """Whether the typed text is exactly the word."""
        return bool(self.word) and self.value == self.word

    def _watch_value(self, value: str) -> None:
        super()._watch_value(value)
        if value:
            self._again = False
        self._tell()

    async def action_submit(self) -> None:
        await super().action_submit()
        if not self.matches:
            self._tell(pressed=True)

    def _tell(self, *, pressed: bool = False) -> None:
        if self._barred:
            said = (f"▲ {self._barred}", "$text-warning")
        elif self.matches:
            said = (f"✓ it matches: {_NEXT[self._at]}", "$text-success")
        elif self._again:
            said = (f"▲ the plan has changed since: type {self.word} again", "$text-warning")
        elif self.word.startswith(self.value):
            what = "Enter does nothing yet: " if pressed else ""
            said = (f"· {what}type {self.word}", "$quiet")
        else:
            said = (f"✗ wrong word: it has to be {self.word}", "$text-error")
        self.remark.update(Content.assemble(said))
