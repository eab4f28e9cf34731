"""A drill waits for what passes by itself, says for what and since when, and no longer than it was
told to: on a clock of the test's own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pryv_tui.errors import Cancelled
from pryv_tui.operations.drilling.facts import Phase
from pryv_tui.operations.drilling.pressure import Pressure
from pryv_tui.operations.guards.drill import memory_line, pressure_lines
from pryv_tui.operations.guards.line import GuardLine, failed, not_now, ok, waited_for
from pryv_tui.operations.steps.drilling.room import WAITS, until_there_is_room
from tests.operations.kit import Heard, context, telling

FREE = [ok("runs", "no other run is using the platform")]
BACKUP = [not_now("runs", "the backup B goes on", "Follow it")]
LOADED = [not_now("load", "300 % of the processors", "Wait")]
FULL = [*BACKUP, failed("space", "too little", "Free some")]


class Clock:
    """Seconds that go by where somebody waits, and nowhere else."""

    def __init__(self, at: Callable[[float], None] = lambda _now: None) -> None:
        self.now = 0.0
        self._at = at

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds
        self._at(self.now)


def waits(
    folder: Path, seconds: float, *found: tuple[float, list[GuardLine]], cancelled: float = 9e9
) -> tuple[str | None, list[GuardLine], Heard, Clock]:
    """A wait.

    Args:
        found: what is found from a second on, the latest last.
        cancelled: when the operator cancels.
    """
    ctx, heard = context(folder, telling("vm", "core", lambda _argv: (0, "", "")))
    cancel = threading.Event()
    ctx.cancel = cancel
    clock = Clock(lambda now: cancel.set() if now >= cancelled else None)

    def look() -> list[GuardLine]:
        return [lines for since, lines in found if clock.now >= since][-1]

    since, lines = until_there_is_room(ctx, look, seconds, clock=clock, pause=clock.pause)
    return since, lines, heard, clock


def test_where_there_is_room_or_nobody_waits_it_looks_once(tmp_path: Path) -> None:
    for seconds, lines in ((600.0, FREE), (0.0, BACKUP), (600.0, FULL)):
        since, found, heard, clock = waits(tmp_path, seconds, (0, lines))
        assert (since, found, clock.now) == (None, lines, 0.0)
        assert heard.notes == [] and heard.facts == []


def test_it_says_for_what_and_since_when_until_there_is_room(tmp_path: Path) -> None:
    since, found, heard, clock = waits(tmp_path, 3600, (0, BACKUP), (100, LOADED), (400, FREE))
    assert found == FREE and 400 <= clock.now < 410
    assert since is not None and since.startswith("since ") and since.endswith(" UTC")
    first, *rest = [text for _level, text in heard.notes]
    assert first == f"waits {since}, 1 hour at most: runs: the backup B goes on"
    assert sum("load: 300 %" in one for one in rest) >= 2, "of something else it is told anew"
    assert rest[-1] == f"there is room now: the drill waited 6 minutes, {since}"
    # Once more after one minute, two, four: not at every look.
    assert len(heard.notes) < 8
    began, ended = [one for one in heard.facts if isinstance(one, Phase)]
    assert (began.name, began.of, began.ended) == (WAITS, "sandbox", "")
    assert (ended.name, ended.began) == (WAITS, began.began) and ended.ended


def test_it_waits_no_longer_than_it_was_told_to(tmp_path: Path) -> None:
    since, found, heard, clock = waits(tmp_path, 90, (0, BACKUP))
    assert since is not None and found == BACKUP and clock.now == pytest.approx(90)
    assert not [text for _level, text in heard.notes if "there is room" in text]


def test_what_no_waiting_helps_ends_it_at_once(tmp_path: Path) -> None:
    since, found, heard, clock = waits(tmp_path, 3600, (0, BACKUP), (60, FULL))
    assert since is not None and found == FULL and clock.now < 70
    assert not [text for _level, text in heard.notes if "there is room" in text]


def test_a_cancel_is_heard_while_it_waits(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        waits(tmp_path, 3600, (0, BACKUP), cancelled=7.0)


def test_what_is_found_again_after_a_look_at_the_platform_is_waited_for(tmp_path: Path) -> None:
    """What ended may have begun something else."""
    since, found, heard, _clock = waits(
        tmp_path, 3600, (0, BACKUP), (50, FREE), (50.1, LOADED), (300, FREE)
    )
    assert since is not None and found == FREE
    assert [text for _level, text in heard.notes if "there is room" in text]


def test_load_memory_stalls_and_runs_pass_and_the_rest_does_not() -> None:
    lines = pressure_lines(Pressure(load=300.0, memory=50.0, disk=50.0), 200, 25)
    lines.append(memory_line(1, 3))
    assert len(waited_for(lines)) == 4
    assert waited_for([*lines, failed("space", "too little", "Free some")]) == []
    assert waited_for(FREE) == []
