"""Tests that say one thing many times take turns: a change runs a share of each family's cases.

The cases of a family are variations of one assertion: the same code is asked about another moment,
fault, size or release. What a rule hangs on is in no family: a test that alone holds a rule, what a
claim or a remedy names (`tests/claims/table/`, `tests/remedies/`), the first journey of each kind.

Of a family that goes in 3 turns each case has one of them, by a number made of its name: so it
keeps its turn when others come or go. A turn that no case has takes the one that is next, so each
family runs in each turn.

The turn is a number made of what was committed (HEAD's tree): a clone repeats it, a shallow one
too. The next change has any turn, not the next one: a case runs in about one of 3 landings, by
chance, and may be left out of many in a row. Only `PRYV_TUI_TURN=all` is sure to take it, or 3
turns one after the other (`PRYV_TUI_TURN=7`, 8, 9). Tests that are named (`file.py::test`), `-k`
and `--lf` take what they name, whosever turn it is.
"""

from __future__ import annotations

import os
import subprocess
import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.suite.families import FAMILIES

ROOT = Path(__file__).parents[2]
VARIABLE = "PRYV_TUI_TURN"
ALL = "all"
NAMED = "tests are named"
AROUND = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")
"""Variables that a hook of git has: they lead it to the hook's repository, whatever folder it is
told."""
EACH = "each_turn"
"""The mark of a case that runs in each turn, beside those whose turn it is."""


_PLACES = {test: place for place, family in enumerate(FAMILIES) for test in family.tests}


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
    content = _content(root)
    if content is not None:
        return Turn(content, "what was committed")
    return Turn(int(time.time()) // (24 * 3600), "days: git tells nothing of what was committed")


def _content(root: Path) -> int | None:
    """A number of four digits made of what was committed; None where that is not known."""
    try:
        # Another repository around this folder says nothing of it.
        if _git(root, "rev-parse", "--show-prefix").strip():
            return None
        return int(_git(root, "rev-parse", "--verify", "HEAD^{tree}"), 16) % 10_000
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(root: Path, *words: str) -> str:
    command = ["git", "-C", str(root), *words]
    clean = {name: value for name, value in os.environ.items() if name not in AROUND}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=clean)
    return done.stdout


def choose(config: pytest.Config) -> Turn:
    """The turn of this run; a process of xdist has it from the one that started it."""
    given = getattr(config, "workerinput", {}).get("turn")
    if given is not None:
        found = Turn(*given)
    elif (
        any("::" in word for word in config.args)
        or config.getoption("lf", False)
        or config.getoption("keyword", "")
    ):
        found = Turn(None, NAMED)
    else:
        found = turn(os.environ)
    config.stash[NOW], config.stash[LEFT] = found, 0
    return found


def families_of(names: Iterable[str]) -> dict[int, list[str]]:
    """Of tests that were found those of each family, by its place in the table."""
    cases: dict[int, list[str]] = {}
    for name in names:
        place = _PLACES.get(name.partition("[")[0].removeprefix("tests/"))
        if place is not None:
            cases.setdefault(place, []).append(name)
    return cases


def left_out(names: Iterable[str], number: int) -> set[str]:
    """Of all tests that were found, those that are left to other turns."""
    return {
        name
        for place, found in families_of(names).items()
        for name in set(found).difference(_taken(found, FAMILIES[place].turns, number))
    }


def _taken(found: Sequence[str], turns: int, number: int) -> list[str]:
    """Those of a family's cases, of which there are any, whose turn it is: one at least."""
    away = {name: (zlib.crc32(name.encode()) - number) % turns for name in found}
    return [name for name in found if away[name] == 0] or [
        min(found, key=lambda name: (away[name], name))
    ]


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


def hear_left(config: pytest.Config, output: Mapping[str, object]) -> None:
    """What a process of xdist told as it ended: each finds the same tests, and leaves the same out.
    One that crashed told nothing."""
    told_left = output.get("left_to_turns", 0)
    assert isinstance(told_left, int)
    config.stash[LEFT] = max(config.stash[LEFT], told_left)


def told(now: Turn, left: int) -> str:
    """What was left out, and how it is run."""
    if now.of == NAMED:
        return f"{now}: of what was named no test is left to other turns; no others were run"
    if now.number is None:
        return f"{now}: no test is left to other turns"
    again = f"{VARIABLE}={now.number} takes the same ones, {VARIABLE}={ALL} all"
    return f"{now}: {left} tests are left to other turns; {again}"
