"""Find lost data of a role by its files, compared with a set.

Each look at a store's folder reads a limited number of entries (`MOST`). The set shows what there
was; a running database has files even if it is new. Finding single lost records is the task of
`audit --live`.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from pryv_tui.clock import moment_of, timestamp
from pryv_tui.filesystem.same_file import same_place
from pryv_tui.hosts.deployment import HostState
from pryv_tui.operations.emptied.gone import DataGone
from pryv_tui.platform.layout import plain
from pryv_tui.platform.roles import ACCOUNTS_FILES, ACCOUNTS_FOLDER, ROLES
from pryv_tui.vault.manifest import SetHost
from pryv_tui.vault.set_files import FILES_NAME
from pryv_tui.vault.sets import BackupSet

MOST = 1000
"""Most entries that a look reads.

Beyond it `has_files` and `_last_written` return None; the others leave the rest unread.
"""
SMALL = 1024
"""Bytes. If Redis' files are smaller, Redis is asked whether it has an account.

An empty Redis writes less, but a few accounts may fit too.
"""
ASKED = ("mongodb", "influxdb", "redis")
"""The stores whose servers can be asked whether they have any data."""
_ATTACHED = "pryv/core/data/attachments"
"""Where attached files were stored before release 1.8."""


def gone_of(
    state: HostState, role: str, part: SetHost | None, backup: BackupSet | None = None
) -> Iterator[DataGone]:
    """Yield the data of one role that is gone, judged by its files alone.

    Args:
        part: the set's part for the role's machine. None: there is no set; then a store other than
            Redis counts as gone if its server is running and its folder has no file.
    """
    root = state.root_path
    set_id = backup.id if backup is not None else ""
    for store, layout in state.layout.stores.items():
        if store not in stores_of(role) or elsewhere(state, store):
            continue
        held = part is not None and held_by(part, store)
        # A new Redis has no file until its first save; the other databases create theirs at the
        # start.
        alone = store != "redis" and runs(state, store)
        what = f"the data of {store}"
        if (held or alone) and has_files(root / layout.data) is False:
            yield _gone(state, role, store, what, layout.data, "is empty", set_id if held else "")
        elif (
            held
            and part is not None
            and store == "influxdb"
            and _without_databases(root / layout.data, part)
            and (erased := _erased(state, part)) is not True
        ):
            how = f"has none of the databases that {set_id or 'the set'} holds"
            if erased is None:
                how += ", and it is not known whether their accounts were erased since then"
            yield _gone(state, role, store, what, layout.data, how, set_id)
    if role == "core" and part is not None:
        yield from _of_accounts(state, part, backup)


def _of_accounts(state: HostState, part: SetHost, backup: BackupSet | None) -> Iterator[DataGone]:
    """Yield what core lost: the folder of its accounts, or single files that list the accounts."""
    root, set_id = state.root_path, backup.id if backup is not None else ""
    files = backup.folder / part.name / FILES_NAME if backup is not None and backup.here else None
    indexed = part.accounts.indexed if part.accounts is not None else 0
    if not indexed and not part.attachments:
        return
    if has_files(root / ACCOUNTS_FOLDER) is False and has_files(root / _ATTACHED) is False:
        saved = [name for name in ACCOUNTS_FILES if files and is_there(files / _account(name))]
        if indexed or saved:
            what = "the folder of its accounts"
            yield _gone(state, "core", "core", what, ACCOUNTS_FOLDER, "is empty", set_id)
        elif is_there(root / _ATTACHED) is False:
            # Before 1.8 no file lists the accounts: core works without its attached files.
            what = "the folder of its attached files"
            gone = _gone(state, "core", "core", what, _ATTACHED, "is not there", set_id)
            yield msgspec.structs.replace(gone, partly=True)
        return
    for name in ACCOUNTS_FILES:
        place = _account(name)
        if files and is_there(files / place) and is_there(root / place) is False:
            yield _gone(state, "core", "core", f"core's {name}", place, "is not there", set_id)


def _account(name: str) -> str:
    return f"{ACCOUNTS_FOLDER}/{name}"


def _gone(
    state: HostState, role: str, service: str, what: str, place: str, how: str, set_id: str
) -> DataGone:
    return DataGone(
        role=role,
        host=state.name,
        service=service,
        what=what,
        place=place,
        how=how,
        set=set_id,
        since=_changed(state.root_path, state.root_path / place),
    )


# Facts from a set.


def held_by(part: SetHost, store: str) -> bool:
    """Whether the set's part has any record of a store."""
    holds: dict[str, Any] = part.stores.get(store, {})
    if store == "mongodb":
        return any(holds.get("collections", {}).values())
    if store == "redis":
        # Older sets do not record how many of the `users` are register's own: one is assumed.
        return bool(holds.get("users", 0) > holds.get("own", 1))
    return bool(holds.get("databases"))


