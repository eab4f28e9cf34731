"""The terminal of a played drill is lost right after a run was started for what was chosen: whoever
comes back follows that run, whether it still goes on or has ended, and the story is what it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pryv_tui.drills.playing.drill import Drill, open_drill, opened
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.runs.left import left_behind
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.runs.recovery import start_recovery
from pryv_tui.runs.start import follow, start_run
from tests.drills.play import begun, play
from tests.helpers.tmux import at_pace
from tests.helpers.waiting import until


def finished(drill: Drill) -> RunRecord:
    site = drill.ground.site
    (left,) = left_behind(site, site.discover())
    word = drill.ground.platform.domain
    return start_recovery(site, left, "finish", word=word, confirmed="dialog")


def undone(drill: Drill) -> RunRecord:
    last = [one for one in drill.ground.runs() if one.kind == "restore"][-1]
    return start_run(
        drill.ground.settings,
        "undo",
        undone_run=last.id,
        word=drill.ground.platform.domain,
        confirmed="dialog",
    )


def back(settings: Settings) -> Drill:
    """The drill, as another terminal opens it."""
    current = opened(settings)
    assert current is not None
    return open_drill(settings, current)


@pytest.mark.parametrize(
    ("scenario", "before", "chosen", "start", "goes_on"),
    [
        ("colleague", ["tell", "restore"], "ask", finished, True),
        ("colleague", ["tell", "restore"], "ask", finished, False),
        ("disk-full", ["restore"], "room", finished, False),
        ("core-lost", ["declare", "status", "everything"], "take-back", undone, False),
    ],
)
def test_it_is_followed(
    tmp_path: Path,
    scenario: str,
    before: list[str],
    chosen: str,
    start: Callable[[Drill], RunRecord],
    goes_on: bool,
) -> None:
    drill = begun(tmp_path, scenario)
    assert play(drill, before).deviations == ()
    drill.choose(chosen)
    # What the story does right before it; once more, it changes nothing.
    drill.ground.platform.faults.clear()
    at_pace(drill.ground.place, 1 if goes_on else 0)
    run = start(drill)
    if goes_on:
        until(drill.ground.going)
    else:
        for _ in follow(run):
            pass
    again = back(drill.settings)
    state = again.settle().state
    assert state.deviations == ()
    assert state.choices[-1].endswith(f".{chosen}") and not state.pending
    assert again.ground.runs()[-1].id == run.id, "no second one was started"
