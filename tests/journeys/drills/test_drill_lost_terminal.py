"""A drill in a real terminal that is lost in the middle: in a decision, in the debrief, while a
sandbox is at work. Whoever comes back goes on where it was, and both clocks are right."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pryv_tui.clock import moment_of
from pryv_tui.drills.playing.drill import Drill, open_drill, opened
from pryv_tui.drills.scenarios.library import shelf
from pryv_tui.incidents.events import Decided, FindingNoted
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.runs.record.history import RunRecord, all_runs
from tests.helpers.tmux import HELD, NEEDS, Terminal, at_pace, terminals
from tests.helpers.waiting import until
from tests.journeys.program import Practice, practice_with_a_set

pytestmark = NEEDS
STORY = "password-gone"
FIRST, SECOND, THIRD = "The envelope is empty. What", "How do you use it?", "before tonight?"
CLOCKS = re.compile(r"Story (\d\d:\d\d \(\+\d+ min\)).*?wall (?:(\d+):)?(\d+):(\d\d)", re.DOTALL)


@pytest.fixture
def another(tmp_path: Path) -> Iterator[Callable[[], Terminal]]:
    with terminals(tmp_path) as make:
        yield make


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[Practice]:
    with practice_with_a_set(tmp_path / "p") as made:
        yield made


def at_the_desk(make: Callable[[], Terminal], practice: Practice) -> Terminal:
    terminal = make()
    terminal.open(practice.folder)
    terminal.sees("containers run")
    return terminal


def begin(terminal: Terminal) -> None:
    """The story's first decision."""
    terminal.keys("D")
    terminal.sees("Held, the newest first")
    terminal.sees(" min ")
    every = [one.name for one in shelf(None)]
    terminal.keys(*["Down"] * every.index(STORY))
    terminal.sees("The machine and its vault")
    terminal.keys("Enter")
    terminal.sees(FIRST)


def played(practice: Practice) -> Drill:
    settings = resolve_settings(practice=str(practice.folder), environment={})
    current = opened(settings)
    assert current is not None
    return open_drill(settings, current)


def clocks(screen: str) -> tuple[str, int]:
    """What the story's clock says, and the seconds on the wall's."""
    found = CLOCKS.search(screen)
    assert found is not None, screen
    story, hours, minutes, seconds = found.groups()
    return story, int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)


def server_killed(terminal: Terminal) -> None:
    program = terminal.program
    terminal.close()
    until(lambda: not Path(f"/proc/{program}").exists(), "the end of the interface")


def hung_up(terminal: Terminal) -> None:
    """What a connection that drops does."""
    os.kill(terminal.program, signal.SIGHUP)
    terminal.sees(f"left with {128 + signal.SIGHUP}")


def killed(terminal: Terminal) -> None:
    os.kill(terminal.program, signal.SIGKILL)
    terminal.sees(f"left with {128 + signal.SIGKILL}")


JOINED = [
    (server_killed, False),
    (hung_up, False),
    pytest.param(killed, True, marks=pytest.mark.each_turn),
]
"""And whether a third terminal joins. It looks on at what the second one plays: how the first one
was lost is over by then, and left most after the kill, at which nothing was let go of. So the kill
is in each turn."""


@pytest.mark.parametrize(("lost", "joined"), JOINED)
def test_lost_in_mid_decision_it_goes_on_there_and_others_join(
    another: Callable[[], Terminal],
    practice: Practice,
    lost: Callable[[Terminal], None],
    joined: bool,
) -> None:
    first = at_the_desk(another, practice)
    begin(first)
    first.keys("Enter")
    story, _wall = clocks(first.sees(SECOND))
    # Another option is selected, and not taken: it is none that was confirmed.
    first.keys("Down")
    lost(first)
    ended = time.time()

    second = at_the_desk(another, practice)
    second.keys("D")
    again, wall = clocks(second.sees(SECOND))
    drill = played(practice)
    began = moment_of(drill.page().began)
    assert began is not None
    # The story's clock stands while nobody decides; the wall's went on while nobody was there.
    assert again == story == "03:45 (+15 min)"
    assert int(ended - began.timestamp()) <= wall <= time.time() - began.timestamp() + 1
    decided = [one for one in drill.page().events if isinstance(one, Decided)]
    assert [one.choice for one in decided] == ["second"]

    third = joins(another, practice) if joined else None
    second.keys("Enter")
    assert "04:" not in clocks(second.sees(THIRD))[0]
    if third is not None:
        third.sees(THIRD)
    assert played(practice).page().state.choices == ("look.second", "found.read-only")


