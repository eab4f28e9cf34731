"""The parent of a new set: the earlier set to whose files unchanged files are hard-linked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from pryv_tui.filesystem.same_file import same_place
from pryv_tui.hosts.deployment import HostState
from pryv_tui.operations.root.devices import with_devices
from pryv_tui.platform.disks import Disk
from pryv_tui.vault.copying.parent import Parent
from pryv_tui.vault.files.linking import Proof
from pryv_tui.vault.files.types import Linking
from pryv_tui.vault.sets import BackupSet


def parent_of(
    sets: Sequence[BackupSet],
    *,
    practice: bool,
    domain: str,
    host: str,
    root: str,
    disks: Sequence[Disk] = (),
) -> Parent | None:
    """Choose the parent for a machine's next backup: the set to which unchanged files are linked.

    Always one of the same platform, machine and root:

    1. the newest set that was verified in full and found good; its files are not read again;
    2. else the newest set that nobody has verified;
    3. else the newest unfinished backup.

    In 2 and 3 each file is read and compared with its hash before it is linked. A newer unfinished
    backup is used in addition to the set of 1 or 2 (`Parent.partial`), and is read and compared
    too. A set that was found damaged, or has no index, is never a parent.

    Args:
        sets: the sets of the vault, oldest first.
        disks: the present disks of the root.

    Returns:
        The parent; None if there is none.
    """
    unverified = unfinished = None
    for backup in reversed(sets):
        if backup.state == "partial":
            unfinished = unfinished or _unfinished(backup, practice, domain, host, root)
            continue
        parent = _complete(backup, practice, domain, host, root, disks)
        if parent is not None and parent.verified:
            return msgspec.structs.replace(parent, partial=unfinished)
        if parent is not None and unverified is None:
            unverified = msgspec.structs.replace(parent, partial=unfinished)
    return unverified or unfinished


def is_of_use(partial: BackupSet, later: Sequence[BackupSet]) -> bool:
    """Whether the next backup can link to the files of an unfinished one; see `parent_of`.

    Args:
        partial: the unfinished backup.
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
) -> Parent | None:
    manifest, verification = backup.manifest, backup.own_check
    if (
        manifest is None
        or not backup.here
        or not backup.usable
        or (verification is not None and verification.outcome != "good")
        or (manifest.practice, manifest.domain) != (practice, domain)
    ):
        return None
    for part in manifest.hosts:
        if part.name == host and same_root(part.root, root) and part.index and part.sums:
            parent = Parent(
                set_id=backup.id,
                folder=str(backup.host_folder(part.name)),
                index=part.index,
                sums=part.sums,
                verified=verification is not None,
                databases_whole=_databases_whole(part.stores.get("sqlite")),
            )
            return with_devices(parent, part.mounts, disks)
    return None


def _databases_whole(holds: Mapping[str, object] | None) -> bool:
    """Whether a set says that all its SQLite files are undamaged.

    Args:
        holds: the set's record of its SQLite files; None if it has none.
    """
    return (
        holds is not None and "files" in holds and not ("damaged" in holds or "unchecked" in holds)
    )


def _unfinished(
    backup: BackupSet, practice: bool, domain: str, host: str, root: str
) -> Parent | None:
    about = backup.unfinished
    if about is None or (about.practice, about.domain) != (practice, domain):
        return None
    if not same_root(about.roots.get(host, ""), root):
        return None
    return Parent(
        set_id=backup.folder.name,
        folder=str(backup.host_folder(host)),
        index="",
        sums="",
        verified=False,
    )


def same_root(one: str, other: str) -> bool:
    """Whether two paths lead to the same folder of this machine; symlinks are followed."""
    return one == other or same_place(one, other)


def parents_for(
    sets: Sequence[BackupSet], *, practice: bool, domain: str, hosts: Iterable[HostState]
) -> dict[str, Parent]:
    """The parents for several machines, by machine; a machine without a parent is left out."""
    found = {
        state.name: parent_of(
            sets,
            practice=practice,
            domain=domain,
            host=state.name,
            root=state.root or "",
            disks=state.mounted.disks,
        )
        for state in hosts
    }
    return {name: parent for name, parent in found.items() if parent is not None}


def proof_of(linking: Linking) -> Proof:
    """The proof that a file is unchanged, as required by the operator's choice of linking.

    A parent can require more (`Parent.proof`).
    """
    return Proof.BOTH_READ if linking == "paranoid" else Proof.TIMES


def linking_line(parents: Mapping[str, Parent], linking: Linking) -> str:
    """Sentences on which files a backup copies, and which it links to a parent."""
    if linking == "full":
        return "Every file is copied (--full)."
    if not parents:
        return "Every file is copied: there is no set here that unchanged files could be linked to."
    names = ", ".join(sorted({parent.set_id for parent in parents.values()}))
    proof = max(proof_of(linking), *(parent.proof for parent in parents.values()))
    kind = "verified set" if all(parent.verified for parent in parents.values()) else "set"
    if any(parent.unfinished for parent in parents.values()):
        kind = "backup that did not finish,"
    how = "" if proof is Proof.TIMES else "read, compared and then "
    line = f"Files that did not change since the {kind} {names} are {how}linked to it."
    partial = sorted(
        {parent.partial.set_id for parent in parents.values() if parent.partial is not None}
    )
    if partial:
        line += (
            f" Files that {', '.join(partial)} had already copied are read, compared and linked."
        )
    return line
