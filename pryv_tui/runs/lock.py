"""One run per platform: a kernel lock that ends with its process, so that a crash leaves no
lock."""

from __future__ import annotations

import errno
import fcntl
import os
import shlex
import stat
import time
from pathlib import Path

import msgspec

from pryv_tui.decoding import read_json
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.durable import need_one_name
from pryv_tui.home import own_state
from pryv_tui.operations.acts import follow_or_cancel, holds_words
from pryv_tui.operations.settings.identity import platform_of, short_of
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.ownership import Distrust, distrust, make_private
from pryv_tui.runs.places import HERE, Places


class Holder(msgspec.Struct, frozen=True):
    """The run that is using the platform, for the message that refuses another run."""

    run: str
    kind: str
    pid: int
    since: str
    state: str = ""
    """The state folder that contains the run's journal."""


FOLDER = "pryv-tui/locks"
PATIENCE_SECONDS = 1.0


def lock_folder(settings: Settings, places: Places = HERE) -> Path:
    """Return the folder of this user's locks: one for all state folders, closed to everybody else.

    A lock file that others can open can be locked by them, which would block every run.
    """
    if os.geteuid() == 0 and os.access(places.runtime, os.W_OK):
        return places.runtime / FOLDER
    return (own_state() or Path(settings.state)) / "locks"


def lock_path(settings: Settings, places: Places = HERE) -> Path:
    """Return the lock file of the platform that these settings name. It does not depend on the
    state folder."""
    return lock_folder(settings, places) / f"{platform_of(settings)}.lock"


def _file_of(identity: str) -> str:
    return f"{short_of(identity)}.lock"


def root_identities(root: Path) -> list[str]:
    """Return the identities of a root.

    If two paths have one in common, they are the same root, even through other engines, mounts or
    names.

    A root that does not exist has no inode, so its place is also named by its parent folder. A run
    that begins with a missing root and a run that begins when it exists have that identity in
    common.
    """
    real = Path(os.path.realpath(root))
    found = [f"root:{real}"]
    for path, name in ((real, ""), (real.parent, real.name)):
        try:
            status = path.stat()
        except OSError:
            continue
        found.append(f"root:{status.st_dev}:{status.st_ino}:{name}")
    return found


class PlatformLock:
    """A lock, kept from `acquire` to `release` or to the end of the process.

    Args:
        path: the lock file, see `lock_path`.
        patience: seconds to wait for the lock. A process that only checks whether the lock is free
            has it for a moment.
        places: the folders of the machine, among them the folder for root's locks.
    """

    def __init__(
        self, path: Path, *, patience: float = PATIENCE_SECONDS, places: Places = HERE
    ) -> None:
        self._path = path
        self._patience = patience
        self._places = places
        self._held: dict[Path, int] = {}
        self._holder = Holder("", "", 0, "")

    def acquire(self, holder: Holder) -> None:
        """Take the lock and record which run has it.

        Raises:
            PryvTuiError: `busy`: another run is using the platform, the error names it;
                `not-private`: somebody else can write to the folder of the locks; `step-failed`:
                the lock can't be made.
        """
        self._holder = holder
        self._take(self._path)

    def acquire_root(self, root: Path) -> None:
        """Lock a root too, since another state folder or engine URL may name the same root.

        Raises:
            PryvTuiError: as `acquire`; `busy`: another run works on that root.
        """
        for identity in root_identities(root):
            path = self._path.with_name(_file_of(identity))
            if path not in self._held:
                self._take(path, f"another run is working on {root}")

    @property
    def descriptors(self) -> list[int]:
        """The open file descriptors of the lock. Closing one of them releases that part of the
        lock."""
        return list(self._held.values())

    def release(self) -> None:
        """Release everything and remove the lock files with the run's name."""
        while self._held:
            path, descriptor = self._held.popitem()
            path.unlink(missing_ok=True)
            os.close(descriptor)

    def _take(self, path: Path, what: str = "") -> None:
        descriptor = _open_lock(path, self._patience, self._places)
        if descriptor is None:
            found = holder_of(path)
            raise busy(found) if found or not what else PryvTuiError("busy", what)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, msgspec.json.encode(self._holder), 0)
        self._held[path] = descriptor


