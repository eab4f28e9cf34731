"""The journey in a real terminal: keys in, screen out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pryv_tui.operations.overview.first_start import FOLDER
from pryv_tui.practice.platform import PracticePlatform
from tests.helpers.tmux import HELD, NEEDS, START, Terminal, at_pace, begin_restore, terminals
from tests.journeys.program import Practice, practice_with_a_set

pytestmark = NEEDS


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path / "tmux")
    yield made
    made.close()


@pytest.fixture
def another(tmp_path: Path) -> Iterator[Callable[[], Terminal]]:
    """Further terminals."""
    with terminals(tmp_path) as make:
        yield make


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
    os.kill(terminal.program, getattr(signal, f"SIG{name}"))
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


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[Practice]:
    with practice_with_a_set(tmp_path / "p") as made:
        yield made


def begin_backup(terminal: Terminal) -> None:
    terminal.keys("b")
    terminal.sees("[x]")
    terminal.keys("Enter")
    terminal.sees("✓ all")
    terminal.keys("n")
    terminal.sees("The timing gap")
    terminal.keys("Tab", "Tab", "Enter")


@pytest.mark.parametrize(
    ("begin", "tool", "sign", "remains"),
    [
        (begin_backup, "mongodump", "done dumping", "is not a set, and holds nothing yet"),
        (begin_restore, "mongorestore", "reading metadata", "The former content is"),
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
    at_pace(practice.folder, HELD)
    terminal.open(practice.folder)
    terminal.sees("containers run")
    begin(terminal)
    terminal.sees(sign)
    assert "PRACTICE" in terminal.resize(60, 20, "Output")
    assert "PRACTICE" in terminal.resize(120, 40, "Steps")
    terminal.resize(80, 24, "Output")
    terminal.keys("x")
    terminal.sees("No, let it run")
    # Enter alone lets it go on.
    terminal.keys("Enter")
    terminal.loses("No, let it run")
    terminal.keys("x")
    terminal.sees("No, let it run")
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
    at_pace(practice.folder, HELD)
    terminal.open(practice.folder)
    terminal.sees("containers run")
    begin_backup(terminal)
    terminal.sees("Safe to disconnect")
    terminal.keys("q")
    terminal.sees("Leaving closes only this view")
    # Enter alone stays.
    terminal.keys("Enter")
    terminal.loses("Leaving closes only this view")
    terminal.keys("q")
    terminal.sees("Leaving closes only this view")
    terminal.keys("Right", "Enter")
    shown = terminal.sees("left with 0")
    assert "The backup continues. Follow it: pryv-tui" in shown
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
    terminal.sees("No, let it run")
    terminal.keys("Right", "Enter")
    terminal.sees("CANCELLED")
