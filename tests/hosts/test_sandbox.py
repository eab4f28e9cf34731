"""A drill's engine: whatever names something live is refused, in every method that there is."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import Container, Engine, EngineEvent, Mount
from pryv_tui.hosts.ownership import sort_out
from pryv_tui.hosts.sandbox import labels
from pryv_tui.hosts.sandbox.guard import DrillEngine, DrillMaker
from pryv_tui.hosts.sandbox.host import SandboxHost
from pryv_tui.hosts.sandbox.inside import lies_in, need_inside
from pryv_tui.hosts.sandbox.making import (
    Joined,
    Limits,
    Made,
    MadeNetwork,
    Maker,
    Network,
    Wanted,
)
from pryv_tui.sanitize import one_line

OWN = labels.container_name("d1", "mongodb")
NAMES_NOTHING = {"url", "info", "clock", "containers", "glance", "events"}
"""Members that name no container; each was decided on: they change nothing, and what they tell of
others is left out."""


def container(name: str, drill: str = "", *, folder: str = "", source: str = "") -> Container:
    told = {labels.DRILL: one_line(drill), labels.SERVICE: one_line("mongodb")} if drill else {}
    return Container(
        name=name,
        image=one_line("pryvio/mongodb:1.9.2"),
        state="running",
        labels=told,
        mounts=(Mount(source, "/app/data"),) if source else (),
    )


class Watched:
    """An engine of the machine: it notes whatever reaches it."""

    url = "unix:///nowhere.sock"

    def __init__(self, *containers: Container) -> None:
        self._containers = containers
        self.reached: list[str] = []

    def glance(self) -> list[Container]:
        return [one.glanced(one.name, one.state) for one in self.containers()]

    def containers(self) -> list[Container]:
        return list(self._containers)

    def events(self) -> Any:
        return iter([EngineEvent("pryvio_mongodb", "stop", 0.0), EngineEvent(OWN, "stop", 0.0)])

    def __getattr__(self, name: str) -> Callable[..., object]:
        def reached(*words: object, **_more: object) -> object:
            self.reached.append(f"{name} {words[0] if words else ''}".strip())
            return None

        return reached


def members() -> list[str]:
    return [name for name in vars(Engine) if not name.startswith("_")]


def given(name: str, container_name: str) -> dict[str, Any]:
    """Something for each argument that a method needs."""
    wanted = inspect.signature(getattr(DrillEngine, name)).parameters.values()
    found: dict[str, Any] = {}
    for one in wanted:
        if one.name != "self" and one.default is inspect.Parameter.empty:
            found[one.name] = container_name if one.name == "container" else Mount("/x", "/y")
    return found


LIVE = (
    "pryvio_mongodb",
    "pryvdrill_d2_mongodb",
    f"{OWN}_x",
    "",
    f"/{OWN}",
    OWN.upper(),
    "0123456789abcdef",
)


@pytest.mark.parametrize("name", members())
def test_each_method_of_an_engine_is_refused_for_what_is_not_the_drills(name: str) -> None:
    takes = getattr(Engine, name)
    if not callable(takes) or "container" not in inspect.signature(takes).parameters:
        assert name in NAMES_NOTHING, f"{name} is new: decide what a drill may do with it"
        return
    engine = Watched(container("pryvio_mongodb"), container(OWN, "d1"))
    guarded = DrillEngine(engine, "d1", [OWN], "/sandbox")  # type: ignore[arg-type]
    for live in LIVE:
        with pytest.raises(PryvTuiError) as refused:
            getattr(guarded, name)(**given(name, live))
        assert refused.value.name == "not-isolated", live
    assert engine.reached == []


@pytest.mark.parametrize("name", sorted(set(members()) - NAMES_NOTHING - {"set_restart_policy"}))
def test_for_its_own_the_machines_engine_is_asked(name: str) -> None:
    engine = Watched(container(OWN, "d1"))
    getattr(DrillEngine(engine, "d1", [OWN], "/sandbox"), name)(**given(name, OWN))  # type: ignore[arg-type]
    assert engine.reached == [f"{name} {OWN}"]


def test_it_lists_and_hears_of_its_own_alone_and_without_the_marks_of_a_drill() -> None:
    others = (
        container("pryvio_mongodb"),
        container(OWN, "d2"),
        container(labels.container_name("d1", "redis"), "d1"),
        container(OWN),
    )
    engine = Watched(container(OWN, "d1"), *others)
    guarded = DrillEngine(engine, "d1", [OWN], "/sandbox")  # type: ignore[arg-type]
    for listed in (guarded.containers(), guarded.glance()):
        (found,) = listed
        assert (found.name, found.service, found.labels) == (OWN, "mongodb", {})
    assert [event.container for event in guarded.events()] == [OWN]


@pytest.mark.parametrize("policy", ["always", "unless-stopped", "on-failure:3"])
def test_nothing_of_a_drill_is_ever_started_by_itself(policy: str) -> None:
    engine = Watched(container(OWN, "d1"))
    with pytest.raises(PryvTuiError, match="by itself"):
        DrillEngine(engine, "d1", [OWN], "/s").set_restart_policy(OWN, policy)  # type: ignore[arg-type]
    assert engine.reached == []


@pytest.mark.parametrize("way", ["data", "parent", "beyond"])
def test_what_leads_out_of_the_sandbox_by_a_link_is_not_started(tmp_path: Path, way: str) -> None:
    """The engine follows links: it would have the live data mounted."""
    live, sandbox = tmp_path / "live", tmp_path / "sandbox"
    (live / "data").mkdir(parents=True)
    (sandbox / "pryv").mkdir(parents=True)
    source = sandbox / "pryv/mongodb/data"
    if way == "parent":
        (sandbox / "pryv/mongodb").symlink_to(live)
    else:
        source.parent.mkdir()
        source.symlink_to(live / "data" if way == "data" else sandbox)
    engine = Watched(container(OWN, "d1", source=str(source)))
    with pytest.raises(PryvTuiError, match="leads out of the sandbox"):
        DrillEngine(engine, "d1", [OWN], str(sandbox)).start(OWN)  # type: ignore[arg-type]
    assert engine.reached == []


def test_the_sandbox_itself_and_what_only_begins_like_it_do_not_lie_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    assert lies_in(str(folder / "not/there/yet"), str(folder))
    assert not lies_in(str(folder), str(folder))
    assert not lies_in(f"{folder}x/y", str(folder))
    assert not lies_in(f"{folder}/../other", str(folder))


def test_no_program_of_the_machine_is_run_for_a_drill(tmp_path: Path) -> None:
    engine = DrillEngine(Watched(), "d1", [OWN], str(tmp_path))  # type: ignore[arg-type]
    host = SandboxHost("single", engine, tmp_path, practice=False)
    assert host.which("docker-compose") is None
    with pytest.raises(PryvTuiError) as refused:
        host.run(["docker-compose", "up"], on_output=lambda _s, _c: None)
    assert refused.value.name == "not-isolated"


def test_a_drills_containers_are_no_part_of_a_platform_and_no_other_installation() -> None:
    live = container("pryvio_mongodb", source="/var/pryv/pryv/mongodb/data")
    drill = container(OWN, "d1", source="/state/sandboxes/d1/single/pryv/mongodb/data")
    inside = container("pryvdrill_d1_x", "d1", source="/var/pryv/pryv/redis/data")
    for root in ("/var/pryv", None):
        found = sort_out([live, drill, inside], root)
        assert [one.name for one in found.ours] == ["pryvio_mongodb"]
        assert not found.others and not found.elsewhere


NET = labels.network_name("d1", "single")
FOREIGN = ("pryvio_core", "pryv_backend", "bridge", "pryvdrill_d2_net", "pryvdrill_d1", "", NET[1:])
"""Names of containers and networks that are none of the drill d1's."""
LOOKS = {"image", "made", "made_networks", "surroundings"}
"""Methods of a maker that change nothing; what two of them tell of other drills is left out."""


