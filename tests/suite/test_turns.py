"""Over all turns each case runs, in each turn some of every family, and all else always."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.claims.table import HELD
from tests.remedies.table.performed import PERFORMED
from tests.remedies.table.performed_commands import TYPED_ELSEWHERE
from tests.suite import turns
from tests.suite.families import FAMILIES, Family
from tests.suite.test_a_case import CASES
from tests.suite.turns import ROOT, VARIABLE, Turn, left_out

TAKING = [test for family in FAMILIES for test in family.tests]
MOST = max(family.turns for family in FAMILIES)
MANY = MOST**2
FOUND = [
    "tests/test_none.py::test_of_no_family[1]",
    *(f"tests/{test}[{number}]" for test in TAKING for number in range(MANY)),
    *(f"tests/{test}_as_well[1]" for test in TAKING),
]
"""As if each family had many cases."""


class Cases:
    """Names of cases, by the test they are cases of."""

    def __init__(self, names: Iterable[str]) -> None:
        self._of: dict[str, list[str]] = {}
        for name in names:
            self._of.setdefault(name.removeprefix("tests/").split("[")[0], []).append(name)
        self.files = {test.split("::")[0] for test in self._of}

    def of(self, family: Family) -> list[str]:
        return [name for test in family.tests for name in self._of.get(test, [])]


@pytest.mark.parametrize("first", [0, 1174, 9_999])
def test_every_case_runs_within_its_turns_and_some_in_each(first: int) -> None:
    lefts = [left_out(FOUND, number) for number in range(first, first + MOST)]
    found = Cases(FOUND)
    for family in FAMILIES:
        cases = found.of(family)
        ran: Counter[str] = Counter()
        for left in lefts[: family.turns]:
            share = [name for name in cases if name not in left]
            assert share
            ran.update(share)
        assert ran == Counter(cases), "each once: there are many"


@pytest.mark.parametrize("few", [1, 2, 3, 4])
def test_each_turn_has_a_case_of_a_family_of_few_and_each_case_a_turn(few: int) -> None:
    """The names of some of them are all of one turn."""
    for family in {family.turns: family for family in FAMILIES}.values():
        for shift in range(20):
            found = [f"tests/{family.tests[0]}[{shift}-{number}]" for number in range(few)]
            shares = [set(found) - left_out(found, turn) for turn in range(family.turns)]
            assert all(shares)
            assert set().union(*shares) == set(found)


def test_a_case_keeps_its_turn_when_others_come_before_it() -> None:
    later = [name for name in FOUND if not name.endswith(("[0]", "[3]"))]
    for number in range(MOST):  # then each family had each of its turns
        assert left_out(later, number) == left_out(FOUND, number).intersection(later)


@pytest.mark.parametrize("number", range(6))
def test_what_is_of_no_family_is_never_left_out(number: int) -> None:
    left = left_out(FOUND, number)
    assert {name.removeprefix("tests/").split("[")[0] for name in left} == set(TAKING)


def test_of_this_run_every_family_has_a_case_in_each_turn(pytestconfig: pytest.Config) -> None:
    """Of the files that were collected in it; in a whole run, of all."""
    if any("::" in word for word in pytestconfig.args):
        pytest.skip("of some only the cases that were named are there")
    given = pytestconfig.stash[turns.GIVEN]
    if not set(CASES).issubset(given):
        pytest.skip("of some only these files were collected")
    found = Cases(given)
    assert found.of(FAMILIES[-1]) == CASES
    for family in FAMILIES:
        if {test.split("::")[0] for test in family.tests} <= found.files:
            assert len(found.of(family)) >= family.turns, family.tests


def test_each_family_is_there_says_why_and_is_named_once() -> None:
    assert len(TAKING) == len(set(TAKING))
    for family in FAMILIES:
        assert family.turns > 1 and len(family.why) > 20, family
        for test in family.tests:
            file, *classes, name = test.split("::")
            body = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8")).body
            for inside in classes:
                named = [one for one in body if isinstance(one, ast.ClassDef)]
                (body,) = (one.body for one in named if one.name == inside)
            functions = ast.FunctionDef | ast.AsyncFunctionDef
            assert name in {one.name for one in body if isinstance(one, functions)}, test


def test_what_a_claim_or_a_remedy_hangs_on_takes_no_turns() -> None:
    tables: list[dict[str, tuple[str, ...]]] = [*HELD.values(), PERFORMED, TYPED_ELSEWHERE]
    named = {test for table in tables for tests in table.values() for test in tests}
    assert len(named) > 400
    assert not named & {f"tests/{test}" for test in TAKING}


ALONE = (
    "kill/test_kill.py::test_a_restore_that_stops_on_the_second_machine_loses_nothing",
    "real/journeys/drills/test_drill.py::test_a_set_is_proven_while_the_platform_takes_writes",
    "real/journeys/drills/test_drill_cluster.py::test_a_clusters_set_is_proven_up_to_its_services"
    "_on_one_machine_while_three_take_writes",
    "real/journeys/test_journey.py"
    "::test_more_influxdb_databases_than_its_restore_takes_come_back_point_by_point",
    "real/journeys/test_redis.py::test_a_data_folder_replaced_under_the_running_server",
    "real/journeys/test_other_containers.py"
    "::test_a_left_over_and_a_foreign_container_through_backup_loss_restore_and_by_hand",
)
"""Each of them, or each of its cases, is the only one that holds its rule."""


@pytest.mark.parametrize("alone", ALONE)
def test_what_alone_holds_a_rule_takes_no_turns(alone: str) -> None:
    file, name = alone.split("::")
    assert f"def {name}(" in (ROOT / "tests" / file).read_text(encoding="utf-8")
    assert alone not in TAKING


def config(*words: str, lf: bool = False, keyword: str = "", **given: Any) -> Any:
    return SimpleNamespace(
        args=words,
        getoption=lambda name, _=None: {"lf": lf, "keyword": keyword}[name],
        stash=pytest.Stash(),
        **given,
    )


def test_named_tests_and_those_that_failed_run_whoever_s_turn_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So what `tests/suite/second_look.py` runs once more is run."""
    monkeypatch.setenv(VARIABLE, "7")
    assert turns.choose(config("tests")).number == 7
    assert turns.choose(config("tests/suite/test_turns.py::test_a_case[2]")).number is None
    assert turns.choose(config("tests", lf=True)).number is None
    assert turns.choose(config("tests", keyword="test_a_case")).number is None
    of_another = config("tests", workerinput={"turn": (5, VARIABLE)}, keyword="test_a_case")
    assert turns.choose(of_another) == Turn(5, VARIABLE), "as the process that started it says"


