"""Servers say the same themselves as through the programs in their containers."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from pryv_tui.hosts.docker_engine import DockerEngine
from pryv_tui.operations.audit import live_stores
from pryv_tui.operations.stores.influxdb import SHOW_DATABASES, SHOW_SHARDS
from pryv_tui.operations.stores.mongo_server import MongoServer, ask_server
from tests.operations.audit.test_register_servers import ODD, say, told
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


def test_on_which_core_accounts_are_is_told_through_a_program_whatever_bytes_are_in_that(
    databases: RealPlatform,
) -> None:
    """`MGET` of their keys, each byte of them in the words of a program that an engine starts."""
    (machine,) = databases.machines
    far = Far(machine.engine.url)
    keys = [name + end for name in ODD for end in (b":users", b":server")]
    expected = {told(name): told(core) for name, core in ODD.items() if core}
    people = {person.username: "co1" for person in databases.people}
    with socket.create_connection((databases.ip("redis"), 6379), timeout=20) as line:
        for name, core in ODD.items():
            user, server = name + b":users", name + b":server"
            say(line, (b"HSET", user, b"id", b"x"), (b"SET", server, core))
        try:
            asked = live_stores.registered(far, "pryvio_redis")
            assert asked >= {told(name) for name in ODD} | people.keys()
            names = [*asked - {"wactiv"}, "nobody", "a\0b"]
            found = live_stores.servers(far, "pryvio_redis", names)
            # No word that an engine takes can hold bytes that are no text: such a name is left out.
            asked_for = {key for key in expected if "\\x" not in key}
            assert len(expected) - len(asked_for) == 2
            assert found == {key: expected[key] for key in asked_for} | people
            assert far.run.count("pryvio_redis") > 2, "programs told it"
        finally:
            say(line, (b"DEL", *keys))


def test_mongodb_tells_its_collections_without_a_program(databases: RealPlatform) -> None:
    (machine,) = databases.machines
    engine: Any = Near(machine.engine.url)
    mongodb = next(c for c in engine.containers() if c.name == "pryvio_mongodb")
    found = ask_server(engine, mongodb)
    assert isinstance(found, MongoServer) and "events" in found.dumped
    assert engine.run == []
