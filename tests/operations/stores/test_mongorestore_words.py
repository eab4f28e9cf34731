"""What mongorestore says, in the real tools' lines, and what the server holds after it."""

# ruff: noqa: E501  (the tools' lines are as long as they are)
from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.stores.mongodb import MongoDB, RestoreWords
from tests.operations.kit import context, telling
from tests.operations.stores.mongodb_said import DUMP_OK, HEADS, HELD, RESTORE_OK, sending

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
OLD_RESTORE = (
    HEADS
    + """\
2026-11-28T09:24:23.671+0000	no indexes to restore
2026-11-28T09:24:23.671+0000	finished restoring pryv-node.accesses (50 documents)
2026-11-28T09:24:23.676+0000	finished restoring pryv-node.streams (50 documents)
2026-11-28T09:24:23.751+0000	restoring indexes for collection pryv-node.events from metadata
2026-11-28T09:24:23.753+0000	finished restoring pryv-node.events (1500 documents)
2026-11-28T09:24:23.753+0000	done
"""
)


def restored(text: str) -> RestoreWords:
    words = RestoreWords()
    for line in text.splitlines():
        words("stderr", line)
    return words


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

    def test_exit_0_without_a_word_proves_nothing_and_is_a_note(self) -> None:
        # The tools before r4.2 print no totals, and the server is counted in any case.
        assert any("did not say" in note for note in restored("").judge(0, HELD))

    def test_tools_that_print_no_totals(self) -> None:
        words = restored(OLD_RESTORE)
        (note,) = words.judge(0, {"accesses": 50, "events": 1500, "streams": 50})
        assert "did not say how many" in note

    def test_old_tools_that_restored_too_few_are_still_not_believed(self) -> None:
        with pytest.raises(PryvTuiError, match="events 1500 of 1501"):
            restored(OLD_RESTORE).judge(0, {"accesses": 50, "events": 1501, "streams": 50})

    def test_names_in_back_quotes(self) -> None:
        text = (
            "x	finished restoring `pryv-node.events` (1500 documents, 0 failures)\n"
            "x	finished restoring `pryv-node.my notes` (1 document, 0 failures)\n"
            "x	1501 document(s) restored successfully. 0 document(s) failed to restore.\n"
        )
        words = restored(text)
        assert words.judge(0, {"events": 1500, "my notes": 1}) == []
        with pytest.raises(PryvTuiError, match="my notes 1 of 2"):
            words.judge(0, {"events": 1499, "my notes": 2})

    @pytest.mark.parametrize("name", ["ts", "system.buckets.ts"])
    def test_a_time_series_by_either_of_its_names(self, name: str) -> None:
        text = (
            f"x	finished restoring pryv-node.{name} (3 documents, 0 failures)\n"
            "x	finished restoring pryv-node.streams (2 documents, 0 failures)\n"
            "x	5 document(s) restored successfully. 0 document(s) failed to restore.\n"
        )
        restored(text).judge(0, {"system.buckets.ts": 3, "streams": 2})
        with pytest.raises(PryvTuiError, match=r"system\.buckets\.ts"):
            restored(text).judge(0, {"system.buckets.ts": 4, "streams": 2})

    def test_a_collection_in_words_that_are_not_understood_is_a_note(self) -> None:
        text = (
            "x	finished restoring <<pryv-node:events>> (1500 documents, 0 failures)\n"
            "x	finished restoring pryv-node.streams (2 documents, 0 failures)\n"
            "x	1502 document(s) restored successfully. 0 document(s) failed to restore.\n"
        )
        (note,) = restored(text).judge(0, {"events": 1500, "streams": 2})
        assert "'events'" in note

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
        host = sending(HELD)
        ctx, _heard = context(tmp_path, host)
        MongoDB().compare(ctx, "core", {"collections": HELD})
        assert "1242 documents" in ctx.facts.checks[0]

    def test_a_document_too_few_on_the_server(self, tmp_path: Path) -> None:
        host = sending(HELD)
        ctx, _heard = context(tmp_path, host)
        with pytest.raises(PryvTuiError, match="events") as caught:
            MongoDB().compare(ctx, "core", {"collections": {**HELD, "events": 1201}})
        assert caught.value.name == "check-failed"

    def test_an_empty_server(self, tmp_path: Path) -> None:
        host = telling("core", "core", lambda _argv: (0, "", ""))
        ctx, _heard = context(tmp_path, host)
        with pytest.raises(PryvTuiError, match="none"):
            MongoDB().compare(ctx, "core", {"collections": HELD})

    def test_words_that_nobody_knows_say_nothing_of_what_came(self, tmp_path: Path) -> None:
        ctx, _heard = context(tmp_path, sending(HELD, words="all is well\n"))
        MongoDB().compare(ctx, "core", {"collections": HELD})
        assert "1242 documents" in ctx.facts.checks[0]

    def test_a_view_is_no_collection(self, tmp_path: Path) -> None:
        ctx, _heard = context(tmp_path, sending(HELD, views=("recent",)))
        MongoDB().compare(ctx, "core", {"collections": HELD, "views": ["recent"]})
        assert "in 3 collections" in ctx.facts.checks[0]
        assert ctx.facts.warnings == []

    def test_a_view_that_did_not_come_back_is_a_warning(self, tmp_path: Path) -> None:
        ctx, _heard = context(tmp_path, sending(HELD))
        MongoDB().compare(ctx, "core", {"collections": HELD, "views": ["recent"]})
        assert "the view 'recent'" in ctx.facts.warnings[0]

    def test_a_name_with_a_dollar_is_counted_by_itself(self, tmp_path: Path) -> None:
        host = sending(HELD, hidden={"a$b": 2})
        ctx, _heard = context(tmp_path, host)
        MongoDB().compare(ctx, "core", {"collections": {**HELD, "a$b": 2}})
        assert ctx.facts.warnings == []

    def test_one_that_mongorestore_can_not_bring_back_is_a_warning(self, tmp_path: Path) -> None:
        ctx, _heard = context(tmp_path, sending(HELD))
        MongoDB().compare(ctx, "core", {"collections": {**HELD, "a$b": 2}})
        (warning,) = ctx.facts.warnings
        assert "'a$b'" in warning and "a$b.bson" in warning
        assert ctx.facts.lacking == ["documents of the collection 'a$b' of MongoDB"]

    def test_an_archive_that_is_cut_off_is_not_counted(self, tmp_path: Path) -> None:
        host = telling("core", "core", lambda _argv: (0, "no archive", DUMP_OK))
        ctx, _heard = context(tmp_path, host)
        with pytest.raises(PryvTuiError, match="could not be counted"):
            MongoDB().compare(ctx, "core", {"collections": HELD})
