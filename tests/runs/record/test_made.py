"""A run that made no set names none as if it had: what lies in the vault is looked at."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pryv_tui.runs.record.as_json import record_json
from pryv_tui.runs.record.history import RunRecord, read_run
from pryv_tui.runs.record.tries import set_state, set_words
from pryv_tui.tui.screens.runs import run_row
from tests.runs.test_recovery import Past

SET = "20260101T000000Z"


def ended(tmp_path: Path, kind: str = "backup", outcome: str = "failed") -> tuple[RunRecord, Path]:
    """A run that named this set, and its vault."""
    past = Past(tmp_path)
    run = past.run("backup")
    found = read_run(tmp_path / "state/runs" / run)
    assert found is not None
    vault = Path(past.site.settings.vault)
    vault.mkdir(parents=True, exist_ok=True)
    state = "ended" if outcome else "died"
    made = msgspec.structs.replace(found, kind=kind, set=SET, outcome=outcome, state=state)
    return made, vault


@pytest.mark.parametrize("outcome", ["failed", "cancelled", ""])
@pytest.mark.parametrize(
    ("there", "state", "words"),
    [
        ([], "none", ""),
        ([f"{SET}.partial"], "partial", f"{SET}.partial"),
        ([SET], "complete", SET),
        ([SET, f"{SET}.partial"], "complete", SET),
    ],
)
def test_of_one_that_did_not_end_well_is_told_what_lies_there(
    tmp_path: Path, outcome: str, there: list[str], state: str, words: str
) -> None:
    record, vault = ended(tmp_path, outcome=outcome)
    for name in there:
        (vault / name).mkdir()
    assert (set_state(record), set_words(record)) == (state, words)
    assert record_json(record)["set_state"] == state and record_json(record)["set"] == SET
    row = run_row(record, (), set_words(record)).plain
    assert (f"set {SET} " in f"{row} ") is (state == "complete")
    assert (f"unfinished {SET}.partial" in row) is (state == "partial")
    assert (SET in row.partition("\n")[2]) is (state != "none")


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [("restore", "failed"), ("verify", "failed"), ("backup", "complete"), ("backup", "warnings")],
)
def test_a_set_that_was_made_or_is_of_another_run_stays_named(
    tmp_path: Path, kind: str, outcome: str
) -> None:
    """It may have been pruned since; what that run did is true all the same."""
    record, _vault = ended(tmp_path, kind, outcome)
    assert (set_state(record), set_words(record)) == (None, SET)


def test_what_goes_on_or_can_not_be_looked_at_is_not_told_to_be_none(tmp_path: Path) -> None:
    record, vault = ended(tmp_path, outcome="")
    assert set_words(msgspec.structs.replace(record, state="running")) == SET
    vault.rmdir()  # its disk is not mounted
    assert (set_state(record), set_words(record)) == (None, SET)
