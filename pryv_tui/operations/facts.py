"""Facts: what a run has learnt so far, for each host and as a whole. Saved after every step."""

from __future__ import annotations

from typing import Any

import msgspec

from pryv_tui.operations.debts import Owed
from pryv_tui.platform.gap import Hold, Moment
from pryv_tui.vault.checks import Verification
from pryv_tui.vault.manifest import CoreAccounts, Finding, RecreatedFolder


class SeenContainer(msgspec.Struct, frozen=True, kw_only=True):
    """A container as a run found it before it stopped anything, or left it at its end."""

    name: str
    service: str
    """Its Pryv.io service; empty for a container that is not Pryv.io's."""
    state: str
    unwell: str = ""
    """Why it was unhealthy then, in words; empty where it was not, or was stopped on purpose."""
    since: str = ""
    """Since when it is in its state, RFC 3339; recorded at the end of a run only, else empty."""


class Rescued(msgspec.Struct, frozen=True, kw_only=True):
    """Data that was only in a server's memory, saved before the server was stopped."""

    host: str
    file: str
    users: int
    place: dict[str, Any] = {}
    """Where the server loads it from at its start; empty where that does not exist."""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A next step that a result offers, and that becomes impossible if its target is removed."""

    kind: str
    """`undo`, `release`, `verify`, `send`, `audit`, `restore`; more may come."""
    target: str
    """The full id of the run or the set."""
    text: str
    """The line of `next` or `removal` that offers it."""


class CheckedSet(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of the check of a set."""

    id: str
    check: Verification


