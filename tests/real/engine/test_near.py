"""Servers say the same themselves as through the programs in their containers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from pryv_tui.hosts.docker_engine import DockerEngine
from pryv_tui.operations.audit import live_stores
from pryv_tui.operations.stores.influxdb import SHOW_DATABASES, SHOW_SHARDS
from pryv_tui.operations.stores.mongo_server import MongoServer, ask_server
from tests.real.testbed.platform import RealPlatform

pytestmark = pytest.mark.engine


class Far(DockerEngine):
    """The same engine, whose containers' addresses nobody here knows; what was run in them."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.run: list[str] = []

    def address(self, container: str) -> str:
        return ""

    def exec(self, container: str, argv: Sequence[str], **more: Any) -> int:
        self.run.append(container)
        return super().exec(container, argv, **more)


class Near(Far):
    """With them."""

    def address(self, container: str) -> str:
        return DockerEngine.address(self, container)


def answers(engine: Any) -> list[object]:
    """What is asked of InfluxDB and Redis after a restore, before one, and at its end."""
    names = live_stores.databases(engine, "pryvio_influxdb")
    points: Callable[[int | None], list[tuple[str, int]]] = lambda since: list(  # noqa: E731
        live_stores.points_since(engine, "pryvio_influxdb", names, since, lambda: False)
    )
    return [
        names,
        sorted(live_stores.measurements(engine, "pryvio_influxdb", names)),
        points(None),
        points(0),
        live_stores.registered(engine, "pryvio_redis"),
    ]


def test_they_say_the_same(databases: RealPlatform) -> None:
    (machine,) = databases.machines
    near, far = Near(machine.engine.url), Far(machine.engine.url)
    told = answers(near)
    assert near.run == [], "no program is started"
    assert told == answers(far)
    assert far.run, "and here they were"
    names, _measurements, points, *_ = told
    assert names and any(number for _name, number in points), "or it would prove nothing"  # type: ignore[attr-defined]
    assert SHOW_DATABASES[1] == SHOW_SHARDS[1] == "-execute", "what is asked is the third word"


def test_mongodb_tells_its_collections_without_a_program(databases: RealPlatform) -> None:
    (machine,) = databases.machines
    engine: Any = Near(machine.engine.url)
    mongodb = next(c for c in engine.containers() if c.name == "pryvio_mongodb")
    found = ask_server(engine, mongodb)
    assert isinstance(found, MongoServer) and "events" in found.dumped
    assert engine.run == []
