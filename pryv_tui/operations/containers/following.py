"""Programs in containers that somebody follows, told from those that nobody does any more: the one
of MongoDB that sends a look at the live platform every document, and the dumps of a backup.

Where who asks is killed, such a program goes on in its container until it is done. Its command line
is no mark: what somebody types by hand may have the same. So before it starts is written down what
the engine calls it, which no other program is ever called, into a file of that program alone, in
one place for all state folders of a user. As long as it is followed its file is locked; the kernel
lets go of that with the process.
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
    """Which program somebody has begun, and where."""

    engine: str
    """The engine's URL, as it was asked."""
    container: str
    program: str
    """What the engine calls it."""
    boot: str
    """Of which start of which machine it was followed: a lock of another one can't be seen here."""
    run: str = ""
    """Of a dump: the run whose it is."""


@contextmanager
def followed(engine: str, container: str, run: str = "") -> Iterator[Callable[[str], None]]:
    """What is to be told of a program before it starts; it is followed as long as this lasts. Where
    that can't be written down nobody is kept from starting it. What raises in here may have left it
    running, and nobody follows it then.

    Args:
        run: of a dump, the run whose it is; empty for a look.
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
        over = True  # the engine has ended the program before it said so
        raise
    finally:
        for path, descriptor in held:
            if over:
                with suppress(OSError):
                    path.unlink()
            os.close(descriptor)


def not_followed(engine: str, container: str, run: str = "") -> dict[str, Path]:
    """The programs of this user in a container that nobody follows, and the file of each. One of
    which that is not known for sure is left out.

    Args:
        run: the run whose dumps they are; empty for those of looks.
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
    """Which start of which machine this is; empty where that can't be told."""
    mark = mark_of(os.getpid())
    return mark.boot if mark is not None else ""


def _locked(mark: Mark) -> tuple[Path, int]:
    """A new file of a program, locked, and its descriptor.

    Raises:
        OSError: it can't be written or locked; there is none then.
    """
    folder = _folder()
    if folder is None or not mark.boot:
        raise OSError("there is no place for it, or no telling which machine this is")
    make_private(folder)
    path = folder / f"{secrets.token_hex(16)}{_DUMP if mark.run else _LOOK}"
    unnamed = path.with_suffix("")
    descriptor = open_own(unnamed, os.O_RDWR | os.O_CREAT | os.O_EXCL)
    try:
        # Locked before it is called so: who looks at it believes its lock, and holds it a moment.
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
    """What a file says whose program nobody follows; None where that is not so, or not known."""
    try:
        descriptor = open_own(path, os.O_RDWR)
    except OSError:
        return None
    try:
        # Shared: two that look at once do not take each other for who follows.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        mark = decode_json(os.pread(descriptor, _MOST_BYTES, 0), Mark)
    except (OSError, Undecodable):
        return None
    finally:
        os.close(descriptor)
    return mark if mark.boot and mark.boot == _boot() else None
