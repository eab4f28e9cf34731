"""A process that is killed at each place at which it changes something on a disk, one after the
other: a child for each of them, without a clock.

What is counted are the calls of the system that make, write, sync, rename or remove something, and
the start of another process: between two of them nothing that stays is another than before.
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

CALLS = ("mkdir", "open", "write", "fsync", "rename", "replace", "unlink", "rmdir", "link", "chmod")
"""Functions of `os` that leave something; of `open` only what makes a file."""
MOST = 400
"""An act that changes more than this is none of those that are tried here."""


def killed_at_each(act: Callable[[int], object]) -> Iterator[tuple[int, str]]:
    """Do something again and again in a child of its own, each time killed at the next place, until
    it comes to its end; the number of the place, and what was about to be called there.

    Args:
        act: is given the number of the place.

    Raises:
        AssertionError: it ended otherwise than by that kill, or at its end.
    """
    for at in range(1, MOST):
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            _die_at(at, write)
            code = 1
            try:
                act(at)
                code = 0
            finally:
                os._exit(code)
        os.close(write)
        _pid, status = os.waitpid(child, 0)
        with os.fdopen(read) as told:
            called = told.read()
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0, f"at {at} it failed by itself"
            assert at > 1, "it changed nothing"
            return
        assert os.WTERMSIG(status) == signal.SIGKILL
        yield at, called
    raise AssertionError(f"it changes more than {MOST} times")


def _die_at(at: int, told: int) -> None:
    counted = itertools.count(1)
    write = os.write

    def dying(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            makes = name != "open" or bool(given[1] & (os.O_CREAT | os.O_TRUNC))
            if makes and next(counted) == at:
                write(told, f"{name} {given[0]!r:.200}".encode())
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*given, **named)

        return call

    for name in CALLS:
        setattr(os, name, dying(name, getattr(os, name)))
    # Not what starts a process, but that it is started.
    subprocess.Popen = dying("Popen", subprocess.Popen)  # type: ignore[misc,assignment]
