"""Dumps never fill the platform's own disk: they are reckoned before and watched meanwhile."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.hosts.engine import CancelToken, OutputSink
from pryv_tui.operations.containers.ending import RoomWatch, kept_free
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.guards import backup, place
from pryv_tui.operations.guards.host import dump_folder_guard
from pryv_tui.operations.guards.line import GuardLine
from pryv_tui.operations.guards.place import SPACE_RESERVE, space_guard
from pryv_tui.operations.own_disk import ended_in_time, left_free
from pryv_tui.operations.plans.adopt import adopt_plan
from pryv_tui.operations.settings.patience import Patience
from pryv_tui.operations.stores import STORES
from pryv_tui.operations.stores.room import DumpSize, dump_size, dump_sizes
from tests.hosts.machines import StillHost, machine
from tests.operations.adopting.test_adopting import core, found_in
from tests.operations.guards.based import Platform
from tests.operations.guards.guarded import root_in
from tests.operations.kit import (
    TellingEngine,
    context,
    host_state,
    manifest_of,
    part,
    platform_of,
    set_of,
    telling,
)
from tests.operations.steps.test_bring import bring as bring_back

MIB = 1 << 20


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def disk(monkeypatch: pytest.MonkeyPatch, free: Callable[[], int], total: int = 1 << 36) -> None:
    def usage(_folder: object) -> Usage:
        return Usage(total, total - free(), free())

    monkeypatch.setattr(shutil, "disk_usage", usage)


@pytest.mark.parametrize(
    ("total", "kept"), [(MIB, 64 * MIB), (5000 * MIB, 100 * MIB), (1 << 40, 256 * MIB)]
)
def test_what_stays_free_goes_by_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, total: int, kept: int
) -> None:
    disk(monkeypatch, lambda: 0, total)
    assert kept_free(tmp_path / "not" / "there") == kept


def test_a_watch_stays_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = [1 << 30]
    disk(monkeypatch, lambda: free[0])
    watch = RoomWatch(tmp_path, every=0.0)
    assert not watch.is_set()
    free[0] = MIB
    assert watch.is_set()
    free[0] = 1 << 30
    assert watch.is_set(), "what was ended is not begun again by itself"


class Writes(TellingEngine):
    """Its dump tool writes until it is ended."""

    def __init__(self, free: list[int]) -> None:
        super().__init__(machine("core"), lambda _argv: (0, "", ""))
        self.free = free
        self.ended = False

    def exec(
        self,
        container: str,
        argv: Sequence[str],
        *,
        on_output: OutputSink,
        cancel: CancelToken | None = None,
        environment: Mapping[str, str] | None = None,
        begun: Callable[[str], None] | None = None,
    ) -> int:
        assert cancel is not None
        while not cancel.is_set():
            self.free[0] -= 10 * MIB
            assert self.free[0] > 0, "the platform saw a full disk"
        self.ended = True
        raise Cancelled(f"{argv[0]} was ended")


def dumping(folder: Path, free: list[int]) -> tuple[RunContext, Writes]:
    root = folder / "root"
    (root / "pryv/mongodb/backup").mkdir(parents=True)
    host = StillHost("core", machine("core"), root=root)
    engine = Writes(free)
    host.engine = engine  # type: ignore[assignment]
    state = host_state("core", "core", root=str(root))
    often = Patience(room_every=0.0)
    ctx, _heard = context(folder, host, deployment=platform_of(state), patience=often)
    return ctx, engine


@pytest.mark.parametrize("store", ["mongodb", "influxdb"])
def test_a_dump_is_ended_before_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: str
) -> None:
    free = [1000 * MIB]
    disk(monkeypatch, lambda: free[0])
    ctx, engine = dumping(tmp_path, free)
    with pytest.raises(PryvTuiError, match="ended in time") as caught:
        STORES[store].dump(ctx, "core")
    assert caught.value.name == "disk-full"
    assert engine.ended
    assert free[0] > 100 * MIB


def test_the_operators_cancel_is_still_a_cancel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = [1000 * MIB]
    disk(monkeypatch, lambda: free[0])
    ctx, _engine = dumping(tmp_path, free)
    cancel: Any = ctx.cancel
    cancel.set()
    with pytest.raises(Cancelled):
        STORES["mongodb"].dump(ctx, "core")


class TestReckoned:
    def size(self, folder: Path, store: str, answer: str = "", **held: Any) -> DumpSize:
        def told(argv: Sequence[str]) -> tuple[int, str, str]:
            return (0, answer, "") if answer else (1, "", "connection refused")

        root = folder / "root"
        data = root / "pryv/mongodb/data"
        data.mkdir(parents=True)
        (data / "collection.wt").write_bytes(b"x" * 8192)
        host = telling("core", "core", told, root=root)
        state = host_state("core", "core", root=str(root))
        state = msgspec.structs.replace(state, containers=tuple(machine("core")))
        latest = None
        if held:
            made = part("core", "core")
            stores = {**made.stores, store: {**made.stores[store], **held}}
            made = msgspec.structs.replace(made, stores=stores)
            latest = set_of(manifest_of(made), str(folder))
        return dump_size(host, state, store, latest)

    def test_by_what_the_server_says(self, tmp_path: Path) -> None:
        answer = '{"collections": {}, "bytes": 5000000.0}'
        found = self.size(tmp_path, "mongodb", answer, bytes=7)
        assert (found.bytes, found.source) == (5_000_000, "the server's own statistics")

    def test_by_the_last_dump(self, tmp_path: Path) -> None:
        assert self.size(tmp_path, "mongodb", bytes=1000).bytes == 1100
        assert self.size(tmp_path / "2", "influxdb", bytes=1000).bytes == 1100

    def test_by_the_files_of_a_set_that_does_not_say_it(self, tmp_path: Path) -> None:
        made = tmp_path / "20260101T000000Z/core/files/pryv/mongodb/backup/pryv-node"
        made.mkdir(parents=True)
        (made / "events.bson").write_bytes(b"x" * 500)
        assert self.size(tmp_path, "mongodb", collections={}).bytes == 550

    def test_by_its_files_and_then_it_is_said_that_it_may_be_more(self, tmp_path: Path) -> None:
        found = self.size(tmp_path, "mongodb")
        assert found.bytes >= 8192
        assert not found.certain


def test_a_dump_that_does_not_fit_is_refused_and_says_by_what(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "free_bytes", lambda _folder: 1000 * MIB)
    root = tmp_path / "root"
    root.mkdir()
    state = host_state("core", "core", root=str(root))
    line = dump_folder_guard(state, {"mongodb": DumpSize(990 * MIB, "the dump in SET")})
    assert line.outcome == "failed"
    assert "the dump in SET" in line.text
    assert dump_folder_guard(state, {"mongodb": DumpSize(MIB, "it")}).outcome == "ok"
    line = dump_folder_guard(state, {"mongodb": DumpSize(MIB, "its data files", certain=False)})
    assert "several times" in line.text


def test_the_vaults_disk_takes_the_set_beside_the_dumps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    host = StillHost("core", machine("core"), root=root)
    ctx, _heard = context(tmp_path, host)
    state = host_state("core", "core", root=str(root))
    monkeypatch.setattr(place, "free_bytes", lambda _folder: 1000 * MIB)
    assert space_guard(ctx.site, [state]).outcome == "ok"
    line = space_guard(ctx.site, [state], beside=950 * MIB)
    assert line.outcome == "failed"
    assert "same disk" in line.text


def test_a_machine_without_databases_needs_no_room_for_dumps(tmp_path: Path) -> None:
    state = host_state("register", "register", root=str(tmp_path))
    assert dump_sizes(StillHost("register"), state, None) == {}


def test_a_copy_onto_the_platforms_own_disk_is_ended_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pryv_tui.operations.steps.taking.copy_root import copy_part

    root = tmp_path / "root"
    (root / "pryv").mkdir(parents=True)
    for number in range(50):
        (root / f"pryv/{number}").write_bytes(b"x")
    host = StillHost("core", machine("core"), root=root)
    state = host_state("core", "core", root=str(root))
    ctx, _heard = context(tmp_path, host, deployment=platform_of(state))
    disk(monkeypatch, lambda: MIB)
    with pytest.raises(PryvTuiError, match="ended in time") as caught:
        copy_part(ctx, "core", root, tmp_path / "vault/SET.partial/core", state.layout, ())
    assert caught.value.name == "disk-full"


class Files(NamedTuple):
    f_files: int
    f_favail: int


@pytest.mark.parametrize(
    ("files", "ends"),
    [
        (Files(1_000_000, 1999), True),
        (Files(1_000_000, 0), True),
        (Files(1_000_000, 2000), False),
        (Files(0, 0), False),  # btrfs has no such bound
        (Files(500, 100), False),  # never had as many
    ],
)
def test_files_that_can_be_made_are_watched_as_bytes_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: Files, ends: bool
) -> None:
    disk(monkeypatch, lambda: 1 << 34)
    now = [Files(files.f_files, files.f_files)]
    monkeypatch.setattr("os.statvfs", lambda _: now[0])
    watch = RoomWatch(tmp_path, every=0.0)
    assert not watch.is_set()
    now[0] = files
    assert watch.is_set() is ends
    if ends:
        error = watch.error("the copy")
        assert error.name == "disk-full"
        assert f"only {files.f_favail} files could still be made" in error.what


def test_a_backup_reckons_dumps_and_set_on_one_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As doctor and each backup do: the sizes of the dumps reach both who look at the disk."""
    root = root_in(tmp_path)
    host = StillHost("core", machine("core", root=str(root)), root=root)
    ctx, _heard = context(tmp_path, host)
    dump = [MIB]

    def sizes(*_: object) -> dict[str, DumpSize]:
        return {"mongodb": DumpSize(dump[0], "the dump in SET")}

    monkeypatch.setattr(backup, "dump_sizes", sizes)
    monkeypatch.setattr(place, "free_bytes", lambda _folder: 1000 * MIB)

    def told(name: str) -> GuardLine:
        lines = backup.backup_guards(ctx.site, ctx.deployment, ())
        return next(line for line in lines if line.name == name)

    assert told("space").outcome == told("dumps core").outcome == "ok"
    assert "dumps of 1.0 MiB are on the same disk" in told("space").text
    dump[0] = 950 * MIB
    assert told("dumps core").outcome == "failed"
    dump[0] = 680 * MIB
    monkeypatch.setattr(place, "expected_bytes", lambda *_: (300 * MIB, "a scan"))
    monkeypatch.setattr(place, "_scanned", lambda *_, **__: (300 * MIB, "a scan"))
    assert told("dumps core").outcome == "ok"
    assert told("space").outcome == "failed", "each fits by itself, both do not"


