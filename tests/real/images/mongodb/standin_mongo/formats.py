"""The file formats of a dump: BSON files, metadata files and the archive."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import bson
from bson import json_util
from bson.codec_options import DatetimeConversion
from bson.json_util import JSONMode, JSONOptions
from bson.raw_bson import RawBSONDocument
from bson.son import SON

from .wire import RAW

ARCHIVE_MAGIC = 0x8199E26D
TERMINATOR = b"\xff\xff\xff\xff"
_CANONICAL = JSONOptions(
    json_mode=JSONMode.CANONICAL,
    document_class=SON,
    datetime_conversion=DatetimeConversion.DATETIME_MS,
)
_MAX_DOCUMENT = 48 * 1024 * 1024
_CRC_POLYNOMIAL = 0xC96C5795D7870F42


class Truncated(Exception):
    """A BSON file that ends in the middle of a document."""


def metadata_text(collection: str, indexes: list[Any], uuid: str, options: Any) -> str:
    """The content of `<collection>.metadata.json`, in canonical extended JSON."""
    fields: SON[str, Any] = SON()
    if options:
        fields["options"] = options
    fields["indexes"] = indexes
    fields["uuid"] = uuid
    fields["collectionName"] = collection
    fields["type"] = "collection"
    return json_util.dumps(fields, json_options=_CANONICAL, separators=(",", ":"))


def read_metadata(path: Path) -> Any:
    """The content of a metadata file as plain documents, key order kept."""
    return json_util.loads(path.read_text(encoding="utf-8"), json_options=_CANONICAL)


def read_documents(stream: IO[bytes]) -> Iterator[RawBSONDocument]:
    """The documents of a BSON file, back to back.

    Raises:
        Truncated: the file ends inside a document; what came before has been yielded.
    """
    while head := stream.read(4):
        if len(head) < 4:
            raise Truncated
        (size,) = struct.unpack("<i", head)
        if not 5 <= size <= _MAX_DOCUMENT:
            raise Truncated
        body = stream.read(size - 4)
        if len(body) < size - 4:
            raise Truncated
        yield RawBSONDocument(head + body, RAW)


def archive_prelude(metadata: dict[tuple[str, str], str], server: str) -> bytes:
    """Everything of an archive before its first block."""
    parts = [
        struct.pack("<I", ARCHIVE_MAGIC),
        bson.encode(
            SON(
                [
                    ("concurrent_collections", 4),
                    ("version", "0.1"),
                    ("server_version", server),
                    ("tool_version", "stand-in"),
                ]
            )
        ),
    ]
    for (database, collection), text in metadata.items():
        parts.append(
            bson.encode(
                SON(
                    [
                        ("db", database),
                        ("collection", collection),
                        ("metadata", text),
                        ("size", 0),
                        ("type", "collection"),
                    ]
                )
            )
        )
    return b"".join([*parts, TERMINATOR])


def archive_header(database: str, collection: str, *, end: bool, crc: int) -> bytes:
    """The header of a block: whose documents follow, or that a collection has ended."""
    signed = crc - (1 << 64) if crc >= 1 << 63 else crc
    return bson.encode(
        SON(
            [
                ("db", database),
                ("collection", collection),
                ("EOF", end),
                ("CRC", bson.Int64(signed)),
            ]
        )
    )


def _crc_table() -> list[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (_CRC_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return table


_TABLE = _crc_table()


def crc64(data: bytes | memoryview, value: int = 0) -> int:
    """CRC-64 with the ECMA polynomial, as the archive format wants it."""
    value ^= 0xFFFFFFFFFFFFFFFF
    for byte in data:
        value = _TABLE[(value ^ byte) & 0xFF] ^ (value >> 8)
    return value ^ 0xFFFFFFFFFFFFFFFF
