"""Guards about disks that are mounted below a root: their files are a part of the root."""

from __future__ import annotations

import os
from collections.abc import Container, Sequence
from pathlib import Path

from pryv_tui.filesystem.mounts import declared_below
from pryv_tui.hosts.deployment import HostState
from pryv_tui.operations.guards.line import GuardLine, failed, ok, warning
from pryv_tui.operations.plan import quote
from pryv_tui.operations.sets.parent import same_root
from pryv_tui.operations.site import Site
from pryv_tui.platform.disks import ROOT, Disk, below
from pryv_tui.vault.manifest import SetHost
from pryv_tui.vault.sets import BackupSet

_WITHOUT = "--without-disk"


def known_part(state: HostState, sets: Sequence[BackupSet]) -> tuple[str, SetHost] | None:
    """Find the newest set that has a part for this machine and root; return its id and that part.

    Args:
        sets: the sets of this platform, oldest first.
    """
    for backup in reversed(sets):
        for part in backup.manifest.hosts if backup.manifest else ():
            if part.name == state.name and same_root(part.root, state.root or ""):
                return backup.id, part
    return None


def backup_disks(site: Site, state: HostState, sets: Sequence[BackupSet]) -> list[GuardLine]:
    """Check that all disks below the root that the newest set or /etc/fstab names are mounted.

    An unmounted disk looks like an empty folder: a backup would succeed without the disk's files.

    Args:
        sets: the sets of this platform, oldest first.
    """
    name = f"disks {state.name}"
    known = known_part(state, sets)
    here = {disk.path: disk for disk in state.mounted.disks}
    gone: list[Disk] = []
    lines: list[GuardLine] = []
    if known is not None:
        set_id, part = known
        gone = _gone(site, state, part)
        why = "Without that disk, a backup would hold an empty folder."
        lines += [_gone_line(name, state, disk, set_id, why) for disk in gone]
        for before in part.mounts:
            now = here.get(before.path)
            place = f"{state.root}/{before.path}"
            if now is not None and before.path != ROOT and _another(before, now):
                lines.append(
                    warning(
                        name,
                        f"the disk at {place} ({now.what}) is not the one that was mounted there"
                        f" when the set {set_id} was made ({before.what})",
                        f"See what it holds: {quote('ls', '-la', place)}; if it is the right"
                        " disk, take a backup, and this warning goes away. If not:"
                        f" {quote('umount', place)}, and mount the right one",
                    )
                )
    accepted = _accepted(site, state)
    told = {disk.path for disk in gone}
    for path in declared_below(state.root_path) if state.root_exists else ():
        if path not in here and path not in accepted and path not in told:
            lines.append(
                _covered(name, state, path, "is a separate disk by /etc/fstab")
                or failed(
                    name,
                    f"according to /etc/fstab {state.root}/{path} is a separate disk, but nothing"
                    " is mounted there now",
                    f"Mount it: {quote('mount', f'{state.root}/{path}')}; if that disk is gone"
                    f" for good, take its line out of /etc/fstab, or add {_WITHOUT} {quote(path)}",
                )
            )
            told.add(path)
    lines += _hidden(name, state, told)
    if not lines and len(here) > 1:
        lines.append(ok(name, f"{_each(state)}: copied with the rest"))
    return lines


def restore_disks(
    site: Site, state: HostState, root: Path, set_id: str, part: SetHost, files: Path
) -> list[GuardLine]:
    """Check that the disks of a set are mounted, and that a restore can write to each mount below
    the root.

    Args:
        set_id: the id of the set to restore.
        part: the machine's part of the set.
        files: the folder of the part's files in the set; it need not exist on this machine.
    """
    name = f"disks {state.name}"
    why = "Without that disk, its files would be restored onto the disk of the root."
    lines = [_gone_line(name, state, one, set_id, why) for one in _gone(site, state, part)]
    for path in state.mounted.files:
        lines.append(
            failed(
                name,
                f"something is mounted on the file {root}/{path}: it can't be moved aside",
                f"Unmount it for the restore: {quote('umount', root / path)}",
            )
        )
    seen: dict[tuple[int, int], str] = {}
    for disk in state.mounted.disks:
        place = root if disk.path == ROOT else root / disk.path
        if disk.read_only:
            lines.append(
                failed(
                    name,
                    f"{place} is mounted read-only ({disk.what})",
                    f"See why (dmesg), then: {quote('mount', '-o', 'remount,rw', place)}",
                )
            )
        if disk.path != ROOT:
            lines += _ways(name, root, disk, files)
        try:
            status = place.stat()
        except OSError:
            continue
        other = seen.setdefault((status.st_dev, status.st_ino), str(place))
        if other != str(place):
            lines.append(
                failed(
                    name,
                    f"{other} and {place} are the same folder, mounted twice: two folders would"
                    " be restored into one",
                    f"Unmount one of them for the restore: {quote('umount', place)}",
                )
            )
    if not lines and below(state.mounted.disks):
        lines.append(
            ok(
                name,
                f"{_each(state)}: restored in place; its present content is moved aside on the"
                " same disk",
            )
        )
    return lines


