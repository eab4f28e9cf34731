"""Walk and remove trees of any depth: anyone can nest ten thousand folders.

`os.walk` (before 3.12), `shutil.rmtree` and `Path.rglob` recurse once per level and end in a
`RecursionError` at about a thousand. Nothing here recurses without a fallback.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from pryv_tui.reading import MEANS
from pryv_tui.ways import base_of, hold

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_TOGETHER = 4
"""Files that one thread removes per task, all of one folder."""

_NO_FOLDER = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)


def holds_file(
    folder: str, path: str, *, without: Collection[str] = (), names: Collection[str] = ()
) -> bool:
    """Whether a folder, or a folder below it, has an entry that is not a folder (a link counts).

    False if `folder` is missing, or is itself not a folder.

    Args:
        path: the folder's path in the tree that the paths in `without` belong to.
        without: paths of folders to skip.
        names: names of folders to skip.

    Raises:
        OSError: a folder can't be read.
    """
    # Text, not Path: each look at a platform asks this of some dozens of folders.
    pending = [(folder, path)]
    while pending:
        folder, path = pending.pop()
        if path in without or folder.rpartition("/")[2] in names:
            continue
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if not entry.is_dir(follow_symlinks=False):
                        return True
                    pending.append((f"{folder}/{entry.name}", f"{path}/{entry.name}"))
        except OSError as error:
            if error.errno not in _NO_FOLDER:
                raise
    return False


def walk(top: str | os.PathLike[str]) -> Iterator[tuple[str, list[str], list[str]]]:
    """Walk like `os.walk`, top down: yield a folder's path, its subfolders, its other names.

    Links are not followed and unreadable folders are skipped. The caller may remove names from the
    list of subfolders: these are not entered.
    """
    pending = [os.fspath(top)]
    while pending:
        folder = pending.pop()
        below: list[str] = []
        others: list[str] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    try:
                        is_folder = entry.is_dir()
                    except OSError:
                        is_folder = False
                    (below if is_folder else others).append(entry.name)
        except OSError:
            continue
        yield folder, below, others
        paths = [os.path.join(folder, name) for name in reversed(below)]  # noqa: PTH118 - as os.walk
        pending += [path for path in paths if not os.path.islink(path)]  # noqa: PTH114


def remove_tree(folder: Path, *, at_once: int = 1) -> None:
    """Remove a folder and all its content, at any depth, without following links.

    The removal works on open descriptors: if somebody replaces a folder by a link meanwhile,
    nothing outside is removed.

    Args:
        at_once: number of threads that remove files; each unlink waits for the disk.

    Raises:
        OSError: something can't be removed. The rest may have been moved up within the folder.
    """
    if base_of(folder) is None:
        _remove(folder, at_once)
        return
    with hold(folder.parent) as holder:
        _remove(holder.at / folder.name, at_once)


def _remove(folder: Path, at_once: int) -> None:
    if at_once > 1:
        # Errors are ignored here: rmtree below tries the same files again and reports them.
        with contextlib.suppress(OSError, RecursionError):
            _remove_files(folder, at_once)
    try:
        shutil.rmtree(folder)
        return
    except RecursionError:
        pass
    except OSError as error:
        if error.errno not in MEANS:  # out of descriptors: rmtree holds one per level
            raise
    top = os.open(folder, _FOLDER)
    try:
        _flatten(top)
    finally:
        os.close(top)
    folder.rmdir()


def _remove_files(folder: Path, at_once: int) -> None:
    going: deque[Future[None]] = deque()
    with ThreadPoolExecutor(at_once) as pool:
        for _path, _folders, names, inside in os.fwalk(folder):
            for first in range(0, len(names), _TOGETHER):
                part = names[first : first + _TOGETHER]
                own = [os.dup(inside)]
                try:
                    going.append(pool.submit(_unlink, own, part))
                except (
                    RuntimeError
                ):  # no new thread, but the task is queued: a running one may take it
                    _unlink(own, part)
                if len(going) > 2 * at_once:
                    going.popleft().result()


def _unlink(own: list[int], names: Iterable[str]) -> None:
    """Remove files of a folder, at most once.

    Args:
        own: a list with the folder's open descriptor. The first caller takes it out and closes it
            after the removal; a second caller finds the list empty and does nothing.
        names: the files' names.
    """
    with contextlib.suppress(IndexError):
        folder = own.pop()
        try:
            for name in names:
                with contextlib.suppress(OSError):
                    os.unlink(name, dir_fd=folder)
        finally:
            os.close(folder)


def _flatten(top: int) -> None:
    """Empty a folder: folders two levels down are moved up into it, so that the depth shrinks."""
    lead, number = f".{os.urandom(8).hex()}.", 0
    while names := os.listdir(top):
        for name in names:
            if not _is_folder(name, top):
                os.unlink(name, dir_fd=top)
                continue
            inner = os.open(name, _FOLDER, dir_fd=top)
            try:
                for below in os.listdir(inner):  # noqa: PTH208 - an open folder
                    if _is_folder(below, inner):
                        os.rename(below, f"{lead}{number}", src_dir_fd=inner, dst_dir_fd=top)
                        number += 1
                    else:
                        os.unlink(below, dir_fd=inner)
            finally:
                os.close(inner)
            os.rmdir(name, dir_fd=top)


def _is_folder(name: str, holder: int) -> bool:
    try:
        os.close(os.open(name, _FOLDER | os.O_PATH, dir_fd=holder))
    except NotADirectoryError:
        return False
    return True
