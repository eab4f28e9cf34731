"""The keys of register's users in a running Redis, whatever bytes are in their names.

`redis-cli --scan` prints one key a line, byte for byte if its output is no terminal. A name that
contains a line break or is not valid text can't be told from such lines. If a line is odd, or a
name contains the suffix of a key, the keys are read again in redis-cli's quoted form (`--no-raw`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator, Sequence

from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.rdb import SERVER
from pryv_tui.formats.redis_files import USERS
from pryv_tui.phrases import cut
from pryv_tui.platform.services import OWN_ACCOUNT

_END = USERS.decode()
_SERVER = SERVER.decode()
_ASKED = 2_000
"""The most names in one question."""
_LINE = 500_000
"""The most bytes of keys in one question: a command line may have two megabytes, less its
environment (Linux, execve(2))."""
_WORD = 100_000
"""The longest key that is asked for, in bytes: one word of a command line may have 128 KiB at
most."""
_MATCHING = f"*{_END}"
_TWICE = f"*{_END}*{_END}"
"""Keys whose name contains the suffix: with a line break after it, such a key is printed like
two."""
_AT_A_TIME = "10000"
"""Keys that the server looks at for each answer: few starts of redis-cli, and none blocks the
server for long."""
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ANSWER = re.compile(r'(\(nil\)|"((?:[^"\\]|\\.)*)")', re.DOTALL)
_ESCAPED = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_OUT = re.compile(r"\\x([89a-f][0-9a-f])")
_MEANT = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b"}
_BETWEEN = re.compile(r"[\s\d)]*(?:\(empty [a-z ]+\))?\s*")
"""The text around the quoted words of an answer: `1) "0"`, `2) 1) "a:users"`."""

Lines = Callable[..., list[str]]
"""Calls redis-cli with these arguments and returns the server's answer, line by line."""


def user_keys(lines: Lines) -> set[str]:
    """The keys that hold the register's users. Bytes that are not valid text are kept as in
    Python's file names (`surrogateescape`). A set, since a scan may return a key twice.

    Raises:
        PryvTuiError: `step-failed`, it refuses, can't be reached, or answers something else.
    """
    told = lines("--scan", "--pattern", _MATCHING)
    # Lines with replaced bytes may stand for several names that look alike.
    odd = not all(line.endswith(_END) and "\ufffd" not in line for line in told)
    if odd or (len(told) > 1 and lines("--scan", "--pattern", _TWICE)):
        return _asked_quoted(lines)
    return set(told)


def user_servers(lines: Lines, names: Collection[str]) -> dict[str, str]:
    """For each name, the core on which register says that the account is (`<username>:server`).

    Accounts for which register names no core are left out.

    Raises:
        PryvTuiError: `step-failed`, it refuses, can't be reached, or answers something else.
    """
    found: dict[str, str] = {}
    twofold: set[str] = set()
    for batch in _batches(sorted(names), _keys_of):
        told = lines("--no-raw", "MGET", *(key for _name, key in batch))
        words = _ANSWER.findall("".join(told))
        if len(words) != len(batch) or not _BETWEEN.fullmatch(_ANSWER.sub("", "".join(told))):
            raise PryvTuiError(
                "step-failed", f"redis-cli MGET says {cut(''.join(told), 200) or 'nothing'}"
            )
        for (name, _key), (word, quoted) in zip(batch, words, strict=True):
            if word == "(nil)" or not quoted:
                continue  # an empty value names no core
            if name in found:
                twofold.add(name)
            found[name] = _bytes(quoted).decode("utf-8", "backslashreplace")
    # Leave out names that may stand for two accounts: nothing tells which one is meant.
    return {name: server for name, server in found.items() if name not in twofold}


_NEWEST = (
    "local last = 0;"
    " for _, key in ipairs(KEYS) do"
    " local told = redis.pcall('HGET', key, 'registeredTimestamp');"
    " local at = type(told) == 'string' and tonumber(told) or 0;"
    " if at > last then last = at end"
    " end;"
    " return string.format('%.0f', last)"
)
"""The server itself finds the newest (EVAL, since 2.6): one question for each account would take
minutes."""


def newest_user(lines: Lines, keys: Collection[str]) -> float | None:
    """When the newest of these users was registered, in seconds since 1970; None if no user says
    it.

    Args:
        keys: keys of users, as `user_keys` returns them; register's own account is left out.

    Raises:
        PryvTuiError: `step-failed`, it refuses, can't be reached, or answers something else.
    """
    last = 0.0
    own = f"{OWN_ACCOUNT}{_END}"
    names = sorted(key.removesuffix(_END) for key in keys if key != own)
    for batch in _batches(names, lambda name: [f"{name}{_END}"]):
        told = lines("EVAL", _NEWEST, str(len(batch)), *(key for _name, key in batch))
        if not told or not told[0].strip().isdigit():
            raise PryvTuiError(
                "step-failed", f"redis-cli EVAL says {cut(''.join(told), 200) or 'nothing'}"
            )
        last = max(last, int(told[0]) / 1000)
    return last or None


def _batches(
    names: Sequence[str], keys_of: Callable[[str], list[str]]
) -> Iterator[list[tuple[str, str]]]:
    """Group names and their keys into questions of a limited size.

    A key with a null byte, or longer than `_WORD`, can't be an argument: it is not asked for.
    """
    batch: list[tuple[str, str]] = []
    held = 0
    for name in names:
        for key in keys_of(name):
            size = len(os.fsencode(key))
            if "\0" in key or size > _WORD:
                continue
            if batch and (len(batch) == _ASKED or held + size > _LINE):
                yield batch
                batch, held = [], 0
            batch.append((name, key))
            held += size
    if batch:
        yield batch


def _keys_of(name: str) -> list[str]:
    """The keys that an account's name may stand for.

    A name with bytes that are not valid text is shown with these bytes as hex escapes. Another name
    may really contain the characters of such an escape, so there are two keys then.
    """
    plain = f"{name}{_SERVER}"
    meant = _OUT.sub(lambda found: chr(0xDC00 + int(found[1], 16)), name)
    return [plain] if meant == name else [plain, f"{meant}{_SERVER}"]


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
            raise PryvTuiError("step-failed", "redis-cli SCAN does not come to an end")
        seen.add(cursor)
        keys |= found


def _read(told: list[str]) -> tuple[str, set[str]]:
    """Parse an answer into the cursor and the keys.

    A quoted word contains no line break, so joining lines is safe wherever a long line was cut.
    """
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
