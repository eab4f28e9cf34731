"""A folder that a copy's walk is in or has been in, and its copy."""

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
    """A folder on the way down."""

    def __init__(self, path: bytes, verdict: Verdict, since: bytes = b"") -> None:
        self.path = path
        self.verdict = verdict
        self.since = since
        """Where the walk begins in it, behind its kind (`pieces.Left`); empty: at its first."""
        self.pending: list[tuple[bytes, Verdict]] | None = None
        """Its folders that are still to be walked, the next one last; None: all of them."""
        self.missed: list[bytes] | None = None
        """What was no folder and not in the copy when folders were handed out before its turn;
        None: none were."""
        self.awaited = 0
        """How much of it others are copying, or is left for later."""
        self.ends: tuple[int, ...] | None = None
        """Its descriptors, kept after the walk has left it until it can be finished."""
        self.holder: os.stat_result | None = None
        """The folder that it lies in; None: not known before the walk has left it."""
        self.place: Pending | None = None
        self.identity = (0, 0)
        """Its device and inode, as it was when something of it was handed out first; zeros: nothing
        was."""


def close_ends(folder: WalkedFolder) -> None:
    """Close the descriptors of a folder that the walk has left."""
    if folder.ends is not None:
        for fd in folder.ends:
            os.close(fd)
        folder.ends = None


def joined(folder: bytes, name: bytes) -> bytes:
    """The path of an entry of a folder."""
    return folder + b"/" + name if folder else name


def kind_in(folder: int, name: bytes) -> int:
    """What an entry of an open folder is (`S_IFMT`); 0: there is none of that name."""
    try:
        return stat.S_IFMT(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise read_failed(name, error) from error


def make_folder(holder: int, name: bytes, path: bytes) -> int:
    """Make a folder in an open one, unless it is there, and open it.

    Raises:
        PryvTuiError: `disk-full`, `step-failed`, also where something else is in the way.
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
    """Give a folder its attributes, mode and times, after its content; the source's status."""
    keep_xattrs(source, target, path, note)
    note_flags(source, path, note, folder=True)
    status = os.fstat(source)
    keep_mode_and_times(target, path, status)
    return status
