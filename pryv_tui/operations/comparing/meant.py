"""Find the set for a name; `latest` is the newest set of this platform, for every command.

Several platforms may share a vault, so `latest` is not simply the newest set in it: it is the set
that a command without a name offers. A note says if it is unknown to which platform that set
belongs, or if newer sets were left out.
"""

from __future__ import annotations

from typing import NamedTuple

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.comparing.former import back_words, former_sets
from pryv_tui.operations.comparing.theirs import Apart, told_apart
from pryv_tui.operations.sets.known_vaults import resolve
from pryv_tui.operations.sets.own import newest_set, told_domain
from pryv_tui.operations.site import Site
from pryv_tui.phrases import counted
from pryv_tui.vault.sets import BackupSet

LATEST = "latest"


class Meant(NamedTuple):
    """The set for a name."""

    backup: BackupSet
    note: str
    """What the person who typed `latest` must know, in sentences; empty if nothing."""


def set_meant(site: Site, name: str) -> BackupSet:
    """Return the set for a name: an id, an unambiguous beginning of one, or `latest`.

    Raises:
        PryvTuiError: `set-unknown`, as `known_vaults.resolve`; `refused` for `latest` if all sets
            of the vault are other platforms'.
    """
    return meant(site, name).backup


def meant(site: Site, name: str, here: Deployment | None = None) -> Meant:
    """Return the set for a name, with a note. Only for `latest` the platform is looked at.

    Args:
        here: the platform, if it was just looked at; None: look now.

    Raises:
        PryvTuiError: as `set_meant`.
    """
    sets = site.vault.sets() if name == LATEST else []
    usable = [one for one in sets if one.usable]
    if not usable:
        return Meant(resolve(site, name), "")
    deployment, unseen = (here, "") if here is not None else _here(site)
    domain = deployment.domain if unseen else told_domain(deployment)
    apart = told_apart(site, deployment, sets)
    found = newest_set(apart.mine(sets), domain, practice=site.practice)
    if found is None:
        raise _none(site, deployment, sets, apart)
    newer = len(usable) - 1 - [one.path for one in usable].index(found.path)
    why = unseen or _not_known(deployment, domain, found, apart)
    said = []
    if newer:
        said.append(
            f"{LATEST} means {found.id}, the newest set of this platform:"
            f" {counted(newer, 'newer')} in the vault would be of another platform."
        )
    if why:
        of = found.manifest.domain if found.manifest else ""
        said.append(
            f"{LATEST} means {found.id}, a set of {of}; whether that is this platform is not"
            f" known: {why}."
        )
    return Meant(found, " ".join(said))


def _here(site: Site) -> tuple[Deployment, str]:
    """Return the platform, and why it could not be looked at (empty if it could)."""
    try:
        return site.discover(), ""
    except PryvTuiError as error:
        return site.unseen(), error.what


def _not_known(deployment: Deployment, domain: str, found: BackupSet, apart: Apart) -> str:
    """Say why it is unknown whether the set is this platform's; empty if it is known."""
    if not domain:
        return "no domain is configured here"
    if not deployment.roles:
        return "nothing of a platform is found here"
    return apart.doubts.get(found.id, "")


def _none(site: Site, deployment: Deployment, sets: list[BackupSet], apart: Apart) -> PryvTuiError:
    """Return the error for a vault whose complete sets are all other platforms'."""
    former = former_sets(site, deployment, sets)
    there = "; ".join(
        filter(None, (_of_other_kind(site, sets), apart.words, *(one.words for one in former)))
    )
    more = "".join(f". {one.rstrip('.')}" for one in (apart.remedy, back_words(former)) if one)
    return PryvTuiError(
        "refused",
        f"the vault {site.vault.folder} holds no complete set of this platform"
        + (f": {there}" if there else ""),
        f"Name the set that you mean: pryv-tui list{more}",
    )


def _of_other_kind(site: Site, sets: list[BackupSet]) -> str:
    """Say how many sets are of the other kind, practice or real; empty if none."""
    many = sum(
        one.usable and one.manifest is not None and one.manifest.practice != site.practice
        for one in sets
    )
    there, here = ("a real", "a practice") if site.practice else ("a practice", "a real")
    be = "is" if many == 1 else "are"
    return f"{counted(many, 'set')} {be} of {there} platform, this is {here} one" if many else ""
