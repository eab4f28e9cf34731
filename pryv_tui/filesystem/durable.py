"""Getting what was written onto the disk, so that a rename after it means something."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pryv_tui import own_folder
from pryv_tui.filesystem.paths import write_failed
from pryv_tui.reading import need_regular
from pryv_tui.ways import hold

SCRATCH = ".new"
"""How the name of a file ends that has not got its place yet."""
_SCRATCH_NAME = re.compile(r"\..+\.[0-9a-f]{16}\.new", re.DOTALL)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def rename_durably(scratch: Path, final: Path) -> None:
    """Give a folder its last name, so that a crash leaves it under one of the two."""
    scratch.rename(final)
    sync_folder(final.parent)


def sync_filesystem(fd: int, path: bytes) -> None:
    """Write out the whole file system that an open file or folder lies on (syncfs(2)).

    One call for a tree instead of one for each of its files. The kernel reports what it failed to
    write since the descriptor was opened (Linux 5.8).

    Raises:
        PryvTuiError: `disk-full` or `step-failed`.
    """
    try:
        syncfs = ctypes.CDLL(None, use_errno=True).syncfs
    except (OSError, AttributeError):
        os.sync()
        return
    if syncfs(ctypes.c_int(fd)) != 0:
        number = ctypes.get_errno()
        raise write_failed(path, OSError(number, os.strerror(number)))


def write_durably(path: Path, content: bytes) -> None:
    """Write a small file so that it is whole or absent after a crash.

    What lies in the folder already is never written to, whatever its name and wherever it leads:
    the file is made under a name that nobody can foresee, and then gets the place of what has its
    own; a link there is replaced, not followed.

    Raises:
        OSError: it can't be written; what was there is as it was.
    """
    place_durably(prepare(path, content), path)


def write_together(files: Mapping[Path, bytes]) -> None:
    """Write small files of which each says something of the others: there is room for all of them
    before the first has its place. A crash may leave the first ones new and the others old.

    Raises:
        OSError: they can't be written; what was there is as it was, but for what has its place.
    """
    ready: list[tuple[str, Path]] = []
    try:
        for path, content in files.items():
            ready.append((prepare(path, content), path))
        while ready:
            place_durably(*ready.pop(0))
    finally:
        for scratch, path in ready:
            with contextlib.suppress(OSError):
                path.with_name(scratch).unlink()


def prepare(path: Path, content: bytes) -> str:
    """Write a file to the disk beside its place, under a scratch name, which is returned.

    Room for its content has been taken then; `place_durably` renames it to its own name.

    Raises:
        OSError: it can't be written; nothing of it is left.
    """
    scratch = f".{path.name}.{os.urandom(8).hex()}{SCRATCH}"
    with _folder_of(path) as folder:
        descriptor = os.open(scratch, _NEW, 0o600, dir_fd=folder)
        try:
            try:
                view = memoryview(content)
                while view:
                    view = view[os.write(descriptor, view) :]
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except BaseException:
            os.unlink(scratch, dir_fd=folder)
            raise
    return scratch


def place_durably(scratch: str, path: Path) -> None:
    """Put a file that is on the disk, beside its place, in that place, so that a crash leaves one
    of the two."""
    with _folder_of(path) as folder:
        try:
            os.rename(scratch, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(scratch, dir_fd=folder)
            raise
        os.fsync(folder)


def open_own(path: Path, flags: int) -> int:
    """The descriptor of a file of ours that is written where it lies: a lock, a journal, a log, a
    list. What lies in its place and is a link, has another name, or is no regular file, is not
    opened.

    Args:
        path: made, for us alone, where it is missing and `flags` say so.
        flags: of open(2), besides those that see to that.

    Raises:
        OSError: it can't be opened, or is something else.
    """
    more = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
    try:
        # Emptied only when it is known to be ours.
        descriptor = os.open(path, (flags | more) & ~os.O_TRUNC, 0o600)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(errno.ELOOP, "it is a link, no regular file", str(path)) from error
        raise
    try:
        status = os.fstat(descriptor)
        need_regular(status, path)
        need_one_name(status, path)
        if flags & os.O_TRUNC:
            os.ftruncate(descriptor, 0)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def need_one_name(status: os.stat_result, path: Path) -> None:
    """Raise `OSError` for a file that is to be written where it lies, and is another one too.

    Whoever could make a hard link there, while the folder was open, chose which one.
    """
    if status.st_nlink > 1:
        raise OSError(errno.EMLINK, "it is a hard link: what it holds has another name", str(path))


def is_scratch(name: str) -> bool:
    """Whether a name is one that `prepare` gives: of a file that a killed process left."""
    return _SCRATCH_NAME.fullmatch(name) is not None


@contextlib.contextmanager
def _folder_of(path: Path) -> Iterator[int]:
    if own_folder.NAME in path.parts:
        # In a root, or on a disk below one: others may own what leads there.
        with hold(path.parent) as held:
            yield held.fd
        return
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
