"""Data in the platform's stores: put there, and read back as digests that do not know an order."""

from __future__ import annotations

import hashlib
import json
import socket
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from bson import json_util
from pymongo import ASCENDING, MongoClient
from pymongo.database import Database

DATABASE = "pryv-node"
WACTIV = "wactiv"
"""The user that every boot of register makes; not a person, so not part of what is compared."""
_AT_BOOT = (f"{WACTIV}:", f"{WACTIV}@")

INDEXES: dict[str, list[tuple[list[str], dict[str, Any]]]] = {
    "events": [
        (["userId", "time"], {}),
        (["userId", "streamIds"], {}),
    ],
    "streams": [(["userId", "streamId"], {"unique": True}), (["userId", "name"], {})],
    "accesses": [(["userId", "token"], {"unique": True})],
    "sessions": [(["expires"], {"expireAfterSeconds": 0})],
    "webhooks": [(["userId", "webhookId"], {"unique": True})],
}


def digest_of(lines: Iterable[str]) -> str:
    """A digest of a set of lines, whatever order they came in."""
    total = hashlib.sha256()
    for line in sorted(lines):
        total.update(line.encode("utf-8", "surrogateescape") + b"\0")
    return total.hexdigest()


@contextmanager
def mongodb(address: str) -> Iterator[Database[dict[str, Any]]]:
    """Pryv's database on the MongoDB stand-in."""
    client: MongoClient[dict[str, Any]] = MongoClient(
        address, 27017, serverSelectionTimeoutMS=20_000
    )
    try:
        yield client[DATABASE]
    finally:
        client.close()


def make_indexes(database: Database[dict[str, Any]]) -> None:
    """The indexes that Pryv's core makes."""
    for collection, wanted in INDEXES.items():
        for keys, options in wanted:
            name = "_".join(f"{key}_1" for key in keys)
            database[collection].create_index(
                [(key, ASCENDING) for key in keys], name=name, **options
            )


def mongodb_contents(address: str) -> dict[str, Any]:
    """Per collection: documents, their digest, and the definitions of the indexes."""
    with mongodb(address) as database:
        return {
            name: _collection_contents(database, name)
            for name in sorted(database.list_collection_names())
        }


def _collection_contents(database: Database[dict[str, Any]], name: str) -> dict[str, Any]:
    lines = [json_util.dumps(document, sort_keys=True) for document in database[name].find()]
    indexes = {
        index["name"]: json.loads(
            json_util.dumps({key: value for key, value in index.items() if key not in ("v", "ns")})
        )
        for index in database[name].list_indexes()
    }
    return {"documents": len(lines), "digest": digest_of(lines), "indexes": indexes}


class Influx:
    """InfluxDB's HTTP interface, as far as the tests need it."""

    def __init__(self, address: str) -> None:
        self._base = f"http://{address}:8086"

    def query(self, text: str, database: str = "") -> list[dict[str, Any]]:
        """The series that a query answers with; raises when the server reports an error."""
        parameters = urllib.parse.urlencode({"q": text, "db": database, "epoch": "ns"})
        request = urllib.request.Request(f"{self._base}/query", data=parameters.encode())
        with urllib.request.urlopen(request, timeout=30) as answer:
            result = json.load(answer)["results"][0]
        if "error" in result:
            raise RuntimeError(f"{text}: {result['error']}")
        series: list[dict[str, Any]] = result.get("series", [])
        return series

    def queries(self, texts: Sequence[str]) -> Iterator[list[dict[str, Any]]]:
        """What `query` answers with to each of these, asked some hundreds at a time."""
        for first in range(0, len(texts), 400):
            some = texts[first : first + 400]
            parameters = urllib.parse.urlencode({"q": ";".join(some), "epoch": "ns"})
            request = urllib.request.Request(f"{self._base}/query", data=parameters.encode())
            with urllib.request.urlopen(request, timeout=60) as answer:
                results = json.load(answer)["results"]
            for text, result in zip(some, results, strict=True):
                if "error" in result:
                    raise RuntimeError(f"{text}: {result['error']}")
                yield result.get("series", [])

    def databases(self) -> list[str]:
        """Every database but InfluxDB's own."""
        series = self.query("SHOW DATABASES")
        names = [str(row[0]) for one in series for row in one.get("values", [])]
        return sorted(name for name in names if name != "_internal")

    def create(self, database: str) -> None:
        """Make a database, unless it is there."""
        self.query(f'CREATE DATABASE "{database}"')

    def write(self, database: str, lines: Sequence[str]) -> None:
        """Write points in the line protocol, times in nanoseconds."""
        url = f"{self._base}/write?" + urllib.parse.urlencode({"db": database, "precision": "ns"})
        request = urllib.request.Request(url, data="\n".join(lines).encode())
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()

    def contents(self) -> dict[str, Any]:
        """Per database: points and their digest."""
        names = self.databases()
        answers = self.queries([f'SELECT * FROM "{name}".autogen./.*/' for name in names])
        return {name: _points(found) for name, found in zip(names, answers, strict=True)}


def _points(series: list[dict[str, Any]]) -> dict[str, Any]:
    lines = [
        json.dumps([one["name"], sorted(zip(one["columns"], row, strict=True))])
        for one in series
        for row in one["values"]
    ]
    return {"points": len(lines), "digest": digest_of(lines)}


class Redis:
    """Redis' protocol, as far as the tests need it."""

    def __init__(self, address: str) -> None:
        self._socket = socket.create_connection((address, 6379), timeout=20)
        self._reader = self._socket.makefile("rb")

    def __enter__(self) -> Redis:
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.close()
        self._socket.close()

    def call(self, *words: str) -> Any:
        """Send a command and return its answer as text, number, None or list."""
        parts = [f"*{len(words)}\r\n".encode()]
        for word in words:
            raw = word.encode()
            parts.append(b"$%d\r\n%b\r\n" % (len(raw), raw))
        self._socket.sendall(b"".join(parts))
        return self._answer()

    def _answer(self) -> Any:
        line = self._reader.readline().rstrip(b"\r\n")
        kind, rest = line[:1], line[1:]
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            raise RuntimeError(f"redis: {rest.decode()}")
        if kind == b":":
            return int(rest)
        if kind == b"$":
            if int(rest) < 0:
                return None
            return self._reader.read(int(rest) + 2)[:-2].decode()
        if kind == b"*":
            return [self._answer() for _ in range(int(rest))]
        raise RuntimeError("redis: the connection ended")

    def contents(self) -> dict[str, Any]:
        """Every key with its value, and how many people are registered."""
        lines, users = [], 0
        for key in self.call("KEYS", "*"):
            if key.startswith(_AT_BOOT):
                continue
            users += key.endswith(":users")
            lines.append(json.dumps([key, self._value(key)]))
        return {"users": users, "keys": len(lines), "digest": digest_of(lines)}

    def keep_only(self, commands: Iterable[Sequence[str]]) -> None:
        """Remove every key but what a boot of register makes, and make others by commands."""
        gone = [key for key in self.call("KEYS", "*") if not key.startswith(_AT_BOOT)]
        if gone:
            self.call("DEL", *gone)
        for words in commands:
            self.call(*words)

    def _value(self, key: str) -> Any:
        kind = self.call("TYPE", key)
        if kind == "hash":
            flat = self.call("HGETALL", key)
            return sorted(zip(flat[::2], flat[1::2], strict=True))
        if kind == "string":
            return self.call("GET", key)
        raise RuntimeError(f"redis: {key} is a {kind}, which this platform does not write")
