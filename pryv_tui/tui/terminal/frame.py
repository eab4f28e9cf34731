"""Send only those cells of a frame that the terminal does not show yet: for slow lines.

Textual draws whole regions again, about 11 kB for a screen of 80x24, and does so whenever a layout
may have changed, for example once a second for a clock. Here each frame is compared with what was
drawn before, cell by cell. Output that is not understood is passed on unchanged; after it, every
cell counts as unknown.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from rich.cells import get_character_cell_size

GAP = 4
"""Up to this many unchanged cells between two changed ones are sent too: that is shorter than
moving the cursor."""
_TOKEN = re.compile(r"\x1b\[(\d*)(?:;(\d*))?H|\x1b\[([\d;]*)m|(\n)|([^\x00-\x1f\x7f]+)")
SYNC_BEGIN, SYNC_END = "\x1b[?2026h", "\x1b[?2026l"


class Look(NamedTuple):
    """A style in the parts that can change separately, each as SGR codes."""

    attributes: str = ""
    ink: str = "39"
    ground: str = "49"


PLAIN = Look()
_UNKNOWN = ("", PLAIN)
"""A cell that may show anything. A drawn cell is empty only if it is the second half of a wide
character."""
Cell = tuple[str, Look]


@lru_cache(maxsize=4096)
def look_of(codes: str) -> Look:
    """Return the style that an SGR sequence sets after a reset (ECMA-48, 8.3.117)."""
    attributes: list[str] = []
    ink, ground = "39", "49"
    numbers = codes.split(";")
    at = 0
    while at < len(numbers):
        code = numbers[at]
        if code in ("38", "48"):
            length = 5 if numbers[at + 1 : at + 2] == ["2"] else 3
            value = ";".join(numbers[at : at + length])
            ink, ground = (value, ground) if code == "38" else (ink, value)
            at += length
            continue
        number = int(code or 0)
        if number == 0:
            attributes, ink, ground = [], "39", "49"
        elif 30 <= number <= 39 or 90 <= number <= 97:
            ink = code
        elif 40 <= number <= 49 or 100 <= number <= 107:
            ground = code
        else:
            attributes.append(code)
        at += 1
    return Look(";".join(attributes), ink, ground)


@lru_cache(maxsize=4096)
def change(before: Look, after: Look) -> str:
    """Return a short sequence that changes one style into another; empty if they are equal."""
    if before == after:
        return ""
    if after == PLAIN:
        return "\x1b[0m"
    if before.attributes == after.attributes:
        parts = [new for old, new in zip(before[1:], after[1:], strict=True) if old != new]
        return f"\x1b[{';'.join(parts)}m"
    parts = [after.attributes] if after.attributes else []
    parts += [part for part in after[1:] if part not in ("39", "49")]
    return f"\x1b[{';'.join(['0', *parts])}m"


class TooLarge(Exception):
    """The error for a frame larger than the terminal. After it, every cell counts as unknown."""


class Shown:
    """What a terminal shows of what this program drew."""

    def __init__(self) -> None:
        self._width = self._height = 0
        self._rows: list[list[Cell]] = []
        self._cursor: tuple[int, int] | None = None
        self._syncing = False

    def forget(self) -> None:
        """Make every cell count as unknown, so that the next frame is sent completely."""
        self._rows = [[_UNKNOWN] * self._width for _ in range(self._height)]
        self._cursor = None

    def thin(self, data: str, width: int, height: int) -> str:
        """Return what has to be sent to make the terminal show the same as after `data`.

        Args:
            data: the complete output.
            width: width of the terminal, in cells.
            height: height of the terminal, in lines.

        Raises:
            TooLarge: the frame was made for a larger terminal.
        """
        if data == SYNC_BEGIN:
            self._syncing = True
            return ""
        if data == SYNC_END:
            # Without a beginning there is nothing to end.
            syncing, self._syncing = self._syncing, False
            return "" if syncing else data
        if (width, height) != (self._width, self._height):
            self._width, self._height = width, height
            self.forget()
        try:
            sent = self._draw(data)
        except TooLarge:
            self.forget()
            raise
        if sent is None:
            # Modes and queries change no cell; anything else, such as another screen, may.
            if not _keeps_the_screen(data):
                self.forget()
            sent = data
        if sent and self._syncing:
            self._syncing = False
            return SYNC_BEGIN + sent
        return sent

    def _draw(self, data: str) -> str | None:
        """Remember a frame, and return what is new in it; None if `data` is not a frame."""
        changed: dict[int, dict[int, Cell]] = {}
        x, y = self._cursor or (0, 0)
        placed = self._cursor is not None
        look, at = PLAIN, 0
        for token in _TOKEN.finditer(data):
            if token.start() != at:
                return None
            at = token.end()
            row, column, style, line, text = token.groups()
            if text is not None:
                if not placed:
                    return None
                x = self._put(changed, x, y, text, look)
                if x < 0:
                    return None
            elif style is not None:
                look = look_of(style)
            elif line is not None:
                x, y = 0, y + 1
            else:
                x, y, placed = int(column or 1) - 1, int(row or 1) - 1, True
        if at != len(data) or look != PLAIN or not placed:
            return None
        return self._difference(changed, (x, y))

    def _put(
        self, changed: dict[int, dict[int, Cell]], x: int, y: int, text: str, look: Look
    ) -> int:
        """Write a text into `changed`. Return the column after it; -1 if that is not known."""
        row = changed.setdefault(y, {})
        for character in text:
            size = 1 if character < "\u0300" else get_character_cell_size(character)
            if size == 0:
                before = row.get(x - 1)
                if before is None:
                    return -1
                row[x - 1] = (before[0] + character, before[1])
                continue
            if y >= self._height or x + size > self._width:
                raise TooLarge
            row[x] = (character, look)
            if size == 2:
                row[x + 1] = ("", look)
            x += size
        return x

    def _difference(self, changed: dict[int, dict[int, Cell]], cursor: tuple[int, int]) -> str:
        sent: list[str] = []
        look = PLAIN
        for y, row in sorted(changed.items()):
            shown = self._rows[y]
            end: int | None = None  # The column where the terminal's cursor is, in this line.
            for x in sorted(x for x, cell in row.items() if self._differs(shown, row, x, cell)):
                if end is not None and x < end:
                    continue  # Drawn together with the cell before it.
                start = x
                if end is not None and x - end <= GAP and all(n in row for n in range(end, x)):
                    start = end
                else:
                    sent.append(f"\x1b[{y + 1};{x + 1}H")
                for place in range(start, x + 1):
                    character, wanted = row[place]
                    if not character:
                        continue
                    sent += (change(look, wanted), character)
                    look = wanted
                end = x + (2 if row.get(x + 1, ("x", PLAIN))[0] == "" else 1)
            for x, cell in row.items():
                shown[x] = cell
        if sent:
            sent.append(change(look, PLAIN))
        if sent or cursor != self._cursor:
            sent.append(f"\x1b[{cursor[1] + 1};{cursor[0] + 1}H")
        self._cursor = cursor
        return "".join(sent)

    @staticmethod
    def _differs(shown: list[Cell], row: dict[int, Cell], x: int, cell: Cell) -> bool:
        if not cell[0]:
            return False  # The second half of a wide character is drawn with the first half.
        if shown[x] != cell:
            return True
        return row.get(x + 1, ("x", PLAIN))[0] == "" and shown[x + 1] != row[x + 1]


_HARMLESS = re.compile(
    r"(?:\x1b\[\?(?:25|1000|1002|1003|1004|1006|1015|1016|2004|2026|2048|7)[hl]"
    r"|\x1b\[\?\d+\$p|\x1b\[[<>=]?\d*u|\x1b\]22;[^\x07]*\x07|\x1b\]52;[^\x07\x1b]*(?:\x07|\x1b\\))+"
)


def _keeps_the_screen(data: str) -> bool:
    """Whether `data` is only modes and queries that change no cell (xterm's control sequences)."""
    return _HARMLESS.fullmatch(data) is not None
