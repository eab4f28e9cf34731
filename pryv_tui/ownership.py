"""Whose a folder or a file is, and who else may write it: a stranger's word is not believed.

A state folder tells what is owed, a vault what a platform was. Whoever may write there, or may put
another folder in its place, decides what a program that runs as root does next.
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
    """Why what lies in a folder can't be believed."""

    path: Path
    """The folder itself, or one that leads to it."""
    why: str
    closes: str = ""
    """The command that ends it, for whoever has seen that what lies there is theirs; empty where
    only another folder helps."""


def distrust(folder: Path, *, also: Collection[int] = ()) -> Distrust | None:
    """Why what lies in a folder can't be believed; None where only we, or root, can have put it.

    The folder itself has to be ours or root's, and writable by nobody else. So have the folders
    that lead to it, since their owner can put another one in its place; in a sticky one (`/tmp`)
    only an entry's owner can. A folder that does not exist yet is judged by those that lead to it.

    Args:
        also: user ids that are believed as well.
    """
    ours = believed() | set(also)
    real = Path(os.path.realpath(folder))
    turned = _turned_by_others(folder.absolute(), ours)
    if turned is not None:
        return turned
    return _open_to_others((real, *real.parents), ours, own=real)


def _open_to_others(
    folders: Iterable[Path], ours: set[int], *, own: Path | None = None, behind: Sequence[int] = ()
) -> Distrust | None:
    """The first of folders, each in the next, in which others can put something else.

    Args:
        own: the one that is ours alone, so that being sticky does not do.
        behind: users whose private groups are nobody but they.
    """
    for path in folders:
        try:
            status = path.stat(follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            return Distrust(path, f"{path} can't be looked at: {error.strerror}")
        if status.st_uid not in ours:
            return Distrust(path, f"{path} belongs to {user_words(status.st_uid)}")
        if path != own and status.st_mode & stat.S_ISVTX:
            continue
        who = _who_else_writes(path, status, behind)
        if who:
            closes = f"chmod go-w {shlex.quote(str(path))}" if path == own else ""
            return Distrust(path, f"{who} can write to {path}", closes)
    return None


def distrust_file(file: Path, environment: Mapping[str, str]) -> Distrust | None:
    """Why what a file tells can't be believed; None where only we, root, or whoever became root by
    sudo can have written it, or where there is none.

    So has to be the folder that it lies in, and those that lead to it, as `distrust` says; but a
    sticky folder (`/tmp`) may hold it, since only a file's owner can exchange it there.

    Args:
        environment: tells who became root (`SUDO_UID`, sudo(8)). It is whose the command is, and
            believed like that.
    """
    real = Path(os.path.realpath(file))
    try:
        status = real.stat()
    except OSError:
        return None  # who reads it says so
    behind = _behind_sudo(environment)
    ours = believed() | set(behind)
    turned = _turned_by_others(file.absolute(), ours)
    if turned is not None:
        return turned
    around = _open_to_others(real.parents, ours, behind=behind)
    if around is not None:
        return around  # to close it is no way out: others may need to write there
    why, ends = [], []
    quoted = shlex.quote(str(real))
    if status.st_uid not in ours:
        why.append(f"{real} belongs to {user_words(status.st_uid)}")
        ends.append(f"chown root {quoted}")
    who = _who_else_writes(real, status, behind)
    if who:
        why.append(f"{who} can write to {real}")
        ends.append(f"chmod go-w {quoted}")
    if not why:
        return None
    can = os.geteuid() in (ROOT, status.st_uid)
    return Distrust(real, " and ".join(why), " && ".join(ends) if can else "")


def _behind_sudo(environment: Mapping[str, str]) -> tuple[int, ...]:
    """Who became root to run this, if anybody did."""
    user = environment.get("SUDO_UID", "")
    return (int(user),) if os.geteuid() == ROOT and user.isascii() and user.isdecimal() else ()


def _only_of(user: int, status: os.stat_result) -> bool:
    """Whether what its group can write is one user's all the same: many systems give each user a
    group of their own, and a umask of 002."""
    if status.st_uid != user:
        return False
    try:
        account, group = pwd.getpwuid(user), grp.getgrgid(status.st_gid)
    except KeyError:
        return False
    own = account.pw_gid == group.gr_gid and group.gr_name == account.pw_name
    return own and set(group.gr_mem) <= {account.pw_name}


def _turned_by_others(path: Path, ours: set[int], left: int = LINKS) -> Distrust | None:
    """Why a link on a path is not believed: whoever made it, in a sticky folder too, can turn it to
    another place between two looks."""
    for way in (*reversed(path.parents), path):
        try:
            status = way.lstat()
            if not stat.S_ISLNK(status.st_mode):
                continue
            goal = way.readlink()
        except OSError:
            continue  # the folder that it leads to is judged, or what is missing of it
        if status.st_uid not in ours:
            return Distrust(way, f"the link {way} belongs to {user_words(status.st_uid)}")
        if left and (found := _turned_by_others(way.parent / goal, ours, left - 1)) is not None:
            return found
    return None


def strangers_in(folder: Path, levels: int, *, also: Collection[int] = ()) -> Distrust | None:
    """Why one of the things in a folder of ours can't be believed: it is somebody else's, or others
    can write to it. It may have been put there while the folder was open to them.

    Args:
        levels: how deep is looked.
        also: user ids that are believed as well.
    """
    ours = believed() | set(also)
    try:
        entries = [
            (Path(entry.path), entry.stat(follow_symlinks=False)) for entry in os.scandir(folder)
        ]
    except OSError:
        return None  # who reads it says so
    for path, status in entries:
        quoted = shlex.quote(str(path))
        if status.st_uid not in ours:
            closes = f"chown -Rh root: {quoted}" if os.geteuid() == ROOT else ""
            return Distrust(path, f"{path} belongs to {user_words(status.st_uid)}", closes)
        if stat.S_ISLNK(status.st_mode):
            continue
        if who := _who_else_writes(path, status):
            return Distrust(path, f"{who} can write to {path}", f"chmod -R go-w {quoted}")
        if levels > 1 and stat.S_ISDIR(status.st_mode):
            found = strangers_in(path, levels - 1, also=also)
            if found is not None:
                return found
    return None


_LIST = "system.posix_acl_access"
_USER, _GROUP, _MASK, _WRITES = 2, 8, 16, 2
"""Tags of its entries, and a bit of their rights (linux/posix_acl.h)."""


def _listed_writer(path: Path, believed_too: Collection[int]) -> str:
    """Whom an access list lets write besides the owner and the group (acl(5)); empty: nobody."""
    try:
        content = os.getxattr(path, _LIST, follow_symlinks=False)
        entries = list(struct.iter_unpack("<HHI", content[4:]))
    except (OSError, struct.error):
        return ""  # there is none
    mask = next((rights for tag, rights, _ in entries if tag == _MASK), 7)
    for tag, rights, who in entries:
        if not rights & mask & _WRITES:
            continue
        if tag == _USER and who not in believed() | set(believed_too):
            return user_words(who)
        if tag == _GROUP and not _own_group(who):
            return f"the group {who}"
    return ""


def _who_else_writes(path: Path, status: os.stat_result, behind: Sequence[int] = ()) -> str:
    if status.st_mode & stat.S_IWOTH:
        return "everybody"
    if not status.st_mode & stat.S_IWGRP:
        return ""  # these bits are the mask of an access list, where there is one (acl(5))
    if found := _listed_writer(path, behind):
        return found
    if _own_group(status.st_gid) or any(_only_of(user, status) for user in behind):
        return ""
    return f"the group {status.st_gid}"


def make_private(folder: Path) -> None:
    """Make a folder, and those that lead to it and are missing, closed to everybody else.

    `mkdir -p -m 700` gives the mode to the last one only; the others would be what the umask makes
    of them, which may be open to everybody.

    Raises:
        OSError: it can't be made.
    """
    refuse_links(folder)
    if own_folder.NAME in folder.parts:
        # A disk's top, or a folder with dumps, may be others', and all that leads there.
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
    """See that our folder in a root, and what leads from it to one below, are folders.

    Whoever owns the root may have put a link there: what is moved or written would come out
    elsewhere. Folders above it may be links, as the operator has them.

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
            raise OSError(errno.ELOOP, "it is a link, and no folder of ours", str(path))


def close(folder: Path) -> None:
    """Make a folder ours and close it to everybody else, also to whose it was, and have that on
    the disk.

    Raises:
        OSError: it can't be.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fchown(descriptor, os.geteuid(), os.getegid())
        os.fchmod(descriptor, 0o700)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _own_group(gid: int) -> bool:
    """Whether a group is nobody but root, or a user's own (a umask of 002 goes with that)."""
    if gid == ROOT:
        return True
    return os.geteuid() != ROOT and gid == os.getegid()
