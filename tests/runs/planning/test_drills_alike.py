"""Drills that a timer asks for are alike, whichever set is the newest by then; and what one can be
expected to take is what one of its kind took."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.operations.advice import Failure
from pryv_tui.operations.drilling.facts import Depth
from pryv_tui.operations.kinds.drill import Drill
from pryv_tui.operations.plan import StepView, likeness
from pryv_tui.runs.planning.durations import last_seconds
from pryv_tui.runs.record.events import (
    RunFinished,
    RunPlanned,
    RunStarted,
    StepFinished,
    StepStarted,
)
from pryv_tui.runs.record.history import RunRecord, all_runs, read_run
from pryv_tui.runs.record.journal import JournalWriter
from pryv_tui.runs.record.request import NAME
from pryv_tui.runs.record.stops import times_alike
from tests.drills.held import settings_of

VIEW = StepView(step="01-x", title="Build it", host="core", command=(), leaves="", undone="",
                destructive=False, kind="build-sandbox", store="", phase="")  # fmt: skip


def held(
    folder: Path,
    number: int,
    *,
    failed: bool = True,
    waited: bool = False,
    roles: tuple[str, ...] = ("core",),
    seconds: float = 1.0,
    **asked: Any,
) -> RunRecord:
    """A drill of the night of that number, of that night's set."""
    settings, run = settings_of(folder), f"202601{number:02d}T020000Z-drill-0001"
    set_id = f"202601{number:02d}T010000Z"
    place = Path(settings.state) / "runs" / run
    place.mkdir(parents=True)
    when = f"2026-01-{number:02d}T02:00:00Z"
    more = {"set_id": set_id, "latest": True, "settings": settings, **asked}
    request = Drill(run=run, asked=when, **more)
    (place / NAME).write_bytes(msgspec.json.encode(request))
    journal = JournalWriter(place, run)
    plan: dict[str, Any] = {"roles": list(roles), "plan": [VIEW], "set": set_id}
    journal.write(
        RunStarted(kind="drill", pid=1, **({"roles": [], "plan": []} if waited else plan))
    )
    if waited:
        journal.write(RunPlanned(kind="drill", pid=1, **plan))
    journal.write(StepStarted(step=VIEW.step, title=VIEW.title, command=[]))
    journal.write(
        StepFinished(step=VIEW.step, title=VIEW.title, command=[], seconds=seconds,
                     outcome="failed" if failed else "done")
    )  # fmt: skip
    failure = Failure(error="check-failed", what=f"of {set_id}", like=likeness(VIEW))
    end = {"outcome": "failed", "exit": 1, "failure": failure}
    good = {"outcome": "complete", "exit": 0}
    journal.write(RunFinished(set=set_id, **(end if failed else good)))  # type: ignore[arg-type]
    journal.close()
    found = read_run(place)
    assert found is not None and found.state == "ended"
    return found


@pytest.mark.parametrize("waited", [False, True])
def test_drills_of_the_newest_set_that_failed_alike_are_counted(
    tmp_path: Path, waited: bool
) -> None:
    made = [held(tmp_path, night, waited=waited) for night in (1, 2, 3)]
    every = all_runs(Path(settings_of(tmp_path).state))
    assert [times_alike(one, every) for one in made] == [1, 2, 3]


def test_those_of_named_sets_and_of_another_depth_are_others(tmp_path: Path) -> None:
    held(tmp_path, 1)
    named = held(tmp_path, 2, latest=False)
    deep = held(tmp_path, 3, depth="services")
    every = all_runs(Path(settings_of(tmp_path).state))
    assert times_alike(named, every) == times_alike(deep, every) == 1
    # The very same set once more is the same errand.
    again = held(tmp_path, 4, latest=False, set_id=named.set)
    assert times_alike(again, [*every, again]) == 2


@pytest.mark.parametrize(
    ("roles", "depth", "seconds"),
    [
        (("core",), "services", 40.0),
        (("core",), "data", 10.0),
        (("core", "register"), "data", 20.0),
        # Of none like it, what the last one took.
        (("register",), "data", 30.0),
    ],
)
def test_what_one_is_expected_to_take_is_what_the_last_one_like_it_took(
    tmp_path: Path, roles: tuple[str, ...], depth: Depth, seconds: float
) -> None:
    held(tmp_path, 1, failed=False, seconds=40.0, depth="services")
    held(tmp_path, 2, failed=False, seconds=10.0, waited=True)
    held(tmp_path, 3, failed=False, seconds=20.0, roles=("core", "register"))
    held(tmp_path, 4, failed=False, seconds=30.0, roles=("static-web",))
    state = Path(settings_of(tmp_path).state)
    assert last_seconds(state, "drill", roles, depth) == {likeness(VIEW): seconds}
