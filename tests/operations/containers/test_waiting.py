"""Waits: each says for what and since when, and has an end that can be set."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.hosts.engine import CancelToken, Container, ContainerState
from pryv_tui.operations.audit.live_stores import (
    Tell,
    databases,
    measurements,
    read_events,
    registered,
)
from pryv_tui.operations.containers.waiting import SILENT_SECONDS, VARIABLE, Silence, patience
from pryv_tui.operations.stores.base import wait_until
from pryv_tui.operations.stores.influxdb import InfluxDB
from pryv_tui.operations.stores.redis import Redis
from pryv_tui.practice.machines.engine import PracticeEngine
from tests.hosts.machines import machine
from tests.operations.kit import context, telling


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Frozen:
    """A program that says nothing, in an engine whose time passes at each look for a cancel."""

    def __init__(self, clock: Clock, *, lasts: float, words: Sequence[float] = ()) -> None:
        self.clock, self.lasts, self.words = clock, lasts, list(words)

    def exec(self, container: str, argv: Sequence[str], *, on_output, cancel, **_: object) -> int:  # type: ignore[no-untyped-def]
        while self.clock.now < self.lasts:
            self.clock.now += 10
            if self.words and self.clock.now >= self.words[0]:
                self.words.pop(0)
                on_output("stderr", b"a word\n")
            if cancel.is_set():
                raise Cancelled(f"{argv[0]} was ended")
        return 0


def stopped(engine: Any, state: ContainerState) -> None:
    """All of its containers in one state."""
    for name, one in engine._containers.items():
        engine._containers[name] = msgspec.structs.replace(one, state=state)


def watched(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    engine_of: Callable[[Clock], Frozen],
    *,
    quiet: bool = False,
    state: ContainerState = "running",
) -> tuple[Callable[[], int], list[str]]:
    clock = Clock()
    host = telling("core", "core", lambda _argv: (0, "", ""))
    ctx, heard = context(tmp_path, host)
    stopped(host.engine, state)
    engine: object = engine_of(clock)
    host.engine.exec = engine.exec  # type: ignore[attr-defined,method-assign]
    real = ctx.silence

    def silence(what: str, seconds: float, cancel: CancelToken | None = None) -> Silence:
        made = real(what, seconds, cancel)
        made._clock = clock
        made.heard()
        return made

    monkeypatch.setattr(ctx, "silence", silence)
    notes: list[str] = []
    monkeypatch.setattr(heard, "note", lambda text, level="info": notes.append(text))
    # `silence` was bound to the reporter's own method before.
    ctx.report = heard
    argv = ["influxd", "backup"]
    return lambda: ctx.exec("core", "pryvio_influxdb", argv, quiet=quiet), notes


def test_a_frozen_server_is_told_and_its_dump_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    run, notes = watched(tmp_path, monkeypatch, lambda clock: Frozen(clock, lasts=1e9))
    with pytest.raises(PryvTuiError, match="gave no output for 1800 s") as ended:
        run()
    assert not isinstance(ended.value, Cancelled), "nobody cancelled"
    assert "influxd backup in pryvio_influxdb on core" in ended.value.what
    assert VARIABLE in ended.value.remedy
    assert len(notes) == 6, "after 30 s, and then after twice as long each time"
    assert all("influxd backup in pryvio_influxdb on core since" in note for note in notes)


def test_of_a_container_that_was_paused_meanwhile_that_is_told_and_its_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing in it says a word, and nothing is to be read in its log."""
    monkeypatch.delenv(VARIABLE, raising=False)
    run, notes = watched(
        tmp_path, monkeypatch, lambda clock: Frozen(clock, lasts=1e9), state="paused"
    )
    with pytest.raises(PryvTuiError, match="gave no output for 1800 s") as ended:
        run()
    assert ended.value.what.endswith("and was ended: pryvio_influxdb is paused")
    assert ended.value.remedy.endswith("on core: docker unpause pryvio_influxdb")
    assert VARIABLE not in ended.value.remedy and "logs" not in ended.value.remedy
    # At the first word of the wait already.
    assert notes[0].endswith("; pryvio_influxdb is paused")


