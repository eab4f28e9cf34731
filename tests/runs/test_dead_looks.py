"""What a killed look at the live platform has left in a container is ended, and nothing else."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.discovery import discover
from pryv_tui.operations.audit.following import NAME, followed, none_followed
from pryv_tui.operations.audit.live_stores import READ_ALL
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import Site
from pryv_tui.runs import dead_looks
from pryv_tui.runs.dead_looks import end_dead_looks
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import TellingEngine

LOOK = " ".join(READ_ALL)
DUMP = LOOK.replace("--archive", "-o /app/backup/")


class Busy(TellingEngine):
    """An engine in whose MongoDB these run."""

    def __init__(self, *lines: str, stuck: bool = False) -> None:
        super().__init__(machine("core"), lambda _argv: (0, "", ""))
        self.lines = ["mongod", *lines]
        self.stuck = stuck

    def processes(self, container: str) -> list[str]:
        return self.lines if container == "pryvio_mongodb" else []

    def end_processes(self, container: str, command: str) -> list[str]:
        if self.stuck:
            raise PryvTuiError("step-failed", f"{command} could not be ended", "By hand.")
        ended = [line for line in self.lines if command in line]
        self.lines = [line for line in self.lines if command not in line]
        return ended


def platform(folder: Path, engine: Busy) -> Site:
    host = StillHost("core", machine("core"))
    host.engine = engine  # type: ignore[assignment]
    settings = Settings(vault=str(folder / "v"), state=str(folder / "s"), practice=str(folder))
    return Site(settings, (host,))


def ended(site: Site) -> list[str]:
    return end_dead_looks(site, discover(site.hosts))


def test_a_look_is_ended_and_a_dump_is_not(tmp_path: Path) -> None:
    engine = Busy(LOOK, DUMP, LOOK)
    site = platform(tmp_path, engine)
    (one, two) = ended(site)
    assert one == two and "nobody follows from here any more, was ended" in one and LOOK in one
    assert engine.lines == ["mongod", DUMP], "that one is a run's: its own recovery ends it"
    assert ended(site) == []


def test_while_somebody_follows_one_or_nobody_can_tell_none_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Busy(LOOK)
    site = platform(tmp_path, engine)
    with followed(site.state), followed(site.state):
        assert ended(site) == []
    monkeypatch.setattr(dead_looks, "who_holds", lambda _site: "a run")
    assert ended(site) == [], "it may count so what it has restored"
    monkeypatch.undo()
    (site.state / NAME).unlink()
    (site.state / NAME).mkdir()
    assert ended(site) == [] and LOOK in engine.lines
    with followed(site.state):
        (site.state / NAME).rmdir()
    assert ended(site) != [], "and whoever looks is kept by nothing from that"


def test_one_that_can_not_be_ended_is_told(tmp_path: Path) -> None:
    (told,) = ended(platform(tmp_path, Busy(LOOK, stuck=True)))
    assert "may still run in pryvio_mongodb" in told and "could not be ended" in told


def _follows(state: Path, ready: Any) -> None:
    with followed(state):
        ready.set()
        signal.pause()


def test_who_was_killed_follows_nothing_any_more(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Event()
    looks = spawn.Process(target=_follows, args=(tmp_path / "s", ready))
    looks.start()
    assert ready.wait(60)
    with none_followed(tmp_path / "s") as dead:
        assert not dead
    assert looks.pid is not None
    os.kill(looks.pid, signal.SIGKILL)
    looks.join(60)
    with none_followed(tmp_path / "s") as dead:
        assert dead
