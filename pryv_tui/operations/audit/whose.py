"""Decide whether a set belongs to the platform here. All other code asks this module.

Kind (practice or real) and domain distinguish most sets. Two platforms of one domain, such as a
staging platform beside the real one, are distinguished by their accounts: by the random ids under
which core keeps them, and by their names in core and register. One common id shows that they are
the same platform. So does half of the smaller side's names, unless both sides have ids for enough
of them: register survives when core was lost or replaced. If these ids all differ, the ids decide:
many platforms have an `anna`, though people who signed up again after a loss look just like that.

A small platform may have lost every account since, and one that was reinstalled after a loss may
have only one or two test accounts: exactly where its sets belong. So a set counts as another
platform's only if all accounts were asked for, on both sides, and enough were compared. Otherwise
the answer is that it is unknown. If all accounts were replaced since, one more thing may prove that
a set is this platform's: it was made from the very root that is here (`made_here`).

A platform that was reinstalled after a loss may have more test accounts than that, and none of the
old ones. It then looks like another platform, although it is the one to restore. So a person who
knows better can say so, for one set and one platform; the record has the person and the time
(`acceptance`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.hosts.discovery import MACHINE_NAME
from pryv_tui.operations.acceptance import WHOSE, Acceptable, accept_command, fingerprint, key_of
from pryv_tui.operations.acts import renamed_first
from pryv_tui.operations.audit.accounts import (
    Accounts,
    indexed_in,
    indexed_now,
    registered_in,
    registered_now,
)
from pryv_tui.operations.audit.made_here import made_here
from pryv_tui.operations.settings.identity import platform_of
from pryv_tui.operations.site import Site
from pryv_tui.phrases import counted
from pryv_tui.reading import read_whole
from pryv_tui.vault.set_files import FILES_NAME, SET_JSON
from pryv_tui.vault.sets import BackupSet

CHOOSE = "Choose a set of this platform: pryv-tui list"
ASKED_SECONDS = 15.0
"""Seconds to wait for register: it answers at once or hangs, and the domain is known anyway."""
ENOUGH = 3
"""Minimum number of accounts on each side before "none in common" counts.

Fewer may be test accounts of a new installation, or may all have been lost since.
"""


class Mark(NamedTuple):
    """One criterion, and whether the set is this platform's by it."""

    name: str
    fits: bool
    text: str
    remedy: str = ""
    key: str = ""
    """The key by which a person may accept the set; empty if that is not possible."""
    about: str = ""
    """Fingerprint of the facts for which an acceptance is valid."""
    accepted: str = ""
    """Who accepted the set, when and why; empty if it fits without an acceptance."""

    def acceptable(self) -> Acceptable:
        return Acceptable(key=self.key, about=self.about, text=self.text, remedy=self.remedy)


def key_of_set(set_id: str) -> str:
    return key_of(WHOSE, set_id)


def whose(
    site: Site,
    deployment: Deployment,
    backup: BackupSet,
    remedy: str = CHOOSE,
    seconds: float = ASKED_SECONDS,
) -> list[Mark]:
    """Return the criteria that show whether a set is this platform's.

    Args:
        remedy: what to do if it is another platform's.
        seconds: how long to wait for an answer of register.

    Raises:
        PryvTuiError: `refused` or `set-damaged`, the set's manifest can't be read.
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
                "Sets of practice and real platforms are never mixed: choose the right vault.",
            )
        )
    if deployment.domain_source == MACHINE_NAME:
        marks.append(Mark("domain", True, f"{manifest.domain}; no domain is configured here"))
    elif deployment.domain != manifest.domain:
        fits = bool(deployment.roles) and all(one.fits for one in marks)
        known = alike(site, deployment, backup, seconds) if fits else Alike(False, "")
        return [*marks, _of_other_domain(deployment, manifest.domain, known, remedy)]
    else:
        marks.append(Mark("domain", True, manifest.domain))
    if deployment.roles and all(one.fits for one in marks):
        marks.append(_by_accounts(site, deployment, backup, remedy, seconds))
    return marks


PLANNED_SECONDS = 3.0
"""Seconds to wait for register while a plan is made; the run itself asks again."""


def whose_words(site: Site, deployment: Deployment, backup: BackupSet) -> tuple[str, ...]:
    """Say to which platform a set belongs, in sentences for a person who plans its restore.

    Empty for a set that can't be restored, or if no role is here. If the restore would be refused,
    the plan says so, with the remedy, before anybody tries it.
    """
    if not backup.usable or not deployment.roles:
        return ()
    marks = whose(site, deployment, backup, seconds=PLANNED_SECONDS)
    wrong = [one for one in marks if not one.fits]
    if wrong:
        return tuple(f"This would be REFUSED: {one.text}. {one.remedy}" for one in wrong)
    return tuple(f"The set's platform: {one.text}." for one in marks if one.name == "platform")


class _Side(NamedTuple):
    """The accounts of one side: in a set, or here."""

    cores: Sequence[Accounts]
    registers: Sequence[Accounts]

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(user for one in self.cores for user in one.ids)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(name for one in (*self.cores, *self.registers) for name in one.names or ())

    @property
    def with_ids(self) -> frozenset[str]:
        """The names for which core's id is known."""
        return frozenset(name for one in self.cores for name in one.ids.values())

    @property
    def why(self) -> str:
        """Why these may not be all accounts; empty if they are.

        A complete list from all registers, or from all cores, is enough.
        """
        if _all_told(self.registers) or _all_told(self.cores):
            return ""
        return next((one.why for one in (*self.cores, *self.registers) if one.why), "")


