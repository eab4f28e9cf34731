"""Disks mounted below the root: taken along, restored into, given back, and never silently lost."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from pryv_tui import own_folder
from pryv_tui.cli.main import cli
from pryv_tui.operations.guards import doctor
from pryv_tui.operations.root.aside import disks_of_aside
from pryv_tui.runs.planning.request import plan_backup, plan_restore
from tests.faults.bench import Bench, NoDisk, lost, remount, small_disk
from tests.faults.nested import DISKS, bench_on_disks


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with ExitStack() as stack:
        try:
            made = stack.enter_context(bench_on_disks(tmp_path))
        except NoDisk as error:
            pytest.skip(str(error))
        yield made


def devices(root: Path) -> dict[str, int]:
    return {disk: (root / disk).stat().st_dev for disk in DISKS}


def of_ours(root: Path) -> list[str]:
    """What lies in our folders, files alone."""
    return sorted(
        str(path.relative_to(root))
        for path in root.rglob("*")
        if own_folder.NAME in path.relative_to(root).parts
        and path.is_file()
        and not path.is_symlink()
    )


def test_the_set_knows_the_disks_and_they_are_shown(bench: Bench) -> None:
    (backup,) = bench.complete()
    assert backup.manifest is not None
    (part,) = backup.manifest.hosts
    assert [disk.path for disk in part.mounts] == [".", *sorted(DISKS)]
    assert all(disk.kind == "tmpfs" for disk in part.mounts[1:])
    assert not list(backup.folder.rglob(own_folder.NAME)), "our folders never travel"
    lines = doctor(bench.site, bench.site.discover())
    (line,) = [line for line in lines if line.name.startswith("disks")]
    assert line.outcome == "ok"
    assert all(disk in line.text for disk in DISKS)
    for plan in (
        plan_backup(bench.site, bench.site.discover()),
        plan_restore(bench.site, bench.site.discover(), bench.set_id),
    ):
        assert all(any(disk in line for line in plan.effects) for disk in DISKS), plan.effects
    words = ["verify", bench.set_id, "--practice", str(bench.platform.folder)]
    told = CliRunner().invoke(cli, words)
    assert told.exit_code == 0, told.output
    assert all(f"{disk} was a separate disk" in told.output for disk in DISKS)
    guide = (backup.folder / "RESTORE.md").read_text()
    assert all(disk in guide for disk in DISKS)


def test_backup_loss_restore_undo(bench: Bench) -> None:
    ran, mounted = bench.running(), devices(bench.root)
    done = bench.run("restore", set_id=bench.set_id)
    assert done is not None and done.exit == 0, done
    assert lost(bench.of_set, bench.held()) == []
    assert devices(bench.root) == mounted, "what was mounted is mounted"
    aside = bench.root / own_folder.NAME / "aside" / done.run
    assert disks_of_aside(aside) == tuple(sorted(DISKS))
    assert all((bench.root / d / own_folder.NAME / "aside" / done.run).is_dir() for d in DISKS)
    assert any("is still a separate disk" in line for line in done.checks)
    again = bench.run("backup")
    assert again is not None and again.exit == 0, again
    found = bench.of_backup(bench.complete()[-1])
    files = {name: what for name, what in bench.of_set.items() if name.startswith("file ")}
    assert lost(files, found) == []
    assert not [name for name in found if own_folder.NAME in name], "without what lies aside"
    undo = bench.run("undo", undone_run=done.run)
    assert undo is not None and undo.exit == 0, undo
    assert lost(bench.lived, bench.held()) == []
    assert (bench.running(), devices(bench.root)) == (ran, mounted)
    assert of_ours(bench.root), "what the restore had put there lies aside"
    released = bench.run("release", released_run=undo.run)
    assert released is not None and released.exit == 0, released
    assert of_ours(bench.root) == []
    assert lost(bench.lived, bench.held()) == []


def test_a_release_of_what_lies_on_several_disks_removes_all_of_it(bench: Bench) -> None:
    done = bench.run("restore", set_id=bench.set_id)
    assert done is not None and done.exit == 0, done
    released = bench.run("release", released_run=done.run)
    assert released is not None and released.exit == 0, released
    assert of_ours(bench.root) == []
    assert lost(bench.of_set, bench.held()) == []


class TestADiskThatIsNotMounted:
    @pytest.fixture
    def unmounted(self, bench: Bench) -> Iterator[Bench]:
        """The disk of MongoDB's data is away; nothing else is."""
        place = bench.root / DISKS[2]
        subprocess.run(["umount", "--lazy", place], check=True)
        yield bench
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], check=True)

    def test_no_backup_is_taken_of_it(self, unmounted: Bench) -> None:
        end = unmounted.run("backup")
        assert end is not None and (end.exit, end.outcome) == (4, "refused"), end
        assert DISKS[2] in end.what and "mounted" in end.what
        assert any("--without-disk" in line for line in end.next)
        assert len(unmounted.complete()) == 1

    def test_no_restore_goes_onto_the_roots_own_disk(self, unmounted: Bench) -> None:
        before = sorted(unmounted.root.rglob("*"))
        end = unmounted.run("restore", set_id=unmounted.set_id)
        assert end is not None and (end.exit, end.outcome) == (4, "refused"), end
        assert "mount " in " ".join(end.next)
        assert sorted(unmounted.root.rglob("*")) == before

    def test_somebody_who_says_that_there_is_none_any_more_is_believed(
        self, unmounted: Bench
    ) -> None:
        from tests.faults.nested import see_the_disks

        see_the_disks(unmounted.platform.hosts[0])
        settings = msgspec.structs.replace(unmounted.settings, without_disks=(DISKS[2],))
        unmounted.settings = settings
        end = unmounted.run("restore", set_id=unmounted.set_id)
        assert end is not None and end.exit == 0, end
        assert lost(unmounted.of_set, unmounted.held()) == []
        end = unmounted.run("backup")
        assert end is not None and end.exit == 0, end
        unmounted.settings = msgspec.structs.replace(settings, without_disks=())
        end = unmounted.run("backup")
        assert end is not None and end.exit == 0, "the newest set knows no such disk any more"


