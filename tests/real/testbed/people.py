"""The people of a test platform and what they have in each store."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import files, stores

EPOCH_MS = 1_700_000_000_000
_CHARACTERS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Person:
    """One account."""

    username: str

    @property
    def id(self) -> str:
        """The user id, in the form of Pryv's: `c` and 24 characters."""
        number = int(hashlib.sha256(self.username.encode()).hexdigest(), 16)
        text = ""
        for _ in range(24):
            number, digit = divmod(number, 36)
            text += _CHARACTERS[digit]
        return f"c{text}"

    @property
    def email(self) -> str:
        """The e-mail address."""
        return f"{self.username}@example.org"

    @property
    def influx(self) -> str:
        """The InfluxDB database of this person's high-frequency series."""
        return f"user.{self.username}"


@dataclass(frozen=True)
class Attachment:
    """A file that belongs to an event."""

    event: str
    id: str
    name: str
    content: bytes

    @property
    def field(self) -> dict[str, Any]:
        """How the event names it."""
        return {
            "id": self.id,
            "fileName": self.name,
            "type": "application/octet-stream",
            "size": len(self.content),
        }


def event_id(person: Person, number: int) -> str:
    """The id of a person's n-th event."""
    return f"e{hashlib.sha256(f'{person.id}/{number}'.encode()).hexdigest()[:24]}"


def attachment(person: Person, number: int) -> Attachment:
    """The file of a person's n-th event; its content follows from its name."""
    event = event_id(person, number)
    content = hashlib.sha512(event.encode()).digest() * (1 + number % 40)
    return Attachment(event, f"f{event[1:13]}", f"scan {number}.bin", content)


def event_documents(
    person: Person, numbers: Sequence[int], attached: Sequence[int]
) -> list[dict[str, Any]]:
    """Events of a person; those in `attached` name a file."""
    found = []
    for number in numbers:
        document: dict[str, Any] = {
            "_id": event_id(person, number),
            "userId": person.id,
            "streamIds": ["diary" if number % 3 else "heart"],
            "type": "note/txt" if number % 3 else "mass/kg",
            "time": EPOCH_MS / 1000 + number * 60.25,
            "content": f"note {number} of {person.username} – ünïcode" if number % 3 else 70.5,
            "created": EPOCH_MS / 1000,
            "createdBy": f"a{person.id[1:]}",
            "modified": EPOCH_MS / 1000,
            "trashed": None,
        }
        if number in attached:
            document["attachments"] = [attachment(person, number).field]
        found.append(document)
    return found


def account_documents(person: Person) -> dict[str, list[dict[str, Any]]]:
    """What every account has in MongoDB besides its events."""
    return {
        "streams": [
            {"_id": f"{person.id}-{name}", "userId": person.id, "streamId": name, "name": name}
            for name in ("diary", "heart", "series")
        ],
        "accesses": [
            {
                "_id": f"a{person.id[1:]}",
                "userId": person.id,
                "token": f"t{person.id[1:]}",
                "name": "pryv-browser",
                "type": "personal",
                "permissions": [],
            }
        ],
        "profile": [{"_id": f"p{person.id[1:]}", "userId": person.id, "data": {"theme": "dark"}}],
        "webhooks": [
            {
                "_id": f"w{person.id[1:]}",
                "userId": person.id,
                "webhookId": "hook",
                "url": "https://nowhere.invalid/",
            }
        ],
        "sessions": [{"_id": f"s{person.id[1:]}", "data": {"username": person.username}}],
    }


def point_lines(person: Person, first: int, count: int) -> list[str]:
    """High-frequency points of a person, in InfluxDB's line protocol."""
    measurement = f"event.{event_id(person, 0)}"
    start = EPOCH_MS * 1_000_000
    return [
        f'{measurement} value={60 + number % 40}.5,note="n{number}" {start + number * 1_000_000}'
        for number in range(first, first + count)
    ]


def register_keys(person: Person) -> list[list[str]]:
    """The commands by which register stores an account in Redis."""
    fields = ["id", person.id, "username", person.username, "email", person.email]
    fields += ["registeredTimestamp", str(EPOCH_MS)]
    return [
        ["HSET", f"{person.username}:users", *fields],
        ["SET", f"{person.username}:server", "co1"],
        ["SET", f"{person.email}:email", person.username],
    ]


def write_account_files(data: Path, numbers: tuple[int, ...], person: Person) -> None:
    """What an account has in SQLite: audit from 1.7, username index and password hash from 1.8."""
    folder = files.user_folder(data, person.id)
    if numbers >= (1, 7):
        files.write_database(
            folder / "audit.sqlite",
            "CREATE TABLE IF NOT EXISTS events (eventid TEXT PRIMARY KEY, content TEXT);",
            [
                ("INSERT INTO events VALUES (?, ?)", (f"{person.username}-{n}", "events.get"))
                for n in range(20)
            ],
        )
    if numbers >= (1, 8):
        files.write_database(
            folder / "account-1.0.0.sqlite",
            "CREATE TABLE IF NOT EXISTS passwords (time REAL PRIMARY KEY, hash TEXT);",
            [("INSERT INTO passwords VALUES (?, ?)", (float(EPOCH_MS), f"hash-{person.id}"))],
        )
        files.write_database(
            data / "users" / "user-index.db",
            "CREATE TABLE IF NOT EXISTS id4name (username TEXT PRIMARY KEY, userId TEXT);",
            [("INSERT INTO id4name VALUES (?, ?)", (person.username, person.id))],
        )


def write_attachment(
    data: Path, numbers: tuple[int, ...], person: Person, number: int, *, old: bool = True
) -> Path:
    """Write the file of a person's n-th event."""
    file = attachment(person, number)
    path = files.attachment_path(data, numbers, person.id, file.event, file.id)
    files.write(path, file.content, mode=0o640)
    if old:
        files.age(path, files.OLD_NS + number)
    return path


def store_in_mongodb(
    address: str, person: Person, events: Sequence[int], attached: Sequence[int], *, account: bool
) -> None:
    """Write a person's documents."""
    with stores.mongodb(address) as database:
        if account:
            for collection, documents in account_documents(person).items():
                database[collection].insert_many(documents)
        if events:
            database["events"].insert_many(event_documents(person, events, attached))
