"""The folders and records of sandboxes, and the lock that shows whether a drill is running.

A record (`sandbox.json`) is written before anything of a sandbox is made. The drill's process locks
the record until the process ends: a record without a lock means that the drill died. After a kill
the record may stay locked a little longer, by the process's last threads or a child just started.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Literal

import msgspec

from pryv_tui.clock import timestamp, utc_now
from pryv_tui.decoding import Undecodable, read_json
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.deep_trees import remove_tree
from pryv_tui.filesystem.durable import open_own, sync_folder
from pryv_tui.filesystem.mounts import mounts_below
from pryv_tui.operations.activity import WorkerMark, alive, mark_of
from pryv_tui.operations.acts import follow_or_cancel
from pryv_tui.operations.site import RUNS
from pryv_tui.ownership import make_private
from pryv_tui.reading import open_file

FOLDER = "sandboxes"
"""The sandboxes folder, in the state folder. It has a folder for each drill, with the sandbox's
record, and with its files unless a person named another folder for these."""
WORD = "sandbox.json"
CONTENT = "content"
AT_ONCE = 4
"""The number of threads that remove a sandbox's files: the operator waits until they are done."""
LIVES = timedelta(hours=24)
"""The age after which a run with another state folder may clear a sandbox, unless its drill is
running."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The record of a sandbox."""

    drill: str
    folder: str
    """The folder with all of the sandbox's files."""
    host: str
    """The machine whose engine has the sandbox's containers; empty if not known."""
    names: tuple[str, ...] = ()
    made: str
    expires: str
    by: WorkerMark | None = None
    """The process that made it; None in records of earlier versions."""


Holder = Literal["free", "working", "dying"]
"""The state of a sandbox's lock. `free`: nobody has it. `working`: its drill has it. `dying`: only
the last threads or children of a dead drill have it; the sandbox must not be cleared until they
have ended."""
DYING = 5.0
"""Seconds to wait for the last threads of a dead process."""

CLEAN = "Remove it: pryv-tui drill clean"


def left_words(kept: Kept) -> str:
    """The sentence that a drill died and its sandbox is still there."""
    return (
        f"The drill {kept.drill} died, and its sandbox is still there, with the personal data"
        f" that it had restored: {kept.folder}"
    )


class Held:
    """This process's lock on a sandbox, taken before the sandbox is made and released after it is
    gone."""

    def __init__(self, word: Path, descriptor: int) -> None:
        self._word = word
        self._descriptor = descriptor

    def leave(self) -> None:
        """Release the lock, and keep the sandbox's record and files."""
        os.close(self._descriptor)

    def let_go(self) -> None:
        """Remove the record of a sandbox that is gone, then release the lock."""
        remove_tree(self._word.parent)
        os.close(self._descriptor)


def words_folder(state: Path) -> Path:
    return state / FOLDER


_NAMED = "pryvdrill-"
"""What the name of a drill's folder begins with, if a person named the folder for sandboxes."""


def folder_of(state: Path, drill: str, root: str = "") -> Path:
    """Return the folder of a drill's files.

    Args:
        root: the folder that a person named for sandboxes; empty for the one in the state folder.
    """
    return Path(root) / f"{_NAMED}{drill}" if root else words_folder(state) / drill / CONTENT


def root_named(folder: Path) -> Path | None:
    """Return the folder for sandboxes that a person named, if a drill's files are in it."""
    return folder.parent if folder.name.startswith(_NAMED) else None


def expiry() -> str:
    return timestamp(utc_now() + LIVES, to="seconds")


def keep(state: Path, kept: Kept) -> Held:
    """Write a sandbox's record, lock it, and make the sandbox's folder, with mode 0700.

    Raises:
        OSError: the record or the folder can't be written, or the drill has a record already.
        PryvTuiError: `step-failed`, the folder exists already, or its parent does not.
    """
    make_private(words_folder(state))
    word, descriptor = _word_of(state, kept)
    folder = Path(kept.folder)
    held = Held(word, descriptor)
    try:
        # Make no parents: if a disk is not mounted, the files would fill the disk below it.
        folder.mkdir(mode=0o700)
    except OSError as error:
        # Remove the record, or a person would be told to remove a folder that is not the drill's.
        held.let_go()
        if isinstance(error, FileExistsError):
            raise PryvTuiError("step-failed", f"{folder} is there already") from None
        if isinstance(error, FileNotFoundError):
            raise PryvTuiError("step-failed", f"{folder.parent} is not there") from None
        raise
    return held


def _word_of(state: Path, kept: Kept) -> tuple[Path, int]:
    """Write and lock a sandbox's record; return its path and the locked descriptor.

    The record is locked before it gets its final name, so that no process that clears sandboxes can
    find it unlocked.
    """
    folder = words_folder(state) / kept.drill
    if folder.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(folder))
    hidden = folder.with_name(f"{_COMES}{os.getpid()}-{kept.drill}")
    hidden.mkdir(mode=0o700)
    descriptor = open_own(hidden / WORD, os.O_RDWR | os.O_CREAT | os.O_EXCL)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        told = msgspec.structs.replace(kept, by=mark_of(os.getpid()))
        os.write(descriptor, msgspec.json.encode(told))
        os.fsync(descriptor)
        sync_folder(hidden)
        hidden.rename(folder)
    except BaseException:
        os.close(descriptor)
        with contextlib.suppress(OSError):
            remove_tree(hidden)
        raise
    sync_folder(folder.parent)
    return folder / WORD, descriptor


