"""What mongodump and mongorestore say, in the real tools' lines, and when they lie."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bson
import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.stores.mongodb import MongoDB
from tests.hosts.machines import machine
from tests.operations.kit import context, host_state, platform_of, telling
from tests.operations.stores.mongodb_said import DUMP_OK, HELD, dumped

DUMP_DOWN = (
    "2026-11-22T22:49:31.444+0000	Failed: can't create session: could not connect to server:"
    " server selection error: server selection timeout\n"
)


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
        with pytest.raises(PryvTuiError, match="it did not say why"):
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
        assert words.compare(HELD) == [
            ("mongodump said nothing that this program understands about 'events'")
        ]


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
