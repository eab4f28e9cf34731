"""Which of a vault's sets are another platform's of the same domain, by their accounts.

Two platforms may share a domain and a vault: a staging one beside the real one, or a machine that
was built anew and has accounts of its own by now. A set of the other one is no backup of this one.
By which rule that is told stands in `audit.whose`, and nowhere else; here it is asked of a whole
vault, quickly. Sets that are linked to each other were copied from the very same files, so that of
those one is asked. What can't be told counts as this platform's, as its domain says, and is said to
be not known: whoever has lost everything must find the sets.
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
"""So long register is waited for, where core's files do not tell it."""
MOST = 24
"""Sources of sets that are asked while a person waits, the newest first."""
NOT_LOOKED = "only newer sets were looked at"


class Apart(msgspec.Struct, frozen=True, kw_only=True):
    """What the accounts tell of a vault's sets of this platform's domain."""

    others: dict[str, str] = {}
    """By the id of a set that is another platform's: by what, without its stop; oldest first."""
    doubts: dict[str, str] = {}
    """By the id of a set of which it is not known: why."""
    said: bool = False
    """The way to say whose they are stands elsewhere already."""

    def mine(self, sets: Sequence[BackupSet]) -> list[BackupSet]:
        """The sets without those of another platform of the same domain."""
        return [one for one in sets if not (one.usable and one.id in self.others)]

    @property
    def words(self) -> str:
        """What there is of another platform, as a sentence without its stop; empty for nothing."""
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
        """What is done where that is not so."""
        if not self.others or self.said:
            return ""
        from pryv_tui.operations.acceptance import accept_command
        from pryv_tui.operations.audit.whose import key_of_set

        key = key_of_set(list(self.others)[-1])
        it = "it" if len(self.others) == 1 else "them"
        return (
            f"If this is the platform of {it}, installed anew after a loss, say so:"
            f" {accept_command(key)}"
        )

    def after(self, first: str) -> str:
        """What is done where there is no other set, and what where that is not so."""
        return ". ".join(filter(None, (first, self.remedy)))


NOBODY = Apart()
"""Nothing here contradicts any of the sets."""


def told_apart(
    site: Site, deployment: Deployment, sets: Sequence[BackupSet], *, most: int | None = MOST
) -> Apart:
    """Compare the accounts of the sets of this platform's domain with those that are here.

    Where no role is here, nothing contradicts a set: all count, and a restore finds them.

    Args:
        sets: the vault's, oldest first.
        most: how many sources of sets are asked at most; None: all.
    """
    own = own_sets(sets, told_domain(deployment), practice=site.practice)
    if not own or not deployment.roles:
        return NOBODY
    # It is much to load, and nothing where there is no set.
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
    """A vault's sets without those of another platform of the same domain."""
    return told_apart(site, deployment, sets).mine(sets)


def of_one_source(sets: Sequence[BackupSet]) -> list[list[BackupSet]]:
    """Sets by the files that they were copied from, the group of the newest set first, each group
    oldest first.

    A file is linked to an earlier set only where disk, inode, size and times are those of its
    source then: who has linked files is of the same root.

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
    """The set of a group that tells most of accounts: the newest with core, else with register."""
    for role in ("core", "register"):
        for backup in reversed(group):
            if backup.here and backup.manifest is not None and role in backup.manifest.roles:
                return backup
    return group[-1]
