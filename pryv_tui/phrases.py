"""Phrases for a number of things, and for a text that is too long for its place."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def counted(many: int, one: str, several: str = "", *, said: str = "") -> str:
    """Return a number with its noun: `1 file`, `2 files`.

    Args:
        one: the noun, or the noun with the word that follows it: `entry is`.
        several: the form for any other number; empty: `one` with an s.
        said: the number as displayed, for example with separators for thousands.
    """
    return f"{said or many} {one if many == 1 else several or one + 's'}"


def cut(text: str, most: int) -> str:
    """Shorten a text to at most `most` characters. A text that was cut ends with an ellipsis, so
    that nobody takes it for the whole."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def cells(text: str) -> int:
    """Return how many terminal cells a text takes: wide letters take two, combining marks none."""
    if text.isascii():
        return len(text)
    marks = sum(unicodedata.combining(each) != 0 or each in _NO_WIDTH for each in text)
    return len(text) + sum(unicodedata.east_asian_width(each) in "WF" for each in text) - marks


_NO_WIDTH = "\u200b\u200c\u200d\ufe0e\ufe0f"


def first(lines: Sequence[str], most: int) -> tuple[str, ...]:
    """Return the first of many lines; if some are left out, the last line says how many."""
    if len(lines) <= most:
        return tuple(lines)
    return (*lines[: most - 1], f"and {len(lines) - most + 1} more")


def named(names: Sequence[str], most: int) -> str:
    """Return names in one line: the first ones if there are many, and how many are left out."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