def test_of_no_run_more_is_said_than_was_run() -> None:
    """A few tests that are named are not every case of every family."""
    named = turns.told(turns.choose(config("tests/suite/test_turns.py::test_a_case")), 0)
    assert named.startswith("turn all (tests are named): of what was named ")
    assert named.endswith("; no others were run")
    every = turns.told(Turn(None, VARIABLE), 0)
    assert every == f"turn all ({VARIABLE}): no test is left to other turns"


@pytest.mark.parametrize("last", [{}, {"left_to_turns": 0}, {"left_to_turns": 7}])
def test_a_process_that_crashed_takes_nothing_from_the_count(last: dict[str, int]) -> None:
    run = config("tests", keyword="a")
    turns.choose(run)
    for output in ({"left_to_turns": 7}, last):
        turns.hear_left(run, output)
    assert run.stash[turns.LEFT] == 7


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
    clean = {name: value for name, value in os.environ.items() if name not in turns.AROUND}
    subprocess.run(command, check=True, capture_output=True, env=clean)


@pytest.mark.parametrize("hook", [False, True])
def test_else_what_was_committed_says_which_or_the_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hook: bool
) -> None:
    if hook:  # of git, in another repository: this one
        monkeypatch.setenv("GIT_DIR", str(ROOT / ".git"))
        monkeypatch.setenv("GIT_WORK_TREE", str(ROOT))
        monkeypatch.setenv("GIT_PREFIX", "tests/")
    made = tmp_path / "made"
    made.mkdir()
    git(made, "init", "-q")
    assert turns.turn({}, made).of.startswith("days"), "no commit as yet"
    seen = set()
    for number in range(20):
        (made / "file").write_text(f"{number}\n")
        git(made, "add", "file")
        git(made, "commit", "-q", "-m", "one more")
        now = turns.turn({}, made)
        assert now.of == "what was committed" and now.number is not None
        seen.add(now.number)
    assert len(seen) > 15
    for family_turns in {family.turns for family in FAMILIES}:
        assert {number % family_turns for number in seen} == set(range(family_turns))
    git(tmp_path, "clone", "-q", str(made), "whole")
    git(tmp_path, "clone", "-q", "--depth", "1", made.as_uri(), "shallow")
    git(tmp_path, "clone", "-q", str(made), "squashed")
    git(tmp_path / "squashed", "checkout", "-q", "--orphan", "one")
    git(tmp_path / "squashed", "commit", "-q", "-m", "all in one")
    for place in ("whole", "shallow", "squashed"):
        assert turns.turn({}, tmp_path / place) == now, f"{place}: the same content"
    (made / "unpacked").mkdir()
    for place in ("made/unpacked", "."):
        assert turns.turn({}, tmp_path / place).of.startswith("days"), place


def ran(*words: str) -> str:
    """What a run of cases says in turn 4."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
    done = subprocess.run(
        [*command, "--dist", "loadgroup", "tests/suite/test_a_case.py"],
        cwd=ROOT,
        env={**os.environ, VARIABLE: "4"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout
    return done.stdout


@pytest.mark.parametrize("processes", [0, 2])
def test_what_is_left_out_is_counted_and_said_with_the_words_that_repeat_it(processes: int) -> None:
    left = len(left_out(CASES, 4))
    assert 0 < left < 3
    said = ran("-n", str(processes))
    assert re.search(rf"\b{3 - left} passed", said), said
    words = f"turn 4 ({VARIABLE}): {left} tests are left to other turns"
    assert f"{words}; {VARIABLE}=4 takes the same ones, {VARIABLE}=all all" in said


@pytest.mark.parametrize("processes", [0, 2])
def test_what_k_names_runs_whosever_turn_it_is(processes: int) -> None:
    """All three at once: two of them are of other turns, and each start of pytest is a second."""
    assert 0 < len(left_out(CASES, 4)) < len(CASES) == 3
    said = ran("-n", str(processes), "-k", " or ".join(f"test_a_case[{at}]" for at in range(3)))
    assert re.search(r"\b3 passed", said), said
    assert "no others were run" in said
