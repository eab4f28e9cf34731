"""Text from elsewhere (a program, a set, an engine, a file's name), made unable to act on a
terminal or to look like something else than it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import NewType

OneLine = NewType("OneLine", str)
"""Text from elsewhere that can't act on a terminal and stays on one line. It is converted where it
enters this program, and the type checker reports where unconverted text would be used."""

_UNSEEN = (
    0x00AD,  # soft hyphen
    0x034F,
    0x061C,
    0x115F,
    0x1160,
    0x17B4,
    0x17B5,
    *range(0x180B, 0x1810),  # variation selectors of Mongolian, and its vowel separator
    *range(0x200B, 0x2010),  # zero width, and direction marks
    *range(0x2028, 0x202F),  # line and paragraph separators, and direction overrides
    *range(0x2060, 0x2070),
    0x3164,
    *range(0xFE00, 0xFE10),  # variation selectors: how the character before is drawn
    0xFEFF,
    0xFFA0,
    *range(0xFFF0, 0xFFFC),
    *range(0x1BCA0, 0x1BCA4),  # format controls of shorthand
    *range(0x1D173, 0x1D17B),  # format controls of music
    *range(0xE0000, 0xE1000),  # tags, and more variation selectors
)
"""Characters that are invisible to a person but obeyed by a terminal: `a<U+202E>txt.exe` reads
`aexe.txt`."""
UNSEEN = "".join(map(chr, (*range(32), *range(0x7F, 0xA0), *_UNSEEN)))
"""The invisible characters and the control characters, which can precede a text without being
seen."""
_HALVES = range(0xD800, 0xE000)
"""Surrogates: halves of pairs, and bytes of a name that are not text, in Python's representation
(PEP 383)."""
_NO_TEXT = range(0xDC80, 0xDD00)


@cache
def _pictures() -> dict[int, int | str]:
    """Return the replacement of each character that could act: six thousand of them, which are
    rarely needed."""
    pictures: dict[int, int | str] = {n: 0x2400 + n for n in range(32) if n not in (9, 10)}
    pictures[0x7F] = 0x2421
    pictures |= dict.fromkeys(range(128, 160), 65533)
    pictures |= {code: f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}" for code in _UNSEEN}
    pictures |= {code: f"\\u{code:04x}" for code in _HALVES}
    return pictures | {code: f"\\x{code - 0xDC00:02x}" for code in _NO_TEXT}


def _spans(codes: Iterable[int]) -> str:
    """Return characters as ranges for a regular expression's set. Few ranges are important: a set
    with thousands of single characters takes longer to compile than the rest of the program to
    start."""
    found: list[list[int]] = []
    for code in sorted(codes):
        if found and code == found[-1][1] + 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return "".join(rf"\U{first:08x}-\U{last:08x}" for first, last in found)


_ACTING = re.compile(f"[{_spans((*map(ord, UNSEEN), *_HALVES))}]")
_IN_JSON = re.compile("[\x7f-\x9f]")


LINE_END = "\u240a"
"""The visible symbol that replaces a newline."""


def acts(text: str) -> bool:
    """Whether a text contains a character that would act on a terminal, end the line, or be
    invisible."""
    return _ACTING.search(text) is not None


def cells(text: str, width: Callable[[str], int]) -> str:
    """Return a text with each acting character replaced by as many `?` as it has cells: the last
    check, just before the text is drawn.

    Args:
        width: returns how many cells a character takes.
    """
    return _ACTING.sub(lambda found: "?" * width(found[0]), text)


def sanitized(text: str) -> str:
    """Return text whose control characters can't act on a terminal: they are shown as their
    symbols, and invisible characters as their numbers.

    A carriage return counts as the end of a line.
    """
    if _is_plain(text):
        return text
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_pictures())


def one_line(text: str) -> OneLine:
    """Return sanitized text on a single line, so that it can't look like lines of ours."""
    if _is_plain(text):
        return OneLine(text)
    return OneLine(sanitized(text).replace("\n", LINE_END).replace("\t", " "))


def _is_plain(text: str) -> bool:
    """Whether a text is ASCII without acting characters; nearly every text is, and this check is
    fast."""
    return text.isascii() and text.isprintable()


def sanitized_json(text: str) -> str:
    """Return JSON with the C1 controls in its strings also escaped; its meaning stays the same."""
    return _IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
