"""The program forked is the program started, as far as anybody can tell from outside."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pryv_tui.decoding import read_json
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.record.events import RunFinished
from pryv_tui.runs.record.history import WORKER, WorkerMark
from pryv_tui.runs.start import follow, start_run
from tests.helpers import forked
from tests.helpers.alone import alone

ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("PRYV")}


@pytest.mark.parametrize("words", [["--version"], ["no-such-command"], ["runs", "--state", "here"]])
def test_it_says_and_ends_as_when_python_starts_it(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command = [sys.executable, "-m", "pryv_tui", *words]
    done = subprocess.run(
        command, env=ENVIRONMENT, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert forked.run(words, ENVIRONMENT, 60) == (done.returncode, done.stdout, done.stderr)
    assert done.stdout or done.stderr


def test_what_does_not_end_is_killed() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        forked.run(["--version"], ENVIRONMENT, 0.0)


def test_other_words_for_python_or_the_locale_need_another_start() -> None:
    assert forked.may_fork(ENVIRONMENT)
    assert not forked.may_fork({**ENVIRONMENT, "LC_ALL": "de_DE.ISO-8859-1"})
    assert not forked.may_fork({**ENVIRONMENT, "PYTHONIOENCODING": "latin-1"})


def test_a_worker_is_a_process_of_its_own(tmp_path: Path) -> None:
    folder = PracticePlatform.create(tmp_path / "p", users=1, attachments=0).folder
    record = start_run(resolve_settings(practice=str(folder), environment={}), "backup")
    *_, (_line, end) = follow(record)
    worker = read_json(Path(record.folder) / WORKER, WorkerMark)
    assert isinstance(end, RunFinished) and end.exit == 0
    assert worker.pid != os.getpid()


def test_a_worker_of_the_tests_is_forked_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And dies where it is to die, with what it is told as its arguments."""
    folder = PracticePlatform.create(tmp_path / "p", users=1, attachments=0).folder
    settings = resolve_settings(practice=str(folder), environment={})

    def refuse(*_words: object, **_named: object) -> None:
        raise AssertionError("Python was started")

    monkeypatch.setattr(forked, "_launch", refuse)
    killed = (sys.executable, "-m", "tests.kill.worker", "2", "after")
    record = start_run(settings, "backup", worker=killed)
    events = [event for _line, event in follow(record)]
    assert len(events) == 2 and not isinstance(events[-1], RunFinished)


def test_what_goes_wrong_in_a_forked_process_does_not_come_up_where_it_was_forked() -> None:
    """A start of a run that fails takes its folder back, which is another process's to say."""

    def fail() -> None:
        raise BrokenPipeError("nobody is left who asked")

    pid = os.fork()
    if not pid:
        try:
            forked._to_its_end(fail)
        finally:
            os._exit(9)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1


def _held() -> int:
    """Bytes in huge pages."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("AnonHugePages:"))


def test_what_is_held_stays_in_huge_pages_and_forks() -> None:
    def act() -> None:
        parts = [os.urandom(4096) for _ in range(4 * forked.HUGE // 4096)]
        before = hashlib.sha256(b"".join(parts)).digest()
        made = forked.in_huge_pages()
        # A kernel that has no such call, or no such page left, makes none.
        assert _held() >= made * forked.HUGE or made == 0
        alone(lambda: _same(parts, before))
        parts[0] = bytes(4096)
        alone(lambda: _other(parts, before))

    alone(act)


def _same(parts: list[bytes], before: bytes) -> None:
    assert hashlib.sha256(b"".join(parts)).digest() == before


def _other(parts: list[bytes], before: bytes) -> None:
    assert hashlib.sha256(b"".join(parts)).digest() != before
