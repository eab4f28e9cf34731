"""Who owns a folder or a file, and who else may write to it: what a stranger may have written is
not trusted.

A state folder says what is still to be done, a vault what a platform contained. Anybody who may
write there, or may replace the folder, decides what a program that runs as root does next.
"""

from __future__ import annotations

import errno
import grp
import os
import pwd
import shlex
import stat
import struct
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pryv_tui import own_folder
from pryv_tui.ways import LINKS, ROOT, believed, hold, user_words


class Distrust(NamedTuple):
    """Why the content of a folder can't be trusted."""

    path: Path
    """The folder itself, or one on the path to it."""
    why: str
    closes: str = ""
    """The command that closes it, for an operator who has checked that the content is theirs; empty
    if only another folder helps."""


def distrust(folder: Path, *, also: Collection[int] = ()) -> Distrust | None:
    """Return why the content of a folder can't be trusted; None if only this user or root can have
    written it.

    The folder itself has to belong to this user or root, and nobody else may write to it. The same
    applies to the folders on the path to it, since their owners can replace the next one; in a
    sticky folder (`/tmp`) only an entry's owner can. A folder that does not exist yet is judged by
    those on the path to it.

    Args:
        also: further user ids to trust.
    """
    ours = believed() | set(also)
    real = Path(os.path.realpath(folder))
    turned = _turned_by_others(folder.absolute(), ours)
    if turned is not None:
        return turned
    return _open_to_others(_leading_to(str(real)), ours, own=str(real))


def _leading_to(path: str) -> list[str]:
    """Return an absolute path and the folders on the path to it, the innermost first."""
    # Text, not Path, here and below: each command first checks some hundred entries.
    found = [path]
    while found[-1] != "/":
        found.append(found[-1].rpartition("/")[0] or "/")
    return found


def _open_to_others(
    folders: Iterable[str], ours: set[int], *, own: str | None = None, behind: Sequence[int] = ()
) -> Distrust | None:
    """Return the first of a chain of folders in which others can replace something; None if there
    is none.

    Args:
        folders: each one is inside the next.
        own: the folder that must belong only to this user or root: for it, the sticky bit is not
            enough.
        behind: users whose private group counts as themselves.
    """
    for path in folders:
        try:
            status = os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            return Distrust(Path(path), f"{path} can't be looked at: {error.strerror}")
        if status.st_uid not in ours:
            return Distrust(Path(path), f"{path} belongs to {user_words(status.st_uid)}")
        if path != own and status.st_mode & stat.S_ISVTX:
            continue
        who = _who_else_writes(path, status, behind)
        if who:
            closes = f"chmod go-w {shlex.quote(path)}" if path == own else ""
            return Distrust(Path(path), f"{who} can write to {path}", closes)
    return None


def distrust_file(file: Path, environment: Mapping[str, str]) -> Distrust | None:
    """Return why the content of a file can't be trusted. None if only this user, root, or the user
    who called sudo can have written it, or if there is no file.

    The same applies to the file's folder and those on the path to it, as in `distrust`. But the
    file may be in a sticky folder (`/tmp`), since only a file's owner can replace it there.

    Args:
        environment: has the user who used sudo (`SUDO_UID`, sudo(8)). That user gave the command,
            and is trusted like this user.
    """
    real = Path(os.path.realpath(file))
    try:
        status = real.stat()
    except OSError:
        return None  # The code that reads it reports the error.
    behind = _behind_sudo(environment)
    ours = believed() | set(behind)
    turned = _turned_by_others(file.absolute(), ours)
    if turned is not None:
        return turned
    around = _open_to_others(_leading_to(str(real.parent)), ours, behind=behind)
    if around is not None:
        return around  # Closing it is no remedy: others may need to write there.
    why, ends = [], []
    quoted = shlex.quote(str(real))
    if status.st_uid not in ours:
        why.append(f"{real} belongs to {user_words(status.st_uid)}")
        ends.append(f"chown root {quoted}")
    who = _who_else_writes(str(real), status, behind)
    if who:
        why.append(f"{who} can write to {real}")
        ends.append(f"chmod go-w {quoted}")
    if not why:
        return None
    can = os.geteuid() in (ROOT, status.st_uid)
    return Distrust(real, " and ".join(why), " && ".join(ends) if can else "")


def _behind_sudo(environment: Mapping[str, str]) -> tuple[int, ...]:
    """Return the user who became root to run this; empty if none."""
    user = environment.get("SUDO_UID", "")
    return (int(user),) if os.geteuid() == ROOT and user.isascii() and user.isdecimal() else ()


def _only_of(user: int, status: os.stat_result) -> bool:
    """Whether the group that may write is in fact one user: many systems give each user a private
    group, and a umask of 002."""
    if status.st_uid != user:
        return False
    try:
        account, group = pwd.getpwuid(user), grp.getgrgid(status.st_gid)
    except KeyError:
        return False
    own = account.pw_gid == group.gr_gid and group.gr_name == account.pw_name
    return own and set(group.gr_mem) <= {account.pw_name}