def test_files_brought_back_onto_the_platforms_own_disk_end_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They come into its root, where nobody names another folder."""
    made = Platform(tmp_path)
    made.backup()
    begun = made.root / ".pryv-tui/files"
    disk(monkeypatch, lambda: 10 * MIB if begun.exists() else 1 << 34)
    with pytest.raises(PryvTuiError, match="ended in time") as caught:
        bring_back(made, "pryv/core/data")
    assert caught.value.name == "disk-full"


def test_a_copy_made_by_hand_fills_no_platforms_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = core(tmp_path / "by hand")
    (tmp_path / "root").mkdir()
    here = platform_of(host_state("core", "core", root=str(tmp_path / "root")))
    ctx, _heard = context(tmp_path, StillHost("core", machine("core")), deployment=here)
    opening, copying, *_ = adopt_plan(
        found_in(folder), vault=ctx.site.settings.vault, set_id="20260101T000000Z"
    ).steps
    free = [200 * MIB]
    disk(monkeypatch, lambda: free[0])
    with pytest.raises(PryvTuiError, match="space: about"):
        opening.perform(ctx)
    free[0] = 1 << 34
    opening.perform(ctx)
    free[0] = 10 * MIB
    with pytest.raises(PryvTuiError, match="ended in time"):
        copying.perform(ctx)


def test_on_a_disk_of_its_own_a_copy_may_take_nearly_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk(monkeypatch, lambda: 10 * MIB)
    known = platform_of(msgspec.structs.replace(host_state("core", "core", root="/proc")))
    ctx, _heard = context(tmp_path, StillHost("core"), deployment=known)
    assert left_free(ctx, tmp_path) == SPACE_RESERVE
    with ended_in_time(ctx, tmp_path, "the copy") as cancel:
        assert not cancel.is_set()
