"""What a run has learnt so far, of each host and as a whole: saved after every step."""

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
    """The Pryv.io service that it is; empty for somebody else's container."""
    state: str
    unwell: str = ""
    """Why it did not do its work then, in words; empty where it did, or was stopped on purpose."""
    since: str = ""
    """Since when it is in its state, RFC 3339, as it is told of the end; empty where it is not."""


class Rescued(msgspec.Struct, frozen=True, kw_only=True):
    """What a server's process held, saved before it was stopped."""

    host: str
    file: str
    users: int
    place: dict[str, Any] = {}
    """Where the server looks for it at its start; empty where that is not there."""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a result says can be done next: what it would be done to may go meanwhile."""

    kind: str
    """`undo`, `release`, `verify`, `send`, `audit`, `restore`; the list grows."""
    target: str
    """The run, or the set, by its full id."""
    text: str
    """The line of `next` or `removal` that says it."""


class CheckedSet(msgspec.Struct, frozen=True, kw_only=True):
    """What came of the check of a set."""

    id: str
    check: Verification


class NotKnown(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a look could not tell."""

    what: str
    why: str
    kinds: tuple[str, ...] = ()
    """Of which kinds of casualties, as `group.name`, the lists are therefore not whole."""
    for_good: bool = False
    """No look at this release tells it: a person can't do anything about that."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a result that goes as soon as a later look shows it to be settled."""

    text: str
    kinds: tuple[str, ...]
    """What it is about, as `group.name`."""
    name: str = ""
    """The one account, file or series that it is about; empty for all of these kinds."""


class KnownBefore(msgspec.Struct, frozen=True, kw_only=True):
    """What was known of a kind before a look that could not tell it, or not whole."""

    time: str
    """When that was told, RFC 3339 UTC."""
    count: int | None = None
    """Those that the later look did not find itself; None where no look has told of the kind since
    the run below."""
    names: list[str] = []
    run: str = ""
    """The run since which no look could tell the kind, or not whole; empty where one could."""
    after: str = ""
    """The kind of that run."""


class LiveFound(msgspec.Struct, frozen=True, kw_only=True):
    """What a look at the live platform found to be without its other half."""

    time: str
    """When it was over, RFC 3339 UTC."""
    run: str = ""
    """The run that ended with it; empty where a person asked for it."""
    after: str = "restore"
    """The kind of that run."""
    set: str = ""
    """The set whose casualties it was compared with."""
    domain: str = ""
    practice: bool = False
    counts: dict[str, int] = {}
    """How many of each kind, by `group.name`; a kind that could not be checked is not there."""
    names: dict[str, list[str]] = {}
    """Their names; no more of a kind than are worth to be kept."""
    people: dict[str, str] = {}
    """Names of accounts, as they are shown, by the ids that stand in these names, where they are
    known."""
    not_known: list[NotKnown] = []
    earlier: dict[str, KnownBefore] = {}
    """Of kinds that it does not know, or not whole: what was known of them before it."""
    said: list[Said] = []
    """What its run's result says of it, among the warnings and what to do next."""

    @property
    def doubted(self) -> frozenset[str]:
        """The kinds that it does not know, or not whole."""
        return frozenset(kind for one in self.not_known for kind in one.kinds)

    @property
    def to_be_asked(self) -> list[NotKnown]:
        """What another look may tell."""
        return [one for one in self.not_known if not one.for_good]


class NewerFound(msgspec.Struct, frozen=True, kw_only=True):
    """What one store had that the set which was restored does not hold."""

    host: str
    role: str
    what: str
    """`accounts`, `events`, `attachments`, `points`."""
    since: str = ""
    """RFC 3339: up to when the set holds everything of it."""
    number: int | None = None
    """None where it is not known."""
    names: list[str] = []
    """Those of accounts, no more than are worth to be kept."""
    why: str = ""
    """Why it is not known; beside a number: why it may be more."""
    fewer: str = ""
    """Beside a number: why it may be fewer."""
    by_files: bool = False
    """The files tell it that were moved aside; else the server did, when the restore began."""
    in_set: int | None = None
    """Where it is not known: how many of them the set holds."""
    back: int = 0
    """Of accounts: how many of the set were not there when the restore began, as far as that is
    known. They are there again, also those that were erased on purpose."""
    back_names: list[str] = []
    """Those, no more than are worth to be kept."""
    look: list[str] = []
    """Where it is not known, and what it is of lies aside: the commands to look at it."""


class HostFacts(msgspec.Struct, kw_only=True):
    """What a run has learnt of one host; mutable, saved after every step."""

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
    """Paths under the root that are in the set already, ahead of the rest."""


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
    """Those of them that stand with the set until a person has accepted them."""
    seconds: dict[str, float] = {}
    owed: list[Owed] = []
    settled: list[Owed] = []
    changed: bool = False
    """Whether something was changed or removed that is owed to nobody; set before it is."""
    gone: list[str] = []
    """Sets that were removed for good."""
    unfinished: list[str] = []
    """Folders that hold some of the files that were to be brought back."""
    casualties: dict[str, int] | None = None
    """What the gap cost, by `group.kind`; None where it was not audited."""
    newer: list[NewerFound] = []
    """What was newer than the set, store by store."""
    live: LiveFound | None = None
    """What the live audit at the end found; None where there was none."""
    strangers: dict[str, list[str]] = {}
    """By a machine's part of a set: what lies there and is in none of its lists, each byte of a
    path as one character (latin-1); no more of them than are worth to be kept."""
    sent: list[str] = []
    """Sets that are in the repository since this run."""
    verified: CheckedSet | None = None
    """What came of a check that was asked for."""
    headline: str = ""
    """What a run found that did nothing but look, in sentences."""
    checks: list[str] = []
    """What was compared, with expected and found: the report's evidence."""
    ran: dict[str, list[str]] = {}
    """Per host, the containers that ran before the run."""
    up: dict[str, list[str]] = {}
    """Per host, the containers that were seen to run and to stay up."""
    running: dict[str, list[str]] = {}
    """Per host whose engine told it at the end of the run, the containers that run then."""
    not_up: dict[str, dict[str, str]] = {}
    """Per host, the containers that were started and did not stay up, and what they were then."""
    in_vain: tuple[str, str] | None = None
    """What was to be put back and could not be: why, and what to do. None where all was."""
    asked_seconds: float = 0.0
    """For how long it was waited that applications answer, on all hosts together."""
    as_of: str = ""
    """Up to when the data is whole that the run made or brought back, RFC 3339."""
    as_of_roles: dict[str, str] = {}
    """The same of each role by itself, as whoever chose the roles of a restore has read it."""
    gap: list[str] = []
    """The set's gap and its casualties, a line each."""
    down_from: str = ""
    """When the first service was stopped, RFC 3339; empty where none ran, or none was stopped."""
    down_to: str = ""
    """When the last one was started again; empty while they are stopped."""
    unchecked: list[str] = []
    """What was to be compared and could not be, each with the reason."""
    lacking: list[str] = []
    """What was there, and is not in the set, or did not come back with it."""
    rescued: list[Rescued] = []
    """What was saved of servers that would have lost it, and put where they start from."""
    journal_full: bool = False
    """Whether the run went on although its journal's disk is full."""

    def of(self, host: str) -> HostFacts:
        return self.hosts.setdefault(host, HostFacts())
