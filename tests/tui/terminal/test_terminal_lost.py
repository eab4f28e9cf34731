"""A terminal that goes away ends the interface, whoever stands between and whether or not a signal
tells of it; the run goes on."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import shlex
import shutil
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.start import cancel_run
from pryv_tui.tui.terminal.driver import ThriftyDriver

PATIENCE = 60.0
"""Seconds until something that has to come counts as missing; nothing is measured with it."""

LEADER = """
import signal, subprocess, sys
signal.signal(signal.SIGHUP, signal.SIG_IGN)
def as_usual(): signal.signal(signal.SIGHUP, signal.SIG_DFL)
sys.exit(subprocess.run(sys.argv[1:], preexec_fn=as_usual).returncode)
"""
"""Leads the terminal's session, keeps the hang-up to itself, and waits, as `make` does."""


class Terminal:
    """A terminal that this test is: it reads what is drawn, and types."""

    def __init__(self) -> None:
        self.ours, self.theirs = pty.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, b"\x18\0\x50\0\0\0\0\0")  # 24 x 80
        self.drawn = b""
        self.answers = False
        """Whether it says where its cursor is when it is asked, as a living one does."""

    def type(self, keys: bytes) -> None:
        os.write(self.ours, keys)

    def look(self, seconds: float = 0.1) -> None:
        if not select.select([self.ours], [], [], seconds)[0]:
            return
        with contextlib.suppress(OSError):
            part = os.read(self.ours, 1 << 16)
            self.drawn += part
            if self.answers and b"\x1b[6n" in part:
                self.type(b"\x1b[1;1R")

    def sees(self, text: bytes) -> None:
        deadline = time.monotonic() + PATIENCE
        while text not in self.drawn:
            assert time.monotonic() < deadline, f"{text!r} did not come: {self.drawn[-3000:]!r}"
            self.look()

    def close_ours(self) -> None:
        """What a terminal window, a connection or a tmux server does when it is killed."""
        os.close(self.ours)
        self.ours = -1

    def close(self) -> None:
        for descriptor in (self.ours, self.theirs):
            with contextlib.suppress(OSError):
                os.close(descriptor)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal()
    yield made
    made.close()


@pytest.fixture
def another() -> Iterator[Terminal]:
    made = Terminal()
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A practice platform; what still runs on it at the end is cancelled."""
    made = PracticePlatform.create(tmp_path / "p", users=1, attachments=1, pace=3600.0).folder
    yield made
    state = Path(resolve_settings(practice=str(made), environment={}).state)
    for record in all_runs(state):
        if record.state in ("starting", "running"):
            cancel_run(state, record.id)


def interface(folder: Path) -> list[str]:
    return [sys.executable, "-m", "pryv_tui", "--practice", str(folder)]


def start(
    words: Sequence[str], terminal: Terminal, output: Terminal | None = None
) -> subprocess.Popen[bytes]:
    """A program that leads a session on a terminal."""

    def take_terminal() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    shown = (output or terminal).theirs
    started = subprocess.Popen(
        words,
        stdin=terminal.theirs,
        stdout=shown,
        stderr=shown,
        start_new_session=True,
        preexec_fn=take_terminal,
        env={**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"},
    )
    os.close(terminal.theirs)
    return started


def made(folder: Path) -> list[str]:
    """`make`, with the interface as a line of its recipe."""
    makefile = folder.parent / "Makefile"
    makefile.write_text(f"it:\n\t{shlex.join(interface(folder))}\n")
    return ["make", "-f", str(makefile), "it"]


def scripted(folder: Path) -> list[str]:
    return ["script", "-qec", shlex.join(interface(folder)), "/dev/null"]


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


def ended(started: subprocess.Popen[bytes]) -> int:
    """How it ended; what does not end is ended here, and all that it started."""
    try:
        return started.wait(timeout=PATIENCE)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)


def test_no_signal_is_needed(terminal: Terminal, folder: Path) -> None:
    started = start([sys.executable, "-c", LEADER, *interface(folder)], terminal)
    terminal.sees(b"containers run")
    terminal.close_ours()
    assert ended(started) == 128 + signal.SIGHUP


@pytest.mark.parametrize(
    "between",
    [pytest.param(made, marks=needs("make")), pytest.param(scripted, marks=needs("script"))],
)
def test_who_stands_between_is_left_with_nothing_to_wait_for(
    terminal: Terminal, folder: Path, between: object
) -> None:
    """`script` keeps the interface's terminal open when its own goes: it types Ctrl+D, once."""
    assert callable(between)
    started = start(between(folder), terminal)
    terminal.sees(b"containers run")
    terminal.close_ours()
    # `make` says 2 of whatever its line said, or ends by its own signal; `script` the line's own.
    assert ended(started) in (2, 128 + signal.SIGHUP, -signal.SIGHUP)


