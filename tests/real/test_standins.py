"""The test platform's images: the stand-ins do as the real tools were seen to do, the rest is real.

The expected lines are those of real runs of mongodump and mongorestore 100.7, timestamps masked.
"""

from __future__ import annotations

import json
import re
import shutil
import signal
import struct
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bson
import pytest
from bson import ObjectId
from docker.models.containers import Container
from pymongo import MongoClient
from pymongo.errors import DuplicateKeyError, PyMongoError

from .bench import Bench, Said, execute, execute_raw, wait_for
from .engines import need_engines, on_the_spare_one

pytestmark = pytest.mark.engine

TOOLS = "/app/bin/mongodb/bin"
STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000\t", re.MULTILINE)


def masked(said: Said) -> list[str]:
    """The lines on stderr, each of which must carry a timestamp."""
    lines = said.stderr.splitlines()
    assert all(STAMP.match(line) for line in lines), lines
    return [STAMP.sub("", line) for line in lines]


@pytest.fixture
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Room for single containers on the engine that no other worker has a platform on."""
    (url,) = need_engines(1, spare=on_the_spare_one(request))
    with Bench(url, tmp_path / "bench") as made:
        yield made


class Mongo:
    """A running MongoDB stand-in with some documents."""

    def __init__(self, bench: Bench) -> None:
        mounts = {"data": "/app/data", "log": "/app/log", "backup": "/app/backup"}
        self.backup = bench.folder / "backup"
        self.bench = bench
        self.container: Container = bench.run("pryv-standin/mongodb:1.9.2", mounts)
        self.connect()

    def connect(self) -> None:
        """Connect (again: a restarted container may have another address)."""
        address = self.bench.address(self.container)
        self.client: MongoClient[dict[str, Any]] = MongoClient(
            address, 27017, serverSelectionTimeoutMS=500
        )
        wait_for("the MongoDB stand-in's answer", self.answers)
        self.database = self.client["pryv-node"]

    def answers(self) -> bool:
        """Whether it is there."""
        try:
            return bool(self.client.admin.command("ping"))
        except PyMongoError:
            return False

    def fill(self) -> None:
        """The numbers of documents that the recorded real runs had, and nothing else; no dump."""
        for name in self.client.list_database_names():
            if name not in ("admin", "config", "local"):
                self.client.drop_database(name)
        for left in self.backup.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        for name, count in (("events", 1200), ("streams", 12), ("accesses", 30)):
            self.database[name].insert_many(
                [{"_id": f"{name}-{n:05d}", "userId": f"u{n % 7}", "n": n} for n in range(count)]
            )
        self.database.events.create_index([("userId", 1)], name="idx_events_userId")

    def tool(self, *command: str) -> Said:
        """Run one of the tools."""
        return execute(self.container, f"{TOOLS}/{command[0]}", *command[1:])

    def dump(self) -> Said:
        """The documented command."""
        return self.tool("mongodump", "-d", "pryv-node", "-o", "/app/backup/")

    def restore(self) -> Said:
        """The documented command."""
        return self.tool("mongorestore", "/app/backup/")


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Mongo]]:
    """Gives the stand-in that runs on an engine, and another one where it does not answer."""
    with ExitStack() as stack:
        made: dict[str, Mongo] = {}

        def server(url: str) -> Mongo:
            if url in made and not made[url].answers():
                del made[url]
            if url not in made:
                folder = tmp_path_factory.mktemp("mongo")
                made[url] = Mongo(stack.enter_context(Bench(url, folder / "bench")))
            return made[url]

        yield server


@pytest.fixture
def mongo(servers: Callable[[str], Mongo], request: pytest.FixtureRequest) -> Mongo:
    """A MongoDB stand-in that holds something."""
    (url,) = need_engines(1, spare=on_the_spare_one(request))
    found = servers(url)
    found.fill()
    return found


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


def test_dump(mongo: Mongo) -> None:
    """Lines on stderr only, BSON files with every document, indexes in the metadata."""
    said = mongo.dump()
    assert said.exit_code == 0 and said.stdout == ""
    lines = masked(said)
    counts = {"events": 1200, "streams": 12, "accesses": 30}
    assert sorted(lines) == sorted(
        line
        for name, count in counts.items()
        for line in (
            f"writing pryv-node.{name} to /app/backup/pryv-node/{name}.bson",
            f"done dumping pryv-node.{name} ({count} documents)",
        )
    )
    folder = mongo.backup / "pryv-node"
    for name, count in counts.items():
        documents = bson.decode_all((folder / f"{name}.bson").read_bytes())
        assert len(documents) == count
    metadata = json.loads((folder / "events.metadata.json").read_text())
    assert metadata["indexes"][1] == {
        "v": {"$numberInt": "2"},
        "key": {"userId": {"$numberInt": "1"}},
        "name": "idx_events_userId",
    }
    assert metadata["collectionName"] == "events"


def test_dump_of_a_missing_database(mongo: Mongo) -> None:
    """Says nothing, writes nothing, and calls it a success."""
    said = mongo.tool("mongodump", "-d", "no-such-db", "-o", "/app/backup/")
    assert said == Said(0, "", "")
    assert not list(mongo.backup.iterdir())
    assert "no-such-db" not in mongo.client.list_database_names()


def test_dump_without_a_server(mongo: Mongo) -> None:
    """Fails, in the driver's words."""
    said = mongo.tool("mongodump", "--port", "27999", "-d", "pryv-node", "-o", "/app/backup/")
    assert said.exit_code == 1
    (line,) = masked(said)
    assert line == (
        "Failed: can't create session: could not connect to server: server selection error: "
        "server selection timeout, current topology: { Type: Single, Servers: [{ Addr: "
        "localhost:27999, Type: Unknown, Last error: connection() error occurred during "
        "connection handshake: dial tcp 127.0.0.1:27999: connect: connection refused }, ] }"
    )