def stores_of(role: str) -> tuple[str, ...]:
    return next((each.stores for name, each in ROLES.items() if name == role), ())


# Facts from files.


def is_there(path: Path, *, follow: bool = False) -> bool | None:
    """Whether a path exists; None if that can't be checked (disk error, missing rights).

    Args:
        follow: whether the target of a link has to exist.
    """
    try:
        path.stat(follow_symlinks=follow)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return None
    return True


def could_be_seen(state: HostState, role: str, part: SetHost) -> bool:
    """Whether all that the set has of a role could be checked, by files or by asking its server.

    Only then does finding nothing gone prove anything.
    """
    root = state.root_path
    for store in stores_of(role):
        layout = state.layout.stores.get(store)
        if layout is None or not held_by(part, store) or elsewhere(state, store):
            continue
        if has_files(root / layout.data) is not True:
            return False
        # The files of a store that was emptied in place, or created again, look full.
        asked = store in ASKED and (store != "influxdb" or bool(with_points(part)))
        if asked and not runs(state, store):
            return False
    indexed = part.accounts.indexed if part.accounts is not None else 0
    if role != "core" or not (indexed or part.attachments):
        return True
    kept = has_files(root / ACCOUNTS_FOLDER) or has_files(root / _ATTACHED)
    return bool(kept) and all(
        is_there(root / _account(name)) is not None for name in ACCOUNTS_FILES
    )


def elsewhere(state: HostState, store: str) -> bool:
    """Whether a store's container has its data outside the usual folder.

    In a volume, or in a folder outside the root. Then the usual folder shows nothing about the
    store.
    """
    container, layout = state.container(store), state.layout.stores.get(store)
    if container is None or layout is None:
        return False
    inside = plain(layout.data_inside)
    every = (*container.mounts, *container.volumes, *container.volume_folders)
    sources = [one.source for one in every if plain(one.destination) == inside]
    place = str(state.root_path / layout.data)
    return bool(sources) and not any(_same(source, place) for source in sources)


def _same(source: str, place: str) -> bool:
    """Whether a mount's source (a path, or the name of a volume) is this folder; links are
    resolved."""
    return source.startswith("/") and same_place(source, place)


def begin_with_nothing(state: HostState, stores: Collection[str]) -> bool:
    """Whether none of these stores has a file, so that they would start empty. False if unknown."""
    return not any(
        elsewhere(state, store) or has_files(state.root_path / layout.data) is not False
        for store, layout in state.layout.stores.items()
        if store in stores
    )


def has_files(folder: Path) -> bool | None:
    """Whether a folder, or a folder below it, has a file.

    None if a folder can't be read, or if there are more than `MOST` entries.
    """
    folders, looked = [folder], 0
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    looked += 1
                    if not entry.is_dir(follow_symlinks=False):
                        return True
                    if looked > MOST:
                        return None
                    folders.append(Path(entry.path))
        except FileNotFoundError:
            continue
        except OSError:
            return None
    return False


def _erased(state: HostState, part: SetHost) -> bool | None:
    """Whether core no longer has any account whose points the set has; None if unknown.

    Unknown if core has no readable index of names.
    """
    names, told = still_known(state, part)
    return not names if told else None


def still_known(state: HostState, part: SetHost) -> tuple[list[str], bool]:
    """Return the databases with points in the set whose accounts core still has.

    Erasing an account removes its database.

    Returns:
        The databases, and whether core has a readable index of names; if not, they are all of them.
    """
    # Imported late: usually nothing is gone, and the first screen would wait for this import.
    from pryv_tui.operations.audit.accounts import indexed_now

    told, names = indexed_now(state), with_points(part)
    if told.names is None:
        return names, False
    known = {*told.names, *told.ids}
    return [name for name in names if name.partition(".")[2] in known], True


def with_points(part: SetHost) -> list[str]:
    """Return the databases with points in the set."""
    holds = part.stores.get("influxdb", {})
    points = holds.get("points") or {}
    return [name for name in holds.get("databases", ()) if points.get(name)]


