"""The journey in a real terminal: keys in, screen out."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pryv_tui.practice.platform import PracticePlatform

pytestmark = [
    pytest.mark.tmux,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
]
PATIENCE = 60.0
START = (
    "import sys; from pryv_tui.operations.site import resolve_settings;"
    " from pryv_tui.tui.app import run_interface;"
    " sys.exit(run_interface(resolve_settings(practice=sys.argv[1], environment={})))"
)


class Terminal:
    """A tmux server of its own with one window."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    def tmux(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", str(self._socket), *words], capture_output=True, text=True, check=False
        )
        return done.stdout

    def open(self, folder: Path, size: tuple[int, int] = (80, 24)) -> None:
        command = shlex.join(["env", "LC_ALL=C.UTF-8", sys.executable, "-c", START, str(folder)])
        self.tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", str(size[0]), "-y", str(size[1]),
            f"{command}; echo left with $?; exec sleep 600",
        )  # fmt: skip

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.tmux("send-keys", key)
            time.sleep(0.15)

    @property
    def screen(self) -> str:
        return self.tmux("capture-pane", "-p")

    def resize(self, width: int, height: int, text: str) -> str:
        """Change the size, and wait until the screen followed."""
        self.tmux("resize-window", "-x", str(width), "-y", str(height))
        return self.sees(text)

    def sees(self, text: str) -> str:
        deadline = time.monotonic() + PATIENCE
        while text not in (shown := self.screen):
            assert time.monotonic() < deadline, f"{text!r} did not come; the screen:\n{shown}"
            time.sleep(0.05)
        return shown


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path / "tmux")
    yield made
    made.tmux("kill-server")


def test_the_journey_with_real_keys(terminal: Terminal, tmp_path: Path) -> None:
    platform = PracticePlatform.create(tmp_path / "p", users=3, attachments=3)
    before = platform.contents()
    terminal.open(platform.folder)
    assert "PRACTICE" in terminal.sees("containers run")
    terminal.keys("b")
    terminal.sees("Roles to back up")
    terminal.sees("[x]")
    terminal.keys("Enter")
    terminal.sees("✓ all")
    terminal.keys("n")
    terminal.sees("The timing gap")
    terminal.keys("Tab", "Tab", "Enter")
    terminal.sees("COMPLETE")
    assert "PRACTICE" in terminal.resize(60, 20, "Result")
    assert "PRACTICE" in terminal.resize(80, 24, "Result")
    terminal.keys("Escape")
    terminal.sees("Roles and containers")
    platform.wipe("core")
    terminal.keys("C-r")
    terminal.sees("incomplete")
    terminal.keys("r")
    terminal.sees("✓ complete")
    terminal.keys("Enter")
    terminal.sees("Roles to restore")
    terminal.keys("n")
    terminal.sees("✓ all")
    terminal.keys("n")
    terminal.sees("The timing gap")
    terminal.keys("n")
    terminal.sees("This replaces")
    terminal.keys("practice.pryv.example", "Enter")
    assert "This replaces" in terminal.screen
    terminal.keys("Tab", "Tab", "Enter")
    terminal.sees("COMPLETE")
    # The plain view gives the terminal back, and takes it again.
    terminal.keys("p")
    terminal.sees("-- Enter goes back")
    terminal.keys("Enter")
    terminal.sees("q Quit")
    terminal.keys("q")
    terminal.sees("left with 0")
    assert platform.contents() == before


@pytest.mark.parametrize(("name", "code"), [("TERM", 143), ("HUP", 129)])
def test_a_signal_gives_the_terminal_back(
    terminal: Terminal, tmp_path: Path, name: str, code: int
) -> None:
    platform = PracticePlatform.create(tmp_path / "p", users=1, attachments=1)
    terminal.open(platform.folder)
    terminal.sees("containers run")
    shell = terminal.tmux("display-message", "-p", "#{pane_pid}").strip()
    child = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", shell], capture_output=True, text=True, check=True
    ).stdout.split()[0]
    subprocess.run(["kill", f"-{name}", child], check=True)
    shown = terminal.sees(f"left with {code}")
    assert "Roles and containers" not in shown
    assert terminal.tmux("display-message", "-p", "#{alternate_on}").strip() == "0"


def test_without_a_terminal_it_says_so() -> None:
    from pryv_tui.tui.terminal import terminal_problem

    done = subprocess.run(
        [sys.executable, "-c", START, "/nowhere"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "the interface needs a terminal" in done.stderr
    assert "\x1b" not in done.stderr + done.stdout
    assert terminal_problem({"TERM": "xterm"}) is not None
