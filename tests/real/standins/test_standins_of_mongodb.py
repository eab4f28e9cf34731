"""The stand-ins of mongodump and mongorestore say and do what the real tools were seen to."""

from __future__ import annotations

import json
import re
import struct
from typing import Any

import bson
import pytest

from tests.real.standins.tools import TOOLS, Mongo, mongo, servers

from .bench import Said, execute_raw

__all__ = ["mongo", "servers"]

pytestmark = pytest.mark.engine


STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000\t", re.MULTILINE)


def masked(said: Said) -> list[str]:
    """The lines on stderr, each of which must carry a timestamp."""
    lines = said.stderr.splitlines()
    assert all(STAMP.match(line) for line in lines), lines
    return [STAMP.sub("", line) for line in lines]


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
