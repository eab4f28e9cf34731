"""Find a renamed platform's sets under its former domain, if the vault has none under its new one.

By its accounts a renamed platform is the same one, so "no backup yet" would be untrue. But no
restore accepts a set of the former domain while the platform has another name: the set's files
would bring the former domain back.
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
    """The platform's present domain."""
    source: str
    """The file or setting that contains the present domain."""
    many: int
    newest: BackupSet
    same: bool
    """True: the newest set's accounts are this platform's. False: unknown."""
    why: str
    """The evidence, or why it is unknown."""

    @property
    def words(self) -> str:
        """The sets in words, as part of a sentence."""
        created = self.newest.manifest.created if self.newest.manifest else ""
        age = age_of(age_hours(created) * 3600)
        whose = (
            f"the accounts show that they are of this platform: {self.why}"
            if self.same
            else f"whether they are of this platform is not known: {self.why}"
        )
        newest = f"the newest {self.newest.id} ({age} old)"
        return f"sets of {self.domain}: {self.many}, {newest}; {whose}"

    @property
    def brief(self) -> str:
        """The number of sets and their domain, as part of a sentence."""
        return f"{self.many} of {self.domain}"


def former_sets(site: Site, deployment: Deployment, sets: Sequence[BackupSet]) -> list[Former]:
    """Return this platform's sets under other domains, if the vault has none under its own.

    For each other domain, the accounts of its newest set are compared with those here. A domain
    whose newest set is another platform's is left out.

    Args:
        sets: the vault's sets, oldest first.
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
    # Imported late: it is a large module that the first screen seldom needs.
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
    """Say that there is no set under the platform's own domain, and which other sets there are.

    A sentence without its full stop; empty if there are none.
    """
    each = list(former)
    if not each:
        return ""
    there = "; ".join(one.words for one in each)
    return (
        f"There is no backup set of {each[0].now} yet, but there are sets of another domain:"
        f" {there}"
    )


def back_words(former: Iterable[Former]) -> str:
    """Say how to restore a set of another domain; empty if there is none."""
    return " ".join(renamed_first(one.now, one.source, one.domain) for one in former)


def take_one_or_back(former: Iterable[Former]) -> str:
    """Say what to do if only sets of another domain exist."""
    return f"Take one: pryv-tui backup. {back_words(former)}"


def also_mine(site: Site, deployment: Deployment, sets: Sequence[BackupSet]) -> set[str]:
    """Return the other domains whose sets are this platform's by their accounts.

    Empty if it has sets under its own domain.

    Args:
        sets: the vault's sets without those of another platform of the same domain, oldest first.
    """
    if own_sets(sets, told_domain(deployment), practice=site.practice):
        return set()
    return same_domains(former_sets(site, deployment, sets))


def same_domains(former: Iterable[Former]) -> set[str]:
    """Return the other domains whose sets have this platform's accounts."""
    return {one.domain for one in former if one.same}
