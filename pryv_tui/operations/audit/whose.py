"""Whether a set is of the platform that lives here: the one place where it is asked.

Kind and domain tell most sets apart. Two platforms of one domain, such as a staging one beside the
real one, are told apart by what each has of its own: the ids of core's accounts, which are random,
and the keys that its config leader has made (from "SECRET" in Pryv's template a random one each).
What both have shows that they are one. A platform that changes its keys stays what it is; one that
is small may have lost every account since; one that was installed anew after a loss has other keys
and an account or two of who tried it, and is just where its sets belong. So a set is another
platform's only where neither is in both and enough accounts were compared. Where too few were, that
is said.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pryv_tui.decoding import Undecodable, read_json
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.hosts.discovery import MACHINE_NAME
from pryv_tui.operations.audit.accounts import Accounts, indexed_in, indexed_now
from pryv_tui.operations.site import Site
from pryv_tui.phrases import counted
from pryv_tui.vault.set_files import FILES_NAME
from pryv_tui.vault.sets import BackupSet

CHOOSE = "Choose a set of this platform: pryv-tui list"
ENOUGH = 3
"""Accounts on each side of which none is on the other: fewer are of who tries a new installation,
or are lost since, and with more lost the keys still tell that it is the same."""
LEADER = "config-leader/conf/config-leader.json"
"""The keys that a platform's services know each other by, made at its config leader's first start:
in `internals`, in former releases in `platform` (README of Pryv's configuration template)."""
_GROUPS = ("internals", "platform")
_UNSET = "SECRET"
_SHORTEST = 8
"""Characters: what is shorter is no key."""


class Mark(NamedTuple):
    """One thing by which a set is told apart, and whether it is this platform's by it."""

    name: str
    fits: bool
    text: str
    remedy: str = ""


def whose(
    site: Site, deployment: Deployment, backup: BackupSet, remedy: str = CHOOSE
) -> list[Mark]:
    """By what a set is this platform's, or another's.

    Args:
        remedy: what to do where it is another's.

    Raises:
        PryvTuiError: `refused` or `set-damaged` for a set that does not say what it is of.
    """
    manifest = backup.need("read")
    marks = []
    if manifest.practice != site.practice:
        kind, here = ("practice", "real") if manifest.practice else ("real", "practice")
        marks.append(
            Mark(
                "practice",
                False,
                f"{backup.id} is a set of a {kind} platform, this is a {here} one",
                "Practice and real sets never mix: choose the right vault.",
            )
        )
    if deployment.domain_source == MACHINE_NAME:
        marks.append(Mark("domain", True, f"{manifest.domain}; no domain is configured here"))
    elif deployment.domain != manifest.domain:
        told = f"the set is of {manifest.domain}, this platform is {deployment.domain}"
        return [*marks, Mark("domain", False, told, remedy)]
    else:
        marks.append(Mark("domain", True, manifest.domain))
    if deployment.roles and all(one.fits for one in marks):
        marks.append(_by_what_is_its_own(deployment, backup, remedy))
    return marks


def _by_what_is_its_own(deployment: Deployment, backup: BackupSet, remedy: str) -> Mark:
    name = "platform"
    if not backup.here:
        return Mark(name, True, "the domain alone tells whose the set is: its files are not here")
    parts = backup.need("read").hosts
    files = {part.name: backup.host_folder(part.name) / FILES_NAME for part in parts}
    cores = [indexed_in(files[one.name], one) for one in parts if "core" in one.roles]
    roots = [Path(one.root) for one in deployment.hosts if one.root]
    held, here = _ids(cores), _ids(now := [indexed_now(s) for s in deployment.hosts_of("core")])
    both = len(held & here)
    if both:
        every = counted(len(held), "account")
        return Mark(name, True, f"of the set's {every} {both} {'is' if both == 1 else 'are'} here")
    if _keys(files.values()) & _keys(roots):
        return Mark(name, True, "the set's config leader has keys of this platform")
    if min(len(held), len(here)) < ENOUGH:
        return Mark(name, True, f"the domain alone tells whose the set is: {_why(cores, now)}")
    return Mark(
        name,
        False,
        f"none of the set's {counted(len(held), 'account')} is among the {len(here)} of this"
        " platform: it is of another one of the same domain",
        remedy,
    )


def _ids(found: Iterable[Accounts]) -> frozenset[str]:
    return frozenset(user for one in found for user in one.ids)


def _why(held: Sequence[Accounts], here: Sequence[Accounts]) -> str:
    """Why the accounts of the two sides do not tell it."""
    told = next((one.why for one in (*held, *here) if one.why), "")
    if told:
        return told
    few = f"fewer than {ENOUGH} accounts"
    return f"{few} are in the set" if len(_ids(held)) < ENOUGH else f"{few} are here"


def _keys(trees: Iterable[Path]) -> frozenset[str]:
    """Fingerprints of the keys of config leaders: the keys themselves go nowhere."""
    return frozenset(
        hashlib.sha256(f"{name}\0{key}".encode("utf-8", "surrogatepass")).hexdigest()
        for tree in trees
        for name, key in _read(tree / LEADER)
    )


def _read(file: Path) -> Iterator[tuple[str, str]]:
    try:
        told = read_json(file, dict, follow=False)
    except (OSError, Undecodable):
        return
    for group in _GROUPS:
        for name, value in _pairs(told.get(group)):
            is_key = "_KEY" in name or name.endswith("_SECRET")
            if is_key and len(value) >= _SHORTEST and value not in (_UNSET, name):
                yield name, value


def _pairs(tree: object) -> Iterator[tuple[str, str]]:
    if isinstance(tree, dict):
        yield from ((name, value) for name, value in tree.items() if isinstance(value, str))
