"""The content of a practice platform. If it is equal before a backup and after a restore, nothing
was lost.

Two digests cover the files. `attachments`: everything under `core/data/users`, including the
accounts' SQLite files (by their content: a copy made through SQLite arranges the pages
differently). `conf`: the rest of every root, without the stores, the dumps, the logs and what a
backup leaves out.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pryv_tui.errors import PryvTuiError
from pryv_tui.practice.home import Home, Machine
from pryv_tui.practice.life import DATABASE
from pryv_tui.practice.stores import sqlite as sqlite_files
from pryv_tui.practice.stores.influx import InfluxStore
from pryv_tui.practice.stores.mongo import MongoStore
from pryv_tui.practice.stores.redis import RedisStore

_USERS = b"pryv/core/data/users"
_ELSEWHERE = (
    _USERS,
    b"pryv/core/data/previews",
    b"pryv/mongodb/data",
    b"pryv/mongodb/backup",
    b"pryv/influxdb/data",
    b"pryv/influxdb/backup",
    b"pryv/redis/data",
)
_ASIDE = b".pryv-tui"
"""The folder for what a restore moved aside; it is not part of the platform's content."""
_SQLITE = (b".db", b".sqlite", b".sqlite3")
_SMALL = 1 << 18
"""A size in bytes. A file below this size is read at once: hashing in parts allocates a buffer of
this size."""
_SQLITE_BESIDE = (b"-wal", b"-shm", b"-journal")


def contents(home: Home) -> dict[str, Any]:
    """Return the platform's content, as `practice contents --json` prints it.

    Raises:
        PryvTuiError: `practice`, a store's files are damaged, or a run is moving them.
    """
    try:
        return _contents(home)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise home.not_now(f"can't be read: {where}{error.strerror or error}") from error
    except (ValueError, sqlite3.Error, struct.error) as error:
        raise PryvTuiError(
            "practice",
            f"a store of the practice platform can't be read: {error}",
            "Make another in a new folder: pryv-tui practice create FOLDER.",
        ) from error


def _contents(home: Home) -> dict[str, Any]:
    machines = list(home.machines.values())
    attachments = [part for machine in machines for part in _attachments(machine)]
    return {
        "mongodb": {k: v for machine in machines for k, v in _mongodb(machine).items()},
        "influxdb": {k: v for machine in machines for k, v in _influxdb(machine).items()},
        "redis": {"users": sum(_redis(machine) for machine in machines)},
        "attachments": {
            "files": len(attachments),
            "bytes": sum(attachments),
            "digest": _digest(part for machine in machines for part in _users_files(machine)),
        },
        "conf": {"digest": _digest(part for machine in machines for part in _conf_files(machine))},
        "running": sorted(_running(home)),
    }


def _mongodb(machine: Machine) -> dict[str, int]:
    return MongoStore(machine.root / "pryv/mongodb/data").counts(DATABASE)


def _influxdb(machine: Machine) -> dict[str, int]:
    store = InfluxStore(machine.root / "pryv/influxdb/data")
    if not store.exists():
        return {}
    return dict(sorted(store.all_points().items()))


def _redis(machine: Machine) -> int:
    store = RedisStore(machine.root / "pryv/redis/data")
    return store.users() if store.aof.exists() else 0


def _running(home: Home) -> Iterator[str]:
    """Yield the names of running containers, without those of drills. On a cluster, each name has
    its machine, since several machines have an nginx."""
    for machine in home.machines.values():
        place = "" if len(home.machines) == 1 else f"{machine.name}/"
        for container in machine.own_containers():
            if container.state == "running":
                yield place + container.name


def _attachments(machine: Machine) -> Iterator[int]:
    top = os.fsencode(machine.root)
    for path in _walk(top, _USERS):
        if b"/attachments/" in path:
            status = os.lstat(os.path.join(top, path))  # noqa: PTH118 - bytes, no Path
            if stat.S_ISREG(status.st_mode):
                yield status.st_size


def _users_files(machine: Machine) -> Iterator[bytes]:
    top = os.fsencode(machine.root)
    for path in _walk(top, _USERS):
        yield from _describe(machine, top, path)


def _conf_files(machine: Machine) -> Iterator[bytes]:
    top = os.fsencode(machine.root)
    for path in _walk(top, b""):
        yield from _describe(machine, top, path)


def _walk(top: bytes, below: bytes) -> Iterator[bytes]:
    """Yield the paths of files and folders, relative to the root, in a fixed order."""
    try:
        entries = sorted(os.scandir(os.path.join(top, below)), key=lambda e: e.name)  # noqa: PTH118
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        path = os.path.join(below, entry.name) if below else entry.name  # noqa: PTH118
        # This program's folder is at the root's top, and at the top of each disk mounted below it.
        if path in _ELSEWHERE or path.startswith(_ASIDE) or entry.name == _ASIDE:
            continue
        if path.split(b"/")[-2:-1] == [b"log"] or path.endswith(_SQLITE_BESIDE):
            continue
        yield path
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(top, path)


def _describe(machine: Machine, top: bytes, path: bytes) -> Iterator[bytes]:
    full = os.path.join(top, path)  # noqa: PTH118 - bytes, no Path
    status = os.lstat(full)
    kind = stat.S_IFMT(status.st_mode)
    facts: list[object] = [machine.name, path, status.st_uid, status.st_gid, oct(status.st_mode)]
    if kind == stat.S_IFLNK:
        facts += [status.st_mtime_ns, os.readlink(full)]  # noqa: PTH115 - bytes, no Path
    elif kind == stat.S_IFREG and path.endswith(_SQLITE):
        facts.append(hashlib.sha256(sqlite_files.content(Path(os.fsdecode(full)))).hexdigest())
    elif kind == stat.S_IFREG:
        with open(full, "rb") as file:
            if status.st_size < _SMALL:
                content = hashlib.sha256(file.read())
            else:
                content = hashlib.file_digest(file, "sha256")
        facts += [status.st_mtime_ns, status.st_nlink, content.hexdigest(), _attributes(full)]
    yield repr(facts).encode() + b"\n"


def _attributes(path: bytes) -> list[tuple[str, bytes]]:
    if not hasattr(os, "listxattr"):
        return []
    try:
        names = [name for name in os.listxattr(path) if name.startswith("user.")]
        return sorted((name, os.getxattr(path, name)) for name in names)
    except OSError:
        return []


def _digest(parts: Iterator[bytes]) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part)
    return whole.hexdigest()
