"""How long containers are watched after a start, on a real platform: the clock is ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.hosts.engine import Container
from pryv_tui.operations.services.staying_up import Started, see_up, stay_up, watch
from pryv_tui.operations.settings.patience import USUAL
from pryv_tui.operations.settings.resolve import SETTLE_SECONDS
from tests.operations.services.ticking import LOOP, Clock, clock, watching

__all__ = ["clock"]


def test_so_many_seconds_without_a_restart_are_wanted(tmp_path: Path, clock: Clock) -> None:
    ctx = watching(tmp_path, clock, until=0)
    stay_up(ctx, "core", {"pryvio_core"})
    assert ctx.facts.checks == ["core: 1 container runs and stays up"]
    assert SETTLE_SECONDS <= clock.now < SETTLE_SECONDS + 0.5


def test_they_count_from_the_last_restart(tmp_path: Path, clock: Clock) -> None:
    ctx = watching(tmp_path, clock, until=10)
    stay_up(ctx, "core", {"pryvio_core"})
    assert ctx.facts.checks
    last = int(10 / LOOP) * LOOP
    assert last + SETTLE_SECONDS <= clock.now < last + SETTLE_SECONDS + 0.9


def test_one_that_never_stays_up_is_named(tmp_path: Path, clock: Clock) -> None:
    ctx = watching(tmp_path, clock, until=10**6)
    stay_up(ctx, "core", {"pryvio_core"})
    assert not ctx.facts.checks
    assert "these do not stay up: pryvio_core" in ctx.facts.warnings[0]
    assert clock.now > USUAL.stays_up


def test_of_several_that_never_stay_up_each_is_named(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also the one that runs at the very moment when it is given up: it has begun just now."""
    ctx = watching(tmp_path, clock, until=10**6)
    engine: Any = ctx.site.host("core").engine
    asked = engine.containers

    def containers() -> list[Container]:
        (core,) = asked()
        named = msgspec.structs.replace
        mail = named(core, name="pryvio_mail", state="restarting", restarts=9)
        return [core, mail, named(core, name="pryvio_mfa", restarts=0)]

    monkeypatch.setattr(engine, "containers", containers)
    monkeypatch.setattr(engine, "glance", lambda: [c.glanced(c.name, c.state) for c in asked()])
    stay_up(ctx, "core", {"pryvio_core", "pryvio_mail", "pryvio_mfa"})
    (warning,) = ctx.facts.warnings
    assert "pryvio_mail (restarting)" in warning
    assert "pryvio_core (running, started again " in warning
    assert "pryvio_mfa" not in warning
    assert ctx.facts.up["core"] == ["pryvio_mfa"]


def test_one_that_was_broken_before_is_not_waited_for(tmp_path: Path, clock: Clock) -> None:
    ctx = watching(tmp_path, clock, until=10**6)
    stay_up(ctx, "core", {"pryvio_core"}, unwell={"pryvio_core": "keeps restarting"})
    assert clock.now < SETTLE_SECONDS + 0.5
    (warning,) = ctx.facts.warnings
    assert "did not before this run either: it keeps restarting" in warning


def test_nor_one_that_did_not_stay_up_earlier_in_the_run(tmp_path: Path, clock: Clock) -> None:
    ctx = watching(tmp_path, clock, until=10**6)
    ctx.facts.not_up["core"] = {"pryvio_core": "restarting"}
    stay_up(ctx, "core", {"pryvio_core"})
    assert clock.now < SETTLE_SECONDS + 0.5
    assert ctx.facts.warnings == [], "it was told then"


def test_what_is_needed_is_waited_for_though_it_was_broken(tmp_path: Path, clock: Clock) -> None:
    """A database may have been broken by what the restore puts right."""
    ctx = watching(tmp_path, clock, until=10)
    unwell = {"pryvio_core": "keeps restarting"}
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
    assert 5.0 + SETTLE_SECONDS <= clock.now < 5.5 + SETTLE_SECONDS


def test_what_is_watched_once_more_counts_from_then_on(tmp_path: Path, clock: Clock) -> None:
    ctx = watching(tmp_path, clock, until=0)
    watch(ctx, "core", {"pryvio_core"}, started=Started({"pryvio_core": 0.0}, 0.0))
    clock.sleep(30)
    ctx.watched["core"] = ctx.watched["core"].again()
    ctx.watched["core"].began = clock.now
    see_up(ctx, "core")
    assert 30 + SETTLE_SECONDS <= clock.now < 30 + SETTLE_SECONDS + 0.4


@pytest.mark.parametrize(
    ("took", "wanted"), [(0.3, 1.0), (SETTLE_SECONDS * 1.5, 1.5), (SETTLE_SECONDS * 50, 2.0)]
)
def test_where_starts_take_long_they_are_watched_as_long(
    tmp_path: Path, clock: Clock, took: float, wanted: float
) -> None:
    """A program that falls over as it loads does so later where all is slow."""
    ctx = watching(tmp_path, clock, until=0)
    watch(ctx, "core", {"pryvio_core"}, started=Started({"pryvio_core": 0.0}, took))
    see_up(ctx, "core")
    assert wanted * SETTLE_SECONDS <= clock.now < wanted * SETTLE_SECONDS + 0.4
