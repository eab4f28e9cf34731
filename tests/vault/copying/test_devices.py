"""The same disk by another number: nothing is copied twice, and nothing believed that isn't so."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.filesystem.mounts import disks_of
from pryv_tui.operations.guards import place
from pryv_tui.operations.root.devices import device_words, first_device, looked_up, with_devices
from pryv_tui.platform.disks import Disk
from pryv_tui.vault.copying.parent import Parent
from pryv_tui.vault.files.types import CopyResult
from pryv_tui.vault.lists.index import digest_of_list
from tests.hosts.machines import StillHost
from tests.operations.kit import context, host_state
from tests.vault.copying.previous.increments import backup, base
from tests.vault.engine import at_once, copy_tree, use


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, settled_ns=-(10**20), sync=at_once)


def tree(folder: Path, folders: int = 3) -> int:
    """Folders in folders; how many files there are."""
    for number in range(folders):
        place = folder / f"d{number}/e"
        place.mkdir(parents=True)
        for name in ("a", "b"):
            (place / name).write_text(f"{number} {name}")
            (place.parent / name).write_text(f"{number} {name} above")
    return folders * 4


def renumbered(part: Path, by: int = 7) -> int:
    """Have a list say that its disk had another number; that number."""
    lines = []
    old = 0
    for line in (part / "INDEX").read_bytes().splitlines():
        if not line.startswith(b"walk"):
            mark, device, *rest = line.split()
            old = int(device) + by
            line = b" ".join([mark, b"%d" % old, *rest])
        lines.append(line + b"\n")
    (part / "INDEX").write_bytes(b"".join(lines))
    return old


def again(source: Path, part: Path, former: Parent) -> CopyResult:
    part.mkdir(mode=0o700)
    return copy_tree(
        source,
        part / "files",
        sums=part / "SHA256SUMS",
        index=part / "INDEX",
        parent=former,
    )


def disk(**words: Any) -> Disk:
    return Disk(path=".", **words)


@pytest.mark.parametrize("folders", [3, 400])
def test_a_disk_that_is_known_by_another_number_is_linked_to(tmp_path: Path, folders: int) -> None:
    source, one = tmp_path / "source", tmp_path / "one"
    files = tree(source, folders)
    backup(source, one)
    old = renumbered(one)
    assert first_device(one) == old
    now = source.stat().st_dev
    known = with_devices(
        base(one), [disk(device=old, identity="ext4:u")], [disk(device=now, identity="ext4:u")]
    )
    assert not known.unsure
    assert "the same disk" in device_words(known, "/r")
    assert again(source, tmp_path / "two", known).linked_files == files
    assert again(source, tmp_path / "three", base(one)).linked_files == 0, "unless it is told"


def test_what_is_not_known_for_certain_is_compared_and_linked(tmp_path: Path) -> None:
    source, one = tmp_path / "source", tmp_path / "one"
    files = tree(source)
    backup(source, one)
    old = renumbered(one)
    now = source.stat().st_dev
    for before in ([disk(device=old)], [disk(device=old, identity="ext4:another")]):
        found = with_devices(base(one), before, [disk(device=now)])
        assert found.unsure and "compared" in device_words(found, "/r")
    found = looked_up(base(one), source)  # a set from before its disks were written down
    assert found.unsure and found.moved == ((old, now),)
    assert again(source, tmp_path / "two", found).linked_files == files


@pytest.mark.parametrize("told", [True, False])
def test_no_room_is_asked_for_what_will_be_linked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    """Else a vault with little room would refuse a backup that takes none; nor is any asked for
    snapshots, which are not taken."""
    source, one = tmp_path / "source", tmp_path / "one"
    tree(source)
    backup(source, one)
    (source / ".snapshots").mkdir()
    (source / ".snapshots/before").write_text("x" * 5000)
    old, now = renumbered(one), source.stat().st_dev
    former = base(one)
    if told:
        former = with_devices(former, [disk(device=old)], [disk(device=now)])
    ctx, _heard = context(tmp_path, StillHost("web", [], root=source))
    state = host_state("web", "static-web", root=str(source))
    monkeypatch.setattr(place, "free_bytes", lambda _folder: 0)
    for parents, needed in (({}, "72 Bytes"), ({"web": former}, "0 Bytes")):
        monkeypatch.setattr(place, "parents_for", lambda *_a, found=parents, **_k: found)
        line = place.space_guard(ctx.site, [state], full=False)
        assert f"about {needed} needed" in line.text


def test_another_disk_s_file_that_seems_the_same_is_not_linked(tmp_path: Path) -> None:
    """Numbers and times of another disk may be the same by chance; the content is not."""
    source, one = tmp_path / "source", tmp_path / "one"
    files = tree(source)
    backup(source, one)
    other = source / "d1/a"
    size = other.stat().st_size
    times = other.stat()
    other.write_bytes(b"X" * size)
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    now = other.stat()
    lines = (one / "INDEX").read_bytes().splitlines(keepends=True)
    for at, line in enumerate(lines):
        if line.split()[2:3] == [b"%d" % now.st_ino]:
            head = line.split()[:5]
            lines[at] = b" ".join([*head, b"%d" % now.st_ctime_ns]) + b"\n"
    (one / "INDEX").write_bytes(b"".join(lines))
    old = renumbered(one)
    found = with_devices(base(one), [disk(device=old)], [disk(device=now.st_dev)])
    result = again(source, tmp_path / "two", found)
    assert result.linked_files == files - 1
    assert (tmp_path / "two/files/d1/a").read_bytes() == b"X" * size


def test_the_same_number_of_another_disk_is_compared(tmp_path: Path) -> None:
    source, one = tmp_path / "source", tmp_path / "one"
    tree(source)
    backup(source, one)
    number = source.stat().st_dev
    found = with_devices(
        base(one), [disk(device=number, identity="a")], [disk(device=number, identity="b")]
    )
    assert found.unsure
    same = with_devices(base(one), [disk(device=number)], [disk(device=number)])
    assert not same.unsure and device_words(same, "/r") == ""


def test_two_disks_that_have_exchanged_their_numbers(tmp_path: Path) -> None:
    one = tmp_path / "one"
    one.mkdir()
    (one / "INDEX").write_bytes(b"walk 0\n")
    (one / "SHA256SUMS").write_bytes(b"")
    before = [Disk(path=".", device=1, identity="a"), Disk(path="d", device=2, identity="b")]
    now = [Disk(path=".", device=2, identity="a"), Disk(path="d", device=1, identity="b")]
    found = with_devices(base(one), before, now)
    assert dict(found.moved) == {1: 2, 2: 1}
    assert not found.unsure


@contextmanager
def looped(image: Path, place: Path) -> Iterator[Path]:
    """An image's file system, mounted by whichever loop device is free."""
    done = subprocess.run(["losetup", "--show", "-f", image], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"no loop device: {done.stderr}")
    loop = done.stdout.strip()
    try:
        place.mkdir(exist_ok=True)
        done = subprocess.run(["mount", loop, place], capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"nothing can be mounted here: {done.stderr}")
        try:
            yield place
        finally:
            subprocess.run(["umount", place], check=True)
    finally:
        subprocess.run(["losetup", "-d", loop], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
def test_a_real_disk_under_another_number(tmp_path: Path) -> None:
    image, other = tmp_path / "disk.img", tmp_path / "other.img"
    for file in (image, other):
        with file.open("wb") as made:
            made.truncate(16 << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", file], check=True)
    with looped(image, tmp_path / "root") as root:
        files = tree(root)
        backup(root, tmp_path / "one")
        before = disks_of(root).disks
        first = root.stat().st_dev
    # The other one takes the number that this one had.
    with looped(other, tmp_path / "elsewhere"), looped(image, tmp_path / "root") as root:
        assert root.stat().st_dev != first
        now = disks_of(root).disks
        assert now[0].identity == before[0].identity != ""
        found = with_devices(base(tmp_path / "one"), before, now)
        assert not found.unsure
        result = again(root, tmp_path / "two", found)
    assert result.linked_files == files
    assert digest_of_list(tmp_path / "two/SHA256SUMS") == digest_of_list(
        tmp_path / "one/SHA256SUMS"
    )
    assert msgspec.structs.asdict(found)["moved"]
