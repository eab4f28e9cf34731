"""Lines of text kept in memory up to a limit. Pure.

The oldest lines are dropped in chunks, so that the numbers of lines stay valid between two chunks
and a view can follow how far the text has moved.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from typing import Literal, NamedTuple

from rich.cells import cell_len
from textual.content import Content

LineKind = Literal["output", "error", "step", "command", "note", "warning", "failed"]
"""`output` and `error` are what a program printed, on its standard output and standard error."""

KEPT = 60_000
PRUNED = 10_000
LONGEST = 4_000
"""The largest number of characters of one line that are kept: a dump can print a line of
megabytes."""


class Line(NamedTuple):
    """One line and its kind."""

    kind: LineKind
    text: str
    step: int = 0
    """The number in the plan, from 1 on, of the step that the line belongs to; 0 for none."""


class Lens(NamedTuple):
    """A filter for the lines that are shown."""

    name: str
    kinds: frozenset[LineKind] | None = None
    """None: lines of every kind."""
    step: int = 0
    """0: lines of every step."""

    def passes(self, line: Line) -> bool:
        return (self.kinds is None or line.kind in self.kinds) and self.step in (0, line.step)


_LEAD = re.compile(r" *(?:- |\$ |\d+[! ] )?")


def hang_of(line: str) -> int:
    """Return the number of cells before the first word of a line: an indent, an item's mark, a
    shell's prompt."""
    found = _LEAD.match(line)
    return found.end() if found else 0


