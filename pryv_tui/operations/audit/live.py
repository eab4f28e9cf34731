"""Find casualties on the live platform, records without their other half; mainly after a restore.

The stores are asked one after the other while the platform runs. A record that is made or deleted
meanwhile must not be reported: the order of the questions prefers a miss to a false alarm, and a
suspect is checked twice. What can't be asked is reported as not checked, never as none.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import msgspec

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.formats.errors import FormatError
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.hosts.engine import CancelToken
from pryv_tui.operations.audit import live_stores
from pryv_tui.operations.audit.accounts import (
    Accounts,
    container_of,
    indexed_now,
    reason,
    registered_now,
    root_of,
    servers_now,
)
from pryv_tui.operations.audit.evidence import Evidence, written_out
from pryv_tui.operations.audit.from_set import PREFIX, Audit, NotChecked, audit_json
from pryv_tui.operations.audit.other_cores import WHAT as OTHER_CORES
from pryv_tui.operations.audit.other_cores import sample, told_apart
from pryv_tui.operations.audit.owners import people_in
from pryv_tui.operations.audit.whose import whose
from pryv_tui.operations.containers.following import followed
from pryv_tui.operations.root.marker import read_marker
from pryv_tui.operations.site import Site
from pryv_tui.platform.casualties import KINDS, Kind, clearing
from pryv_tui.platform.release import without_index
from pryv_tui.vault.sets import BackupSet

State = Literal["empty", "remains", "not checked"]


class LiveAudit(msgspec.Struct, frozen=True, kw_only=True):
    """The casualties on the live platform, and which of a set's casualties are settled."""

    found: Audit
    """The casualties that remain; `set` is the set compared with, empty if none."""
    domain: str
    practice: bool
    lying: dict[str, list[tuple[str, str]]] = {}
    """The root and the real path (PEP 383) of an attached file, by the path as shown. Several files
    may have one shown path: on two machines, or with bytes that are not text."""
    containers: dict[str, str] = {}
    """By the name of a high-frequency database: its container."""
    named: dict[str, list[str]] = {}
    """The casualties in the set's own audit, by `group.name`; only kinds that it could check."""

    def clearing(self, each: Kind, name: str, before: int = 0) -> list[str]:
        """Return the commands that clear one away; `before`: how many of its name come first."""
        influxdb = self.containers.get(name.partition("/")[0], "")
        found = self.lying.get(name, [])
        # Only attached files have a path; other kinds are cleared away by name.
        root, path = found[before] if before < len(found) else ("", name)
        return clearing(each, path, root, influxdb)

    def state(self, each: Kind) -> State:
        """Return the state of a kind; "empty" only if it was checked completely."""
        if self.found.names(each.group, each.name):
            return "remains"
        name = f"{each.group}.{each.name}"
        return "not checked" if name in self.found.unchecked else "empty"

    def settled(self, each: Kind) -> list[str]:
        """Return the casualties of the set's audit that the live platform no longer shows."""
        name = f"{each.group}.{each.name}"
        if name in self.found.unchecked:
            return []
        left = set(self.found.names(each.group, each.name))
        return [one for one in self.named.get(name, []) if one not in left]

    @property
    def checked(self) -> bool:
        """Whether any kind could be checked."""
        return any(self.state(each) != "not checked" for each in KINDS)


class Ends(msgspec.Struct, frozen=True, kw_only=True):
    """A way to end an audit early; what it has not reached by then is not checked."""

    token: CancelToken
    why: Callable[[], str]
    """The reason in words, once the token is set."""


