"""Waiting for a thing that has to come, never for a time to be over."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds until what has to come counts as missing; nothing is measured with it."""
FIRST, LONGEST = 0.02, 0.1
"""Seconds between two looks, at first and in the end."""


def until(
    reached: Callable[[], T | None],
    what: str | Callable[[], str] = "what was waited for",
    *,
    seconds: float = PATIENCE,
    every: float | None = None,
) -> T:
    """Wait until something is so, and hand it on.

    Args:
        what: is missed if it does not come; called for it only then.
        every: seconds between two looks; None: what takes longer is looked for less often, since
            who looks all the time takes the processor from what it waits for.

    Raises:
        AssertionError: it did not come in time.
    """
    deadline = time.monotonic() + seconds
    pause = FIRST if every is None else every
    while not (found := reached()):
        if time.monotonic() > deadline:
            missing = what if isinstance(what, str) else what()
            raise AssertionError(f"{missing} did not come within {seconds:.0f} s")
        time.sleep(pause)
        if every is None:
            pause = min(1.25 * pause, LONGEST)
    return found
