"""Over all turns each case runs, in each turn some of every family, and all else always."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import turns
from tests.claims.table import HELD
from tests.families import FAMILIES, Family
from tests.remedies.performed import PERFORMED
from tests.remedies.performed_commands import TYPED_ELSEWHERE
from tests.turns import ROOT, VARIABLE, Turn, left_out

TAKING = [test for family in FAMILIES for test in family.tests]
MANY = max(family.turns for family in FAMILIES) ** 2
FOUND = [
    "tests/test_none.py::test_of_no_family[1]",
    *(f"tests/{test}[{number}]" for test in TAKING for number in range(MANY)),
    *(f"tests/{test}_as_well[1]" for test in TAKING),
]
"""As if each family had many cases."""


@pytest.mark.parametrize("number", range(3))
def test_a_case(number: int, pytestconfig: pytest.Config) -> None:
    """Of three, the one whose turn it is."""
    now = pytestconfig.stash[turns.NOW].number
    assert now is None or now % 3 == number


def of(family: Family, names: list[str]) -> list[str]:
    return [name for name in names if name.removeprefix("tests/").split("[")[0] in family.tests]


@pytest.mark.parametrize("first", [0, 1174])
def test_every_case_runs_within_its_turns_and_some_in_each(first: int) -> None:
    for family in FAMILIES:
        ran: Counter[str] = Counter()
        for number in range(first, first + family.turns):
            left = left_out(FOUND, number)
            share = [name for name in of(family, FOUND) if name not in left]
            assert share
            ran.update(share)
        assert ran == Counter(of(family, FOUND)), "each once"


@pytest.mark.parametrize("number", range(6))
def test_what_is_of_no_family_is_never_left_out(number: int) -> None:
    left = left_out(FOUND, number)
    assert {name.removeprefix("tests/").split("[")[0] for name in left} == set(TAKING)


def test_of_this_run_every_family_has_a_case_in_each_turn(pytestconfig: pytest.Config) -> None:
    """Of the files that were collected in it; in a whole run, of all."""
    if any("::" in word for word in pytestconfig.args):
        pytest.skip("of some only the cases that were named are there")
    given = pytestconfig.stash[turns.GIVEN]
    assert of(FAMILIES[-1], given)
    for family in FAMILIES:
        files = {test.split("::")[0] for test in family.tests}
        if files <= {name.removeprefix("tests/").split("::")[0] for name in given}:
            assert len(of(family, given)) >= family.turns, family.tests


def test_each_family_is_there_says_why_and_is_named_once() -> None:
    assert len(TAKING) == len(set(TAKING))
    for family in FAMILIES:
        assert family.turns > 1 and len(family.why) > 20, family
        for test in family.tests:
            file, name = test.split("::")
            tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
            functions = [one for one in tree.body if isinstance(one, ast.FunctionDef)]
            functions += [one for one in tree.body if isinstance(one, ast.AsyncFunctionDef)]  # type: ignore[misc]
            assert name in {one.name for one in functions}, test


def test_what_a_claim_or_a_remedy_hangs_on_takes_no_turns() -> None:
    tables: list[dict[str, tuple[str, ...]]] = [*HELD.values(), PERFORMED, TYPED_ELSEWHERE]
    named = {test for table in tables for tests in table.values() for test in tests}
    assert len(named) > 400
    assert not named & {f"tests/{test}" for test in TAKING}


def config(*words: str, lf: bool = False, **given: Any) -> Any:
    return SimpleNamespace(
        args=words,
        getoption=lambda name, _=None: name == "lf" and lf,
        stash=pytest.Stash(),
        **given,
    )


def test_named_tests_and_those_that_failed_run_whoever_s_turn_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So what `tests/second_look.py` runs once more is run."""
    monkeypatch.setenv(VARIABLE, "7")
    assert turns.choose(config("tests")).number == 7
    assert turns.choose(config("tests/test_turns.py::test_a_case[2]")).number is None
    assert turns.choose(config("tests", lf=True)).number is None
    of_another = config("tests", workerinput={"turn": (5, "commits")})
    assert turns.choose(of_another) == Turn(5, "commits"), "as the process that started it says"


def test_the_variable_says_which() -> None:
    assert turns.turn({VARIABLE: "12"}).number == 12
    assert turns.turn({VARIABLE: "all"}).number is None
    assert turns.turn({VARIABLE: ""}) == turns.turn({})
    for wrong in ("-1", "1.5", "every"):
        with pytest.raises(pytest.UsageError, match=wrong):
            turns.turn({VARIABLE: wrong})


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    command = ["git", "-C", str(folder), *who, *words]
    subprocess.run(command, check=True, capture_output=True)


def test_else_the_number_of_commits_does_or_the_day(tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    git(made, "init", "-q")
    assert turns.turn({}, made).of.startswith("days"), "no commit as yet"
    for number in (1, 2, 3):
        git(made, "commit", "-q", "--allow-empty", "-m", "one more")
        assert turns.turn({}, made) == Turn(number, "commits")
    git(tmp_path, "clone", "-q", str(made), "whole")
    assert turns.turn({}, tmp_path / "whole") == Turn(3, "commits"), "a clone repeats it"
    git(tmp_path, "clone", "-q", "--depth", "1", made.as_uri(), "shallow")
    (made / "unpacked").mkdir()
    for place in ("shallow", "made/unpacked", "."):
        assert turns.turn({}, tmp_path / place).of.startswith("days"), place


@pytest.mark.parametrize("processes", [0, 2])
def test_what_is_left_out_is_counted_and_said_with_the_words_that_repeat_it(processes: int) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "test_a_case"]
    spread = ["-n", str(processes), "--dist", "loadgroup"]
    done = subprocess.run(
        [*command, *spread, "tests/test_turns.py"],
        cwd=ROOT,
        env={**os.environ, VARIABLE: "4"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\b1 passed", done.stdout), done.stdout
    assert "skipped" not in done.stdout
    said = f"turn 4 ({VARIABLE}): 2 tests are left to other turns"
    assert f"{said}; {VARIABLE}=4 takes the same ones, {VARIABLE}=all all" in done.stdout