def _without_databases(data: Path, part: SetHost) -> bool:
    """Whether InfluxDB's folder lacks every database with points in the set.

    InfluxDB has a folder per database under `data` (sorted points) and `wal` (not sorted yet).
    """
    names = with_points(part)
    if not names or is_there(data / "data", follow=True) is not True:
        return False
    there = (is_there(data / kind / name) for name in names for kind in ("data", "wal"))
    return all(one is False for one in there)


def _changed(root: Path, path: Path) -> str:
    """Return when a path, or its nearest existing parent, was last modified, RFC 3339; else
    empty."""
    while not os.path.lexists(path) and path != root:
        path = path.parent
    try:
        return timestamp(datetime.fromtimestamp(path.stat().st_mtime, UTC))
    except (OSError, OverflowError, ValueError):
        return ""


def askable(state: HostState, role: str, part: SetHost) -> Iterator[tuple[str, Path]]:
    """Yield a role's running stores that can be asked, each with its folder.

    Only stores of which the set has records.
    """
    for store in ASKED:
        layout = state.layout.stores.get(store)
        if layout is None or store not in stores_of(role) or elsewhere(state, store):
            continue
        told = with_points(part) if store == "influxdb" else held_by(part, store)
        if told and runs(state, store):
            yield store, state.root_path / layout.data


def written_since(state: HostState, role: str, part: SetHost, backup: BackupSet) -> Iterator[str]:
    """Yield the stores of a role that may have less than the set.

    Their files were written after the set was made, or that is unknown. After a dropped database or
    FLUSHALL the files may stay large.
    """
    made = moment_of(backup.manifest.created) if backup.manifest is not None else None
    for store, data in askable(state, role, part):
        last = _last_written(data)
        # Without an append-only file, Redis may have changed in memory only.
        quiet = store == "redis" and part.stores[store].get("form", {}).get("kind") != "aof"
        if quiet or last is None or made is None or last > made:
            yield store


def _last_written(data: Path) -> datetime | None:
    """Return when a folder, or anything below it, was last modified.

    None if unknown, or if there are more than `MOST` entries.
    """
    last, folders, looked = 0.0, [data], 0
    try:
        while folders:
            folder = folders.pop()
            last = max(last, folder.stat().st_mtime)
            with os.scandir(folder) as entries:
                for entry in entries:
                    looked += 1
                    if looked > MOST:
                        return None
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(Path(entry.path))
                    else:
                        last = max(last, entry.stat(follow_symlinks=False).st_mtime)
        return datetime.fromtimestamp(last, UTC)
    except (OSError, OverflowError, ValueError):
        return None


def looking_new(state: HostState, role: str, part: SetHost, backup: BackupSet) -> Iterator[str]:
    """Yield the stores of a role whose files look as if the server had started on an empty folder.
    MongoDB's files are all younger than the set, Redis' are smaller than `SMALL`."""
    for store, data in askable(state, role, part):
        if store == "redis":
            small = _bytes(data)
            if small is not None and small < SMALL:
                yield store
            continue
        first = begun(data)
        made = moment_of(backup.manifest.created) if backup.manifest is not None else None
        if first is not None and made is not None and first > made:
            yield store


def begun(data: Path) -> datetime | None:
    """Return the oldest modification time of the files in a store's folder; None if unknown. That
    is about when the server created the store."""
    oldest = []
    try:
        with os.scandir(data) as entries:
            for entry in islice(entries, MOST):
                if entry.is_file(follow_symlinks=False):
                    oldest.append(entry.stat(follow_symlinks=False).st_mtime)
        return datetime.fromtimestamp(min(oldest), UTC) if oldest else None
    except (OSError, OverflowError, ValueError):
        return None


def _bytes(data: Path) -> int | None:
    """Return the total size of Redis' files in bytes; None if it is `SMALL` or more, or unknown."""
    total, folders = 0, [data]
    try:
        while folders:
            with os.scandir(folders.pop()) as entries:
                for entry in islice(entries, MOST):
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(Path(entry.path))
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
                    if total >= SMALL or len(folders) > MOST:
                        return None
    except OSError:
        return None
    return total


def runs(state: HostState, service: str) -> bool:
    """Whether the container of a service is running."""
    container = state.container(service)
    return container is not None and container.state == "running"
