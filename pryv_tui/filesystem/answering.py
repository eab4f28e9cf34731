"""Whether a folder answers: a file server that is away makes every look at it wait for ever."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

from pryv_tui.errors import PryvTuiError

ANSWER_SECONDS = 20.0
"""An NFS server that lives answers a look in milliseconds; one that is away, never."""

AWAY = (
    *(errno.ESTALE, errno.ENOTCONN, errno.EIO, errno.EHOSTDOWN, errno.EHOSTUNREACH),
    *(errno.ETIMEDOUT, errno.ENXIO, errno.ENODEV, errno.EREMOTEIO),
)
"""What a look says where the disk or the server behind a mount is gone."""


def see_that_it_answers(
    folder: Path,
    *,
    seconds: float = ANSWER_SECONDS,
    look: Callable[[Path], object] = os.stat,
) -> None:
    """Look at a folder, in a thread that may wait as long as it likes.

    A folder that is not there has answered.

    Raises:
        PryvTuiError: `unreadable`, it did not answer, or what it lies on is gone.
    """
    answered = threading.Event()
    problem: list[OSError] = []

    def ask() -> None:
        try:
            look(folder)
        except OSError as error:
            problem.append(error)
        finally:
            answered.set()

    threading.Thread(target=ask, name="does it answer", daemon=True).start()
    if not answered.wait(seconds):
        raise PryvTuiError(
            "unreadable",
            f"the vault {folder} has not answered for {seconds:.0f} s: the file server or the disk"
            " that it lies on is away",
            f"Bring it back (mount shows what lies at {folder}), or name another vault with"
            " --vault.",
        )
    if problem and problem[0].errno in AWAY:
        raise away(folder, problem[0])


def away(folder: Path, error: OSError) -> PryvTuiError:
    """What is said of a vault whose disk or server is gone from under its mount."""
    return PryvTuiError(
        "unreadable",
        f"the vault {folder} does not answer: {error.strerror or error}. The disk or the file"
        " server behind its mount is gone",
        "Bring it back and mount it again (umount, then mount), or name another vault with"
        " --vault.",
    )
