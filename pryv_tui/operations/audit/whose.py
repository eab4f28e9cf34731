"""Whether a set is of the platform that lives here: the one place where it is asked.

Kind and domain tell most sets apart. Two platforms of one domain, such as a staging one beside the
real one, are told apart by their accounts: by the ids that core keeps them under, which are random,
and by their names, as core and register know them. One id in both shows that they are one. So does
half of the names, where not both sides have ids for them: register lives on beside a core that was
lost, or exchanged. Where both have ids for the same names and none is the same, the ids count: many
platforms have an `anna`, and people who came back under their names after a loss look just so. A
platform that is small may have lost every account since, and one that was installed anew after a
loss has an account or two of who tried it: it is just where its sets belong. So a set is another
platform's only where all accounts were asked for, on both sides, and enough were compared. Where
not, that is said. Where all accounts of a small platform were renewed since, a second witness may
tell it: that the set was made here, of the very root that is here (`made_here`).

What is installed anew after a loss may have been tried with more accounts than that, and have none
of the old ones: it looks like another platform, and is the one that has to be restored. So whoever
knows it says so, for one set and one platform, and that is written down with who and when
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
"""So long register is waited for: it answers at once or hangs, and the domain is known besides."""
ENOUGH = 3
"""Accounts on each side of which none is on the other: fewer are of who tries a new installation,
or are lost since."""


class Mark(NamedTuple):
    """One thing by which a set is told apart, and whether it is this platform's by it."""

    name: str
    fits: bool
    text: str
    remedy: str = ""
    key: str = ""
    """What a person may accept it by; empty where it can't be accepted."""
    about: str = ""
    """The facts that would make it another one, in short."""
    accepted: str = ""
    """By whose word it fits, when and why that was given; empty where none was needed."""

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
    """By what a set is this platform's, or another's.

    Args:
        remedy: what to do where it is another's.
        seconds: how long an answer of a register is waited for.

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
        fits = bool(deployment.roles) and all(one.fits for one in marks)
        known = alike(site, deployment, backup, seconds) if fits else Alike(False, "")
        return [*marks, _of_other_domain(deployment, manifest.domain, known, remedy)]
    else:
        marks.append(Mark("domain", True, manifest.domain))
    if deployment.roles and all(one.fits for one in marks):
        marks.append(_by_accounts(site, deployment, backup, remedy, seconds))
    return marks


PLANNED_SECONDS = 3.0
"""So long register is waited for where a plan is made: the run itself asks again."""


def whose_words(site: Site, deployment: Deployment, backup: BackupSet) -> tuple[str, ...]:
    """Whether a set is this platform's, in sentences for whoever plans its restore; empty for a set
    that can't be restored, or where nothing lives that would tell.

    What refuses the restore is said with the way out before anybody has tried it.
    """
    if not backup.usable or not deployment.roles:
        return ()
    marks = whose(site, deployment, backup, seconds=PLANNED_SECONDS)
    wrong = [one for one in marks if not one.fits]
    if wrong:
        return tuple(f"This would be REFUSED: {one.text}. {one.remedy}" for one in wrong)
    return tuple(f"Whose the set is: {one.text}." for one in marks if one.name == "platform")


class _Side(NamedTuple):
    """What core and register know of accounts: in a set, or here."""

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
        """The names that a core keeps under an id which is known."""
        return frozenset(name for one in self.cores for name in one.ids.values())

    @property
    def why(self) -> str:
        """Why these may not be all of its accounts; empty where they are: each account is known to
        register, and to one of the cores."""
        if _all_told(self.registers) or _all_told(self.cores):
            return ""
        return next((one.why for one in (*self.cores, *self.registers) if one.why), "")


def _all_told(found: Iterable[Accounts]) -> bool:
    told = [one.names is not None for one in found]
    return bool(told) and all(told)


class Alike(NamedTuple):
    """Whether the accounts of a set are those of the platform here."""

    same: bool | None
    """None: they do not tell it."""
    why: str
    """By what, or why not; without its stop."""
    held: str = ""
    """The accounts of the set in short; empty where they were not looked at."""


class Asked:
    """The accounts that are here, each role asked once, and register only where that is needed."""

    def __init__(self, site: Site, deployment: Deployment, seconds: float = ASKED_SECONDS) -> None:
        """
        Args:
            seconds: how long each answer is waited for.
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
    """Compare the accounts of a set with those of the platform here, whatever their domains are.

    Args:
        seconds: how long each answer is waited for.

    Raises:
        PryvTuiError: `refused` for a set that can't be read, `set-damaged` for damage in it.
    """
    return compared(Asked(site, deployment, seconds), backup)


