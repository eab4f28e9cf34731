"""Mount points below a folder, as the kernel lists them."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.hosts.mounts import mounts_below


def test_a_fresh_folder_has_none(tmp_path: Path) -> None:
    assert mounts_below(tmp_path) == []


def test_the_process_file_system_lies_below_the_root_of_all() -> None:
    found = mounts_below(Path("/"))
    assert Path("/proc") in found
    assert Path("/") not in found
