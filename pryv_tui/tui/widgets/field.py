"""A field to type in that leaves the help key alone."""

from __future__ import annotations

from textual import events
from textual.widgets import Input


class Field(Input):
    """A field; `?` is in none of the words that are typed here, so it opens the help."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return key != "question_mark" and super().check_consume_key(key, character)

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "question_mark":
            # Not taken here, and not by the base class either: the screen's binding answers.
            event.prevent_default()
            return
        await super()._on_key(event)
