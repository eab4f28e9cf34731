"""Find the records that the timing gap made unusable, from a set's files alone: no server is asked.

What a release's files do not show is reported as not checked, never as none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.influx_backup import read_backup
from pryv_tui.operations.audit.accounts import Accounts, indexed_in, registered_in
from pryv_tui.operations.audit.evidence import Evidence
from pryv_tui.operations.audit.other_cores import WHAT as OTHER_CORES
from pryv_tui.operations.audit.other_cores import told_apart
from pryv_tui.operations.audit.ownerless import Bare, Ownerless, bare, kept_of, nameless
from pryv_tui.operations.audit.owners import people_in, with_owner
from pryv_tui.operations.stores.mongo_server import EVENTS
from pryv_tui.platform.casualties import KINDS
from pryv_tui.platform.release import without_index
from pryv_tui.vault.manifest import CoreAccounts, SetHost
from pryv_tui.vault.set_files import FILES_NAME, SUMS_NAME
from pryv_tui.vault.sets import BackupSet

PREFIX = "user."


KINDS_OF = {
    "accounts": ("accounts.register_only", "accounts.core_only"),
    "accounts without documents": ("accounts.register_only",),
    OTHER_CORES: (),
    "attachments": ("attachments.without_event", "attachments.missing"),
    "series without event": ("series.without_event",),
    "series without account": ("series.without_account",),
}
"""By subject that was not checked: the kinds whose lists are incomplete because of it.

Accounts on other cores make no list incomplete: the lists are about the cores here, and those
accounts are listed separately.
"""


class NotChecked(msgspec.Struct, frozen=True):
    """A subject that was not checked, and why."""

    what: str
    why: str
    for_good: bool = False
    """True: no later audit of this release, or of this set, can check it either."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds, as `group.name`, whose lists are incomplete because of it."""
        return KINDS_OF.get(self.what, ())


class Held(NamedTuple):
    """Counts of one machine's part of a set, stored in the set for later comparisons."""

    accounts: CoreAccounts | None = None
    """None if there is no index of user names, or if it can't be read."""
    attachments: int | None = None
    """Number of attached files; None if they could not be counted."""
    points: dict[str, int] | None = None
    """Points per high-frequency database, without doubtful ones; None if they could not be read."""


def with_held(host: SetHost, held: Held) -> SetHost:
    """Add the audit's counts to a machine's part of the manifest."""
    stores = host.stores
    if held.points is not None:
        stores = {**stores, "influxdb": {**stores["influxdb"], "points": held.points}}
    return msgspec.structs.replace(
        host, accounts=held.accounts, attachments=held.attachments, stores=stores
    )


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """The casualties of one set, by group and name as `KINDS` lists them."""

    set: str
    accounts: dict[str, list[str]]
    attachments: dict[str, list[str]]
    series: dict[str, list[str]]
    not_checked: list[NotChecked]
    held: dict[str, Held] = {}
    """Per machine with core; only in the audit of a set."""
    people: dict[str, str] = {}
    """Names of accounts, for display, by the ids in these lists; only those in core's index."""

    def shown(self, name: str) -> str:
        """Return a casualty's name for display, with the account's name beside an id."""
        return with_owner(name, self.people)

    def names(self, group: str, name: str) -> list[str]:
        found: dict[str, list[str]] = getattr(self, group)
        return found.get(name, [])

    @property
    def counts(self) -> dict[str, int]:
        """Number of casualties of each kind that was checked, for `set.json`."""
        return {
            f"{each.group}.{each.name}": len(self.names(each.group, each.name))
            for each in KINDS
            if each.name in getattr(self, each.group)
        }

    @property
    def to_be_asked(self) -> list[NotChecked]:
        """What was not checked now but could be later: a file or server did not answer."""
        return [one for one in self.not_checked if not one.for_good]

    @property
    def unchecked(self) -> frozenset[str]:
        """The kinds, as `group.name`, that were not checked, or not completely."""
        return frozenset(kind for item in self.not_checked for kind in item.kinds)

    @property
    def none_found(self) -> str:
        """The sentence for an audit without casualties; it is about what was checked only."""
        if not self.counts.keys() - self.unchecked:
            return "nothing could be checked, so it is not known what the gap cost"
        if self.not_checked:
            return "no casualty was found in what was checked"
        return (
            "no casualty was found: inside the set each account, attachment and series has its"
            " other half"
        )

    @property
    def total(self) -> int:
        return sum(self.counts.values())


