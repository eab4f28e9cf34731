"""Copy a file's metadata: owner, mode, times, extended attributes, ACLs."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.paths import printable, read_failed, reason, write_failed

Note = Callable[[bytes, str], None]
"""Callback that takes a path and a remark about it, for the operator."""

_LISTS = ("system.posix_acl_", "system.nfs4_acl")
"""Prefixes of the extended attributes that are access lists (acl(5), nfs4_acl(5))."""
_NO_ATTRIBUTES = (errno.ENOTSUP, errno.ENOSYS)
_GONE = (errno.ENODATA, errno.ENOENT)


class AccessNote(str):
    """A remark that an access list or a group could not be kept.

    Then others may read or write the copy who can't read or write the source.
    """

    __slots__ = ()


def keep_owner(fd: int, path: bytes, source: os.stat_result, note: Note) -> None:
    """Give an open file or folder the owner of its source.

    Call this before the mode is set, since chown(2) clears setuid and setgid, and before content is
    written, so that missing rights show at once.
    """
    try:
        os.fchown(fd, source.st_uid, source.st_gid)
    except OSError as error:
        _owner_refused(path, source, os.fstat(fd), error, note)


def keep_mode_and_times(fd: int, path: bytes, source: os.stat_result) -> None:
    """Set the mode and times of an open file or folder, once nothing else will be written to it."""
    try:
        os.fchmod(fd, stat.S_IMODE(source.st_mode))
        os.utime(fd, ns=(source.st_atime_ns, source.st_mtime_ns))
    except OSError as error:
        raise write_failed(path, error) from error


def keep_unopened(
    name: bytes, folder: int, path: bytes, source: os.stat_result, note: Note
) -> None:
    """Give something that can't be opened (a symbolic link, a fifo) its owner, mode and times."""
    try:
        os.chown(name, source.st_uid, source.st_gid, dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        made = os.stat(name, dir_fd=folder, follow_symlinks=False)
        _owner_refused(path, source, made, error, note)
    try:
        if not stat.S_ISLNK(source.st_mode):
            _chmod_unopened(name, folder, stat.S_IMODE(source.st_mode))
        times = (source.st_atime_ns, source.st_mtime_ns)
        os.utime(name, ns=times, dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        raise write_failed(path, error) from error


def by_descriptor(folder: int, name: bytes) -> bytes:
    """A path to an entry of an open folder, for calls that take no descriptor.

    /proc/self/fd leads to the open folder itself, even after a rename (proc(5)).
    """
    return b"/proc/self/fd/%d/%s" % (folder, name)


def keep_xattrs(source: int | bytes, target: int | bytes, path: bytes, note: Note) -> None:
    """Give the target the extended attributes of the source, including POSIX ACLs.

    Attributes that only the target has (an ACL inherited from its folder) are removed. Attributes
    that the file system or this user can't write are noted, not raised: the content is safe.

    Args:
        source: an open file, or the path of something that can't be opened; links are not followed.
        target: the copy, open or as a path like `source`.
        path: the name used in errors and notes.
        note: is called for each attribute that was not kept.
    """
    try:
        wanted = _list(source)
    except OSError as error:
        raise read_failed(path, error) from error
    try:
        present = _list(target)
    except OSError as error:
        raise write_failed(path, error) from error
    if not wanted and not present:
        return
    for name in sorted(set(present) - set(wanted)):
        # The kernel keeps its own labels under security.*; this program must not remove them.
        if not name.startswith("security."):
            _put(target, name, None, path, note)
    for name in wanted:
        try:
            value = _get(source, name)
        except OSError as error:
            if error.errno in _GONE:
                continue
            raise read_failed(path, error) from error
        _put(target, name, value, path, note)


def same_xattrs(one: int, other: int) -> bool:
    """Whether two open files have the same extended attributes, including ACLs."""
    names, others = _list(one), _list(other)
    if names != others and sorted(names) != sorted(others):
        return False
    return all(_get(one, name) == _get(other, name) for name in names)


def _owner_refused(
    path: bytes, source: os.stat_result, made: os.stat_result, error: OSError, note: Note
) -> None:
    """Decide what a failed chown means.

    If the copy's owner is right already, it means nothing. If only the group is wrong and this
    program does not run as root, the loss is noted. Anything else raises `PryvTuiError`.
    """
    if error.errno not in (errno.EPERM, errno.EINVAL):
        raise write_failed(path, error) from error
    if (made.st_uid, made.st_gid) == (source.st_uid, source.st_gid):
        return
    whose, what = f"user {source.st_uid}", "another user's files"
    if made.st_uid == source.st_uid:
        if os.geteuid() != 0:
            what = f"its group {source.st_gid} could not be kept: that needs root"
            note(path, AccessNote(what))
            return
        whose, what = f"group {source.st_gid}", "another group's files"
    if os.geteuid() != 0:
        raise PryvTuiError(
            "unreadable",
            f"{printable(path)} belongs to {whose}: copying {what} needs root",
            "Run it with sudo.",
        ) from error
    raise PryvTuiError(
        "unreadable",
        f"{printable(path)} belongs to {whose}, but root may not change owners where the copy is"
        f" made: {error.strerror}",
        "Name a place on a disk that keeps owners (for a vault: --vault), or allow root to change"
        " them there: no root_squash on an NFS server, the capability CAP_CHOWN in a container.",
    ) from error


def _chmod_unopened(name: bytes, folder: int, mode: int) -> None:
    # O_PATH opens an entry without accessing it; the descriptor can't be a link's target.
    fd = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        os.chmod(f"/proc/self/fd/{fd}", mode)  # noqa: PTH101 (Path would not take the bare call)
    finally:
        os.close(fd)


def _put(target: int | bytes, name: str, value: bytes | None, path: bytes, note: Note) -> None:
    """Set an attribute, or remove it if `value` is None; a failure is noted."""
    follow = isinstance(target, int)
    try:
        if value is None:
            os.removexattr(target, name, follow_symlinks=follow)
        else:
            os.setxattr(target, name, value, follow_symlinks=follow)
    except OSError as error:
        what = f"its attribute {name} could not be kept: {reason(error)}"
        note(path, AccessNote(what) if name.startswith(_LISTS) else what)


def _list(file: int | bytes) -> list[str]:
    try:
        if isinstance(file, int):
            return os.listxattr(file)
        return os.listxattr(file, follow_symlinks=False)
    except OSError as error:
        if error.errno in _NO_ATTRIBUTES:
            return []
        raise


def _get(file: int | bytes, name: str) -> bytes:
    return os.getxattr(file, name, follow_symlinks=isinstance(file, int))
