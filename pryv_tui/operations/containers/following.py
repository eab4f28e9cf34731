"""Programs in containers: which of them a process still follows, and which no longer.

They are the dumps of a backup, and the MongoDB program that sends every document to a live audit.
If the process that started such a program is killed, the program continues in its container until
it is done. Its command line does not identify it: a person may type the same. So before it starts,
its exec id at the engine, which is unique, is written to a file of its own, in one folder for all
state folders of a user. The file is locked as long as the program is followed; the kernel releases
the lock when the process ends.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from pryv_tui.decoding import Undecodable, decode_json
from pryv_tui.errors import Cancelled
from pryv_tui.filesystem.durable import open_own
from pryv_tui.home import own_state
from pryv_tui.operations.activity import mark_of
from pryv_tui.ownership import distrust, make_private

FOLDER = "looks"
_LOOK, _DUMP = ".look", ".dump"
_MOST_BYTES = 64 * 1024


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A program that was started in a container."""

    engine: str
    """The engine's URL."""
    container: str
    program: str
    """The exec id of the program at the engine."""
    boot: str
    """The boot of the machine on which the program was followed.

    Locks of another boot or machine can't be seen here.
    """
    run: str = ""
    """Only for a dump: the id of its run."""


@contextmanager
def followed(engine: str, container: str, run: str = "") -> Iterator[Callable[[str], None]]:
    """Follow a program during a `with` block, which gets a function for the program's exec id.

    If the id can't be written down, the program may start all the same. An error in the block may
    leave the program running; then nobody follows it.

    Args:
        run: for a dump, the id of its run; empty for a live audit.
    """
    held: list[tuple[Path, int]] = []

    def begun(program: str) -> None:
        with suppress(OSError):
            held.append(
                _locked(
                    Mark(engine=engine, container=container, program=program, boot=_boot(), run=run)
                )
            )

    over = False
    try:
        yield begun
        over = True
    except Cancelled:
        over = True  # the engine ended the program before it raised this
        raise
    finally:
        for path, descriptor in held:
            if over:
                with suppress(OSError):
                    path.unlink()
            os.close(descriptor)


def not_followed(engine: str, container: str, run: str = "") -> dict[str, Path]:
    """The exec ids of this user's programs in a container that nobody follows, each with its file.

    A program is left out if that is not certain.

    Args:
        run: the run whose dumps are wanted; empty: programs of live audits.
    """
    folder = _folder()
    if folder is None or not folder.is_dir() or distrust(folder) is not None:
        return {}
    found = {}
    for path in sorted(folder.glob(f"*{_DUMP if run else _LOOK}")):
        mark = _of_the_dead(path)
        if mark is not None and (mark.engine, mark.container, mark.run) == (engine, container, run):
            found[mark.program] = path
    return found


def _folder() -> Path | None:
    state = own_state()
    return state / FOLDER if state is not None else None


def _boot() -> str:
    """The id of this boot of this machine; empty if unknown."""
    mark = mark_of(os.getpid())
    return mark.boot if mark is not None else ""


def _locked(mark: Mark) -> tuple[Path, int]:
    """Make a locked file for a program; return its path and descriptor.

    Raises:
        OSError: it can't be written or locked; no file is left.
    """
    folder = _folder()
    if folder is None or not mark.boot:
        raise OSError("there is no place for it, or no telling which machine this is")
    make_private(folder)
    path = folder / f"{secrets.token_hex(16)}{_DUMP if mark.run else _LOOK}"
    unnamed = path.with_suffix("")
    descriptor = open_own(unnamed, os.O_RDWR | os.O_CREAT | os.O_EXCL)
    try:
        # Locked before it gets its name: a reader trusts the lock, and tries to take it.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.write(descriptor, msgspec.json.encode(mark))
        unnamed.rename(path)
    except BaseException:
        with suppress(OSError):
            unnamed.unlink()
        os.close(descriptor)
        raise
    return path, descriptor


def _of_the_dead(path: Path) -> Mark | None:
    """The content of a file whose program nobody follows; None if it is followed, or if unknown."""
    try:
        descriptor = open_own(path, os.O_RDWR)
    except OSError:
        return None
    try:
        # A shared lock, so that two readers don't look like followers to each other.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        mark = decode_json(os.pread(descriptor, _MOST_BYTES, 0), Mark)
    except (OSError, Undecodable):
        return None
    finally:
        os.close(descriptor)
    return mark if mark.boot and mark.boot == _boot() else None