def test_a_wait_that_is_set_to_be_short_is_told_before_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "35s")
    run, notes = watched(tmp_path, monkeypatch, lambda clock: Frozen(clock, lasts=1e9))
    with pytest.raises(PryvTuiError, match="gave no output for 35 s"):
        run()
    (note,) = notes
    assert "without output: 20 s by now, 35 s at most" in note


def test_more_patience_lets_it_come_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(clock: Clock) -> Frozen:
        return Frozen(clock, lasts=SILENT_SECONDS * 2)

    monkeypatch.delenv(VARIABLE, raising=False)
    run, _notes = watched(tmp_path, monkeypatch, slow)
    with pytest.raises(PryvTuiError) as ended:
        run()
    assert f"{VARIABLE}=2h" in ended.value.remedy
    monkeypatch.setenv(VARIABLE, "2h")
    run, _notes = watched(tmp_path, monkeypatch, slow)
    assert run() == 0


def test_a_question_has_less_patience_and_what_is_said_of_it_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(clock: Clock) -> Frozen:
        return Frozen(clock, lasts=1000)

    monkeypatch.delenv(VARIABLE, raising=False)
    run, _notes = watched(tmp_path, monkeypatch, slow, quiet=True)
    with pytest.raises(PryvTuiError, match="gave no output for 120 s") as ended:
        run()
    name, _, value = ended.value.remedy.rpartition(" ")[2].partition("=")
    monkeypatch.setenv(name, value)
    run, _notes = watched(tmp_path, monkeypatch, slow, quiet=True)
    assert run() == 0


class Deaf:
    """An engine whose programs say nothing until they are ended."""

    url = "unix:///nowhere.sock"

    def address(self, container: str) -> str:
        return ""

    def ends_at(self, container: str, address: str, port: int) -> bool:
        return False

    def glance(self) -> list[Container]:
        return [one.glanced(one.name, one.state) for one in self.containers()]

    def containers(self) -> list[Container]:
        return machine("single-node")

    def processes(self, container: str) -> list[str]:
        return []

    def exec(self, container: str, argv: Sequence[str], *, cancel: CancelToken, **_: object) -> int:
        while not cancel.is_set():
            pass
        raise Cancelled(f"{argv[0]} was ended")


def events_of(engine: Any, container: str, tell: Tell) -> None:
    read_events(engine, container, lambda _event: None, tell)


def measurements_of(engine: Any, container: str, tell: Tell) -> None:
    list(measurements(engine, container, ["user.a"], tell))


