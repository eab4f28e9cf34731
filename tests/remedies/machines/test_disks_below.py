"""Remedies about disks that are mounted below a root, with real mounts: done as printed."""

from __future__ import annotations

import errno
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pryv_tui import own_folder
from pryv_tui.hosts.deployment import HostState
from pryv_tui.operations.guards.disks import backup_disks, restore_disks
from pryv_tui.operations.guards.line import GuardLine
from pryv_tui.operations.root import trial
from pryv_tui.operations.root.trial import held_in, held_inside, why_fast
from pryv_tui.platform.disks import ROOT
from tests.faults.test_by_hand import blocks, shell, without_docker
from tests.hosts.machines import StillHost
from tests.operations.guards.guarded import core_on, root_in
from tests.operations.kit import context, manifest_of, part, set_of
from tests.remedies.shell import shell_line

DATA = "pryv/core/data"


class Mounts:
    """A root with odd letters in its path, and what a test mounts in it; all of it goes after."""

    def __init__(self, folder: Path) -> None:
        place = folder / "an odd place"
        place.mkdir()
        self.folder = folder
        self.root = root_in(place)
        self.side = folder / "side"
        self.side.mkdir()
        (self.root / DATA).mkdir(parents=True)

    def disk(self, path: str, *content: str) -> Path:
        place = self.root / path
        place.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], capture_output=True)
        if done.returncode:
            pytest.skip("nothing can be mounted here")
        for name in content:
            (place / name).write_text(name)
        return place

    def bind(self, source: Path, path: str, *how: str) -> None:
        subprocess.run(["mount", "--bind", source, self.root / path], check=True)
        if how:
            subprocess.run(["mount", *how, self.root / path], check=True)

    def state(self) -> HostState:
        return core_on(self.root)

    def backup(self, *sets: HostState) -> list[GuardLine]:
        ctx, _ = context(self.folder, StillHost("core"))
        known = [
            set_of(manifest_of(part("core", "core", root=str(self.root), mounts=one.mounted.disks)))
            for one in sets
        ]
        return self._bad(backup_disks(ctx.site, self.state(), known))

    def restore(self, files: Path | None = None) -> list[GuardLine]:
        ctx, _ = context(self.folder, StillHost("core"))
        one = part("core", "core", root=str(self.root))
        where = files or self.folder / "files"
        return self._bad(restore_disks(ctx.site, self.state(), self.root, "SET", one, where))

    @staticmethod
    def _bad(lines: list[GuardLine]) -> list[GuardLine]:
        return [line for line in lines if line.outcome != "ok"]


@pytest.fixture
def mounts(tmp_path: Path) -> Iterator[Mounts]:
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    made = Mounts(tmp_path)
    yield made
    told = Path("/proc/self/mountinfo").read_text().splitlines()
    places = [line.split(" ")[4].replace("\\040", " ") for line in told]
    for place in reversed([one for one in places if one.startswith(f"{tmp_path}/")]):
        subprocess.run(["umount", "--lazy", place], check=True)


def act(remedy: str, word: str) -> None:
    """The last command of that name which a remedy tells, pasted into a shell."""
    found = re.findall(rf"{word} (?:'[^']*'|[^;])*", remedy)
    assert found, remedy
    assert shell_line(found[-1]) == 0, found[-1]


@pytest.mark.parametrize("found", ["right", "wrong"])
def test_another_disk_than_before(mounts: Mounts, found: str) -> None:
    kept = mounts.side
    subprocess.run(["mount", "-t", "tmpfs", "right", kept], check=True)
    mounts.bind(kept, DATA)
    before = mounts.state()
    subprocess.run(["umount", mounts.root / DATA], check=True)
    mounts.disk(DATA, "what it holds")
    (told,) = mounts.backup(before)
    assert "is not the one that was mounted there when" in told.text
    look = told.remedy.partition(": ")[2].partition("; if it is")[0]
    shown = subprocess.run(look, shell=True, capture_output=True, text=True)
    assert "what it holds" in shown.stdout
    if found == "right":
        assert mounts.backup(before, mounts.state()) == [], (
            "take a backup, and this warning goes away"
        )
        return
    act(told.remedy.partition(", and mount")[0], "umount")
    mounts.bind(kept, DATA)
    assert mounts.backup(before) == []


@pytest.mark.parametrize("over", [DATA, "pryv/core"])
def test_a_mount_that_lies_over_another(mounts: Mounts, over: str) -> None:
    place = mounts.disk(DATA, "hidden")
    before = mounts.state()
    mounts.disk(over, "on top")
    (told,) = mounts.backup()
    assert "another mount lies over it" in told.text
    if over != DATA:
        # A set knows that it has to be seen: it is mounted, and what lies over it has to go.
        (told,) = mounts.backup(before)
        assert told.outcome == "failed" and "nothing is mounted" not in told.text
    assert shell_line("findmnt") == 0
    act(told.remedy, "umount")
    assert mounts.backup(before) == []
    assert (place / "hidden").is_file()


@pytest.mark.parametrize("kind", ["a disk", "a bind mount"])
def test_a_disk_that_is_mounted_for_reading_only(mounts: Mounts, kind: str) -> None:
    if kind == "a disk":
        place = mounts.disk(DATA)
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)
    else:
        mounts.bind(mounts.side, DATA, "-o", "remount,bind,ro")
    (told,) = mounts.restore()
    assert told.remedy.startswith("See why (dmesg), then: mount -o remount")
    act(told.remedy, "mount")
    assert mounts.restore() == []
    (mounts.root / DATA / "written").touch()


