"""Losing the terminal, the viewer or the race for the platform changes nothing about a run."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pryv_tui.runs.record.history import RunRecord, all_runs
from tests.helpers.tmux import HELD as UNENDING
from tests.helpers.tmux import NEEDS, Terminal, at_pace
from tests.helpers.waiting import until
from tests.journeys.program import Practice

tmux, needs_tmux = NEEDS


def _last(practice: Practice, state: str, known: int = 0) -> RunRecord | None:
    """The newest run, when it is in this state and not one of those known before."""
    runs = _runs(practice)
    return runs[-1] if len(runs) > known and runs[-1].state == state else None


def _runs(practice: Practice) -> list[RunRecord]:
    """What `runs` reads, without a process a look: a run is over before a few of those."""
    return all_runs(Path(f"{practice.folder}-state"))


@needs_tmux
@tmux
@pytest.mark.parametrize("kind", ["backup", "restore"])
def test_a_killed_terminal_does_not_end_the_run(tmp_path: Path, kind: str) -> None:
    practice = Practice.with_set(tmp_path / "p", users=3, attachments=3)
    before = practice.contents()
    if kind == "restore":
        practice.wipe("core")
    at_pace(practice.folder, 2)
    words = ["restore", "latest", "--confirm", "practice.pryv.example"]
    words = words if kind == "restore" else ["backup"]
    command = [sys.executable, "-m", "pryv_tui", *words, "--practice", str(practice.folder)]
    terminal = Terminal(tmp_path / "tmux")
    known = len(_runs(practice))
    terminal.run(*command)
    run = until(lambda: _last(practice, "running", known))
    terminal.close()
    ended = until(lambda: _last(practice, "ended"))
    assert (ended.id, ended.kind, ended.exit) == (run.id, kind, 0)
    attached = practice.run("attach", run.id, "--json")
    assert attached.exit == 0
    assert attached.events[0]["event"] == "run_started", "the whole output, from the start"
    assert attached.end["outcome"] == "complete"
    assert practice.contents() == before


def _as_a_terminal_would() -> None:
    """A test run in the background ignores these, and what it starts would inherit that."""
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_viewer_that_is_signalled_leaves_the_run_alone(tmp_path: Path, number: int) -> None:
    practice = Practice.create(tmp_path / "p", "--pace", "1", "--users", 2, "--attachments", 2)
    viewer = subprocess.Popen(
        [sys.executable, "-m", "pryv_tui", "backup", "--practice", str(practice.folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_as_a_terminal_would,
    )
    until(lambda: _last(practice, "running"))
    viewer.send_signal(number)
    assert viewer.wait(timeout=60) != 0
    ended = until(lambda: _last(practice, "ended"))
    assert (ended.outcome, ended.exit) == ("complete", 0)


def test_detach_returns_at_once_and_cancel_ends_the_run(tmp_path: Path) -> None:
    practice = Practice.create(tmp_path / "p", "--pace", "20", "--users", 2, "--attachments", 2)
    before = practice.contents()
    started = practice.run("backup", "--detach")
    assert started.exit == 0
    run = started.out.strip()
    until(lambda: _last(practice, "running"))
    busy = practice.run("backup", "--json")
    assert busy.exit == 5
    assert run in busy.err, "it says who holds the platform"
    cancelled = practice.run("cancel", run)
    assert cancelled.exit == 0, cancelled.err
    ended = _last(practice, "ended")
    assert ended is not None
    assert (ended.outcome, ended.exit) == ("cancelled", 130)
    assert practice.contents() == before
    assert practice.run("attach", run, "--json").exit == 130
    assert not [s for s in practice.sets() if s["state"] == "complete"]


def test_a_cancelled_restore_puts_back_what_was_there(tmp_path: Path) -> None:
    practice = Practice.with_set(tmp_path / "p", users=2, attachments=2)
    at_pace(practice.folder, UNENDING)
    before = practice.contents()
    run = practice.run(
        "restore", "latest", "--confirm", "practice.pryv.example", "--detach"
    ).out.strip()
    journal = tmp_path / "p-state/runs" / run / "journal.jsonl"
    # The step that restores MongoDB has begun: the old content lies aside by now.
    until(lambda: journal.exists() and b"preparing collections" in journal.read_bytes())
    assert practice.run("cancel", run).exit == 0
    ended = _last(practice, "ended")
    assert ended is not None
    assert ended.exit == 130
    assert practice.contents() == before
    status = practice.run("status").out
    assert "half-restored" not in status
    assert "half-way" not in status
    assert practice.run("recover").out.strip() == "Nothing was left half-done."


MOMENT = "dump-mongodb"
HELD = f"""
import gc
import importlib
import os
import sys
from pathlib import Path
import pryv_tui
from pryv_tui.__main__ import main
from pryv_tui.runs import start
from tests.helpers.forked import out_of_itself

package = Path(pryv_tui.__file__).parent
for path in package.rglob("*.py"):
    words = path.relative_to(package.parent).with_suffix("").parts
    if words[1] != "tui" and words[-1] != "__init__":
        importlib.import_module(".".join(words))
gc.freeze()

worker = (sys.executable, "-m", "tests.real.pausing", '["{MOMENT}"]')
start.start_run.__kwdefaults__["worker"] = worker
start.launch = out_of_itself
for _ in range(20):
    if os.fork() == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        main()
for _ in range(20):
    print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
"""
"""The program, twenty times, each with a worker that stays at the end of that step until it may go
on; then how each ended. Loaded once, so that all start at the same moment, the workers too."""


def test_of_twenty_starts_at_once_one_runs_and_nineteen_are_refused(tmp_path: Path) -> None:
    practice = Practice.create(tmp_path / "p", "--users", 2, "--attachments", 2)
    words = ["backup", "--json", "--practice", str(practice.folder)]
    said = tmp_path / "said"
    with said.open("wb") as out:
        started = subprocess.Popen([sys.executable, "-c", HELD, *words], stdout=out)

    def codes() -> list[int]:
        return [int(code) for code in said.read_text().split()]

    until(lambda: len(codes()) >= 19, seconds=240)
    assert codes() == [5] * 19
    until(lambda: list(tmp_path.glob(f"p-state/runs/*/at-{MOMENT}")))
    (at,) = tmp_path.glob(f"p-state/runs/*/at-{MOMENT}")
    at.with_name(f"go-{MOMENT}").touch()
    assert started.wait(timeout=240) == 0
    assert codes() == [*[5] * 19, 0]


@needs_tmux
@tmux
@pytest.mark.parametrize(
    ("answer", "outcome", "code"),
    [("d", "complete", 130), ("c", "cancelled", 130), ("f", "complete", 0)],
)
def test_an_interrupt_asks(tmp_path: Path, answer: str, outcome: str, code: int) -> None:
    practice = Practice.create(tmp_path / "p", "--pace", "2", "--users", 2, "--attachments", 2)
    command = [sys.executable, "-m", "pryv_tui", "backup", "--practice", str(practice.folder)]
    terminal = Terminal(tmp_path / "tmux")
    terminal.run(*command, size=(100, 40))
    told = ""
    try:
        until(lambda: re.search(r"\[\d+/", terminal.screen))
        terminal.keys("C-c")
        terminal.sees("continues without this view")
        assert _last(practice, "running") is not None, "asking ends nothing"
        terminal.keys(answer, "Enter")
        told = terminal.sees(f"left with {code}")
    finally:
        terminal.close()
    ended = until(lambda: _last(practice, "ended"))
    assert ended.outcome == outcome, told
    assert ("No longer following" in told) == (answer == "d")
