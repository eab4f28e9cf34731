"""Find the sets in a vault that belong to another platform of the same domain, by their accounts.

Two platforms may share a domain and a vault: a staging platform beside the real one, or a machine
that was rebuilt and has its own accounts now. A set of the other platform is no backup of this one.

The rule is in `audit.whose` only; here it is applied to a whole vault, quickly. Sets with hard
links to each other were copied from the same files, so one of them stands for all. If the accounts
don't show it, a set counts as this platform's, by its domain, and is reported as unknown: after a
total loss people must still find their sets.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.sets.own import own_sets, told_domain
from pryv_tui.operations.site import Site
from pryv_tui.phrases import counted
from pryv_tui.vault.sets import BackupSet

SECONDS = 3.0
"""Seconds to wait for register, if core's files don't show it."""
MOST = 24
"""Maximum number of sources (groups of linked sets) compared while a person waits, newest first."""
NOT_LOOKED = "only newer sets were looked at"


class Apart(msgspec.Struct, frozen=True, kw_only=True):
    """What the accounts show about the sets of this platform's domain."""

    others: dict[str, str] = {}
    """Sets of another platform: the reason, without a full stop, by id; oldest first."""
    doubts: dict[str, str] = {}
    """Sets whose platform is unknown: the reason, by id."""
    said: bool = False
    """True: the command that accepts a set as this platform's is already shown elsewhere."""

    def mine(self, sets: Sequence[BackupSet]) -> list[BackupSet]:
        """Return the sets without those of another platform of the same domain."""
        return [one for one in sets if not (one.usable and one.id in self.others)]

    @property
    def words(self) -> str:
        """Say which sets are another platform's; a sentence without its full stop, empty if
        none."""
        if not self.others:
            return ""
        newest, why = list(self.others.items())[-1]
        unlooked = sum(why == NOT_LOOKED for why in self.doubts.values())
        one = len(self.others) == 1
        many = f"{'at least ' if unlooked else ''}{counted(len(self.others), 'set')}"
        was = "was" if unlooked == 1 else "were"
        rest = f"; {unlooked} more {was} not looked at" if unlooked else ""
        accounts = "its accounts" if one else "their accounts"
        named = newest if one else f"the newest {newest}"
        return (
            f"{many} in the vault {'is' if one else 'are'} of another platform of the same domain,"
            f" by {accounts}, and {'counts' if one else 'count'} for"
            f" nothing here ({named}: {why}){rest}"
        )

    @property
    def remedy(self) -> str:
        """Say what to do if they are this platform's after all; empty if there is nothing to
        say."""
        if not self.others or self.said:
            return ""
        from pryv_tui.operations.acceptance import accept_command
        from pryv_tui.operations.audit.whose import key_of_set

        key = key_of_set(list(self.others)[-1])
        it = "it" if len(self.others) == 1 else "them"
        return (
            f"If this is the platform of {it}, installed again after a loss, say so:"
            f" {accept_command(key)}"
        )

    def after(self, first: str) -> str:
        """Join what to do first with what to do if the sets are this platform's after all."""
        return ". ".join(filter(None, (first, self.remedy)))


NOBODY = Apart()
"""No set is known to be another platform's."""


def told_apart(
    site: Site, deployment: Deployment, sets: Sequence[BackupSet], *, most: int | None = MOST
) -> Apart:
    """Compare the accounts of the sets of this platform's domain with those that are here.

    If no role is here, nothing contradicts a set: all sets count, so that a restore finds them.

    Args:
        sets: the vault's sets, oldest first.
        most: the maximum number of sources to compare; None: all.
    """
    own = own_sets(sets, told_domain(deployment), practice=site.practice)
    if not own or not deployment.roles:
        return NOBODY
    # Imported late: it is a large module, not needed if there is no set.
    from pryv_tui.operations.audit.whose import Asked, compared, said_own

    asked = Asked(site, deployment, SECONDS)
    others: dict[str, str] = {}
    doubts: dict[str, str] = {}
    for number, group in enumerate(of_one_source(own)):
        if most is not None and number >= most:
            doubts |= {one.id: NOT_LOOKED for one in group}
            continue
        telling = _telling(group)
        try:
            told = compared(asked, telling)
        except (PryvTuiError, OSError) as error:
            why = error.what if isinstance(error, PryvTuiError) else str(error)
            doubts |= {one.id: why for one in group}
            continue
        if told.same is None:
            doubts |= {one.id: told.why for one in group}
        elif not told.same and not any(said_own(asked, one) for one in group):
            others |= {one.id: told.why for one in group}
    order = [one.id for one in own]
    return Apart(
        others={name: others[name] for name in order if name in others},
        doubts={name: doubts[name] for name in order if name in doubts},
    )


def mine(site: Site, deployment: Deployment, sets: Sequence[BackupSet]) -> list[BackupSet]:
    """Return a vault's sets without those of another platform of the same domain."""
    return told_apart(site, deployment, sets).mine(sets)


def of_one_source(sets: Sequence[BackupSet]) -> list[list[BackupSet]]:
    """Group sets by the files that they were copied from.

    The group of the newest set comes first, and each group is oldest first. A file is hard-linked
    to an earlier set only if its source has the same disk, inode, size and times as then. So sets
    with linked files come from the same root.

    Args:
        sets: oldest first.
    """
    lead: dict[str, str] = {}

    def first(name: str) -> str:
        while lead.setdefault(name, name) != name:
            name = lead[name]
        return name

    for backup in sets:
        for host in backup.manifest.hosts if backup.manifest else ():
            if host.linked_from and host.linked_files:
                lead[first(backup.id)] = first(host.linked_from)
    groups: dict[str, list[BackupSet]] = {}
    for backup in reversed(sets):
        groups.setdefault(first(backup.id), []).insert(0, backup)
    return list(groups.values())


def _telling(group: Sequence[BackupSet]) -> BackupSet:
    """Return the set of a group that shows most about accounts.

    The newest with core, else the newest with register, else the newest.
    """
    for role in ("core", "register"):
        for backup in reversed(group):
            if backup.here and backup.manifest is not None and role in backup.manifest.roles:
                return backup
    return group[-1]
