"""Checks of a set: what came of each, kept beside what it is about."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

import msgspec

from pryv_tui.decoding import Undecodable, read_json, why
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.reading import read_whole
from pryv_tui.sanitize import one_line
from pryv_tui.vault.in_use import PATIENCE_SECONDS, alone
from pryv_tui.vault.set_files import CHECKS, SET_JSON, VERIFIED

T = TypeVar("T")

CHECKS_KEPT = 200


class Verification(msgspec.Struct, frozen=True):
    """One check of a set."""

    time: str
    outcome: Literal["good", "bad"]
    files: int
    bytes: int
    """Files and bytes read."""
    problems: tuple[str, ...] = ()
    part: int = 1
    parts: int = 1
    """Which part of the files was read, of how many; 1 of 1: all of them."""
    strangers: tuple[str, ...] = ()
    """What lies there and is in none of its lists, the first of them: no restore takes it. First
    what nobody expects there, then what file servers leave."""
    strangers_count: int = 0
    unexpected: int = 0
    """How many of all strangers are not what file servers leave: somebody has to look at them."""
    seconds: float = 0.0
    """How long it took; 0 in older ones."""
    seal: str = ""
    """What `seal_of` said of the set then; empty in older ones, and of a part."""
    place: str = ""
    """What `place_of` said of its folder then; likewise."""

    @property
    def whole(self) -> bool:
        """Whether everything was read."""
        return self.parts == 1


def seal_of(folder: Path) -> str:
    """The SHA-256 of what a set says of itself, and so of its lists; empty where that can't be
    read."""
    try:
        return hashlib.sha256(read_whole(folder / SET_JSON, follow=False)).hexdigest()
    except OSError:
        return ""


def place_of(folder: Path) -> str:
    """Where a set's folder lies: machine, file system and inode. A copy of it has another place,
    and so has a disk that came from another machine; empty where it can't be looked at."""
    try:
        system, inode = os.statvfs(folder).f_fsid, os.lstat(folder).st_ino
    except OSError:
        return ""
    return f"{socket.gethostname()} {system:x} {inode}"


def keep_check(
    folder: Path, verification: Verification, patience: float = PATIENCE_SECONDS
) -> None:
    """Write a check down in a folder; where that can't be done it is not kept.

    Of checks that end at the same moment each is kept. Where the earlier ones can't be read now,
    they stay as they are, without this one.
    """
    with alone(folder, patience), contextlib.suppress(OSError):
        if verification.whole or verification.outcome == "bad":
            write_durably(folder / VERIFIED, msgspec.json.encode(verification) + b"\n")
        checks = (*_earlier(folder), verification)[-CHECKS_KEPT:]
        write_durably(folder / CHECKS, msgspec.json.encode(checks) + b"\n")


def _earlier(folder: Path) -> tuple[Verification, ...]:
    """The checks that are written down; none where what is there is no list of checks.

    Raises:
        OSError: they can't be read now.
    """
    try:
        return tuple(map(_harmless, read_json(folder / CHECKS, tuple[Verification, ...])))
    except (FileNotFoundError, Undecodable):
        return ()
    except OSError:
        if (folder / CHECKS).is_file() and not (folder / CHECKS).is_symlink():
            raise
        return ()  # a link, a pipe: never ours


class Checks(NamedTuple):
    """What a folder tells of the checks of a set."""

    last: Verification | None
    """The last one in full, or one since that found damage."""
    all: tuple[Verification, ...]
    """Oldest first."""
    unread: tuple[str, ...]
    """Which of the two files are there and can't be read, and why."""


def read_checks(folder: Path) -> Checks:
    """Read what is known of a set's checks; what can't be read is named, and nothing else is lost
    for it."""
    unread: list[str] = []
    last = _kept(folder / VERIFIED, Verification, unread)
    every = _kept(folder / CHECKS, tuple[Verification, ...], unread) or ()
    return Checks(
        _harmless(last) if last is not None else None, tuple(map(_harmless, every)), tuple(unread)
    )


def _kept(path: Path, kind: type[T], unread: list[str]) -> T | None:
    try:
        return read_json(path, kind)
    except FileNotFoundError:
        return None
    except (OSError, Undecodable) as error:
        unread.append(one_line(f"{path.name} can't be read: {why(error)}"))
        return None


def _harmless(check: Verification) -> Verification:
    return msgspec.structs.replace(
        check, time=one_line(check.time), problems=tuple(map(one_line, check.problems))
    )


def next_part(checks: Sequence[Verification], parts: int) -> int:
    """Which part is to be read next: one after the other, so that as many checks read them all."""
    last = next((check.part for check in reversed(checks) if check.parts == parts), 0)
    return last % parts + 1
