"""Simulated use of a practice platform: accounts are created, files attached, high-frequency points
recorded.

Everything is written in the order of the real services: an account to register first and then to
core (from 1.8), an attachment's file before its event, a series' event before its points.
"""

from __future__ import annotations

import base64
import hashlib
import os
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bson

from pryv_tui.practice.people import BIRTH, Account, identifier
from pryv_tui.practice.services import PRYV_UID
from pryv_tui.practice.settings import running_as_root
from pryv_tui.practice.stores import sqlite
from pryv_tui.practice.stores.influx import InfluxStore
from pryv_tui.practice.stores.mongo import Index, MongoStore
from pryv_tui.practice.stores.redis import RedisStore, user_commands
from pryv_tui.practice.stores.tsm import series_key

DATABASE = "pryv-node"

COLLECTIONS: dict[str, tuple[Index, ...]] = {
    "accesses": (
        {"v": 2, "key": {"userId": 1, "token": 1}, "name": "userId_1_token_1", "unique": True},
    ),
    "events": (
        {"v": 2, "key": {"userId": 1}, "name": "userId_1"},
        {"v": 2, "key": {"userId": 1, "streamIds": 1}, "name": "userId_1_streamIds_1"},
        {"v": 2, "key": {"userId": 1, "time": 1}, "name": "userId_1_time_1"},
    ),
    "profile": ({"v": 2, "key": {"userId": 1}, "name": "userId_1"},),
    "sessions": (),
    "streams": ({"v": 2, "key": {"userId": 1, "streamId": 1}, "name": "userId_1_streamId_1"},),
    "versions": (),
    "webhooks": (),
}
"""The collections that exist from the start, with their indexes; others are created when needed."""

_INDEX_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS id4name (username TEXT PRIMARY KEY, userId TEXT NOT NULL);"
)
_ACCOUNT_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS passwords (time REAL PRIMARY KEY, hash TEXT NOT NULL);"
)
_AUDIT_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS events"
    " (eventid TEXT PRIMARY KEY, type TEXT NOT NULL, content TEXT, time REAL NOT NULL);"
)
_MIME = ("image/png", "application/pdf", "text/csv")


@dataclass(frozen=True)
class Places:
    """The roots to which content is written."""

    core: Path
    register: Path

    @property
    def mongo(self) -> MongoStore:
        return MongoStore(self.core / "pryv/mongodb/data")

    @property
    def influx(self) -> InfluxStore:
        return InfluxStore(self.core / "pryv/influxdb/data")

    @property
    def redis(self) -> RedisStore:
        return RedisStore(self.register / "pryv/redis/data")

    @property
    def users(self) -> Path:
        return self.core / "pryv/core/data/users"


class Life:
    """The creator of content, as people would create it. The same seed and numbers give the same
    content."""

    def __init__(self, places: Places, seed: int, server: str) -> None:
        self.places = places
        self._seed = seed
        self._server = server
        self._mongo = places.mongo
        self._held: dict[tuple[Path, str], list[sqlite.Statement]] | None = None
        """Inside `at_once`: the statements to write, by SQLite file and schema."""

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Collect everything that the block creates, and write it when the block ends, opening each
        database once. Used when a platform is created: nobody reads it before. If the block
        fails, nothing is written. Blocks can't be nested."""
        with self._mongo.at_once(DATABASE):
            self._held = {}
            try:
                yield
                held = self._held
            finally:
                self._held = None
            for (path, schema), statements in held.items():
                _write(path, schema, statements)

    def begin(self) -> None:
        """Create what the services create before there is any account."""
        for name, indexes in COLLECTIONS.items():
            chance = random.Random(f"{self._seed}/collection/{name}")
            self._mongo.create(DATABASE, name, chance.randbytes(16).hex(), indexes)
        version = {"_id": "1.9.0", "migrationCompleted": BIRTH}
        self._mongo.insert(DATABASE, "versions", [bson.encode(version)])
        self.places.redis.make_wactiv()

    def register(self, account: Account) -> None:
        """Add an account to register: from 1.8, the first of two steps."""
        self.places.redis.append(
            user_commands(
                account.username,
                account.user_id,
                account.email,
                int(account.registered * 1000),
                self._server,
            )
        )

    def settle(self, account: Account) -> None:
        """Make an account usable: write core's own files and its first documents."""
        chance = random.Random(f"{self._seed}/settle/{account.number}")
        folder = self.places.users / account.folder
        _make_folders(self.places.users, folder)
        row = (account.username, account.user_id)
        statement: sqlite.Statement = ("INSERT OR REPLACE INTO id4name VALUES (?, ?)", row)
        self._write(self.places.users / "user-index.db", _INDEX_SCHEMA, statement)
        secret = hashlib.sha256(chance.randbytes(8)).hexdigest()[:53]
        statement = ("INSERT OR REPLACE INTO passwords VALUES (?, ?)", (account.registered, secret))
        self._write(folder / "account.sqlite", _ACCOUNT_SCHEMA, statement)
        self._audit(account, "user.create", identifier(chance), account.registered)
        self._insert("streams", self._streams(account))
        self._insert("accesses", [_access(account, chance)])
        self._insert("profile", [_profile(account, chance)])
        self._insert("events", [_event(account, chance, minute=i) for i in range(12)])

    def attach(self, account: Account, number: int, *, when: float | None = None) -> None:
        """Attach a file to an event: the file is written first, then the event that names it."""
        chance = random.Random(f"{self._seed}/attachment/{number}")
        event = _event(account, chance, minute=60 + number, when=when)
        file_id = identifier(chance)
        content = chance.randbytes(chance.randrange(200, 40_000))
        folder = self.places.users / _attachment_folder(account, event["_id"])
        _make_folders(self.places.users, folder)
        path = folder / file_id
        path.write_bytes(content)
        path.chmod(0o640)
        _own([path])
        os.utime(path, (event["created"], event["created"]))
        event["type"] = "picture/attached" if number % 3 == 0 else "file/attached"
        event["content"] = None
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        event["attachments"] = [
            {
                "id": file_id,
                "fileName": f"Messung {number + 1} für {account.username}.dat",
                "type": _MIME[number % 3],
                "size": len(content),
                "integrity": f"sha256-{digest}",
            }
        ]
        self._insert("events", [event])
        self._audit(account, "events.create", event["_id"], event["created"])
        _make_preview(self.places.core, account, event["_id"])

    def record(self, account: Account, number: int, points: int, *, when: float) -> None:
        """Record high-frequency points: their event, and a series named after that event."""
        chance = random.Random(f"{self._seed}/series/{number}")
        event = _event(account, chance, minute=0, when=when)
        event["type"] = "series:frequency/bpm"
        event["content"] = {
            "elementType": "frequency/bpm",
            "fields": ["value"],
            "required": ["value"],
            "types": ["number"],
        }
        self._insert("events", [event])
        # No point may be older than its event, whose time has milliseconds.
        start = round(when * 1000) * 10**6
        series = [(start + i * 10**9, chance.randrange(55, 140)) for i in range(points)]
        key = series_key(f"event.{event['_id']}", "value")
        self.places.influx.write(account.database, {key: series})

    def _insert(self, collection: str, documents: Sequence[dict[str, Any]]) -> None:
        self._mongo.insert(DATABASE, collection, [bson.encode(d) for d in documents])

    def _audit(self, account: Account, kind: str, key: str, when: float) -> None:
        path = self.places.users / account.folder / "audit.sqlite"
        statement = ("INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?)", (key, kind, None, when))
        self._write(path, _AUDIT_SCHEMA, statement)

    def _write(self, path: Path, schema: str, statement: sqlite.Statement) -> None:
        if self._held is None:
            _write(path, schema, [statement])
        else:
            self._held.setdefault((path, schema), []).append(statement)

    def _streams(self, account: Account) -> list[dict[str, Any]]:
        out = []
        for name in ("health", "diary"):
            chance = random.Random(f"{self._seed}/stream/{account.number}/{name}")
            stream = {"_id": identifier(chance), "streamId": name, "name": name.capitalize()}
            out.append(stream | {"userId": account.user_id, "parentId": None} | _stamps(account))
        return out


