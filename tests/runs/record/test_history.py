"""The runs of a state folder: running, ended or died, told by a process and not by a pid."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.kinds.backup import Backup
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.runs.record import history
from pryv_tui.runs.record.as_json import record_json
from pryv_tui.runs.record.events import OwedNoted, RunFinished, RunStarted
from pryv_tui.runs.record.history import (
    WORKER,
    alive,
    all_runs,
    debts_of,
    mark_of,
    policies_owed,
    read_run,
    resolve_run,
)
from pryv_tui.runs.record.journal import NAME as JOURNAL
from pryv_tui.runs.record.journal import JournalWriter
from pryv_tui.runs.record.request import NAME as REQUEST
from pryv_tui.runs.start import cancel_run, follow, start_run
from tests.helpers.waiting import until
from tests.operations.kit import context


def asked(state: Path, run: str, *, at: str = "2026-01-01T00:00:00.000Z") -> Path:
    folder = state / "runs" / run
    folder.mkdir(parents=True)
    request = Backup(run=run, settings=Settings(vault="/v", state=str(state)), asked=at)
    (folder / REQUEST).write_bytes(msgspec.json.encode(request))
    return folder


def begun(state: Path, run: str, pid: int) -> tuple[Path, JournalWriter]:
    folder = asked(state, run)
    mark = mark_of(pid)
    assert mark is not None
    (folder / WORKER).write_bytes(msgspec.json.encode(mark))
    journal = JournalWriter(folder, run)
    journal.write(RunStarted(kind="backup", roles=["core"], plan=[], pid=pid, set="SET"))
    return folder, journal


def state_of(folder: Path) -> str:
    record = read_run(folder)
    assert record is not None
    return record.state


def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
    )


def test_running_and_died_with_a_real_process(tmp_path: Path) -> None:
    process = sleeper()
    folder, _journal = begun(tmp_path, "RUN", process.pid)
    assert state_of(folder) == "running"
    os.kill(process.pid, signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    # A zombie still has its pid: it does not run any more.
    assert state_of(folder) == "died"
    process.wait()
    assert state_of(folder) == "died"
    process.communicate()


def test_ended_whatever_becomes_of_the_process(tmp_path: Path) -> None:
    folder, journal = begun(tmp_path, "RUN", os.getpid())
    journal.write(RunFinished(outcome="warnings", exit=3, set="SET", what="done"))
    record = read_run(folder)
    assert record is not None
    assert (record.state, record.outcome, record.exit) == ("ended", "warnings", 3)
    assert record_json(record) == {
        "id": "RUN",
        "kind": "backup",
        "state": "ended",
        "pid": os.getpid(),
        "started": record.started,
        "finished": record.finished,
        "seconds": record_json(record)["seconds"],
        "outcome": "warnings",
        "exit": 3,
        "what": "done",
        "set": "SET",
        "set_state": None,
        "label": None,
        "by": None,
        "cancel_by": None,
        "problems": [],
    }


def test_a_pid_that_belongs_to_somebody_else_by_now(tmp_path: Path) -> None:
    folder, _journal = begun(tmp_path, "RUN", os.getpid())
    mark = mark_of(os.getpid())
    assert mark is not None and alive(mark)
    for other in (
        msgspec.structs.replace(mark, start_ticks=mark.start_ticks + 1),
        msgspec.structs.replace(mark, boot="another boot"),
    ):
        assert not alive(other)
        (folder / WORKER).write_bytes(msgspec.json.encode(other))
        assert state_of(folder) == "died"


def test_a_name_of_a_process_may_hold_anything(tmp_path: Path) -> None:
    odd = tmp_path / "a) R 1 (b"
    odd.write_text(f"#!{sys.executable}\nimport sys\nsys.stdin.read()\n")
    odd.chmod(0o755)
    process = subprocess.Popen([str(odd)], stdin=subprocess.PIPE)
    mark = mark_of(process.pid)
    assert mark is not None
    assert mark.start_ticks > 0
    process.communicate(b"")
    assert not alive(mark)


def test_a_worker_that_has_not_said_that_it_is_there(tmp_path: Path) -> None:
    folder = asked(tmp_path, "RUN")
    assert state_of(folder) == "starting"
    os.utime(folder / REQUEST, (1_000_000_000, 1_000_000_000))
    assert state_of(folder) == "died"


def late(folder: Path, module: str = "tests.runs.slow_worker") -> subprocess.Popen[bytes]:
    """A process that was started as a worker is, and has said nothing yet."""
    waits = [sys.executable, "-c", "import sys; sys.stdin.read()", "-m", module, str(folder)]
    process = subprocess.Popen(waits, stdin=subprocess.PIPE)
    # For a moment of its start the kernel tells no words of a process.
    until(Path(f"/proc/{process.pid}/cmdline").read_bytes, "its words")
    return process


def test_a_worker_that_takes_long_to_come_up_is_not_dead(tmp_path: Path) -> None:
    """On a busy machine it takes longer than any clock allows: its process is asked."""
    folder, other = asked(tmp_path, "RUN"), asked(tmp_path, "OTHER")
    for one in (folder, other):
        os.utime(one / REQUEST, (1_000_000_000, 1_000_000_000))
    process = late(folder)
    assert (state_of(folder), state_of(other)) == ("starting", "died")
    process.send_signal(signal.SIGSTOP)
    assert state_of(folder) == "starting"
    process.kill()
    process.communicate()
    assert state_of(folder) == "died"


def test_a_guardian_alone_is_no_worker(tmp_path: Path) -> None:
    folder = asked(tmp_path, "RUN")
    os.utime(folder / REQUEST, (1_000_000_000, 1_000_000_000))
    process = late(folder, "pryv_tui.runs.worker.guardian")
    assert state_of(folder) == "died"
    process.communicate(b"")


def test_a_worker_whose_mark_is_damaged_before_it_began_lives(tmp_path: Path) -> None:
    folder = asked(tmp_path, "RUN")
    (folder / WORKER).write_bytes(b"\xff")
    assert state_of(folder) == "died"
    process = late(folder)
    record = read_run(folder)
    assert record is not None
    assert (record.state, record.pid) == ("running", process.pid)
    process.communicate(b"")


def test_one_that_says_its_last_word_while_it_is_looked_at_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, journal = begun(tmp_path, "RUN", os.getpid())

    def ends_now(_mark: object) -> bool:
        journal.write(RunFinished(outcome="complete", exit=0))
        return False

    monkeypatch.setattr(history, "alive", ends_now)
    assert state_of(folder) == "ended"


def test_a_torn_last_line_is_not_an_end(tmp_path: Path) -> None:
    folder, journal = begun(tmp_path, "RUN", os.getpid())
    journal.write(RunFinished(outcome="complete", exit=0))
    whole = (folder / JOURNAL).read_bytes()
    (folder / JOURNAL).write_bytes(whole[:-20])
    assert state_of(folder) == "running"


def test_the_end_of_a_long_journal_is_found(tmp_path: Path) -> None:
    folder, journal = begun(tmp_path, "RUN", os.getpid())
    for _ in range(30):
        journal.output("stdout", b"x" * 100_000 + b"\n")
    journal.write(RunFinished(outcome="complete", exit=0))
    assert state_of(folder) == "ended"


@pytest.mark.parametrize("content", [b"", b"{", b"[]"])
def test_a_folder_that_is_no_run(tmp_path: Path, content: bytes) -> None:
    folder = asked(tmp_path, "RUN")
    (folder / REQUEST).write_bytes(content)
    (tmp_path / "runs/stray").touch()
    assert read_run(folder) is None
    assert all_runs(tmp_path) == []
    assert all_runs(tmp_path / "none") == []


class TestResolve:
    def test_the_order_is_that_of_asking(self, tmp_path: Path) -> None:
        asked(tmp_path, "20260101T000000Z-backup-ffff", at="2026-01-01T00:00:00.100Z")
        asked(tmp_path, "20260101T000000Z-backup-0000", at="2026-01-01T00:00:00.900Z")
        assert resolve_run(tmp_path, "latest").id.endswith("0000")
        assert resolve_run(tmp_path, "20260101T000000Z-backup-f").id.endswith("ffff")

    @pytest.mark.parametrize("name", ["", " ", "x", "2026", "../x"])
    def test_empty_unknown_and_ambiguous(self, tmp_path: Path, name: str) -> None:
        asked(tmp_path, "20260101T000000Z-backup-0000")
        asked(tmp_path, "20260102T000000Z-backup-0000")
        with pytest.raises(PryvTuiError) as caught:
            resolve_run(tmp_path, name)
        assert (caught.value.name, caught.value.exit) == ("run-unknown", 2)

    def test_latest_of_none(self, tmp_path: Path) -> None:
        with pytest.raises(PryvTuiError) as caught:
            resolve_run(tmp_path, "latest")
        assert caught.value.name == "run-unknown"


def test_debts_are_what_was_written_down(tmp_path: Path) -> None:
    folder, journal = begun(tmp_path, "RUN", os.getpid())
    start = Owed(kind="start", host="core", what="pryvio_core")
    aside = Owed(kind="aside", host="core", what="/r", where="/r/.pryv-tui/aside/RUN")
    journal.owe(start)
    journal.owe(aside)
    journal.settle(start)
    record = read_run(folder)
    assert record is not None
    debts = debts_of(record)
    assert (debts.owed, debts.settled) == ((start, aside), (start,))
    assert debts.ran == {"core": ["pryvio_core"]}


def test_what_was_put_back_can_be_owed_anew(tmp_path: Path) -> None:
    """A roll-back takes away again what its restore had given back; it may die meanwhile."""
    folder, journal = begun(tmp_path, "RUN", os.getpid())
    policy = Owed(kind="restart-policy", host="core", what="pryvio_core", where="always")
    ctx, _heard = context(tmp_path)
    ctx.report = journal
    record = read_run(folder)
    assert record is not None
    for settle in (True, False):
        ctx.owe(policy)
        ctx.owe(policy)
        assert ctx.outstanding == [policy]
        assert debts_of(record).settled == ()
        assert debts_of(record).owed == (policy,)
        if settle:
            ctx.settle(policy)
            assert ctx.outstanding == []
            assert debts_of(record).settled == (policy,)


class TestStart:
    worker = (
        sys.executable,
        "-c",
        "import os, sys, signal\n"
        "from pathlib import Path\n"
        "import msgspec\n"
        "from pryv_tui.runs.record.history import mark_of\n"
        "folder = Path(sys.argv[1])\n"
        "signal.signal(signal.SIGTERM, lambda *_: os._exit(0))\n"
        "(folder / 'new').write_bytes(msgspec.json.encode(mark_of(os.getpid())))\n"
        "(folder / 'new').rename(folder / 'worker.json')\n"
        "assert os.getsid(0) == os.getpid()\n"
        "while True: signal.pause()\n",
    )

    def settings(self, folder: Path) -> Settings:
        return Settings(vault=str(folder / "v"), state=str(folder / "s"), practice=str(folder))

    def test_a_worker_is_a_session_of_its_own_and_is_cancelled_by_its_mark(
        self, tmp_path: Path
    ) -> None:
        record = start_run(self.settings(tmp_path), "backup", worker=self.worker)
        assert record.state in ("starting", "running")
        ended = cancel_run(tmp_path / "s", record.id)
        assert ended.state == "died"
        assert list(follow(ended)) == []
        with pytest.raises(PryvTuiError, match="is not running") as caught:
            cancel_run(tmp_path / "s", record.id)
        assert caught.value.name == "refused"

    def test_a_state_folder_that_can_not_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "s").mkdir()
        (tmp_path / "s/runs").touch()
        with pytest.raises(PryvTuiError) as caught:
            start_run(self.settings(tmp_path), "backup", worker=self.worker)
        assert caught.value.name == "step-failed"
        assert str(tmp_path / "s") in caught.value.what


@pytest.mark.parametrize("lost", ["first", "second", "both"])
def test_two_runs_of_one_second_stay_in_order_when_their_requests_are_lost(
    tmp_path: Path, lost: str
) -> None:
    """An id tells the second only, and its last letters are chance: the journal tells the rest."""
    runs = {"first": "20260101T000000Z-backup-ffff", "second": "20260101T000000Z-backup-0000"}
    for at, name in ((100, "first"), (900, "second")):
        when = f"2026-01-01T00:00:00.{at}Z"
        folder = asked(tmp_path, runs[name], at=when)
        started = RunStarted(kind="backup", roles=["core"], plan=[], pid=1, set="S", time=when)
        (folder / JOURNAL).write_bytes(msgspec.json.encode(started) + b"\n")
        if lost in (name, "both"):
            (folder / REQUEST).write_bytes(b'{"run": "\xff')
    assert [record.id for record in all_runs(tmp_path)] == [runs["first"], runs["second"]]


def test_of_a_run_that_ended_nothing_is_read_again_until_it_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what it owes: each look at the runs asks for all of that again."""
    monkeypatch.setattr(time, "time_ns", lambda: 1 << 62)
    folder, journal = begun(tmp_path, "R-1", os.getpid())
    owed = Owed(kind="restart-policy", host="h", what="c", where="always")
    journal.write(OwedNoted(owed=owed))
    assert policies_owed(tmp_path) == {("h", "c"): "always"}
    assert state_of(folder) == "running"
    journal.write(RunFinished(outcome="complete", exit=0))
    journal.close()
    for _ in range(2):
        (record,) = all_runs(tmp_path)
        assert (record.state, record.problems) == ("ended", ())
        assert debts_of(record).owed == (owed,)
        assert policies_owed(tmp_path) == {("h", "c"): "always"}
    text = record.journal.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("pryv_tui.runs.record.journal.decode_event", None)
        patch.setattr("pryv_tui.runs.record.events.decode_event", None)
        assert (all_runs(tmp_path), debts_of(record).owed) == ([record], (owed,))
        assert policies_owed(tmp_path) == {("h", "c"): "always"}
    # Somebody damages what it was asked for, and cuts it off.
    (folder / REQUEST).write_bytes(b"{}")
    assert all_runs(tmp_path)[0].problems
    record.journal.write_bytes(text[: text.index(b'"run_finished"')])
    assert state_of(folder) == "running"
    record.journal.write_bytes(text.replace(b'"always"', b'"no"'))
    assert policies_owed(tmp_path) == {("h", "c"): "no"}
    assert [one.where for one in debts_of(record).owed] == ["no"]


def test_whether_a_run_lives_is_asked_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1 << 62)
    process = sleeper()
    folder, journal = begun(tmp_path, "R-1", process.pid)
    journal.close()
    assert [state_of(folder) for _ in range(2)] == ["running", "running"]
    process.kill()
    process.wait()
    assert state_of(folder) == "died"