def joins(make: Callable[[], Terminal], practice: Practice) -> Terminal:
    """Whoever looks on takes nothing; who plays goes on, and both see it."""
    third = at_the_desk(make, practice)
    third.keys("D")
    assert SECOND in third.sees("OBSERVER")
    third.keys("F")
    third.sees("FACILITATOR")
    third.sees("F WRONG")
    third.keys("Enter")
    third.sees("Somebody else plays it")
    return third


@pytest.mark.parametrize(("lost", "joined"), JOINED)
def test_lost_in_mid_debrief_what_was_found_is_there(
    another: Callable[[], Terminal],
    practice: Practice,
    lost: Callable[[Terminal], None],
    joined: bool,
) -> None:
    first = at_the_desk(another, practice)
    begin(first)
    for text in (SECOND, THIRD, "It ended well."):
        first.keys("Enter")
        first.sees(text)
    first.keys("Enter")
    first.sees("Before it is closed")
    first.keys("the list was at hand", "Enter")
    first.sees("enter Press")
    first.keys("Enter")
    first.sees("To be fixed: the list")
    first.keys("half of a thou")
    first.sees("half of a thou")
    lost(first)

    second = at_the_desk(another, practice)
    second.keys("D")
    second.sees("The debrief is what remains")
    second.keys("Enter")
    shown = second.sees("To be fixed: the list was at hand")
    assert "half of a thou" not in shown
    found = [one for one in played(practice).page().events if isinstance(one, FindingNoted)]
    assert [(one.text, one.good) for one in found] == [("the list was at hand", False)]
    if joined:
        third = at_the_desk(another, practice)
        third.keys("D")
        third.sees("OBSERVER")
        third.sees("It ended well.")


def run_of(practice: Practice, state: str) -> RunRecord | None:
    every = all_runs(Path(f"{practice.folder}-state"))
    return next((one for one in every if (one.kind, one.state) == ("drill", state)), None)


@pytest.mark.parametrize(("lost", "joined"), JOINED)
def test_lost_while_a_sandbox_is_at_work_it_goes_on_and_is_shown_again(
    another: Callable[[], Terminal],
    practice: Practice,
    lost: Callable[[Terminal], None],
    joined: bool,
) -> None:
    before = practice.contents()
    at_pace(practice.folder, HELD)
    first = at_the_desk(another, practice)
    first.keys("D")
    first.sees(" min ")
    first.keys("t")
    first.sees("restored beside the platform")
    first.keys("Right", "Enter")
    first.sees("reading metadata")
    run = until(lambda: run_of(practice, "running"))
    lost(first)
    assert run_of(practice, "running") is not None

    second = another()
    second.open(practice.folder)
    second.sees("Safe to disconnect")
    second.sees("reading metadata")
    shown = [second, another()] if joined else [second]
    for third in shown[1:]:
        third.open(practice.folder)
        third.sees("Safe to disconnect")
    second.keys("x")
    second.sees("No, let it run")
    second.keys("Right", "Enter")
    for terminal in shown:
        terminal.sees("CANCELLED")
    ended = until(lambda: run_of(practice, "ended"))
    assert (ended.id, ended.outcome) == (run.id, "cancelled")
    (mine,) = json.loads(practice.run("drill", "list", "--json").out)
    assert (mine["id"], mine["outcome"]) == (run.id, "broken off")
    assert not list(Path(f"{practice.folder}-state/sandboxes").glob("*"))
    assert practice.contents() == before


def test_one_that_was_asked_at_a_terminal_goes_on_with_the_same_command(
    another: Callable[[], Terminal], practice: Practice
) -> None:
    """Without the interface; and in the interface, where it was begun without it."""
    words = [sys.executable, "-m", "pryv_tui", "drill", "run", "--scenario", STORY]
    words += ["--practice", str(practice.folder)]
    first = another()
    first.run(*words)
    first.sees("What first?")
    first.keys("Enter")
    first.sees(SECOND)
    server_killed(first)
    second = another()
    second.run(*words)
    second.sees(SECOND)
    # What was printed before may have left the screen by then.
    shown = second.tmux("capture-pane", "-p", "-S", "-200")
    assert "going on where it was left" in shown and "What first?" not in shown
    server_killed(second)
    third = at_the_desk(another, practice)
    third.keys("D")
    assert clocks(third.sees(SECOND))[0] == "03:45 (+15 min)"
