"""mongorestore: what it restores, and that its exit code lies."""

from __future__ import annotations

from tests.practice.kit import DUMP, RESTORE, Tools


def test_round_trip_gives_equal_contents(tools: Tools) -> None:
    before = tools.platform.contents()
    tools.mongodb(*DUMP)
    tools.empty("mongodb")
    assert tools.platform.contents()["mongodb"] == {}

    printed = tools.mongodb(*RESTORE)

    assert printed.code == 0
    assert printed.out == ""
    assert printed.lines[0] == "preparing collections to restore from"
    skipped = 'don\'t know what to do with file "/app/backup/.gitkeep", skipping...'
    assert printed.lines[1] == skipped
    assert (
        "reading metadata for pryv-node.events from /app/backup/pryv-node/events.metadata.json"
        in printed.lines
    )
    assert "restoring pryv-node.events from /app/backup/pryv-node/events.bson" in printed.lines
    assert "finished restoring pryv-node.events (124 documents, 0 failures)" in printed.lines
    assert "restoring indexes for collection pryv-node.events from metadata" in printed.lines
    assert (
        'index: &idx.IndexDocument{Options:primitive.M{"name":"userId_1", "v":2},'
        ' Key:primitive.D{primitive.E{Key:"userId", Value:1}},'
        " PartialFilterExpression:primitive.D(nil)}" in printed.lines
    )
    assert "no indexes to restore for collection pryv-node.versions" in printed.lines
    assert (
        printed.lines[-1]
        == "157 document(s) restored successfully. 0 document(s) failed to restore."
    )
    assert tools.platform.contents() == before


def test_a_second_dump_equals_the_first(tools: Tools) -> None:
    folder = tools.root / "pryv/mongodb/backup/pryv-node"
    tools.mongodb(*DUMP)
    first = {p.name: p.read_bytes() for p in folder.iterdir()}
    tools.empty("mongodb")
    tools.mongodb(*RESTORE)

    tools.mongodb(*DUMP)

    assert {p.name: p.read_bytes() for p in folder.iterdir()} == first


def test_onto_existing_documents_exits_0_although_all_failed(tools: Tools) -> None:
    tools.mongodb(*DUMP)

    printed = tools.mongodb(*RESTORE)

    assert printed.code == 0
    assert "restoring to existing collection pryv-node.events without dropping" in printed.lines
    duplicate = "continuing through error: UNIQUE constraint failed: events._id"
    assert printed.lines.count(duplicate) == 124
    assert "finished restoring pryv-node.events (0 documents, 124 failures)" in printed.lines
    assert (
        printed.lines[-1]
        == "0 document(s) restored successfully. 157 document(s) failed to restore."
    )


def test_with_drop_existing_documents_make_way(tools: Tools) -> None:
    tools.mongodb(*DUMP)
    before = tools.platform.contents()
    tools.platform.grow(attachments=1)

    printed = tools.mongodb(RESTORE[0], "--drop", RESTORE[1])

    assert "dropping collection pryv-node.events before restoring" in printed.lines
    assert printed.lines[-1].startswith("157 document(s) restored successfully. 0 document(s)")
    assert tools.platform.contents()["mongodb"] == before["mongodb"]


def test_a_truncated_file_stops_it_with_part_restored(tools: Tools) -> None:
    tools.mongodb(*DUMP)
    tools.empty("mongodb")
    path = tools.root / "pryv/mongodb/backup/pryv-node/events.bson"
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])

    printed = tools.mongodb(*RESTORE)

    assert printed.code == 1
    assert printed.lines[-2] == (
        "Failed: pryv-node.events: error restoring from /app/backup/pryv-node/events.bson:"
        " reading bson input: unexpected EOF"
    )
    assert printed.lines[-1].endswith("restored successfully. 0 document(s) failed to restore.")
    assert 0 < tools.platform.contents()["mongodb"]["events"] < 124


def test_a_missing_folder(tools: Tools) -> None:
    printed = tools.mongodb(RESTORE[0], "/app/nope/")

    assert printed.code == 1
    assert printed.lines == [
        "Failed: mongorestore target '/app/nope/' invalid: stat /app/nope/: no such file or"
        " directory",
        "0 document(s) restored successfully. 0 document(s) failed to restore.",
    ]


def test_an_empty_folder_restores_nothing_and_exits_0(tools: Tools) -> None:
    printed = tools.mongodb(*RESTORE)

    assert printed.code == 0
    assert (
        printed.lines[-1] == "0 document(s) restored successfully. 0 document(s) failed to restore."
    )


def test_reports_failures_and_exits_0_on_demand(tools: Tools) -> None:
    tools.mongodb(*DUMP)
    tools.empty("mongodb")
    tools.platform.faults.set("mongorestore-failures")

    printed = tools.mongodb(*RESTORE)

    assert printed.code == 0
    assert (
        printed.lines[-1]
        == "154 document(s) restored successfully. 3 document(s) failed to restore."
    )
    assert printed.lines.count("continuing through error: Document failed validation") == 3
    assert tools.platform.contents()["mongodb"]["events"] == 121
