"""Containers that do not exist: as few calls of the compose program as the order allows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.operations.context import RunContext
from pryv_tui.operations.steps.services.start_services import Phase, StartServices
from pryv_tui.platform.roles import COMPOSE_FILES, DATABASE_SERVICES
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import Heard, TellingEngine, context

EVERY = {c.service: c for c in machine("register")}
LEADER, PRYV, FOLLOWER = COMPOSE_FILES
DECLARED = {
    LEADER: ["config_leader"],
    PRYV: [s for s in EVERY if not s.startswith("config_")],
    FOLLOWER: ["config_follower"],
}


class Machine(StillHost):
    """Makes containers as it is told by docker-compose; `refuses` keeps a call from that."""

    def __init__(self, root: Path, refuses: str = "") -> None:
        super().__init__("one", (), root=root)
        self.calls: list[str] = []
        self.refuses = refuses
        self.started: list[str] = []
        engine: Any = TellingEngine([], lambda _argv: (0, "# Server\n", ""))
        engine.start = self.start
        self.made: dict[str, Any] = engine._containers
        self.engine = engine
        for file, services in DECLARED.items():
            path = root / file
            path.parent.mkdir(parents=True)
            lines = [f"  {s}:\n    container_name: pryvio_{s}\n" for s in services]
            path.write_text("services:\n" + "".join(lines))

    def run(self, argv: Sequence[str], **_more: Any) -> int:
        words = list(argv)
        file, how, names = Path(words[2]), words[4], words[6:]
        self.calls.append(f"{file.name} {how} {' '.join(sorted(names))}")
        if self.refuses and self.refuses in names:
            return 1
        for name in names:
            self.made[f"pryvio_{name}"] = msgspec.structs.replace(EVERY[name], state="created")
            if how == "-d":
                self.start(f"pryvio_{name}")
        return 0

    def start(self, name: str) -> None:
        self.started.append(name)
        self.made[name] = msgspec.structs.replace(self.made[name], state="running")


def restored(ctx: RunContext, root: Path) -> None:
    """The steps that start a register's machine, in their order."""
    every = tuple(f"pryvio_{s}" for s in EVERY)
    follower = ("pryvio_config_follower",)
    rest = tuple(name for name in every if name not in follower)
    databases = tuple(f"pryvio_{s}" for s in EVERY if s in DATABASE_SERVICES)
    phases: list[tuple[Phase, tuple[str, ...]]] = [
        ("databases", databases),
        ("register", tuple(f"pryvio_{s}" for s in ("redis", "config_leader", "register"))),
        ("rest", rest),
        ("follower", follower),
    ]
    beside = {name: name.removeprefix("pryvio_") for name in every if name not in databases}
    for phase, names in phases:
        StartServices(
            host="one",
            phase=phase,
            root=str(root),
            containers=names,
            beside=beside if phase == "databases" else {},
            later=phase != "databases",
        ).perform(ctx)


def ready(folder: Path, refuses: str = "") -> tuple[Machine, RunContext, Heard]:
    host = Machine(folder / "root", refuses)
    ctx, heard = context(folder, host)
    return host, ctx, heard


def test_each_file_is_asked_for_once(tmp_path: Path) -> None:
    host, ctx, _heard = ready(tmp_path)
    restored(ctx, tmp_path / "root")
    assert [call.split()[:2] for call in host.calls] == [
        ["pryv.yml", "--no-start"],
        ["config-leader.yml", "-d"],
        ["config-follower.yml", "-d"],
    ]
    assert host.started[0] == "pryvio_redis", "the databases alone at first"
    assert sorted(host.started) == sorted(host.made) and len(host.started) == len(EVERY)
    assert ctx.facts.warnings == []


@pytest.mark.parametrize("refuses", ["mail", "admin_panel"])
def test_one_that_can_not_be_made_keeps_no_database_down(tmp_path: Path, refuses: str) -> None:
    host, ctx, heard = ready(tmp_path, refuses)
    restored(ctx, tmp_path / "root")
    assert host.calls[1] == "pryv.yml -d redis"
    assert any("can't be made all at once" in text for _, text in heard.notes)
    assert [w for w in ctx.facts.warnings if refuses in w], "and is told"
    assert set(EVERY) - {name.removeprefix("pryvio_") for name in host.started} == {refuses}


def test_what_is_there_is_not_made_again(tmp_path: Path) -> None:
    host, ctx, _heard = ready(tmp_path)
    for service in ("redis", "register"):
        host.made[f"pryvio_{service}"] = msgspec.structs.replace(EVERY[service], state="exited")
    restored(ctx, tmp_path / "root")
    assert all("redis" not in call for call in host.calls)
    assert sorted(host.started) == sorted(host.made)
