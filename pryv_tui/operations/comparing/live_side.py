"""Ask the live platform while a person waits: read-only, with a time limit per question."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from pryv_tui import phrases
from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.formats.errors import FormatError
from pryv_tui.hosts.deployment import HostState
from pryv_tui.hosts.engine import UP, Engine
from pryv_tui.operations.audit.accounts import (
    container_of,
    indexed_now,
    reason,
    registered_now,
    root_of,
)
from pryv_tui.operations.audit.evidence import files_below, place_of
from pryv_tui.operations.audit.live_stores import Tell, databases, points_since
from pryv_tui.operations.audit.ownerless import nameless
from pryv_tui.operations.comparing.amounts import Amount, of_names, of_number, unknown, without
from pryv_tui.operations.comparing.model import Holding, Newer, at_least
from pryv_tui.operations.comparing.set_side import (
    amount_of,
    epoch,
    events_said,
    moment_of,
    points_said,
)
from pryv_tui.operations.containers.shells import Shells
from pryv_tui.operations.stores.mongo_server import ask_events, ask_owners
from pryv_tui.vault.manifest import SetHost, SetManifest
from pryv_tui.vault.set_files import FILES_NAME
from pryv_tui.vault.sets import BackupSet

PATIENCE = 15.0
"""Seconds that each question may take. A count that does not end in time is reported as partial."""


class Limit:
    """Time limit of a question."""

    def __init__(
        self, seconds: float = PATIENCE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    def over(self) -> bool:
        return self._clock() >= self._end


def live_holding(
    engine: Engine,
    state: HostState,
    roles: tuple[str, ...],
    *,
    patience: float = PATIENCE,
    tell: Tell | None = None,
    shells: Shells | None = None,
) -> Holding:
    """Return the accounts that a machine has now.

    Args:
        roles: the machine's roles that exist; only these are asked.
        patience: seconds to wait for an answer.
        shells: the MongoDB shells in the containers that are already known.
    """
    registered = indexed = None
    if "register" in roles:
        down = _down(state, "redis")
        told = None if down else registered_now(engine, state, tell, patience)
        registered = unknown(down) if told is None else amount_of(told)
    if "core" in roles:
        indexed = _usable(engine, state, patience, shells)
    return Holding(host=state.name, roles=roles, registered=registered, indexed=indexed)


def _usable(engine: Engine, state: HostState, patience: float, shells: Shells | None) -> Amount:
    """Return the accounts in a core's index that have a document in MongoDB."""
    told = indexed_now(state)
    if told.names is None:
        return unknown(told.why)
    if not told.names:
        return of_names(())
    why = nameless(told) or _down(state, "mongodb")
    container = state.container("mongodb")
    owners: frozenset[str] = frozenset()
    if not why and container is not None:
        try:
            found = ask_owners(engine, container, patience, shells=shells)
        except (PryvTuiError, OSError, Cancelled) as error:
            why = f"{state.name}: {reason(error)}"
        else:
            owners, why = frozenset(found.owners), found.why
    with_documents = {name for key, name in told.ids.items() if key in owners}
    if not why or with_documents >= told.names:
        return of_names(with_documents)
    doubt = f"which of the names in core's index have documents is not known: {why}"
    return of_names(told.names, fewer=doubt)


def newer_data(
    engine: Engine,
    state: HostState,
    backup: BackupSet,
    part: SetHost,
    *,
    patience: float = PATIENCE,
    tell: Tell | None = None,
    restored: str = "",
    shells: Shells | None = None,
) -> list[Newer]:
    """Return what core has now and the set has not, per store; accounts are not included.

    Args:
        restored: when the restore of that set began, if the live data comes from it; else empty.
    """
    manifest = backup.manifest
    if manifest is None:
        return []
    return [
        _events(engine, state, manifest, part, patience, restored, shells),
        _attachments(state, backup, manifest, part, patience),
        _points(engine, state, manifest, part, patience, tell, restored),
    ]


