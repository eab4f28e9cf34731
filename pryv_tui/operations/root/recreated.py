"""Folders that a set leaves out: recreate them in a restore, and check that this is possible."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from pryv_tui.filesystem.folders import FOLDER_FLAGS
from pryv_tui.reading import need_word
from pryv_tui.vault.manifest import RecreatedFolder


def recreate(root: Path, folder: RecreatedFolder) -> None:
    """Make a left-out folder, empty, with its former owner and mode.

    Raises:
        OSError: something else has its name.
    """
    with _holder(root, folder) as holder:
        if holder is None:
            return
        name = PurePosixPath(folder.path).name
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, 0o700, dir_fd=holder)
        made = os.open(name, FOLDER_FLAGS, dir_fd=holder)
        try:
            state = os.fstat(made)
            if (state.st_uid, state.st_gid) != (folder.uid, folder.gid):
                os.fchown(made, folder.uid, folder.gid)
            os.fchmod(made, folder.mode & 0o7777)
        finally:
            os.close(made)


def in_its_way(files: Path, folder: RecreatedFolder) -> str:
    """Say what in a set's files would prevent a restore from making a folder; empty if nothing.

    Raises:
        ShortOfMeans, ShortOfRights: that can't be checked now, or not by this user.
    """
    try:
        with _holder(files, folder) as holder:
            if holder is None:
                return ""
            name = PurePosixPath(folder.path).name
            status = os.stat(name, dir_fd=holder, follow_symlinks=False)
            return "" if stat.S_ISDIR(status.st_mode) else "something else has its name"
    except FileNotFoundError:
        return ""
    except OSError as error:
        need_word(error, files / folder.path.lstrip("/"))
        return error.strerror or str(error)


@contextlib.contextmanager
def _holder(root: Path, folder: RecreatedFolder) -> Iterator[int | None]:
    """The open parent folder of a left-out folder.

    None if it does not exist; then the left-out folder is not made. It is opened step by step
    without following links: the set must not lead outside the root.
    """
    with contextlib.ExitStack() as opened:
        at = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        opened.callback(os.close, at)
        for part in PurePosixPath(folder.path).parts[:-1]:
            try:
                at = os.open(part, FOLDER_FLAGS, dir_fd=at)
            except FileNotFoundError:
                yield None
                return
            opened.callback(os.close, at)
        yield at