def _open_lock(path: Path, patience: float, places: Places) -> int | None:
    """Open and lock a lock file. Return its descriptor; None if another process has the lock.

    Raises:
        PryvTuiError: `not-private` or `step-failed`.
    """
    try:
        make_private(path.parent)
        found = distrust(path.parent)
        if found is not None:
            raise PryvTuiError(
                "not-private",
                f"the locks in {path.parent}: {found.why}",
                _made_private(found, places),
            )
        while True:
            # Never follow a symbolic link: its target would be overwritten. Never wait for a fifo.
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            descriptor = os.open(path, flags, 0o600)
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                os.close(descriptor)
                raise OSError(errno.EINVAL, "it is not a regular file")
            if not _lock(descriptor, patience):
                os.close(descriptor)
                return None
            try:
                need_one_name(os.fstat(descriptor), path)
            except OSError:
                os.close(descriptor)
                raise
            if _is_at(descriptor, path):
                return descriptor
            # The former holder has removed the file: the next run would lock another one.
            os.close(descriptor)
    except OSError as error:
        raise PryvTuiError(
            "step-failed",
            f"the lock {path} can't be taken: {error.strerror}",
            _way_out(error, path),
        ) from error


def _made_private(found: Distrust, places: Places) -> str:
    """Return how to close the folder of the locks to others, or how to name another folder."""
    if found.closes:
        return f"Close it to others: {found.closes}"
    if found.path.is_relative_to(places.runtime):
        return f"Give it back to root: {shlex.join(['chown', '-h', 'root:', str(found.path)])}"
    return "Name a folder that only you, or root, can write to: export XDG_STATE_HOME=/…"


def _way_out(error: OSError, path: Path) -> str:
    if error.errno in NO_LOCKS:
        # Only a user without a writable `/run` comes here: otherwise locks lie in memory.
        return (
            f"The file system of {path.parent} does not support locks (or it is a file server"
            " whose lock service is down). Name a folder of a local disk for them: export"
            " XDG_STATE_HOME=/…"
        )
    return f"See what is there: {shlex.join(['ls', '-la', str(path.parent)])}"


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat(follow_symlinks=False))
    except FileNotFoundError:
        return False


NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)
"""The error numbers of flock(2) on a file system without locks."""


def _lock(descriptor: int, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)


def holder_of(path: Path) -> Holder | None:
    """Return the run that wrote into a lock file last; None if the file can't be read."""
    try:
        return read_json(path, Holder)
    except (OSError, msgspec.MsgspecError):
        return None


def held_by_run(path: Path) -> Holder | None:
    """Return the run that has the lock now; None if no run has it, or the run's name can't be read.

    A name that a dead process wrote doesn't count.

    Raises:
        PryvTuiError: `step-failed`: it can't be found out whether the lock is taken.
    """
    try:
        check_free(path)
    except PryvTuiError as error:
        if error.name != "busy":
            raise
        return holder_of(path)
    return None


def check_free(path: Path) -> None:
    """Raise `busy` if the lock is taken now, `step-failed` if that can't be found out. The lock may
    be taken right afterwards: the worker's own `acquire` decides."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    except OSError as error:
        raise PryvTuiError(
            "step-failed",
            f"the lock {path} can't be checked: {error.strerror}",
            f"See what is there: {shlex.join(['ls', '-la', str(path.parent)])}",
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        raise busy(holder_of(path)) from None
    except OSError as error:
        raise PryvTuiError(
            "step-failed",
            f"it is not known whether the lock {path} is held: {error.strerror}",
            _way_out(error, path),
        ) from error
    finally:
        os.close(descriptor)


def busy(holder: Holder | None) -> PryvTuiError:
    if holder is None:
        return PryvTuiError("busy", "another run is using the platform")
    words = holds_words(holder.kind, holder.run, holder.since)
    if holder.state:
        # The run that is refused may have another state folder, which does not know that run.
        words += f" (its journal is in {holder.state})"
    return PryvTuiError("busy", words, follow_or_cancel(holder.run))
