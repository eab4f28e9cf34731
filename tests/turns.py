"""Tests that say one thing many times take turns: a change runs a share of each family's cases.

The cases of a family are variations of one assertion: the same code is asked about another moment,
fault, size or release. What a rule hangs on is in no family: a test that alone holds a rule, what a
claim or a remedy names (`tests/claims/table/`, `tests/remedies/`), the first journey of each kind.

A family that goes in 3 turns runs every third case, from the one that the turn says on; so it runs
in each turn, and each of its cases within 3. The turn is the number of commits: the next one has
the next turn, and a clone of this one repeats this one's. `PRYV_TUI_TURN=7` takes another turn,
`PRYV_TUI_TURN=all` takes every case, and so do tests that are named (`file.py::test`) and `--lf`.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.families import FAMILIES, Family

ROOT = Path(__file__).parents[1]
VARIABLE = "PRYV_TUI_TURN"
ALL = "all"
EACH = "each_turn"
"""The mark of a case that runs in each turn, beside those whose turn it is."""


class Turn(NamedTuple):
    """What is run of the families."""

    number: int | None
    """None: all of them."""
    of: str
    """Where the number comes from."""

    def __str__(self) -> str:
        return f"turn {ALL if self.number is None else self.number} ({self.of})"


NOW = pytest.StashKey[Turn]()
LEFT = pytest.StashKey[int]()
"""How many tests of this run are left to other turns."""
GIVEN = pytest.StashKey[list[str]]()
"""All tests that were found, those too."""


def parts(count: int) -> pytest.MarkDecorator:
    """Make a loop so many cases: each goes over every so-manieth of what the loop goes over.

    The uppermost of a test's parameters: then each turn has a part of each of the others.
    """
    slices = [slice(number, None, count) for number in range(count)]
    names = [f"{number + 1} of {count}" for number in range(count)]
    return pytest.mark.parametrize("part", slices, ids=names)


def turn(environment: Mapping[str, str], root: Path = ROOT) -> Turn:
    """Whose turn it is.

    Raises:
        pytest.UsageError: the variable holds something else.
    """
    asked = environment.get(VARIABLE, "")
    if asked == ALL:
        return Turn(None, VARIABLE)
    if asked.isdecimal():
        return Turn(int(asked), VARIABLE)
    if asked:
        raise pytest.UsageError(f"{VARIABLE} is a number or {ALL!r}, not {asked!r}")
    commits = _commits(root)
    if commits is not None:
        return Turn(commits, "commits")
    return Turn(int(time.time()) // (24 * 3600), "days: git tells no number of commits")


def _commits(root: Path) -> int | None:
    """How many led here; None where that is not known, or would be the same tomorrow."""
    try:
        about = _git(root, "rev-parse", "--is-shallow-repository", "--show-prefix")
        # Another repository around this folder says nothing of it, and a shallow clone counts to 1.
        return int(_git(root, "rev-list", "--count", "HEAD")) if about == "false\n\n" else None
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(root: Path, *words: str) -> str:
    command = ["git", "-C", str(root), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def choose(config: pytest.Config) -> Turn:
    """The turn of this run; a process of xdist has it from the one that started it."""
    given = getattr(config, "workerinput", {}).get("turn")
    if given is not None:
        found = Turn(*given)
    elif config.getoption("lf", False) or any("::" in word for word in config.args):
        found = Turn(None, "tests are named")
    else:
        found = turn(os.environ)
    config.stash[NOW], config.stash[LEFT] = found, 0
    return found


def left_out(names: Sequence[str], number: int) -> set[str]:
    """Of all tests that were found, in their order, those that are left to other turns."""
    family_of = {test: family for family in FAMILIES for test in family.tests}
    cases: dict[Family, list[str]] = {family: [] for family in FAMILIES}
    for name in names:
        family = family_of.get(name.partition("[")[0].removeprefix("tests/"))
        if family is not None:
            cases[family].append(name)
    return {
        name
        for family, found in cases.items()
        for at, name in enumerate(found)
        if at % family.turns != number % family.turns
    }


def take(items: list[pytest.Item], config: pytest.Config) -> None:
    """Deselect what is left to other turns."""
    names = [item.nodeid for item in items if item.get_closest_marker(EACH) is None]
    number = config.stash[NOW].number
    left = left_out(names, number) if number is not None else set()
    config.stash[GIVEN], config.stash[LEFT] = [item.nodeid for item in items], len(left)
    if hasattr(config, "workeroutput"):
        config.workeroutput["left_to_turns"] = len(left)
    if left:
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid in left])
        items[:] = [item for item in items if item.nodeid not in left]


def told(now: Turn, left: int) -> str:
    """What was left out, and how it is run."""
    if now.number is None:
        return f"{now}: every case of every family"
    again = f"{VARIABLE}={now.number} takes the same ones, {VARIABLE}={ALL} all"
    return f"{now}: {left} tests are left to other turns; {again}"
