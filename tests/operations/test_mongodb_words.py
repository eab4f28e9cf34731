"""What mongodump and mongorestore say, in the real tools' lines, and when they lie."""

# ruff: noqa: E501  (the tools' lines are as long as they are)
from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.stores.mongodb import DumpWords, MongoDB, RestoreWords
from tests.operations.kit import context, telling

DUMP_OK = """\
2026-11-22T22:48:59.248+0000	writing pryv-node.accesses to /app/backup/pryv-node/accesses.bson
2026-11-22T22:48:59.251+0000	writing pryv-node.events to /app/backup/pryv-node/events.bson
2026-11-22T22:48:59.251+0000	writing pryv-node.streams to /app/backup/pryv-node/streams.bson
2026-11-22T22:48:59.253+0000	done dumping pryv-node.accesses (30 documents)
2026-11-22T22:48:59.265+0000	done dumping pryv-node.streams (12 documents)
2026-11-22T22:48:59.276+0000	done dumping pryv-node.events (1200 documents)
"""
DUMP_DOWN = (
    "2026-11-22T22:49:31.444+0000	Failed: can't create session: could not connect to server:"
    " server selection error: server selection timeout\n"
)
HEADS = """\
2026-11-22T22:49:00.343+0000	preparing collections to restore from
2026-11-22T22:49:00.343+0000	don't know what to do with file "/app/backup/.gitkeep", skipping...
2026-11-22T22:49:00.343+0000	reading metadata for pryv-node.events from /app/backup/pryv-node/events.metadata.json
"""
RESTORE_OK = (
    HEADS
    + """\
2026-11-22T22:49:00.363+0000	finished restoring pryv-node.accesses (30 documents, 0 failures)
2026-11-22T22:49:00.367+0000	finished restoring pryv-node.streams (12 documents, 0 failures)
2026-11-22T22:49:00.438+0000	finished restoring pryv-node.events (1200 documents, 0 failures)
2026-11-22T22:49:00.438+0000	no indexes to restore for collection pryv-node.streams
2026-11-22T22:49:00.441+0000	1242 document(s) restored successfully. 0 document(s) failed to restore.
"""
)
RESTORE_OVER = (
    HEADS
    + "2026-11-22T22:48:59.445+0000	restoring to existing collection pryv-node.events without"
    " dropping\n"
    + "2026-11-22T22:48:59.456+0000	continuing through error: UNIQUE constraint failed: streams._id\n"
    * 1242
    + """\
2026-11-22T22:48:59.459+0000	finished restoring pryv-node.streams (0 documents, 12 failures)
2026-11-22T22:48:59.470+0000	finished restoring pryv-node.accesses (0 documents, 30 failures)
2026-11-22T22:48:59.900+0000	finished restoring pryv-node.events (0 documents, 1200 failures)
2026-11-22T22:48:59.900+0000	0 document(s) restored successfully. 1242 document(s) failed to restore.
"""
)
RESTORE_TRUNCATED = (
    HEADS
    + """\
2026-11-22T22:49:01.250+0000	finished restoring pryv-node.streams (12 documents, 0 failures)
2026-11-22T22:49:01.250+0000	finished restoring pryv-node.accesses (30 documents, 0 failures)
2026-11-22T22:49:01.269+0000	finished restoring pryv-node.events (428 documents, 0 failures)
2026-11-22T22:49:01.269+0000	Failed: pryv-node.events: error restoring from /app/backup/pryv-node/events.bson: reading bson input: unexpected EOF
2026-11-22T22:49:01.269+0000	470 document(s) restored successfully. 0 document(s) failed to restore.
"""
)
RESTORE_NO_FOLDER = """\
2026-11-22T22:49:01.369+0000	Failed: mongorestore target '/app/nope/' invalid: stat /app/nope/: no such file or directory
2026-11-22T22:49:01.369+0000	0 document(s) restored successfully. 0 document(s) failed to restore.
"""
HELD = {"accesses": 30, "events": 1200, "streams": 12}


def dumped(text: str) -> DumpWords:
    words = DumpWords()
    for line in text.splitlines():
        words("stderr", line)
    return words


def restored(text: str) -> RestoreWords:
    words = RestoreWords()
    for line in text.splitlines():
        words("stderr", line)
    return words


