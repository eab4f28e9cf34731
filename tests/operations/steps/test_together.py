"""Containers that are stopped and started at once: which ones, and what is written down of them."""

from __future__ import annotations

import threading
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.clock import timestamp
from pryv_tui.errors import Cancelled, PryvTuiError, all_of
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.services.together import Ended, at_once
from pryv_tui.operations.settings.patience import Patience
from pryv_tui.operations.steps.services.start_services import Phase, StartServices
from pryv_tui.operations.steps.services.stop_services import StopServices
from pryv_tui.runs.worker import guardian
from tests.helpers.waiting import PATIENCE
from tests.hosts.machines import machine
from tests.operations.steps.at_once import DATABASES, FIRST, owed, ready

STOP = StopServices(host="one", containers=tuple(c.name for c in machine("single-node")))


def test_each_phase_is_stopped_at_once_the_databases_last(tmp_path: Path) -> None:
    engine, ctx, _heard = ready(tmp_path)
    others = {c.name for c in engine.containers()} - FIRST - DATABASES
    barriers: dict[str, threading.Barrier] = {}
    for phase in (FIRST, others, DATABASES):
        barrier = threading.Barrier(len(phase), timeout=PATIENCE)
        barriers |= dict.fromkeys(phase, barrier)

    def first(name: str) -> None:
        assert name in owed(ctx), "it is owed before it is asked for"
        barriers[name].wait()

    engine.first = first
    STOP.perform(ctx)
    at = [0, len(FIRST), len(FIRST) + len(others), len(engine.done)]
    found = [set(engine.done[a:b]) for a, b in pairwise(at)]
    assert found == [FIRST, others, DATABASES]
    assert owed(ctx) == FIRST | others | DATABASES
    assert {engine.seconds[name] for name in DATABASES} == {30}
    assert {engine.seconds[name] for name in others | FIRST} == {None}


def test_the_printed_commands_stop_the_same_at_once() -> None:
    lines = StopServices(host="one", containers=STOP.containers, others=("files",)).command
    assert [set(line.split()) & (FIRST | DATABASES | {"files"}) for line in lines] == [
        FIRST | {"files"},
        set(),
        DATABASES,
    ]
    assert lines[0].startswith("docker stop files ") and lines[2].startswith("docker stop -t 30 ")


@pytest.mark.parametrize("fails", [{"pryvio_hfs", "pryvio_mail"}, {"pryvio_nginx"}, DATABASES])
def test_each_that_will_not_stop_is_named_and_the_others_are_waited_for(
    tmp_path: Path, fails: set[str]
) -> None:
    engine, ctx, _heard = ready(tmp_path)

    def first(name: str) -> None:
        if name in fails:
            raise PryvTuiError("step-failed", f"{name} holds on")

    engine.first = first
    with pytest.raises(PryvTuiError) as caught:
        STOP.perform(ctx)
    assert all(f"{name} holds on" in caught.value.what for name in fails)
    assert owed(ctx) == set(engine.done) | fails, "owed is what was asked for, and nothing else"


@pytest.mark.parametrize("at", ["pryvio_nginx", "pryvio_hfs", "pryvio_redis"])
def test_a_cancel_waits_for_what_was_asked_for_and_owes_that_alone(tmp_path: Path, at: str) -> None:
    engine, ctx, _heard = ready(tmp_path)

    def first(name: str) -> None:
        if name == at:
            ctx.cancel.set()  # type: ignore[attr-defined]

    engine.first = first
    with pytest.raises(Cancelled):
        STOP.perform(ctx)
    assert at in engine.done
    assert owed(ctx) == set(engine.done)
    assert (at in DATABASES) == bool(set(engine.done) & DATABASES)


def test_what_the_follower_started_again_is_stopped_once_more(tmp_path: Path) -> None:
    engine, ctx, _heard = ready(tmp_path)

    def first(name: str) -> None:
        if name in DATABASES and engine.done.count("pryvio_mail") == 1:
            engine.turned("pryvio_mail", "running")

    engine.first = first
    STOP.perform(ctx)
    assert {c.state for c in engine.containers()} == {"exited"}


def test_each_phase_is_started_at_once_register_before_core(tmp_path: Path) -> None:
    engine, ctx, _heard = ready(tmp_path, "exited")
    waits = ("core", "hfs", "preview", "webhooks")
    meet = threading.Barrier(len(waits), timeout=PATIENCE)

    def first(name: str) -> None:
        if name.removeprefix("pryvio_") in waits:
            assert "pryvio_register" in engine.done
            meet.wait()

    engine.first = first
    StartServices(host="one", phase="rest", root="", containers=STOP.containers).perform(ctx)
    assert engine.done.index("pryvio_nginx") > engine.done.index("pryvio_core")
    assert engine.done.index("pryvio_config_follower") > engine.done.index("pryvio_register")