def _all_told(found: Iterable[Accounts]) -> bool:
    told = [one.names is not None for one in found]
    return bool(told) and all(told)


class Alike(NamedTuple):
    """Whether a set's accounts are those of the platform here."""

    same: bool | None
    """None: the accounts do not show it."""
    why: str
    """The evidence, or why there is none; without a full stop."""
    held: str = ""
    """Fingerprint of the set's accounts if they are another platform's; else empty."""


class Asked:
    """The accounts here. Each role is asked once, and only when needed."""

    def __init__(self, site: Site, deployment: Deployment, seconds: float = ASKED_SECONDS) -> None:
        """
        Args:
            seconds: the time to wait for each answer, in seconds.
        """
        self.site = site
        self.deployment = deployment
        self._seconds = seconds

    @cached_property
    def cores(self) -> Sequence[Accounts]:
        return [indexed_now(one) for one in self.deployment.hosts_of("core")]

    @cached_property
    def registers(self) -> Sequence[Accounts]:
        return [
            registered_now(self.site.host(one.name).engine, one, seconds=self._seconds)
            for one in self.deployment.hosts_of("register")
        ]


def alike(
    site: Site, deployment: Deployment, backup: BackupSet, seconds: float = ASKED_SECONDS
) -> Alike:
    """Compare a set's accounts with those of the platform here; their domains are not compared.

    Args:
        seconds: how long to wait for each answer.

    Raises:
        PryvTuiError: `refused` for a set that can't be read, `set-damaged` for a damaged one.
    """
    return compared(Asked(site, deployment, seconds), backup)


def compared(asked: Asked, backup: BackupSet) -> Alike:
    """Do the work of `alike`, with the accounts in `asked`, which asks the platform only once.

    Raises:
        PryvTuiError: as in `alike`.
    """
    if not backup.here:
        return Alike(None, "its files are not here")
    parts = [(backup.host_folder(one.name) / FILES_NAME, one) for one in backup.need("read").hosts]
    cores = [indexed_in(files, one) for files, one in parts if "core" in one.roles]
    ids = _Side(cores, ()).ids
    if both := len(ids & _Side(asked.cores, ()).ids):
        every = counted(len(ids), "account")
        return Alike(True, f"of the set's {every} {both} {'is' if both == 1 else 'are'} here")
    held = _Side(
        cores, [registered_in(files, one) for files, one in parts if "register" in one.roles]
    )
    here = _Side(asked.cores, asked.registers if held.names else ())
    fewer = min(len(held.names), len(here.names))
    both = len(held.names & here.names)
    every = counted(len(held.names), "account")
    # No id is on both sides: if both sides have an id for a name, it belongs to two different
    # people.
    others = len(held.with_ids & here.with_ids)
    by_ids = bool(others) and (others >= ENOUGH or others == both)
    if both and 2 * both >= fewer and not by_ids:
        known = f"{both} {'is' if both == 1 else 'are'} known here by name"
        return Alike(True, f"of the set's {every} {known}")
    if why := _too_little(held, here) or _other_cores(asked, backup, held, here):
        names = "its name" if others == 1 else "their names"
        told = f"{others} of the set's {every} {'has' if others == 1 else 'have'} {names} here"
        return Alike(None, f"{why}; {told}, under another id" if by_ids else why)
    if both:
        names = "has its name" if both == 1 else "have their names"
        told = f"{both} of the set's {every} {names} among the {len(here.names)} of this platform"
        if others:
            told += f", {others} of them under another id"
    else:
        told = f"none of the set's {every} is among the {len(here.names)} of this platform"
    if path := made_here(asked.site, asked.deployment, backup):
        return Alike(
            True, f"{told}, and it was made from this very root: {path} is there as it was then"
        )
    return Alike(False, told, fingerprint(*sorted(held.ids), "", *sorted(held.names)))


