"""Lines of text kept in memory up to a bound. Pure.

The oldest lines go a chunk at a time, so that numbers of lines stay valid between two prunings and
a view can follow how far the text moved.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

LineKind = Literal["output", "step", "command", "note", "warning", "failed"]

KEPT = 60_000
PRUNED = 10_000
LONGEST = 4_000
"""Cells of one line that are kept: a dump can print a line of megabytes."""


class Line(NamedTuple):
    """One line and what it is."""

    kind: LineKind
    text: str


class Lines:
    """Lines, the newest last."""

    def __init__(self, kept: int = KEPT, pruned: int = PRUNED) -> None:
        self._kept = kept
        self._pruned = pruned
        self._lines: list[Line] = []
        self.dropped = 0
        """How many lines went from the front."""
        self.width = 0
        """The width of the widest line so far."""

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, index: int) -> Line:
        return self._lines[index]

    def add(self, lines: Iterable[Line]) -> int:
        """Add lines; how many went from the front for them."""
        for kind, text in lines:
            if len(text) > LONGEST:
                text = f"{text[:LONGEST]} … ({len(text) - LONGEST:,} more characters)"
            text = text.expandtabs()
            self.width = max(self.width, len(text))
            self._lines.append(Line(kind, text))
        gone = 0
        if len(self._lines) > self._kept:
            gone = len(self._lines) - self._kept + self._pruned
            del self._lines[:gone]
            self.dropped += gone
        return gone

    def clear(self) -> None:
        self._lines.clear()
        self.dropped = 0
        self.width = 0

    def find(self, word: str, start: int, step: int) -> int | None:
        """The next line with a word from a line on, upwards or downwards, round the end."""
        wanted = word.casefold()
        count = len(self._lines)
        if not wanted or not count:
            return None
        for distance in range(count):
            index = (start + distance * step) % count
            if wanted in self._lines[index].text.casefold():
                return index
        return None

    def text(self) -> str:
        """All of it, as plain text."""
        head = [f"({self.dropped:,} earlier lines are in the journal)"] if self.dropped else []
        return "\n".join([*head, *(line.text for line in self._lines)]) + "\n"