def test_something_mounted_on_a_file(mounts: Mounts) -> None:
    name = "pryv/core/conf/core.yml"
    (mounts.side / "other").touch()
    mounts.bind(mounts.side / "other", name)
    (told,) = mounts.restore()
    act(told.remedy, "umount")
    assert mounts.restore() == []
    assert (mounts.root / name).read_text()


def test_one_folder_mounted_twice(mounts: Mounts) -> None:
    first = mounts.disk(DATA, "file")
    (mounts.root / "pryv/core/other").mkdir()
    mounts.bind(first, "pryv/core/other")
    (told,) = mounts.restore()
    assert told.remedy.startswith("Unmount one of them for the restore: umount")
    act(told.remedy, "umount")
    assert mounts.restore() == []
    held = [path for path in mounts.root.rglob("file") if path.is_file()]
    assert len(held) == 1, "it is there once"


def test_a_disk_where_the_set_has_no_folder(mounts: Mounts) -> None:
    mounts.disk(DATA)
    files = mounts.folder / "files"
    (files / DATA).parent.mkdir(parents=True)
    (files / DATA).symlink_to("/elsewhere")
    (told,) = mounts.restore(files)
    act(told.remedy, "umount")
    assert mounts.restore(files) == []
    assert [disk.path for disk in mounts.state().mounted.disks] in ([], [ROOT])
    assert shlex.quote(str(mounts.root / DATA)) in told.remedy


# -- what can't be moved -------------------------------------------------------------------------


def test_what_lies_on_a_disk_for_reading_only_names_the_disk(mounts: Mounts) -> None:
    """What can't be moved lies deep in it; only the disk itself can be mounted again."""
    place = mounts.disk(DATA)
    (place / "users/deep").mkdir(parents=True)
    subprocess.run(["mount", "-o", "remount,ro", place], check=True)
    told = why_fast(place / "users/deep", OSError(errno.EROFS, "Read-only file system"))
    act(told.remedy, "mount")
    (place / "users/deep").rename(place / "users/moved")


def test_what_was_mounted_meanwhile_is_unmounted(mounts: Mounts) -> None:
    place = mounts.disk(DATA)
    told = held_in(mounts.root, [])
    assert [Path(one.path) for one in told] == [], "its parent can be moved with it"
    told = [why_fast(place, error) for error in [_renamed(place)] if error is not None]
    assert [one.why for one in told] == ["something was mounted there in the meantime"]
    act(told[0].remedy, "umount")
    assert _renamed(place) is None


def _renamed(place: Path) -> OSError | None:
    try:
        place.rename(place.with_name("moved"))
    except OSError as error:
        return error
    return None


def test_what_holds_a_file_is_seen_and_ended(mounts: Mounts) -> None:
    """For a reason that nobody knows: whoever uses its disk is shown, and what flags it has."""
    place = mounts.disk(DATA, "file")
    told = why_fast(place / "file", OSError(errno.EIO, "Input/output error"))
    flags, users = told.remedy.partition("end that: ")[2].split("; ")
    assert shlex.split(flags) == ["lsattr", "-d", str(place / "file")]
    with (place / "file").open():
        shown = subprocess.run(users, shell=True, capture_output=True, text=True)
        assert str(os.getpid()) in shown.stdout.split()
    shown = subprocess.run(users, shell=True, capture_output=True, text=True)
    assert str(os.getpid()) not in shown.stdout.split()


def test_a_snapshot_among_what_is_released_is_deleted_by_its_own_program(
    mounts: Mounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`btrfs` is a stand-in, over a disk that stands for the snapshot: its delete takes it away."""
    place = mounts.disk("aside/daily")
    monkeypatch.setattr(trial, "snapshot_at", lambda path: path == place)
    (told,) = held_inside([mounts.root / "aside"])
    tools = mounts.folder / "tools"
    tools.mkdir()
    (tools / "btrfs").write_text(
        '#!/bin/sh\n[ "$1 $2" = "subvolume delete" ] && umount "$3" && rmdir "$3"\n'
    )
    (tools / "btrfs").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    assert told.remedy.startswith("If nobody needs it: btrfs subvolume delete ")
    act(told.remedy, "btrfs")
    assert held_inside([mounts.root / "aside"]) == []


def test_what_an_overlay_can_not_rename_is_moved_as_restore_md_says(mounts: Mounts) -> None:
    lower, place = mounts.folder / "lower", mounts.folder / "over"
    work = mounts.disk("work")
    for folder in (lower / "pryv/core", place, work / "upper", work / "work"):
        folder.mkdir(parents=True)
    (lower / "pryv/core/letter").write_text("a letter")
    options = f"lowerdir={lower},upperdir=upper,workdir=work"
    done = subprocess.run(
        ["mount", "-t", "overlay", "overlay", "-o", options, place], cwd=work, capture_output=True
    )
    if done.returncode:
        pytest.skip("no overlay can be mounted here")
    held = held_in(place, [])
    if not held:
        pytest.skip("this kernel's overlay renames what its lower layer holds")
    assert held[0].remedy.startswith("Do it by hand as RESTORE.md in the set says")
    _check, move, _copy = map(without_docker, blocks(place))
    shell(move, ROOT=str(place))
    (aside,) = (place / own_folder.NAME / "aside").iterdir()
    assert (aside / "pryv/core/letter").read_text() == "a letter"
    assert not (place / "pryv").exists()
