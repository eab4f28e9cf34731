"""Mount points below a folder, as the kernel lists them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pryv_tui.filesystem import mounts
from pryv_tui.filesystem.mounts import Mounted, disks_of, mounts_below


def test_a_fresh_folder_has_none(tmp_path: Path) -> None:
    assert mounts_below(tmp_path) == []


def test_the_process_file_system_lies_below_the_root_of_all() -> None:
    found = mounts_below(Path("/"))
    assert Path("/proc") in found
    assert Path("/") not in found


@pytest.mark.parametrize("comes", [True, False])
def test_a_disk_that_is_mounted_when_somebody_looks_into_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, comes: bool
) -> None:
    """The mount that waits is no disk, and none that lies hidden below one."""
    place = tmp_path / "pryv/core/data"
    place.mkdir(parents=True)
    known = {"inner": "/", "point": place, "read_only": False}
    waits = Mounted(number=7, kind="autofs", source="systemd-1", **known)  # type: ignore[arg-type]
    disk = Mounted(number=8, kind="ext4", source="/dev/sdb1", **known)  # type: ignore[arg-type]
    there = [waits]

    def looked_into(path: Path) -> object:
        if path == place and comes and disk not in there:
            there.append(disk)
        elif path == place and not comes:
            raise OSError(112, "Host is down")
        return iter(())

    monkeypatch.setattr(mounts, "mounts_here", lambda: list(there))
    monkeypatch.setattr(mounts, "_number_of", lambda path: there[-1].number if path == place else 1)
    monkeypatch.setattr(os, "scandir", looked_into)
    found = disks_of(tmp_path)
    assert [one.kind for one in found.disks[1:]] == (["ext4"] if comes else [])
    assert found.hidden == ()


def test_a_mount_that_lies_hidden_below_another_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    one, other = (
        Mounted(number=n, point=tmp_path / "data", inner="/", kind="ext4", source="x",
                read_only=False)
        for n in (7, 8)
    )  # fmt: skip
    monkeypatch.setattr(mounts, "mounts_here", lambda: [one, other])
    monkeypatch.setattr(mounts, "_number_of", lambda path: 8 if path == tmp_path / "data" else 1)
    found = disks_of(tmp_path)
    assert ([disk.path for disk in found.disks], found.hidden) == ([".", "data"], ("data",))


def test_what_begins_like_a_folder_does_not_lie_below_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does the folder itself. A machine has hundreds of mounts, and this is asked of each for
    each run: no path is taken apart for it."""
    base = tmp_path / "root"
    points = [base, base / "a", base / "a/b", tmp_path / "root2", tmp_path, tmp_path / "roo"]
    for point in points:
        point.mkdir(parents=True, exist_ok=True)
    every = [
        Mounted(number=n, point=point, inner="/", kind="ext4", source="x", read_only=False)
        for n, point in enumerate(points)
    ]
    numbers = {one.point: one.number for one in every}
    monkeypatch.setattr(mounts, "mounts_here", lambda: every)
    monkeypatch.setattr(mounts, "_number_of", lambda path: numbers[path])

    def taken_apart(path: Path) -> None:
        raise AssertionError(path)

    monkeypatch.setattr(Path, "parents", property(taken_apart))
    below, found = mounts_below(base), disks_of(base)
    monkeypatch.undo()
    assert below == [base / "a", base / "a/b"]
    assert [disk.path for disk in found.disks[1:]] == ["a", "a/b"] and found.root_is_mounted
