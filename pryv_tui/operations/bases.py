"""Which set a new one links to what did not change. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pryv_tui.hosts.deployment import HostState
from pryv_tui.vault.previous import Base
from pryv_tui.vault.sets import BackupSet


def base_of(
    sets: Sequence[BackupSet], *, practice: bool, domain: str, host: str, root: str
) -> Base | None:
    """The newest set that a machine's files may be linked to, or None.

    Only a set that was verified in full and found good, of the same platform, machine and root:
    what is linked to is not read again. Sets from before the index can't be linked to.

    Args:
        sets: the vault's, oldest first.
    """
    for backup in reversed(sets):
        manifest = backup.manifest
        if (
            manifest is None
            or backup.state != "complete"
            or backup.verification is None
            or backup.verification.outcome != "good"
            or (manifest.practice, manifest.domain) != (practice, domain)
        ):
            continue
        for part in manifest.hosts:
            if (part.name, part.root) == (host, root) and part.index and part.sums:
                return Base(
                    set_id=backup.id,
                    folder=str(backup.host_folder(part.name)),
                    index=part.index,
                    sums=part.sums,
                )
    return None


def bases_for(
    sets: Sequence[BackupSet], *, practice: bool, domain: str, hosts: Iterable[HostState]
) -> dict[str, Base]:
    """The same for several machines, by their names; those without one are left out."""
    found = {
        state.name: base_of(
            sets, practice=practice, domain=domain, host=state.name, root=state.root or ""
        )
        for state in hosts
    }
    return {name: base for name, base in found.items() if base is not None}
