"""The keys of register's users in a running Redis, whatever bytes are in their names.

`redis-cli --scan` prints a key a line, byte for byte where nobody sits before it: a name that holds
a line's end, or is no text, can't be told from its lines. Where one of them is odd, or holds the
very words that end a key, the keys are asked for once more as redis-cli quotes them (`--no-raw`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.rdb import SERVER
from pryv_tui.formats.redis_files import USERS
from pryv_tui.phrases import cut

_END = USERS.decode()
_SERVER = SERVER.decode()
_ASKED = 2_000
"""Names in one question: a command line takes two megabytes."""
_MATCHING = f"*{_END}"
_TWICE = f"*{_END}*{_END}"
"""A key whose name holds that ending: with a line's end after it, it is printed as two keys."""
_AT_A_TIME = "10000"
"""Keys that the server looks at before it answers: few starts of redis-cli, and none of them long
for the server."""
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ANSWER = re.compile(r'(\(nil\)|"((?:[^"\\]|\\.)*)")', re.DOTALL)
_ESCAPED = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_MEANT = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b"}
_BETWEEN = re.compile(r"[\s\d)]*(?:\(empty [a-z ]+\))?\s*")
"""What stands around the quoted words of an answer: `1) "0"`, `2) 1) "a:users"`."""

Lines = Callable[..., list[str]]
"""What the server answers to the words of a command line of redis-cli, a line each."""


def user_keys(lines: Lines) -> set[str]:
    """The keys that hold the register's users; bytes that are no text stand in them as Python
    writes those of files' names (`surrogateescape`). As a set: a scan may name a key twice.

    Raises:
        PryvTuiError: `step-failed`, it refuses, can't be reached, or answers something else.
    """
    told = lines("--scan", "--pattern", _MATCHING)
    # What could not be read as text may be several names that look alike.
    odd = not all(line.endswith(_END) and "\ufffd" not in line for line in told)
    if odd or (len(told) > 1 and lines("--scan", "--pattern", _TWICE)):
        return _asked_quoted(lines)
    return set(told)


def user_servers(lines: Lines, names: Collection[str]) -> dict[str, str]:
    """On which core register says that the accounts of these names are (`<username>:server`);
    without those of which it says nothing.

    Raises:
        PryvTuiError: `step-failed`, it refuses, can't be reached, or answers something else.
    """
    # No argument can hold a null byte; of such a name nothing is known then.
    asked = [name for name in sorted(names) if "\0" not in name]
    found: dict[str, str] = {}
    for first in range(0, len(asked), _ASKED):
        batch = asked[first : first + _ASKED]
        told = lines("--no-raw", "MGET", *(f"{name}{_SERVER}" for name in batch))
        words = _ANSWER.findall("".join(told))
        if len(words) != len(batch) or not _BETWEEN.fullmatch(_ANSWER.sub("", "".join(told))):
            raise PryvTuiError(
                "step-failed", f"redis-cli MGET says {cut(''.join(told), 200) or 'nothing'}"
            )
        for name, (word, quoted) in zip(batch, words, strict=True):
            if word != "(nil)":
                found[name] = _bytes(quoted).decode("utf-8", "backslashreplace")
    return found


def _asked_quoted(lines: Lines) -> set[str]:
    keys: set[str] = set()
    cursor, seen = "0", {"0"}
    while True:
        cursor, found = _read(
            lines("--no-raw", "SCAN", cursor, "MATCH", _MATCHING, "COUNT", _AT_A_TIME)
        )
        if cursor == "0":
            return keys | found
        if cursor in seen and found <= keys:
            raise PryvTuiError("step-failed", "redis-cli SCAN goes on and on")
        seen.add(cursor)
        keys |= found


def _read(told: list[str]) -> tuple[str, set[str]]:
    """The cursor and the keys of an answer. No line ends within a quoted word, however a long one
    was cut on its way."""
    text = "".join(told)
    words = [_bytes(word) for word in _QUOTED.findall(text)]
    keys = words[1:]
    if (
        not words
        or not words[0].isdigit()
        or not _BETWEEN.fullmatch(_QUOTED.sub("", text))
        or not all(key.endswith(USERS) for key in keys)
    ):
        raise PryvTuiError("step-failed", f"redis-cli SCAN says {cut(text, 200) or 'nothing'}")
    return words[0].decode("ascii"), {key.decode("utf-8", "surrogateescape") for key in keys}


def _bytes(quoted: str) -> bytes:
    def meant(found: re.Match[bytes]) -> bytes:
        if found[1]:
            return bytes.fromhex(found[1].decode("ascii"))
        return _MEANT.get(found[2], found[2])

    return _ESCAPED.sub(meant, quoted.encode("utf-8", "surrogateescape"))
