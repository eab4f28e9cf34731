"""What a set has, as far as it can be found out quickly: from `set.json`, and by account names.

No store is read in full to count: the numbers of events and points come from `set.json`, if it has
them.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import humanize
import msgspec

from pryv_tui.operations.audit.accounts import INDEX, Accounts, indexed_in, registered_in
from pryv_tui.operations.audit.ownerless import read_bare
from pryv_tui.operations.comparing.amounts import Amount, of_names, of_number, unknown
from pryv_tui.operations.comparing.model import Holding
from pryv_tui.operations.stores.mongo_words import DATABASE
from pryv_tui.platform.gap import Moment
from pryv_tui.vault.manifest import SetHost, SetManifest
from pryv_tui.vault.set_files import FILES_NAME
from pryv_tui.vault.sets import BackupSet

LARGEST = 128 << 20
"""Bytes. Larger files are not read for accounts while a person waits: it would take seconds."""


def saved_holding(backup: BackupSet, part: SetHost) -> Holding:
    """Return the accounts in one machine's part of a set; of core's, those with a document."""
    if not backup.here:
        where = "the set's files are in the repository alone, and are not read for this"
        return _holding(part, unknown(where), unknown(where))
    files = Path(backup.path) / part.name / FILES_NAME
    found = tree_holding(files, part)
    if found.indexed is None or found.indexed.names is None:
        return found
    return msgspec.structs.replace(found, indexed=_usable(found.indexed, files, part))


def _usable(indexed: Amount, files: Path, part: SetHost) -> Amount:
    """Keep the names of core's index that have a document in the dump.

    Newer sets list the names without a document. For older sets the dump is read, if it is small.
    """
    names = frozenset(indexed.names or ())
    said = part.accounts
    if said is not None and said.without_documents is not None:
        return of_names(names - set(said.without_documents))
    doubt = "which of the names in the set's index have documents is not known: "
    layout = part.layout.stores.get("mongodb")
    holds = part.stores.get("mongodb") or {}
    dump = files / layout.dump / str(holds.get("database", DATABASE)) if layout else None
    if dump is None or not dump.is_dir():
        return of_names(names, fewer=f"{doubt}the set holds no dump of MongoDB of {part.name}")
    if much := _too_much(dump):
        return of_names(names, fewer=f"{doubt}the set does not say it, and {much.why}")
    found = read_bare(dump, indexed_in(files, part), holds.get("collections"), lambda: None)
    if found.names is None:
        return of_names(names, fewer=f"{doubt}{found.why}")
    return of_names(names - found.names)


def tree_holding(files: Path, part: SetHost) -> Holding:
    """Return the accounts in a file tree with the layout of a machine's part of a set.

    That is the part itself, or a root that was moved aside.
    """
    register = core = None
    servers: Mapping[str, str] = {}
    if not files.is_dir():
        away = unknown(f"{files} is not there")
        return _holding(part, away, away)
    if "register" in part.roles:
        redis = _redis_folder(files, part)
        register = _too_much(redis)
        if register is None:
            told = registered_in(files, part)
            register, servers = amount_of(told), told.servers
    if "core" in part.roles:
        core = _too_much(files / INDEX) or amount_of(indexed_in(files, part))
    return _holding(part, register, core, servers)


def _holding(
    part: SetHost,
    register: Amount | None,
    core: Amount | None,
    servers: Mapping[str, str] = {},
) -> Holding:
    """Build a holding. If register's names are unknown, the number in the set is used."""
    if register is not None and register.number is None:
        said = users_said(part.stores.get("redis"))
        if said is not None:
            register = Amount(number=said, unnamed=register.why)
    return Holding(
        host=part.name,
        roles=part.roles,
        registered=register if "register" in part.roles else None,
        indexed=core if "core" in part.roles else None,
        servers=dict(servers),
    )


def users_said(holds: dict[str, Any] | None) -> int | None:
    """Return the number of register's accounts by the set, without register's own.

    None if the set does not count register's own account separately.
    """
    if not holds or "own" not in holds:
        return None
    return int(holds.get("users", 0)) - int(holds["own"])


def amount_of(told: Accounts) -> Amount:
    """Return the names as an amount, or the reason why they are unknown."""
    return of_names(told.names) if told.names is not None else unknown(told.why)


def _redis_folder(files: Path, part: SetHost) -> Path:
    layout = part.layout.stores.get("redis")
    form = part.stores.get("redis", {}).get("form")
    folder = str(form.get("folder", "")) if isinstance(form, dict) else ""
    return files / (folder or (layout.data if layout else "pryv/redis/data"))


def _too_much(path: Path) -> Amount | None:
    """Say why a path is too large to be read while a person waits; None if it is not."""
    size = _size(path)
    if size <= LARGEST:
        return None
    told = humanize.naturalsize(size, binary=True)
    return unknown(f"{path} holds {told}, which would take too long to read here")


def _size(path: Path) -> int:
    """Return the size of a file, or of all files below a folder, in bytes.

    Files that can't be read count as 0.
    """
    total = 0
    try:
        if not path.is_dir():
            return path.lstat().st_size
        with os.scandir(path) as entries:
            for entry in entries:
                down = entry.is_dir(follow_symlinks=False)
                total += (
                    _size(Path(entry.path)) if down else entry.stat(follow_symlinks=False).st_size
                )
    except OSError:
        return total
    return total


def events_said(part: SetHost) -> Amount:
    """Return the number of a core's events by the set."""
    counts = (part.stores.get("mongodb") or {}).get("collections")
    if counts is None:
        return unknown("the set does not say what MongoDB held")
    return of_number(int(counts.get("events", 0)))


def points_said(part: SetHost) -> dict[str, int | None] | None:
    """Return the set's number of points per database of a core.

    None for a database that the set does not count; None alone if it counts no points at all.
    """
    holds = part.stores.get("influxdb") or {}
    counts = holds.get("points")
    if counts is None:
        return None
    return {name: counts.get(name) for name in holds.get("databases", ())}


# The time up to which a set has everything.


def moment_of(manifest: SetManifest, part: SetHost, *what: str) -> str:
    """Return the time up to which a set has all data of these stores on one machine, RFC 3339.

    Args:
        what: names as in the set's moments. If none of them is there, it is the machine's earliest
            moment; if there is none, the time when the set was made.
    """
    here = [moment for moment in manifest.moments if moment.host == part.name]
    wanted = [moment for moment in here if moment.what in what]
    return _first(wanted) or _first(here) or manifest.created


def role_moment(manifest: SetManifest, role: str, part: SetHost) -> str:
    """Return the time to which a role goes back, RFC 3339."""
    what = {"core": ("mongodb", "accounts"), "register": ("redis", "redis-files")}.get(role, ())
    return moment_of(manifest, part, *what)


def role_moments(manifest: SetManifest, parts: Collection[str]) -> dict[str, str]:
    """Return the time to which each role of some parts goes back, RFC 3339.

    For a role on several machines, the earliest.
    """
    found: dict[str, str] = {}
    for part in manifest.hosts:
        for role in part.roles if part.name in parts else ():
            moment = role_moment(manifest, role, part)
            found[role] = min(filter(None, (found.get(role), moment)), default="")
    return found


def _first(moments: Iterable[Moment]) -> str:
    return min((moment.started for moment in moments), default="")


def epoch(moment: str, part: SetHost) -> float:
    """Convert a time to seconds since 1970 (UTC), as the machine's own clock showed it."""
    return datetime.fromisoformat(moment).timestamp() + (part.clock_offset_seconds or 0.0)
