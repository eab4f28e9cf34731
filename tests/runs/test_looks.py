"""What a killed look at the live platform has left in a container is ended, and nothing else."""

from __future__ import annotations

import errno
import fcntl
import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.hosts.discovery import discover
from pryv_tui.operations.audit.live_stores import READ_ALL
from pryv_tui.operations.commands import by_who_knows
from pryv_tui.operations.containers import following
from pryv_tui.operations.containers.following import followed, not_followed
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import Site
from pryv_tui.operations.stores.mongodb import BIN
from pryv_tui.runs.looks import Looks, end_dead_looks, left_running
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import TellingEngine

LOOK = " ".join(READ_ALL)
DUMP = LOOK.replace("--archive", "-o /app/backup/")


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place of this user's for what looks have written down."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "own"))
    return tmp_path / "own/pryv-tui/looks"


class Busy(TellingEngine):
    """An engine in whose MongoDB these run, by what the engine calls them."""

    def __init__(self, *lines: str, silent: bool = False, stuck: bool = False) -> None:
        super().__init__(machine("core"), lambda _argv: (0, "", ""))
        self.running = {str(number): line for number, line in enumerate(["mongod", *lines])}
        self.silent = silent
        self.stuck = stuck

    def processes(self, container: str) -> list[str]:
        if self.silent:
            raise PryvTuiError("step-failed", "ps: not found")
        return list(self.running.values()) if container == "pryvio_mongodb" else []

    def end_exec(self, container: str, program: str) -> bool:
        if self.stuck:
            raise PryvTuiError("step-failed", f"{program} could not be ended", "By hand.")
        return container == "pryvio_mongodb" and bool(self.running.pop(program, ""))


def looked(folder: Path, engine: Busy, state: str = "s") -> Looks:
    host = StillHost("core", machine("core"))
    host.engine = engine  # type: ignore[assignment]
    settings = Settings(vault=str(folder / "v"), state=str(folder / state), practice=str(folder))
    site = Site(settings, (host,))
    return end_dead_looks(site, discover(site.hosts))


def told(folder: Path, engine: Busy) -> list[str]:
    before = dict(engine.running)
    lines = looked(folder, engine).lines
    assert engine.running == before, "nothing of this is known to be ours"
    return lines


def killed(engine: str, container: str, program: str) -> None:
    """A look at a program that was killed."""
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Event()
    looks = spawn.Process(target=_follows, args=(engine, container, program, ready))
    looks.start()
    assert ready.wait(60) and looks.pid is not None
    assert not_followed(engine, container) == {}, "it lives"
    os.kill(looks.pid, signal.SIGKILL)
    looks.join(60)


def _follows(engine: str, container: str, program: str, ready: Any) -> None:
    with followed(engine, container) as begun:
        begun(program)
        ready.set()
        signal.pause()


def test_of_two_that_look_the_same_the_one_whose_look_was_killed_is_ended(
    tmp_path: Path, own: Path
) -> None:
    engine = Busy(LOOK, LOOK, LOOK)
    killed(engine.url, "pryvio_mongodb", "2")
    with followed(engine.url, "pryvio_mongodb") as begun:
        begun("1")
        found = looked(tmp_path, engine, state="another state folder")
        assert sorted(engine.running) == ["0", "1", "3"] and not found.stuck
        ended, goes_on = found.lines
        assert "of the live platform was still running in pryvio_mongodb, and was ended" in ended
        assert f"{LOOK} is running in pryvio_mongodb and was not ended" in goes_on
        assert len(list(own.iterdir())) == 1, "what was ended is forgotten"
    assert list(own.iterdir()) == []


