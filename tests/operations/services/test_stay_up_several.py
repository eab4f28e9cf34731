"""Several containers that are watched at once: each by its own start, and each fall is seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import Container
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.root.marker import Marker, read_marker, write_marker
from pryv_tui.operations.services.staying_up import Started, see_up, stay_up, watch
from pryv_tui.operations.settings.patience import USUAL
from pryv_tui.operations.settings.resolve import SETTLE_SECONDS
from pryv_tui.operations.steps.bringing_back.close_restore import CloseRestore
from pryv_tui.sanitize import one_line
from tests.operations.services.ticking import Clock, clock, watching

__all__ = ["clock"]


def several(folder: Path, clock: Clock, *, crashes: float = 0.0) -> RunContext:
    """Core was started at once, mail after it; core falls over then, if ever."""
    ctx = watching(folder, clock, until=0)
    engine: Any = ctx.site.host("core").engine
    (core,) = engine.containers()
    mail = msgspec.structs.replace(core, name="pryvio_mail")

    def containers() -> list[Container]:
        fell = int(bool(crashes) and clock.now >= crashes)
        return [msgspec.structs.replace(core, restarts=fell), mail]

    engine.containers = containers
    engine.glance = lambda: [c.glanced(c.name, c.state) for c in containers()]
    return ctx


BOTH = ("pryvio_core", "pryvio_mail")


def test_each_is_as_old_as_its_own_start(tmp_path: Path, clock: Clock) -> None:
    """What an engine took besides, after the last one ran, is no part of the wait."""
    ctx = several(tmp_path, clock)
    clock.sleep(10)
    watch(ctx, "core", BOTH, started=Started({"pryvio_core": 2.0, "pryvio_mail": 9.0}, 0.0))
    assert see_up(ctx, "core") == ("2 containers run and stay up", True)
    assert 9.0 + SETTLE_SECONDS <= clock.now < 9.0 + SETTLE_SECONDS + 0.4


def test_one_that_runs_already_is_watched_on_beside_one_that_is_started(
    tmp_path: Path, clock: Clock
) -> None:
    ctx = several(tmp_path, clock)
    watch(ctx, "core", {"pryvio_core"}, started=Started({"pryvio_core": 0.0}, 0.0))
    clock.sleep(1.5)
    watch(ctx, "core", BOTH, started=Started({"pryvio_mail": 1.0}, 0.0))
    see_up(ctx, "core")
    assert 1.0 + SETTLE_SECONDS <= clock.now < 1.0 + SETTLE_SECONDS + 0.4


@pytest.mark.parametrize("crashes", [0.4, 1.4])
def test_one_that_fell_over_before_anybody_looked_is_young_again(
    tmp_path: Path, clock: Clock, crashes: float
) -> None:
    """An engine counts from the start on that it was asked for."""
    ctx = several(tmp_path, clock, crashes=crashes)
    clock.sleep(1.0)
    watch(ctx, "core", BOTH, started=Started({"pryvio_core": 0.0, "pryvio_mail": 0.1}, 0.0))
    see_up(ctx, "core")
    assert clock.now >= max(crashes, 1.0) + SETTLE_SECONDS
    assert ctx.facts.warnings == []


def test_what_an_engine_had_counted_before_the_run_started_it_is_no_fall(
    tmp_path: Path, clock: Clock
) -> None:
    """One that was not started by the run, and runs: what happened to it earlier is over."""
    ctx = several(tmp_path, clock, crashes=-1.0)
    clock.sleep(1.0)
    watch(ctx, "core", BOTH, started=Started({"pryvio_mail": 0.5}, 0.0))
    see_up(ctx, "core")
    assert 1.0 + SETTLE_SECONDS <= clock.now < 1.0 + SETTLE_SECONDS + 0.4


def test_one_that_somebody_else_started_again_is_young_again(tmp_path: Path, clock: Clock) -> None:
    """By hand an engine begins to count anew: then only the moment of its start differs."""
    ctx = watching(tmp_path, clock, until=0)
    engine: Any = ctx.site.host("core").engine
    asked = engine.containers

    def containers() -> list[Container]:
        since = one_line("2026-01-01T00:00:09Z" if clock.now >= 1 else "2026-01-01T00:00:00Z")
        return [msgspec.structs.replace(c, since=since) for c in asked()]

    engine.containers = containers
    watch(ctx, "core", {"pryvio_core"}, started=Started({"pryvio_core": 0.0}, 0.0))
    see_up(ctx, "core")
    assert 2 * SETTLE_SECONDS <= clock.now < 2 * SETTLE_SECONDS + 0.9


@pytest.mark.parametrize("until", [4.0, 7.0])
def test_one_that_fell_over_beside_is_watched_on(
    tmp_path: Path, clock: Clock, until: float
) -> None:
    ctx = watching(tmp_path, clock, until=until)
    watch(ctx, "core", {"pryvio_core"})
    clock.sleep(until + 1)
    see_up(ctx, "core")
    assert until + 1.0 + SETTLE_SECONDS <= clock.now < until + 1.5 + SETTLE_SECONDS
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
        assert "0 of 1 container run and stay up; these do not: pryvio_core" in ctx.facts.checks[0]
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
    assert 2 * SETTLE_SECONDS <= clock.now < 2 * SETTLE_SECONDS + 0.9, "from when it was found"
    assert [round(at, 1) for at in looks[:3]] == [0.0, 0.0, SETTLE_SECONDS], "and none in between"


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
