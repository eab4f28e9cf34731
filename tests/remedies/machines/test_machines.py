"""Remedies about a machine, its disks, its containers, its room: done as they are printed."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from pryv_tui.filesystem.mounts import Below
from pryv_tui.hosts.discovery import discover
from pryv_tui.operations.containers.ending import RoomWatch
from pryv_tui.operations.guards import disks as disk_guards
from pryv_tui.operations.guards import place, room
from pryv_tui.operations.guards.disks import backup_disks
from pryv_tui.operations.guards.host import dump_folder_guard
from pryv_tui.operations.guards.links import links_guard, restored_links
from pryv_tui.operations.guards.room import restore_room
from pryv_tui.operations.overview.overview import attention
from pryv_tui.operations.steps.bringing_back import bring_files
from pryv_tui.operations.steps.bringing_back.close_restore import CloseRestore
from pryv_tui.operations.steps.bringing_back.move_aside import MoveAside
from pryv_tui.operations.stores.room import DumpSize
from pryv_tui.platform.casualties import KINDS
from pryv_tui.platform.disks import Disk
from pryv_tui.practice.machines.compose import Wanted, container_record
from pryv_tui.practice.settings import PracticeForm
from pryv_tui.runs.planning.request import plan_switch
from tests.faults.bench import Bench, NoDisk, lost
from tests.faults.nested import DISKS, bench_on_disks
from tests.helpers import copied
from tests.hosts.machines import StillHost, machine
from tests.operations.guards.guarded import core_on, root_in
from tests.operations.kit import context, deployed, manifest_of, part, set_of
from tests.remedies.kit import program, refusal, typed
from tests.remedies.runs.test_runs import advice, commands, ended
from tests.remedies.shell import commands_in, paste
from tests.runs.test_recovery import Past
from tests.runs.test_switch import POLICY

DOMAIN = "practice.pryv.example"

# -- disks ---------------------------------------------------------------------------------------


@pytest.fixture
def on_disks(tmp_path: Path) -> Iterator[Bench]:
    with ExitStack() as stack:
        try:
            made = stack.enter_context(bench_on_disks(tmp_path, DISKS[:1]))
        except NoDisk as error:
            pytest.skip(str(error))
        yield made


class Away:
    """A disk below the root that is unmounted, and mounted again as `mount PLACE` does it."""

    def __init__(self, bench: Bench) -> None:
        self.place, self.side = bench.root / DISKS[0], bench.root.parent / "side"
        self.side.mkdir()
        subprocess.run(["mount", "--bind", self.place, self.side], check=True)

    def unmount(self) -> None:
        subprocess.run(["umount", "--lazy", self.place], check=True)

    def mount(self, told: str) -> None:
        assert f"mount {self.place}" in told
        subprocess.run(["mount", "--bind", self.side, self.place], check=True)


@pytest.fixture
def away(on_disks: Bench) -> Iterator[Away]:
    made = Away(on_disks)
    try:
        yield made
    finally:
        subprocess.run(["umount", "--lazy", made.side], check=True)


def test_a_disk_that_is_not_mounted_is_mounted(on_disks: Bench, away: Away) -> None:
    away.unmount()
    for kind, words in (("backup", {}), ("restore", {"set_id": on_disks.set_id})):
        end = ended(on_disks.run(kind, **words), 4)
    away.mount(advice(end))
    ended(on_disks.run("restore", set_id=on_disks.set_id), 0)
    assert lost(on_disks.of_set, on_disks.held()) == []


@pytest.mark.parametrize("step", [MoveAside, CloseRestore])
def test_a_disk_that_goes_away_while_a_restore_goes_on(
    on_disks: Bench, away: Away, monkeypatch: pytest.MonkeyPatch, step: Any
) -> None:
    """Mounted again and brought to its end as it is said, nothing of the set is missing."""
    real = step.perform

    def perform(self: Any, ctx: Any) -> None:
        away.unmount()
        real(self, ctx)

    monkeypatch.setattr(step, "perform", perform)
    end = ended(on_disks.run("restore", set_id=on_disks.set_id), 1)
    monkeypatch.setattr(step, "perform", real)
    told = next(line for line in end.next if "Mount it" in line)
    away.mount(told)
    if step is MoveAside:
        ended(on_disks.run("restore", set_id=on_disks.set_id), 0)
    else:
        (command,) = commands(told)
        done = typed(command)
        assert done.exit_code in (0, 3), done.output
    assert lost(on_disks.of_set, on_disks.held()) == []


def test_a_disk_of_fstab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = core_on(root_in(tmp_path))
    monkeypatch.setattr(disk_guards, "declared_below", lambda _root: declared)
    ctx, _ = context(tmp_path, StillHost("core"))

    def bad(state: Any) -> list[Any]:
        return [line for line in backup_disks(ctx.site, state, []) if line.outcome != "ok"]

    declared: tuple[str, ...] = ("pryv/core/data",)
    (told,) = bad(state)
    assert told.remedy.startswith(f"Mount it: mount {state.root}/pryv/core/data; if that disk is")
    here = Below(disks=(Disk(path="."), Disk(path="pryv/core/data")))
    assert bad(msgspec.structs.replace(state, mounted=here)) == []
    assert told.remedy.endswith("or add --without-disk pryv/core/data")
    kept, ctx.site.settings = (
        ctx.site.settings,
        msgspec.structs.replace(ctx.site.settings, without_disks=("pryv/core/data",)),
    )
    assert bad(state) == []
    ctx.site.settings, declared = kept, ()
    assert bad(state) == []


def test_something_that_is_mounted_in_a_dump_folder(tmp_path: Path) -> None:
    state = core_on(root_in(tmp_path))
    inner = "pryv/mongodb/backup/nas"
    there = Below(disks=(Disk(path="."), Disk(path=inner)))
    told = dump_folder_guard(msgspec.structs.replace(state, mounted=there))
    assert told.remedy == f"Mount it elsewhere: umount {state.root}/{inner}"
    assert dump_folder_guard(state).outcome == "ok"


@pytest.mark.parametrize(
    "path",
    ["pryv", "pryv/mongodb", "pryv/mongodb/backup", "pryv/mongodb/data", "pryv/core/data/previews"],
)
def test_a_dump_folder_that_is_a_link(tmp_path: Path, path: str) -> None:
    state = core_on(root_in(tmp_path / "it's odd"))
    assert links_guard(state) == []
    link, away = state.root_path / path, tmp_path / "a disk"
    if link.exists():
        link.rename(away)
    else:
        away.mkdir()
        link.parent.mkdir(exist_ok=True)
    (away / "there").write_text("x")
    link.symlink_to(away)
    dumps = links_guard(state)
    assert [one.outcome for one in dumps] == (
        [] if path.endswith(("data", "previews")) else ["failed"]
    )
    (line,) = restored_links(state, state.root_path, state.layout)
    assert line.outcome == "warning" and str(away) in line.text
    assert [one.remedy for one in dumps] in ([], [line.remedy])
    if os.geteuid() == 0:  # whoever made the link chose where it leads
        os.lchown(link, 4711, 4711)
        (others,) = restored_links(state, state.root_path, state.layout)
        assert [one.remedy for one in links_guard(state)] in ([], [others.remedy])
        words = (
            f"First see what this folder holds, which was chosen by the user 4711: ls -la '{away}'"
        )
        assert others.remedy.replace(shlex.quote(str(away)), f"'{away}'").startswith(words)
        assert others.remedy.endswith(line.remedy)
    done = subprocess.run(["sh", "-c", line.remedy.partition("/etc/fstab): ")[2]], check=False)
    if done.returncode:
        pytest.skip("nothing can be mounted here")
    try:
        assert links_guard(state) == restored_links(state, state.root_path, state.layout) == []
        assert (link / "there").read_text() == "x"
    finally:
        subprocess.run(["umount", link], check=True)


def test_a_data_folder_of_redis_that_is_a_link(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "pryv/redis").mkdir(parents=True)
    containers = machine("register", root=str(root))
    (state,) = discover([StillHost("register", containers, root=root)]).hosts
    assert links_guard(state) == []
    (root / "pryv/redis/data").symlink_to(tmp_path)
    (line,) = links_guard(state)
    assert "no data of redis" in line.text


# -- room ----------------------------------------------------------------------------------------


def test_room_is_freed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state, free = core_on(root_in(tmp_path)), [1000]
    monkeypatch.setattr(place, "free_bytes", lambda _folder: free[0])
    one = part("core", "core")

    def lines() -> list[Any]:
        sizes = {"mongodb": DumpSize(bytes=5000, source="its files")}
        found = restore_room(state, state.root_path, one, tmp_path / "none", kept=False)
        return [dump_folder_guard(state, sizes), found]

    assert [line.remedy for line in lines()] == [
        "Free space on that disk: the databases stop when it is full.",
        "Free space there: content moved aside stays on the disk until you release it.",
    ]
    free[0] = 1 << 40
    assert [line.outcome for line in lines()] == ["ok", "ok"]
    assert room


def test_a_dump_that_was_ended_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = [1 << 20]

    def usage(_folder: object) -> Any:
        return SimpleNamespace(total=1 << 40, free=free[0])

    monkeypatch.setattr("shutil.disk_usage", usage)
    watch = RoomWatch(tmp_path)
    assert watch.is_set()
    told = watch.error("mongodump")
    assert told.remedy.startswith("Free space there, or enlarge that disk: 192.0 MiB of it have to")
    free[0] = 193 << 20
    assert not RoomWatch(tmp_path).is_set()


def test_a_dump_that_was_ended_for_its_files(tmp_path: Path) -> None:
    mount = ["mount", "-t", "tmpfs", "-o", "nr_inodes=8100,size=256m", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        for number in range(6200):
            (tmp_path / str(number)).touch()
        watch = RoomWatch(tmp_path)
        assert watch.is_set()
        told = watch.error("mongodump")
        assert told.name == "disk-full" and "files could still be made" in told.what
        assert told.remedy.startswith("Remove small files there that nobody needs (df -i tells")
        for number in range(1000):
            (tmp_path / str(number)).unlink()
        assert not RoomWatch(tmp_path).is_set()
    finally:
        subprocess.run(["umount", tmp_path], check=True)


# -- containers ----------------------------------------------------------------------------------


def test_a_restart_policy_is_given_back(tmp_path: Path) -> None:
    past = Past(tmp_path)
    past.run("restore", POLICY, end="failed")
    told = refusal(lambda: plan_switch(past.site, discover(past.hosts), "start", "core"))
    assert told.remedy == "Set it again first: docker update --restart always pryvio_core"
    host = past.hosts[0]
    given = [
        msgspec.structs.replace(each, restart_policy="always") for each in host.engine.containers()
    ]
    back = StillHost("core", given, root=host.root_hint)
    assert plan_switch(past.site, discover([back, past.hosts[1]]), "start", "core").steps


def test_faults_of_a_practice_platform_are_ended(tmp_path: Path) -> None:
    platform = copied.new(tmp_path / "p", users=0, attachments=0)
    engine = platform.hosts[0].engine
    for fault, act, words in (
        ("container-will-not-stop", engine.stop, "Look at the container and the engine's log"),
        ("container-will-not-start", engine.start, "Free port 443 of "),
    ):
        platform.faults.set(fault)
        if act == engine.start:
            engine.stop("pryvio_hfs")
        told = refusal(lambda act=act: act("pryvio_hfs"))  # type: ignore[misc]
        assert told.remedy.startswith(words)
        if act == engine.start:
            assert "containers start pryvio_hfs --host " in told.remedy and "443" in told.remedy
        platform.faults.clear()
        act("pryvio_hfs")
    assert next(c for c in engine.containers() if c.name == "pryvio_hfs").running
    platform.faults.set("engine-gone")
    platform.faults.trip("engine-gone")
    told = refusal(engine.containers)
    assert typed(told.remedy[told.remedy.index("pryv-tui") :]).exit_code == 0
    assert engine.containers()


def test_what_has_to_run_for_life_to_go_on(tmp_path: Path) -> None:
    platform = copied.new(tmp_path / "p", users=0, attachments=0)
    told = refusal(lambda: platform.grow(attachments=1))
    assert told.remedy == "Grow users first."
    engine = platform.hosts[0].engine
    engine.stop("pryvio_register")
    told = refusal(lambda: platform.grow(users=1))
    _, _, command = told.remedy.partition("try again: ")
    done = typed(command)
    assert done.exit_code in (0, 3), done.output
    engine.pause("pryvio_register")
    told = refusal(lambda: platform.grow(users=1))
    assert told.remedy == "A backup with --hold resumes it by itself: wait for its end."
    engine.unpause("pryvio_register")
    platform.grow(users=1)
    platform.grow(attachments=1)


def test_a_mount_outside_a_practice_platform(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()

    def record(source: Path) -> Any:
        wanted = Wanted(
            name="core",
            container="pryvio_core",
            image="i",
            volumes=((str(source), "/app/data", False),),
            environment=(),
        )
        return container_record(wanted, root / "pryv.yml", root)

    told = refusal(lambda: record(tmp_path / "elsewhere"))
    assert told.remedy == f"Name a folder in {root} there."
    assert record(root / "data").mounts


# -- sets ----------------------------------------------------------------------------------------


def test_a_backup_of_one_role_alone() -> None:
    here = deployed("core", "register")
    alone = set_of(manifest_of(part("core", "core")))
    both = set_of(manifest_of(part("core", "core"), part("register", "register")))
    (told,) = [one for one in attention(here, (alone,), alone) if "does not hold" in one.text]
    assert told.remedy.endswith("to keep the gap between them smallest: pryv-tui backup")
    assert not [one for one in attention(here, (both,), both) if "does not hold" in one.text]


def test_single_files_and_a_lost_platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said of options and places, one after the other on one platform."""
    bench = Bench(tmp_path)
    here = ("--practice", bench.platform.folder)
    files = ("restore", bench.set_id, "--files", "pryv/pryv.yml")
    done = program(*files, "--confirm", DOMAIN, *here)
    assert done.exit_code == 2 and "Omit them, or --files." in done.stderr
    assert program("plan", "restore", bench.set_id, *here).exit_code == 0

    real, full = place.free_bytes, tmp_path / "full"
    monkeypatch.setattr(
        bring_files, "free_bytes", lambda path: 10 if full in path.parents else real(path)
    )
    words: dict[str, Any] = {"set_id": bench.set_id, "files": ("pryv/pryv.yml",)}
    end = ended(bench.run("files", **words, to=str(full)), 1)
    assert "Name a folder on another disk with --to." in advice(end)
    ended(bench.run("files", **words, to=str(tmp_path / "other")), 0)

    partial = bench.site.vault.folder / "20250101T000000Z.partial"
    partial.mkdir()
    done = program("audit", "20250101T000000Z", *here)
    assert "Choose a complete set: pryv-tui" in done.stderr, done.output
    listed = typed(commands(done.stderr)[0])
    assert bench.set_id in listed.output
    assert program("audit", bench.set_id, *here).exit_code in (0, 3)

    bench.platform.wipe("all")
    empty = program("doctor", *here, "--vault", tmp_path / "no sets")
    assert "to bring one back, name the vault with its sets: --vault DIR." in empty.output
    named = program("doctor", *here, "--vault", bench.site.vault.folder)
    assert f"restore {bench.set_id} --confirm {DOMAIN}" in named.output


def test_register_is_stopped_so_that_no_name_is_taken(tmp_path: Path) -> None:
    """By the words that stand beside names that look free, on a machine and on a cluster."""
    (remedy,) = [one.remedy for one in KINDS if one.name == "core_only"]
    (line,) = commands_in(remedy)
    forms: tuple[PracticeForm, ...] = ("single-node", "cluster")
    for form in forms:
        platform = copied.new(tmp_path / form, users=0, attachments=0, form=form)
        said = paste(f"{line} --practice {platform.folder}")
        assert said.exit == 0, said.out + said.err
        standing = {
            each.name: each.running for host in platform.hosts for each in host.engine.containers()
        }
        assert not standing["pryvio_register"]
        assert standing["pryvio_core"]
