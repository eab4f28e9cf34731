"""Whether what a role's users need is still there, beside what a set held of it: by its files.

Files tell it, a few looks for each store and never a walk through it. What a set of this platform
held tells that there was something; a database that runs has files of its own besides. A store
that has lost some of its records is a matter of `audit --live`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from pryv_tui.clock import moment_of, timestamp
from pryv_tui.hosts.deployment import HostState
from pryv_tui.operations.emptied.gone import DataGone
from pryv_tui.platform.roles import ACCOUNTS_FILES, ACCOUNTS_FOLDER, ROLES
from pryv_tui.vault.manifest import SetHost
from pryv_tui.vault.set_files import FILES_NAME
from pryv_tui.vault.sets import BackupSet

MOST = 1000
"""Entries that are looked at in one folder; one that has more is taken to hold something."""
SMALL = 1024
"""Bytes of Redis's files under which it is asked whether it holds an account: its own words about
an empty store take less, a few accounts may too."""
ASKED = ("mongodb", "redis")
"""The stores whose servers are asked."""
_ATTACHED = "pryv/core/data/attachments"
"""Where attached files lie before 1.8."""


def gone_of(
    state: HostState, role: str, part: SetHost | None, backup: BackupSet | None = None
) -> Iterator[DataGone]:
    """The same of one role by its files alone, beside what a part of a set holds of it.

    Args:
        part: of the set; None where there is none: then a database that runs tells by itself.
    """
    root = state.root_path
    set_id = backup.id if backup is not None else ""
    for store, layout in state.layout.stores.items():
        if store not in stores_of(role) or elsewhere(state, store):
            continue
        held = part is not None and held_by(part, store)
        # On a new platform Redis has no file before it is first saved; the others make theirs.
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
                how += ", and whether their accounts were erased since is not known"
            yield _gone(state, role, store, what, layout.data, how, set_id)
    if role == "core" and part is not None:
        yield from _of_accounts(state, part, backup)


def _of_accounts(state: HostState, part: SetHost, backup: BackupSet | None) -> Iterator[DataGone]:
    """Of core: the folder of its accounts, and each of the files that say which there are."""
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
            # Before 1.8 no file tells which accounts there are: core goes on without these.
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


# What a set tells.


def held_by(part: SetHost, store: str) -> bool:
    """Whether a part of a set holds any record of a store."""
    holds: dict[str, Any] = part.stores.get(store, {})
    if store == "mongodb":
        return any(holds.get("collections", {}).values())
    if store == "redis":
        # Sets from before it was told apart count register's own one, where there is one.
        return bool(holds.get("users", 0) > holds.get("own", 1))
    return bool(holds.get("databases"))


def stores_of(role: str) -> tuple[str, ...]:
    return next((each.stores for name, each in ROLES.items() if name == role), ())


# What files tell.


def is_there(path: Path, *, follow: bool = False) -> bool | None:
    """Whether something lies at a path, or where a link there leads to; None where that can't be
    looked at: a disk that fails, or a folder that may not be read."""
    try:
        path.stat(follow_symlinks=follow)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return None
    return True


def could_be_seen(state: HostState, role: str, part: SetHost) -> bool:
    """Whether what a part of a set holds of a role could be looked at, or its server asked: only
    then does it mean anything that none of it is found gone."""
    root = state.root_path
    for store in stores_of(role):
        layout = state.layout.stores.get(store)
        if layout is None or not held_by(part, store) or elsewhere(state, store):
            continue
        if has_files(root / layout.data) is not True:
            return False
        # By its files a store that was emptied where it is, or made itself anew, looks full.
        if store in ASKED and not runs(state, store):
            return False
    indexed = part.accounts.indexed if part.accounts is not None else 0
    if role != "core" or not (indexed or part.attachments):
        return True
    kept = has_files(root / ACCOUNTS_FOLDER) or has_files(root / _ATTACHED)
    return bool(kept) and all(
        is_there(root / _account(name)) is not None for name in ACCOUNTS_FILES
    )


def elsewhere(state: HostState, store: str) -> bool:
    """Whether the container of a store keeps its data where nobody looks here: in a volume, or in a
    folder outside the root. Then the usual folder tells nothing of it."""
    container, layout = state.container(store), state.layout.stores.get(store)
    if container is None or layout is None:
        return False
    inside = PurePosixPath(layout.data_inside)
    every = (*container.mounts, *container.volumes, *container.volume_folders)
    sources = [one.source for one in every if PurePosixPath(one.destination) == inside]
    place = state.root_path / layout.data
    return bool(sources) and not any(_same(source, place) for source in sources)


def _same(source: str, place: Path) -> bool:
    """Whether a mount's source, which may be a volume's name, is a folder, by whatever links."""
    if not source.startswith("/"):
        return False
    return Path(source) == place or os.path.realpath(source) == os.path.realpath(place)


def has_files(folder: Path) -> bool | None:
    """Whether there is a file in a folder, or below it; None where that can't be looked at, or
    there are too many folders."""
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
    """Whether core knows none of the accounts any more of which the set holds points: their
    databases went with them. None where core has no index of names that can be read."""
    # Late: as a rule nothing is gone, and the first screen waits for this.
    from pryv_tui.operations.audit.accounts import indexed_now

    told = indexed_now(state)
    if told.names is None:
        return None
    known = {*told.names, *told.ids}
    return not any(name.partition(".")[2] in known for name in _with_points(part))


def _with_points(part: SetHost) -> list[str]:
    """The databases of which a set holds points."""
    holds = part.stores.get("influxdb", {})
    points = holds.get("points") or {}
    return [name for name in holds.get("databases", ()) if points.get(name)]


def _without_databases(data: Path, part: SetHost) -> bool:
    """Whether InfluxDB's files have none of the databases of which the set holds points: it keeps
    a folder of each, for its points and for those that are not sorted yet."""
    names = _with_points(part)
    if not names or is_there(data / "data", follow=True) is not True:
        return False
    there = (is_there(data / kind / name) for name in names for kind in ("data", "wal"))
    return all(one is False for one in there)


def _changed(root: Path, path: Path) -> str:
    """When a folder was changed last, or the nearest above it that is there."""
    while not os.path.lexists(path) and path != root:
        path = path.parent
    try:
        return timestamp(datetime.fromtimestamp(path.stat().st_mtime, UTC))
    except (OSError, OverflowError, ValueError):
        return ""


def askable(state: HostState, role: str, part: SetHost) -> Iterator[tuple[str, Path]]:
    """The stores of a role that held something by a set and can be asked, with their folders."""
    for store in ASKED:
        layout = state.layout.stores.get(store)
        if layout is None or store not in stores_of(role) or elsewhere(state, store):
            continue
        if held_by(part, store) and runs(state, store):
            yield store, state.root_path / layout.data


def written_since(state: HostState, role: str, part: SetHost, backup: BackupSet) -> Iterator[str]:
    """The stores of a role that may hold less than a set does, since their files were written
    after it: a database that was dropped, or Redis after FLUSHALL, may keep its files large."""
    made = moment_of(backup.manifest.created) if backup.manifest is not None else None
    for store, data in askable(state, role, part):
        last = _last_written(data)
        # Redis without an append-only file may have changed in its memory alone.
        quiet = store == "redis" and part.stores[store].get("form", {}).get("kind") != "aof"
        if quiet or last is None or made is None or last > made:
            yield store


def _last_written(data: Path) -> datetime | None:
    """When something was last written in a folder, or below it; None where that can't be told."""
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
    """The stores of a role whose files look as if a server had made itself anew on an empty folder:
    MongoDB's are all younger than the set, Redis's too small for what it held."""
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
    """From when the oldest file of a store is, which it writes when it makes itself; None where
    that can't be told."""
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
    """How many bytes Redis's files have together; None where that can't be told at a glance."""
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
    """Whether the container of a service runs."""
    container = state.container(service)
    return container is not None and container.state == "running"