def _turned_by_others(path: Path, ours: set[int], left: int = LINKS) -> Distrust | None:
    """Return why a symbolic link on a path is not trusted: its owner can change its target between
    two looks, even in a sticky folder."""
    for way in reversed(_leading_to(str(path))):
        try:
            status = os.lstat(way)
            if not stat.S_ISLNK(status.st_mode):
                continue
            link = Path(way)
            goal = link.readlink()
        except OSError:
            continue  # Missing, or not readable: the folders on the path to it are judged.
        if status.st_uid not in ours:
            return Distrust(link, f"the link {way} belongs to {user_words(status.st_uid)}")
        if left and (found := _turned_by_others(link.parent / goal, ours, left - 1)) is not None:
            return found
    return None


def strangers_in(folder: Path, levels: int, *, also: Collection[int] = ()) -> Distrust | None:
    """Return why an entry in a folder of ours can't be trusted: it belongs to somebody else, or
    others can write to it. It may have been put there while the folder was open to them.

    Args:
        levels: how many levels of folders to check.
        also: further user ids to trust.
    """
    return _strangers_in(str(folder), levels, believed() | set(also))


def _strangers_in(folder: str, levels: int, ours: set[int]) -> Distrust | None:
    try:
        with os.scandir(folder) as every:
            entries = [(entry.path, entry.stat(follow_symlinks=False)) for entry in every]
    except OSError:
        return None  # The code that reads it reports the error.
    for path, status in entries:
        if status.st_uid not in ours:
            closes = f"chown -Rh root: {shlex.quote(path)}" if os.geteuid() == ROOT else ""
            return Distrust(Path(path), f"{path} belongs to {user_words(status.st_uid)}", closes)
        if stat.S_ISLNK(status.st_mode):
            continue
        if who := _who_else_writes(path, status):
            closes = f"chmod -R go-w {shlex.quote(path)}"
            return Distrust(Path(path), f"{who} can write to {path}", closes)
        if levels > 1 and stat.S_ISDIR(status.st_mode):
            found = _strangers_in(path, levels - 1, ours)
            if found is not None:
                return found
    return None


_LIST = "system.posix_acl_access"
_USER, _GROUP, _MASK, _WRITES = 2, 8, 16, 2
"""Tags of the entries of an access list, and the bit for writing (linux/posix_acl.h)."""


def _listed_writer(path: str, believed_too: Collection[int]) -> str:
    """Return who may write according to an access list, besides the owner and the group (acl(5));
    empty if nobody."""
    try:
        content = os.getxattr(path, _LIST, follow_symlinks=False)
        entries = list(struct.iter_unpack("<HHI", content[4:]))
    except (OSError, struct.error):
        return ""  # There is no access list.
    mask = next((rights for tag, rights, _ in entries if tag == _MASK), 7)
    for tag, rights, who in entries:
        if not rights & mask & _WRITES:
            continue
        if tag == _USER and who not in believed() | set(believed_too):
            return user_words(who)
        if tag == _GROUP and not _own_group(who):
            return f"the group {who}"
    return ""


def _who_else_writes(path: str, status: os.stat_result, behind: Sequence[int] = ()) -> str:
    if status.st_mode & stat.S_IWOTH:
        return "everybody"
    if not status.st_mode & stat.S_IWGRP:
        return ""  # With an access list, the group bits are its mask (acl(5)).
    if found := _listed_writer(path, behind):
        return found
    if _own_group(status.st_gid) or any(_only_of(user, status) for user in behind):
        return ""
    return f"the group {status.st_gid}"


def make_private(folder: Path) -> None:
    """Make a folder, and the missing folders on the path to it, closed to everybody else.

    `mkdir -p -m 700` gives the mode only to the last folder. The others get their mode from the
    umask, and may be open to everybody.

    Raises:
        OSError: it can't be made.
    """
    refuse_links(folder)
    if own_folder.NAME in folder.parts:
        # A disk's top, or a folder with dumps, may belong to others, like all folders on the path
        # to it.
        with hold(folder, make=0o700):
            return
    missing = []
    path = folder
    while not os.path.lexists(path) and path.parent != path:
        missing.append(path)
        path = path.parent
    for path in reversed(missing):
        path.mkdir(mode=0o700, exist_ok=True)
    if not folder.is_dir():
        raise FileExistsError(errno.EEXIST, "it is there and is no folder", str(folder))


def refuse_links(folder: Path) -> None:
    """Refuse symbolic links at this program's folder in a root, and below it on this path.

    The root's owner may have put a link there: what is moved or written would end up elsewhere.
    Folders above it may be links, as the operator set them up.

    Raises:
        OSError: one of them is a link.
    """
    parts = folder.parts
    if own_folder.NAME not in parts:
        return
    first = len(parts) - parts[::-1].index(own_folder.NAME)
    for end in range(first, len(parts) + 1):
        path = Path(*parts[:end])
        if path.is_symlink():
            raise OSError(errno.ELOOP, "it is a link, not a folder made by pryv-tui", str(path))


def close(folder: Path) -> None:
    """Make a folder belong to this user, close it to everybody else, including its former owner,
    and sync it to disk.

    Raises:
        OSError: it can't be done.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fchown(descriptor, os.geteuid(), os.getegid())
        os.fchmod(descriptor, 0o700)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _own_group(gid: int) -> bool:
    """Whether a group is root's, or the private group of the present user (used with a umask of
    002)."""
    if gid == ROOT:
        return True
    return os.geteuid() != ROOT and gid == os.getegid()
