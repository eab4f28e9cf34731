"""What mongodump writes: `<collection>.bson` and `<collection>.metadata.json`.

A `.bson` file is documents back to back; each is led by its own length (little-endian int32, all
bytes counted) and ends with a byte 0 (https://bsonspec.org/spec.html). No server is needed to count
them, nor to see that a file was cut off.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote

from pryv_tui.vault.formats.errors import FormatError

SMALLEST = 5
"""Bytes of an empty document: its length and the byte 0."""
LARGEST = 48 * 1024 * 1024
"""Bytes no stored document reaches: the limit is 16 MB, for internal ones 16 MB and 16 KB more
(https://www.mongodb.com/docs/manual/reference/limits/); a length beyond this is damage."""
_BUFFER = 1 << 20


def count_documents(path: Path) -> int:
    """Count the documents of a `.bson` file by walking from length to length.

    Raises:
        FormatError: the file can't be read, is cut off, or the chain breaks.
    """
    count = at = 0
    with _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        while at < size:
            length = _length(file, path, at, size)
            file.seek(at + length - 1)
            if file.read(1) != b"\0":
                raise FormatError(path, at, f"document {count + 1} does not end with a byte 0")
            count += 1
            at += length
    return count


def iterate_documents(path: Path) -> Iterator[dict[str, Any]]:
    """The documents of a `.bson` file, one at a time.

    Raises:
        FormatError: as `count_documents`, and for content that is no BSON.
    """
    decode = decoder()
    at = 0
    with _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        while at < size:
            length = _length(file, path, at, size)
            file.seek(at)
            try:
                yield decode(file.read(length))
            except ValueError as error:
                raise FormatError(path, at, str(error)) from error
            at += length


@cache
def decoder() -> Callable[[bytes], dict[str, Any]]:
    """What makes a document of its bytes; it raises ValueError for what is no BSON."""
    # Late: only an audit reads documents, and importing it takes a while.
    from bson import decode
    from bson.codec_options import CodecOptions, DatetimeConversion
    from bson.errors import BSONError

    # Dates beyond what Python can hold are legal in MongoDB: keep them as numbers.
    options: CodecOptions[dict[str, Any]] = CodecOptions(
        datetime_conversion=DatetimeConversion.DATETIME_AUTO, unicode_decode_error_handler="replace"
    )

    def document(content: bytes) -> dict[str, Any]:
        try:
            return decode(content, options)
        except (BSONError, OverflowError) as error:
            raise ValueError(str(error)) from error

    return document


def dump_counts(folder: Path) -> dict[str, int]:
    """Documents per collection in a dumped database's folder, empty collections among them.

    Raises:
        FormatError: a file is damaged, or lacks its other half: mongodump writes a
            `.metadata.json` (options and indexes) for every `.bson`, and a `.bson`, if
            need be an empty one, for every collection that is no view.
    """
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except OSError as error:
        raise FormatError(folder, "", f"{folder}: {error.strerror}") from error
    counts: dict[str, int] = {}
    for name in names:
        if name.endswith((".bson.gz", ".metadata.json.gz")):
            raise FormatError(folder / name, name, "is compressed: dump without --gzip")
        if not name.endswith(".bson"):
            continue
        stem = name.removesuffix(".bson")
        told = _metadata(folder / f"{stem}.metadata.json").get("collectionName")
        collection = told if isinstance(told, str) else collection_name(stem)
        counts[collection] = count_documents(folder / name)
    for name in names:
        stem = name.removesuffix(".metadata.json")
        if stem == name or f"{stem}.bson" in names:
            continue
        options = _metadata(folder / name).get("options")
        if not (isinstance(options, dict) and "viewOn" in options):
            raise FormatError(folder / name, name, f"{stem}.bson is missing")
    return counts


def collection_name(stem: str) -> str:
    """A collection's name from its file's.

    What file names can't hold is escaped as `%XX` (mongo-tools, util.EscapeCollectionName). Newer
    tools shorten long names, and write the whole one into the metadata as `collectionName`.
    """
    return unquote(stem)


def _metadata(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise FormatError(path, path.name, error.strerror or str(error)) from error
    except ValueError as error:
        raise FormatError(path, path.name, f"is no JSON: {error}") from error
    if not isinstance(content, dict):
        raise FormatError(path, path.name, "is no JSON object")
    return content


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb", buffering=_BUFFER)
    except OSError as error:
        raise FormatError(path, path.name, error.strerror or str(error)) from error


def _length(file: IO[bytes], path: Path, at: int, size: int) -> int:
    """The length of the document that starts at `at`."""
    file.seek(at)
    head = file.read(4)
    if len(head) < 4:
        raise FormatError(path, at, f"cut off: {len(head)} bytes where a document should start")
    (length,) = struct.unpack("<i", head)
    if not SMALLEST <= length <= LARGEST:
        raise FormatError(path, at, f"a document can't be {length} bytes long")
    if at + length > size:
        what = f"cut off: a document of {length} bytes with {size - at} bytes left"
        raise FormatError(path, at, what)
    return int(length)
