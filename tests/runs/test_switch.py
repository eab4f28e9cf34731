"""Starting and stopping one container never crosses a run, nor what one left."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.kinds.backup import Backup
from pryv_tui.operations.kinds.containers.start import Start
from pryv_tui.operations.plans.container import Act
from pryv_tui.operations.root.marker import Marker, write_marker
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.left import left_behind
from pryv_tui.runs.lock import Holder, PlatformLock, lock_path
from pryv_tui.runs.now import run_that_holds
from pryv_tui.runs.planning.request import plan_request, plan_switch
from pryv_tui.runs.record.events import RunFinished
from pryv_tui.runs.record.history import all_runs, debts_of
from pryv_tui.runs.recovery import start_recovery
from pryv_tui.runs.start import follow, start_run
from tests.runs.test_recovery import Past

STOPPED = Owed(kind="start", host="core", what="pryvio_core")
POLICY = Owed(kind="restart-policy", host="core", what="pryvio_core", where="always")


@pytest.fixture
def past(tmp_path: Path) -> Past:
    return Past(tmp_path)


def refusal(past: Past, **more: str) -> PryvTuiError:
    with pytest.raises(PryvTuiError) as refused:
        plan_switch(past.site, past.site.discover(), "start", "core", **more)
    assert refused.value.name == "refused"
    return refused.value


def test_a_container_of_a_platform_at_rest_is_started(past: Past) -> None:
    past.run("backup", end="complete")
    past.run("backup", STOPPED, end="complete", settled=(STOPPED,))
    plan = plan_switch(past.site, past.site.discover(), "start", "core")
    assert [step.title for step in plan.steps] == ["Start pryvio_core on core"]


def test_refused_while_a_dead_run_still_owes_something(past: Past) -> None:
    dead = past.run("backup", STOPPED)
    error = refusal(past)
    assert dead in error.what
    assert "recover" in error.remedy
    # The run that asks is no earlier one, whatever it owes.
    asked = Start(settings=past.settings, container="core", run=dead)
    assert plan_request(past.site, past.site.discover(), asked).steps


@pytest.mark.parametrize("host", ["core", "register"])
def test_refused_while_any_root_is_half_restored(past: Past, host: str) -> None:
    (past.folder / host / ".pryv-tui").mkdir()
    write_marker(past.folder / host, Marker(run="of-another-state", set_id="s", started="t"))
    error = refusal(past)
    assert "is left half-way by the restore of-another-state" in error.what
    assert "recover" in error.remedy


def test_refused_while_its_restart_policy_is_taken_away(past: Past) -> None:
    past.run("restore", POLICY, end="failed")
    error = refusal(past)
    assert "removed the restart policy of pryvio_core on core" in error.what
    assert "docker update --restart always pryvio_core" in error.remedy
    # Another one's is its own matter.
    with pytest.raises(PryvTuiError, match="is exited"):
        plan_switch(past.site, past.site.discover(), "stop", "register")


def test_refused_while_a_run_holds_the_platform(past: Past) -> None:
    lock = PlatformLock(lock_path(past.settings))
    lock.acquire(Holder("20260101T000000Z-backup-ffff", "backup", 1, "now"))
    try:
        with pytest.raises(PryvTuiError) as busy:
            plan_switch(past.site, past.site.discover(), "start", "core")
    finally:
        lock.release()
    assert busy.value.name == "busy"
    assert "20260101T000000Z-backup-ffff" in busy.value.what


def test_what_a_run_holds_is_known_by_its_kind(past: Past) -> None:
    state = Path(past.settings.state)
    assert run_that_holds(state, "core", "pryvio_core") == ""
    past.run("backup", STOPPED, alive=True)
    assert run_that_holds(state, "core", "pryvio_core") == "backup"
    assert run_that_holds(state, "register", "pryvio_core") == ""


# On a practice platform, with the program's own worker.


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[tuple[PracticePlatform, Settings]]:
    platform = PracticePlatform.create(tmp_path / "platform", users=1, attachments=1)
    yield platform, resolve_settings(practice=str(platform.folder), environment={})


def switch(settings: Settings, act: Act, name: str) -> RunFinished:
    record = start_run(settings, act, container=f"pryvio_{name}", host="single")
    end = [event for _, event in follow(record)][-1]
    assert isinstance(end, RunFinished)
    return end


def test_stop_and_start_are_runs_like_any_other(
    practice: tuple[PracticePlatform, Settings],
) -> None:
    platform, settings = practice
    engine = platform.hosts[0].engine
    before = platform.contents()
    policies = {c.name: c.restart_policy for c in engine.containers()}
    stopped = switch(settings, "stop", "mongodb")
    assert (stopped.outcome, stopped.exit) == ("complete", 0)
    states = {c.service: c.state for c in engine.containers()}
    assert [name for name, state in states.items() if state != "running"] == ["mongodb"]
    # Stopped on purpose: no run owes its start.
    assert left_behind(open_site(settings), open_site(settings).discover()) == []
    again = switch(settings, "start", "mongodb")
    assert (again.outcome, again.exit) == ("complete", 0)
    assert platform.contents() == before
    assert {c.name: c.restart_policy for c in engine.containers()} == policies
    records = all_runs(Path(settings.state))
    assert [(record.kind, record.outcome) for record in records] == [
        ("stop", "complete"),
        ("start", "complete"),
    ]
    assert records[0].what == "pryvio_mongodb on single is stopped."


def test_the_worker_itself_refuses_what_was_not_refused_before(
    practice: tuple[PracticePlatform, Settings],
) -> None:
    platform, settings = practice
    root = platform.hosts[0].root_hint
    assert root is not None
    (root / ".pryv-tui").mkdir()
    write_marker(root, Marker(run="unknown", set_id="s", started="t"))
    end = switch(settings, "stop", "core")
    assert (end.outcome, end.exit) == ("refused", 4)
    assert "Nothing was changed" in end.what
    assert all(c.running for c in platform.hosts[0].engine.containers())


def test_one_that_will_not_stop_is_no_success(
    practice: tuple[PracticePlatform, Settings],
) -> None:
    platform, settings = practice
    platform.faults.set("container-will-not-stop:core")
    end = switch(settings, "restart", "core")
    assert (end.outcome, end.exit) == ("failed", 1)
    assert "Nothing was changed" not in end.what
    assert all(c.running for c in platform.hosts[0].engine.containers())


def test_a_restart_that_died_half_way_is_brought_to_its_end(
    practice: tuple[PracticePlatform, Settings],
) -> None:
    platform, settings = practice
    engine = platform.hosts[0].engine
    killed = (sys.executable, "-m", "tests.kill.worker", "2", "step")
    record = start_run(settings, "restart", container="pryvio_core", host="single", worker=killed)
    for _ in follow(record):
        pass
    (dead,) = all_runs(Path(settings.state))
    assert dead.state == "died"
    assert [owed.what for owed in debts_of(dead).owed] == ["pryvio_core"]
    site = open_site(settings)
    with pytest.raises(PryvTuiError, match=r"still had to put back: pryvio_core on single"):
        plan_switch(site, site.discover(), "stop", "nginx")
    (left,) = left_behind(site, site.discover())
    ends = [event for _, event in follow(start_recovery(site, left))]
    assert isinstance(ends[-1], RunFinished)
    assert ends[-1].outcome == "complete"
    assert all(c.running for c in engine.containers())
    assert left_behind(site, site.discover()) == []
    assert plan_switch(site, site.discover(), "stop", "nginx").steps


def test_requests_of_before_are_still_read() -> None:
    old = b'{"run":"r","kind":"backup","settings":{"vault":"/v","state":"/s"}}'
    assert msgspec.json.decode(old, type=Backup).run == "r"


def test_a_database_without_its_data_is_not_said_to_come_back(
    practice: tuple[PracticePlatform, Settings],
) -> None:
    _, settings = practice
    site = open_site(settings)
    assert switch(settings, "stop", "mongodb").outcome == "complete"
    whole = plan_switch(site, site.discover(), "start", "mongodb").effects
    assert whole[0].startswith("It comes back: the database of core")
    data = site.discover().hosts[0].root_path / "pryv/mongodb/data"
    shutil.rmtree(data)
    data.mkdir()
    empty = plan_switch(site, site.discover(), "start", "mongodb").effects
    assert empty[0].startswith("It does NOT come back as it was")
    assert str(data) in empty[0]
    assert not any("It comes back:" in line for line in empty)
