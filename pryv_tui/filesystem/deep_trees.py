"""Trees of any depth: whoever can make a folder can make ten thousand, each in the one before.

Python's own ways call themselves once for each level, and end in a `RecursionError` after a
thousand (`os.walk` before 3.12, `shutil.rmtree`, `Path.rglob`). Here nothing does.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from pryv_tui.reading import MEANS
from pryv_tui.ways import base_of, hold

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_TOGETHER = 4
"""Files of a folder that one thread removes before it takes others."""


def walk(top: str | os.PathLike[str]) -> Iterator[tuple[str, list[str], list[str]]]:
    """As `os.walk`, from the top down: a folder's path, the folders in it and all else.

    No link is followed, what can't be read is passed over, and of the folders those are entered
    that whoever walks leaves in the list.
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
    """Remove a folder and all that it holds, however deep. It follows no link and can't be led
    elsewhere meanwhile: it works on descriptors.

    Args:
        at_once: how many threads remove files: who removes one waits for the disk.

    Raises:
        OSError: something can't be removed; what is left may lie at another place in the folder.
    """
    if base_of(folder) is None:
        _remove(folder, at_once)
        return
    with hold(folder.parent) as holder:
        _remove(holder.at / folder.name, at_once)


def _remove(folder: Path, at_once: int) -> None:
    if at_once > 1:
        # What can't be removed so is left to what follows, which tells why.
        with contextlib.suppress(OSError, RecursionError):
            _remove_files(folder, at_once)
    try:
        shutil.rmtree(folder)
        return
    except RecursionError:
        pass
    except OSError as error:
        if error.errno not in MEANS:  # it holds a descriptor for each level
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
                ):  # no thread can be made; another one may get to it all the same
                    _unlink(own, part)
                if len(going) > 2 * at_once:
                    going.popleft().result()


def _unlink(own: list[int], names: Iterable[str]) -> None:
    """Remove files of the open folder in `own`; who takes that out closes it, and another finds
    nothing to do."""
    with contextlib.suppress(IndexError):
        folder = own.pop()
        try:
            for name in names:
                with contextlib.suppress(OSError):
                    os.unlink(name, dir_fd=folder)
        finally:
            os.close(folder)


def _flatten(top: int) -> None:
    """Empty a folder: what a folder in it holds is moved up, so that nothing lies deep any more."""
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
