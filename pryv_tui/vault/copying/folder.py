"""The folder in which a copy's walk is, or which it has left, and the copy of that folder."""

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
    """A folder that the walk has entered."""

    def __init__(self, path: bytes, verdict: Verdict, since: bytes = b"") -> None:
        self.path = path
        self.verdict = verdict
        self.since = since
        """The entry at which the walk begins in this folder, as in `pieces.Left`; empty: at its
        first entry."""
        self.pending: list[tuple[bytes, Verdict]] | None = None
        """Subfolders still to walk, the next one last; None if the folder was not listed yet."""
        self.missed: list[bytes] | None = None
        """Entries that were not folders and not yet in the copy when the folder's subfolders were
        handed out early; None if none were handed out early."""
        self.awaited = 0
        """Number of parts that workers are copying, or that are left for later."""
        self.ends: tuple[int, ...] | None = None
        """The folder's descriptors, kept open from when the walk leaves it until the folder is
        finished."""
        self.holder: os.stat_result | None = None
        """The status of the parent folder; None until the walk has left this folder."""
        self.place: Pending | None = None
        self.identity = (0, 0)
        """The folder's device and inode when its first entry was handed out; zeros before that."""


def close_ends(folder: WalkedFolder) -> None:
    """Close the descriptors kept for a folder that the walk has left."""
    if folder.ends is not None:
        for fd in folder.ends:
            os.close(fd)
        folder.ends = None


def joined(folder: bytes, name: bytes) -> bytes:
    """Return the path of an entry of a folder."""
    return folder + b"/" + name if folder else name


def kind_in(folder: int, name: bytes) -> int:
    """Return the type of an entry in an open folder (`S_IFMT`); 0 if the entry does not exist."""
    try:
        return stat.S_IFMT(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise read_failed(name, error) from error


def make_folder(holder: int, name: bytes, path: bytes) -> int:
    """Create a folder in the open folder `holder` if it is missing, and open it.

    Raises:
        PryvTuiError: `disk-full` or `step-failed`; also if something that is not a folder has that
            name.
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
    """Give a folder's copy the attributes, mode and times of its source, after its whole content is
    copied. Return the source's status."""
    keep_xattrs(source, target, path, note)
    note_flags(source, path, note, folder=True)
    status = os.fstat(source)
    keep_mode_and_times(target, path, status)
    return status