class _Auditor:
    def __init__(self, folder: Path, hosts: Sequence[SetHost], between: Callable[[], None]) -> None:
        self._folder = folder
        self._hosts = hosts
        self._between = between
        self.not_checked: list[NotChecked] = []
        self._ids: dict[str, str] = {}
        self._servers: dict[str, str] = {}
        """By account: the core on which register has it."""
        self._told: dict[str, Accounts] = {}
        """By core: the accounts in its index."""
        self._held: dict[str, Held] = {}
        self._bare: dict[str, frozenset[str]] = {}
        """By core: the accounts in its index without a document; only cores for which that is
        known."""

    def skip(self, what: str, why: str, *, for_good: bool = False) -> None:
        self.not_checked.append(NotChecked(what, why, for_good))

    def cores(self) -> list[SetHost]:
        return [host for host in self._hosts if "core" in host.roles]

    def files(self, host: SetHost) -> Path:
        return self._folder / host.name / FILES_NAME

    def registered(self) -> set[str] | None:
        """Return the accounts that register has; None if unknown."""
        hosts = [host for host in self._hosts if "register" in host.roles]
        if not hosts:
            self.skip("accounts", "the set does not hold register", for_good=True)
            return None
        known: set[str] = set()
        for host in hosts:
            told = registered_in(self.files(host), host)
            if told.names is None:
                self.skip("accounts", told.why)
                return None
            if told.torn:
                self.skip(
                    f"the end of {told.torn}",
                    f"torn from byte {told.torn_at} on; Redis ignores that part, and so does this"
                    " audit",
                    for_good=True,
                )
            known |= told.names
            self._servers |= told.servers
        return known

    def indexed(self) -> set[str] | None:
        """Return the names of the accounts that core has; None if unknown."""
        cores = self.cores()
        if not cores:
            self.skip("accounts", "the set does not hold core", for_good=True)
            return None
        known: set[str] = set()
        for host in cores:
            told = indexed_in(self.files(host), host)
            if told.names is None:
                self.skip("accounts", told.why, for_good=without_index(host.release))
                return None
            known |= told.names
            self._ids |= told.ids
            self._told[host.name] = told
        return known

    def look(self) -> Audit:
        register, core = self.registered(), self.indexed()
        attachments: dict[str, list[str]] = {}
        series: dict[str, list[str]] = {}
        if not self.cores():
            for what in ("attachments", "series without event", "series without account"):
                self.skip(what, "the set does not hold core", for_good=True)
        for host in self.cores():
            self._between()
            self._host(host, attachments, series, register is not None and core is not None)
            self._databases(host, core, series)
        for group in (attachments, series):
            for names in group.values():
                names.sort()
        return Audit(
            set="",
            accounts=self._accounts(register, core),
            attachments=attachments,
            series=series,
            not_checked=self.not_checked,
            held=self._held,
            people=people_in(attachments.values(), self._ids),
        )

    def _accounts(self, register: set[str] | None, core: set[str] | None) -> dict[str, list[str]]:
        """Compare the accounts of register and core; empty if either is unknown.

        An account without documents does not count as known to core.
        """
        if register is None or core is None:
            return {}
        usable: set[str] = set()
        for host, told in self._told.items():
            usable |= (told.names or frozenset()) - self._bare.get(host, frozenset())
        found = {"core_only": sorted(usable - register)}
        lacking = register - usable
        other = told_apart([told.names or () for told in self._told.values()], self._servers)
        if other.why and lacking:
            self.skip("accounts", other.why, for_good=True)
            return found
        if away := other.told(lacking):
            self.skip(OTHER_CORES, away, for_good=True)
        stranded = sorted(lacking - other.elsewhere.keys())
        if stranded or self._bare.keys() >= self._told.keys():
            found["register_only"] = stranded
        return found

    def _host(
        self,
        host: SetHost,
        attachments: dict[str, list[str]],
        series: dict[str, list[str]],
        accounts: bool,
    ) -> None:
        """Check what depends on one core's documents: attachments, series and, if compared,
        accounts."""
        holds = host.stores.get("mongodb") or {}
        layout = host.layout.stores.get("mongodb")
        name = str(holds.get("database", "pryv-node"))
        dump = self.files(host) / layout.dump / name if layout else None
        told = self._told.get(host.name)
        ownerless = Ownerless(told.ids if told is not None else (), holds.get("collections"))
        files, points = self._events(host, dump, ownerless, attachments, series)
        read = not ownerless.problem
        known: CoreAccounts | None = None
        if told is not None:
            found = self._find_bare(dump, told, ownerless)
            if found.names is not None:
                self._bare[host.name] = found.names
            elif accounts:
                self.skip("accounts without documents", f"{host.name}: {found.why}")
            known = kept_of(told, found, ownerless, read=read and not nameless(told))
        self._held[host.name] = Held(known, files, points)

    def _find_bare(self, dump: Path | None, told: Accounts, ownerless: Ownerless) -> Bare:
        if why := nameless(told):
            return Bare(None, why)
        if dump is None or not dump.is_dir():
            return Bare(None, "the set holds no dump of MongoDB of it")
        ownerless.read_others(dump, self._between)
        return bare(told, ownerless)

    def _events(
        self,
        host: SetHost,
        dump: Path | None,
        ownerless: Ownerless,
        attachments: dict[str, list[str]],
        series: dict[str, list[str]],
    ) -> tuple[int | None, dict[str, int] | None]:
        """Check attachments and series against the events.

        Returns:
            The numbers of attached files and of points; None if they could not be counted.
        """
        events = dump / f"{EVENTS}.bson" if dump else None
        if events is None or not events.exists():
            why = f"the dump of {host.name} holds no events"
            self.skip("attachments", why, for_good=True)
            self.skip("series without event", why, for_good=True)
            with ownerless.reading(EVENTS):
                pass  # there are none; this compares that with the number in the set
            return None, None
        with Evidence() as evidence:
            told = self._series(host, evidence)
            self._between()
            try:
                with ownerless.reading(EVENTS):
                    evidence.read_events(events, ownerless.take)
                evidence.read_files(self._folder / host.name / SUMS_NAME)
            except FormatError as error:
                self.skip("attachments", str(error))
                self.skip("series without event", str(error))
                return None, None
            attachments.setdefault("without_event", []).extend(evidence.files_without_event())
            attachments.setdefault("missing", []).extend(evidence.missing_files())
            if told:
                series.setdefault("without_event", []).extend(evidence.series_without_event())
            databases = (host.stores.get("influxdb") or {}).get("databases", ())
            return evidence.files, evidence.points(databases) if told else None

    def _series(self, host: SetHost, evidence: Evidence) -> bool:
        """Read the series of a core; return whether that was possible."""
        influx = host.layout.stores.get("influxdb")
        if influx is None or "influxdb" not in host.stores:
            why = f"the set holds no InfluxDB of {host.name}"
            self.skip("series without event", why, for_good=True)
            return False
        try:
            evidence.read_series(self.files(host) / influx.dump)
        except FormatError as error:
            self.skip("series without event", str(error))
            return False
        return True

    def _databases(
        self, host: SetHost, core: set[str] | None, series: dict[str, list[str]]
    ) -> None:
        influx = host.layout.stores.get("influxdb")
        if influx is None or "influxdb" not in host.stores:
            why = f"the set holds no InfluxDB of {host.name}"
            self.skip("series without account", why, for_good=True)
            return
        if core is None:
            old = any(one.what == "accounts" and one.for_good for one in self.not_checked)
            why = "the names of core's accounts are not known"
            self.skip("series without account", why, for_good=old)
            return
        try:
            backup = read_backup(self.files(host) / influx.dump, read_shards=False)
        except FormatError as error:
            self.skip("series without account", str(error))
            return
        names = [name for name in backup.user_databases if name.startswith(PREFIX)]
        series.setdefault("without_account", []).extend(
            name for name in names if name.removeprefix(PREFIX) not in core
        )