def wanted(
    name: str = OWN, *, drill: str = "d1", folder: str = "/s", network: str = NET, source: str = ""
) -> Wanted:
    return Wanted(
        name=name,
        drill=drill,
        expires="",
        host="single",
        service="core",
        image="sha256:1",
        folder=folder,
        mounts=(Mount(source, "/app/data"),) if source else (),
        limits=Limits(memory=1, cpus=1, pids=1),
        joins=(Joined(network),) if network else (),
    )


class WatchedMaker:
    """A maker of the machine: it notes whatever reaches it."""

    def __init__(self) -> None:
        self.reached: list[str] = []

    def made(self) -> list[Made]:
        return [Made(name="a", drill=drill, expires="") for drill in ("d1", "d2")]

    def made_networks(self) -> list[MadeNetwork]:
        return [MadeNetwork(name="a", drill=drill, expires="") for drill in ("d1", "d2")]

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_words, **_more: self.reached.append(name)


@pytest.mark.parametrize("name", [one for one in vars(Maker) if not one.startswith("_")])
def test_each_method_of_a_maker_is_refused_for_what_is_not_the_drills(name: str) -> None:
    maker = WatchedMaker()
    guarded = DrillMaker(maker, "d1", "/s")  # type: ignore[arg-type]
    others: list[tuple[Any, ...]]
    if name == "make":
        others = [(wanted(one),) for one in FOREIGN]
        others += [(wanted(network=one),) for one in FOREIGN if one]
        others += [(wanted(drill="d2"),), (wanted(folder="/other"),)]
        own: tuple[Any, ...] = (wanted(),)
    elif name == "make_network":

        def net(called: str, drill: str = "d1") -> Network:
            return Network(name=called, drill=drill, expires="", subnet="198.18.0.0/24")

        others = [(net(one),) for one in FOREIGN] + [(net(NET, "d2"),)]
        own = (net(NET),)
    elif name in ("remove", "remove_network"):
        others = [(one, "d1") for one in FOREIGN] + [(OWN, "d2"), (NET, "d2")]
        own = (OWN, "d1")
    else:
        assert name in LOOKS, f"{name} is new: decide what a drill may do with it"
        if name.startswith("made"):
            assert [one.drill for one in getattr(guarded, name)()] == ["d1"]
        return
    for words in others:
        with pytest.raises(PryvTuiError) as refused:
            getattr(guarded, name)(*words)
        assert refused.value.name == "not-isolated", words
    assert maker.reached == []
    getattr(guarded, name)(*own)
    assert maker.reached == [name]


