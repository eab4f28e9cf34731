"""Containers that are watched where a look takes long: a loop is seen, and one fall is none."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.hosts.engine import Container
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.services.staying_up import Started, see_up, watch
from pryv_tui.operations.settings.patience import USUAL
from pryv_tui.sanitize import one_line
from tests.operations.services.ticking import Clock, clock, watching

__all__ = ["clock"]


def slowly(
    folder: Path, clock: Clock, fell: Callable[[], Mapping[str, int]], look: Callable[[], float]
) -> RunContext:
    """Each of these has been started again so often at a moment, and a look at them takes time."""
    ctx = watching(folder, clock, until=0)
    engine: Any = ctx.site.host("core").engine
    (core,) = engine.containers()

    def containers() -> list[Container]:
        told = [msgspec.structs.replace(core, name=n, restarts=k) for n, k in fell().items()]
        clock.sleep(look())
        return told

    engine.containers = containers
    engine.glance = lambda: [core.glanced(name, core.state) for name in fell()]
    return ctx


JUST_STARTED = Started({"pryvio_core": 0.0}, 0.0)


@pytest.mark.parametrize("known", [JUST_STARTED, Started({}, 0.0)])
@pytest.mark.parametrize(
    ("each_look", "period"), [(1.0, 1.1), (1.5, 1.6), (1.9, 1.95), (2.5, 0.6), (0.0, 0.6)]
)
def test_a_loop_is_seen_also_where_a_look_takes_long(
    tmp_path: Path, clock: Clock, each_look: float, period: float, known: Started
) -> None:
    """What a look tells is as old as the look: it says nothing of what came after."""
    ctx = slowly(
        tmp_path,
        clock,
        lambda: {"pryvio_core": int(clock.now / period)},
        lambda: each_look,
    )
    watch(ctx, "core", {"pryvio_core"}, started=known)
    assert see_up(ctx, "core")[1] is False
    assert "pryvio_core" in ctx.facts.not_up["core"]


@pytest.mark.parametrize("known", [JUST_STARTED, Started({}, 0.0)])
@pytest.mark.parametrize("which", [1, 2, 3])
def test_a_loop_is_seen_also_where_one_look_takes_long(
    tmp_path: Path, clock: Clock, which: int, known: Started
) -> None:
    looks: list[int] = []

    def look() -> float:
        looks.append(1)
        return 2.5 if len(looks) == which else 0.0

    ctx = slowly(tmp_path, clock, lambda: {"pryvio_core": int(clock.now / 0.6)}, look)
    watch(ctx, "core", {"pryvio_core"}, started=known)
    assert see_up(ctx, "core")[1] is False


def test_where_looks_take_long_what_stays_up_is_up(tmp_path: Path, clock: Clock) -> None:
    ctx = slowly(tmp_path, clock, lambda: {"pryvio_core": 0}, lambda: 3.0)
    watch(ctx, "core", {"pryvio_core"}, started=JUST_STARTED)
    assert see_up(ctx, "core")[1] is True
    assert clock.now < 4 * 3.0


@pytest.mark.parametrize("beside", [20.0, 100.0, USUAL.stays_up + 20.0, 10 * USUAL.stays_up])
@pytest.mark.parametrize("needed", [(), {"pryvio_core"}])
def test_one_fall_that_is_long_over_is_none_whenever_it_is_looked_for(
    tmp_path: Path, clock: Clock, beside: float, needed: Collection[str]
) -> None:
    """Also where more passes beside the watch than a container gets until it stays up."""
    ctx = slowly(tmp_path, clock, lambda: {"pryvio_core": int(clock.now >= 10)}, lambda: 0.0)
    watch(ctx, "core", {"pryvio_core"}, needed=needed, started=JUST_STARTED)
    clock.sleep(beside)
    assert see_up(ctx, "core") == ("1 container runs and stays up", True)
    assert ctx.facts.warnings == []


@pytest.mark.parametrize("first", [4.5, 9.0, 60.0])
def test_one_fall_that_is_long_over_is_none_also_where_the_first_look_takes_long(
    tmp_path: Path, clock: Clock, first: float
) -> None:
    looks: list[int] = []

    def look() -> float:
        looks.append(1)
        return first if len(looks) == 2 else 0.0

    ctx = slowly(tmp_path, clock, lambda: {"pryvio_core": int(clock.now >= 10)}, look)
    watch(ctx, "core", {"pryvio_core"}, started=JUST_STARTED)
    clock.sleep(USUAL.stays_up + 20)
    assert see_up(ctx, "core") == ("1 container runs and stays up", True)


def test_one_that_a_person_starts_again_is_no_loop_beside_one_that_is(
    tmp_path: Path, clock: Clock
) -> None:
    """By hand an engine begins to count anew."""
    both = ("pryvio_core", "pryvio_hfs")
    ctx = slowly(
        tmp_path,
        clock,
        lambda: {"pryvio_core": int(clock.now / 0.9), "pryvio_hfs": 0},
        lambda: 0.0,
    )
    engine: Any = ctx.site.host("core").engine
    asked = engine.containers

    def containers() -> list[Container]:
        hand = one_line(f"2026-01-01T00:0{sum(clock.now >= at for at in (5, 120))}:00Z")
        return [
            msgspec.structs.replace(c, since=hand) if c.name == "pryvio_hfs" else c for c in asked()
        ]

    engine.containers = containers
    watch(ctx, "core", both, started=Started(dict.fromkeys(both, 0.0), 0.0))
    see_up(ctx, "core")
    assert set(ctx.facts.not_up["core"]) == {"pryvio_core"}


@pytest.mark.parametrize("period", [2.9, 7.0, 20.0])
def test_a_loop_that_was_seen_is_named_beside_one_that_is_faster(
    tmp_path: Path, clock: Clock, period: float
) -> None:
    """Also one that has run for longer than it has to at the moment when all is given up."""
    fell = {"pryvio_core": 0.9, "pryvio_hfs": period}
    ctx = slowly(
        tmp_path,
        clock,
        lambda: {name: int(clock.now / each) for name, each in fell.items()},
        lambda: 0.0,
    )
    watch(ctx, "core", set(fell), started=Started(dict.fromkeys(fell, 0.0), 0.0))
    see_up(ctx, "core")
    assert set(ctx.facts.not_up["core"]) == set(fell)
    assert ctx.facts.up["core"] == []


@pytest.mark.parametrize("rests", [0.5, 4.0])
def test_a_loop_that_waits_for_its_next_start_is_named_beside_one_that_is_faster(
    tmp_path: Path, clock: Clock, rests: float
) -> None:
    """An engine waits before it starts one again that fell soon: till then it does not run."""
    period = 12.0
    ctx = slowly(
        tmp_path,
        clock,
        lambda: {"pryvio_core": int(clock.now / 0.9), "pryvio_hfs": int(clock.now / period)},
        lambda: 0.0,
    )
    engine: Any = ctx.site.host("core").engine
    asked = engine.containers

    def containers() -> list[Container]:
        at_rest = clock.now >= period and clock.now % period < rests
        return [
            msgspec.structs.replace(c, state="restarting")
            if at_rest and c.name == "pryvio_hfs"
            else c
            for c in asked()
        ]

    engine.containers = containers
    both = ("pryvio_core", "pryvio_hfs")
    watch(ctx, "core", both, started=Started(dict.fromkeys(both, 0.0), 0.0))
    clock.now = 5.0
    see_up(ctx, "core")
    assert set(ctx.facts.not_up["core"]) == set(both)


@pytest.mark.parametrize("falls", [1, 3])
def test_one_that_fell_until_all_was_up_is_not_named_beside_one_that_loops(
    tmp_path: Path, clock: Clock, falls: int
) -> None:
    ctx = slowly(
        tmp_path,
        clock,
        lambda: {
            "pryvio_core": int(clock.now / 0.9),
            "pryvio_hfs": min(falls, int(clock.now / 3)),
        },
        lambda: 0.0,
    )
    both = ("pryvio_core", "pryvio_hfs")
    watch(ctx, "core", both, started=Started(dict.fromkeys(both, 0.0), 0.0))
    see_up(ctx, "core")
    assert set(ctx.facts.not_up["core"]) == {"pryvio_core"}
    assert ctx.facts.up["core"] == ["pryvio_hfs"]
