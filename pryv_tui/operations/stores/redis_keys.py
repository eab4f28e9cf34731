"""Read the keys of register's users from a running Redis, whatever bytes their names contain.

`redis-cli --scan` prints one key a line, byte for byte if its output is no terminal. A name with a
line break, or with bytes that are not valid text, can't be recognised in such lines. If a line is
no key of a user, or a name contains the suffix `:users`, the keys are read again in redis-cli's
quoted form (`--no-raw`).
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
"""The largest number of keys in one question."""
_LINE = 500_000
"""The largest total size of the keys in one question, in bytes. A command line and its environment
may have two megabytes together (Linux, execve(2))."""
_WORD = 100_000
"""The longest key that can be asked for, in bytes; Linux limits one argument to 128 KiB."""
_MATCHING = f"*{_END}"
_TWICE = f"*{_END}*{_END}"
"""A pattern for keys that contain the suffix twice. If a line break follows the first suffix, such
a key is printed like two keys."""
_AT_A_TIME = "10000"
"""The number of keys that the server examines for one answer: enough to start redis-cli only a few
times, and few enough that no answer blocks the server for long."""
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ANSWER = re.compile(r'(\(nil\)|"((?:[^"\\]|\\.)*)")', re.DOTALL)
_ESCAPED = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_OUT = re.compile(r"\\x([89a-f][0-9a-f])")
_MEANT = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b"}
_BETWEEN = re.compile(r"[\s\d)]*(?:\(empty [a-z ]+\))?\s*")
"""The text around the quoted words of an answer: `1) "0"`, `2) 1) "a:users"`."""

Lines = Callable[..., list[str]]
"""Calls redis-cli with the given arguments and returns the lines of the server's answer."""


def user_keys(lines: Lines) -> set[str]:
    """Return the keys of register's users (`<username>:users`).

    Bytes that are not valid text are kept as in Python's file names (`surrogateescape`). The result
    is a set, because a scan may return a key twice.

    Raises:
        PryvTuiError: `step-failed`, Redis refuses, can't be reached, or its answer is not
            understood.
    """
    told = lines("--scan", "--pattern", _MATCHING)
    # Lines with replaced bytes may stand for several names that look alike.
    odd = not all(line.endswith(_END) and "\ufffd" not in line for line in told)
    if odd or (len(told) > 1 and lines("--scan", "--pattern", _TWICE)):
        return _asked_quoted(lines)
    return set(told)


def user_servers(lines: Lines, names: Collection[str]) -> dict[str, str]:
    """Return by username the core that has the account, as register says (`<username>:server`).

    Accounts for which register names no core are left out.

    Raises:
        PryvTuiError: `step-failed`, Redis refuses, can't be reached, or its answer is not
            understood.
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
    # Leave out names that may stand for two accounts: it is not known which one is meant.
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
"""A Lua script with which the server itself finds the newest registration (EVAL, since 2.6): one
question for each account would take minutes. It returns milliseconds since 1970, or 0."""


def newest_user(lines: Lines, keys: Collection[str]) -> float | None:
    """Return when the newest of some users was registered, in seconds since 1970; None if no user
    has a time of registration.

    Args:
        keys: keys of users, as `user_keys` returns them; register's own account is left out.

    Raises:
        PryvTuiError: `step-failed`, Redis refuses, can't be reached, or its answer is not
            understood.
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
    """Yield pairs of name and key in groups, each small enough for one question.

    A key with a null byte, or longer than `_WORD`, can't be an argument, so it is left out.
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
    """Return the keys that may belong to an account's name: one, or two for a name with `\\x..`.

    In a name with bytes that are not valid text, these bytes are shown as hex escapes. Another name
    may really contain the characters of such an escape, so both keys are tried.
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
    """Parse the quoted answer to one SCAN into the next cursor and the keys.

    A quoted word contains no line break, so the lines can be joined even if a long one was cut.
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