def hang_in(text: str, width: int) -> int:
    """Return by how many cells the further rows of a text are indented, to align with its first
    word."""
    return min(hang_of(text), width // 2)


def breaks(text: str, width: int) -> list[int]:
    """Return the cell at which each row of a text begins, if the text is wrapped between words.

    Further rows are indented to the first word. A word that is longer than a row continues in the
    next one. The space at the end of a row is not shown.
    """
    starts, here, after_space = [0], 0, 0
    lead, hang, room = hang_of(text), hang_in(text, width), width
    for character in text:
        if character == " ":
            after_space = here + 1
        elif here + cell_len(character) - starts[-1] > room:
            room = width - hang
            # Before the first word, the line can't be broken.
            starts.append(after_space if after_space > max(starts[-1], lead) else here)
            if here + cell_len(character) - starts[-1] > room:
                starts.append(here)
        here += cell_len(character)
    return starts


_COMMAND = re.compile(r" {4,}(?:curl|docker|ls|mkdir|mv|pryv-cli|pryv-tui) ")
_ON = 2
"""The indent of a command's further rows, in cells: small, so that an address fits."""
GOES_ON = " \\"
"""The end of each row of a command except the last, so that a shell reads one line."""


def is_command(text: str) -> bool:
    """Whether a line is an indented command, which readers paste into a shell."""
    return bool(_COMMAND.match(text))


def shell_blanks(text: str) -> list[int]:
    """Return the positions of the blanks between the words of a shell's line, without blanks inside
    a word."""
    found: list[int] = []
    within: list[str] = []
    at = 0
    while at < len(text):
        inside, one = within[-1] if within else "", text[at]
        if inside == "'":
            if one == "'":
                within.pop()
        elif one == "\\":
            at += 1
        elif text.startswith("$(", at):
            within.append(")")
            at += 1
        elif one == inside:
            within.pop()
        elif one == '"' or (one == "'" and inside != '"'):
            within.append(one)
        elif one == " " and not within:
            found.append(at)
        at += 1
    return found


def command_rows(text: str, width: int) -> list[str]:
    """Wrap a command into rows that a shell reads as one line: each except the last ends with a
    backslash. A word longer than a row, such as an address, is never broken: its row is longer."""
    lead = hang_of(text)
    blanks = [at for at in shell_blanks(text) if at > lead]
    starts, ends = [0, *(at + 1 for at in blanks)], [*blanks, len(text)]
    words = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    rows = words[:1]
    for number, word in enumerate(words[1:], 2):
        last = number == len(words)
        longer = f"{rows[-1]} {word}"
        if cell_len(longer) + (0 if last else len(GOES_ON)) <= width:
            rows[-1] = longer
        else:
            rows[-1] += GOES_ON
            rows.append(" " * _ON + word)
    return rows


class Rows:
    """The rows of the screen that each line takes, while long lines are wrapped."""

    def __init__(self, width: int, *, by_words: bool = False) -> None:
        self.width = max(1, width)
        self.by_words = by_words
        """Whether to wrap between words, as prose; a program's output is wrapped at the edge."""
        self.widest = 0
        """The width in cells of the longest row of a command, which may be more than `width`."""
        self._ends: list[int] = []
        """For each line, the row after its last one, counted from the very first row."""
        self._gone = 0

    def __len__(self) -> int:
        return self._ends[-1] - self._gone if self._ends else 0

    def settle(self, lines: Lines, gone: int = 0) -> int:
        """Add the lines that are new. Return how many rows were removed from the front.

        Args:
            gone: how many lines were removed from the front, some perhaps before they were added
                here.
        """
        kept = len(self._ends)
        rows = (self._ends[gone - 1] if gone <= kept else len(self) + self._gone) if gone else 0
        rows = max(0, rows - self._gone)
        del self._ends[:gone]
        self._gone += rows
        end = self._ends[-1] if self._ends else self._gone
        for index in range(len(self._ends), len(lines)):
            end += self._rows_of(lines[index].text)
            self._ends.append(end)
        return rows

    def _rows_of(self, text: str) -> int:
        if self.by_words and is_command(text):
            rows = command_rows(text, self.width)
            self.widest = max(self.widest, *map(cell_len, rows))
            return len(rows)
        if self.by_words:
            return len(breaks(text, self.width))
        return max(1, -(-cell_len(text) // self.width))

    def part_of(self, text: str, part: int) -> tuple[int, int]:
        """Return the cells of a line that one of its rows shows: the first, and the one after the
        last."""
        if not self.by_words:
            return part * self.width, (part + 1) * self.width
        starts = [*breaks(text, self.width), cell_len(text)]
        return starts[part], min(starts[part + 1], starts[part] + self.width)

    def lead_of(self, text: str, part: int) -> int:
        """Return the indent of one of the rows of a line, in cells."""
        return hang_in(text, self.width) if self.by_words and part else 0

    def command_row(self, text: str, part: int) -> str | None:
        """Return one row of a line that is a command; None for any other line."""
        if not self.by_words or not is_command(text):
            return None
        return command_rows(text, self.width)[part]

    def at(self, row: int) -> tuple[int, int]:
        """Return the line that a row shows, and the row's number within that line, counted from
        0."""
        wanted = row + self._gone
        line = bisect_right(self._ends, wanted)
        return line, wanted - (self._ends[line - 1] if line else self._gone)

    def first(self, line: int) -> int:
        """Return the first row of a line."""
        line = min(line, len(self._ends))
        return (self._ends[line - 1] - self._gone) if line > 0 else 0


class Lines:
    """The lines of an output, newest last."""

    def __init__(self, kept: int = KEPT, pruned: int = PRUNED) -> None:
        self._kept = kept
        self._pruned = pruned
        self._lines: list[Line] = []
        self.dropped = 0
        """How many lines were removed from the front."""
        self.width = 0
        """The number of characters of the longest line so far."""

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, index: int) -> Line:
        return self._lines[index]

    def add(self, lines: Iterable[Line]) -> int:
        """Add lines. Return how many were removed from the front."""
        for line in lines:
            text = line.text
            if len(text) > LONGEST:
                text = f"{text[:LONGEST]} … ({len(text) - LONGEST:,} more characters)"
            text = text.expandtabs()
            self.width = max(self.width, len(text))
            self._lines.append(line._replace(text=text))
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

    def seen_through(self, lens: Lens) -> Lines:
        """Return the lines that pass the filter."""
        found = Lines(self._kept, self._pruned)
        found.add(line for line in self._lines if lens.passes(line))
        return found

    def find(self, word: str, start: int, step: int) -> int | None:
        """Find the next line with a word, from the line `start` on, down (`step` 1) or up (-1),
        continuing at the other end. Return its number; None if no line has the word."""
        wanted = word.casefold()
        count = len(self._lines)
        if not wanted or not count:
            return None
        for distance in range(count):
            index = (start + distance * step) % count
            if wanted in self._lines[index].text.casefold():
                return index
        return None

    def hits(self, word: str) -> list[int]:
        """Return the numbers of all lines with a word."""
        wanted = word.casefold()
        return [at for at, line in enumerate(self._lines) if wanted in line.text.casefold()]

    def text(self, kept: str = "the journal") -> str:
        """Return all lines as plain text.

        Args:
            kept: where to find the lines that were removed from the front, in words.
        """
        head = [f"({self.dropped:,} earlier lines are in {kept})"] if self.dropped else []
        return "\n".join([*head, *(line.text for line in self._lines)]) + "\n"


class Para(NamedTuple):
    """A paragraph. Its second and later lines begin under the cell `hang` of the first line."""

    hang: int
    text: Content
