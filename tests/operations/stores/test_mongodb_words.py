"""What mongodump and mongorestore say, in the real tools' lines, and when they lie."""

# ruff: noqa: E501  (the tools' lines are as long as they are)
from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bson
import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import OutputSink
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.stores.mongodb import DumpWords, MongoDB, RestoreWords
from pryv_tui.practice.tools.mongo_dumpfiles import ArchiveWriter
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import TellingEngine, context, host_state, platform_of, telling

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
HELD = {"accesses": 30, "events": 1200, "streams": 12}


def archive(counts: dict[str, int], views: tuple[str, ...] = ()) -> bytes:
    """What `mongodump --archive` sends for collections of so many documents, and views."""
    out = io.BytesIO()
    view = '{"options":{"viewOn":"events","pipeline":[]},"indexes":[]}'
    heads = {("pryv-node", name): ('{"indexes":[]}', 0) for name in counts}
    heads |= {("pryv-node", name): (view, 0) for name in views}
    writer = ArchiveWriter(out, heads)
    for name, count in counts.items():
        writer.collection("pryv-node", name, (bson.encode({"_id": n}) for n in range(count)))
    for name in views:
        writer.collection("pryv-node", name, iter(()))
    return out.getvalue()


def sending(
    counts: dict[str, int],
    *,
    views: tuple[str, ...] = (),
    hidden: dict[str, int] | None = None,
    words: str = DUMP_OK,
) -> StillHost:
    """A host whose mongodump sends so many documents; hidden ones when asked for them alone."""

    class Sends(TellingEngine):
        def exec(
            self, container: str, argv: Sequence[str], *, on_output: OutputSink, **_more: Any
        ) -> int:
            self.asked.append((container, list(argv)))
            if not argv[0].endswith("mongodump"):
                raise PryvTuiError("program-missing", argv[0])
            sent = archive(counts, views)
            if "--collection" in argv:
                name = argv[argv.index("--collection") + 1]
                sent = archive({name: (hidden or {})[name]} if name in (hidden or {}) else {})
            on_output("stdout", sent)
            on_output("stderr", words.encode())
            return 0

    containers = machine("core")
    host = StillHost("core", containers)
    engine: Any = Sends(containers, lambda _argv: (0, "", ""))
    host.engine = engine
    return host


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

    def test_names_in_back_quotes_and_quotes(self) -> None:
        text = (
            "x	done dumping `pryv-node.events` (1500 documents)\n"
            "x	done dumping `pryv-node.my notes` (2 documents)\n"
            'x	done dumping "pryv-node.a`b\\nc\\x01" (3 documents)\n'
        )
        words = dumped(text)
        assert words.collections == {"events": 1500, "my notes": 2, "a`b\nc\x01": 3}
        assert words.compare({"events": 1500, "my notes": 2, "a`b\nc\x01": 3}) == []

    def test_a_dump_in_words_that_nobody_knows_is_counted_by_its_files(self) -> None:
        words = dumped("x	dumped: events, 1200 of 1200\n")
        words.judge(0, found=["events"])
        (note,) = words.compare({"events": 1200})
        assert "'events'" in note

    def test_words_that_are_understood_and_contradict_the_files(self) -> None:
        with pytest.raises(PryvTuiError, match="events: mongodump said 1200, its files hold 1199"):
            dumped(DUMP_OK).compare({**HELD, "events": 1199})

    def test_a_collection_that_was_said_to_be_dumped_and_is_in_no_file(self) -> None:
        with pytest.raises(PryvTuiError, match="events: mongodump said 1200, its files hold none"):
            dumped(DUMP_OK).compare({"accesses": 30, "streams": 12})

    def test_a_name_that_is_only_spelt_in_another_way_is_no_contradiction(self) -> None:
        words = dumped(DUMP_OK.replace("pryv-node.events (", "pryv-node.e\ufffdents ("))
        assert words.compare(HELD) == ["mongodump said nothing that is understood of 'events'"]


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


class TestLeftOut:
    """mongodump leaves out names with a `$`: the server is asked what it has."""

    def dumping(self, folder: Path, *, alone: bool, server: str) -> tuple[RunContext, MongoDB]:
        backup = folder / "root/pryv/mongodb/backup/pryv-node"

        def answer(argv: Sequence[str]) -> tuple[int, str, str]:
            if argv[0].endswith("/mongo"):
                return 0, "a warning of the shell\n" + server + "\n", ""
            if "--collection" in argv and not alone:
                return 1, "", "x	collection name 'a$b' cannot contain a '$'\n"
            name = argv[argv.index("--collection") + 1] if "--collection" in argv else "events"
            backup.mkdir(parents=True, exist_ok=True)
            (backup / f"{name}.bson").write_bytes(bson.encode({"_id": 1}))
            (backup / f"{name}.metadata.json").write_text('{"indexes": []}')
            return 0, "", f"x	done dumping pryv-node.{name} (1 document)\n"

        root = folder / "root"
        host = telling("core", "core", answer, root=root)
        state = host_state("core", "core", root=str(root))
        state = msgspec.structs.replace(state, containers=tuple(machine("core")))
        ctx, _heard = context(folder, host, deployment=platform_of(state))
        return ctx, MongoDB()

    ALL = '{"collections": {"events": "collection", "a$b": "collection"}, "bytes": 64}'

    def test_it_is_dumped_by_itself(self, tmp_path: Path) -> None:
        ctx, mongodb = self.dumping(tmp_path, alone=True, server=self.ALL)
        assert mongodb.dump(ctx, "core")["collections"] == {"events": 1, "a$b": 1}
        assert ctx.facts.warnings == []

    def test_one_that_can_not_be_dumped_is_a_warning_and_stays_in_the_set(
        self, tmp_path: Path
    ) -> None:
        ctx, mongodb = self.dumping(tmp_path, alone=False, server=self.ALL)
        holds = mongodb.dump(ctx, "core")
        assert (holds["collections"], holds["left_out"]) == ({"events": 1}, ["a$b"])
        assert "'a$b' is not in the set" in ctx.facts.warnings[0]
        assert ctx.facts.lacking == ["the collection 'a$b' of MongoDB"]

    @pytest.mark.parametrize(
        "kinds", ['"v": "view"', '"ts": "timeseries", "system.buckets.ts": "collection"']
    )
    def test_a_time_series_is_asked_for_by_its_buckets_and_a_view_is_not(
        self, tmp_path: Path, kinds: str
    ) -> None:
        server = '{"collections": {"events": "collection", "system.views": "collection", KINDS}}'
        ctx, mongodb = self.dumping(tmp_path, alone=False, server=server.replace("KINDS", kinds))
        holds = mongodb.dump(ctx, "core")
        assert holds.get("left_out", []) == (["system.buckets.ts"] if "ts" in kinds else [])

    def test_a_server_that_can_not_be_asked_is_a_note(self, tmp_path: Path) -> None:
        ctx, mongodb = self.dumping(tmp_path, alone=True, server="no answer")
        assert mongodb.dump(ctx, "core")["collections"] == {"events": 1}
        heard: Any = ctx.report
        assert any("leaves out those with a $" in text for _level, text in heard.notes)
        (unchecked,) = ctx.facts.unchecked
        assert "whether all collections of MongoDB are in it (" in unchecked
        assert ctx.facts.warnings == []


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
