"""Which of a vault's sets are this platform's: others may share it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pryv_tui.hosts.deployment import Deployment
from pryv_tui.hosts.discovery import MACHINE_NAME
from pryv_tui.vault.sets import BackupSet


def own_sets(
    sets: Sequence[BackupSet], domain: str, *, practice: bool, also: Collection[str] = ()
) -> list[BackupSet]:
    """The complete sets of a platform, oldest first.

    Args:
        sets: the vault's, oldest first.
        domain: the platform's; empty where nothing tells it, and then any platform's counts.
        also: other domains whose sets are this platform's (`former.same_domains`).
    """
    return [
        backup
        for backup in sets
        if backup.usable
        and backup.manifest is not None
        and backup.manifest.practice == practice
        and (not domain or backup.manifest.domain in (domain, *also))
    ]


def newest_set(sets: Sequence[BackupSet], domain: str, *, practice: bool) -> BackupSet | None:
    """The newest complete set of a platform, or None; see `own_sets`."""
    own = own_sets(sets, domain, practice=practice)
    return own[-1] if own else None


def told_domain(deployment: Deployment) -> str:
    """The platform's domain; empty where only the machine's own name stands for it."""
    return "" if deployment.domain_source == MACHINE_NAME else deployment.domain
