"""mongodump: its lines, its files, its archive, and the ways in which it fails."""

from __future__ import annotations

import json
import shutil
import stat
import struct
from typing import Any

import bson
import pytest

from pryv_tui.practice.home import Home
from pryv_tui.practice.stores.mongo import MongoStore
from pryv_tui.practice.tools import mongodump
from pryv_tui.practice.tools.context import Context
from pryv_tui.practice.tools.mongo_dumpfiles import ARCHIVE_MAGIC, crc64
from tests.practice.kit import DUMP, Tools

TERMINATOR = b"\xff\xff\xff\xff"


def test_prints_what_the_real_one_prints_on_standard_error(tools: Tools) -> None:
    printed = tools.mongodb(*DUMP)

    assert printed.code == 0
    assert printed.out == ""
    assert printed.err.splitlines()[0].count("\t") == 1
    assert "writing pryv-node.events to /app/backup/pryv-node/events.bson" in printed.lines
    assert "done dumping pryv-node.events (124 documents)" in printed.lines
    assert "done dumping pryv-node.versions (1 document)" in printed.lines


def test_writes_documents_back_to_back_with_metadata_beside_them(tools: Tools) -> None:
    tools.mongodb(*DUMP)

    folder = tools.root / "pryv/mongodb/backup/pryv-node"
    documents = bson.decode_all((folder / "events.bson").read_bytes())
    assert len(documents) == tools.platform.contents()["mongodb"]["events"]
    metadata = json.loads((folder / "events.metadata.json").read_text())
    assert metadata["indexes"][0] == {
        "v": {"$numberInt": "2"},
        "key": {"_id": {"$numberInt": "1"}},
        "name": "_id_",
    }
    assert metadata["collectionName"] == "events"
    assert len(metadata["uuid"]) == 32


def test_a_missing_database_prints_nothing_writes_nothing_and_exits_0(tools: Tools) -> None:
    printed = tools.mongodb(*DUMP[:2], "no-such-db", *DUMP[3:])

    assert (printed.code, printed.out, printed.err) == (0, "", "")
    assert [p.name for p in (tools.root / "pryv/mongodb/backup").iterdir()] == [".gitkeep"]


def test_no_server_at_another_port(tools: Tools) -> None:
    printed = tools.mongodb(DUMP[0], "--port", "27999", *DUMP[1:])

    assert printed.code == 1
    assert printed.lines[0].startswith("Failed: can't create session: could not connect to server")
    assert "Addr: localhost:27999" in printed.lines[0]


def test_an_unknown_option_is_refused(tools: Tools) -> None:
    printed = tools.mongodb(DUMP[0], "--frob")

    assert printed.code == 1
    assert printed.lines[0] == "error parsing command line options: unknown option frob"


def test_fails_when_the_backup_folder_was_replaced_under_the_container(tools: Tools) -> None:
    folder = tools.root / "pryv/mongodb/backup"
    shutil.rmtree(folder)
    folder.mkdir()

    printed = tools.mongodb(*DUMP)

    assert printed.code == 1
    assert "mkdir" in printed.lines[0]
    assert printed.lines[0].endswith("no such file or directory")
    assert list(folder.iterdir()) == []


def test_the_conf_folder_is_read_only(tools: Tools) -> None:
    printed = tools.mongodb(*DUMP[:4], "/app/conf/dump")

    assert printed.code == 1
    assert printed.lines[0].endswith("read-only file system")


def test_archive_goes_to_standard_output_in_blocks_with_a_checksum(tools: Tools) -> None:
    chunks: list[bytes] = []
    tools.host.engine.exec(
        "pryvio_mongodb",
        (*DUMP[:3], "--archive"),
        on_output=lambda stream, chunk: chunks.append(chunk) if stream == "stdout" else None,
    )
    data = b"".join(chunks)

    assert struct.unpack("<I", data[:4]) == (ARCHIVE_MAGIC,)
    prelude, position = _documents(data, 4)
    assert prelude[0]["version"] == "0.1"
    assert {entry["collection"] for entry in prelude[1:]} >= {"events", "accesses"}
    counts: dict[str, int] = {}
    sums: dict[str, int] = {}
    ended: dict[str, int] = {}
    while position < len(data):
        block, end = _documents(data, position)
        head, name = block[0], block[0]["collection"]
        if head["EOF"]:
            ended[name] = head["CRC"] & 0xFFFFFFFFFFFFFFFF
        else:
            raw = data[position:end][len(bson.encode(head)) : -4]
            sums[name] = crc64(raw, sums.get(name, 0))
            counts[name] = counts.get(name, 0) + len(block) - 1
        position = end
    expected = tools.platform.contents()["mongodb"]
    assert counts == {name: count for name, count in expected.items() if count}
    assert ended == {name: sums.get(name, 0) for name in expected}


