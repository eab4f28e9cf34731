"""Whether what was done left a descriptor open."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from tests.helpers.waiting import until

PATIENCE = 30.0
"""Seconds: what a thread of an earlier test has open for a moment goes by itself; what was left
open stays."""


def open_now() -> set[tuple[str, str]]:
    """Every open descriptor of this process, and what it leads to."""
    found = set()
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208
        try:
            found.add((name, os.readlink(f"/proc/self/fd/{name}")))  # noqa: PTH115
        except FileNotFoundError:
            continue  # the one that the listing itself had open
    return found


@contextmanager
def none_left_open() -> Iterator[None]:
    """Fail unless all that is opened meanwhile is closed at the end."""
    before = open_now()
    yield
    until(lambda: not open_now() - before, lambda: f"the end of {sorted(open_now() - before)}")