def test_the_run_goes_on(terminal: Terminal, folder: Path) -> None:
    state = Path(resolve_settings(practice=str(folder), environment={}).state)
    begun = subprocess.run(
        [*interface(folder), "backup", "--detach"], capture_output=True, text=True, check=True
    )
    started = start([sys.executable, "-c", LEADER, *interface(folder)], terminal)
    terminal.sees(b"Safe to disconnect")
    terminal.close_ours()
    assert ended(started) == 128 + signal.SIGHUP
    (run,) = all_runs(state)
    assert (run.id, run.state) == (begun.stdout.strip(), "running")


def test_a_screen_that_goes_while_keys_could_still_come(
    terminal: Terminal, another: Terminal, folder: Path
) -> None:
    started = start(interface(folder), terminal, output=another)
    another.sees(b"containers run")
    os.close(another.theirs)
    another.close_ours()
    assert ended(started) == 128 + signal.SIGHUP


def test_keys_that_end_while_the_screen_could_still_be_drawn(
    terminal: Terminal, another: Terminal, folder: Path
) -> None:
    """Nothing is written that could fail: that its input is at its end is all that there is."""
    started = start([sys.executable, "-c", LEADER, *interface(folder)], terminal, output=another)
    another.sees(b"containers run")
    terminal.close_ours()
    assert ended(started) == 128 + signal.SIGHUP


def test_what_reading_keys_comes_to() -> None:
    """An error is an end as well: a thread that it ended would leave the interface deaf."""
    driver = ThriftyDriver.__new__(ThriftyDriver)
    driver.fileno, keys = os.pipe()
    os.set_blocking(driver.fileno, False)
    assert driver._read() is None, "nothing yet"
    os.write(keys, b"q")
    assert driver._read() == b"q"
    os.close(keys)
    assert driver._read() == b""
    os.close(driver.fileno)
    assert driver._read() == b"", "it can't be read any more"


def test_a_person_at_a_living_terminal_may_press_ctrl_d(terminal: Terminal, folder: Path) -> None:
    terminal.answers = True
    started = start(interface(folder), terminal)
    terminal.sees(b"containers run")
    terminal.type(b"\x04")
    terminal.sees(b"\x1b[6n")
    terminal.drawn = b""
    terminal.type(b"?")
    terminal.sees(b"Help")
    terminal.type(b"q")
    with contextlib.suppress(OSError):
        while started.poll() is None:
            terminal.look()
    assert ended(started) == 0


def test_a_key_that_is_not_utf_8_ends_nothing(terminal: Terminal, folder: Path) -> None:
    """What a terminal of another encoding sends for an é."""
    started = start(interface(folder), terminal)
    terminal.sees(b"containers run")
    terminal.type(b"\xe9")
    terminal.drawn = b""
    terminal.type(b"?")
    terminal.sees(b"Help")
    terminal.type(b"q")
    while started.poll() is None:
        terminal.look()
    assert ended(started) == 0
    assert b"Traceback" not in terminal.drawn


def test_a_thread_that_hears_nothing_does_not_hold_up_the_end(
    terminal: Terminal, folder: Path
) -> None:
    """An engine that does not answer: its question can't be ended from outside."""
    held = """
import sys, threading
import pryv_tui.tui.terminal.probe as terminal
import pryv_tui.tui.screens.overview as overview
terminal.GIVE_UP_SECONDS = 0.5
overview.first_look = lambda *a, **k: threading.Event().wait()
from pryv_tui.__main__ import main
sys.argv = ["pryv-tui", *sys.argv[1:]]
main()
"""
    started = start([sys.executable, "-c", held, *interface(folder)[3:]], terminal)
    terminal.sees(b"PRACTICE")
    terminal.close_ours()
    assert ended(started) == 128 + signal.SIGHUP
