"""Who waits for whom where containers are brought up at once, and who is watched for how long."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.operations.context import RunContext
from pryv_tui.operations.services import staying_up
from pryv_tui.operations.steps.services import start_services
from pryv_tui.operations.steps.services.start_services import Phase, StartServices
from tests.helpers.waiting import PATIENCE
from tests.hosts.machines import machine
from tests.operations.steps.at_once import DATABASES, FIRST, ready


def test_what_neither_asks_register_nor_is_asked_for_it_goes_along(tmp_path: Path) -> None:
    engine, ctx, _heard = ready(tmp_path, "exited")
    together = {"pryvio_register", "pryvio_dns", "pryvio_config_leader", "pryvio_mail"}
    barrier = threading.Barrier(len(together), timeout=PATIENCE)
    engine.first = lambda name: barrier.wait() if name in together else None  # type: ignore[assignment]
    names = (*sorted(together), "pryvio_nginx")
    StartServices(host="one", phase="register", root="", containers=names, later=True).perform(ctx)
    assert set(engine.done[:-1]) == together
    assert engine.done[-1] == "pryvio_nginx", "after what it serves"


def test_of_the_rest_nobody_waits_but_nginx_the_follower_and_whoever_needs_a_database(
    tmp_path: Path,
) -> None:
    engine, ctx, _heard = ready(tmp_path, "exited")
    every = {c.name for c in engine.containers()}
    # Where they were not started by a step of their own before, these go first all the same.
    register = {f"pryvio_{name}" for name in ("register", "dns", "config_leader")}
    together = every - DATABASES - register - FIRST
    assert {"pryvio_core", "pryvio_mfa", "pryvio_mail"} <= together
    barrier = threading.Barrier(len(together), timeout=PATIENCE)
    engine.first = lambda name: barrier.wait() if name in together else None  # type: ignore[assignment]
    names = tuple(sorted(every))
    step = StartServices(host="one", phase="rest", root="", containers=names, later=True)
    step.perform(ctx)
    assert set(engine.done[:3]) == DATABASES
    assert set(engine.done[3:6]) == register
    assert set(engine.done[6:-2]) == together
    assert engine.done[-2:] == ["pryvio_nginx", "pryvio_config_follower"]
    assert engine.done[-2:] == step.ordered()[-2:], "as the printed command has it"


FOLLOWER = "pryvio_config_follower"
WRITTEN = {
    "the leader's file": "services:\n  dns:\n    container_name: pryvio_dns\n",
    "a file half-way written": "",
}
"""What a follower may have made of pryv.yml by the time that somebody reads it."""


@pytest.mark.parametrize("phase", ["register", "rest", "again"])
@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize(
    "gone", [{"pryvio_core", "pryvio_nginx"}, {"pryvio_redis", "pryvio_mail"}, {"pryvio_nginx"}]
)
def test_a_follower_writes_when_all_is_brought_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, phase: Phase, written: str, gone: set[str]
) -> None:
    """It overwrites pryv.yml when it starts: what is brought up is what the root holds."""
    engine, ctx, _heard = ready(tmp_path, "exited")
    root = tmp_path / "root"
    (root / "pryv").mkdir(parents=True)
    services = "".join(
        f"  {name.removeprefix('pryvio_')}:\n    container_name: {name}\n" for name in sorted(gone)
    )
    (root / "pryv/pryv.yml").write_text(f"services:\n{services}")
    lost = {name: engine._containers.pop(name) for name in gone}

    def first(name: str) -> None:
        if name == FOLLOWER:
            (root / "pryv/pryv.yml").write_text(WRITTEN[written])

    def up(_ctx: RunContext, _host: str, _root: Path, brought: Any) -> None:
        for one in brought:
            engine._containers[one.container] = lost[one.container]
            engine.turned(one.container, "running")

    engine.first = first
    monkeypatch.setattr(start_services, "compose_up", up)
    names = tuple(c.name for c in machine("single-node"))
    StartServices(host="one", phase=phase, root=str(root), containers=names, later=True).perform(
        ctx
    )
    assert ctx.facts.warnings == []
    assert set(engine.done) == set(names)
    assert engine.done[-1] == FOLLOWER


@pytest.mark.parametrize(
    ("gone", "needs_it"),
    [("core", "nginx"), ("mongodb", "core"), ("register", "core"), ("register", "nginx")],
)
def test_what_is_brought_up_comes_before_what_ends_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone: str, needs_it: str
) -> None:
    engine, ctx, _heard = ready(tmp_path, "exited")
    name = f"pryvio_{gone}"
    lost = engine._containers.pop(name)
    root = tmp_path / "root"
    (root / "pryv").mkdir(parents=True)
    (root / "pryv/pryv.yml").write_text(f"services:\n  {gone}:\n    container_name: {name}\n")

    def up(_ctx: RunContext, _host: str, _root: Path, _brought: Any) -> None:
        engine._containers[name] = lost
        engine.turned(name, "running")

    monkeypatch.setattr(start_services, "compose_up", up)
    names = tuple(c.name for c in machine("single-node"))
    StartServices(host="one", phase="again", root=str(root), containers=names, later=True).perform(
        ctx
    )
    assert engine.done.index(name) < engine.done.index(f"pryvio_{needs_it}")


def test_who_takes_long_to_be_brought_up_is_watched_as_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    for module in (start_services, staying_up):
        monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    engine, ctx, _heard = ready(tmp_path, "exited")
    lost = engine._containers.pop("pryvio_mail")
    (tmp_path / "pryv").mkdir()
    (tmp_path / "pryv/pryv.yml").write_text("services:\n  mail:\n    container_name: pryvio_mail\n")

    def up(_ctx: RunContext, _host: str, _root: Path, _brought: Any) -> None:
        now[0] += 3.0
        engine._containers["pryvio_mail"] = lost
        engine.turned("pryvio_mail", "running")

    monkeypatch.setattr(start_services, "compose_up", up)
    names = ("pryvio_mail", "pryvio_core")
    StartServices(
        host="one", phase="rest", root=str(tmp_path), containers=names, later=True
    ).perform(ctx)
    assert ctx.watched["one"].took == 3.0


def test_each_is_watched_from_its_own_start_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither what runs already nor what was started before waits for who comes last."""
    now = [100.0]
    for module in (start_services, staying_up):
        monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    engine, ctx, _heard = ready(tmp_path, "exited")
    engine.turned("pryvio_register", "running")

    def first(name: str) -> None:
        now[0] += 5.0 if name == "pryvio_nginx" else 0.0

    engine.first = first
    names = ("pryvio_register", "pryvio_core", "pryvio_nginx")
    StartServices(host="one", phase="rest", root="", containers=names, later=True).perform(ctx)
    watched = ctx.watched["one"]
    assert watched.took == 5.0
    assert watched.young(103.0, (), 4.0) == {"pryvio_core", "pryvio_nginx", "pryvio_register"}
    assert watched.young(107.5, (), 4.0) == {"pryvio_nginx", "pryvio_register"}
    assert watched.settled({"pryvio_register"}, 4.0) == 110.0


def test_where_register_was_not_asked_core_waits_until_it_is_started(tmp_path: Path) -> None:
    """Undo starts all in one step: core and its kin would crash-loop without it."""
    engine, ctx, _heard = ready(tmp_path, "exited")
    names = tuple(c.name for c in engine.containers())
    StartServices(host="one", phase="again", root="", containers=names, later=True).perform(ctx)
    assert engine.done.index("pryvio_register") < engine.done.index("pryvio_core")
    assert engine.done.index("pryvio_core") < engine.done.index("pryvio_nginx")
    assert engine.done[-1] == "pryvio_config_follower"
