"""How long containers are watched after a start, on a real platform: the clock is ours."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import Container
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.root.marker import Marker, read_marker, write_marker
from pryv_tui.operations.services import staying_up
from pryv_tui.operations.services.staying_up import Started, see_up, stay_up, watch
from pryv_tui.operations.settings.patience import USUAL
from pryv_tui.operations.settings.resolve import SETTLE_SECONDS
from pryv_tui.operations.steps.bringing_back.close_restore import CloseRestore
from pryv_tui.sanitize import one_line
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import TellingEngine, context

LOOP = SETTLE_SECONDS - 0.1
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
    stay_up(ctx, "core", {"pryvio_core"}, unwell={"pryvio_core": "starts again and again"})
    assert clock.now < SETTLE_SECONDS + 0.5
    (warning,) = ctx.facts.warnings
    assert "did not before this run either: it starts again and again" in warning


def test_nor_one_that_did_not_stay_up_earlier_in_the_run(tmp_path: Path, clock: Clock) -> None:
    ctx = watching(tmp_path, clock, until=10**6)
    ctx.facts.not_up["core"] = {"pryvio_core": "restarting"}
    stay_up(ctx, "core", {"pryvio_core"})
    assert clock.now < SETTLE_SECONDS + 0.5
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
    assert 5.0 + SETTLE_SECONDS <= clock.now < 5.5 + SETTLE_SECONDS


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
