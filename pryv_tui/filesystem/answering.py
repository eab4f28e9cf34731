"""Detect a folder that no longer answers: a lost file server blocks each access for ever."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

from pryv_tui.errors import PryvTuiError

ANSWER_SECONDS = 20.0
"""Seconds to wait for `stat`: a live NFS server answers in milliseconds, a lost one never."""

AWAY = (
    *(errno.ESTALE, errno.ENOTCONN, errno.EIO, errno.EHOSTDOWN, errno.EHOSTUNREACH),
    *(errno.ETIMEDOUT, errno.ENXIO, errno.ENODEV, errno.EREMOTEIO),
)
"""Error codes of `stat` that mean: the disk or server behind a mount is gone."""


def see_that_it_answers(
    folder: Path,
    *,
    seconds: float = ANSWER_SECONDS,
    look: Callable[[Path], object] = os.stat,
) -> None:
    """Check that a folder answers. A missing folder counts as an answer.

    A daemon thread does the access, so that a hanging mount can't block the caller.

    Args:
        seconds: how long to wait for the answer.
        look: the access that is tried.

    Raises:
        PryvTuiError: `unreadable`: no answer in `seconds`, or the folder's disk or server is gone.
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
            f"the vault {folder} has not answered for {seconds:.0f} s: its file server or disk is"
            " not available",
            f"Make it available again (mount shows what is at {folder}), or name another vault"
            " with --vault.",
        )
    if problem and problem[0].errno in AWAY:
        raise away(folder, problem[0])


def away(folder: Path, error: OSError) -> PryvTuiError:
    """The error for a vault whose disk or server is gone from under its mount."""
    return PryvTuiError(
        "unreadable",
        f"the vault {folder} does not answer: {error.strerror or error}. The disk or the file"
        " server behind its mount is gone",
        "Bring it back and mount it again (umount, then mount), or name another vault with"
        " --vault.",
    )