def _events(
    engine: Engine,
    state: HostState,
    manifest: SetManifest,
    part: SetHost,
    patience: float,
    restored: str,
    shells: Shells | None,
) -> Newer:
    since = restored or moment_of(manifest, part, "mongodb")
    held = events_said(part)
    amount, now = _count_events(engine, state, epoch(since, part), patience, held, shells)
    found = Newer(host=state.name, role="core", what="events", since=since, amount=amount)
    found = msgspec.structs.replace(found, now=now, in_set=held)
    if restored and now.number is not None and held.number is not None:
        return msgspec.structs.replace(found, amount=beyond(now.number, held.number, amount))
    return msgspec.structs.replace(found, amount=at_least(found))


def beyond(now: int, held: int, by_time: Amount) -> Amount:
    """Count what a store has more than the set that it was restored from, by the totals.

    Args:
        now: the store's total now.
        held: the set's total.
        by_time: the number of records with a later time. A device's clock may be ahead, so this
            alone only shows that there may be more.
    """
    more = max(0, now - held)
    later = by_time.number or 0
    if later <= more:
        return of_number(more, by_time.why)
    return of_number(more, f"{later} have a time after the restore began")


def _count_events(
    engine: Engine,
    state: HostState,
    since: float,
    patience: float,
    held: Amount,
    shells: Shells | None,
) -> tuple[Amount, Amount]:
    down = _down(state, "mongodb")
    if down:
        return unknown(down), unknown(down)
    container = state.container("mongodb")
    if container is None:
        return unknown("it has no container"), unknown("it has no container")
    try:
        told = ask_events(engine, container, since, patience, shells=shells)
    except (PryvTuiError, OSError, Cancelled) as error:
        why = f"{state.name}: {reason(error)}"
        return unknown(why), unknown(why)
    if told.newer is not None:
        return of_number(told.newer), of_number(told.now)
    why = f"MongoDB was not done counting within {patience:.0f} s: {told.why}"
    if held.number is None:
        return unknown(why), of_number(told.now)
    return of_number(max(0, told.now - held.number), why), of_number(told.now)


def _attachments(
    state: HostState, backup: BackupSet, manifest: SetManifest, part: SetHost, patience: float
) -> Newer:
    since = moment_of(manifest, part, "files")
    files = Path(backup.path) / part.name / FILES_NAME if backup.here else None
    now, held = None, of_number(part.attachments) if part.attachments is not None else None
    try:
        if files is None and held is None:
            amount = unknown(IN_REPOSITORY)
        else:
            amount = attachments_beyond(root_of(state), files, Limit(patience))
            if files is None and held is not None:
                now, amount = amount, without(amount, held)
                amount = msgspec.structs.replace(amount, why=now.why or IN_REPOSITORY)
    except (PryvTuiError, OSError) as error:
        amount = unknown(f"{state.name}: {reason(error)}")
    found = Newer(host=state.name, role="core", what="attachments", since=since, amount=amount)
    return msgspec.structs.replace(found, now=now, in_set=held)


IN_REPOSITORY = "the set's files are in the repository alone, and are not read for this"


def attachments_beyond(root: Path, files: Path | None, limit: Limit) -> Amount:
    """Count the attached files under a root (live, or moved aside) that a set has not.

    Args:
        files: that machine's file tree in the set; None: count all attached files.

    Raises:
        FileNotFoundError: core's data, or the set's files, do not exist.
        OSError: a folder can't be read.
    """
    if not (root / _DATA).is_dir():
        raise FileNotFoundError(None, f"{root / _DATA} is not there")
    # If the set disappears meanwhile, every file would look newer: fail instead.
    if files is not None:
        files.stat()
    found = 0
    for looked, path in enumerate(_attached(root), start=1):
        found += files is None or not _holds(files, path)
        if looked % _LOOK == 0 and limit.over():
            files_seen = phrases.counted(looked, "file was", "files were")
            return of_number(found, f"{files_seen} looked at within {limit.seconds:.0f} s")
    return of_number(found)


