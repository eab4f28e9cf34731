"""Write files so that they survive a crash: sync first, then rename."""

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
"""Suffix of a file that has not been renamed to its final name yet."""
_SCRATCH_NAME = re.compile(r"\..+\.[0-9a-f]{16}\.new", re.DOTALL)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def rename_durably(scratch: Path, final: Path) -> None:
    """Rename a folder so that after a crash it has either the old name or the new one."""
    scratch.rename(final)
    sync_folder(final.parent)


def sync_filesystem(fd: int, path: bytes) -> None:
    """Flush the file system of an open file or folder to the disk (syncfs(2)).

    One call serves a whole tree, instead of one per file. The kernel reports write errors since the
    descriptor was opened (Linux 5.8).

    Args:
        path: the name used in errors.

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

    It is written under a random name, then renamed over `path`. A link at `path` is replaced, not
    followed, and no existing file is written to.

    Raises:
        OSError: it can't be written; the old file is unchanged.
    """
    place_durably(prepare(path, content), path)


def write_together(files: Mapping[Path, bytes]) -> None:
    """Write small files that refer to each other.

    All are on the disk under scratch names before the first is renamed. After a crash between two
    renames, the first files are new and the others old.

    Raises:
        OSError: they can't be written; files not renamed by then are unchanged.
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


def write_whole(descriptor: int, content: bytes) -> None:
    """Write all of the content; a single write(2) may take only a part of it.

    Raises:
        OSError: the content can't be written; a part of it may be.
    """
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def prepare(path: Path, content: bytes) -> str:
    """Write a file to the disk under a scratch name beside its final place, and return that name.

    From then on its room on the disk is taken; `place_durably` gives it the final name.

    Raises:
        OSError: it can't be written; the scratch file is removed.
    """
    scratch = f".{path.name}.{os.urandom(8).hex()}{SCRATCH}"
    with _folder_of(path) as folder:
        descriptor = os.open(scratch, _NEW, 0o600, dir_fd=folder)
        try:
            try:
                write_whole(descriptor, content)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except BaseException:
            os.unlink(scratch, dir_fd=folder)
            raise
    return scratch


def place_durably(scratch: str, path: Path) -> None:
    """Rename a file written by `prepare` to its final name.

    After a crash, either the old file or the new one is there, never a part.
    """
    with _folder_of(path) as folder:
        try:
            os.rename(scratch, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(scratch, dir_fd=folder)
            raise
        os.fsync(folder)


def open_own(path: Path, flags: int) -> int:
    """Open a file of this program for writing in place: a lock, a journal, a log, a list.

    A link, a file with several hard links, or anything but a regular file is refused.

    Args:
        path: created with mode 0600 if `flags` say so.
        flags: of open(2); the flags that refuse links and avoid blocking are added.

    Raises:
        OSError: the file can't be opened, or was refused.
    """
    more = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
    try:
        # Truncated below, only after the checks have shown that it is this program's own file.
        descriptor = os.open(path, (flags | more) & ~os.O_TRUNC, 0o600)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(errno.ELOOP, "it is a link, not a regular file", str(path)) from error
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
    """Refuse a file with several hard links (`OSError`): a write would change all of them.

    If others could write to the folder at some time, one of them may have linked another file
    there.
    """
    if status.st_nlink > 1:
        raise OSError(
            errno.EMLINK, "it is a hard link: its content has another name too", str(path)
        )


def is_scratch(name: str) -> bool:
    """Whether a name was made by `prepare`; such files are left behind by killed processes."""
    return _SCRATCH_NAME.fullmatch(name) is not None


@contextlib.contextmanager
def _folder_of(path: Path) -> Iterator[int]:
    if own_folder.NAME in path.parts:
        # This folder is below a platform's root, where others may own the folders above it.
        with hold(path.parent) as held:
            yield held.fd
        return
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Sync a folder to the disk, so that the names in it survive a crash."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