def test_a_container_joins_no_network_but_its_drills_whatever_that_is_called(
    tmp_path: Path,
) -> None:
    there = [
        MadeNetwork(name=NET, drill="d1", expires=""),
        MadeNetwork(name="pryvdrill_d1_x_net", drill="d2", expires=""),
    ]
    need_inside(wanted(), there)
    for other in ("pryv_backend", "pryvdrill_d1_x_net"):
        with pytest.raises(PryvTuiError, match="not a network of its drill"):
            need_inside(wanted(network=other), there)
    # One that was its own and was removed by hand is none of another drill.
    gone = "pryvdrill_d1_between_net"
    with pytest.raises(PryvTuiError) as refused:
        need_inside(wanted(network=gone), there)
    assert refused.value.what.endswith(f"would join {gone}, which is gone")
    need_inside(wanted(network=gone), [*there, MadeNetwork(name=gone, drill="d1", expires="")])
    with pytest.raises(PryvTuiError, match="outside its sandbox"):
        need_inside(wanted(folder=str(tmp_path), source=str(tmp_path.parent)), there)


def test_a_container_that_shows_its_walls_has_nothing_in_it() -> None:
    one = wanted(source="/s/core")
    bare = one.walls()
    assert bare.idle and not one.idle
    assert (bare.mounts, bare.environment) == ((), {})
    assert (bare.joins, bare.limits, bare.image) == (one.joins, one.limits, one.image)
