"""MongoDB's dump formats: BSON documents one after another, metadata files beside them, and the
archive that contains both."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from typing import IO, Any
from urllib.parse import quote

import bson
from bson import json_util

ARCHIVE_MAGIC = 0x8199E26D
TERMINATOR = b"\xff\xff\xff\xff"
_POLYNOMIAL = 0xC96C5795D7870F42  # CRC-64/ECMA, reflected


class Damaged(Exception):
    """The error for a dump that can't be read any further; its text is mongorestore's message."""


def read_documents(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the documents of a `.bson` file.

    Raises:
        Damaged: the file ends early, or is not BSON.
    """
    while head := file.read(4):
        if len(head) < 4:
            raise Damaged("unexpected EOF")
        (size,) = struct.unpack("<i", head)
        if size < 5:
            raise Damaged(f"invalid BSONSize: {size} bytes is less than 5 bytes")
        if size > 16 * 1024 * 1024 + 16 * 1024:
            raise Damaged(
                f"invalid BSONSize: {size} bytes is larger than maximum of 16793600 bytes"
            )
        body = file.read(size - 4)
        if len(body) < size - 4:
            raise Damaged("unexpected EOF")
        yield head + body


def stem(collection: str) -> str:
    """Return the name of a collection's files without the suffix, escaped like a part of a URL's
    path."""
    return quote(collection, safe="$&+:=@")


def metadata(collection: str, uuid: str, indexes: list[dict[str, Any]]) -> str:
    """Return the text of a `.metadata.json` file, with numbers in canonical extended JSON."""
    tree = {
        "indexes": [
            json.loads(json_util.dumps(index, json_options=json_util.CANONICAL_JSON_OPTIONS))
            for index in indexes
        ],
        "uuid": uuid,
        "collectionName": collection,
        "type": "collection",
    }
    return json.dumps(tree, separators=(",", ":"))


def view_metadata(name: str, options: str) -> str:
    """Return the text of a view's `.metadata.json` file, which is the view's only file."""
    tree = {"options": json.loads(options), "indexes": [], "collectionName": name, "type": "view"}
    return json.dumps(tree, separators=(",", ":"))


def view_options(text: bytes) -> str | None:
    """Return the options of a view from its `.metadata.json` file; None if the file is not of a
    view."""
    try:
        options = json.loads(text).get("options")
    except (ValueError, AttributeError):
        return None
    return json.dumps(options) if isinstance(options, dict) and "viewOn" in options else None


def read_metadata(text: bytes) -> tuple[str, list[dict[str, Any]]]:
    """Return the uuid and the indexes in a `.metadata.json` file.

    Raises:
        Damaged: the text is not valid metadata.
    """
    try:
        tree = json_util.loads(text.decode())
        return str(tree.get("uuid", "")), [dict(index) for index in tree.get("indexes", ())]
    except (ValueError, AttributeError, TypeError) as error:
        raise Damaged(f"error parsing metadata: {error}") from None


class ArchiveWriter:
    """The writer of a dump as one stream: a prelude that names the collections, then blocks of
    documents."""

    def __init__(
        self, out: IO[bytes], collections: Mapping[tuple[str, str], tuple[str, int]]
    ) -> None:
        """Write the prelude.

        Args:
            out: the stream to write to.
            collections: for each (database, collection): the text of its metadata, and its size in
                bytes.
        """
        self._out = out
        out.write(struct.pack("<I", ARCHIVE_MAGIC))
        head = {
            "concurrent_collections": 4,
            "version": "0.1",
            "server_version": "6.0.1",
            "tool_version": "100.7.0",
        }
        out.write(bson.encode(head))
        for (database, collection), (text, size) in collections.items():
            entry = {
                "db": database,
                "collection": collection,
                "metadata": text,
                "size": size,
                "type": json.loads(text).get("type", "collection"),
            }
            out.write(bson.encode(entry))
        out.write(TERMINATOR)

    def collection(self, database: str, collection: str, documents: Iterator[bytes]) -> int:
        """Write the blocks of one collection. Return the number of documents."""
        count, crc = 0, 0
        block: list[bytes] = []
        for document in documents:
            block.append(document)
            crc = crc64(document, crc)
            count += 1
            if len(block) == 500:
                self._block(database, collection, block)
                block = []
        if block:
            self._block(database, collection, block)
        self._out.write(_namespace(database, collection, end=True, crc=crc) + TERMINATOR)
        self._out.flush()
        return count

    def _block(self, database: str, collection: str, documents: list[bytes]) -> None:
        head = _namespace(database, collection, end=False, crc=0)
        self._out.write(head + b"".join(documents) + TERMINATOR)


def _namespace(database: str, collection: str, *, end: bool, crc: int) -> bytes:
    signed = crc - (1 << 64) if crc >> 63 else crc
    head = {"db": database, "collection": collection, "EOF": end, "CRC": bson.Int64(signed)}
    return bson.encode(head)


def _table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return table


_TABLE = _table()


def crc64(data: bytes, crc: int = 0) -> int:
    """Return the CRC-64 with ECMA's polynomial, continued from an earlier value."""
    crc ^= 0xFFFFFFFFFFFFFFFF
    table = _TABLE
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFFFFFFFFFF
