"""What comes back with rights of its own is named."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pryv_tui.filesystem.privileges import privileged
from pryv_tui.operations.sets.strangers import SHOWN
from pryv_tui.operations.steps.sets.verify_set import tell_rights

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
NET_RAW = struct.pack("<IIIII", 0x02000001, 1 << 13, 0, 0, 0)
"""vfs_cap_data of capabilities(7), revision 2."""


def tree(folder: Path) -> Path:
    (folder / "a/b").mkdir(parents=True)
    for name in ("plain", "a/setuid", "a/b/setgid", "a/b/lock"):
        (folder / name).write_text("x")
    (folder / "a/setuid").chmod(0o4755)
    (folder / "a/b/setgid").chmod(0o2755)
    (folder / "a/b/lock").chmod(0o2644)
    (folder / "a/b").chmod(0o2755)
    (folder / "link").symlink_to("a/setuid")
    return folder


def test_bits_of_files_alone(tmp_path: Path) -> None:
    found = dict(privileged(tree(tmp_path)))
    assert set(found) == {b"a/setuid", b"a/b/setgid"}
    assert f"the user {os.geteuid()} (setuid)" in found[b"a/setuid"]
    assert "(setgid)" in found[b"a/b/setgid"]


def test_what_is_passed_over(tmp_path: Path) -> None:
    assert list(privileged(tree(tmp_path), passed=(b"a/setuid", b"a/b"))) == []


@needs_root
def test_attributes_too(tmp_path: Path) -> None:
    for name, attribute, value in (
        ("can", "security.capability", NET_RAW),
        ("trusted", "trusted.overlay.opaque", b"y"),
        ("harmless", "user.note", b"n"),
    ):
        (tmp_path / name).write_text("x")
        try:
            os.setxattr(tmp_path / name, attribute, value)
        except OSError as error:
            pytest.skip(f"no {attribute} here: {error.strerror}")
    found = dict(privileged(tmp_path))
    assert set(found) == {b"can", b"trusted"}
    assert "capabilities" in found[b"can"] and "trusted" in found[b"trusted"]


def test_a_restore_names_the_first_and_counts_the_rest(tmp_path: Path) -> None:
    warned: list[str] = []
    ctx: Any = SimpleNamespace(warn=warned.append, check_cancelled=lambda: None)
    tell_rights(ctx, "core", tree(tmp_path / "some"))
    assert len(warned) == 2
    assert "core: a/setuid runs as the user" in "".join(warned)
    warned.clear()
    (tmp_path / "many").mkdir()
    for number in range(SHOWN + 5):
        path = tmp_path / "many" / f"{number:03d}"
        path.touch()
        path.chmod(0o4755)
    tell_rights(ctx, "core", tmp_path / "many")
    assert len(warned) == SHOWN + 1
    assert f"{SHOWN + 5} files" in warned[-1]