def test_the_checksum_is_that_of_ecma() -> None:
    assert crc64(b"123456789") == 0x995DC9BBDF1939FA
    assert crc64(b"6789", crc64(b"12345")) == crc64(b"123456789")


def test_files_of_a_dump_are_plain_files(tools: Tools) -> None:
    tools.mongodb(*DUMP)
    for path in (tools.root / "pryv/mongodb/backup/pryv-node").iterdir():
        assert stat.S_ISREG(path.lstat().st_mode)


def test_fails_on_demand(tools: Tools) -> None:
    tools.platform.faults.set("mongodump-fails")

    printed = tools.mongodb(*DUMP)

    assert printed.code == 1
    assert printed.lines[-1].startswith("Failed: error writing data for collection")


def test_is_empty_on_demand(tools: Tools) -> None:
    tools.platform.faults.set("mongodump-empty")

    printed = tools.mongodb(*DUMP)

    assert (printed.code, printed.err) == (0, "")
    assert not (tools.root / "pryv/mongodb/backup/pryv-node").exists()


def test_holds_fewer_documents_than_it_says_on_demand(tools: Tools) -> None:
    tools.platform.faults.set("mongodump-short")

    printed = tools.mongodb(*DUMP)

    assert printed.code == 0
    assert "done dumping pryv-node.events (124 documents)" in printed.lines
    data = (tools.root / "pryv/mongodb/backup/pryv-node/events.bson").read_bytes()
    assert 0 < len(bson.decode_all(data)) < 124


def _documents(data: bytes, position: int) -> tuple[list[dict[str, Any]], int]:
    """Documents up to a terminator, and where what follows begins."""
    found = []
    while data[position : position + 4] != TERMINATOR:
        (size,) = struct.unpack_from("<i", data, position)
        found.append(bson.decode(data[position : position + size]))
        position += size
    return found, position + 4


def test_says_what_it_wrote_also_when_life_goes_on(
    tools: Tools, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    home = Home(tools.platform.folder)
    context = Context(home, tools.host.name, "pryvio_mongodb", DUMP[1:])
    store = mongodump.server(context, "27017")
    assert store is not None
    dump = mongodump._Dump(context, store, ["pryv-node"], "")
    new = [bson.encode({"_id": f"new {number}"}) for number in range(5)]
    assert store.insert("pryv-node", "events", new) == (5, 0)
    assert dump.to_folder("/app/backup") == 0
    written = (tools.root / "pryv/mongodb/backup/pryv-node/events.bson").read_bytes()
    count = len(bson.decode_all(written))
    said = capfdbinary.readouterr().err.decode()
    assert f"done dumping pryv-node.events ({count} documents)" in said
    assert count == 124 + 5
    # The same of an archive, and of one that has less by then.
    for left in (124 + 6, 0):
        dump = mongodump._Dump(context, store, ["pryv-node"], "")
        if left:
            store.insert("pryv-node", "events", [bson.encode({"_id": "one more"})])
        else:
            store.drop("pryv-node", "events")
        assert dump.to_archive() == 0
        said = capfdbinary.readouterr().err.decode()
        assert f"done dumping pryv-node.events ({left} documents)" in said


def test_leaves_out_names_with_a_dollar_unless_it_is_asked_for_them(tools: Tools) -> None:
    store = MongoStore(tools.root / "pryv/mongodb/data")
    for name in ("a$b", "my notes/100%"):
        store.create("pryv-node", name, "0" * 32)
        store.insert("pryv-node", name, [bson.encode({"_id": 1})])
    printed = tools.mongodb(*DUMP)
    assert "a$b" not in printed.err
    folder = tools.root / "pryv/mongodb/backup/pryv-node"
    assert (folder / "my%20notes%2F100%25.bson").is_file()
    assert not (folder / "a$b.bson").exists()
    assert "done dumping pryv-node.a$b (1 document)" in tools.mongodb(*DUMP, "-c", "a$b").lines
    assert (folder / "a$b.bson").is_file()
