"""The files that mongodump writes: `<collection>.bson` and `<collection>.metadata.json`.

A `.bson` file is a sequence of documents. Each begins with its own length (little-endian int32,
which includes itself) and ends with a byte 0 (https://bsonspec.org/spec.html). So documents are
counted, and a cut is found, without a server.
"""

from __future__ import annotations

import errno
import hashlib
import os
import struct
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, unquote

import msgspec

from pryv_tui.decoding import decode_loose_json
from pryv_tui.formats.errors import FormatError, unread
from pryv_tui.phrases import counted
from pryv_tui.reading import open_file, read_whole

SMALLEST = 5
"""Bytes of an empty document: its length and a final byte 0."""
LARGEST = 48 * 1024 * 1024
"""Bytes of a document, above any stored one; a greater length means damage.

The limit is 16 MB, for internal documents 16 MB and 16 KB
(https://www.mongodb.com/docs/manual/reference/limits/).
"""
BUCKETS = "system.buckets."
"""Prefix of the collection in which MongoDB keeps the documents of a time series."""
MEMORY = 128 << 20
"""Most bytes of memory for the decoded values of one document."""
_BUFFER = 1 << 20
_BSON = ".bson"
_METADATA = ".metadata.json"
_LONGEST_STEM = 238
_CUT_STEM = 208
"""Longest file name in bytes, without its suffix; of a longer one the first `_CUT_STEM` are
kept."""


