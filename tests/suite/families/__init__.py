"""Which tests take turns (`tests/suite/turns.py`), and what varies from case to case: a file a
subject.

Tests are named below `tests/`.
"""

from __future__ import annotations

from tests.suite.families import copies, drills, journeys, programs, runs, screens
from tests.suite.families.family import Family

__all__ = ["FAMILIES", "Family"]

FAMILIES: tuple[Family, ...] = (
    *runs.FAMILIES,
    *journeys.FAMILIES,
    *copies.FAMILIES,
    *screens.FAMILIES,
    *drills.FAMILIES,
    *programs.FAMILIES,
)
