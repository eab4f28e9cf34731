"""Drills that a timer holds: they are on record, and signed where a key is configured."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pryv_tui.drills.record.signing import sign_drill
from pryv_tui.drills.record.unattended import record_and_sign
from pryv_tui.drills.signing.checking import check_all, signatures_of
from pryv_tui.drills.waiting import waiting_for
from pryv_tui.drills.worker import record
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.who import Who
from tests.drills.held import ANNA, RUN, facts, hold, run_events
from tests.drills.record.recorded import asked_with
from tests.drills.signing.signed import key

CRON = Who(user="root", uid=0, known_by="process", how="cron")


def held(folder: Path, by: Who, **asked: str) -> Settings:
    settings = hold(folder, journal=False, events=run_events(facts(), by=by))
    asked_with(settings, by=by, **asked)
    return msgspec.structs.replace(settings, **asked)


def test_what_a_timer_holds_is_signed_by_the_configured_key(tmp_path: Path) -> None:
    settings = held(tmp_path, CRON, drill_key=str(key(tmp_path, "ops")))
    state = Path(settings.state)
    record(state / "runs" / RUN)  # what its worker does when the run is over
    told = signatures_of(state / "drills" / RUN)
    assert told.signed and told.review is None
    assert not [line for line in check_all(state) if line.level == "failed"]
    assert (waiting_for(state, "sign"), waiting_for(state, "review")) == ([], [RUN])
    # Whoever started it asks for the same, and finds it done.
    assert record_and_sign(settings, RUN).signed


def test_a_person_signs_what_a_person_has_held(tmp_path: Path) -> None:
    made = key(tmp_path, "ops")
    settings = held(tmp_path, ANNA, drill_key=str(made))
    done = record_and_sign(settings, RUN)
    assert (done.signed, done.unsigned) == (False, "")
    sign_drill(settings, RUN, made)
    assert waiting_for(Path(settings.state), "sign") == []


@pytest.mark.parametrize("content", [None, b"no key"])
def test_a_key_that_can_not_sign_is_told_and_the_record_stays(
    tmp_path: Path, content: bytes | None
) -> None:
    place = tmp_path / "ops"
    if content is not None:
        place.write_bytes(content)
        place.chmod(0o600)
    settings = held(tmp_path, CRON, drill_key=str(place))
    done = record_and_sign(settings, RUN)
    assert str(place) in done.unsigned and not done.signed
    assert done.filed.record.passed
    assert waiting_for(Path(settings.state), "sign") == [RUN]
