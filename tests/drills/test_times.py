"""Recovery time and recovery point: the parts sum to the whole, and nothing unknown is a number."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pryv_tui.drills.expectation import expected
from pryv_tui.drills.model import Chain, Measured, Objectives, Record, SetOnRecord, Split, When
from pryv_tui.drills.times import gone, recovery_point, recovery_time, shown_together, split
from pryv_tui.incidents.words import lasted
from pryv_tui.operations.drilling.facts import Newest, Phase
from tests.drills.held import at
from tests.helpers.examples import tries


def phase(of: Any, began: float, ended: float | None) -> Phase:
    return Phase(name="x", began=at(began), ended="" if ended is None else at(ended), of=of)


PHASES = st.lists(
    st.builds(
        phase,
        st.sampled_from(["machine", "decision", "waiting", "sandbox"]),
        st.floats(-100, 1000),
        st.none() | st.floats(-100, 1200),
    ),
    max_size=12,
)


@settings(max_examples=tries(40), deadline=None)
@given(PHASES, st.floats(0.002, 900))
def test_the_parts_sum_to_the_whole_whatever_overlaps(phases: list[Phase], until: float) -> None:
    found = split(at(0), at(until), phases)
    parts = (found.machine_ms, found.decisions_ms, found.waiting_ms, found.sandbox_ms)
    assert all(part >= 0 for part in parts)
    assert found.whole_ms == found.machine_ms + found.decisions_ms + found.waiting_ms
    assert found.whole_ms + found.sandbox_ms == found.passed_ms


def test_what_belongs_to_the_sandbox_alone_is_told_apart() -> None:
    found = split(at(0), at(100), [phase("sandbox", 0, 30), phase("machine", 30, 80)])
    assert (found.machine_ms, found.waiting_ms, found.sandbox_ms) == (50_000, 20_000, 30_000)
    assert found.whole_ms == 70_000


@pytest.mark.parametrize(
    ("other", "machine", "decisions", "sandbox"),
    [
        (phase("decision", 0, 100), 50, 50, 0),  # who decides meanwhile is not waited for twice
        (phase("sandbox", 0, 100), 50, 0, 50),
        (phase("machine", 20, None), 100, 0, 0),  # it has not ended
    ],
)
def test_each_moment_is_counted_once(
    other: Phase, machine: int, decisions: int, sandbox: int
) -> None:
    found = split(at(0), at(100), [other, phase("machine", 0, 50)])
    assert [found.machine_ms, found.decisions_ms, found.sandbox_ms] == [
        1000 * one for one in (machine, decisions, sandbox)
    ]


@pytest.mark.parametrize(("first", "last"), [(10, 0), (5, 5)])
def test_a_clock_that_went_back_makes_no_time(first: int, last: int) -> None:
    assert split(at(first), at(last), []).passed_ms == 0
    assert split("", at(5), []).passed_ms == 0


def test_targets_are_met_or_missed_and_nothing_is_met_by_a_drill_that_failed() -> None:
    parts = split(at(0), at(100), [phase("machine", 0, 100)])
    assert recovery_time(parts, reached=True, target=100.0).met is True
    assert recovery_time(parts, reached=True, target=99.0).met is False
    assert recovery_time(parts, reached=True, target=None).met is None
    failed = recovery_time(parts, reached=False, target=1000.0)
    assert (failed.seconds, failed.met) == (None, False)
    assert recovery_time(parts, reached=False, target=None).met is None
    talked = recovery_time(parts, reached=False, target=1000.0, executed=False)
    assert (talked.seconds, talked.met) == (None, None)


def test_the_recovery_point_is_that_of_the_worst_store_and_not_known_while_one_is_not() -> None:
    stores = gone(at(0), [Newest(store="a", moment=at(-60)), Newest(store="b", moment=at(-600))])
    assert [one.seconds for one in stores] == [60.0, 600.0]
    assert recovery_point(stores, 600.0).met is True
    assert recovery_point(stores, 599.0).met is False
    silent = [*stores, *gone(at(0), [Newest(store="c", moment="", why="no timestamps")])]
    one = recovery_point(silent, 600.0)
    assert (one.seconds, one.met) == (None, None)
    assert "c" in one.why
    # A store that is known to be beyond it misses the target, whatever the others are.
    missed = recovery_point(silent, 599.0)
    assert missed.met is False
    assert missed.why == "b is beyond the target; the newest record of c is not known"
    assert recovery_point((), 600.0).met is None


def test_a_record_younger_than_the_disaster_is_no_recovery_point() -> None:
    (one,) = gone(at(0), [Newest(store="a", moment=at(30))])
    assert one.seconds is None
    assert "clock" in one.why


def record(took: float, *, outcome: Any = "passed", roles: tuple[str, ...] = ("core",)) -> Record:
    return Record(
        id="x",
        outcome=outcome,
        when=When(declared=at(took)),
        set=SetOnRecord(roles=roles),
        objectives=Objectives(rto=Measured(seconds=took)),
        chain=Chain(platform="p"),
    )


def test_what_drills_took_is_expected_of_a_real_restore_of_the_same_roles() -> None:
    held = [record(600), record(360), record(9, outcome="failed"), record(70, roles=("register",))]
    found = expected(held, ("core",), "p")
    assert found is not None
    assert found.words == (
        "A drill restored these roles in 6 min on 2026-03-02;"
        " the last 2 drills took 6 min to 10 min."
    )
    alone = expected(held, ("register",), "p")
    assert alone is not None
    assert alone.words == "A drill restored these roles in 1 min 10 s on 2026-03-02."
    assert expected(held, ("core", "register"), "p") is None
    assert expected(held, ("core",), "another") is None


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ((4_149, 0, 2_551, 201), 7_240),
        ((333, 333, 334, 1_049), 2_100),
        ((61_499, 20_499, 499, 9_501), 95_000),
        ((3_629_000, 31_000, 29_000, 45_000), 3_800_000),
        ((0, 0, 0, 0), 0),
    ],
)
def test_what_is_shown_of_the_time_adds_up(parts: tuple[int, int, int, int], whole: int) -> None:
    machine, decisions, waiting, sandbox = parts
    recovery = machine + decisions + waiting
    found = shown_together(
        Split(
            machine_ms=machine,
            decisions_ms=decisions,
            waiting_ms=waiting,
            whole_ms=recovery,
            sandbox_ms=sandbox,
            passed_ms=recovery + sandbox,
        ),
        whole,
    )
    assert found["machine"] + found["decisions"] + found["waiting"] == pytest.approx(
        found["recovery"]
    )
    assert found["recovery"] + found["sandbox"] == pytest.approx(found["last check"])
    assert found["last check"] + found["after"] == pytest.approx(found["whole"])
    # The recovery time is what stands everywhere else, and no part is far from what it was.
    assert lasted(found["recovery"]) == lasted(recovery / 1000) or recovery >= 3_600_000
    unit = 0.1 if recovery < 9_950 else 1.0 if recovery < 3_600_000 else 60.0
    assert abs(found["waiting"] - waiting / 1000) <= unit
