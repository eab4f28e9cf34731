"""The journey in a real terminal: keys in, screen out."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pryv_tui.operations.overview.first_start import FOLDER
from pryv_tui.practice.platform import PracticePlatform
from tests.helpers.waiting import LONGEST, until
from tests.journeys.program import Practice

pytestmark = [
    pytest.mark.tmux,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
]
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

    def run(self, *words: str, **environment: str) -> None:
        """Any program; afterwards the screen says how it ended."""
        variables = [f"{name}={value}" for name, value in environment.items()]
        gone = [f"-u{name}" for name in os.environ if name.startswith(("PRYV", "DOCKER"))]
        command = shlex.join(["env", *gone, "LC_ALL=C.UTF-8", *variables, *words])
        self.tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24",
            f"{command}; echo left with $?; exec sleep 600",
        )  # fmt: skip

    def close(self) -> None:
        """What a lost connection does."""
        self.tmux("kill-server")

    def keys(self, *keys: str) -> None:
        """Type these one after the other; before others are typed, what they bring is waited for:
        what takes keys may not be there yet."""
        self.tmux("send-keys", *keys)

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


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path / "tmux")
    yield made
    made.close()


@pytest.fixture
def another(tmp_path: Path) -> Iterator[Callable[[], Terminal]]:
    """Further terminals: a socket whose server was killed is not free at once."""
    made: list[Terminal] = []

    def make() -> Terminal:
        made.append(Terminal(tmp_path / f"tmux{len(made)}"))
        return made[-1]

    yield make
    for terminal in made:
        terminal.close()


@pytest.mark.skipif(
    any(Path(path).exists() for path in ("/var/pryv", "/var/run/docker.sock")),
    reason="a platform may be here: no practice platform is offered",
)
def test_from_the_first_start_to_a_restored_platform(terminal: Terminal, tmp_path: Path) -> None:
    """Nothing but the program and its keys; the disaster comes from outside."""
    terminal.run(
        sys.executable, "-m", "pryv_tui",
        HOME=str(tmp_path), XDG_STATE_HOME=f"{tmp_path}/own",
        PRYV_TUI_VAULT=f"{tmp_path}/vault", PRYV_TUI_STATE=f"{tmp_path}/state",
    )  # fmt: skip
    terminal.sees("No platform was found here")
    terminal.keys("Right", "Enter")
    assert "PRACTICE" in terminal.sees("containers run")
    platform = PracticePlatform.open(tmp_path / FOLDER)
    before = platform.contents()
    terminal.keys("b")
    terminal.sees("Roles to back up")
    terminal.sees("[x]")
    terminal.keys("Enter")
    terminal.sees("✓ all")
    assert "PRACTICE" in terminal.resize(60, 20, "✓ all")
    terminal.resize(80, 24, "3 Steps and start")
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
    terminal.sees("[x]")  # which roles there are is looked up: n before that says that it waits
    terminal.keys("n")
    terminal.sees("✓ all")
    terminal.keys("n")
    terminal.sees("The timing gap")
    terminal.keys("n")
    terminal.sees("This replaces")
    terminal.keys("practice.pryv.example", "Enter")
    terminal.sees("Space presses it")
    assert "This replaces" in terminal.screen
    terminal.keys("Space")
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
    from pryv_tui.tui.terminal.probe import terminal_problem

    done = subprocess.run(
        [sys.executable, "-c", START, "/nowhere"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "the interface needs a terminal" in done.stderr
    assert "\x1b" not in done.stderr + done.stdout
    assert terminal_problem({"TERM": "xterm"}) is not None


# --- a run that goes on ---------------------------------------------------------------------------

HELD = 3600.0
"""Seconds that a store's tool takes: a run stays in that step until a key ends it."""


def at_pace(practice: Practice, seconds: float) -> None:
    """How long each store's dump and restore takes, from its next tool on."""
    path = practice.folder / "practice.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "pace": seconds}))


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[Practice]:
    """A platform with a set; what still runs on it at the end is cancelled."""
    made = Practice.create(tmp_path / "p", "--users", 2, "--attachments", 2)
    assert made.run("backup", "--json").exit == 0
    yield made
    made.run("cancel", "latest")


def begin_backup(terminal: Terminal) -> None:
    terminal.keys("b")
    terminal.sees("[x]")
    terminal.keys("Enter")
    terminal.sees("✓ all")
    terminal.keys("n")
    terminal.sees("The timing gap")
    terminal.keys("Tab", "Tab", "Enter")


def begin_restore(terminal: Terminal) -> None:
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


@pytest.mark.parametrize(
    ("begin", "tool", "sign", "remains"),
    [
        (begin_backup, "mongodump", "done dumping", "is not a set, and holds nothing yet"),
        (begin_restore, "mongorestore", "reading metadata", "What was there before is"),
    ],
)
def test_cancelled_by_key_while_a_tool_runs(
    terminal: Terminal,
    practice: Practice,
    begin: Callable[[Terminal], None],
    tool: str,
    sign: str,
    remains: str,
) -> None:
    """On a terminal that changes its size meanwhile; what was there is there again."""
    before = practice.contents()
    at_pace(practice, HELD)
    terminal.open(practice.folder)
    terminal.sees("containers run")
    begin(terminal)
    terminal.sees(sign)
    assert "PRACTICE" in terminal.resize(60, 20, "Output")
    assert "PRACTICE" in terminal.resize(120, 40, "Steps")
    terminal.resize(80, 24, "Output")
    terminal.keys("x")
    terminal.sees("No, let it go on")
    # Enter alone lets it go on.
    terminal.keys("Enter")
    terminal.loses("No, let it go on")
    terminal.keys("x")
    terminal.sees("No, let it go on")
    terminal.keys("Right", "Enter")
    shown = terminal.sees("CANCELLED")
    words = " ".join("".join(" " if c in "┃█│" else c for c in shown).split())
    assert f"{tool} in pryvio_mongodb was ended" in words
    assert remains in words
    assert ("Set: 2" in words) is (tool == "mongorestore"), "no set was made"
    assert "Cancelling" not in shown
    terminal.keys("q")
    terminal.sees("left with 0")
    assert practice.contents() == before


def test_left_and_opened_again_elsewhere(
    terminal: Terminal, another: Callable[[], Terminal], practice: Practice
) -> None:
    """By key, and by a connection that breaks: the run goes on, and shows itself from its start."""
    at_pace(practice, HELD)
    terminal.open(practice.folder)
    terminal.sees("containers run")
    begin_backup(terminal)
    terminal.sees("Safe to disconnect")
    terminal.keys("q")
    terminal.sees("Leaving ends only this view")
    # Enter alone stays.
    terminal.keys("Enter")
    terminal.loses("Leaving ends only this view")
    terminal.keys("q")
    terminal.sees("Leaving ends only this view")
    terminal.keys("Right", "Enter")
    shown = terminal.sees("left with 0")
    assert "The backup goes on. Follow it: pryv-tui" in shown
    second = another()
    second.open(practice.folder)
    second.sees("done dumping")
    second.keys("Home")
    second.sees("[1/19] Check the preconditions")
    second.close()
    terminal = another()
    terminal.open(practice.folder)
    terminal.sees("Safe to disconnect")
    terminal.keys("x")
    terminal.sees("No, let it go on")
    terminal.keys("Right", "Enter")
    terminal.sees("CANCELLED")
