"""Steps performed: dumps given back, services started, the gap told, and what a step is given."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.context import LineSplitter
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.guards.host import only_looks
from pryv_tui.operations.steps.services.start_services import StartServices
from pryv_tui.operations.steps.sets.open_set import compare_clocks
from pryv_tui.operations.steps.taking.check_gap import CheckGap
from pryv_tui.operations.steps.taking.prepare_dump import PrepareDump, PutBackDump
from pryv_tui.platform.gap import Hold, Moment
from pryv_tui.platform.layout import resolve_layout
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import context, telling


class TestDumpFolders:
    def ready(self, tmp_path: Path, *, run: str = "RUN") -> tuple[Path, Any, dict[str, str]]:
        root = tmp_path / "root"
        folder = root / "pryv/mongodb/backup"
        folder.mkdir(parents=True)
        host = StillHost("core", machine("core", root=str(root)), root=root)
        engine: Any = host.engine
        engine.processes = lambda _container: []
        ctx, _heard = context(tmp_path, host)
        ctx.run_id = run
        words = {
            "host": "core",
            "store": "mongodb",
            "folder": str(folder),
            "aside": f"{root}/.pryv-tui/dumps/{run}/mongodb",
        }
        return folder, ctx, words

    def test_what_was_there_comes_back_and_our_folder_is_gone(self, tmp_path: Path) -> None:
        folder, ctx, words = self.ready(tmp_path)
        (folder / ".gitkeep").touch()
        (folder / "older").mkdir()
        (folder / "older/file").write_text("older dump")
        PrepareDump(**words).perform(ctx)
        assert [entry.name for entry in folder.iterdir()] == [".gitkeep"]
        (folder / "pryv-node").mkdir()
        PutBackDump(**words).perform(ctx)
        assert sorted(entry.name for entry in folder.iterdir()) == [".gitkeep", "older"]
        assert (folder / "older/file").read_text() == "older dump"
        assert not (tmp_path / "root/.pryv-tui").exists()
        assert ctx.outstanding == []
        assert ctx.facts.warnings == []

    def test_the_dump_of_a_run_that_died_is_kept(self, tmp_path: Path) -> None:
        folder, ctx, words = self.ready(tmp_path, run="DEAD")
        (folder / "older").mkdir()
        PrepareDump(**words).perform(ctx)
        (folder / "pryv-node").mkdir()
        ctx.run_id = "LATER"
        PutBackDump(**words).perform(ctx)
        assert [entry.name for entry in folder.iterdir()] == ["older"]
        assert list((tmp_path / "root/.pryv-tui").rglob("pryv-node"))

    def test_a_dump_that_somebody_else_made_meanwhile_is_not_deleted(self, tmp_path: Path) -> None:
        folder, ctx, words = self.ready(tmp_path)
        PrepareDump(**words).perform(ctx)
        (folder / "pryv-node").mkdir()
        (folder / "nightly-by-cron").mkdir()
        PutBackDump(**words).perform(ctx)
        assert list((tmp_path / "root").rglob("nightly-by-cron"))

    def test_an_earlier_dump_that_still_runs_is_refused(self, tmp_path: Path) -> None:
        folder, ctx, words = self.ready(tmp_path)
        (folder / "older").mkdir()
        engine: Any = ctx.site.host("core").engine
        engine.processes = lambda _c: ["sh", "/app/bin/mongodb/bin/mongodump -d pryv-node -o x"]
        with pytest.raises(PryvTuiError, match="is still running") as caught:
            PrepareDump(**words).perform(ctx)
        assert caught.value.name == "refused"
        assert (folder / "older").is_dir()

    def test_a_look_of_an_audit_that_still_runs_mixes_with_nothing(self, tmp_path: Path) -> None:
        _folder, ctx, words = self.ready(tmp_path)
        engine: Any = ctx.site.host("core").engine
        look = "/app/bin/mongodb/bin/mongodump -d pryv-node --archive"
        engine.processes = lambda _c: ["sh", look]
        PrepareDump(**words).perform(ctx)
        for other in (
            f"{look}=/app/backup/x",
            "mongorestore --archive",
            "mongodump --archive -o x",
            f"sh -c {look} | gzip > /app/backup/f",
        ):
            assert not only_looks(other), other


class TestStartServices:
    def test_a_container_that_compose_did_not_make_is_no_success(self, tmp_path: Path) -> None:
        root = tmp_path / "root"
        (root / "pryv").mkdir(parents=True)
        (root / "pryv/pryv.yml").write_text(
            "services:\n  dns:\n    container_name: pryvio_dns\n  mail:\n"
            "    container_name: pryvio_mail\n"
        )
        host = telling("reg", "replica", lambda _argv: (0, "", ""), root=root)
        ctx, _heard = context(tmp_path, host)
        step = StartServices(
            host="reg", phase="rest", root=str(root), containers=("pryvio_dns", "pryvio_mail")
        )
        # A practice platform is waited for five seconds at most: here the end has come.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("pryv_tui.operations.services.staying_up.time.sleep", lambda _s: None)
            moments = iter(range(0, 100_000, 3))
            patch.setattr(
                "pryv_tui.operations.services.staying_up.time.monotonic", lambda: next(moments)
            )
            with pytest.raises(PryvTuiError, match="pryvio_mail"):
                step.perform(ctx)

    def test_a_container_that_no_file_declares_is_a_warning(self, tmp_path: Path) -> None:
        host = telling("reg", "replica", lambda _argv: (0, "", ""), root=tmp_path)
        ctx, _heard = context(tmp_path, host)
        StartServices(
            host="reg", phase="rest", root=str(tmp_path), containers=("pryvio_mail",)
        ).perform(ctx)
        assert any("pryvio_mail" in text for text in ctx.facts.warnings)


class TestGap:
    def ready(self, tmp_path: Path, *what: tuple[str, int, int]) -> Any:
        ctx, _heard = context(tmp_path, StillHost("single-node", machine("single-node")))
        ctx.facts.moments = [
            Moment(
                what=name,
                role="core+register",
                host="single-node",
                started=f"2026-01-01T00:00:{start:02d}.000Z",
                finished=f"2026-01-01T00:00:{end:02d}.000Z",
            )
            for name, start, end in what
        ]
        return ctx

    def test_within_its_budget(self, tmp_path: Path) -> None:
        ctx = self.ready(tmp_path, ("mongodb", 0, 4), ("redis-files", 4, 5), ("files", 5, 50))
        CheckGap(budget=5).perform(ctx)
        assert ctx.facts.warnings == []
        assert "5.0 s" in ctx.facts.checks[0]

    def test_over_its_budget_it_names_what_took_it(self, tmp_path: Path) -> None:
        ctx = self.ready(tmp_path, ("mongodb", 0, 4), ("redis-files", 4, 5), ("files", 5, 50))
        CheckGap(budget=4.9).perform(ctx)
        (text,) = ctx.facts.warnings
        assert "5.0 s, over its budget of 4.9 s" in text
        assert "MongoDB on single-node: 4.0 s" in text

    def test_what_was_held_is_no_gap(self, tmp_path: Path) -> None:
        ctx = self.ready(tmp_path, ("mongodb", 5, 30), ("redis-files", 30, 31))
        before, after = "2026-01-01T00:00:01.000Z", "2026-01-01T00:00:32.000Z"
        ctx.facts.hold = Hold(
            kind="registrations", deadline=60, began=before, started=before, released=after
        )
        CheckGap(budget=1).perform(ctx)
        assert ctx.facts.warnings == []

    def test_what_was_not_measured_is_not_within_it(self, tmp_path: Path) -> None:
        ctx = self.ready(tmp_path, ("mongodb", 0, 4), ("files", 5, 50))
        ctx.facts.moments = [
            msgspec.structs.replace(moment, roles=("core",)) for moment in ctx.facts.moments
        ]
        CheckGap(budget=100).perform(ctx)
        assert "not checked" in ctx.facts.warnings[0]

    def test_clocks_that_differ_are_told(self, tmp_path: Path) -> None:
        host = StillHost("core", machine("core"))
        engine: Any = host.engine
        ctx, heard = context(tmp_path, host)
        engine.clock = lambda: time.time() + 3600
        compare_clocks(ctx, "core")
        offset = ctx.facts.of("core").clock_offset
        assert offset is not None and 3500 < offset < 3700
        assert "ahead of this machine" in heard.notes[0][1]

        def silent() -> float:
            raise PryvTuiError("engine-unreachable", "it does not answer")

        ctx.facts.of("core").clock_offset = None
        engine.clock = silent
        compare_clocks(ctx, "core")
        assert ctx.facts.of("core").clock_offset is None
        assert "could not be compared" in heard.notes[1][1]


class TestContext:
    def test_what_is_owed_is_written_once_and_settled_once(self, tmp_path: Path) -> None:
        ctx, heard = context(tmp_path, StillHost("core"))
        owed = Owed(kind="start", host="core", what="pryvio_core")
        ctx.owe(owed)
        ctx.owe(Owed(kind="start", host="core", what="pryvio_core"))
        assert heard.owed == [owed]
        assert ctx.outstanding == [owed]
        ctx.settle(owed)
        ctx.settle(owed)
        assert heard.settled == [owed]
        assert ctx.outstanding == []

    def test_lines_of_any_length_and_any_chunks(self) -> None:
        seen: list[str] = []
        splitter = LineSplitter(seen.append)
        for chunk in (b"one\ntw", b"o\r\nthree", b"\rfo\xc3", b"\xa9ur", b"x" * 300_000):
            splitter.feed(chunk)
        splitter.close()
        assert [line[:8] for line in seen if line] == ["one", "two", "three", "foéurxxx"]
        assert len(seen[-1]) == 300_005

    def test_a_store_modules_layout_names_its_container(self) -> None:
        layout = resolve_layout(("core", "register"), "/r", {})
        assert {s.container for s in layout.stores.values()} == {
            "pryvio_mongodb",
            "pryvio_influxdb",
            "pryvio_redis",
        }


def test_output_reaches_the_journal_and_the_ear(tmp_path: Path) -> None:
    def answer(_argv: Sequence[str]) -> tuple[int, str, str]:
        return 3, "data\n", "words\n"

    ctx, heard = context(tmp_path, telling("core", "core", answer))
    lines: list[tuple[str, str]] = []
    code = ctx.exec(
        "core", "pryvio_mongodb", ["x"], on_line=lambda s, line: lines.append((s, line))
    )
    assert (code, lines) == (3, [("stdout", "data"), ("stderr", "words")])
    assert heard.printed == b"data\nwords\n"
    ctx.exec("core", "pryvio_mongodb", ["x"], keep_stdout=False)
    assert heard.printed == b"data\nwords\nwords\n"
    ctx.exec("core", "pryvio_mongodb", ["x"], quiet=True)
    assert heard.printed == b"data\nwords\nwords\n"
