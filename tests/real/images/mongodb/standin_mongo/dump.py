"""The stand-in for mongodump."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any

from bson.raw_bson import RawBSONDocument

from .console import Failed, connect, log, pace, parser
from .formats import (
    TERMINATOR,
    archive_header,
    archive_prelude,
    crc64,
    metadata_text,
)
from .wire import Client, Refused, at_once

_PARALLEL = 4
_BLOCK = 512 * 1024
_SYSTEM = ("admin", "config", "local")


class Source:
    """One collection to be dumped."""

    def __init__(self, client: Client, database: str, name: str, options: Any) -> None:
        self.client, self.database, self.name = client, database, name
        indexes = list(client.listed(database, {"listIndexes": name, "cursor": {}}))
        self.metadata = metadata_text(name, indexes, "0" * 32, options)

    @property
    def namespace(self) -> str:
        return f"{self.database}.{self.name}"

    def find(self) -> Iterator[RawBSONDocument]:
        """All of them, as the server has them."""
        return self.client.listed(self.database, {"find": self.name, "filter": {}}, raw=True)


def sources(client: Client, database: str, collection: str) -> list[Source]:
    """What there is to dump; nothing at all for a database that does not exist."""
    # Only those that are there: this server would create a database by being asked for it.
    names = [name for name in client.databases() if database in ("", name)]
    found = []
    for name in names:
        if not database and name in _SYSTEM:
            continue
        for entry in client.collections(name):
            wanted = collection in ("", entry["name"]) and not entry["name"].startswith("system.")
            if wanted and entry.get("type", "collection") == "collection":
                found.append(Source(client, name, entry["name"], entry.get("options")))
    return found


def dump_to_folder(todo: list[Source], out: Path) -> None:
    """Write `<db>/<collection>.bson` and its metadata, several collections at a time."""

    def one(source: Source) -> None:
        folder = out / source.database
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{source.name}.bson"
        log(f"writing {source.namespace} to {target}")
        (folder / f"{source.name}.metadata.json").write_text(source.metadata, encoding="utf-8")
        count = 0
        with target.open("wb") as stream:
            for document in source.find():
                stream.write(document.raw)
                count += 1
                pace()
        log(f"done dumping {source.namespace} ({count} document{'' if count == 1 else 's'})")

    at_once(_PARALLEL, [partial(one, source) for source in todo])


def dump_to_archive(todo: list[Source], stream: IO[bytes], where: str, server: str) -> None:
    """Write one archive, blocks of several collections interleaved."""
    lock = threading.Lock()
    metadata = {(source.database, source.name): source.metadata for source in todo}
    stream.write(archive_prelude(metadata, server))

    def block(source: Source, documents: bytes, *, end: bool = False, crc: int = 0) -> None:
        head = archive_header(source.database, source.name, end=end, crc=crc)
        with lock:
            stream.write(head + documents + TERMINATOR)

    def one(source: Source) -> None:
        log(f"writing {source.namespace} to {where}")
        count, crc, buffer = 0, 0, bytearray()
        for document in source.find():
            crc = crc64(document.raw, crc)
            buffer += document.raw
            count += 1
            pace()
            if len(buffer) >= _BLOCK:
                block(source, bytes(buffer))
                buffer.clear()
        if buffer:
            block(source, bytes(buffer))
        block(source, b"", end=True, crc=crc)
        log(f"done dumping {source.namespace} ({count} document{'' if count == 1 else 's'})")

    at_once(_PARALLEL, [partial(one, source) for source in todo])
    stream.flush()


def main() -> int:
    """Run as the command line says; the exit code."""
    options = parser("mongodump")
    options.add_argument("-o", "--out", default="dump")
    options.add_argument("--archive", nargs="?", const="-", default=None)
    options.add_argument("--oplog", action="store_true")
    chosen = options.parse_args()
    if chosen.oplog and chosen.db:
        log("Failed: bad option: --oplog mode only supported on full dumps")
        return 1
    try:
        try:
            client = connect(chosen.host, chosen.port)
        except Failed as error:
            raise Failed(f"can't create session: {error}") from None
        todo = sources(client, chosen.db, chosen.collection)
        if chosen.archive is None:
            dump_to_folder(todo, Path(chosen.out))
        elif chosen.archive == "-":
            dump_to_archive(todo, sys.stdout.buffer, "archive on stdout", _version(client))
        else:
            with Path(chosen.archive).open("wb") as stream:
                where = f"archive '{chosen.archive}'"
                dump_to_archive(todo, stream, where, _version(client))
    except (Failed, OSError, Refused) as error:
        log(f"Failed: {error}")
        return 1
    return 0


def _version(client: Client) -> str:
    return str(client.command("admin", {"buildInfo": 1}).get("version", "stand-in"))