def compared(asked: Asked, backup: BackupSet) -> Alike:
    """As `alike`, for several sets one after the other: the platform is asked only once.

    Raises:
        PryvTuiError: as `alike`.
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
    # No id is in both: of names that each side has one for, all are other people's.
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
        return Alike(True, f"{told}, and it was made of this very root: {path} is there as then")
    return Alike(False, told, fingerprint(*sorted(held.ids), "", *sorted(held.names)))


def _of_other_domain(deployment: Deployment, former: str, known: Alike, remedy: str) -> Mark:
    """A set of another domain, which may be this platform's from before it was renamed.

    Args:
        known: whether its accounts are those that are here.
    """
    told = f"the set is of {former}, this platform is {deployment.domain}"
    if known.same is False:
        return Mark("domain", False, told, remedy)
    back = renamed_first(deployment.domain, deployment.domain_source, former)
    way = f"{back} Or take a backup of it as it is called now: pryv-tui backup"
    if known.same:
        return Mark("domain", False, f"{told}; by its accounts it is the same: {known.why}", way)
    ours = f"whether it is the same under a former name is not known: {known.why}"
    return Mark("domain", False, f"{told}; {ours}", f"{remedy.rstrip('.')}. If it is: {way}")


def _by_accounts(
    site: Site, deployment: Deployment, backup: BackupSet, remedy: str, seconds: float
) -> Mark:
    told = alike(site, deployment, backup, seconds)
    if told.same is None:
        return Mark("platform", True, f"the domain alone tells whose the set is: {told.why}")
    if told.same:
        return Mark("platform", True, told.why)
    return _another(site, backup, deployment.domain, told, remedy)


def _another(site: Site, backup: BackupSet, domain: str, told: Alike, remedy: str) -> Mark:
    """That a set is another platform's by its accounts, if nobody has said that it is this one's.

    Args:
        told: by what.
    """
    text = f"{told.why}: by its accounts the set is another platform's, of the same domain"
    key = key_of_set(backup.id)
    try:
        about = _about(site, backup, domain, told)
    except OSError as error:
        text = f"{text}; {SET_JSON} can no longer be read: {error.strerror}"
        return Mark("platform", False, text, remedy)
    said = site.accepted.of(key, about)
    if said is not None:
        text = f"{told.why}; that it is this one's was {said.words}"
        return Mark("platform", True, text, accepted=said.words)
    way = (
        f"{remedy.rstrip('.')}. If this is the platform of that set, installed anew after a loss,"
        f" say so: {accept_command(key)}"
    )
    return Mark("platform", False, text, way, key, about)


def _about(site: Site, backup: BackupSet, domain: str, told: Alike) -> str:
    """What an acceptance hangs on: this very set and this platform. An id is a moment, which
    another set may have, and several platforms may share a state folder.

    Raises:
        OSError: the set can't be read by now.
    """
    seal = hashlib.sha256(read_whole(backup.folder / SET_JSON, follow=False)).hexdigest()
    return fingerprint(platform_of(site.settings), domain, backup.id, seal, told.held)


def said_own(asked: Asked, backup: BackupSet) -> bool:
    """Whether somebody has said of a set, which looks like another platform's, that it is not."""
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
    """Why the cores of the two sides do not tell it where register knows the accounts of neither:
    those of core 1 are not on core 2 of the very same platform. Empty where they do."""
    if _all_told(held.registers) or _all_told(here.registers):
        return ""
    then = {one.name for one in backup.need("read").hosts if "core" in one.roles}
    now = {one.name for one in asked.deployment.hosts_of("core")}
    if then == now:
        return ""
    names = ", ".join(sorted(then)), ", ".join(sorted(now))
    return f"the set holds core of {names[0]}, here is core of {names[1]}, and no register tells"


def _too_little(held: _Side, here: _Side) -> str:
    """Why the accounts of the two sides do not tell it; empty where they do."""
    if not held.cores and not held.registers:
        return "it holds neither core nor register"
    if held.why or len(held.names) < ENOUGH:
        return held.why or f"fewer than {ENOUGH} accounts are in the set"
    if not here.cores and not here.registers:
        return "neither core nor register is here to be asked"
    if here.why or len(here.names) < ENOUGH:
        return here.why or f"fewer than {ENOUGH} accounts are here"
    return ""
