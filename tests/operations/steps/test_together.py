"""Containers that are stopped and started at once: which ones, and what is written down of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.clock import timestamp
from pryv_tui.errors import Cancelled, PryvTuiError, all_of
from pryv_tui.hosts.engine import Container
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.services import staying_up
from pryv_tui.operations.services.together import Ended, at_once
from pryv_tui.operations.settings.patience import Patience
from pryv_tui.operations.steps.services import start_services
from pryv_tui.operations.steps.services.restart_policy import GiveRestarts, NoRestarts
from pryv_tui.operations.steps.services.start_services import Phase, StartServices
from pryv_tui.operations.steps.services.stop_services import StopServices
from pryv_tui.platform.roles import DATABASE_SERVICES
from pryv_tui.runs.worker import guardian
from pryv_tui.sanitize import one_line
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import Heard, TellingEngine, context
from tests.waiting import PATIENCE

FIRST = {"pryvio_config_follower", "pryvio_nginx"}
DATABASES = {f"pryvio_{service}" for service in DATABASE_SERVICES}


class Engine(TellingEngine):
    """Stops and starts what it is asked for; `first` is called in each stop's thread."""

    def __init__(self, state: str = "running") -> None:
        every = [msgspec.structs.replace(c, state=state) for c in machine("single-node")]
        super().__init__(every, lambda _argv: (1, "", "no answer"))
        self.first: Callable[[str], None] = lambda _: None
        self.done: list[str] = []
        self.seconds: dict[str, int | None] = {}
        self.stopping: dict[str, int] = {}
        """Those that somebody is stopping, and in how many looks they will have ended."""

    def containers(self) -> list[Container]:
        for name in list(self.stopping):
            self.stopping[name] -= 1
            if not self.stopping[name]:
                del self.stopping[name]
                self.turned(name, "exited")
        return super().containers()

    def stop(self, container: str, *, timeout: int | None = None) -> None:
        self.first(container)
        self.seconds[container] = timeout
        self.turned(container, "exited")

    def start(self, container: str) -> None:
        self.first(container)
        self.turned(container, "running")

    def turned(self, name: str, state: Any) -> None:
        self._containers[name] = msgspec.structs.replace(self._containers[name], state=state)
        self.done.append(name)


def ready(
    folder: Path, state: str = "running", patience: Patience | None = None
) -> tuple[Engine, RunContext, Heard]:
    engine = Engine(state)
    host = StillHost("one", machine("single-node"))
    ctx, heard = context(folder, host, patience=patience)
    host.engine = engine  # type: ignore[assignment]
    return engine, ctx, heard


def owed(ctx: RunContext) -> set[str]:
    return {one.what for one in ctx.outstanding if one.kind == "start"}


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
    assert any(name in text and "had asked it to stop" in text for _, text in heard.notes)


@pytest.mark.parametrize("stopping", ["", "2026-01-01T00:00:00.000Z", "no time"])
def test_nobody_waits_for_a_stop_that_must_be_over(tmp_path: Path, stopping: str) -> None:
    engine, ctx, heard = ready(tmp_path, "running", DIED)
    again(stopping, "again", "pryvio_hfs").perform(ctx)
    assert engine.done == []
    assert not any("had asked it to stop" in text for _, text in heard.notes)


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


POLICIES = {c.name: "always" for c in machine("single-node")}


class Policies(Engine):
    """Says which restart policy each container has."""

    def __init__(self) -> None:
        super().__init__()
        self.away: set[str] = set()
        self.heeds = True
        for name in list(self._containers):
            self.say(name, "always")

    def say(self, name: str, policy: str) -> None:
        found = msgspec.structs.replace(self._containers[name], restart_policy=one_line(policy))
        self._containers[name] = found

    def set_restart_policy(self, container: str, policy: str) -> None:
        self.first(container)
        if container in self.away:
            raise PryvTuiError("container-missing", f"there is no container {container}")
        if self.heeds:
            self.say(container, policy)


def with_policies(folder: Path) -> tuple[Policies, RunContext]:
    _engine, ctx, _heard = ready(folder)
    engine = Policies()
    ctx.site.host("one").engine = engine  # type: ignore[misc, assignment]
    return engine, ctx


def policies_owed(ctx: RunContext) -> set[str]:
    return {one.what for one in ctx.outstanding if one.kind == "restart-policy"}


def test_policies_are_taken_at_once_and_each_is_owed_before(tmp_path: Path) -> None:
    engine, ctx = with_policies(tmp_path)
    barrier = threading.Barrier(len(POLICIES), timeout=PATIENCE)

    def first(name: str) -> None:
        assert name in policies_owed(ctx), "it is owed before it is asked for"
        barrier.wait()

    engine.first = first
    NoRestarts(host="one", policies=POLICIES).perform(ctx)
    assert {c.restart_policy for c in engine.containers()} == {"no"}
    assert policies_owed(ctx) == set(POLICIES)
    engine.first = lambda _name: None
    GiveRestarts(host="one", policies=POLICIES).perform(ctx)
    assert {c.restart_policy for c in engine.containers()} == {"always"}
    assert policies_owed(ctx) == set()


def test_a_policy_that_is_not_taken_is_seen(tmp_path: Path) -> None:
    engine, ctx = with_policies(tmp_path)
    engine.heeds = False
    with pytest.raises(PryvTuiError, match="would still be started by the engine itself"):
        NoRestarts(host="one", policies=POLICIES).perform(ctx)
    assert policies_owed(ctx) == set(POLICIES)


def test_of_policies_that_can_t_be_set_each_is_named_and_the_others_are_settled(
    tmp_path: Path,
) -> None:
    engine, ctx = with_policies(tmp_path)
    NoRestarts(host="one", policies=POLICIES).perform(ctx)
    fails = {"pryvio_hfs", "pryvio_mail"}

    def first(name: str) -> None:
        if name in fails:
            raise PryvTuiError("step-failed", f"{name} holds on")

    engine.first = first
    with pytest.raises(PryvTuiError) as caught:
        GiveRestarts(host="one", policies=POLICIES).perform(ctx)
    assert all(f"{name} holds on" in caught.value.what for name in fails)
    assert policies_owed(ctx) == fails


def test_one_that_was_removed_meanwhile_has_no_policy(tmp_path: Path) -> None:
    engine, ctx = with_policies(tmp_path)
    engine.away = {"pryvio_hfs"}
    del engine._containers["pryvio_hfs"]
    NoRestarts(host="one", policies=POLICIES).perform(ctx)
    assert "pryvio_hfs" not in policies_owed(ctx)
    GiveRestarts(host="one", policies=POLICIES).perform(ctx)
    assert policies_owed(ctx) == set()


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