@pytest.mark.parametrize("ask", [events_of, databases, measurements_of, registered])
def test_who_only_looks_waits_for_a_frozen_server_no_longer(
    ask: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`audit --live`, for one, asks all of them, and no run watches over it."""
    monkeypatch.delenv(VARIABLE, raising=False)
    seconds = itertools.count(step=5).__next__
    usual: Any = Silence.__init__
    monkeypatch.setitem(usual.__kwdefaults__, "clock", seconds)
    told: list[str] = []
    with pytest.raises(PryvTuiError, match="in pryvio_x gave no output for"):
        ask(Deaf(), "pryvio_x", told.append)
    assert "in pryvio_x since" in told[0], "while it lasts it is said for what it waits"


def test_a_rewriting_of_redis_is_waited_for_as_long_as_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx, _ = context(tmp_path, telling("core", "core", lambda _argv: (0, "", "")))
    busy: Any = SimpleNamespace(info=lambda _part: {"aof_rewrite_in_progress": "1"})
    monkeypatch.setenv(VARIABLE, "0.05s")
    with pytest.raises(PryvTuiError, match="did not finish rewriting its file within 0 s"):
        Redis()._wait_for_rewrite(ctx, busy)
    busy = SimpleNamespace(info=lambda _part: {"rdb_bgsave_in_progress": "1"})
    with pytest.raises(PryvTuiError, match="did not finish its snapshot within 0 s") as caught:
        Redis()._wait_for_save(ctx, busy)
    assert caught.value.remedy.startswith("Its log says how far it got: pryv-tui containers logs")


def test_a_program_that_says_something_now_and_then_is_not_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [float(at) for at in range(1000, 20_000, 1000)]
    run, notes = watched(
        tmp_path, monkeypatch, lambda clock: Frozen(clock, lasts=20_000, words=words)
    )
    assert run() == 0
    assert notes


def test_a_cancel_is_a_cancel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token = Event()
    watch = Silence("a program", 60, cancel=token)
    assert not watch.is_set()
    token.set()
    assert watch.is_set()
    assert not watch.expired


@pytest.mark.parametrize("word", ["", "0", "soon", "-5", "5 d"])
def test_a_patience_that_is_none(word: str) -> None:
    with pytest.raises(PryvTuiError, match="not a duration") as refused:
        patience(5, {VARIABLE: word})
    assert refused.value.name == "usage"
    example = refused.value.remedy.split(f"{VARIABLE}=")[1].split(";")[0]
    assert patience(5, {VARIABLE: example}) == 2700
    assert patience(5, {}) == 5


def test_waiting_for_a_server_has_an_end_that_can_be_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx, _ = context(tmp_path, telling("core", "core", lambda _argv: (1, "", "frozen")))
    monkeypatch.setenv(VARIABLE, "0.2s")
    with pytest.raises(PryvTuiError, match="does not answer after 0 s: frozen"):
        InfluxDB().wait(ctx, "core")
    with pytest.raises(PryvTuiError, match="Redis does not answer"):
        wait_until(ctx, lambda: "asleep", "Redis", "pryvio_redis", "core")


def test_of_a_server_that_is_paused_no_log_is_advised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = telling("core", "core", lambda _argv: (1, "", "frozen"))
    stopped(host.engine, "paused")
    ctx, _ = context(tmp_path, host)
    monkeypatch.setenv(VARIABLE, "0.2s")
    with pytest.raises(
        PryvTuiError, match=r"does not answer .*: pryvio_influxdb is paused"
    ) as told:
        InfluxDB().wait(ctx, "core")
    assert told.value.remedy.startswith("A run that paused pryvio_influxdb resumes it at its end")


@pytest.mark.parametrize(
    ("state", "policy", "ended"),
    [
        ("exited", "no", True),
        ("dead", "no", True),
        ("exited", "always", False),
        ("exited", "on-failure:3", False),
        ("restarting", "no", False),
        ("paused", "no", False),
    ],
)
def test_a_server_that_ended_for_good_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: ContainerState, policy: str, ended: bool
) -> None:
    """It was killed, or crashed, while its restarts were switched off for a restore."""
    host = telling("core", "core", lambda _argv: (1, "", "refused"))
    engine: Any = host.engine
    engine._containers = {
        name: msgspec.structs.replace(one, state=state, restart_policy=policy, exit_code=137)
        for name, one in engine._containers.items()
    }
    ctx, _ = context(tmp_path, host)
    monkeypatch.setenv(VARIABLE, "0.1s")
    with pytest.raises(PryvTuiError) as told:
        InfluxDB().wait(ctx, "core")
    assert (told.value.name == "container-stopped") is ended
    assert ("pryvio_influxdb on core ended with exit code 137" in told.value.what) is ended


def test_the_practice_engine_ends_what_is_silent_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pryv_tui.operations.containers.waiting import run_watched
    from pryv_tui.operations.settings.resolve import resolve_settings
    from pryv_tui.operations.site import open_site
    from pryv_tui.practice.platform import PracticePlatform

    assert sys.platform == "linux"
    folder = PracticePlatform.create(tmp_path / "slow", users=1, pace=3600.0).folder
    site = open_site(resolve_settings(practice=str(folder), environment={}))
    engine = site.hosts[0].engine
    assert isinstance(engine, PracticeEngine)
    watch = Silence("redis-cli in pryvio_redis", 0.3)
    with pytest.raises(PryvTuiError, match="gave no output"):
        run_watched(engine, "pryvio_redis", ["redis-cli", "SAVE"], lambda _s, _c: None, watch)
    assert not any("SAVE" in line for line in engine.processes("pryvio_redis"))
