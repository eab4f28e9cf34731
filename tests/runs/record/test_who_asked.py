"""Who asked for a run, confirmed it and ended it: from the request to what is shown of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec

from pryv_tui.operations.kind import known_kind
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.runs.record.as_json import record_json, seconds_of
from pryv_tui.runs.record.asked_to_end import NAME, cancel_asked, note_cancel
from pryv_tui.runs.record.events import CancelAsked, RunFinished, RunStarted, decode_event
from pryv_tui.runs.record.history import WORKER, mark_of, read_run
from pryv_tui.runs.record.journal import JournalWriter
from pryv_tui.runs.record.report import report
from pryv_tui.runs.record.request import NAME as REQUEST
from pryv_tui.runs.start import request_cancel
from pryv_tui.who import Who

ANNA = Who(user="anna", uid=1000, known_by="login", behind_sudo=True, runs_as="root",
           terminal="pts/3", address="10.1.2.3", how="terminal")  # fmt: skip
ANNA_WORDS = "anna as root at pts/3 from 10.1.2.3 (as the session says)"
CRON = Who(user="root", uid=0, known_by="login", runs_as="root", how="cron")


def _started(**more: object) -> RunStarted:
    fields: dict[str, object] = {"kind": "restore", "roles": ["core"], "plan": [], "pid": 1}
    return RunStarted(time="2026-11-24T15:29:58.000Z", **{**fields, **more})  # type: ignore[arg-type]


def _end(**more: object) -> RunFinished:
    fields: dict[str, object] = {"outcome": "complete", "exit": 0}
    return RunFinished(time="2026-11-24T15:31:10.000Z", run="RUN", **{**fields, **more})  # type: ignore[arg-type]


def test_a_result_names_who_asked_confirmed_and_ended_it() -> None:
    text = report(_started(by=ANNA, confirmed="option"), _end(outcome="cancelled", cancel_by=CRON))
    assert f"Asked for and confirmed (--confirm) by: {ANNA_WORDS}" in text
    assert "Cancel asked for by: root by cron" in text
    assert f"Asked for by: {ANNA_WORDS}" in report(_started(by=ANNA), _end())
    # A cancel that came too late was asked for all the same.
    assert "Cancel asked for by" in report(_started(by=ANNA), _end(cancel_by=CRON))


def test_what_is_not_written_down_is_not_said() -> None:
    assert " by: " not in report(_started(), _end(outcome="cancelled"))
    assert " by: " not in report(None, _end())
    # This program writes it down: where it is not there, nobody asked by this program.
    told = report(_started(by=ANNA), _end(outcome="cancelled"))
    assert "Cancel asked for by: not known" in told


def test_journals_without_it_are_read_as_before() -> None:
    line = b'{"event":"run_started","kind":"backup","roles":[],"plan":[],"pid":1}'
    found = decode_event(line)
    assert isinstance(found, RunStarted) and found.by is None and found.confirmed == ""


def test_a_run_is_listed_with_who_label_and_how_long(tmp_path: Path) -> None:
    folder = tmp_path / "RUN"
    folder.mkdir()
    kind = known_kind("backup")
    assert kind is not None
    request = kind(settings=Settings(vault="", state=""), label="nightly", by=CRON)  # type: ignore[call-arg]
    (folder / REQUEST).write_bytes(msgspec.json.encode(request))
    record = read_run(folder)
    assert record is not None
    # Before its worker has said a word.
    assert (record.by, record.label, seconds_of(record)) == (CRON, "nightly", None)
    journal = JournalWriter(folder, "RUN")
    journal.write(_started(kind="backup", by=ANNA))
    journal.write(_end(cancel_by=CRON))
    record = read_run(folder)
    assert record is not None
    told = record_json(record)
    assert told["by"]["user"] == "anna" and told["cancel_by"]["how"] == "cron"
    assert told["label"] == "nightly" and told["seconds"] is not None
    later = msgspec.structs.replace(
        record, started="2026-11-24T15:29:58.000Z", finished="2026-11-24T15:31:10.500Z"
    )
    assert seconds_of(later) == 72.5
    # A clock that was set back, and times that are none.
    back = msgspec.structs.replace(later, started=later.finished, finished=later.started)
    assert seconds_of(back) == 0.0
    assert seconds_of(msgspec.structs.replace(later, started="?")) is None


def test_who_ends_a_run_is_left_before_the_signal(tmp_path: Path) -> None:
    sleeper = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"],
                               stdin=subprocess.PIPE)  # fmt: skip
    try:
        (tmp_path / REQUEST).write_bytes(
            msgspec.json.encode(known_kind("backup")(settings=Settings(vault="", state="")))  # type: ignore[misc]
        )
        mark = mark_of(sleeper.pid)
        assert mark is not None
        (tmp_path / WORKER).write_bytes(msgspec.json.encode(mark))
        record = read_run(tmp_path)
        assert record is not None and request_cancel(record)
        assert sleeper.wait() < 0
    finally:
        sleeper.communicate()
    asked = cancel_asked(tmp_path)
    assert asked is not None and asked.by is not None and asked.by.runs_as
    # The first one counts; and of a process that is gone nobody asks anything.
    note_cancel(tmp_path, ANNA)
    assert cancel_asked(tmp_path) == asked
    (tmp_path / NAME).unlink()
    assert not request_cancel(record)
    assert cancel_asked(tmp_path) is None


def test_a_note_that_can_not_be_written_keeps_nobody_from_cancelling(tmp_path: Path) -> None:
    note_cancel(tmp_path / "not" / "there", ANNA)
    for content in (b"{", b"[]", os.urandom(64)):
        (tmp_path / NAME).write_bytes(content)
        assert cancel_asked(tmp_path) is None
    (tmp_path / NAME).write_bytes(msgspec.json.encode(CancelAsked(by=ANNA, asked="x")))
    assert cancel_asked(tmp_path) == CancelAsked(by=ANNA, asked="x")
