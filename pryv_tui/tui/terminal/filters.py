"""Filters for everything that is drawn: for safety, and for terminals without colours or glyphs.

Each filter changes every cell just before it is sent, so that nothing is missed: neither one of
Textual's own borders nor the name of a file.
"""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from pryv_tui.sanitize import acts, cells


class Harmless(LineFilter):
    """A filter that replaces characters that would act on the terminal, in case a screen has not
    replaced them (`sanitize.sanitized`)."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        if not any(acts(segment.text) for segment in segments):
            return segments
        return [
            segment if segment.control else Segment(cells(segment.text, cell_len), *segment[1:])
            for segment in segments
        ]


class NoColour(LineFilter):
    """A filter that removes every colour: text on a light background is reversed; bold and
    underlined stay.

    Textual's own filter for `NO_COLOR` turns colours into greys, which are still colours for a
    terminal. And Textual's lists ignore `reverse` in a style sheet.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            Segment(text, _colourless(style) if style else style, control)
            for text, style, control in segments
        ]


@lru_cache(1024)
def _colourless(style: Style) -> Style:
    ground = style.bgcolor.get_truecolor() if style.bgcolor is not None else (0, 0, 0)
    light = sum(ground) > 3 * 127
    return style.without_color + Style(reverse=bool(style.reverse) != light)


class Ascii(LineFilter):
    """A filter that replaces each character by ASCII of the same width in cells."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            segment if segment.text.isascii() else Segment(ascii_cells(segment.text), *segment[1:])
            for segment in segments
        ]


@lru_cache(4096)
def ascii_cells(text: str) -> str:
    """Return text in ASCII of the same width in cells; `?` if a character has no similar one.

    The result is only for display: the original can't be recovered, so it must not be used as a
    name.
    """
    return text.replace(" …", "..").translate(_LIKE)


class _Likeness(dict[int, str]):
    def __missing__(self, code: int) -> str:
        char = chr(code)
        like = char if code < 0x80 else "?" * cell_len(char)
        self[code] = like
        return like


def _likeness() -> _Likeness:
    pairs = {
        # State glyphs; the word beside each glyph has the meaning.
        "●": "*", "○": "o", "◐": "%", "▲": "!", "✗": "x", "✓": "+", "▶": ">", "■": "#", "·": ".",
        "–": "-", "—": "-", "…": "~", "→": ">", "←": "<", "↑": "^", "↓": "v", "↻": "@", "›": ">",
        "×": "x", "’": "'", "‘": "'", "“": '"', "”": '"', "•": "*", "█": "#", "░": ".", "▒": ":",
        # Borders: the heavy ones are those of the focused panel.
        **dict.fromkeys("─╌┄", "-"), **dict.fromkeys("│╎┆", "|"),
        **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼", "+"), "━": "=", "┃": "#",
        **dict.fromkeys("┏┓┗┛┣┫┳┻╋", "#"), **dict.fromkeys("▔▁", " "),
    }  # fmt: skip
    return _Likeness({ord(char): like for char, like in pairs.items()})


_LIKE = _likeness()
