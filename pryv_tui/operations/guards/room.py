"""Guard about free space: does each disk have room for what a restore writes to it?"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import HostState
from pryv_tui.operations.guards import place
from pryv_tui.operations.guards.line import GuardLine, failed, ok
from pryv_tui.operations.guards.place import SPACE_RESERVE, size, with_holes
from pryv_tui.platform.disks import below, holder_of
from pryv_tui.vault.copying.count import count_room
from pryv_tui.vault.files.types import Selection
from pryv_tui.vault.manifest import SetHost

Needed = dict[str, tuple[int, str]]
"""By disk (empty: the root's own), the bytes needed, and text to show after them."""


def restore_room(
    state: HostState, root: Path, part: SetHost, files: Path, *, kept: bool
) -> GuardLine:
    """Check that there is room for a restore in addition to the present content, which is only
    moved aside.

    Args:
        part: the machine's part of the set.
        files: the folder of the part's files; missing if they must be fetched first.
        kept: whether an earlier run has already copied all files back.
    """
    name = f"space {state.name}"
    disks = below(state.mounted.disks)
    whole = {"": (0 if kept else part.bytes, "")}
    needed = whole if kept or not disks else _by_disk(files, root, disks) or whole
    short, text = _judged(root, _with_dumps(needed, part, files, disks))
    if short and needed is whole and not kept:
        # A scan of all files is slow, so it is made only if the first estimate does not fit.
        found = _by_disk(files, root, ())
        if found is not None:
            short, text = _judged(root, _with_dumps(found, part, files, disks))
    if short:
        return failed(
            name,
            text,
            "Free space there: content moved aside stays on the disk until you release it.",
        )
    return ok(name, text)


def _by_disk(files: Path, root: Path, disks: Sequence[str]) -> Needed | None:
    """Count the bytes of a set's files on each disk; None if they can't be counted here."""
    if not files.is_dir():
        return None
    found: Needed = {}
    try:
        for disk in ("", *disks):
            inner = tuple(one for one in disks if one != disk and one.startswith(disk))
            chosen = Selection(only=(disk,) if disk else (), leave_out=inner)
            length, data = count_room(files, chosen)
            found[disk] = with_holes(length, data, root / disk, "")
    except (OSError, PryvTuiError):
        return None
    return found


def _with_dumps(
    needed: Needed, part: SetHost, files: Path, disks: Sequence[str]
) -> dict[str, tuple[int, str]]:
    """Add the data that databases load from their dumps to the bytes needed on their disks."""
    total = dict(needed)
    for layout in part.layout.stores.values():
        if not layout.dump:
            continue
        with contextlib.suppress(OSError, PryvTuiError):
            _, dump = count_room(files / layout.dump, Selection())
            disk = holder_of(layout.data, disks)
            before, words = total.get(disk, (0, ""))
            total[disk] = (before + dump, words)
    return total


def _judged(root: Path, needed: Needed) -> tuple[bool, str]:
    """Return whether any disk has too little room, and a description of the disks.

    The needs of folders on the same file system are added up.
    """
    places: dict[int, list[tuple[str, int, str]]] = {}
    for disk, (count, words) in needed.items():
        where = root / disk
        probe = where
        while not probe.exists() and probe != probe.parent:
            probe = probe.parent
        places.setdefault(probe.stat().st_dev, []).append((str(where), count, words))
    short = False
    texts: list[str] = []
    for found in places.values():
        first, total = found[0][0], sum(count for _, count, _ in found)
        free = place.free_bytes(Path(first))
        lacks = free < total + SPACE_RESERVE
        words = "".join(word for _, _, word in found)
        text = (
            f"{size(total)} needed in addition to the present content{words}, {size(free)} free at"
            f" {first}"
        )
        # If disks have too little room, the text names only these.
        texts = [text] if lacks and not short else texts if short and not lacks else [*texts, text]
        short = short or lacks
    return short, "; ".join(texts)