class _Looker:
    """One audit of all stores."""

    def __init__(
        self,
        site: Site,
        deployment: Deployment,
        tell: live_stores.Tell | None,
        ends: Ends | None,
    ) -> None:
        self._site = site
        self._tell = tell
        self._ends = ends
        self._cores = deployment.hosts_of("core")
        self._registers = deployment.hosts_of("register")
        self.not_checked: list[NotChecked] = []
        self._owners: dict[str, set[str]] = {}
        """By core: the ids of accounts with documents there; only if all could be read."""
        self._named: list[frozenset[str]] = []
        """The names in the index of each core."""
        self._bare: set[str] = set()
        """Accounts in core's index that have no document."""
        self.lying: dict[str, list[tuple[str, str]]] = {}
        self.containers: dict[str, str] = {}
        self.attachments: dict[str, list[str]] = {}
        self.series: dict[str, list[str]] = {}
        self._ids: dict[str, str] = {}

    def skip(self, what: str, why: str, *, for_good: bool = False) -> None:
        item = NotChecked(what, why, for_good)
        if item not in self.not_checked:
            self.not_checked.append(item)

    @contextmanager
    def trying(self, where: str, *subjects: str) -> Iterator[None]:
        """Report these subjects as not checked if the body fails."""
        try:
            yield
        except (PryvTuiError, FormatError, OSError) as error:
            why = reason(error)
            if isinstance(error, Cancelled) and self._ends is not None:
                why = self._ends.why()
            for what in subjects:
                self.skip(what, f"{where}: {why}")

    def between(self) -> None:
        """Raise Cancelled if the audit is to end."""
        if self._ends is not None and self._ends.token.is_set():
            raise Cancelled()

    def look(self) -> Audit:
        if not self._cores:
            for what in ("attachments", "series without event", "series without account"):
                self.skip(what, "no host known here has core")
        before = self._registered()
        names: dict[str, list[str]] = {}
        for state in self._cores:
            names[state.name] = self._core(state)
        core = self._indexed()
        after = self._registered() if before is not None and core is not None else None
        accounts: dict[str, list[str]] = {}
        if before is not None and core is not None and after is not None:
            # Register is written first. So a new account may not be in core yet, and an account in
            # core may be newer than the first look at register.
            usable = core - self._bare
            accounts["core_only"] = sorted(usable - (before | after))
            stranded = self._of_here((before & after) - usable, before)
            if stranded is not None:
                accounts["register_only"] = sorted(stranded)
        self._without_account(names, core)
        for group in (self.attachments, self.series):
            for found in group.values():
                found.sort()
        return Audit(
            set="",
            accounts=accounts,
            attachments=self.attachments,
            series=self.series,
            not_checked=self.not_checked,
            people=people_in(self.attachments.values(), self._ids),
        )

    def _of_here(self, lacking: set[str], registered: set[str]) -> set[str] | None:
        """Keep the names that a core here should have but has not; None if unknown. Register has
        the accounts of all cores, also of those that are not here."""
        if not lacking:
            return lacking
        asked = {*lacking, *(name for core in self._named for name in sample(core, registered))}
        servers: dict[str, str] = {}
        try:
            for state in self._registers:
                servers |= servers_now(self._engine(state), state, asked, self._tell)
        except (PryvTuiError, FormatError, OSError) as error:
            self.skip("accounts", f"it can't be asked which core they are on: {reason(error)}")
            return None
        other = told_apart(self._named, servers)
        if other.why:
            self.skip("accounts", other.why)
            return None
        if told := other.told(lacking):
            self.skip(OTHER_CORES, told, for_good=True)
        return lacking - other.elsewhere.keys()

    def _registered(self) -> set[str] | None:
        if not self._registers:
            self.skip("accounts", "no host known here has register")
            return None
        known: set[str] = set()
        for state in self._registers:
            told = registered_now(self._engine(state), state, self._tell)
            if told.names is None:
                self.skip("accounts", told.why)
                return None
            known |= told.names
        return known

    def _indexed(self) -> set[str] | None:
        if not self._cores:
            self.skip("accounts", "no host known here has core")
            return None
        known: set[str] = set()
        for state in self._cores:
            told = indexed_now(state)
            if told.names is None:
                self.skip("accounts", told.why, for_good=without_index(state.release))
                return None
            known |= told.names
            self._named.append(told.names)
            self._ids |= told.ids
            self._find_bare(state.name, told)
        return known

    def _find_bare(self, host: str, told: Accounts) -> None:
        """Find accounts that have only a name in core's index: the index was copied after the dump.
        An account that was made in between has only the name in a set, and nobody can log in."""
        owners = self._owners.get(host)
        if owners is None:
            return  # the reason was recorded when reading them failed
        if len(told.ids) < len(told.names or ()):
            why = f"{host}: the index of core does not tell the ids of its accounts"
            self.skip("accounts without documents", why)
            return
        self._bare |= {name for key, name in told.ids.items() if key not in owners}

    def _core(self, state: HostState) -> list[str]:
        """Check one core's attachments and series against its events; return its databases."""
        names: list[str] = []
        told = False
        with Evidence() as evidence:
            # Series and files are read before events: each of those found now has its event by the
            # time the events are read.
            with self.trying(state.name, "series without event", "series without account"):
                self.between()
                container = container_of(state, "influxdb")
                names = live_stores.databases(self._engine(state), container, self._tell)
                self.containers.update(dict.fromkeys(names, container))
                self.series.setdefault("without_account", [])
                with self.trying(state.name, "series without event"):
                    for name, found in live_stores.measurements(
                        self._engine(state), container, names, self._tell, self._token
                    ):
                        self.between()
                        evidence.take_series(name, found)
                    told = True
            files = False
            with self.trying(state.name, "attachments"):
                self.between()
                evidence.read_root(root_of(state), self.between)
                files = True
            with self.trying(
                state.name, "attachments", "series without event", "accounts without documents"
            ):
                self.between()
                owners: set[str] = set()
                engine, container = self._engine(state), container_of(state, "mongodb")
                with evidence.taking_events() as take, followed(engine.url, container) as begun:
                    live_stores.read_events(
                        engine, container, take, self._tell, self._token, owners, begun
                    )
                self._owners[state.name] = owners
                if files:
                    self._attached(state, evidence)
                if told:
                    self.series.setdefault("without_event", []).extend(
                        evidence.series_without_event()
                    )
        return names

    def _attached(self, state: HostState, evidence: Evidence) -> None:
        root = root_of(state)
        orphans = self.attachments.setdefault("without_event", [])
        for path in evidence.paths_without_event():
            if os.path.lexists(os.fsencode(root) + b"/" + path):
                name = written_out(path)
                orphans.append(name)
                self.lying.setdefault(name, []).append((str(root), os.fsdecode(path)))
        missing = [name for name in evidence.missing_files() if not _lies(root, name)]
        self.attachments.setdefault("missing", []).extend(missing)

    def _without_account(self, names: dict[str, list[str]], core: set[str] | None) -> None:
        if core is None:
            self.series.pop("without_account", None)
            old = any(one.what == "accounts" and one.for_good for one in self.not_checked)
            why = "the names of core's accounts are not known"
            self.skip("series without account", why, for_good=old)
            return
        self.series.setdefault("without_account", []).extend(
            name
            for found in names.values()
            for name in found
            if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in core
        )

    @property
    def _token(self) -> CancelToken | None:
        return self._ends.token if self._ends is not None else None

    def _engine(self, state: HostState) -> Any:
        return self._site.host(state.name).engine