def test_dump_as_an_archive(mongo: Mongo) -> None:
    """The archive on stdout has the real format; the lines still tell the number of documents."""
    command = (f"{TOOLS}/mongodump", "-d", "pryv-node", "--archive")
    code, out, err = execute_raw(mongo.container, *command)
    assert code == 0
    lines = masked(Said(code, "", err.decode()))
    assert "done dumping pryv-node.events (1200 documents)" in lines
    header, collections, found = read_archive(out)
    assert header["version"] == "0.1"
    assert {(c["db"], c["collection"]) for c in collections} == {
        ("pryv-node", name) for name in ("events", "streams", "accesses")
    }
    assert {name: len(documents) for name, documents in found.items()} == {
        "events": 1200,
        "streams": 12,
        "accesses": 30,
    }
    command = (f"{TOOLS}/mongodump", "-d", "no-such-db", "--archive")
    code, out, err = execute_raw(mongo.container, *command)
    assert (code, err) == (0, b"")
    assert read_archive(out)[2] == {}


def read_archive(data: bytes) -> tuple[Any, list[Any], dict[str, list[Any]]]:
    """The prelude and the documents by collection, read as the format's description has it."""
    assert struct.unpack_from("<I", data)[0] == 0x8199E26D
    position = 4

    def parts() -> list[Any]:
        nonlocal position
        read = []
        while (size := struct.unpack_from("<i", data, position)[0]) != -1:
            read.append(bson.decode(data[position : position + size]))
            position += size
        position += 4
        return read

    header, *collections = parts()
    found: dict[str, list[Any]] = {c["collection"]: [] for c in collections}
    ended = set()
    while position < len(data):
        head, *documents = parts()
        assert head["collection"] not in ended
        found[head["collection"]] += documents
        if head["EOF"]:
            ended.add(head["collection"])
    assert ended == set(found)
    return header, collections, found


def test_restore_into_an_empty_database(mongo: Mongo) -> None:
    """Everything comes back, indexes too, and a second dump is the first, byte for byte."""
    (mongo.backup / ".gitkeep").touch()
    mongo.dump()
    folder = mongo.backup / "pryv-node"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    mongo.client.drop_database("pryv-node")
    said = mongo.restore()
    assert said.exit_code == 0 and said.stdout == ""
    lines = masked(said)
    assert lines[0] == "preparing collections to restore from"
    assert lines[1] == 'don\'t know what to do with file "/app/backup/.gitkeep", skipping...'
    assert lines[-1] == "1242 document(s) restored successfully. 0 document(s) failed to restore."
    for line in (
        "reading metadata for pryv-node.events from /app/backup/pryv-node/events.metadata.json",
        "restoring pryv-node.events from /app/backup/pryv-node/events.bson",
        "finished restoring pryv-node.events (1200 documents, 0 failures)",
        "restoring indexes for collection pryv-node.events from metadata",
        'index: &idx.IndexDocument{Options:primitive.M{"name":"idx_events_userId", "v":2}, '
        'Key:primitive.D{primitive.E{Key:"userId", Value:1}}, '
        "PartialFilterExpression:primitive.D(nil)}",
        "no indexes to restore for collection pryv-node.streams",
    ):
        assert line in lines
    mongo.dump()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_restore_over_existing_documents(mongo: Mongo) -> None:
    """The lie: nothing restored, a line for each document, and exit 0."""
    mongo.dump()
    mongo.database.events.update_one({"_id": "events-00000"}, {"$set": {"n": -1}})
    said = mongo.restore()
    assert said.exit_code == 0
    lines = masked(said)
    assert "restoring to existing collection pryv-node.events without dropping" in lines
    assert lines.count("continuing through error: UNIQUE constraint failed: events._id") == 1200
    assert "finished restoring pryv-node.events (0 documents, 1200 failures)" in lines
    assert lines[-1] == "0 document(s) restored successfully. 1242 document(s) failed to restore."
    kept = mongo.database.events.find_one({"_id": "events-00000"})
    assert kept is not None and kept["n"] == -1


def test_restore_of_a_truncated_file(mongo: Mongo) -> None:
    """Stops with exit 1, having restored what came before the cut."""
    mongo.dump()
    path = mongo.backup / "pryv-node" / "events.bson"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 3 + 5])
    mongo.client.drop_database("pryv-node")
    said = mongo.restore()
    lines = masked(said)
    restored = mongo.database.events.count_documents({})
    assert said.exit_code == 1
    assert 0 < restored < 1200
    assert f"finished restoring pryv-node.events ({restored} documents, 0 failures)" in lines
    assert lines[-2:] == [
        "Failed: pryv-node.events: error restoring from /app/backup/pryv-node/events.bson: "
        "reading bson input: unexpected EOF",
        f"{restored + 42} document(s) restored successfully. 0 document(s) failed to restore.",
    ]


def test_restore_without_a_folder(mongo: Mongo) -> None:
    """Fails, and still counts."""
    said = mongo.tool("mongorestore", "/app/nope/")
    assert said.exit_code == 1
    assert masked(said) == [
        "Failed: mongorestore target '/app/nope/' invalid: stat /app/nope/: "
        "no such file or directory",
        "0 document(s) restored successfully. 0 document(s) failed to restore.",
    ]


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
