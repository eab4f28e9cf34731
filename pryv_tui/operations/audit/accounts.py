"""The accounts that register and core have: in a file tree, and on the live platform.

Both are listed by name. Register's accounts are the users in its Redis, except register's own.
Core's are in its index of user names, which exists from 1.8 on.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.sqlite.copy import NotByBackup, wants_backup
from pryv_tui.formats.sqlite.recover import take_database
from pryv_tui.hosts.deployment import HostState
from pryv_tui.hosts.engine import Engine
from pryv_tui.operations.audit import live_stores
from pryv_tui.operations.audit.evidence import named_accounts
from pryv_tui.operations.containers.waiting import QUESTION_SECONDS
from pryv_tui.operations.stores.redis_keys import newest_user
from pryv_tui.platform.roles import ACCOUNTS_FOLDER
from pryv_tui.platform.services import OWN_ACCOUNT
from pryv_tui.vault.manifest import SetHost
from pryv_tui.vault.redis_saved import read_saved

_FILE = "user-index.db"
INDEX = f"{ACCOUNTS_FOLDER}/{_FILE}"
NO_INDEX = (
    "has no index of user names: before 1.8 core knows accounts by their `userId`, register by"
    " their names; whether register's `id` is that `userId` is not documented"
)


class Accounts(NamedTuple):
    """The names of accounts, or the reason why they are unknown."""

    names: frozenset[str] | None
    why: str = ""
    torn: str = ""
    """The file with a torn end (an incomplete last write); empty if there is none."""
    torn_at: int = 0
    servers: Mapping[str, str] = {}
    """Register only: by name, the core on which register has the account, if known."""
    ids: Mapping[str, str] = {}
    """Core only: names by the ids under which files are kept, if known."""


def registered_in(files: Path, host: SetHost) -> Accounts:
    """Return the accounts that register had when a file tree was copied or moved.

    Args:
        files: the tree: a host's files in a set, or a root that was moved aside.
        host: that host's part of the set.
    """
    layout = host.layout.stores.get("redis")
    try:
        found = read_saved(files, layout.data, host.stores.get("redis", {})) if layout else None
    except (FormatError, OSError) as error:
        return Accounts(None, f"Redis's files of {host.name} can't be read: {error}")
    if found is None:
        return Accounts(None, f"there are no files of Redis of {host.name}")
    names = frozenset(found.users) - {OWN_ACCOUNT}
    servers = {name: host for name, host in found.servers.items() if name != OWN_ACCOUNT}
    if found.torn:
        return Accounts(names, torn=found.torn_file, torn_at=found.torn_at, servers=servers)
    return Accounts(names, servers=servers)


def indexed_in(files: Path, host: SetHost) -> Accounts:
    """Return the accounts that core had, by name, when a file tree was copied or moved."""
    index = files / INDEX
    try:
        there = index.exists()
    except OSError as error:
        return Accounts(None, f"core's index of {host.name} can't be read: {error}")
    if not there:
        return Accounts(None, f"{host.name} ({host.release or 'release unknown'}) {NO_INDEX}")
    try:
        names, ids = named_accounts(index)
    except FormatError as error:
        return Accounts(None, f"core's index of {host.name} can't be read: {error}")
    return Accounts(frozenset(names), ids=ids)


def registered_now(
    engine: Engine,
    state: HostState,
    tell: live_stores.Tell | None = None,
    seconds: float = QUESTION_SECONDS,
) -> Accounts:
    """Return the accounts that a machine's register has now.

    Args:
        seconds: how long to wait for an answer.
    """
    try:
        found = live_stores.registered(engine, container_of(state, "redis"), tell, seconds)
    except (PryvTuiError, FormatError, OSError) as error:
        return Accounts(None, f"{state.name}: {reason(error)}")
    return Accounts(frozenset(found) - {OWN_ACCOUNT})


def servers_now(
    engine: Engine,
    state: HostState,
    names: Collection[str],
    tell: live_stores.Tell | None = None,
    seconds: float = QUESTION_SECONDS,
) -> Mapping[str, str]:
    """Return, by account, the core on which a machine's register has it.

    Accounts without an answer are left out.

    Args:
        seconds: how long to wait for an answer.

    Raises:
        PryvTuiError: the server can't be asked, or does not answer.
    """
    if not names:
        return {}
    return live_stores.servers(engine, container_of(state, "redis"), names, tell, seconds)


def newest_registered(
    engine: Engine,
    state: HostState,
    tell: live_stores.Tell | None = None,
    seconds: float = QUESTION_SECONDS,
) -> float | None:
    """Return when the newest account of a machine's register was registered, in seconds since 1970.

    None if no account has such a time. Register's own account is left out: it is created again at
    each start.

    Args:
        seconds: how long to wait for an answer.

    Raises:
        PryvTuiError: the server can't be asked, or does not answer.
    """
    server = live_stores.redis_server(engine, container_of(state, "redis"), tell, seconds)
    return newest_user(server.lines, server.users())


def indexed_now(state: HostState) -> Accounts:
    """Return the accounts that a machine's core has now, by name."""
    ids: dict[str, str] = {}
    try:
        found = indexed(root_of(state), ids)
    except (PryvTuiError, FormatError, OSError) as error:
        return Accounts(None, f"{state.name}: {reason(error)}")
    if found is None:
        return Accounts(None, f"{state.name} ({state.release or 'release unknown'}) {NO_INDEX}")
    return Accounts(frozenset(found), ids=ids)


def indexed(root: Path, ids: dict[str, str] | None = None) -> set[str] | None:
    """Return the accounts in core's index now; None if core has no index (before 1.8).

    The index is a SQLite file whose newest accounts may be only in the write-ahead log. So it is
    copied with SQLite's own backup first; a closed database is read directly.

    Args:
        ids: is filled with the accounts' names, by the ids under which their files are kept.

    Raises:
        FormatError: the index can't be read.
    """
    path = root / INDEX
    name = os.fsencode(_FILE)
    try:
        source = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FormatError(path, path.name, error.strerror or str(error)) from error
    try:
        if not wants_backup(descriptor, name, source):
            return _names(path, ids)
        with tempfile.TemporaryDirectory(prefix="pryv-tui-audit-") as folder:
            (Path(folder) / _FILE).touch(mode=0o600)
            target = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                take_database(name, source, target, between=lambda: None)
            finally:
                os.close(target)
            return _names(Path(folder) / _FILE, ids)
    except (NotByBackup, OSError) as error:
        raise FormatError(path, path.name, str(error)) from error
    finally:
        os.close(descriptor)
        os.close(source)


def _names(index: Path, ids: dict[str, str] | None) -> set[str]:
    names, known = named_accounts(index)
    if ids is not None:
        ids.update(known)
    return names


def container_of(state: HostState, store: str) -> str:
    """Return the name of a store's container.

    Raises:
        PryvTuiError: `engine-unreachable`, the machine's engine does not answer.
    """
    if not state.reachable:
        raise PryvTuiError("engine-unreachable", state.problem or "its engine does not answer")
    return state.layout.stores[store].container


def root_of(state: HostState) -> Path:
    """Return a machine's root.

    Raises:
        PryvTuiError: `step-failed`, the root does not exist.
    """
    if state.root is None or not state.root_path.is_dir():
        raise PryvTuiError("step-failed", f"its root {state.root or ''} does not exist")
    return state.root_path


def reason(error: Exception) -> str:
    """Return in words why something could not be asked or read."""
    return error.what if isinstance(error, PryvTuiError) else str(error)
