"""A real terminal of its own: keys in, screen out."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.helpers.waiting import LONGEST, until

NEEDS = [
    pytest.mark.tmux,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
]
"""The marks of a test that opens one."""
START = (
    "import sys; from pryv_tui.operations.settings.resolve import resolve_settings;"
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

    def open(self, folder: Path) -> None:
        """The interface on a practice platform."""
        self.run(sys.executable, "-c", START, str(folder))

    def run(self, *words: str, size: tuple[int, int] = (80, 24), **environment: str) -> None:
        """Any program; afterwards the screen says how it ended. An interrupt is the program's
        alone."""
        variables = [f"{name}={value}" for name, value in environment.items()]
        gone = [f"-u{name}" for name in os.environ if name.startswith(("PRYV", "DOCKER"))]
        command = shlex.join(["env", *gone, "LC_ALL=C.UTF-8", *variables, *words])
        self.tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", str(size[0]), "-y", str(size[1]),
            f"trap : INT; {command}; echo left with $?; exec sleep 600",
        )  # fmt: skip

    def close(self) -> None:
        """What a lost connection does."""
        self.tmux("kill-server")

    def keys(self, *keys: str) -> None:
        """Type these one after the other; before others are typed, what they bring is waited for:
        what takes keys may not be there yet."""
        self.tmux("send-keys", *keys)

    @property
    def program(self) -> int:
        """The process that was started in it."""
        shell = self.tmux("display-message", "-p", "#{pane_pid}").strip()
        words = ["ps", "-o", "pid=", "--ppid", shell]
        told = subprocess.run(words, capture_output=True, text=True, check=True)
        return int(told.stdout.split()[0])

    @property
    def screen(self) -> str:
        return self.tmux("capture-pane", "-p")

    def resize(self, width: int, height: int, text: str) -> str:
        """Change the size, and wait until the screen followed."""
        self.tmux("resize-window", "-x", str(width), "-y", str(height))
        return self.sees(text)

    def sees(self, text: str) -> str:
        def shown() -> str:
            screen = self.screen
            return screen if text in screen else ""

        missing = f"{text!r} on the screen"
        # Each look is a program that starts.
        return until(shown, lambda: f"{missing}:\n{self.screen}\n", every=LONGEST)

    def loses(self, text: str) -> None:
        """Wait until that is gone: a key sent before still goes to what shows it."""
        until(
            lambda: text not in self.screen,
            lambda: f"a screen without {text!r}:\n{self.screen}\n",
            every=LONGEST,
        )


@contextmanager
def terminals(folder: Path) -> Iterator[Callable[[], Terminal]]:
    """One terminal after the other; a socket whose server was killed is not free at once.

    Args:
        folder: for their sockets.
    """
    made: list[Terminal] = []

    def make() -> Terminal:
        made.append(Terminal(folder / f"tmux{len(made)}"))
        return made[-1]

    try:
        yield make
    finally:
        for terminal in made:
            terminal.close()


HELD = 3600.0
"""Seconds that a store's tool takes: a run stays in that step until a key ends it."""


def at_pace(platform: Path, seconds: float) -> None:
    """How long each store's dump and restore takes there, from the next tool on."""
    path = platform / "practice.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "pace": seconds}))


def begin_restore(terminal: Terminal) -> None:
    """From the overview of a practice platform to the start of a restore."""
    terminal.keys("r")
    terminal.sees("✓ complete")
    terminal.keys("Enter")
    terminal.sees("Roles to restore")
    terminal.sees("[x]")  # which roles there are is looked up: n before that says that it waits
    terminal.keys("n")
    terminal.sees("✓ all")
    terminal.keys("n")
    terminal.sees("The timing gap")
    terminal.keys("n")
    terminal.sees("This replaces")
    terminal.keys("practice.pryv.example", "Tab", "Tab", "Enter")