def test_what_lies_aside_on_a_disk_that_is_away_is_neither_put_back_nor_released(
    bench: Bench,
) -> None:
    done = bench.run("restore", set_id=bench.set_id)
    assert done is not None and done.exit == 0, done
    place = bench.root / DISKS[2]
    with small_disk(place, 1):  # another, empty one lies over it
        ran = bench.running()
        for kind, words in (
            ("undo", {"undone_run": done.run}),
            ("release", {"released_run": done.run}),
        ):
            end = bench.run(kind, **words)
            assert end is not None and end.exit in (1, 4), end
            assert str(place) in end.what and "mount" in " ".join(end.next)
            assert bench.running() == ran, "nothing was stopped"
    undo = bench.run("undo", undone_run=done.run)
    assert undo is not None and undo.exit == 0, undo
    assert lost(bench.lived, bench.held()) == []


def test_a_disk_for_reading_only_is_refused_before_anything_stops(bench: Bench) -> None:
    ran = bench.running()
    place = bench.root / DISKS[1]
    remount(place, "ro")
    try:
        end = bench.run("restore", set_id=bench.set_id)
    finally:
        remount(place, "rw")
    assert end is not None and (end.exit, end.outcome) == (4, "refused"), end
    assert DISKS[1] in end.what and "read-only" in end.what
    assert bench.running() == ran
    assert lost(bench.lived, bench.held()) == []


def test_a_file_that_something_is_mounted_on_is_named_with_what_to_do(bench: Bench) -> None:
    file = bench.root / "pryv/nginx/conf/site.conf"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    subprocess.run(["mount", "--bind", bench.root / "pryv/pryv.yml", file], check=True)
    try:
        end = bench.run("restore", set_id=bench.set_id)
    finally:
        subprocess.run(["umount", file], check=True)
    assert end is not None and (end.exit, end.outcome) == (4, "refused"), end
    assert str(file) in end.what
    assert f"umount {file}" in " ".join(end.next)


def test_a_dump_folder_may_be_a_disk_of_its_own(tmp_path: Path) -> None:
    with ExitStack() as stack:
        try:
            bench = stack.enter_context(bench_on_disks(tmp_path, ("pryv/mongodb/backup",)))
        except NoDisk as error:
            pytest.skip(str(error))
        dump = bench.root / "pryv/mongodb/backup"
        (dump / "by-hand").mkdir()
        (dump / "by-hand/x.bson").write_bytes(b"an operator's")
        (dump / "lost+found").mkdir()
        end = bench.run("backup")
        assert end is not None and end.exit == 0, end
        assert (dump / "by-hand/x.bson").read_bytes() == b"an operator's"
        assert (dump / "lost+found").is_dir()
        assert os.path.ismount(dump)
        kept = bench.complete()[-1].folder
        assert not list(kept.rglob("by-hand")) and not list(kept.rglob("lost+found"))
        done = bench.run("restore", set_id=end.set)
        assert done is not None and done.exit == 0, done
        assert lost(bench.lived, bench.held()) == []
        undo = bench.run("undo", undone_run=done.run)
        assert undo is not None and undo.exit == 0, undo
        assert (dump / "by-hand/x.bson").read_bytes() == b"an operator's"


def test_a_folder_of_the_same_disk_may_be_mounted_below_the_root(tmp_path: Path) -> None:
    """`mount --bind`: its device has the number of the root's, and nothing is renamed across."""
    from pryv_tui.practice.platform import PracticePlatform
    from tests.faults.nested import see_the_disks

    made = PracticePlatform.create(tmp_path / "platform", users=3, attachments=3)
    (host,) = made.hosts
    assert host.root_hint is not None
    place, elsewhere = host.root_hint / "pryv/core/data", tmp_path / "elsewhere"
    place.rename(elsewhere)
    place.mkdir()
    done = subprocess.run(["mount", "--bind", elsewhere, place], capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip(done.stderr.decode())
    try:
        see_the_disks(host)
        bench = Bench(tmp_path, made=PracticePlatform.open(made.folder))
        end = bench.run("restore", set_id=bench.set_id)
        assert end is not None and end.exit == 0, end
        assert lost(bench.of_set, bench.held()) == []
        assert (elsewhere / own_folder.NAME / "aside" / end.run).is_dir()
        undo = bench.run("undo", undone_run=end.run)
        assert undo is not None and undo.exit == 0, undo
        assert lost(bench.lived, bench.held()) == []
    finally:
        subprocess.run(["umount", place], check=True)
