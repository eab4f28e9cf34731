"""A folder that a copy's walk is in or was in, and its copy."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable

from pryv_tui.filesystem.attributes import keep_mode_and_times, keep_xattrs
from pryv_tui.filesystem.folders import FOLDER_FLAGS
from pryv_tui.filesystem.inode_flags import note_flags
from pryv_tui.filesystem.paths import read_failed, writing
from pryv_tui.vault.files.selection import Verdict
from pryv_tui.vault.parallel.results import Pending

NO_FOLDER = (errno.ELOOP, errno.ENOTDIR)


class WalkedFolder:
    """A folder on the walk's way down."""

    def __init__(self, path: bytes, verdict: Verdict, since: bytes = b"") -> None:
        self.path = path
        self.verdict = verdict
        self.since = since
        """Where the walk begins in it, as in `pieces.Left`; empty: with its first entry."""
        self.pending: list[tuple[bytes, Verdict]] | None = None
        """Subfolders still to walk, the next one last; None if it was not listed yet."""
        self.missed: list[bytes] | None = None
        """Entries that were no folders and not in the copy, when its subfolders were handed out
        early; None if none were."""
        self.awaited = 0
        """Number of parts that workers are copying, or that are left for later."""
        self.ends: tuple[int, ...] | None = None
        """Its descriptors, kept open from when the walk leaves it until it is finished."""
        self.holder: os.stat_result | None = None
        """The status of the folder that holds it; None until the walk has left it."""
        self.place: Pending | None = None
        self.identity = (0, 0)
        """Its device and inode when something of it was first handed out; zeros before that."""


def close_ends(folder: WalkedFolder) -> None:
    """Close the descriptors kept for a folder that the walk has left."""
    if folder.ends is not None:
        for fd in folder.ends:
            os.close(fd)
        folder.ends = None


def joined(folder: bytes, name: bytes) -> bytes:
    """The path of an entry of a folder."""
    return folder + b"/" + name if folder else name


def kind_in(folder: int, name: bytes) -> int:
    """The type of an entry in an open folder (`S_IFMT`); 0 if it does not exist."""
    try:
        return stat.S_IFMT(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise read_failed(name, error) from error


def make_folder(holder: int, name: bytes, path: bytes) -> int:
    """Create a folder in an open one, if it is missing, and open it.

    Raises:
        PryvTuiError: `disk-full` or `step-failed`, also where something else has that name.
    """
    with writing(path):
        try:
            os.mkdir(name, 0o700, dir_fd=holder)
        except FileExistsError:
            pass  # opening it proves that it is a folder
        return os.open(name, FOLDER_FLAGS, dir_fd=holder)


def finish_folder(
    source: int, target: int, path: bytes, note: Callable[[bytes, str], None]
) -> os.stat_result:
    """Give a folder the attributes, mode and times of its source, once its whole content is copied;
    returns the source's status."""
    keep_xattrs(source, target, path, note)
    note_flags(source, path, note, folder=True)
    status = os.fstat(source)
    keep_mode_and_times(target, path, status)
    return status
