"""Facts: what a run has found out so far, for each host and as a whole. Saved after every step.

At the end: what plans need to know of an earlier run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from pryv_tui.operations.debts import Owed
from pryv_tui.platform.gap import Hold, Moment
from pryv_tui.vault.checks import Verification
from pryv_tui.vault.manifest import CoreAccounts, Finding, RecreatedFolder


class SeenContainer(msgspec.Struct, frozen=True, kw_only=True):
    """A container as a run found it before it stopped anything, or as it left it at its end."""

    name: str
    service: str
    """Its Pryv.io service; empty if it is not a Pryv.io container."""
    state: str
    unwell: str = ""
    """Why the container was unhealthy; empty if it was not, or if it was stopped on purpose."""
    since: str = ""
    """Since when `state` is true, RFC 3339; recorded at the end of a run only, else empty."""


class Rescued(msgspec.Struct, frozen=True, kw_only=True):
    """Data that was only in a server's memory, saved before the server was stopped."""

    host: str
    file: str
    users: int
    place: dict[str, Any] = {}
    """The path from which the server loads `file` at its start; empty if there is none."""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A next step in a run's result. It becomes impossible if its target is removed."""

    kind: str
    """`undo`, `release`, `verify`, `send`, `audit`, `restore`; later versions may have more."""
    target: str
    """The full id of the run or the set."""
    text: str
    """The line of `next` or `removal` that offers this step."""


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
    """Whether no audit of this release can find it out: then a person can't do anything about
    it."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a result; it is removed as soon as a later audit shows that it is settled."""

    text: str
    kinds: tuple[str, ...]
    """The kinds of casualties that the line is about, as `group.name`."""
    name: str = ""
    """The account, file or series that the line is about; empty: all of these kinds."""


class KnownBefore(msgspec.Struct, frozen=True, kw_only=True):
    """Earlier knowledge of a kind of casualty that a later audit could not check completely."""

    time: str
    """The time of the earlier audit, RFC 3339 UTC."""
    count: int | None = None
    """Number of known casualties that the later audit did not find itself.

    None if no audit has checked the kind since `run`.
    """
    names: list[str] = []
    run: str = ""
    """The run since which no audit could check the kind completely; empty if one could."""
    after: str = ""
    """The kind of that run."""


class LiveFound(msgspec.Struct, frozen=True, kw_only=True):
    """The casualties that a live audit found: records whose other half is missing."""

    time: str
    """When the audit ended, RFC 3339 UTC."""
    run: str = ""
    """The run that ended with the audit; empty if a person asked for the audit."""
    after: str = "restore"
    """The kind of that run."""
    set: str = ""
    """The set whose casualties the audit was compared with."""
    domain: str = ""
    practice: bool = False
    counts: dict[str, int] = {}
    """Number of casualties by kind (`group.name`); kinds that could not be checked are left out."""
    names: dict[str, list[str]] = {}
    """Names of the casualties by kind (`group.name`); if there are many, not all of them."""
    people: dict[str, str] = {}
    """Names of accounts for display, by the ids that occur in `names`, if known."""
    not_known: list[NotKnown] = []
    earlier: dict[str, KnownBefore] = {}
    """For kinds that the audit could not check completely: what was known of them before."""
    said: list[Said] = []
    """The lines about the audit in the run's result, among its warnings and next steps."""

    @property
    def doubted(self) -> frozenset[str]:
        """The kinds of casualties that the audit could not check completely."""
        return frozenset(kind for one in self.not_known for kind in one.kinds)

    @property
    def to_be_asked(self) -> list[NotKnown]:
        """What this audit could not find out, but another one may."""
        return [one for one in self.not_known if not one.for_good]


class NewerFound(msgspec.Struct, frozen=True, kw_only=True):
    """Data in one store that was newer than the set when a restore began."""

    host: str
    role: str
    what: str
    """`accounts`, `events`, `attachments`, `points`."""
    since: str = ""
    """The time up to which the set is complete, RFC 3339."""
    number: int | None = None
    """Number of newer records; None if unknown."""
    names: list[str] = []
    """Only for accounts: their names; if there are many, not all of them."""
    why: str = ""
    """Without a number: why it is unknown. With a number: why there may be more."""
    fewer: str = ""
    """With a number: why there may be fewer."""
    by_files: bool = False
    """Whether the number comes from the files that were moved aside; else from the server."""
    in_set: int | None = None
    """Without a number: the number of such records in the set."""
    back: int = 0
    """Only for accounts: number of those in the set that did not exist when the restore began.

    As far as known. The restore brings them back, even those that were erased on purpose.
    """
    back_names: list[str] = []
    """The names of these accounts; if there are many, not all of them."""
    look: list[str] = []
    """Without a number, if the store's data was moved aside: the commands to look at it."""


class HostFacts(msgspec.Struct, kw_only=True):
    """What a run has found out about one host; mutable, saved after every step."""

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
    """Stores whose content was put in place while their servers were stopped."""
    ahead: list[str] = []
    """Paths below the root that were copied to the set before the rest."""


