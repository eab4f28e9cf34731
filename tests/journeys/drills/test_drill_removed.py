"""What a sandbox drill made goes, however it ends; what can not be removed is told."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.sandbox.guard import DrillEngine
from pryv_tui.hosts.sandbox.making import MadeNetwork, Wanted
from pryv_tui.operations.drilling.clearing import clear_left
from pryv_tui.operations.drilling.places import FOLDER, keep
from pryv_tui.operations.drilling.places import Kept as Word
from pryv_tui.operations.site import open_site
from pryv_tui.practice.machines.sandboxes import PracticeMaker
from pryv_tui.runs.record.events import (
    AnyEvent,
    StepStarted,
)
from pryv_tui.runs.record.history import read_run
from pryv_tui.runs.start import start_run
from pryv_tui.runs.worker.process import clear_dead
from tests.helpers.waiting import until
from tests.journeys.drills.rehearsed import Rehearsed, checks, end, in_state, rehearsed, untouched

__all__ = ["rehearsed", "untouched"]


def test_a_cancel_takes_it_down(rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch) -> None:
    def at(event: AnyEvent) -> bool:
        return isinstance(event, StepStarted) and event.step.endswith("-mongodb-restore-single")

    events = rehearsed.drill(monkeypatch, cancel=at)
    assert (end(events).outcome, end(events).exit) == ("cancelled", 130)
    assert ("sandbox removed", "") in in_state(events, "passed")
    assert ("content", "redis") in in_state(events, "not checked")


@pytest.mark.parametrize("at", ["build-sandbox", "in-sandbox-mongodb", "remove-sandbox"])
def test_one_that_is_killed_is_cleared_by_whoever_comes_next(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    worker = (sys.executable, "-m", "tests.kill.worker", at, "step")
    record = start_run(rehearsed.settings, "drill", set_id=rehearsed.set, worker=worker)
    until(lambda: (read := read_run(Path(record.folder))) is not None and read.state == "died")
    if at == "in-sandbox-mongodb":
        # The next run's worker does so: the proof reaches the drill's record all the same.
        clear_dead(open_site(rehearsed.settings))
    said = rehearsed.type("recover")
    assert said.exit_code == 0, said.output
    assert rehearsed.left == []
    assert rehearsed.type("drill", "clean").stdout == "No sandbox is left.\n"
    told = json.loads(rehearsed.type("drill", "report", record.id, "--format", "json").stdout)
    assert told["outcome"] == "broken off"
    if at == "in-sandbox-mongodb":
        assert told["disposal"]["complete"] == "yes"


def test_what_can_not_be_removed_is_told_and_goes_when_it_can(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck(self: PracticeMaker, name: str, drill: str) -> None:
        raise PryvTuiError("step-failed", f"{name} is held")

    with monkeypatch.context() as patch:
        patch.setattr(PracticeMaker, "remove", stuck)
        events = rehearsed.drill(monkeypatch)
    assert end(events).exit == 1 and rehearsed.left
    assert in_state(events, "failed") == {("sandbox removed", "")}
    assert "pryv-tui --practice" in " ".join(end(events).next)
    assert "drill clean" in " ".join(end(events).next)
    done = rehearsed.type("drill", "clean")
    assert done.exit_code == 0, done.output
    assert rehearsed.left == []


def test_one_in_which_somebody_works_is_left_alone(rehearsed: Rehearsed) -> None:
    site = open_site(rehearsed.settings)
    folder = site.state / FOLDER / "d9" / "content"
    held = keep(
        site.state,
        Word(
            drill="d9", folder=str(folder), host="single", made="x", expires="2000-01-01T00:00:00Z"
        ),
    )
    done = rehearsed.type("drill", "run")
    assert done.exit_code == 4 and "the drill d9 is running" in done.stderr
    (one,) = json.loads(rehearsed.type("drill", "clean", "--json").stdout)
    assert one["goes_on"] and folder.is_dir()
    held.let_go()


def test_what_can_not_be_removed_is_told_each_and_keeps_nothing_else_there(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = open_site(rehearsed.settings)
    folder = site.state / FOLDER / "d9" / "content"
    asked: list[str] = []

    def stuck(_self: PracticeMaker, name: str, _drill: str) -> None:
        asked.append(name)
        raise PryvTuiError("step-failed", f"{name} is stuck")

    word = Word(drill="d9", folder=str(folder), host="single", made="x", expires="x",
                names=("pryvdrill_a", "pryvdrill_b"))  # fmt: skip
    keep(site.state, word).leave()
    nets = [MadeNetwork(name=f"pryvdrill_n{number}", drill="d9", expires="") for number in range(2)]
    monkeypatch.setattr(PracticeMaker, "made_networks", lambda _self: nets)
    monkeypatch.setattr(PracticeMaker, "remove", stuck)
    monkeypatch.setattr(PracticeMaker, "remove_network", stuck)
    (found,) = [one for one in clear_left(site) if one.drill == "d9"]
    every = {"pryvdrill_a", "pryvdrill_b", "pryvdrill_n0", "pryvdrill_n1"}
    assert set(asked) == every
    assert set(found.problem.split("; ")) == {f"{name} is stuck" for name in every}
    monkeypatch.undo()
    assert [one.problem for one in clear_left(site) if one.drill == "d9"] == [""]


def test_a_server_that_ends_as_soon_as_it_is_started_is_named_before_any_data_comes(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = DrillEngine.start

    def ends(self: DrillEngine, container: str) -> None:
        real(self, container)
        if "mongodb" in container:
            self.stop(container)

    monkeypatch.setattr(DrillEngine, "start", ends)
    events = rehearsed.drill(monkeypatch)
    said = checks(events)[("isolation", "")]
    assert said.state == "could not verify" and "_mongodb does not stay up: exited" in said.why
    assert end(events).exit == 1 and "_mongodb does not stay up" in end(events).what
    assert (said.why + end(events).what).count("does not stay up") == 2, "of those that run no word"
    assert ("content", "mongodb") in in_state(events, "not checked")


def test_containers_that_can_t_be_made_are_all_named_and_what_was_made_goes(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = PracticeMaker.make

    def full(self: PracticeMaker, wanted: Wanted) -> None:
        if wanted.service != "mongodb":
            raise PryvTuiError("step-failed", f"no room for {wanted.service}")
        real(self, wanted)

    monkeypatch.setattr(PracticeMaker, "make", full)
    events = rehearsed.drill(monkeypatch)
    assert {
        "no room for influxdb" in end(events).what,
        "no room for redis" in end(events).what,
    } == {True}
    assert ("sandbox removed", "") in in_state(events, "passed")


@pytest.mark.parametrize(
    ("service", "checked"),
    [("mongodb", ("sample: events", "single")), ("influxdb", ("sample: series", "single"))],
)
def test_what_somebody_removes_by_hand_is_told_by_its_own_name(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch, service: str, checked: tuple[str, str]
) -> None:
    """While it is at work, when all data is back: never as the live one of that service."""
    maker = open_site(rehearsed.settings).hosts[0].maker
    assert maker is not None
    gone: list[str] = []

    def by_hand(event: AnyEvent) -> bool:
        if isinstance(event, StepStarted) and "check-sandbox" in event.step:
            (one,) = [one for one in maker.made() if one.name.endswith(f"_{service}")]
            maker.remove(one.name, one.drill)
            gone.append(one.name)
        return False

    events = rehearsed.drill(monkeypatch, cancel=by_hand)
    assert (end(events).outcome, end(events).exit) == ("warnings", 3), end(events)
    found = checks(events)
    assert found[checked].state == "could not verify" and gone[0] in found[checked].why
    assert f"pryvio_{service}" not in found[checked].why
    assert found["sandbox removed", ""].state == found["production unchanged", ""].state == "passed"
