"""What a family of tests is, of which each turn runs a share."""

from __future__ import annotations

from typing import NamedTuple


class Family(NamedTuple):
    """Cases that take turns."""

    turns: int
    """Each of them runs in one of so many."""
    why: str
    """What varies from case to case, and what is seen in all of them."""
    tests: tuple[str, ...]
    """Of all of them together one case at least runs in each turn."""


def each(turns: int, why: str, file: str, *tests: str) -> tuple[Family, ...]:
    """Tests of a file, each with cases enough to be in every turn."""
    return tuple(Family(turns, why, (f"{file}::{test}",)) for test in tests)