_COMES = "."
"""Prefix of a record's folder while the record is written; the process id and the drill's id
follow. The folder has its final name before anything of the sandbox is made."""


def forget_unborn(state: Path) -> None:
    """Remove unfinished records if the process that was writing them has died."""
    for place in _places(state):
        writer = place.name.removeprefix(_COMES).partition("-")[0]
        if not place.name.startswith(_COMES) or not writer.isdecimal():
            continue
        with contextlib.suppress(OSError):
            if {one.name for one in place.iterdir()} <= {WORD} and mark_of(int(writer)) is None:
                remove_tree(place)


def _places(state: Path) -> list[Path]:
    folder = words_folder(state)
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _is_ours(state: Path, place: Path) -> bool:
    """Whether an entry of the sandboxes folder is a sandbox.

    It is one if it has a record (readable or not), or if it is a folder named after a run.
    """
    return (place / WORD).is_file() or (place.is_dir() and (state / RUNS / place.name).is_dir())


def strange_here(state: Path) -> list[Path]:
    """Return the entries of the sandboxes folder that are no known sandboxes. They are never
    removed."""
    return [
        one
        for one in _places(state)
        if not one.name.startswith(_COMES) and not _is_ours(state, one)
    ]


def keep_alone(state: Path, kept: Kept) -> Held:
    """Do what `keep` does, but refuse if another drill is running.

    Two drills that waited may try to begin at the same moment: a lock lets only one begin.

    Raises:
        PryvTuiError: `refused`, another drill is running; and what `keep` raises.
        OSError: the record or the folder can't be written.
    """
    make_private(words_folder(state))
    lock = open_own(state / f"{FOLDER}.lock", os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for one in kept_here(state):
            if one.drill != kept.drill and is_held(state, one.drill):
                raise PryvTuiError(
                    "refused",
                    f"drills: the drill {one.drill}, which was started first, is still running",
                    follow_or_cancel(one.drill),
                )
        return keep(state, kept)
    finally:
        os.close(lock)


def kept_here(state: Path) -> list[Kept]:
    """Return the records of all sandboxes of a state folder.

    For an unreadable record the result has only the drill's id and its usual folder; the labels of
    that sandbox's containers are enough to find them.
    """
    found = []
    for place in _places(state):
        if place.name.startswith(_COMES) or not _is_ours(state, place):
            continue
        told = Kept(drill=place.name, folder=str(place / CONTENT), host="", made="", expires="")
        with contextlib.suppress(OSError, Undecodable):
            word = read_json(place / WORD, Kept)
            # The sandbox is removed by this id: a record that names another drill is not used.
            told = word if word.drill == place.name else told
        found.append(told)
    return found


def left_here(state: Path) -> list[Kept]:
    """Return the sandboxes of drills that died; the data restored in them is still there."""
    return [one for one in kept_here(state) if not is_held(state, one.drill)]


def is_held(state: Path, drill: str) -> bool:
    """Whether a sandbox's record is locked, and its drill is not known to be dead."""
    return holder_of(state, drill, patience=0) == "working"


def holder_of(state: Path, drill: str, *, patience: float = DYING) -> Holder:
    """Return the state of a sandbox's lock.

    Args:
        patience: how many seconds to wait for a dead process's last threads before returning
            `dying`.
    """
    end = time.monotonic() + patience
    while _locked(state, drill):
        maker = _maker(state, drill)
        if maker is None or alive(maker):
            return "working"
        if time.monotonic() > end:
            return "dying"
        time.sleep(_EVERY)
    return "free"


_EVERY = 0.02


def _maker(state: Path, drill: str) -> WorkerMark | None:
    with contextlib.suppress(OSError, Undecodable):
        return read_json(words_folder(state) / drill / WORD, Kept).by
    return None


def _locked(state: Path, drill: str) -> bool:
    try:
        with open_file(words_folder(state) / drill / WORD, follow=False) as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def remove_files(kept: Kept) -> None:
    """Remove the folder of a sandbox's files; do nothing if it is gone.

    Raises:
        PryvTuiError: `not-isolated`, the folder is not named after the drill, is a link, or has
            something mounted in it; `step-failed`, it can't be removed.
    """
    folder = Path(kept.folder)
    ours = folder.name == f"{_NAMED}{kept.drill}" or (
        folder.name == CONTENT and folder.parent.name == kept.drill
    )
    if not kept.drill or not ours or folder.is_symlink():
        raise PryvTuiError(
            "not-isolated",
            f"{folder} is not a folder of the drill {kept.drill}, so it is not removed",
        )
    if not folder.exists():
        return
    if inside := mounts_below(folder):
        raise PryvTuiError(
            "not-isolated",
            f"{inside[0]} is mounted in the sandbox {folder}: nothing of that folder is removed",
        )
    try:
        remove_tree(folder, at_once=AT_ONCE)
    except OSError as error:
        raise PryvTuiError(
            "step-failed", f"{error.filename or folder} can't be removed: {error.strerror}"
        ) from error


def forget(state: Path, drill: str) -> None:
    """Remove a sandbox's record, once everything else of it is gone."""
    with contextlib.suppress(OSError):
        remove_tree(words_folder(state) / drill)