def _gone(site: Site, state: HostState, part: SetHost) -> list[Disk]:
    """Return the disks that a set names and that are not mounted now, except accepted ones."""
    here, accepted = {disk.path for disk in state.mounted.disks}, _accepted(site, state)
    return [
        disk
        for disk in part.mounts
        if disk.path != ROOT and disk.path not in here and disk.path not in accepted
    ]


def _gone_line(name: str, state: HostState, disk: Disk, set_id: str, why: str) -> GuardLine:
    was = f"was a separate disk ({disk.what}) when the set {set_id} was made"
    return _covered(name, state, disk.path, was) or failed(
        name,
        f"{state.root}/{disk.path} {was}, and nothing is mounted there now",
        f"Mount it: {quote('mount', f'{state.root}/{disk.path}')}. {why} If that disk is gone for"
        f" good, say so: {_WITHOUT} {quote(disk.path)}",
    )


def _accepted(site: Site, state: HostState) -> set[str]:
    """Return the folders on which, as a person said, no disk is mounted any more
    (`--without-disk`).

    A folder in the root is returned relative to the root, another one with its whole path.
    """
    given = [Path(path) for path in site.settings.without_disks]
    root = Path(state.root or "/")
    return {str(path.relative_to(root) if root in path.parents else path) for path in given}


def _another(before: Disk, now: Disk) -> bool:
    if before.identity or now.identity:
        return before.identity != now.identity
    return (before.kind, before.source) != (now.kind, now.source)


def _covered(name: str, state: HostState, path: str, why: str) -> GuardLine | None:
    """Fail if a needed disk is mounted, but another mount above hides it; None if none does."""
    if path not in state.mounted.hidden:
        return None
    return failed(
        name,
        f"{state.root}/{path} {why}: it is mounted, but another mount lies over it and hides its"
        " content",
        f"To see both: findmnt. To remove the one on top: {quote('umount', _over(state, path))}",
    )


def _hidden(name: str, state: HostState, told: Container[str]) -> list[GuardLine]:
    return [
        warning(
            name,
            f"something is mounted at {state.root}/{path}, but another mount lies over it and"
            " hides its content: no backup includes that content as long as it is hidden",
            "To see both: findmnt. To remove the one on top:"
            f" {quote('umount', _over(state, path))}",
        )
        for path in state.mounted.hidden
        if path not in state.mounted.files and path not in told
    ]


def _over(state: HostState, path: str) -> str:
    """Return the mount point that hides a folder: the folder itself, or else the nearest parent
    that is a mount point."""
    whole = Path(state.root or "/", path)
    seen = {Path(state.root or "/", disk.path) for disk in state.mounted.disks}
    return str(next((one for one in (whole, *whole.parents) if one in seen), whole))


def _ways(name: str, root: Path, disk: Disk, files: Path) -> list[GuardLine]:
    """Fail if the set has a link or a file at a path where a disk is mounted here: it can't be
    restored there."""
    way = files
    for part in Path(disk.path).parts:
        way = way / part
        if os.path.lexists(way) and (way.is_symlink() or not way.is_dir()):
            return [
                failed(
                    name,
                    f"{disk.what} is mounted at {root}/{disk.path}, but in the set"
                    f" {way.relative_to(files)} is not a folder",
                    f"Unmount it for the restore: {quote('umount', root / disk.path)}",
                )
            ]
    return []


def _each(state: HostState) -> str:
    return ", ".join(
        f"{disk.path} is a separate disk ({disk.what})"
        for disk in state.mounted.disks
        if disk.path != ROOT
    )