@pytest.mark.parametrize("names", [["pryvio_mail"], ["pryvio_mail", "pryvio_hfs"]])
def test_each_that_will_not_start_is_a_warning(tmp_path: Path, names: list[str]) -> None:
    engine, ctx, _heard = ready(tmp_path, "exited")

    def first(name: str) -> None:
        if name in names:
            raise PryvTuiError("step-failed", f"{name}: its port is taken")

    engine.first = first
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pryv_tui.operations.steps.services.start_services.stay_up", _not_watched)
        StartServices(host="one", phase="rest", root="", containers=STOP.containers).perform(ctx)
    assert [w for w in ctx.facts.warnings if "its port is taken" in w] == ctx.facts.warnings
    assert len(ctx.facts.warnings) == len(names)


def _not_watched(*_words: Any, **_more: Any) -> None:
    pass


DIED = Patience(look_every=0.001, stops_end=PATIENCE)
"""Somebody died a moment ago who was stopping containers."""


def again(stopping: str, phase: Phase = "again", *names: str) -> StartServices:
    return StartServices(host="one", phase=phase, root="", containers=names, stopping=stopping)


@pytest.mark.parametrize("phase", ["again", "others"])
@pytest.mark.parametrize("name", ["pryvio_hfs", "pryvio_redis"])
def test_what_is_still_being_stopped_is_started_when_it_has_ended(
    tmp_path: Path, phase: Phase, name: str
) -> None:
    engine, ctx, heard = ready(tmp_path, "running", DIED)
    engine.stopping[name] = 3
    again(timestamp(), phase, name).perform(ctx)
    assert engine.done == [name, name]
    assert {c.name: c.state for c in engine.containers()}[name] == "running"
    assert any(name in text and "had begun to stop containers" in text for _, text in heard.notes)


@pytest.mark.parametrize("stopping", ["", "2026-01-01T00:00:00.000Z", "no time"])
def test_nobody_waits_for_a_stop_that_must_be_over(tmp_path: Path, stopping: str) -> None:
    engine, ctx, heard = ready(tmp_path, "running", DIED)
    again(stopping, "again", "pryvio_hfs").perform(ctx)
    assert engine.done == []
    assert not any("had begun to stop containers" in text for _, text in heard.notes)


def test_a_guardian_lets_go_what_was_still_being_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, ctx, _heard = ready(tmp_path, "running", DIED)
    monkeypatch.setattr("pryv_tui.runs.worker.guardian.time.sleep", lambda _seconds: None)
    engine.stopping["pryvio_nginx"] = 3
    owed = Owed(kind="start", host="one", what="pryvio_nginx")
    said = guardian._let_go(ctx.site, tmp_path, [owed], "worker gone")
    assert (said.done, said.failed) == ((owed,), ())
    assert engine.done == ["pryvio_nginx", "pryvio_nginx"]


def test_a_guardian_whose_deadline_has_come_waits_for_no_stop(tmp_path: Path) -> None:
    engine, ctx, _heard = ready(tmp_path, "running", DIED)
    owed = Owed(kind="start", host="one", what="pryvio_nginx")
    assert guardian._let_go(ctx.site, tmp_path, [owed], "deadline").done == (owed,)
    assert engine.done == []


def test_a_fault_is_raised_when_all_have_ended() -> None:
    ended = threading.Event()

    def act(name: str) -> None:
        if name == "a":
            raise KeyError(name)
        ended.wait(PATIENCE)

    found: list[Ended] = []

    def waiting(names: Any) -> None:
        assert list(names) == ["b"]
        ended.set()

    with pytest.raises(KeyError):
        found += at_once(["a", "b"], act, waiting)
    assert ended.is_set()


def test_who_stops_to_listen_waits_all_the_same() -> None:
    over, seen = threading.Event(), []

    def act(name: str) -> None:
        if name == "b":
            over.wait(PATIENCE)
        seen.append(name)

    results = at_once(["a", "b"], act)
    assert next(results) == Ended("a", None)
    over.set()
    results.close()  # type: ignore[attr-defined]
    assert seen == ["a", "b"]


def test_one_error_says_all_of_them_once() -> None:
    same = PryvTuiError("engine-unreachable", "it is away")
    assert all_of([same, PryvTuiError("engine-unreachable", "it is away")]) is same
    both = all_of([PryvTuiError("step-failed", "a"), PryvTuiError("step-failed", "b")])
    assert both.what == "a; b"
