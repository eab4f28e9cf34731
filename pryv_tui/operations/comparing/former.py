"""The sets that a vault has of a platform under another domain, where it has none under its own: a
platform that was renamed is the same one, by its accounts, and "no backup yet" would not be true.

No restore takes such a set while the platform is called otherwise: its files bring the former
domain back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.acts import renamed_first
from pryv_tui.operations.ages import age_hours, age_of
from pryv_tui.operations.comparing.theirs import mine
from pryv_tui.operations.sets.own import own_sets, told_domain
from pryv_tui.operations.site import Site
from pryv_tui.vault.sets import BackupSet


class Former(msgspec.Struct, frozen=True, kw_only=True):
    """The sets of another domain that may be this platform's."""

    domain: str
    now: str
    """What the platform is called."""
    source: str
    """Where it says so."""
    many: int
    newest: BackupSet
    same: bool
    """The accounts of the newest are this platform's; else that is not known."""
    why: str
    """By what, or why not."""

    @property
    def words(self) -> str:
        """What there is, as a part of a sentence."""
        created = self.newest.manifest.created if self.newest.manifest else ""
        age = age_of(age_hours(created) * 3600)
        whose = (
            f"they are of this platform by its accounts: {self.why}"
            if self.same
            else f"whether they are of this platform is not known: {self.why}"
        )
        newest = f"the newest {self.newest.id} ({age} old)"
        return f"sets of {self.domain}: {self.many}, {newest}; {whose}"

    @property
    def brief(self) -> str:
        """The same in a few words."""
        return f"{self.many} of {self.domain}"


def former_sets(site: Site, deployment: Deployment, sets: Sequence[BackupSet]) -> list[Former]:
    """What a vault has of this platform under other domains, where it has none under its own.

    The accounts of the newest set of each are compared with those that are here: sets that are
    another platform's, which shares the vault, are left out.

    Args:
        sets: the vault's, oldest first.
    """
    domain = told_domain(deployment)
    own = own_sets(sets, domain, practice=site.practice)
    if not domain or mine(site, deployment, own):
        return []
    by_domain: dict[str, list[BackupSet]] = {}
    for backup in own_sets(sets, "", practice=site.practice):
        if backup.manifest is not None and backup.manifest.domain != domain:
            by_domain.setdefault(backup.manifest.domain, []).append(backup)
    if not by_domain:
        return []
    # The first screen has mostly no use for it, and it is much to load.
    from pryv_tui.operations.audit.whose import alike

    found = []
    for other, theirs in by_domain.items():
        told = alike(site, deployment, theirs[-1])
        if told.same is not False:
            found.append(
                Former(
                    domain=other,
                    now=domain,
                    source=deployment.domain_source,
                    many=len(theirs),
                    newest=theirs[-1],
                    same=bool(told.same),
                    why=told.why,
                )
            )
    return found


def none_words(former: Iterable[Former]) -> str:
    """That there is no set under the platform's own domain, and what there is instead; a sentence
    without its stop, empty where there is nothing else."""
    each = list(former)
    if not each:
        return ""
    there = "; ".join(one.words for one in each)
    return f"There is no backup set of {each[0].now} yet, but of another domain: {there}"


def back_words(former: Iterable[Former]) -> str:
    """How a set of another domain is restored all the same; empty where there is none."""
    return " ".join(renamed_first(one.now, one.source, one.domain) for one in former)


def take_one_or_back(former: Iterable[Former]) -> str:
    """What is done where there are sets of another domain alone."""
    return f"Take one: pryv-tui backup. {back_words(former)}"


def also_mine(site: Site, deployment: Deployment, sets: Sequence[BackupSet]) -> set[str]:
    """The other domains whose sets are this platform's by its accounts, where it has none of its
    own.

    Args:
        sets: the vault's without those of another platform of the same domain, oldest first.
    """
    if own_sets(sets, told_domain(deployment), practice=site.practice):
        return set()
    return same_domains(former_sets(site, deployment, sets))


def same_domains(former: Iterable[Former]) -> set[str]:
    """The other domains whose sets are this platform's by its accounts."""
    return {one.domain for one in former if one.same}
