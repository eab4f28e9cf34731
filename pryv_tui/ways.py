"""Open a folder whose path goes through folders of others, and keep using that same folder.

Each system call resolves a path again. The owner of a folder on the path can replace the next one
by a link, and so make root rename, make or chown something elsewhere. Here each part of the path is
opened relative to the part before, and the result is kept open: it stays the same folder, even if
it is renamed. Links that strangers made are not followed. Inside a root no link is followed: a set
may have restored links owned by root.
"""

from __future__ import annotations

import contextlib
import errno
import os
import pwd
import shlex
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from pryv_tui import own_folder

ROOT = 0
LINKS = 40
"""The largest number of links on a path, the same as the kernel's (path_resolution(7))."""
_PLACE = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def believed() -> set[int]:
    """Return the users whose folders and links are trusted: the present user, root, and the owner
    of `/`.

    The owner of `/` owns everything: it is root, or what a user namespace shows instead of root.
    """
    return {ROOT, os.geteuid(), Path("/").stat().st_uid}


def user_words(uid: int) -> str:
    """Return a user in words, by name if it is known."""
    try:
        return f"the user {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"the user {uid}"


class Held(NamedTuple):
    """An open folder."""

    fd: int
    path: Path
    """The path by which the folder was found, for messages only."""

    @property
    def at(self) -> Path:
        """A path that leads to this same folder as long as it is open (proc(5))."""
        return Path(f"/proc/self/fd/{self.fd}")

    @contextmanager
    def below(self, name: str) -> Iterator[Held]:
        """Open a folder inside this one; a symbolic link is refused."""
        try:
            fd = os.open(name, _FOLDER, dir_fd=self.fd)
        except OSError as error:
            error.filename = str(self.path / name)
            raise
        try:
            yield Held(fd, self.path / name)
        finally:
            os.close(fd)

    @contextmanager
    def above(self) -> Iterator[Held]:
        """Open the present parent folder of this one."""
        fd = os.open("..", _FOLDER, dir_fd=self.fd)
        try:
            yield Held(fd, self.path.parent)
        finally:
            os.close(fd)

    def is_folder(self, name: str) -> bool:
        """Whether an entry is a folder, and not a link to a folder."""
        with contextlib.suppress(OSError):
            status = os.stat(name, dir_fd=self.fd, follow_symlinks=False)
            return stat.S_ISDIR(status.st_mode)
        return False


def base_of(place: Path) -> Path | None:
    """Return the root, or the top of a disk, whose `.pryv-tui` folder is on this path; None if
    there is none."""
    for way in place.parents:
        if way.name == own_folder.NAME:
            return way.parent
    return place.parent if place.name == own_folder.NAME else None


@contextmanager
def hold(folder: Path, *, base: Path | None = None, make: int | None = None) -> Iterator[Held]:
    """Open a folder and keep it open during the block.

    Args:
        base: a root, or the top of a disk; below it no link is followed. None: use the folder that
            contains our own folder on the path, if there is one.
        make: the mode for missing folders, which are then made; None: nothing may be missing.

    Raises:
        OSError: a part of the path is missing, is not a folder, or is a link that is not followed.
            Errors from inside the block have the known path instead of `Held.at`.
    """
    base = base or base_of(folder)
    inside = base is not None and folder.is_relative_to(base)
    held = Held(_opened(folder, base if inside else None, make), folder)
    try:
        yield held
    except OSError as error:
        error.filename = _known(error.filename, held)
        error.filename2 = _known(error.filename2, held)
        raise
    finally:
        os.close(held.fd)


def rename_beside(path: Path, name: str) -> None:
    """Rename an entry within its folder."""
    with hold(path.parent) as holder:
        (holder.at / path.name).rename(holder.at / name)


def remove_empty(folder: Path) -> None:
    """Remove an empty folder."""
    with hold(folder.parent) as holder:
        os.rmdir(folder.name, dir_fd=holder.fd)


def _known(told: object, held: Held) -> object:
    """Return the file name of an error, with `Held.at` replaced by the known path of the folder."""
    at = str(held.at)
    text = os.fsdecode(told) if isinstance(told, str | bytes) else ""
    if text == at or text.startswith(f"{at}/"):
        return f"{held.path}{text[len(at) :]}"
    return told


def _opened(path: Path, base: Path | None, make: int | None) -> int:
    free = (base or path).absolute().parts[1:]
    top = _walked(os.open("/", _FOLDER), free, path, Path("/"), make)
    if base is None:
        return top
    return _walked(top, path.relative_to(base).parts, path, base, make, links=False)


def _walked(
    at: int, parts: Sequence[str], path: Path, way: Path, make: int | None, *, links: bool = True
) -> int:
    """Open the parts of a path one after another, beginning in an open folder, which is closed.
    Return the descriptor of the last one.

    Args:
        path: the whole path, for messages.
        way: the path so far, for messages.
        links: whether links owned by this user or root are followed.
    """
    pending, left = list(reversed(parts)), LINKS
    try:
        while pending:
            part = pending.pop()
            found = _entered(at, part, make)
            status = os.fstat(found)
            if not stat.S_ISLNK(status.st_mode):
                os.close(at)
                at, way = found, way / part
                continue
            try:
                goal = PurePosixPath(_goal(found, status, way / part, links))
            finally:
                os.close(found)
            left -= 1
            if left < 0:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
            if goal.is_absolute():
                os.close(at)
                at, way = os.open("/", _FOLDER), Path("/")
            pending += reversed(goal.parts[1:] if goal.is_absolute() else goal.parts)
        try:
            return os.open(".", _FOLDER, dir_fd=at)
        except PermissionError:  # This user may pass through it, but not list it.
            return os.dup(at)
    except OSError as error:
        if not str(error.filename).startswith("/"):
            error.filename = str(path)
        raise
    finally:
        os.close(at)


def _entered(at: int, part: str, make: int | None) -> int:
    try:
        return os.open(part, _PLACE, dir_fd=at)
    except FileNotFoundError:
        if make is None:
            raise
    with contextlib.suppress(FileExistsError):
        os.mkdir(part, make, dir_fd=at)
    return os.open(part, _PLACE, dir_fd=at)


def _goal(link: int, status: os.stat_result, path: Path, links: bool) -> str:
    if not links:
        raise OSError(
            errno.ELOOP, "it is a link, and no folder of the platform or of ours", str(path)
        )
    if status.st_uid in believed():
        return os.readlink("", dir_fd=link)
    whose = user_words(status.st_uid)
    what = f"it is a link of {whose}, who can turn it to another place at any moment"
    if os.geteuid() == ROOT:
        what += f"; if it leads where it should: {shlex.join(['chown', '-h', 'root:', str(path)])}"
    raise OSError(errno.ELOOP, what, str(path))