def _write(path: Path, schema: str, statements: Sequence[sqlite.Statement]) -> None:
    """Write to a SQLite file of core, and set the usual owner of the file and its WAL."""
    sqlite.write_wal(path, schema, statements)
    _own(path.with_name(path.name + beside) for beside in ("", "-wal", "-shm"))


def _attachment_folder(account: Account, event: str) -> str:
    return f"{account.folder}/attachments/{event}"


def attachment_path(seed: int, account: Account, number: int) -> str:
    """Return the path of an attached file below a root, computed without looking at any file."""
    chance = random.Random(f"{seed}/attachment/{number}")
    event = _event(account, chance, minute=60 + number)
    folder = _attachment_folder(account, event["_id"])
    return f"pryv/core/data/users/{folder}/{identifier(chance)}"


def _stamps(account: Account, when: float | None = None) -> dict[str, Any]:
    at = account.registered if when is None else when
    return {"created": at, "createdBy": "system", "modified": at, "modifiedBy": "system"}


def _access(account: Account, chance: random.Random) -> dict[str, Any]:
    access = {
        "_id": identifier(chance),
        "userId": account.user_id,
        "token": identifier(chance),
        "type": "personal",
        "name": "pryv-app",
    }
    return access | _stamps(account)


def _profile(account: Account, chance: random.Random) -> dict[str, Any]:
    key = identifier(chance)
    return {"_id": key, "userId": account.user_id, "profileId": "private", "data": {"lang": "fr"}}


def _event(
    account: Account, chance: random.Random, *, minute: int, when: float | None = None
) -> dict[str, Any]:
    at = account.registered + 60.0 * (minute + 1) if when is None else when
    event = {
        "_id": identifier(chance),
        "userId": account.user_id,
        "streamIds": ["health"],
        "type": "mass/kg",
        "content": round(chance.uniform(50, 95), 1),
        "time": at,
        "tags": [],
    }
    return event | _stamps(account, at)


def _make_preview(root: Path, account: Account, event: str) -> None:
    folder = root / "pryv/core/data/previews" / account.user_id / event
    _make_folders(root / "pryv/core/data/previews", folder)
    path = folder / "preview-256.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0practice preview\xff\xd9")
    _own([path])


def _make_folders(top: Path, folder: Path) -> None:
    missing: list[Path] = []
    for path in (folder, *folder.parents):
        # If a folder exists, so do all folders above it.
        if path.exists():
            break
        missing.append(path)
        if path == top:
            break
    for path in reversed(missing):
        path.mkdir(mode=0o755)
    _own(missing)


def _own(paths: Any) -> None:
    if running_as_root():
        for path in paths:
            if os.path.lexists(path):
                os.chown(path, PRYV_UID, PRYV_UID, follow_symlinks=False)


def clock() -> float:
    """Return the present time by the operator's clock, used for everything after the platform's
    creation."""
    return round(time.time(), 3)