def audit_files(
    folder: Path, hosts: Sequence[SetHost], between: Callable[[], None] = lambda: None
) -> Audit:
    """Audit the files of a set, or of a set that is about to be complete.

    Args:
        folder: the set's folder.
        hosts: the set's parts, by its manifest.
        between: called from time to time; may raise to end the audit.
    """
    return _Auditor(folder, hosts, between).look()


def audit_set(backup: BackupSet, between: Callable[[], None] = lambda: None) -> Audit:
    """Audit a set.

    Raises:
        PryvTuiError: `refused` for a set that is not complete.
    """
    manifest = backup.need("audit")
    found = audit_files(Path(backup.path), manifest.hosts, between)
    return msgspec.structs.replace(found, set=backup.id)


def audit_json(found: Audit) -> dict[str, Any]:
    """An audit in the form of `audit --json`: a list for each kind of casualty, checked or not. A
    list may be empty or incomplete because something was not checked. `not_checked` says what, and
    its `kinds` are the names of these lists."""
    groups: dict[str, Any] = {"set": found.set}
    for each in KINDS:
        groups.setdefault(each.group, {})[each.name] = found.names(each.group, each.name)
    groups["not_checked"] = [
        {"what": item.what, "why": item.why, "kinds": list(item.kinds)}
        for item in found.not_checked
    ]
    groups["people"] = found.people
    return groups