class TestDump:
    def test_a_dump_that_worked(self) -> None:
        words = dumped(DUMP_OK)
        words.judge(0)
        assert words.collections == HELD

    def test_a_database_that_is_missing_prints_nothing_and_exits_0(self) -> None:
        with pytest.raises(PryvTuiError, match="dumped no collection") as caught:
            dumped("").judge(0)
        assert caught.value.name == "check-failed"

    def test_a_server_that_is_down(self) -> None:
        with pytest.raises(PryvTuiError, match="could not connect to server") as caught:
            dumped(DUMP_DOWN).judge(1)
        assert caught.value.name == "step-failed"

    def test_a_failure_without_a_word(self) -> None:
        with pytest.raises(PryvTuiError, match="it printed nothing"):
            dumped("").judge(1)

    def test_all_that_was_said_does_not_help_an_exit_that_is_not_0(self) -> None:
        with pytest.raises(PryvTuiError, match="exit 137"):
            dumped(DUMP_OK).judge(137)

    def test_one_document_is_written_in_the_singular(self) -> None:
        assert dumped("x	done dumping pryv-node.versions (1 document)").collections == {
            "versions": 1
        }


class TestRestore:
    def test_a_restore_that_worked(self) -> None:
        words = restored(RESTORE_OK)
        words.judge(0, HELD)
        assert (words.restored, words.failed) == (1242, 0)

    def test_exit_0_with_failures_is_a_failure(self) -> None:
        with pytest.raises(PryvTuiError, match="1242 of 1242 documents were not") as caught:
            restored(RESTORE_OVER).judge(0, HELD)
        assert caught.value.name == "check-failed"

    def test_a_line_a_document_is_not_kept(self) -> None:
        assert len(restored(RESTORE_OVER).tail.lines) < 50

    def test_exit_0_without_a_word_is_a_failure(self) -> None:
        with pytest.raises(PryvTuiError, match="did not say"):
            restored("").judge(0, HELD)

    def test_exit_0_with_fewer_documents_than_the_set_holds(self) -> None:
        with pytest.raises(PryvTuiError, match=r"events 1200 of 1300"):
            restored(RESTORE_OK).judge(0, {**HELD, "events": 1300})

    def test_the_right_sum_in_the_wrong_collections(self) -> None:
        with pytest.raises(PryvTuiError, match="streams"):
            restored(RESTORE_OK).judge(0, {"accesses": 30, "events": 1199, "streams": 13})

    def test_a_truncated_file(self) -> None:
        with pytest.raises(PryvTuiError, match="after 470 of 1242 documents") as caught:
            restored(RESTORE_TRUNCATED).judge(1, HELD)
        assert "unexpected EOF" in caught.value.what
        assert caught.value.name == "step-failed"

    def test_a_folder_that_is_missing(self) -> None:
        with pytest.raises(PryvTuiError, match="no such file or directory"):
            restored(RESTORE_NO_FOLDER).judge(1, HELD)

    def test_another_database_in_the_folder_counts_for_nothing(self) -> None:
        other = RESTORE_OK.replace("pryv-node.events (", "other.events (")
        with pytest.raises(PryvTuiError, match="events 0 of 1200"):
            restored(other).judge(0, HELD)

    def test_an_empty_collection_that_was_not_named(self) -> None:
        restored(RESTORE_OK).judge(0, {**HELD, "webhooks": 0})
        with pytest.raises(PryvTuiError):
            restored(RESTORE_OK).judge(0, {**HELD, "webhooks": 1})


class TestCompare:
    def test_the_live_server_holds_what_the_set_holds(self, tmp_path: Path) -> None:
        host = telling("core", "core", lambda _argv: (0, "", DUMP_OK))
        ctx, _heard = context(tmp_path, host)
        MongoDB().compare(ctx, "core", {"collections": HELD})
        assert "1242 documents" in ctx.facts.checks[0]

    def test_a_document_too_few_on_the_server(self, tmp_path: Path) -> None:
        host = telling("core", "core", lambda _argv: (0, "", DUMP_OK))
        ctx, _heard = context(tmp_path, host)
        with pytest.raises(PryvTuiError, match="events") as caught:
            MongoDB().compare(ctx, "core", {"collections": {**HELD, "events": 1201}})
        assert caught.value.name == "check-failed"

    def test_an_empty_server(self, tmp_path: Path) -> None:
        host = telling("core", "core", lambda _argv: (0, "", ""))
        ctx, _heard = context(tmp_path, host)
        with pytest.raises(PryvTuiError, match="none"):
            MongoDB().compare(ctx, "core", {"collections": HELD})
