"""What is measured of the program's coverage: what the tests' own processes run, and no more.

Where coverage is measured, so is each process of xdist, and whatever that starts would be: it would
start Python, and what measures it, anew each time instead of being forked from one that is loaded.
So a process of xdist takes the words away by which that is passed on. Its own measuring goes on.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping


def not_passed_on(environment: MutableMapping[str, str]) -> None:
    """Take away what has the processes that are started measured; nothing outside of xdist."""
    if "PYTEST_XDIST_WORKER" in environment:
        for name in [name for name in environment if name.startswith("COVERAGE")]:
            del environment[name]


not_passed_on(os.environ)
