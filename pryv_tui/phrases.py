"""How a number of things is said, and a text that is too long for its place."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def counted(many: int, one: str, several: str = "", *, said: str = "") -> str:
    """So many of a thing: `1 file`, `2 files`.

    Args:
        one: the noun, or the noun with what follows it: `entry is`.
        several: the same for any other number; else `one` with an s.
        said: the number as it is shown, such as with its thousands apart.
    """
    return f"{said or many} {one if many == 1 else several or one + 's'}"


def cut(text: str, most: int) -> str:
    """A text of at most so many characters; what is cut ends with an ellipsis, so that nobody
    takes it for all that was said."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def cells(text: str) -> int:
    """The cells of a terminal that a text takes: wide letters two, marks on a letter none."""
    if text.isascii():
        return len(text)
    marks = sum(unicodedata.combining(each) != 0 or each in _NO_WIDTH for each in text)
    return len(text) + sum(unicodedata.east_asian_width(each) in "WF" for each in text) - marks


_NO_WIDTH = "\u200b\u200c\u200d\ufe0e\ufe0f"


def first(lines: Sequence[str], most: int) -> tuple[str, ...]:
    """The first of many lines; where not all are there, the last one says how many are not."""
    if len(lines) <= most:
        return tuple(lines)
    return (*lines[: most - 1], f"and {len(lines) - most + 1} more")


def named(names: Sequence[str], most: int) -> str:
    """Names in one line, the first of them where they are many, and how many are not there."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