def _holds(files: Path, path: bytes) -> bool:
    """Whether a set has a file.

    Raises:
        OSError: the file can't be checked.
    """
    try:
        os.lstat(os.path.join(os.fsencode(files), path))  # noqa: PTH118 - bytes
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


_DATA = "pryv/core/data"
_LOOK = 500
"""Number of files between two checks of the time limit."""


def _attached(root: Path) -> Iterator[bytes]:
    """Yield the attached files under a root, as paths relative to it."""
    for top in ("attachments", "users"):
        for path in files_below(root / _DATA / top):
            relative = os.fsencode(path.relative_to(root))
            if place_of(FILES_NAME.encode() + b"/" + relative) is not None:
                yield relative


def _points(
    engine: Engine,
    state: HostState,
    manifest: SetManifest,
    part: SetHost,
    patience: float,
    tell: Tell | None,
    restored: str,
) -> Newer:
    since = restored or moment_of(manifest, part, "influxdb")
    amount = count_points(
        engine,
        state,
        epoch(since, part),
        Limit(patience),
        tell,
        points_said(part),
        restored=bool(restored),
    )
    return Newer(host=state.name, role="core", what="points", since=since, amount=amount)


EARLIER = "what was written later with an earlier time is not counted"


def count_points(
    engine: Engine,
    state: HostState,
    since: float,
    limit: Limit,
    tell: Tell | None = None,
    held: Mapping[str, int | None] | None = None,
    *,
    restored: bool = False,
) -> Amount:
    """Count the points that a core has more than the set: those with a time after the set's.

    If a database's total exceeds the set's by more than that, the larger difference counts: a
    device that was offline sends older measurements later.

    Args:
        since: the set's time, in seconds since 1970 (UTC), by the clock of the set's machine.
        held: the set's number of points per database (None for one that it does not count); None if
            the set counts no points.
        restored: whether the live data was restored from that set; see `beyond`.
    """
    down = _down(state, "influxdb")
    if down:
        return unknown(down)
    total = asked = 0
    names: list[str] = []
    newer: dict[str, int] = {}
    try:
        container = container_of(state, "influxdb")
        names = databases(engine, container, tell, limit.seconds)
        moment = round(since * 1000) * 10**6
        for name, many in points_since(
            engine, container, names, moment, limit.over, tell, limit.seconds
        ):
            newer[name] = many
            total += many
            asked += 1
        if asked == len(names):
            if held is None:
                return of_number(total, f"the set does not say how many points it holds: {EARLIER}")
            told = [name for name in names if held.get(name, 0) is not None]
            dark = len(names) - len(told)
            counts: dict[str, int] = {}
            for name, many in points_since(
                engine, container, told, None, limit.over, tell, limit.seconds
            ):
                more = max(newer[name], many - (held.get(name) or 0))
                total += more - newer[name]
                newer[name] = more
                told = told[1:]
                counts[name] = many
            if told or dark:
                every = phrases.counted(len(names), "database")
                return of_number(
                    total, f"{len(told) + dark} of {every} could not be compared whole: {EARLIER}"
                )
            if restored:
                beyond_set = sum(
                    max(0, many - (held.get(name) or 0)) for name, many in counts.items()
                )
                return beyond(beyond_set, 0, of_number(total))
    except (PryvTuiError, FormatError, OSError) as error:
        why = f"{state.name}: {reason(error)}"
        return of_number(total, why) if total else unknown(why)
    if asked < len(names):
        every = phrases.counted(len(names), "database")
        why = f"{asked} of {every} could be asked within {limit.seconds:.0f} s"
        return of_number(total, why)
    return of_number(total)


def _down(state: HostState, store: str) -> str:
    """Say why a store can't be asked now, by the state of its container; empty if it seems to run.

    So nobody waits for a container that is known to be down.
    """
    if not state.reachable:
        return f"{state.name}: {state.problem or 'its engine does not answer'}"
    container = state.container(store)
    if container is None:
        return f"{state.name} has no container of it ({state.name_of(store)})"
    if container.state not in UP:
        return f"{container.name} on {state.name} is not running ({container.state})"
    return ""
