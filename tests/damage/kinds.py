"""Every kind of damage that a file can have, and things that are no file in its place."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

Spoil = Callable[[Path], object]


def _bytes(change: Callable[[bytes], bytes]) -> Spoil:
    def spoil(path: Path) -> None:
        content = path.read_bytes()
        changed = change(content)
        assert changed != content
        path.write_bytes(changed)

    return spoil


def _flipped(content: bytes) -> bytes:
    """One bit of one letter inside a string turned: no UTF-8 any more."""
    found = re.search(rb'": ?"[^"]*([a-z])', content) or re.search(rb'"([a-zA-Z])', content)
    assert found is not None
    at = found.start(1)
    return content[:at] + bytes([content[at] | 0x80]) + content[at + 1 :]


def _first_value(value: bytes) -> Callable[[bytes], bytes]:
    """Something else as the value of the first key of the first object."""
    return lambda content: re.sub(
        rb'("[a-z_]+": ?)("[^"]*"|[0-9.]+|\[|\{|true|false|null)',
        lambda found: found[1] + value + (found[2] if found[2] in (b"[", b"{") else b""),
        content,
        count=1,
    )


def _instead(make: Callable[[Path], object]) -> Spoil:
    def spoil(path: Path) -> None:
        path.unlink()
        make(path)

    return spoil


def _endless(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(3 << 30)


DAMAGE: dict[str, Spoil] = {
    "cut off": _bytes(lambda content: content[: len(content) // 2]),
    "empty": _bytes(lambda content: b""),
    "one byte flipped": _bytes(_flipped),
    "garbled": _bytes(lambda content: bytes(byte ^ 0x5A for byte in content)),
    "deep": _bytes(lambda content: b'{"more": ' + b"[" * 100_000),
    "deep and whole": _bytes(
        lambda content: (
            content.rstrip()[:-1] + b',"later":' + b"[" * 50_000 + b"]" * 50_000 + b"}\n"
        )
    ),
    "huge number": _bytes(_first_value(b"9" * 400)),
    "no number": _bytes(_first_value(b"NaN")),
    "half a surrogate": _bytes(_first_value(b'"\\ud800"')),
    "a control character": _bytes(_first_value(b'"\\u001b[2J\\n\\u202e"')),
    "another value": _bytes(_first_value(b"[[]]")),
    "every key twice": _bytes(
        lambda content: content.replace(b"{", b'{"id":7,"v":[],"run":0,"time":{},', 1)
    ),
    "a pipe": _instead(os.mkfifo),
    "a folder": _instead(Path.mkdir),
    "a link to a device": _instead(lambda path: path.symlink_to("/dev/zero")),
    "a link to nothing": _instead(lambda path: path.symlink_to("nowhere")),
    "endless": _instead(_endless),
}