def _of_other_domain(deployment: Deployment, former: str, known: Alike, remedy: str) -> Mark:
    """Judge a set of another domain; it may be this platform's, from before it was renamed.

    Args:
        known: whether the set's accounts are those here.
    """
    told = f"the set is of {former}, this platform is {deployment.domain}"
    if known.same is False:
        return Mark("domain", False, told, remedy)
    back = renamed_first(deployment.domain, deployment.domain_source, former)
    way = f"{back} Or take a backup of this platform under its present name: pryv-tui backup"
    if known.same:
        return Mark(
            "domain",
            False,
            f"{told}; its accounts show that it is the same platform: {known.why}",
            way,
        )
    ours = f"it is not known whether it is the same platform under a former name: {known.why}"
    return Mark("domain", False, f"{told}; {ours}", f"{remedy.rstrip('.')}. If it is: {way}")


def _by_accounts(
    site: Site, deployment: Deployment, backup: BackupSet, remedy: str, seconds: float
) -> Mark:
    told = alike(site, deployment, backup, seconds)
    if told.same is None:
        return Mark("platform", True, f"known by its domain alone: {told.why}")
    if told.same:
        return Mark("platform", True, told.why)
    return _another(site, backup, deployment.domain, told, remedy)


def _another(site: Site, backup: BackupSet, domain: str, told: Alike, remedy: str) -> Mark:
    """Judge a set that is another platform's by its accounts.

    It fits if a person has accepted it as this platform's.

    Args:
        told: the result of comparing the accounts.
    """
    text = f"{told.why}: the accounts show that the set is of another platform with the same domain"
    key = key_of_set(backup.id)
    try:
        about = _about(site, backup, domain, told)
    except OSError as error:
        text = f"{text}; {SET_JSON} can no longer be read: {error.strerror}"
        return Mark("platform", False, text, remedy)
    said = site.accepted.of(key, about)
    if said is not None:
        text = f"{told.why}; that the set is of this platform was {said.words}"
        return Mark("platform", True, text, accepted=said.words)
    way = (
        f"{remedy.rstrip('.')}. If this is the platform of that set, installed again after a"
        f" loss, say so: {accept_command(key)}"
    )
    return Mark("platform", False, text, way, key, about)


def _about(site: Site, backup: BackupSet, domain: str, told: Alike) -> str:
    """Return the fingerprint for which an acceptance is valid: this very set and this platform.

    The set's id alone is not enough, since it is a time that another set may share; and several
    platforms may share a state folder.

    Raises:
        OSError: the set can no longer be read.
    """
    seal = hashlib.sha256(read_whole(backup.folder / SET_JSON, follow=False)).hexdigest()
    return fingerprint(platform_of(site.settings), domain, backup.id, seal, told.held)


def said_own(asked: Asked, backup: BackupSet) -> bool:
    """Whether a person has accepted a set that looks like another platform's as this one's."""
    key = key_of_set(backup.id)
    if not any(one.key == key for one in asked.site.accepted.known()):
        return False
    try:
        told = compared(asked, backup)
        about = _about(asked.site, backup, asked.deployment.domain, told)
    except (PryvTuiError, OSError):
        return False
    return asked.site.accepted.of(key, about) is not None


def _other_cores(asked: Asked, backup: BackupSet, held: _Side, here: _Side) -> str:
    """Say why the cores alone do not show it; empty if they do.

    If no register has all accounts: the accounts of core 1 are not on core 2 of the same platform.
    """
    if _all_told(held.registers) or _all_told(here.registers):
        return ""
    then = {one.name for one in backup.need("read").hosts if "core" in one.roles}
    now = {one.name for one in asked.deployment.hosts_of("core")}
    if then == now:
        return ""
    names = ", ".join(sorted(then)), ", ".join(sorted(now))
    return f"the set holds core of {names[0]}, here is core of {names[1]}, and no register tells"


def _too_little(held: _Side, here: _Side) -> str:
    """Say why the accounts of the two sides do not show it; empty if they do."""
    if not held.cores and not held.registers:
        return "it holds neither core nor register"
    if held.why or len(held.names) < ENOUGH:
        return held.why or f"fewer than {ENOUGH} accounts are in the set"
    if not here.cores and not here.registers:
        return "neither core nor register is here to be asked"
    if here.why or len(here.names) < ENOUGH:
        return here.why or f"fewer than {ENOUGH} accounts are here"
    return ""
