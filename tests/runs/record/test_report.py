"""The result in words: its order, and what it says of times."""

from __future__ import annotations

import msgspec
import pytest

from pryv_tui.runs.record.events import Outcome, RunFinished, RunStarted, StoppedNow
from pryv_tui.runs.record.report import died, report

STARTED = RunStarted(
    time="2026-11-24T15:29:58.200Z", run="RUN", kind="restore", roles=["core"], plan=[], pid=1,
    domain="d.example", set="SET",
)  # fmt: skip


def ended(outcome: Outcome, **more: object) -> RunFinished:
    return RunFinished(
        time="2026-11-24T15:31:10.000Z", run="RUN", outcome=outcome, exit=0, set="SET",
        what="What.", remains=["r"], next=["n", "w"], checks=["c"], warnings=["w"], gap=["g"],
        removal=["x"], **more,  # type: ignore[arg-type]
    )  # fmt: skip


def order(text: str) -> str:
    return "".join(line[4:] for line in text.splitlines() if line.startswith("  - "))


def test_evidence_comes_before_what_is_left_to_do_and_removal_last() -> None:
    assert order(report(STARTED, ended("warnings"))) == "wcgrnx"


def test_of_what_went_wrong_what_to_do_comes_first() -> None:
    assert order(report(STARTED, ended("failed"))) == "rnwcgx"


def test_times() -> None:
    text = report(
        STARTED,
        ended(
            "complete",
            as_of="2026-11-24T15:20:17.900Z",
            down_from="2026-11-24T15:30:01.000Z",
            down_to="2026-11-24T15:31:08.000Z",
        ),
    )
    assert "Began: 2026-11-24 15:29:58 UTC; ended: 15:31:10 UTC (72 s)" in text
    assert "Services stopped by this run: 67 s, from 15:30:01 to 15:31:08 UTC" in text
    assert "Data as of: 2026-11-24 15:20:17 UTC; what was written later is not in it" in text


def test_a_platform_that_is_still_down_and_one_that_was_down_before() -> None:
    still = report(STARTED, ended("failed", down_from="2026-11-24T15:30:01.000Z"))
    assert (
        "Services stopped by this run: since 2026-11-24 15:30:01 UTC, and they still are" in still
    )
    some = report(
        STARTED,
        ended("failed", down_from="2026-11-24T15:30:01.000Z", running="14 of 16 run"),
    )
    assert "since 2026-11-24 15:30:01 UTC, now 14 of 16 run" in some
    assert "still are" not in some
    before = report(STARTED, ended("complete", down_to="2026-11-24T15:31:08.000Z"))
    assert "Services stopped: before this run; they run since 2026-11-24 15:31:08 UTC" in before


@pytest.mark.parametrize(
    ("running", "run", "says"),
    [
        ("15 of 16 run", 15, "now 15 of 16 run"),
        ("it is not known how many of 16 run", None, "now it is not known how many of 16 run"),
        ("0 of 16 run", 0, "and they still are"),
        ("", 15, "and they still are"),
        ("16 of 16 run", 16, "they run since 2026-11-24 15:31:08 UTC"),
    ],
)
def test_of_what_was_stopped_before_none_is_said_to_run_that_does_not(
    running: str, run: int | None, says: str
) -> None:
    told = report(
        STARTED,
        ended(
            "warnings",
            down_to="2026-11-24T15:31:08.000Z",
            running=running,
            stopped=StoppedNow(number=16, run=run),
        ),
    )
    (line,) = [one for one in told.splitlines() if one.startswith("Services stopped")]
    assert line == f"Services stopped: before this run; {says}"


@pytest.mark.parametrize("stopped_since", ["", "2026-11-24T15:29:50.000Z"])
def test_what_does_not_run_at_the_end_was_not_stopped_for_a_moment_only(stopped_since: str) -> None:
    """A container that an undo leaves stopped for good, or that fell again."""

    def line(running: str, run: int | None, number: int) -> str:
        down = {"down_from": "2026-11-24T15:30:01.000Z", "down_to": "2026-11-24T15:30:02.200Z"}
        text = report(
            STARTED,
            ended(
                "warnings",
                stopped_since=stopped_since,
                running=running,
                stopped=StoppedNow(number=number, run=run),
                **down,
            ),
        )
        (found,) = [one for one in text.splitlines() if one.startswith("Services stopped")]
        return found

    assert " s, from " in line("16 of 16 run", 16, 16)
    assert " s, from " in line("1 of 1 runs", 1, 1)
    some, none = line("15 of 16 run", 15, 16), line("0 of 1 run", 0, 1)
    assert "now 15 of 16 run" in some and " s, from " not in some
    assert "and they still are" in none and " s, from " not in none
    unknown = line("it is not known how many of 16 run: an engine does not tell", None, 16)
    assert "it is not known how many of 16 run" in unknown and " s, from " not in unknown


@pytest.mark.parametrize("kind", ["restore", "undo", "backup"])
@pytest.mark.parametrize(
    "more",
    [{"down_to": "2026-11-24T15:30:02.200Z"}, {"running": "3 of 11 run"}, {}],
)
def test_what_was_down_before_is_not_told_as_stopped_by_the_run(
    kind: str, more: dict[str, str]
) -> None:
    """Who finishes a restore finds most of it stopped: so long as its own stop it was not down."""
    started = msgspec.structs.replace(STARTED, kind=kind)
    text = report(started, ended("complete", down_from="2026-11-24T15:30:01.000Z", **more))
    (line,) = [one for one in text.splitlines() if one.startswith("Services stopped by this run")]
    longer = line.endswith("; any service that was down before has been down for longer")
    assert longer == (kind != "backup")
    # What was stopped before it as a whole is told as that.
    before = report(started, ended("complete", down_to="2026-11-24T15:31:08.000Z"))
    assert "before this run" in before
    assert "for longer" not in before


def test_a_result_from_before_these_facts_leaves_them_out() -> None:
    text = report(STARTED, ended("complete"))
    assert "down" not in text
    assert "as of" not in text


def test_a_run_that_died_names_recover_with_the_options_given() -> None:
    text = died(STARTED, "RUN", "/j", ("--practice", "/p"))
    assert text.startswith("Restore of d.example: DIED\n")
    assert "pryv-tui --practice /p recover" in text
