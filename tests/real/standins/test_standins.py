"""The test platform's images: the stand-ins do as the real tools were seen to do, the rest is real.

The expected lines are those of real runs of mongodump and mongorestore 100.7, timestamps masked.
"""

from __future__ import annotations

import json
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from tests.real.standins.tools import Mongo, mongo, servers
from tests.real.testbed.engines import need_engines, on_the_spare_one

from .bench import Bench, Said, execute, wait_for

__all__ = ["mongo", "servers"]

pytestmark = pytest.mark.engine


@pytest.fixture
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Room for single containers on the engine that no other worker has a platform on."""
    (url,) = need_engines(1, spare=on_the_spare_one(request))
    with Bench(url, tmp_path / "bench") as made:
        yield made


def test_the_stand_ins_call_themselves_so(mongo: Mongo) -> None:
    """Nobody may take these tools for MongoDB's."""
    for tool in ("mongodump", "mongorestore"):
        said = mongo.tool(tool, "--version")
        assert said.exit_code == 0
        assert "stand-in" in said.stdout and "NOT MongoDB" in said.stdout


def test_the_server_keeps_what_it_holds(mongo: Mongo) -> None:
    """Documents, types, indexes and uniqueness survive a restart, also one that was a kill."""
    odd = {
        "_id": ObjectId(),
        "when": datetime(2026, 1, 2, 3, 4, 5, 678000, UTC).replace(tzinfo=None),
        "bytes": b"\x00\xff",
        "big": 2**40,
        "real": 1.5,
        "no": None,
        "yes": True,
        "deep": [{"a": [1, 2.5, "é"]}],
    }
    mongo.database.profile.insert_one(dict(odd))
    mongo.database.accesses.create_index([("userId", 1), ("n", 1)], unique=True)
    before = {n: mongo.database[n].index_information() for n in ("events", "accesses")}
    for how in ("restart", "kill"):
        if how == "kill":
            mongo.container.kill()
            mongo.container.start()
        else:
            mongo.container.restart(timeout=10)
        mongo.connect()
        assert mongo.database.events.count_documents({}) == 1200
        assert mongo.database.profile.find_one() == odd
        assert {n: mongo.database[n].index_information() for n in before} == before
        with pytest.raises(DuplicateKeyError):
            mongo.database.events.insert_one({"_id": "events-00001"})
        with pytest.raises(DuplicateKeyError):
            mongo.database.accesses.insert_one({"_id": "x", "userId": "u1", "n": 1})


def test_influxdb_is_the_real_one(bench: Bench) -> None:
    """The real server: it reports its version, backs up, restores, and refuses to do so twice."""
    mounts = {"influx": "/var/lib/influxdb", "backup": "/pryv/backup"}
    container = bench.run("pryv-debian/influxdb:1.6.7", mounts)
    assert "InfluxDB v1.6.7" in execute(container, "/usr/bin/influxd", "version").stdout
    base = f"http://{bench.address(container)}:8086"

    def post(path: str, body: bytes) -> int:
        with urllib.request.urlopen(f"{base}{path}", data=body, timeout=5) as answer:
            return int(answer.status)

    wait_for("InfluxDB's answer", lambda: post("/query?q=SHOW+DATABASES", b"") == 200)
    backup = ("/usr/bin/influxd", "backup", "-portable", "/pryv/backup/")
    restore = ("/usr/bin/influxd", "restore", "-portable", "/pryv/backup/")

    def written() -> bool:
        # Right after its start the server answers, but may not know the new database yet.
        post("/query?q=CREATE+DATABASE+%22user.u1%22", b"")
        try:
            return post("/write?db=user.u1", b"series,e=1 value=1.5 1600000000000000000") == 204
        except urllib.error.HTTPError:
            return False

    wait_for("InfluxDB to take a point", written)
    said = execute(container, *backup)
    assert said.exit_code == 0 and "backup complete:" in said.stdout + said.stderr
    assert len(list((bench.folder / "backup").glob("*.manifest"))) == 1
    again = execute(container, *restore)
    assert again.exit_code == 1
    assert "database may already exist" in again.stdout + again.stderr
    post("/query?q=DROP+DATABASE+%22user.u1%22", b"")
    assert execute(container, *restore).exit_code == 0
    query = f"{base}/query?db=user.u1&q=SELECT+value+FROM+%22series%22"

    def point_is_back() -> bool:
        with urllib.request.urlopen(query, timeout=5) as answer:
            result = json.load(answer)["results"][0]
        return "series" in result and result["series"][0]["values"][0][1] == 1.5

    # The command ends before the restored shard can be read: points show up a moment later.
    wait_for("the restored point", point_is_back)


def test_redis_is_the_real_one(bench: Bench) -> None:
    """The real server with an append-only file, its data owned by its own user."""
    conf = bench.folder / "conf"
    conf.mkdir(parents=True)
    (conf / "redis.conf").write_text("dir /app/data\nappendonly yes\nbind 0.0.0.0\n")
    mounts = {"conf": "/app/conf", "data": "/app/data", "log": "/app/log"}
    container = bench.run("pryv-debian/redis:1.9.2", mounts)
    wait_for(
        "Redis' answer", lambda: execute(container, "redis-cli", "PING").stdout.strip() == "PONG"
    )
    assert "redis_version:7.0" in execute(container, "redis-cli", "INFO", "server").stdout
    execute(container, "redis-cli", "SET", "u1:server", "co1")
    assert execute(container, "redis-cli", "SAVE") == Said(0, "OK\n", "")
    assert (bench.folder / "data" / "appendonlydir").is_dir()
    assert (bench.folder / "data").stat().st_uid not in (0, 9999)
    container.restart(timeout=10)
    wait_for(
        "the key after a restart",
        lambda: execute(container, "redis-cli", "GET", "u1:server").stdout == "co1\n",
    )


def test_the_register_answers_and_ends_quickly(bench: Bench) -> None:
    """It answers what an operator looks for, and as PID 1 it minds SIGTERM."""
    conf = bench.folder / "conf"
    conf.mkdir(parents=True)
    (conf / "redis.conf").write_text("dir /app/data\nbind 0.0.0.0\nprotected-mode no\n")
    bench.run("pryv-debian/redis:1.9.2", {"conf": "/app/conf"}, alias="redis")
    container = bench.run("pryv-standin/register:1.9.2", {})
    base = f"http://{bench.address(container)}:9000"

    def status(path: str) -> int:
        try:
            with urllib.request.urlopen(base + path, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    wait_for("register's answer", lambda: status("/service/info") == 200)
    assert status("/wactiv/check_username") == 200
    assert status("/nothing/here") == 404
    container.kill(signal=signal.SIGTERM.name)
    assert container.wait(timeout=30)["StatusCode"] == 0
