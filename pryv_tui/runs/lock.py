"""One run per platform: a kernel lock that dies with its holder, so none is left by a crash."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from pathlib import Path

import msgspec

from pryv_tui.decoding import decode_json
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.docker_engine import DEFAULT_SOCKET
from pryv_tui.operations.acts import follow_or_cancel, holds_words
from pryv_tui.operations.site import Settings


class Holder(msgspec.Struct, frozen=True):
    """Who holds the platform, for the message that refuses another."""

    run: str
    kind: str
    pid: int
    since: str


def lock_path(settings: Settings) -> Path:
    """The lock of the platform that these settings mean."""
    if settings.practice is not None:
        identity = f"practice:{os.path.realpath(settings.practice)}"
    else:
        engines = {(host.docker or DEFAULT_SOCKET).rstrip("/") for host in settings.hosts}
        identity = "|".join(sorted(engines)).replace("unix:///run/", "unix:///var/run/")
    digest = hashlib.sha256(identity.encode()).hexdigest()[:16]
    return Path(settings.state) / "locks" / f"{digest}.lock"


class PlatformLock:
    """The lock, held from `acquire` to `release` or to the end of the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._roots: list[int] = []

    def acquire(self, holder: Holder) -> None:
        """Take the lock and write who has it.

        Raises:
            PryvTuiError: `busy`, naming the run that holds the platform.
        """
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not _lock(descriptor):
            os.close(descriptor)
            raise busy(holder_of(self._path))
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, msgspec.json.encode(holder), 0)
        self._descriptor = descriptor

    def acquire_root(self, root: Path) -> None:
        """Take the root's folder too: another state folder or engine URL may mean the same one.

        Raises:
            PryvTuiError: `busy` when another run works on that root.
        """
        try:
            descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            return
        if not _lock(descriptor):
            os.close(descriptor)
            raise PryvTuiError("busy", f"another run works on {root}")
        self._roots.append(descriptor)

    def release(self) -> None:
        for descriptor in self._roots:
            os.close(descriptor)
        self._roots.clear()
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None


PATIENCE_SECONDS = 1.0
"""Somebody who only looks whether the lock is free holds it for a moment."""


def _lock(descriptor: int) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)


def holder_of(path: Path) -> Holder | None:
    """Who wrote into a lock file last, if it says."""
    try:
        return decode_json(path.read_bytes(), Holder)
    except (OSError, msgspec.MsgspecError):
        return None


def held_by_run(path: Path) -> Holder | None:
    """Who holds the lock now; None where nobody does, or who holds it does not say.

    A holder that has died holds nothing, whatever it wrote.
    """
    try:
        check_free(path)
    except PryvTuiError as error:
        if error.name != "busy":
            raise
        return holder_of(path)
    return None


def check_free(path: Path) -> None:
    """Raise `busy` if the lock is held now; the worker's own `acquire` decides."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    except OSError as error:
        raise PryvTuiError(
            "step-failed",
            f"the state folder can't be used: {path}: {error.strerror}",
            "Mend its owner, or name another with --state.",
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        raise busy(holder_of(path)) from None
    finally:
        os.close(descriptor)


def busy(holder: Holder | None) -> PryvTuiError:
    if holder is None:
        return PryvTuiError("busy", "another run holds the platform")
    return PryvTuiError(
        "busy",
        holds_words(holder.kind, holder.run, holder.since),
        follow_or_cancel(holder.run),
    )
