"""A store is emptied by hand while all of the platform runs, its files where they were: status and
doctor say so, an incident opens where nobody can do without it, a restore brings it back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.real.operator import Operator, tail
from tests.real.testbed.platform import RealPlatform
from tests.real.testbed.stores import DATABASE, Influx, Redis, mongodb

pytestmark = pytest.mark.engine


def drop_mongodb(platform: RealPlatform) -> None:
    with mongodb(platform.ip("mongodb")) as database:
        database.client.drop_database(DATABASE)


def drop_influxdb(platform: RealPlatform) -> None:
    influx = Influx(platform.ip("influxdb"))
    for name in influx.databases():
        influx.query(f'DROP DATABASE "{name}"')
    assert influx.databases() == []


def flush_redis(platform: RealPlatform) -> None:
    with Redis(platform.ip("redis")) as redis:
        assert redis.call("FLUSHALL") == "OK"


def _alarms(operator: Operator) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What status says, and of it what it says of data that is gone."""
    done = operator.run("status", "--json")
    assert done.exit in (0, 3), done.err
    gone = [
        one for one in done.json["attention"] if one["level"] != "info" and " gone (" in one["text"]
    ]
    assert done.exit == 3 or not gone
    found: dict[str, Any] = done.json
    return found, gone


@pytest.mark.parametrize(
    ("store", "role", "empty"),
    [
        ("mongodb", "core", drop_mongodb),
        ("influxdb", "core", drop_influxdb),
        ("redis", "register", flush_redis),
    ],
)
def test_what_was_emptied_while_it_runs_is_told_and_comes_back(
    small: RealPlatform,
    tmp_path: Path,
    store: str,
    role: str,
    empty: Callable[[RealPlatform], None],
) -> None:
    operator = Operator(small, tmp_path)
    backup = operator.backup()
    assert backup.exit in (0, 3), tail(backup)
    before = small.contents()
    found, gone = _alarms(operator)
    assert gone == [] and found["incident"] is None

    empty(small)
    (machine,) = small.machines
    assert any((machine.root / "pryv" / store / "data").iterdir()), "its files are there"

    doctor = operator.run("doctor", "--json")
    assert doctor.exit in (1, 3), doctor.err
    (line,) = [one for one in doctor.json if one["name"].startswith(f"data {role} ")]
    assert line["outcome"] == "failed" and f"the data of {store} is gone" in line["text"]
    found, gone = _alarms(operator)
    (told,) = gone
    assert told["level"] == "failed" and f"the data of {store} is gone" in told["text"]
    (state,) = [one for host in found["hosts"] for one in host["roles"] if one["role"] == role]
    assert state["state"] == ("partly" if store == "influxdb" else "down")
    if store == "influxdb":
        # The role serves without it.
        assert found["incident"] is None
    else:
        assert role in json.dumps(found["incident"])

    restore = operator.restore()
    assert restore.exit in (0, 3), tail(restore)
    found, gone = _alarms(operator)
    assert gone == []
    assert small.contents()[store] == before[store]
    if store != "influxdb":
        report = operator.run("report", "--format", "json")
        assert report.json["down"][role]["since"] is None, report.out


def test_what_was_flushed_on_purpose_is_accepted_until_it_is_there_again(
    small: RealPlatform, tmp_path: Path
) -> None:
    operator = Operator(small, tmp_path)
    backup = operator.backup()
    assert backup.exit in (0, 3), tail(backup)
    flush_redis(small)
    _, (told,) = _alarms(operator)
    done = operator.run("accept", told["key"], "--why", "a fresh start")
    assert done.exit == 0, done.err
    found, (note,) = _notes(operator, told["key"])
    assert note["level"] == "info" and "a fresh start" in note["text"]
    (state,) = [
        one for host in found["hosts"] for one in host["roles"] if one["role"] == "register"
    ]
    assert state["state"] != "down"
    # Somebody signs up: it holds something again, and the next loss is another one.
    with Redis(small.ip("redis")) as redis:
        assert redis.call("HSET", "anna:users", "id", "anna") == 1
    _, notes = _notes(operator, told["key"])
    assert notes == []
    flush_redis(small)
    _, (again,) = _alarms(operator)
    assert again["level"] == "failed" and again["key"] == told["key"]
    restore = operator.restore()
    assert restore.exit in (0, 3), tail(restore)
    assert _alarms(operator)[1] == []


def _notes(operator: Operator, key: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    found, _ = _alarms(operator)
    return found, [one for one in found["attention"] if one.get("key") == key]
