"""InfluxDB asked at its own address: what is an answer there, and what is left to its program."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.operations.audit import live_stores
from pryv_tui.operations.containers.waiting import Silence
from pryv_tui.operations.stores import near
from pryv_tui.operations.stores.influxdb import InfluxDB, rows_of
from pryv_tui.operations.stores.near import NotNear, NotThere
from tests.helpers.waiting import PATIENCE, until
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import context
from tests.operations.stores.listening import DATABASES, INFO, At, influx_says, watch


def nobody() -> Any:
    """An engine at whose container's address nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        return At(f"127.0.0.1:{door.getsockname()[1]}")


SHARDS = (
    b'{"results":[{"series":[{"name":"user.a","columns":["id","database"],'
    b'"values":[[12,"user.a","autogen",null]]},{"name":"empty"}]}]}'
)


def test_influx_answers_as_its_program_does() -> None:
    engine: Any
    engine, paths = influx_says(200, DATABASES)
    told = near.influx(engine, "pryvio_influxdb", "SHOW DATABASES", watch())
    assert rows_of(told) == [["databases", "_internal"], ["databases", "user.a,b"]]
    assert paths == ["/query?q=SHOW+DATABASES"]
    assert rows_of(SHARDS) == [["user.a", "12", "user.a", "autogen", ""]]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, b'{"error":"unable to parse authentication credentials"}'),
        (400, b"Client sent an HTTP request to an HTTPS server."),
        (200, b'{"results":[{"error":"timeout"}]}'),
        (200, b'{"results":[{"series":[],"partial":true}]}'),
        (200, b"<html>"),
        (200, b"{}"),
    ],
)
def test_what_is_no_answer_of_influx_is_asked_of_its_program(
    tmp_path: Path, status: int, body: bytes
) -> None:
    at, _asked = influx_says(status, body)
    host = StillHost("one", machine("single-node"))
    ctx, _ = context(tmp_path, host)
    engine: Any = At(at.where, lambda _argv: (0, "name,name\ndatabases,by_program\n", ""))
    host.engine = engine
    assert InfluxDB().live_databases(ctx, "one") == ["by_program"]


def test_a_frozen_influx_is_waited_for_as_long_as_is_said() -> None:
    thaws = threading.Event()
    engine: Any
    engine, _asked = influx_says(200, DATABASES, thaws)
    with pytest.raises(PryvTuiError, match="InfluxDB gave no output"):
        near.influx(engine, "pryvio_influxdb", "SHOW DATABASES", watch(0.1))
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        near.influx(engine, "pryvio_influxdb", "SHOW DATABASES", watch(PATIENCE, cancel))
    thaws.set()


def nobody_asks() -> bool:
    return not any(one.name == "asking" for one in threading.enumerate())


def test_who_is_not_waited_for_any_more_is_not_asked_on() -> None:
    until(nobody_asks)
    thaws = threading.Event()
    engine: Any
    engine, asked = influx_says(200, DATABASES, thaws)
    cancel = threading.Event()

    def cancelled() -> bool:
        if asked:
            cancel.set()
        return cancel.is_set()

    watch_of = Silence("InfluxDB", 600.0, None, SimpleNamespace(is_set=cancelled))
    with pytest.raises(Cancelled):
        near.influx(engine, "pryvio_influxdb", "SHOW DATABASES", watch_of)
    # It still says nothing: the line to it is what was closed.
    until(nobody_asks)
    thaws.set()


def test_who_asks_is_told_that_nobody_waits_any_more() -> None:
    """Also where it has begun to ask only then."""
    left, asks, cancel = threading.Event(), threading.Event(), threading.Event()

    def ask(on_leave: Callable[[Callable[[], None]], None]) -> None:
        asks.wait(PATIENCE)
        on_leave(left.set)
        left.wait(PATIENCE)

    cancel.set()
    with pytest.raises(Cancelled):
        near.awaited(ask, watch(PATIENCE, cancel))
    assert not left.is_set()
    asks.set()
    until(left.is_set)
    until(nobody_asks)
    left.clear()
    assert near.awaited(lambda on_leave: on_leave(left.set) or 7, watch()) == 7  # type: ignore[func-returns-value]
    assert not left.is_set(), "it has its answer"


@pytest.mark.parametrize(
    "body",
    [
        b'{"results":[{"error":"timeout"}]}',
        b'{"error":"not executed"}',
        b'{"results":[{"series":[{"name":"measurements","values":[["a"]]}],"error":"broke off"}]}',
        b"<html>",
        b'{"results":[',
        b'{"results":[]}',
    ],
)
def test_an_error_within_an_answer_is_asked_of_its_program(body: bytes) -> None:
    at, asked = influx_says(200, body)
    good = '{"results":[{"series":[{"name":"measurements","values":[["by_program"]]}]}]}'
    engine: Any = At(at.where, lambda _argv: (0, good, ""))
    told = dict(live_stores.measurements(engine, "pryvio_influxdb", ["user.a"]))
    assert told == {"user.a": {"by_program"}}
    assert len(asked) == len(engine.asked) == 1
    counts = (
        '{"results":[{"series":[{"name":"m","columns":["time","count_v"],"values":[[0,3]]}]},'
        '{"series":[{"columns":["name"],"values":[["autogen"]]}]}]}'
    )
    engine = At(at.where, lambda _argv: (0, counts, ""))
    points = live_stores.points_since(engine, "pryvio_influxdb", ["user.a"], None, lambda: False)
    assert list(points) == [("user.a", 3)]
    # Where the program says no better, its word counts.
    engine = At(at.where, lambda _argv: (0, '{"results":[{"error":"its own"}]}', ""))
    with pytest.raises(PryvTuiError, match="its own"):
        list(live_stores.measurements(engine, "pryvio_influxdb", ["user.a"]))


def test_nobody_who_listens_is_told_from_no_answer() -> None:
    engine = nobody()
    with pytest.raises(NotThere):
        near.influx(engine, "pryvio_influxdb", "SHOW DATABASES", watch())
    with pytest.raises(NotThere):
        near.redis(engine, "pryvio_redis", INFO, "")
    with pytest.raises(NotThere):
        near.mongodb(engine, "pryvio_mongodb")
    engine.where = ""
    with pytest.raises(NotNear) as away:
        near.mongodb(engine, "pryvio_mongodb")
    assert not isinstance(away.value, NotThere)
