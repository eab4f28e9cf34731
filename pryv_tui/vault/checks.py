"""Results of a set's checks, kept beside the set."""

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
from pryv_tui.who import Who

T = TypeVar("T")

CHECKS_KEPT = 200


class Verification(msgspec.Struct, frozen=True):
    """The result of one check of a set."""

    time: str
    outcome: Literal["good", "bad"]
    files: int
    bytes: int
    """Files and bytes read."""
    problems: tuple[str, ...] = ()
    part: int = 1
    parts: int = 1
    """Which part of the files was read, and into how many parts they are divided; 1 of 1 means all
    files."""
    strangers: tuple[str, ...] = ()
    """Paths of the first files that are in none of the set's lists; no restore takes them.
    Unexpected files come first, then those that file servers leave."""
    strangers_count: int = 0
    unexpected: int = 0
    """Number of strangers that are not known leftovers of file servers: somebody has to look at
    them."""
    seconds: float = 0.0
    """Duration of the check; 0 in older records."""
    seal: str = ""
    """The set's `seal_of` when it was checked; empty in older records, and if only a part was
    read."""
    place: str = ""
    """The `place_of` the set's folder when it was checked; empty in the same cases as `seal`."""
    by: Who | None = None
    """Who asked for the check; None in older records."""

    @property
    def whole(self) -> bool:
        """Whether all files of the set were read."""
        return self.parts == 1

    @property
    def asked_by(self) -> str:
        """Who asked for the check, to add to a line: ` by anna (pts/3)`; empty if not known."""
        return f" by {self.by.short}" if self.by is not None else ""


def seal_of(folder: Path) -> str:
    """Return the SHA-256 of `set.json`, which contains the hashes of the lists; empty if `set.json`
    can't be read."""
    try:
        return hashlib.sha256(read_whole(folder / SET_JSON, follow=False)).hexdigest()
    except OSError:
        return ""


def place_of(folder: Path) -> str:
    """Return where a set's folder is: host name, file system and inode.

    A copy of the set gives another result, and so does the same disk on another machine. Empty if
    the folder can't be read."""
    try:
        system, inode = os.statvfs(folder).f_fsid, os.lstat(folder).st_ino
    except OSError:
        return ""
    return f"{socket.gethostname()} {system:x} {inode}"


def keep_check(
    folder: Path, verification: Verification, patience: float = PATIENCE_SECONDS
) -> None:
    """Add a check to the records in a folder; if they can't be written, the check is silently lost.

    Checks that end at the same moment don't overwrite each other. If the earlier records can't be
    read now, they stay unchanged, and this check is not added.
    """
    with alone(folder, patience), contextlib.suppress(OSError):
        if verification.whole or verification.outcome == "bad":
            write_durably(folder / VERIFIED, msgspec.json.encode(verification) + b"\n")
        checks = (*_earlier(folder), verification)[-CHECKS_KEPT:]
        write_durably(folder / CHECKS, msgspec.json.encode(checks) + b"\n")


def _earlier(folder: Path) -> tuple[Verification, ...]:
    """Return the recorded checks; none if the file is missing or is not a list of checks.

    Raises:
        OSError: it can't be read now.
    """
    try:
        return tuple(map(_harmless, read_json(folder / CHECKS, tuple[Verification, ...])))
    except (FileNotFoundError, Undecodable):
        return ()
    except OSError:
        if (folder / CHECKS).is_file() and not (folder / CHECKS).is_symlink():
            raise
        return ()  # a link, a pipe: not written by us


class Checks(NamedTuple):
    """The records of a set's checks in one folder."""

    last: Verification | None
    """The last check of all files, or a later check that found damage."""
    all: tuple[Verification, ...]
    """Oldest first."""
    unread: tuple[str, ...]
    """For each record file that exists and can't be read: its name and the reason."""


def read_checks(folder: Path) -> Checks:
    """Read the records of a set's checks; a file that can't be read is named in `unread`."""
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
    """Return the number of the part to read next: after as many checks as parts, all files have
    been read."""
    last = next((check.part for check in reversed(checks) if check.parts == parts), 0)
    return last % parts + 1
