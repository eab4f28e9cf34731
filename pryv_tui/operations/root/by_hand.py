"""A plan's lines about disks below a root, and shell lines that move content by hand. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from pryv_tui import own_folder
from pryv_tui.hosts.deployment import HostState
from pryv_tui.operations.plan import quote
from pryv_tui.platform.disks import LOST_AND_FOUND, ROOT

Place = tuple[str, str, tuple[str, ...]]
"""A folder whose entries are moved, the folder they go to, and the names of entries that stay."""


def disk_lines(hosts: Iterable[HostState], what: str) -> tuple[str, ...]:
    """Say what the plan does with each disk that is mounted below a root."""
    return tuple(
        f"{state.root}/{disk.path} on {state.name} is a separate disk ({disk.what}): {what}."
        for state in hosts
        for disk in state.mounted.disks
        if disk.path != ROOT
    )


def moving_lines(root: str, target: str, disks: Iterable[str]) -> tuple[str, ...]:
    """Shell lines that move all content of a root to `target`.

    Content on disks below the root goes to the corresponding folder on its own disk.
    """
    lines = []
    for folder, there, stays in _places(root, target, disks):
        names = " ".join(f"! -name {quote(name)}" for name in stays)
        lines.append(quote("mkdir", "-p", "-m", "700", there))
        lines.append(
            f"find {quote(f'{folder}/')} -mindepth 1 -maxdepth 1 {names}"
            f" -exec mv -t {quote(there)} {{}} +"
        )
    return tuple(lines)


def returning_lines(root: str, aside: str, disks: Iterable[str]) -> tuple[str, ...]:
    """Shell lines that move the content back."""
    return tuple(
        f"find {quote(f'{there}/')} -mindepth 1 -maxdepth 1"
        + "".join(
            f" ! -name {quote(name)}"
            for name in stays
            if name not in (own_folder.NAME, LOST_AND_FOUND)
        )
        + f" -exec mv -t {quote(folder)} {{}} +"
        for folder, there, stays in _places(root, aside, disks)
    )


def _places(root: str, target: str, disks: Iterable[str]) -> list[Place]:
    known = [PurePosixPath(disk) for disk in sorted(disks)]
    ours = PurePosixPath(target).relative_to(root)
    found: list[Place] = []
    for top in (PurePosixPath(), *known):
        inner = [one.relative_to(top) for one in known if top in one.parents]
        # Skip a disk inside another one: it is handled with that one.
        inner = [one for one in inner if not any(other in one.parents for other in inner)]
        ways = sorted({way for one in inner for way in one.parents})
        for way in ways or [PurePosixPath()]:
            stays = sorted({one.parts[len(way.parts)] for one in inner if way in one.parents})
            if way == PurePosixPath():
                stays = [
                    own_folder.NAME,
                    *([LOST_AND_FOUND] if top != PurePosixPath() else []),
                    *stays,
                ]
            found.append((str(root / top / way), str(root / top / ours / way), tuple(stays)))
    return found