def _lies(root: Path, name: str) -> bool:
    """Whether an attachment, `<user>/<event>/<file>`, exists under a root now."""
    words = name.split("/")
    if len(words) != 3 or not all(words) or ".." in words:
        return False
    user, event, file = words
    data = root / "pryv/core/data"
    turned = "/".join(reversed(user[-3:]))
    return os.path.lexists(data / "attachments" / user / event / file) or os.path.lexists(
        data / "users" / turned / user / "attachments" / event / file
    )


def audit_live(
    site: Site,
    of: tuple[BackupSet, Audit] | None = None,
    tell: live_stores.Tell | None = None,
    ends: Ends | None = None,
    *,
    within: str = "",
) -> LiveAudit:
    """Audit the live platform. Nothing is changed.

    Args:
        of: a set and its own audit; the result then says which of its casualties are settled.
        ends: a way to end the audit early; accounts, which take a moment, are asked all the same.
        within: the id of the run that calls this: its own marker is no reason to refuse.

    Raises:
        PryvTuiError: `refused` for a set of another platform, and while a restore is unfinished.
    """
    deployment = site.discover()
    if of is not None:
        _same_platform(site, deployment, of[0])
    for state in deployment.hosts:
        marker = read_marker(state.root_path) if state.root else None
        if marker is not None and (not within or marker.run != within):
            raise PryvTuiError(
                "refused",
                f"a restore of {marker.set_id} on {state.name} is not done (run {marker.run})",
                "Wait for its end, or settle what it left: pryv-tui recover",
            )
    looker = _Looker(site, deployment, tell, ends)
    found = looker.look()
    live = LiveAudit(
        found=found,
        domain=deployment.domain,
        practice=site.practice,
        lying=looker.lying,
        containers=looker.containers,
    )
    if of is None:
        return live
    backup, audit = of
    named = {
        f"{each.group}.{each.name}": audit.names(each.group, each.name)
        for each in KINDS
        if each.name in getattr(audit, each.group)
    }
    # The set's index may have owners of files that are no longer in the live index.
    people = people_in(found.attachments.values(), audit.people) | found.people
    return msgspec.structs.replace(
        live, found=msgspec.structs.replace(found, set=backup.id, people=people), named=named
    )


def _same_platform(site: Site, deployment: Deployment, backup: BackupSet) -> None:
    for one in whose(site, deployment, backup):
        if not one.fits:
            raise PryvTuiError("refused", one.text, one.remedy)


def live_json(live: LiveAudit) -> dict[str, Any]:
    """Return what `audit --live --json` prints: lists, each kind's state, and what is settled."""
    shown = audit_json(live.found)
    shown["live"] = True
    shown["states"] = {f"{each.group}.{each.name}": live.state(each) for each in KINDS}
    shown["settled"] = {f"{each.group}.{each.name}": live.settled(each) for each in KINDS}
    return shown
