"""Tests are handed out as xdist would do it, and what was done is counted no more."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import pytest
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler import LoadGroupScheduling  # type: ignore[import-untyped]

from tests.suite import handed_out

TESTS = [
    *(f"tests/test_a.py::test_one[{n}]" for n in range(30)),
    *(f"tests/test_b.py::test_two[{n}]@together" for n in range(9)),
    *(f"tests/test_c.py::test_three[a@b-{n}]" for n in range(30)),
]


class Process:
    """Takes numbers of tests, in place of a process of xdist."""

    def __init__(self) -> None:
        self.given: list[int] = []
        self.done = 0
        self.shutting_down = False
        self.gateway = SimpleNamespace(id="")

    def send_runtest_some(self, numbers: list[int]) -> None:
        self.given += numbers

    def shutdown(self) -> None:
        self.shutting_down = True


def begun(config: pytest.Config, schedule: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(config.option, "tx", ["popen"] * 3)
    scheduler = schedule(config, Producer("", enabled=False))
    for node in (Process(), Process(), Process()):
        scheduler.add_node(node)
        scheduler.add_node_collection(node, TESTS)
    scheduler.schedule()
    return scheduler


def played(scheduler: Any, seed: int, dies_after: int = -1) -> list[list[int]]:
    """What each process was given; one of them dies after so many tests."""
    chance = random.Random(seed)
    nodes, done = scheduler.nodes, 0
    while busy := [node for node in scheduler.nodes if node.done < len(node.given)]:
        node = chance.choice(busy)
        if done == dies_after:
            assert scheduler.remove_node(node) == TESTS[node.given[node.done]]
        else:
            scheduler.mark_test_complete(node, node.given[node.done])
            node.done += 1
        done += 1
    return [node.given for node in nodes]


@pytest.mark.parametrize("seed", range(5))
def test_as_xdist_does(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    its = begun(pytestconfig, LoadGroupScheduling, monkeypatch)
    ours = begun(pytestconfig, handed_out.by_group, monkeypatch)
    given = played(ours, seed)
    assert given == played(its, seed)
    assert sorted(number for numbers in given for number in numbers) == [*range(len(TESTS))]
    assert ours.tests_finished and not ours.has_pending


@pytest.mark.parametrize("after", [0, 7, 40])
@pytest.mark.parametrize("seed", range(5))
def test_what_a_process_that_dies_had_not_done_others_do(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch, seed: int, after: int
) -> None:
    ours = begun(pytestconfig, handed_out.by_group, monkeypatch)
    nodes = ours.nodes
    played(ours, seed, after)
    done = sorted(number for node in nodes for number in node.given[: node.done])
    assert done == [*range(len(TESTS))]
    assert ours.tests_finished and not ours.has_pending


def test_what_was_done_is_counted_no_more(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = begun(pytestconfig, handed_out.by_group, monkeypatch)
    played(ours, 0)
    assert ours.assigned_work and not any(ours.assigned_work.values())


def test_it_hands_out_where_groups_are_asked_for() -> None:
    from tests.conftest import pytest_xdist_make_scheduler as chosen

    class Asked:
        def __init__(self, dist: str) -> None:
            self.dist = dist

        def getoption(self, name: str) -> str:
            return str(getattr(self, name))

    assert chosen(Asked("worksteal"), None) is None  # type: ignore[arg-type]