class RunFacts(msgspec.Struct, kw_only=True):
    """What a run has found out so far; mutable, saved after every step."""

    set_folder: str = ""
    hosts: dict[str, HostFacts] = {}
    moments: list[Moment] = []
    hold: Hold | None = None
    held: list[tuple[str, str]] = []
    """Host and container of all containers that this run held."""
    warnings: list[str] = []
    findings: list[Finding] = []
    """The findings that are recorded with the set until a person accepts them."""
    seconds: dict[str, float] = {}
    owed: list[Owed] = []
    settled: list[Owed] = []
    changed: bool = False
    """Whether something was changed or removed that is not a debt; set before the change."""
    gone: list[str] = []
    """Sets that were removed for good."""
    unfinished: list[str] = []
    """Folders with some, but not all, of the files that were to be brought back."""
    casualties: dict[str, int] | None = None
    """Number of casualties by `group.name`; None if the set was not audited."""
    newer: list[NewerFound] = []
    """The data that was newer than the set, by store."""
    live: LiveFound | None = None
    """The result of the live audit at the end; None if there was none."""
    strangers: dict[str, list[str]] = {}
    """By folder of a machine's part of a set: files that are in none of the set's lists.

    Each byte of a path is one character (latin-1). If there are many, not all of them.
    """
    sent: list[str] = []
    """Sets that this run has sent to the repository."""
    verified: CheckedSet | None = None
    """The result of a check that was asked for."""
    headline: str = ""
    """The findings of a run that only looked, in sentences."""
    checks: list[str] = []
    """What was compared, expected and found; this is the report's evidence."""
    ran: dict[str, list[str]] = {}
    """By host: the containers that were running before the run."""
    up: dict[str, list[str]] = {}
    """By host: the containers that were seen running, and to stay up."""
    running: dict[str, list[str]] = {}
    """By host: the containers that are running at the end; only hosts whose engine answered."""
    not_up: dict[str, dict[str, str]] = {}
    """By host: the containers that were started but did not stay up, each with its state then."""
    in_vain: tuple[str, str] | None = None
    """Why something could not be put back, and what to do; None if nothing failed."""
    asked_seconds: float = 0.0
    """Seconds that the run waited for applications to answer, on all hosts together."""
    as_of: str = ""
    """The time up to which the data that the run made or brought back is complete, RFC 3339."""
    as_of_roles: dict[str, str] = {}
    """`as_of` for each role, as shown to the person who chose the roles of a restore."""
    gap: list[str] = []
    """The set's gap and its casualties, one line each."""
    down_from: str = ""
    """When the first service was stopped, RFC 3339; empty if none was running, or none was
    stopped."""
    down_to: str = ""
    """When the last service was started again, RFC 3339; empty while services are stopped."""
    unchecked: list[str] = []
    """What was to be compared and could not be, each with the reason."""
    lacking: list[str] = []
    """What existed but is not in the set, or was not brought back with it."""
    rescued: list[Rescued] = []
    """Data that servers would have lost; it was saved and put where the servers load it from."""
    journal_full: bool = False
    """Whether the run continued although the disk of its journal is full."""

    def of(self, host: str) -> HostFacts:
        return self.hosts.setdefault(host, HostFacts())


class LeftBy(NamedTuple):
    """What a run still has to put back."""

    run: str
    outstanding: tuple[Owed, ...]
    unwell: dict[str, dict[str, str]]
    """By host: the containers that were unhealthy before the run, each with the reason."""
    last: str = ""
    """When the run last wrote to its journal, RFC 3339; empty if unknown."""


class Begun(NamedTuple):
    """What an earlier restore has done and this one continues; empty for a new restore."""

    asides: dict[str, str]
    """By host: the folder with the former content of its root."""
    ran: dict[str, list[str]]
    unwell: dict[str, dict[str, str]]
    kept: dict[str, frozenset[str]]
    """By host whose files are all back: the stores that are back too."""
    newer: Sequence[NewerFound] = ()
    """Data newer than the set, as counted before anything was replaced."""


class Moved(NamedTuple):
    """What a run moved aside, together with the unfinished runs that it had continued."""

    run: str
    kind: str
    goes_on: bool
    set_id: str
    domain: str
    """The platform's domain when the run began."""
    asides: tuple[Owed, ...]
    """One debt for each root, from the journals; if they have none, from the folders."""
    places: frozenset[str]
    """All folders into which the runs moved something, even if they are gone by now."""
    runs: tuple[str, ...]
    """The run, and all runs that it had continued."""
    ran: dict[str, list[str]]
    """By host: the containers that were running before the first of these runs."""
    all_told: bool
    """Whether the journals are complete and say what was moved: only then `ran` is reliable."""
    readable: bool
    """Whether the journals are complete: if they record nothing that was moved, nothing was."""
    unwell: dict[str, dict[str, str]]
    """By host: the containers that were unhealthy before the first of these runs, and why."""
    gone_on_with_by: str
    """The last restore that continued this one with the content it had moved; empty if none."""
    returned: frozenset[str]
    """The folders whose content an undo has put back, even if that undo was stopped half-way."""
    ended: str = ""
    """When the run ended, RFC 3339; empty if unknown."""
    began: str = ""
    """When the first of the runs was asked for, RFC 3339; empty if unknown."""
    newer: Sequence[NewerFound] = ()
    """Data newer than the set, as counted by undos of this run that were stopped."""
    begun_in: Sequence[str] = ()
    """The undos of this run that were stopped, newest first. The next undo moves the rest to where
    they have moved content already."""
    former: bool = False
    """Only for an undo: what it moved aside was there before the restore, or was added since."""
    kept_by: str = ""
    """The undo that moved aside again what was put back of this run; empty if none."""
    not_now: tuple[str, str] | None = None
    """Only for an undo: why what it moved aside can't be brought back now, and what to do."""
    half: bool = False
    """Only for a restore: it ended before everything was back."""
