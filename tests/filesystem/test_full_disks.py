"""A remedy that speaks of the disk that the message names has a message that names one."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.paths import its_disk, telling_disk, write_failed
from pryv_tui.vault.files.copier import FileCopier
from pryv_tui.vault.vault import vault_error
from tests.vault.engine import copy_tree, use

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_the_disk_is_named_by_where_it_is_mounted(tmp_path: Path) -> None:
    mount = next(str(p) for p in (tmp_path, *tmp_path.parents) if p.is_mount())
    named = f"its disk is mounted on {mount}"
    assert its_disk(tmp_path) == its_disk(bytes(tmp_path / "no such/file")) == named
    assert its_disk("/proc/self/status") == "its disk is mounted on /proc"
    for told in (
        write_failed(bytes(tmp_path / "file"), FULL),
        vault_error(tmp_path, FULL),
        write_failed(bytes(tmp_path / "file"), OSError(errno.EDQUOT, "Disk quota exceeded")),
    ):
        assert told.name == "disk-full"
        assert "the disk that the message names" in told.remedy
        assert named in told.what


@pytest.mark.parametrize("workers", [0, 2])
def test_a_copy_names_the_disk_that_it_writes_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    """Wherever the command was given; whoever of the copy's workers met it."""
    if workers:
        use(monkeypatch, alone_files=-1, workers=workers, native=False)

    def full(_self: object, place: Any, *_given: Any, **_more: Any) -> int:
        raise write_failed(place.path, FULL)

    monkeypatch.setattr(FileCopier, "_create", full)
    (tmp_path / "root/below").mkdir(parents=True)
    (tmp_path / "root/below/file").write_text("content")
    monkeypatch.chdir("/proc")
    with pytest.raises(PryvTuiError) as failed:
        copy_tree(tmp_path / "root", tmp_path / "copy")
    assert failed.value.name == "disk-full"
    assert "writing below/file: " in failed.value.what
    assert failed.value.what.endswith(its_disk(tmp_path))
    assert failed.value.what.count("mounted on") == 1
    assert "/proc" not in failed.value.what


def test_a_disk_is_named_once_and_no_other_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a path in a tree alone none is named; what has a name keeps it."""
    monkeypatch.chdir("/proc")
    assert "mounted" not in write_failed(b"below/file", FULL).what
    for path in (b"/proc/file", b"below/file"):
        with pytest.raises(PryvTuiError) as failed, telling_disk(tmp_path):
            raise write_failed(path, FULL)
        named = its_disk("/proc" if path.startswith(b"/") else tmp_path)
        assert failed.value.what.endswith(f"; {named}")
        assert failed.value.what.count("mounted on") == 1
    with pytest.raises(PryvTuiError) as failed, telling_disk(tmp_path):
        raise PryvTuiError("step-failed", "something else")
    assert failed.value.what == "something else"