class NotKnown(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a live audit could not find out."""

    what: str
    why: str
    kinds: tuple[str, ...] = ()
    """The kinds of casualties, as `group.name`, whose lists are incomplete because of this."""
    for_good: bool = False
    """Whether no audit of this release can find it out: a person can't do anything about that."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a result that is removed as soon as a later audit shows that it is settled."""

    text: str
    kinds: tuple[str, ...]
    """The kinds of casualties that it is about, as `group.name`."""
    name: str = ""
    """The account, file or series that it is about; empty for all of these kinds."""


class KnownBefore(msgspec.Struct, frozen=True, kw_only=True):
    """What an earlier audit knew of a kind of casualty that a later one could not fully ask."""

    time: str
    """The time of the earlier audit, RFC 3339 UTC."""
    count: int | None = None
    """How many casualties it knew that the later audit did not find itself; None where no audit
    has told of the kind since `run`."""
    names: list[str] = []
    run: str = ""
    """The run since which no audit could ask the kind completely; empty where one could."""
    after: str = ""
    """The kind of that run."""


class LiveFound(msgspec.Struct, frozen=True, kw_only=True):
    """The casualties that a live audit found: records whose other half is missing."""

    time: str
    """When the audit ended, RFC 3339 UTC."""
    run: str = ""
    """The run that ended with the audit; empty where a person asked for it."""
    after: str = "restore"
    """The kind of that run."""
    set: str = ""
    """The set whose casualties the audit was compared with."""
    domain: str = ""
    practice: bool = False
    counts: dict[str, int] = {}
    """The number of casualties of each kind, by `group.name`; without kinds that could not be
    checked."""
    names: dict[str, list[str]] = {}
    """The names of the casualties by kind; not all, where there are many."""
    people: dict[str, str] = {}
    """The shown names of accounts, by the ids that occur in `names`, where they are known."""
    not_known: list[NotKnown] = []
    earlier: dict[str, KnownBefore] = {}
    """For kinds that the audit could not ask completely: what was known of them before."""
    said: list[Said] = []
    """What the run's result says about the audit, among its warnings and next steps."""

    @property
    def doubted(self) -> frozenset[str]:
        """The kinds of casualties that the audit could not ask completely."""
        return frozenset(kind for one in self.not_known for kind in one.kinds)

    @property
    def to_be_asked(self) -> list[NotKnown]:
        """What this audit could not find out, and another one may."""
        return [one for one in self.not_known if not one.for_good]


class NewerFound(msgspec.Struct, frozen=True, kw_only=True):
    """Data in one store, at the time of a restore, that was newer than the set."""

    host: str
    role: str
    what: str
    """`accounts`, `events`, `attachments`, `points`."""
    since: str = ""
    """The moment up to which the set is complete, RFC 3339."""
    number: int | None = None
    """How many newer ones there were; None where that is not known."""
    names: list[str] = []
    """Only for accounts: their names; not all, where there are many."""
    why: str = ""
    """Without a number: why it is not known. With one: why there may be more."""
    fewer: str = ""
    """With a number: why there may be fewer."""
    by_files: bool = False
    """Whether the files that were moved aside were counted; else the server told it when the
    restore began."""
    in_set: int | None = None
    """Without a number: how many of them the set holds."""
    back: int = 0
    """Only for accounts: how many in the set did not exist when the restore began, as far as that
    is known. The restore brings them back, even those that were erased on purpose."""
    back_names: list[str] = []
    """The names of these accounts; not all, where there are many."""
    look: list[str] = []
    """Without a number, if the store's data lies aside: the commands to look at it."""


class HostFacts(msgspec.Struct, kw_only=True):
    """What a run has learnt about one host; mutable, saved after every step."""

    files: int = 0
    bytes: int = 0
    folders: int = 0
    links: int = 0
    tree: str = ""
    index: str = ""
    sums: str = ""
    linked_from: str = ""
    linked_files: int = 0
    linked_bytes: int = 0
    clock_offset: float | None = None
    notes: list[str] = []
    stores: dict[str, dict[str, Any]] = {}
    recreated: list[RecreatedFolder] = []
    accounts: CoreAccounts | None = None
    attachments: int | None = None
    offline: list[str] = []
    """Stores whose content was put in place while they were stopped."""
    ahead: list[str] = []
    """Paths below the root that were copied to the set before the rest."""


class RunFacts(msgspec.Struct, kw_only=True):
    """What a run has learnt so far; mutable, saved after every step."""

    set_folder: str = ""
    hosts: dict[str, HostFacts] = {}
    moments: list[Moment] = []
    hold: Hold | None = None
    held: list[tuple[str, str]] = []
    """Host and container of everything that this run held."""
    warnings: list[str] = []
    findings: list[Finding] = []
    """The findings that are recorded with the set until a person accepts them."""
    seconds: dict[str, float] = {}
    owed: list[Owed] = []
    settled: list[Owed] = []
    changed: bool = False
    """Whether something was changed or removed that is no debt; set before the change."""
    gone: list[str] = []
    """Sets that were removed for good."""
    unfinished: list[str] = []
    """Folders that hold some of the files that were to be brought back."""
    casualties: dict[str, int] | None = None
    """The number of casualties of the gap, by `group.kind`; None where it was not audited."""
    newer: list[NewerFound] = []
    """The data that was newer than the set, by store."""
    live: LiveFound | None = None
    """What the live audit at the end found; None where there was none."""
    strangers: dict[str, list[str]] = {}
    """By the folder of a machine's part of a set: the files that are in none of its lists, each
    byte of a path as one character (latin-1); not all, where there are many."""
    sent: list[str] = []
    """Sets that this run has sent to the repository."""
    verified: CheckedSet | None = None
    """The outcome of a check that was asked for."""
    headline: str = ""
    """The findings of a run that only looked, in sentences."""
    checks: list[str] = []
    """What was compared, with expected and found: the report's evidence."""
    ran: dict[str, list[str]] = {}
    """For each host, the containers that ran before the run."""
    up: dict[str, list[str]] = {}
    """For each host, the containers that were seen to run and to stay up."""
    running: dict[str, list[str]] = {}
    """For each host, the containers that run at the end of the run; only hosts whose engine
    answered."""
    not_up: dict[str, dict[str, str]] = {}
    """For each host, the containers that were started but did not stay up, each with its state
    then."""
    in_vain: tuple[str, str] | None = None
    """Why something could not be put back, and what to do; None where everything was."""
    asked_seconds: float = 0.0
    """How long the run waited for applications to answer, on all hosts together, in seconds."""
    as_of: str = ""
    """Up to when the data that the run made or brought back is complete, RFC 3339."""
    as_of_roles: dict[str, str] = {}
    """`as_of` for each role, as it was shown to the person who chose the roles of a restore."""
    gap: list[str] = []
    """The set's gap and its casualties, a line each."""
    down_from: str = ""
    """When the first service was stopped, RFC 3339; empty where none ran, or none was stopped."""
    down_to: str = ""
    """When the last service was started again, RFC 3339; empty while they are stopped."""
    unchecked: list[str] = []
    """What was to be compared and could not be, each with the reason."""
    lacking: list[str] = []
    """What existed, but is not in the set, or did not come back with it."""
    rescued: list[Rescued] = []
    """Data that servers would have lost, saved and put where they load it from."""
    journal_full: bool = False
    """Whether the run went on although its journal's disk is full."""

    def of(self, host: str) -> HostFacts:
        return self.hosts.setdefault(host, HostFacts())
