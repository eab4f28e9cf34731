"""A clock of our own, and an engine whose containers loop by it: for the tests of watching."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.hosts.engine import Container
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.services import staying_up
from pryv_tui.operations.settings.resolve import SETTLE_SECONDS
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
    """Its core keeps restarting until a moment."""

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
