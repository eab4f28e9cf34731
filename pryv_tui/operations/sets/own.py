"""Find this platform's sets in a vault that several platforms may share. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from pryv_tui.clock import moment_of
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.hosts.discovery import MACHINE_NAME
from pryv_tui.vault.sets import BackupSet


def own_sets(
    sets: Sequence[BackupSet], domain: str, *, practice: bool, also: Collection[str] = ()
) -> list[BackupSet]:
    """The complete sets of a platform, oldest first.

    Args:
        sets: the sets of the vault, oldest first.
        domain: the platform's domain; if empty (unknown), the sets of every domain count.
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
    """The platform's domain; empty if unknown, so that the machine's name is used instead."""
    return "" if deployment.domain_source == MACHINE_NAME else deployment.domain


def days_without(own: Sequence[BackupSet], holder: BackupSet) -> float:
    """The days between the first and the last backup that came after a set; 0 if there are none."""
    return _days(own[own.index(holder) + 1 :])


def days_since(own: Sequence[BackupSet], last: datetime | None) -> float:
    """The days between the first and the last backup after a given time; 0 if none, or if
    unknown."""
    made = {one.id: moment_of(one.manifest.created) for one in own if one.manifest}
    return _days([one for one in own if last and (at := made.get(one.id)) and at > last])


def _days(sets: Sequence[BackupSet]) -> float:
    after = [b.manifest.created for b in sets if b.manifest]
    try:
        moments = [datetime.fromisoformat(created) for created in after]
        return (max(moments) - min(moments)).total_seconds() / 86_400 if moments else 0.0
    except (ValueError, TypeError):
        return 0.0
