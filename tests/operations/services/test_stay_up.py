"""How long containers are watched after a start, on a real platform: the clock is ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import Container
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.root.marker import Marker, read_marker, write_marker
from pryv_tui.operations.services import staying_up
from pryv_tui.operations.services.staying_up import see_up, stay_up, watch
from pryv_tui.operations.settings.patience import USUAL
from pryv_tui.operations.steps.bringing_back.close_restore import CloseRestore
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import TellingEngine, context

LOOP = 2.9
"""Seconds that a crash-looping core runs until it gives up: less than it is watched."""


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class LoopingEngine(TellingEngine):
    """Its core starts again and again until a moment."""

    def __init__(self, clock: Clock, until: float) -> None:
        super().__init__([c for c in machine("core") if c.name == "pryvio_core"], lambda _: _NONE)
        self._clock, self._until = clock, until

    def containers(self) -> list[Container]:
        restarts = int(min(self._clock.now, self._until) / LOOP)
        return [msgspec.structs.replace(c, restarts=restarts) for c in super().containers()]


_NONE = (0, "", "")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(staying_up, "time", clock)
    return clock


def watching(folder: Path, clock: Clock, *, until: float) -> RunContext:
    host = StillHost("core", ())
    engine: Any = LoopingEngine(clock, until)
    host.engine = engine
    ctx, _heard = context(folder, host, practice=False)
    return ctx


def test_three_seconds_without_a_restart_are_wanted(tmp_path: Path, clock: Clock) -> None:
    ctx = watching(tmp_path, clock, until=0)
    stay_up(ctx, "core", {"pryvio_core"})
    assert ctx.facts.checks == ["core: 1 container runs and stays up"]
    assert 3.0 <= clock.now < 3.5


def test_they_count_from_the_last_restart(tmp_path: Path, clock: Clock) -> None:
    ctx = watching(tmp_path, clock, until=10)
    stay_up(ctx, "core", {"pryvio_core"})
    assert ctx.facts.checks
    assert 3 * LOOP + 3.0 <= clock.now < 3 * LOOP + 3.9


def test_one_that_never_stays_up_is_named(tmp_path: Path, clock: Clock) -> None:
    ctx = watching(tmp_path, clock, until=10**6)
    stay_up(ctx, "core", {"pryvio_core"})
    assert not ctx.facts.checks
    assert "these do not stay up: pryvio_core" in ctx.facts.warnings[0]
    assert clock.now > USUAL.stays_up


def test_one_that_was_broken_before_is_not_waited_for(tmp_path: Path, clock: Clock) -> None:
    ctx = watching(tmp_path, clock, until=10**6)
    stay_up(ctx, "core", {"pryvio_core"}, unwell={"pryvio_core": "starts again and again"})
    assert clock.now < 3.5
    (warning,) = ctx.facts.warnings
    assert "did not before this run either: it starts again and again" in warning


def test_nor_one_that_did_not_stay_up_earlier_in_the_run(tmp_path: Path, clock: Clock) -> None:
    ctx = watching(tmp_path, clock, until=10**6)
    ctx.facts.not_up["core"] = {"pryvio_core": "restarting"}
    stay_up(ctx, "core", {"pryvio_core"})
    assert clock.now < 3.5
    assert ctx.facts.warnings == [], "it was told then"


def test_what_is_needed_is_waited_for_though_it_was_broken(tmp_path: Path, clock: Clock) -> None:
    """A database may have been broken by what the restore puts right."""
    ctx = watching(tmp_path, clock, until=10)
    unwell = {"pryvio_core": "starts again and again"}
    stay_up(ctx, "core", {"pryvio_core"}, needed={"pryvio_core"}, unwell=unwell)
    assert clock.now > 3 * LOOP
    assert ctx.facts.checks and not ctx.facts.warnings


def test_a_shorter_wait_is_a_matter_of_settings(tmp_path: Path, clock: Clock) -> None:
    ctx = watching(tmp_path, clock, until=0)
    ctx.site.settings = msgspec.structs.replace(ctx.site.settings, settle=0.5)
    stay_up(ctx, "core", {"pryvio_core"})
    assert 0.5 <= clock.now < 1.0


def test_what_passes_beside_the_watch_counts(tmp_path: Path, clock: Clock) -> None:
    ctx = watching(tmp_path, clock, until=0)
    watch(ctx, "core", {"pryvio_core"})
    clock.sleep(5)  # comparisons, questions
    assert see_up(ctx, "core") == ("1 container runs and stays up", True)
    assert clock.now == 5


def test_of_several_watched_the_last_one_that_was_started_is_waited_for(
    tmp_path: Path, clock: Clock
) -> None:
    ctx = watching(tmp_path, clock, until=0)
    watch(ctx, "core", ())
    clock.sleep(5)
    watch(ctx, "core", {"pryvio_core"})
    see_up(ctx, "core")
    assert 8.0 <= clock.now < 8.5


@pytest.mark.parametrize("until", [4.0, 7.0])
def test_one_that_fell_over_beside_is_watched_on(
    tmp_path: Path, clock: Clock, until: float
) -> None:
    ctx = watching(tmp_path, clock, until=until)
    watch(ctx, "core", {"pryvio_core"})
    clock.sleep(until + 1)
    see_up(ctx, "core")
    assert until + 4.0 <= clock.now < until + 4.5
    assert ctx.facts.warnings == []


@pytest.mark.parametrize("needed", [False, True])
def test_one_that_fell_over_beside_for_good_is_told_before_it_is_done(
    tmp_path: Path, clock: Clock, needed: bool
) -> None:
    """The mark of a half-restored root goes after the watch, and not at all where data needs it."""
    ctx = watching(tmp_path, clock, until=10**6)
    root = tmp_path / "root"
    (root / ".pryv-tui").mkdir(parents=True, mode=0o700)
    write_marker(root, Marker(run="RUN", set_id="SET", started=""))
    watch(ctx, "core", {"pryvio_core"}, needed={"pryvio_core"} if needed else ())
    clock.sleep(60)
    step = CloseRestore(roots={"core": str(root)})
    if needed:
        with pytest.raises(PryvTuiError, match="do not come up: pryvio_core"):
            step.perform(ctx)
    else:
        step.perform(ctx)
        assert "these do not stay up: pryvio_core" in ctx.facts.warnings[0]
        assert "0 of 1 container run and stay up; not pryvio_core" in ctx.facts.checks[0]
    assert (read_marker(root) is not None) == needed
    assert clock.now > USUAL.stays_up


def test_a_restart_between_two_glances_is_found_at_the_end(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each glance sees it run; how often it was started again is asked for when all seems well."""
    ctx = watching(tmp_path, clock, until=0)
    engine: Any = ctx.site.host("core").engine
    looks: list[float] = []
    asked = engine.containers

    def containers() -> list[Container]:
        looks.append(clock.now)
        return [msgspec.structs.replace(c, restarts=int(clock.now >= 1)) for c in asked()]

    monkeypatch.setattr(engine, "containers", containers)
    monkeypatch.setattr(engine, "glance", lambda: [c.glanced(c.name, c.state) for c in asked()])
    stay_up(ctx, "core", {"pryvio_core"})
    assert ctx.facts.checks == ["core: 1 container runs and stays up"]
    assert 6.0 <= clock.now < 6.9, "three seconds from when it was found"
    assert [round(at, 1) for at in looks[:3]] == [0.0, 0.0, 3.0], "and none in between"


def test_one_that_is_seen_down_at_a_glance_is_looked_at_closely(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = watching(tmp_path, clock, until=0)
    engine: Any = ctx.site.host("core").engine
    asked = engine.containers

    def containers() -> list[Container]:
        state = "exited" if clock.now >= 1 else "running"
        return [msgspec.structs.replace(c, state=state) for c in asked()]

    monkeypatch.setattr(engine, "containers", containers)
    stay_up(ctx, "core", {"pryvio_core"})
    assert not ctx.facts.checks
    assert "these do not stay up: pryvio_core (exited)" in ctx.facts.warnings[0]
