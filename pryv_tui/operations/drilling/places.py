"""Where sandboxes lie, and how one that was left is known.

Each says of itself what it is before anything of it is made. A lock on that file lives as long as
the process that made it: a sandbox without one is left by somebody who died. Who is killed is dead
before the last of its threads, or a child that it had just begun, is gone and the lock with it.
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
"""Below the state folder: one folder a drill, or only its word where its files lie elsewhere."""
WORD = "sandbox.json"
CONTENT = "content"
AT_ONCE = 4
"""Threads that remove a sandbox's files: whoever waits for a drill waits for that, too."""
LIVES = timedelta(hours=24)
"""After that others may clear it, if nobody works in it (`others`)."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What a sandbox says of itself."""

    drill: str
    folder: str
    """All of its files lie below this; its name ends with the drill's id."""
    host: str
    """The machine of the platform on whose engine its containers are."""
    names: tuple[str, ...] = ()
    made: str
    expires: str
    by: WorkerMark | None = None
    """Who made it; None where an earlier version did."""


Holder = Literal["free", "working", "dying"]
"""Who holds a sandbox. `dying`: what is left of the process that made it, which is no drill any
more, but may not be cleared under."""
DYING = 5.0
"""Seconds that the threads of a process that is dead are waited for."""

CLEAN = "Remove it: pryv-tui drill clean"


def left_words(kept: Kept) -> str:
    """What is so of a sandbox in which nobody works any more."""
    return (
        f"The drill {kept.drill} died, and its sandbox is still there, with what it had restored of"
        f" people's data: {kept.folder}"
    )


class Held:
    """A sandbox of this process, from before it is made until it is gone."""

    def __init__(self, word: Path, descriptor: int) -> None:
        self._word = word
        self._descriptor = descriptor

    def leave(self) -> None:
        """It stays, and nobody works in it any more."""
        os.close(self._descriptor)

    def let_go(self) -> None:
        """It is gone: so is what it says of itself."""
        remove_tree(self._word.parent)
        os.close(self._descriptor)


def words_folder(state: Path) -> Path:
    return state / FOLDER


def folder_of(state: Path, drill: str, root: str = "") -> Path:
    """Where a drill's files lie.

    Args:
        root: the folder that a person named for it; empty for the state folder's.
    """
    return Path(root) / f"pryvdrill-{drill}" if root else words_folder(state) / drill / CONTENT


def expiry() -> str:
    return timestamp(utc_now() + LIVES, to="seconds")


def keep(state: Path, kept: Kept) -> Held:
    """Write down what will be made, and hold it; its folder is made, closed to everybody else.

    Raises:
        OSError: it can't be written.
        PryvTuiError: `step-failed`, something is there already, or what a person named is not.
    """
    make_private(words_folder(state))
    word, descriptor = _word_of(state, kept)
    folder = Path(kept.folder)
    held = Held(word, descriptor)
    try:
        # What lies above it is not made: a disk that is not mounted would be filled from below.
        folder.mkdir(mode=0o700)
    except OSError as error:
        # Nothing was made, and what is there is somebody else's: nobody is told to remove it.
        held.let_go()
        if isinstance(error, FileExistsError):
            raise PryvTuiError("step-failed", f"{folder} is there already") from None
        if isinstance(error, FileNotFoundError):
            raise PryvTuiError("step-failed", f"{folder.parent} is not there") from None
        raise
    return held


def _word_of(state: Path, kept: Kept) -> tuple[Path, int]:
    """Write down a sandbox's word, and lock it: the file, and the descriptor that holds the lock.

    It is held before it has its name: whoever clears finds it locked or not at all.
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
"""Begins the name of a word that is being written: the process, then the drill. Nothing of a
sandbox is made before it has its own name."""


def forget_unborn(state: Path) -> None:
    """Remove the words that somebody began to write and died."""
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
    """Whether what lies among the sandboxes is one: it has a word, also one that can't be read, or
    there is a run of its name. Nobody else's folder has either."""
    return (place / WORD).is_file() or (place.is_dir() and (state / RUNS / place.name).is_dir())


def strange_here(state: Path) -> list[Path]:
    """What lies among the sandboxes and is not known to be one: nothing of it is removed."""
    return [
        one
        for one in _places(state)
        if not one.name.startswith(_COMES) and not _is_ours(state, one)
    ]


def keep_alone(state: Path, kept: Kept) -> Held:
    """The same where no other drill is at work. Two may have waited for the same thing, and found
    room at one moment: one of them is first here.

    Raises:
        PryvTuiError: `refused`, another one is at work; what `keep` raises.
        OSError: it can't be written.
    """
    make_private(words_folder(state))
    lock = open_own(state / f"{FOLDER}.lock", os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for one in kept_here(state):
            if one.drill != kept.drill and is_held(state, one.drill):
                raise PryvTuiError(
                    "refused",
                    f"drills: the drill {one.drill} goes on, which was there first",
                    follow_or_cancel(one.drill),
                )
        return keep(state, kept)
    finally:
        os.close(lock)


def kept_here(state: Path) -> list[Kept]:
    """Every sandbox that a state folder tells of. What can't be read is told with no names: its
    containers are known by their labels."""
    found = []
    for place in _places(state):
        if place.name.startswith(_COMES) or not _is_ours(state, place):
            continue
        told = Kept(drill=place.name, folder=str(place / CONTENT), host="", made="", expires="")
        with contextlib.suppress(OSError, Undecodable):
            word = read_json(place / WORD, Kept)
            # What it is removed by: another's name in there is no word of ours.
            told = word if word.drill == place.name else told
        found.append(told)
    return found


def left_here(state: Path) -> list[Kept]:
    """Those in which nobody works any more: their drills died, and what they restored lies there
    until it is removed."""
    return [one for one in kept_here(state) if not is_held(state, one.drill)]


def is_held(state: Path, drill: str) -> bool:
    """Whether the process that made a sandbox still works in it; who is dead does not."""
    return holder_of(state, drill, patience=0) == "working"


def holder_of(state: Path, drill: str, *, patience: float = DYING) -> Holder:
    """Who holds a sandbox.

    Args:
        patience: seconds that what is left of a dead process is waited for.
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
    """Remove a sandbox's files: of a folder that is named after its drill, and of nothing that is
    mounted in it.

    Raises:
        PryvTuiError: `not-isolated`, it is no such folder; `step-failed`, it can't be removed.
    """
    folder = Path(kept.folder)
    ours = folder.name == f"pryvdrill-{kept.drill}" or (
        folder.name == CONTENT and folder.parent.name == kept.drill
    )
    if not kept.drill or not ours or folder.is_symlink():
        raise PryvTuiError(
            "not-isolated", f"{folder} is no folder of the drill {kept.drill}: it is not removed"
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
    """Remove what a sandbox said of itself, when the rest is gone."""
    with contextlib.suppress(OSError):
        remove_tree(words_folder(state) / drill)