def test_one_of_another_container_engine_or_machine_is_not_ended(
    tmp_path: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Busy(LOOK)
    killed(engine.url, "pryvio_other", "1")
    killed("unix:///another.sock", "pryvio_mongodb", "1")
    killed(engine.url, "pryvio_mongodb", "1")
    with monkeypatch.context() as patch:
        patch.setattr(following, "_boot", lambda: "another start, or another machine")
        assert len(told(tmp_path, engine)) == 1
    with monkeypatch.context() as patch:
        patch.setattr(following, "_boot", lambda: "")
        assert len(told(tmp_path, engine)) == 1
    own.chmod(0o777)
    assert len(told(tmp_path, engine)) == 1, "anybody could have written it"
    own.chmod(0o700)
    looked(tmp_path, engine)
    assert list(engine.running) == ["0"] and len(list(own.iterdir())) == 2


def test_who_looks_is_kept_by_nothing_from_that(
    tmp_path: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Busy(LOOK)

    def no_locks(_descriptor: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    with monkeypatch.context() as patch:
        patch.setattr(fcntl, "flock", no_locks)
        with followed(engine.url, "pryvio_mongodb") as begun:
            begun("1")
            assert list(own.iterdir()) == []
    assert len(told(tmp_path, engine)) == 1
    own.rmdir()
    own.write_text("in the way")
    with followed(engine.url, "pryvio_mongodb") as begun:
        begun("1")
        assert len(told(tmp_path, engine)) == 1


def test_a_look_that_gave_up_follows_nothing_any_more(tmp_path: Path, own: Path) -> None:
    engine = Busy(LOOK)
    with pytest.raises(Cancelled), followed(engine.url, "pryvio_mongodb") as begun:
        begun("1")
        raise Cancelled()
    assert list(own.iterdir()) == [], "that one was ended by its own engine"
    with (
        pytest.raises(PryvTuiError),
        followed(engine.url, "pryvio_mongodb") as begun,
    ):
        begun("1")
        raise PryvTuiError("engine-unreachable", "it went away")
    looked(tmp_path, engine)
    assert list(engine.running) == ["0"] and list(own.iterdir()) == []


def test_one_that_can_not_be_ended_is_told_and_remembered(tmp_path: Path, own: Path) -> None:
    engine = Busy(LOOK, stuck=True)
    killed(engine.url, "pryvio_mongodb", "1")
    found = looked(tmp_path, engine)
    assert found.stuck and "may still be running in pryvio_mongodb" in found.lines[0]
    assert len(list(own.iterdir())) == 1


def test_one_that_has_ended_by_itself_is_forgotten_without_a_word(
    tmp_path: Path, own: Path
) -> None:
    engine = Busy()
    killed(engine.url, "pryvio_mongodb", "1")
    (own / "torn.look").write_text("{")
    assert told(tmp_path, engine) == []
    assert [path.name for path in own.iterdir()] == ["torn.look"]


def test_what_a_dead_look_has_left_is_known_before_an_engine_is_asked(
    tmp_path: Path, own: Path
) -> None:
    engine = Busy(LOOK, silent=True, stuck=True)
    host = StillHost("core", machine("core"))
    host.engine = engine  # type: ignore[assignment]
    settings = Settings(vault=str(tmp_path / "v"), state=str(tmp_path / "s"))
    site = Site(settings, (host,))
    deployment = discover(site.hosts)
    assert not left_running(site, deployment)
    with followed(engine.url, "pryvio_mongodb") as begun:
        begun("1")
        assert not left_running(site, deployment), "somebody follows it"
        with followed(engine.url, "pryvio_mongodb", "RUN") as dumps:
            dumps("2")
    with (
        pytest.raises(PryvTuiError),
        followed(engine.url, "pryvio_mongodb", "RUN") as dumps,
    ):
        dumps("1")
        raise PryvTuiError("engine-unreachable", "it went away")
    assert not left_running(site, deployment), "the dump of a run is no look"
    assert looked(tmp_path, Busy(LOOK)).lines[0].endswith(by_who_knows("pryvio_mongodb", "core"))
    assert list(not_followed(engine.url, "pryvio_mongodb", "RUN")) == ["1"]
    killed(engine.url, "pryvio_mongodb", "1")
    assert left_running(site, deployment)


@pytest.mark.parametrize(
    "line",
    [
        LOOK,
        f"/usr/bin/python3 {LOOK}",
        f"/usr/bin/python3 -ISB {LOOK}",
        f"{BIN}/mongodump -d pryv-node --archive --gzip",
        "mongodump --db billing --archive",
        "mongodump --archive",
    ],
)
def test_whose_it_is_can_not_be_told_so_it_goes_on_and_is_said(tmp_path: Path, line: str) -> None:
    engine = Busy(line)
    (one,) = told(tmp_path, engine)
    assert one.startswith(
        f"core: {line} is running in pryvio_mongodb and was not ended: it may belong to a check"
    )
    assert "To see if it is still running: pryv-tui doctor." in one


def test_what_is_no_look_is_neither_told_nor_ended(tmp_path: Path) -> None:
    by_hand = f'sh -c "{LOOK} | gzip > /app/backup/f"'
    alike = f"sh -ec {LOOK}"
    engine = Busy(DUMP, by_hand, alike, f"{LOOK}=/app/backup/x", "mongorestore --archive", "sh")
    assert told(tmp_path, engine) == []


def test_two_alike_are_told_once_and_one_that_can_not_be_seen_is_told(tmp_path: Path) -> None:
    assert len(told(tmp_path, Busy(LOOK, LOOK, DUMP))) == 1
    (one,) = told(tmp_path, Busy(LOOK, silent=True))
    assert "still reading MongoDB in pryvio_mongodb: ps: not found" in one
