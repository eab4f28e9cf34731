"""RESTORE.md by hand, over disks that are mounted below the root: its shell lines are run."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pryv_tui import own_folder
from pryv_tui.operations.root.by_hand import moving_lines, returning_lines
from pryv_tui.platform.disks import Disk
from pryv_tui.vault.guide.page import restore_guide
from tests.faults.bench import NoDisk, small_disk
from tests.operations.kit import manifest_of, part
from tests.operations.root.test_aside_disks import DISKS, fill, now

MOUNTS = tuple(Disk(path=path, kind="tmpfs", source="tmpfs") for path in (".", *DISKS))


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "a root with blanks"
    with ExitStack() as stack:
        try:
            for disk in DISKS:
                stack.enter_context(small_disk(place / disk, 1))
        except NoDisk as error:
            pytest.skip(str(error))
        yield place


def shell(*lines: str, **variables: str) -> str:
    done = subprocess.run(
        ["sh", "-e", "-u", "-c", "\n".join(lines)],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], **variables},
        check=True,
    )
    return done.stdout + done.stderr


def blocks(root: Path) -> list[str]:
    """The shell blocks of a set's guide that touch files alone, in their order."""
    manifest = manifest_of(part("one", "core", root=str(root), mounts=MOUNTS))
    found = re.findall(r"```sh\n(.*?)```", restore_guide(manifest), flags=re.DOTALL)
    return [block for block in found if "mountpoint" in block or "cp -a" in block]


def without_docker(block: str) -> str:
    return "\n".join(line for line in block.splitlines() if not line.startswith("docker"))


def test_by_hand_each_disks_content_is_moved_on_that_disk(root: Path, tmp_path: Path) -> None:
    former = fill(root, "former")
    (root / "pryv/with\nline").write_text("odd")
    (root / ".hidden").write_text("hidden")
    (root / DISKS[0] / "lost+found").mkdir()
    devices = {disk: (root / disk).stat().st_dev for disk in DISKS}
    check, move, copy = map(without_docker, blocks(root))
    assert shell(check, ROOT=str(root)) == ""
    shell(move, ROOT=str(root))
    left = [
        path for path in root.rglob("*") if path.is_file() and own_folder.NAME not in path.parts
    ]
    assert left == []
    (aside,) = (root / own_folder.NAME / "aside").iterdir()
    assert (aside / "pryv/with\nline").read_text() == "odd"
    assert (aside / ".hidden").is_file()
    assert (aside / "pryv/core/conf/c.yml").is_file()
    for disk in DISKS:
        (there,) = (root / disk / own_folder.NAME / "aside").iterdir()
        assert (there / "a").read_text() == f"former {disk}/a"
    assert (root / DISKS[0] / "lost+found").is_dir()
    # What the set holds lands on the disks.
    source = tmp_path / "set/one/files"
    for name in former:
        if not name.startswith("mode of"):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_text("of the set")
    lines = [line for line in copy.splitlines() if line.startswith("cp ")]
    shell(*lines, ROOT=str(root), SET=str(source.parent))
    assert {disk: (root / disk).stat().st_dev for disk in DISKS} == devices
    assert (root / DISKS[1] / "a").read_text() == "of the set"
    assert (root / DISKS[1] / "a").stat().st_dev == devices[DISKS[1]]


def test_by_hand_a_disk_that_is_not_mounted_is_named_first(root: Path) -> None:
    check = blocks(root)[0]
    subprocess.run(["umount", root / DISKS[2]], check=True)
    try:
        assert DISKS[2] in shell(check, ROOT=str(root))
        assert DISKS[0] not in shell(check, ROOT=str(root))
    finally:
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", root / DISKS[2]], check=True)


def test_by_hand_a_root_without_disks_is_moved_as_ever(tmp_path: Path) -> None:
    root = tmp_path / "plain"
    fill(root, "former")
    before = sorted(p.read_text() for p in root.rglob("*") if p.is_file())
    shell(without_docker(blocks(root)[1]), ROOT=str(root))
    assert [entry.name for entry in root.iterdir()] == [own_folder.NAME]
    (aside,) = (root / own_folder.NAME / "aside").iterdir()
    assert (aside / "pryv/core/data/users/deep/a").is_file()
    assert sorted(p.read_text() for p in aside.rglob("*") if p.is_file()) == before


def test_the_commands_that_a_plan_shows_do_the_same(root: Path) -> None:
    former = fill(root, "former")
    aside = f"{root}/{own_folder.NAME}/aside/RUN"
    shell(*moving_lines(str(root), aside, DISKS))
    assert [p for p in root.rglob("*") if p.is_file() and own_folder.NAME not in p.parts] == []
    assert (root / DISKS[1] / own_folder.NAME / "aside/RUN/a").is_file()
    shell(*returning_lines(str(root), aside, DISKS))
    assert now(root) == former
