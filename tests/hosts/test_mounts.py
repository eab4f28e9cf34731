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
