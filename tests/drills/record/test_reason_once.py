"""Why a drill failed is told once: by the checks that say it, else by its run."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pryv_tui.drills.cadence import attention, cadence
from pryv_tui.drills.model import Record
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.report.writing import in_text
from pryv_tui.drills.signing.checking import Signatures
from pryv_tui.operations.advice import Failure
from pryv_tui.operations.drilling.facts import (
    ISOLATED,
    REMOVED,
    STAYED,
    Check,
    DrillFact,
    Fingerprint,
    Probe,
)
from pryv_tui.runs.record.events import AnyEvent, RunFinished, StepFinished
from tests.drills.held import RUN, at, checks, facts, hold, run_events

STEP = "restore "
"""The title of the step that fails, as `held` has it."""
LET_BE = " The drill itself has stopped nothing of the platform and changed nothing of it."


def failed(
    made: list[DrillFact],
    error: str,
    what: str,
    *,
    more: list[tuple[float, DrillFact]] | None = None,
    without: type | None = None,
    kind: str = "check-sandbox",
) -> list[AnyEvent]:
    """A drill that failed in its second step, in which these checks were made."""
    told = [one for one in facts(made) if without is None or not isinstance(one[1], without)]
    end = RunFinished(
        time=at(490), run=RUN, outcome="failed", exit=1, what=f"{STEP}: {what}.{LET_BE}",
        failure=Failure(error=error, what=what, step=STEP, like=(kind, "", "", "core")),
    )  # fmt: skip
    return [
        msgspec.structs.replace(one, outcome="failed", reason=what)
        if isinstance(one, StepFinished) and one.step == "02-x"
        else one
        for one in run_events([*told, *(more or [])], end=end)
    ]


def recorded(folder: Path, events: list[AnyEvent]) -> Record:
    return close_drill(hold(folder, events=events), RUN).record


def headline(record: Record) -> str:
    (line,) = [
        one
        for one in in_text(record, Signatures(signed=False)).splitlines()[:3]
        if one.startswith("FAILED: ")
    ]
    return line


WHY = "1 series with other values or times"
POINTS = Check(name="sample: series", about="single", state="failed", why=WHY)


def test_a_check_that_is_why_the_run_failed_tells_it_and_the_run_does_not_again(
    tmp_path: Path,
) -> None:
    events = failed([*checks(), POINTS], "check-failed", f"sample: series: {WHY}")
    settings = hold(tmp_path, events=events)
    record = close_drill(settings, RUN).record
    assert record.outcome_why == (f"sample: series (single): failed: {WHY}",)
    assert headline(record) == f"FAILED: sample: series (single): failed: {WHY}"
    (said,) = [one.text for one in attention(cadence(settings)) if "last drill" in one.text]
    assert said.count(WHY) == 1 and RUN not in said


@pytest.mark.parametrize(
    ("error", "what", "why"),
    [
        ("step-failed", "mongorestore ended with 1", "mongorestore ended with 1"),
        ("disk-full", "no space left; and more", "no space left"),
    ],
)
def test_so_does_one_of_a_step_that_tells_whatever_ended_it(
    tmp_path: Path, error: str, what: str, why: str
) -> None:
    bad = Check(name="content", about="mongodb", state="failed", why=why)
    record = recorded(tmp_path, failed([*checks(), bad], error, what, kind="in-sandbox"))
    assert record.outcome_why == (f"content (mongodb): failed: {why}",)


def test_each_of_several_checks_tells_its_own(tmp_path: Path) -> None:
    bad = [
        Check(name="files of the set", about=about, state="failed", why=f"{about} differs")
        for about in ("redis", "sqlite")
    ]
    late = Check(
        name="content", about="redis", state="not checked", why="the drill ended before it"
    )
    what = "the set is not what it says it is: redis differs; sqlite differs"
    record = recorded(
        tmp_path, failed([*checks(), *bad], "set-damaged", what, more=[(480.0, late)])
    )
    assert record.outcome_why == (
        "files of the set (redis): failed: redis differs",
        "files of the set (sqlite): failed: sqlite differs",
        "content (redis): not checked",
    )


def test_what_ended_a_run_beside_a_check_that_failed_is_told_too(tmp_path: Path) -> None:
    record = recorded(tmp_path, failed([*checks(), POINTS], "step-failed", "the engine is gone"))
    assert record.outcome_why == (
        f"the run {RUN}: {STEP}: the engine is gone.{LET_BE}",
        "sample: series (single): failed",
    )


@pytest.mark.parametrize("state", ["failed", "could not verify"])
def test_that_something_got_out_is_told_once(tmp_path: Path, state: str) -> None:
    reached = Probe(what="outwards", target="9.9.9.9:53", reached=state == "failed", told=False)
    why = "9.9.9.9:53 was reached" if state == "failed" else "nobody answers"
    bad = Check(name=ISOLATED, state=state, why=f"{why}; and more")  # type: ignore[arg-type]
    what = f"the sandbox could not be proven isolated, so no data is put into it: {why}"
    events = failed([bad], "not-isolated", what, more=[(70.0, reached)])
    record = recorded(tmp_path, events)
    assert record.isolation.isolated != "yes"
    assert record.outcome_why == (f"isolation: {state}: {why}; and more",)
    assert headline(record).count(why) == 1


def test_that_the_platform_changed_is_told_once(tmp_path: Path) -> None:
    other = Fingerprint(moment="after", containers="f" * 64, networks="b" * 64, root="c" * 64,
                        details={"core pryvio_core": "1"})  # fmt: skip
    why = "changed: core pryvio_core"
    bad = Check(name=STAYED, state="failed", why=why)
    what = (
        f"the live platform changed during the drill ({why}). The drill itself reaches none of it"
    )
    record = recorded(
        tmp_path, failed([*checks(), bad], "check-failed", what, more=[(489.0, other)])
    )
    assert record.isolation.production_unchanged == "no"
    assert record.outcome_why == (f"production unchanged: failed: {why}",)


def test_that_a_part_of_the_sandbox_stayed_is_told_once(tmp_path: Path) -> None:
    bad = Check(name=REMOVED, state="failed", why="n1 has active endpoints")
    what = "the sandbox is still there, or a part of it: n1 has active endpoints"
    events = failed([*checks(), bad], "step-failed", what, kind="remove-sandbox")
    gone = [one for one in events if type(one).__name__ != "Disposed"]
    record = recorded(tmp_path, gone)
    assert record.disposal.complete == "not known"
    assert record.outcome_why == ("sandbox removed: failed: n1 has active endpoints",)


def test_what_no_check_tells_stays(tmp_path: Path) -> None:
    """A step failed that checks nothing; and what nobody saw to be well is named."""
    events = failed(checks(), "container-stopped", "mongodb ended")
    record = recorded(tmp_path / "a", events)
    assert record.outcome_why == (f"the run {RUN}: {STEP}: mongodb ended.{LET_BE}",)
    silent = failed([*checks(), POINTS], "check-failed", f"x: {WHY}", without=Probe)
    record = recorded(tmp_path / "b", silent)
    assert record.outcome_why == (
        f"sample: series (single): failed: {WHY}",
        "isolation is not proven: nothing was tried from inside",
    )
