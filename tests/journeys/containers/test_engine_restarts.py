"""An engine or a machine that restarts in the middle of a restore starts nothing on half a root."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pryv_tui.operations.plan import tag_of
from pryv_tui.operations.root.marker import read_marker
from pryv_tui.practice.machines.engine import PracticeEngine
from pryv_tui.runs.left import Choice, left_behind
from pryv_tui.runs.planning.request import plan_restore
from pryv_tui.runs.record.events import RunFinished, StepFinished
from pryv_tui.runs.record.journal import JournalReader
from pryv_tui.runs.recovery import start_recovery
from pryv_tui.runs.start import follow, start_run
from tests.journeys.restores.test_resume import Stopped, kinds


def policies(stopped: Stopped) -> dict[str, str]:
    return {c.name: c.restart_policy for c in stopped.platform.hosts[0].engine.containers()}


def restart(stopped: Stopped) -> list[str]:
    """Restart the engine; what runs then."""
    engine = stopped.platform.hosts[0].engine
    assert isinstance(engine, PracticeEngine)
    engine.restart()
    return [c.name for c in engine.containers() if c.running]


@pytest.fixture
def stopped(tmp_path: Path) -> Stopped:
    return Stopped(tmp_path)


@pytest.mark.parametrize("choice", ["finish", "roll-back"])
def test_nothing_runs_on_half_a_root_until_it_is_settled(stopped: Stopped, choice: Choice) -> None:
    assert read_marker(stopped.root) is not None
    assert set(policies(stopped).values()) == {"no"}
    before = restart(stopped)
    assert set(before) <= {"pryvio_mongodb", "pryvio_influxdb", "pryvio_redis"}, before
    site = stopped.site
    (left,) = left_behind(site, site.discover())
    stopped.ended(start_recovery(site, left, choice))
    assert set(policies(stopped).values()) == {"always"}
    assert stopped.platform.contents() == (stopped.of_set if choice == "finish" else stopped.lived)


def test_what_a_failed_restore_says_of_it(stopped: Stopped) -> None:
    *_, last = JournalReader(stopped.failed.journal).read()
    assert isinstance(last, RunFinished)
    assert "A restart of Docker or of the machine does not start them." in " ".join(last.remains)


def test_policies_of_an_operator_s_own_come_back_as_they_were(stopped: Stopped) -> None:
    stopped.finish()
    engine = stopped.platform.hosts[0].engine
    engine.set_restart_policy("pryvio_mail", "no")
    engine.set_restart_policy("pryvio_core", "on-failure:3")
    own = policies(stopped)
    assert sorted(set(own.values())) == ["always", "no", "on-failure:3"]
    again = start_run(stopped.settings, "restore", set_id=stopped.failed.set)
    stopped.ended(again)
    assert {"no-restarts", "give-restarts"} <= set(kinds(again))
    assert policies(stopped) == own
    stopped.undo()
    assert policies(stopped) == own


def test_a_run_killed_before_it_changed_a_root_owes_the_policies_alone(stopped: Stopped) -> None:
    stopped.finish()
    site = stopped.site
    plan = plan_restore(site, site.discover(), stopped.failed.set)
    at = 1 + [tag_of(step) for step in plan.steps].index("no-restarts")
    killed = start_run(
        stopped.settings,
        "restore",
        set_id=stopped.failed.set,
        worker=(sys.executable, "-m", "tests.kill.worker", str(at), "ended"),
    )
    events = [event for _line, event in follow(killed)]
    assert isinstance(events[-1], StepFinished)
    assert "no-restarts" in events[-1].step
    assert set(policies(stopped).values()) == {"no"}
    (left,) = left_behind(site, site.discover())
    assert f"{len(policies(stopped))} restart policies on single" in left.text
    stopped.ended(start_recovery(site, left))
    assert set(policies(stopped).values()) == {"always"}
    assert stopped.platform.contents() == stopped.of_set
    assert not left_behind(site, site.discover())
