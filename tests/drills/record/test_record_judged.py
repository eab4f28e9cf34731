"""What of a drill has passed, and what is said of one that was refused or not seen to be well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.drills.cadence import cadence
from pryv_tui.drills.model import NOT_MADE, Disposed, Record
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.record.ended import close_what_ended
from pryv_tui.operations.drilling.facts import (
    STAYED,
    Check,
    CheckState,
    DrillFact,
    Fingerprint,
    Probe,
)
from pryv_tui.runs.record.events import RunFinished, StepFinished
from tests.drills.held import RUN, at, checks, facts, hold, run_events


def bad_check(state: Any) -> list[DrillFact]:
    return [*checks(), Check(name="sample", about="core", state=state, why="x")]


@pytest.mark.parametrize("state", ["failed", "could not verify", "not checked"])
def test_only_a_drill_whose_checks_all_passed_has_passed(tmp_path: Path, state: str) -> None:
    record = close_drill(hold(tmp_path, of=bad_check(state)), RUN).record
    assert record.outcome == "failed"
    assert record.outcome_why == (f"sample (core): {state}",)
    assert record.objectives.rto.seconds is None
    assert record.objectives.rto.met is False


@pytest.mark.parametrize(
    ("without", "said"),
    [
        (Check, "nothing was checked"),
        (Probe, "isolation is not proven: nothing was tried from inside"),
        (Fingerprint, "the live platform was not checked before and after the drill"),
    ],
)
def test_what_was_not_seen_to_be_well_is_not_well(tmp_path: Path, without: type, said: str) -> None:
    told = [one for one in facts() if not isinstance(one[1], without)]
    record = close_drill(hold(tmp_path, events=run_events(told)), RUN).record
    assert record.outcome == "failed"
    assert said in " ".join(record.outcome_why)
    # What is not known of one of the two is not said of the other.
    assert "live platform" not in record.isolation.why
    assert "inside" not in record.isolation.production_why


def test_a_reached_address_and_a_changed_platform_are_named(tmp_path: Path) -> None:
    told = facts()
    told.append((55.0, Probe(what="outwards", target="9.9.9.9:53", reached=True)))
    other = Fingerprint(moment="after", containers="f" * 64, networks="b" * 64, root="c" * 64,
                        details={"pryvio_core": "1"})  # fmt: skip
    record = close_drill(hold(tmp_path, events=run_events([*told, (489.0, other)])), RUN).record
    assert record.isolation.isolated == "no"
    assert record.isolation.changed == ("pryvio_core", "containers")
    assert "9.9.9.9:53" in " ".join(record.outcome_why)


def test_a_drill_that_was_refused_is_on_record_as_refused_and_claims_no_look(
    tmp_path: Path,
) -> None:
    end = RunFinished(time=at(490), run=RUN, outcome="refused", exit=4, what="no room")
    # Its first step refused; its second one came in any case, and had nothing to look at.
    events = [
        msgspec.structs.replace(one, outcome="failed")
        if isinstance(one, StepFinished) and one.step == "01-x"
        else one
        for one in run_events([], end=end)
    ]
    settings = hold(tmp_path, events=events)
    record = close_drill(settings, RUN).record
    assert record.outcome == "refused"
    assert record.outcome_why == (f"the run {RUN}: no room",)
    assert [step.state for step in record.steps] == ["failed", "not run", "not run"]
    assert record.objectives.rto.seconds is None
    assert record.when.next_due == ""


@pytest.mark.parametrize(("sandbox", "torn"), [(False, False), (True, False), (False, True)])
def test_that_none_was_made_is_said_of_one_that_died_where_its_journal_tells_it_whole(
    tmp_path: Path, sandbox: bool, torn: bool
) -> None:
    told = facts()[:1] if sandbox else []
    settings = hold(tmp_path, events=run_events(told, ended=False))
    if torn:
        with (Path(settings.state) / "runs" / RUN / "journal.jsonl").open("ab") as journal:
            journal.write(b"{\0\n")
    (filed,) = close_what_ended(settings)
    record, made = filed.record, sandbox or torn
    assert record.outcome == "broken off"
    assert (record.outcome_why == (f"the run {RUN} died", NOT_MADE)) is not made
    assert ("isolation is not proven" in " ".join(record.outcome_why)) is made
    # A field of its own says it, whatever the sentence is.
    assert record.disposal.made is (True if sandbox else None if torn else False)
    assert record.not_made is not made
    # What is no drill of anything is not the last one; what may have been one is.
    assert (cadence(settings).last is not None) is made


@pytest.mark.parametrize(
    ("disposal", "not_made"),
    [
        (Disposed(made=False, why="in other words"), True),
        (Disposed(made=True, why=NOT_MADE), False),
        # Records of before have their sentence alone.
        (Disposed(why="no sandbox was made"), True),
        (Disposed(why="nothing shows that the sandbox was removed"), False),
        (Disposed(), False),
    ],
)
def test_whether_one_was_made_is_no_question_of_a_sentence(
    disposal: Disposed, not_made: bool
) -> None:
    assert Record(id=RUN, disposal=disposal).not_made is not_made


@pytest.mark.parametrize("state", ["passed", "failed"])
def test_refused_after_a_look_at_the_platform_is_refused_where_that_stayed(
    tmp_path: Path, state: CheckState
) -> None:
    """The check is known by the name that the step gives it, wherever that is written."""
    end = RunFinished(time=at(490), run=RUN, outcome="refused", exit=4, what="no room")
    told: list[tuple[float, DrillFact]] = [(480.0, Check(name=STAYED, state=state))]
    record = close_drill(hold(tmp_path, events=run_events(told, end=end)), RUN).record
    assert (record.outcome == "refused") is (state == "passed")
