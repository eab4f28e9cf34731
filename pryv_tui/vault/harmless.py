"""Text from elsewhere (a program, a set, a container's name) made unable to act on a terminal."""

from __future__ import annotations

import re

_PICTURES = {code: 0x2400 + code for code in range(32) if code not in (9, 10)}
_PICTURES[0x7F] = 0x2421
_PICTURES.update(dict.fromkeys(range(128, 160), 65533))
_IN_JSON = re.compile("[\x7f-\x9f]")


def harmless(text: str) -> str:
    """Text whose control characters can't act on a terminal: they are shown as their pictures.

    A carriage return counts as the end of a line.
    """
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_PICTURES)


def one_line(text: str) -> str:
    """The same for what has to stay on its line, so that it can't look like lines of ours."""
    return harmless(text).replace("\n", "\u240a").replace("\t", " ")


def harmless_json(text: str) -> str:
    """JSON whose strings hold the C1 controls escaped too; it says what it said."""
    return _IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
