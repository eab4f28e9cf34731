"""Disks whose device number has changed since a set was made: after a reboot, on LVM, over NFS.

A file is identified by its disk's number and its inode, size and times. If only the disk's number
differs, it is the same file provided that the disk is the same. If that is unknown, the file's
bytes are compared before anything is linked.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from pryv_tui.platform.disks import Disk
from pryv_tui.reading import lines_of, open_file
from pryv_tui.vault.copying.parent import Parent
from pryv_tui.vault.set_files import INDEX_NAME


def with_devices(parent: Parent, before: Sequence[Disk], now: Sequence[Disk]) -> Parent:
    """Add to a parent how its disks' numbers have changed since it was made. Pure.

    Args:
        before: the disks that it was copied from; empty if the set does not record them.
        now: the present disks of the root.
    """
    here = {disk.path: disk for disk in now}
    moved: list[tuple[int, int]] = []
    unsure = False
    for old in before:
        new = here.get(old.path)
        if new is None or not old.device or not new.device:
            continue
        if old.device != new.device:
            moved.append((old.device, new.device))
        same = bool(old.identity) and old.identity == new.identity
        other = old.identity != new.identity
        unsure = unsure or (not same if old.device != new.device else other)
    return msgspec.structs.replace(parent, moved=tuple(moved), unsure=unsure, told=bool(before))


def looked_up(parent: Parent, root: Path) -> Parent:
    """Add the changed device number to a parent that does not record its disks.

    The old number is that of the first file in its list. As there may be other disks, files are
    compared before they are linked.
    """
    if parent.told or parent.moved:
        return parent
    old = first_device(Path(parent.folder))
    try:
        new = root.stat().st_dev
    except OSError:
        return parent
    if not old or old == new:
        return parent
    return msgspec.structs.replace(parent, moved=((old, new),), unsure=True)


def first_device(folder: Path) -> int:
    """The device number of the first file in a set's `INDEX`; 0 if it lists none."""
    try:
        with open_file(folder / INDEX_NAME, follow=False) as file:
            for line in lines_of(file):
                mark, *numbers = line.split()
                if mark in (b"s", b"S", b"x", b"X") and len(numbers) == 5:
                    return int(numbers[0])
    except (OSError, ValueError):
        pass
    return 0


def device_words(parent: Parent | None, root: str) -> str:
    """A note for the run about changed disk numbers; empty if none has changed."""
    if parent is None or not (parent.moved or parent.unsure):
        return ""
    if not parent.unsure:
        return (
            f"a disk of {root} has another device number than when the set {parent.set_id} was"
            " made; it is the same disk, so unchanged files are linked as usual"
        )
    return (
        f"it is not known whether {root} is on the same disk as when the set {parent.set_id} was"
        " made (its number or its identifier differs): each file that seems unchanged is read"
        " and compared before it is linked, which takes longer this time"
    )
