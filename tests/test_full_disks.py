"""A remedy that speaks of the disk that the message names has a message that names one."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from pryv_tui.filesystem.paths import its_disk, write_failed
from pryv_tui.vault.vault import vault_error

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
