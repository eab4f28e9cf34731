"""Which set a new one links to what did not change."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from pryv_tui.hosts.deployment import HostState
from pryv_tui.operations.root.devices import with_devices
from pryv_tui.platform.disks import Disk
from pryv_tui.vault.copying.parent import Base
from pryv_tui.vault.files.types import Linking
from pryv_tui.vault.sets import BackupSet


def base_of(
    sets: Sequence[BackupSet],
    *,
    practice: bool,
    domain: str,
    host: str,
    root: str,
    disks: Sequence[Disk] = (),
) -> Base | None:
    """The former set that a machine's files may be linked to, or None.

    The newest that was verified in full and found good, of the same platform, machine and root:
    what is linked to it is not read again. Where there is none, the newest that nobody has
    verified; and where there is no set at all, what the newest backup left that did not finish: of
    these each file is read and compared with its hash before it is linked. Beside a set, what a
    later backup left that did not finish gives what it had copied anew, read and compared too.
    Never one that was found damaged. Sets from before the index can't be linked to.

    Args:
        sets: the vault's, oldest first.
        disks: those of the root, as they are now.
    """
    unverified = unfinished = None
    for backup in reversed(sets):
        if backup.state == "partial":
            unfinished = unfinished or _unfinished(backup, practice, domain, host, root)
            continue
        base = _complete(backup, practice, domain, host, root, disks)
        if base is not None and base.verified:
            return msgspec.structs.replace(base, newer=unfinished)
        if base is not None and unverified is None:
            unverified = msgspec.structs.replace(base, newer=unfinished)
    return unverified or unfinished


def is_of_use(partial: BackupSet, later: Sequence[BackupSet]) -> bool:
    """Whether the next backup can link to what this one left that did not finish: see `base_of`.

    Args:
        later: the sets that were begun after it.
    """
    about = partial.unfinished
    if about is None:
        return False
    return any(
        not any(
            _complete(one, about.practice, about.domain, host, root) is not None
            or _unfinished(one, about.practice, about.domain, host, root) is not None
            for one in later
        )
        for host, root in about.roots.items()
    )


def _complete(
    backup: BackupSet,
    practice: bool,
    domain: str,
    host: str,
    root: str,
    disks: Sequence[Disk] = (),
) -> Base | None:
    manifest, verification = backup.manifest, backup.own_check
    if (
        manifest is None
        or not backup.here
        or backup.state != "complete"
        or (verification is not None and verification.outcome != "good")
        or (manifest.practice, manifest.domain) != (practice, domain)
    ):
        return None
    for part in manifest.hosts:
        if part.name == host and same_root(part.root, root) and part.index and part.sums:
            base = Base(
                set_id=backup.id,
                folder=str(backup.host_folder(part.name)),
                index=part.index,
                sums=part.sums,
                verified=verification is not None,
            )
            return with_devices(base, part.mounts, disks)
    return None


def _unfinished(
    backup: BackupSet, practice: bool, domain: str, host: str, root: str
) -> Base | None:
    about = backup.unfinished
    if about is None or (about.practice, about.domain) != (practice, domain):
        return None
    if not same_root(about.roots.get(host, ""), root):
        return None
    return Base(
        set_id=backup.folder.name,
        folder=str(backup.host_folder(host)),
        index="",
        sums="",
        verified=False,
    )


def same_root(one: str, other: str) -> bool:
    """Whether two names are of one folder here, if by a link."""
    return one == other or (
        bool(one) and bool(other) and os.path.realpath(one) == os.path.realpath(other)
    )


def bases_for(
    sets: Sequence[BackupSet], *, practice: bool, domain: str, hosts: Iterable[HostState]
) -> dict[str, Base]:
    """The same for several machines, by their names; those without one are left out."""
    found = {
        state.name: base_of(
            sets,
            practice=practice,
            domain=domain,
            host=state.name,
            root=state.root or "",
            disks=state.mounted.disks,
        )
        for state in hosts
    }
    return {name: base for name, base in found.items() if base is not None}


def linking_line(bases: Mapping[str, Base], linking: Linking) -> str:
    """What is copied, and what linked to a former set."""
    if linking == "full":
        return "Every file is copied (--full)."
    if not bases:
        return (
            "Every file is copied: there is no former set of this platform to link unchanged"
            " files to."
        )
    names = ", ".join(sorted({base.set_id for base in bases.values()}))
    unread = any(not base.verified or base.unsure for base in bases.values())
    kind = "verified set" if all(base.verified for base in bases.values()) else "set"
    if any(base.unfinished for base in bases.values()):
        kind = "backup that did not finish,"
    how = "read, compared and then " if unread or linking == "paranoid" else ""
    line = f"Files that did not change since the {kind} {names} are {how}linked to it."
    newer = sorted({base.newer.set_id for base in bases.values() if base.newer is not None})
    if newer:
        line += (
            f" What {', '.join(newer)} had copied before it stopped is read, compared and linked."
        )
    return line