def count_documents(path: Path) -> int:
    """Count the documents of a `.bson` file by jumping from length to length.

    Raises:
        FormatError: the file can't be read, is cut off, or has a wrong length or end byte.
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


def iterate_documents(path: Path, *, memory: int = MEMORY) -> Iterator[dict[str, Any]]:
    """Yield the documents of a `.bson` file, one at a time.

    Args:
        memory: most bytes of memory for the values of one document.

    Raises:
        FormatError: as in `count_documents`; also if a document is not BSON or needs more memory.
    """
    decode = decoder(memory)
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
def decoder(memory: int = MEMORY) -> Callable[[bytes], dict[str, Any]]:
    """Return a function that decodes one document's bytes.

    The function raises `ValueError` if the bytes are not BSON, or need more memory than `memory`.
    """
    # Imported here: only audits decode documents, and the import is slow.
    from bson import decode
    from bson.codec_options import CodecOptions, DatetimeConversion
    from bson.errors import BSONError

    # MongoDB allows dates beyond Python's range: these become numbers.
    options: CodecOptions[dict[str, Any]] = CodecOptions(
        datetime_conversion=DatetimeConversion.DATETIME_AUTO, unicode_decode_error_handler="replace"
    )

    def document(content: bytes) -> dict[str, Any]:
        need_little(content, memory)
        try:
            return decode(content, options)
        except (BSONError, OverflowError) as error:
            raise ValueError(str(error)) from error
        except RecursionError as error:
            raise ValueError("a document is nested too deeply") from error

    return document


_SMALL = 1 << 20
"""Bytes: a document up to this length is never too large for memory."""
_SIZES = {0x01: 8, 0x06: 0, 0x07: 12, 0x08: 1, 0x09: 8, 0x0A: 0, 0x10: 4, 0x11: 8, 0x12: 8}
_SIZES |= {0x13: 16, 0x7F: 0, 0xFF: 0}
"""Bytes of the values with a fixed size, by type number."""
_LONG = {0x02: 0, 0x05: 1, 0x0C: 12, 0x0D: 0, 0x0E: 0}
"""Types whose values begin with a length, and how many bytes that length does not count."""
_PLAIN = (0x01, 0x02, 0x06, 0x08, 0x0A, 0x10, 0x12)
"""Types decoded to plain Python values; the others become objects several times as large."""


def need_little(content: bytes, memory: int = MEMORY) -> None:
    """Refuse a document that would need too much memory: a value can be as short as two bytes.

    Raises:
        ValueError: its values would take more than `memory` bytes.
    """
    if len(content) <= _SMALL:
        return
    at, end, taken = 4, len(content), 2 * len(content)
    within = bytearray(b"\3")  # the type (document or list) of each level that encloses `at`
    while at < end and taken <= memory:
        kind = content[at]
        at += 1
        if kind == 0:  # the end of an embedded document or list
            del within[-1:]
            continue
        after = content.find(b"\0", at)
        if after < 0:
            return  # not BSON: the decoder reports that
        # Decoded lists drop their values' names, which are just numbers.
        taken += 8 if within[-1:] == b"\4" else 160 + after - at
        taken += 40 if kind in _PLAIN else 100 if kind in (0x03, 0x04) else 400
        at = after + 1
        if kind in _SIZES:
            at += _SIZES[kind]
        elif kind in _LONG:
            at += 4 + int.from_bytes(content[at : at + 4], "little") + _LONG[kind]
        elif kind == 0x0B:  # an expression and its options
            at = content.find(b"\0", content.find(b"\0", at) + 1) + 1
        elif kind == 0x0F:  # code, then a document of its variables
            at += 8 + int.from_bytes(content[at + 4 : at + 8], "little") + 4
        elif kind in (0x03, 0x04):
            within.append(kind)
            at += 4
        else:
            return
        if at <= after:
            return
    if taken > memory:
        raise ValueError(
            f"a document of {counted(len(content), 'byte')} holds too many values to be read"
        )


class MongoDump(msgspec.Struct, frozen=True):
    """The collections and views in the folder of a dumped database."""

    counts: dict[str, int]
    """Documents per collection; 0 for empty ones.

    A time series is listed as `system.buckets.<name>`, the collection with its documents.
    """
    views: tuple[str, ...] = ()
    """Views: they have no documents, so a dump has only their definition."""


def dump_counts(folder: Path) -> dict[str, int]:
    """Return the number of documents per collection of a dumped database. Raises as `read_dump`."""
    return read_dump(folder).counts


def read_dump(folder: Path) -> MongoDump:
    """Read the folder of a dumped database.

    mongodump (mongo-tools, mongodump/prepare.go) writes for each collection its documents and a
    `.metadata.json` (options and indexes); for each view only the metadata; for each time series
    `<name>.metadata.json` and `system.buckets.<name>.bson`.

    Raises:
        FormatError: a file is damaged, or one file of a pair is missing.
    """
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except OSError as error:
        raise unread(folder, error) from error
    for name in names:
        if name.endswith((".bson.gz", ".metadata.json.gz")):
            raise FormatError(folder / name, name, "is compressed: dump without --gzip")
    documents = {name.removesuffix(_BSON) for name in names if name.endswith(_BSON)}
    told = {
        stem: _metadata(folder / name)
        for name in names
        if name.endswith(_METADATA) and (stem := name.removesuffix(_METADATA)) is not None
    }
    counts: dict[str, int] = {}
    views: list[str] = []
    for stem, metadata in sorted(told.items()):
        name = _told_name(stem, metadata, folder.name)
        if stem in documents:
            counts[name] = count_documents(folder / f"{stem}{_BSON}")
            documents.discard(stem)
        elif _is_view(metadata):
            views.append(name)
        else:
            series = file_stem(BUCKETS + name)
            if series not in documents:
                wanted = series if _is_time_series(metadata) else stem
                raise FormatError(
                    folder / f"{stem}{_METADATA}", f"{stem}{_METADATA}", f"{wanted}.bson is missing"
                )
            counts[BUCKETS + name] = count_documents(folder / f"{series}{_BSON}")
            documents.discard(series)
    for stem in sorted(documents):
        # `--dumpDbUsersAndRoles` adds these files; they are not collections.
        if not stem.startswith(("$admin.", "%24admin.")):
            path = folder / f"{stem}{_METADATA}"
            raise FormatError(path, path.name, os.strerror(errno.ENOENT))
    return MongoDump(counts, tuple(views))


def _is_view(metadata: dict[str, Any]) -> bool:
    options = metadata.get("options")
    return metadata.get("type") == "view" or (isinstance(options, dict) and "viewOn" in options)


def _is_time_series(metadata: dict[str, Any]) -> bool:
    options = metadata.get("options")
    known = isinstance(options, dict) and "timeseries" in options
    return known or metadata.get("type") == "timeseries"


def file_stem(collection: str) -> str:
    """The name of a collection's dump files, without `.bson` (mongo-tools, outputPath).

    The name is escaped as in a URL's path. If it is too long for a file name it is cut, and its
    hash is appended.
    """
    escaped = quote(collection, safe="$&+:=@")
    if len(escaped) <= _LONGEST_STEM:
        return escaped
    digest = hashlib.sha1(collection.encode("utf-8", "surrogatepass"), usedforsecurity=False)
    return escaped[:_CUT_STEM] + "%24" + urlsafe_b64encode(digest.digest()).decode().rstrip("=")


def collection_name(stem: str) -> str:
    """The collection's name, from its file's name: the reverse of `file_stem` unless that was
    cut."""
    return unquote(stem)


def _told_name(stem: str, metadata: dict[str, Any], database: str) -> str:
    """A collection's name: from its metadata if they have it, else from the file's name.

    mongodump before 100.0 writes no `collectionName`, but each index names its collection (`ns`).
    """
    told = metadata.get("collectionName")
    if isinstance(told, str) and told:
        by_file = collection_name(stem)
        return by_file if unquote(told) == by_file else told
    for index in metadata.get("indexes") or ():
        space = index.get("ns") if isinstance(index, dict) else None
        if isinstance(space, str) and space.startswith(f"{database}."):
            return space.removeprefix(f"{database}.")
    return collection_name(stem)


def _metadata(path: Path) -> dict[str, Any]:
    try:
        content = decode_loose_json(read_whole(path))
    except OSError as error:
        raise unread(path, error) from error
    except ValueError as error:
        raise FormatError(path, path.name, f"is no JSON: {error}") from error
    if not isinstance(content, dict):
        raise FormatError(path, path.name, "is no JSON object")
    return content


def _opened(path: Path) -> IO[bytes]:
    try:
        return open_file(path, buffer=_BUFFER)
    except OSError as error:
        raise unread(path, error) from error


def _length(file: IO[bytes], path: Path, at: int, size: int) -> int:
    """The length of the document at offset `at`, checked against the limits and the file's size."""
    file.seek(at)
    head = file.read(4)
    if len(head) < 4:
        raise FormatError(
            path, at, f"cut off: {counted(len(head), 'byte')} where a document should start"
        )
    (length,) = struct.unpack("<i", head)
    if not SMALLEST <= length <= LARGEST:
        raise FormatError(path, at, f"a document can't be {counted(length, 'byte')} long")
    if at + length > size:
        left = counted(size - at, "byte")
        what = f"cut off: a document of {counted(length, 'byte')} with {left} left"
        raise FormatError(path, at, what)
    return int(length)
