"""Read the output of `mongodump --archive` as a stream, without storing it on a disk.

The output is: the magic number 0x8199e26d; a header and one document per collection, then a
terminator (`ff ff ff ff`); then blocks, those of several collections mixed. A block is a document
that names the collection, its documents, a terminator. A block with `EOF` set ends its collection
(mongo-tools, common/archive/archive.go and parser.go).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pryv_tui.decoding import decode_loose_json
from pryv_tui.formats.bson_files import BUCKETS, LARGEST, SMALLEST, decoder
from pryv_tui.formats.errors import FormatError
from pryv_tui.phrases import counted

MAGIC = struct.pack("<I", 0x8199E26D)
TERMINATOR = b"\xff\xff\xff\xff"
NAME = Path("mongodump --archive")
"""The name of a stream in errors: it has no path."""


class ArchiveReader:
    """Reads an archive in chunks of any size. Memory is needed for one chunk and one document."""

    def __init__(self, take: Callable[[str, str, bytes], None] | None = None) -> None:
        """Prepare for the first byte.

        Args:
            take: called with the database, the collection and the bytes of each document.
        """
        self.counts: dict[tuple[str, str], int] = {}
        """Documents by database and collection; 0 for an empty collection.

        A time series is listed under the collection that has its documents.
        """
        self.views: set[tuple[str, str]] = set()
        """Views, by database and name: they have no documents."""
        self._take = take
        self._rest = bytearray()
        self._at = 0
        self._state: Literal["magic", "head", "block", "documents"] = "magic"
        self._current = ("", "")
        self._open: set[tuple[str, str]] = set()

    def feed(self, chunk: bytes) -> None:
        """Process the next chunk.

        Raises:
            FormatError: the stream is not an archive, or is damaged.
        """
        self._rest += chunk
        begin = 0
        while True:
            piece = self._piece(begin)
            if piece is None:
                break
            begin += len(piece)
            self._understand(piece)
            self._at += len(piece)
        del self._rest[:begin]

    def close(self) -> None:
        """Check that the archive is complete; call this after the last chunk.

        Raises:
            FormatError: the archive was cut off.
        """
        if self._rest or self._state != "block" or self._open - self.views:
            raise self._wrong("cut off")

    @property
    def untouched(self) -> bool:
        """Whether nothing was received: mongodump writes nothing for a missing database."""
        return not self._at and not self._rest

    def _piece(self, begin: int) -> bytes | None:
        """The next marker or document; None if a part of it has not arrived yet."""
        head = bytes(self._rest[begin : begin + 4])
        if len(head) < 4:
            return None
        if head == TERMINATOR or self._state == "magic":
            return head
        (length,) = struct.unpack("<i", head)
        if not SMALLEST <= length <= LARGEST:
            raise self._wrong(f"a document can't be {counted(length, 'byte')} long")
        if len(self._rest) - begin < length:
            return None
        return bytes(self._rest[begin : begin + length])

    def _understand(self, piece: bytes) -> None:
        if self._state == "magic":
            if piece != MAGIC:
                raise self._wrong("is not an archive of mongodump")
            self._state = "head"
        elif piece == TERMINATOR:
            if self._state == "block":
                raise self._wrong("a block without a name")
            self._state = "block"
        elif self._state == "head":
            said = self._decoded(piece)
            if "collection" in said:
                self._begin(said)
        elif self._state == "block":
            self._name(self._decoded(piece))
        else:
            self.counts[self._current] = self.counts.get(self._current, 0) + 1
            if self._take is not None:
                self._take(*self._current, piece)

    def _name(self, said: dict[str, object]) -> None:
        self._current = (str(said.get("db", "")), str(said.get("collection", "")))
        # The header names a time series; blocks name the collection that has its documents.
        series = (self._current[0], self._current[1].removeprefix(BUCKETS))
        if self._current not in self._open and series in self._open:
            self._open.discard(series)
            self._open.add(self._current)
            self.counts[self._current] = self.counts.pop(series, 0)
        if self._current not in self._open:
            raise self._wrong(f"a block of {'.'.join(self._current)}, which is complete or unknown")
        if said.get("EOF"):
            self._open.discard(self._current)
        self._state = "documents"

    def _begin(self, said: dict[str, object]) -> None:
        name = (str(said.get("db", "")), str(said["collection"]))
        self._open.add(name)
        if _is_view(said):
            self.views.add(name)
        else:
            self.counts[name] = 0

    def _decoded(self, piece: bytes) -> dict[str, object]:
        try:
            return decoder()(piece)
        except ValueError as error:
            raise self._wrong(str(error)) from error

    def _wrong(self, what: str) -> FormatError:
        return FormatError(NAME, self._at, what)


def _is_view(said: dict[str, object]) -> bool:
    """Whether a collection in the header is a view; old tools show that only in its options."""
    if said.get("type") == "view":
        return True
    try:
        metadata = decode_loose_json(str(said.get("metadata") or "{}"))
    except ValueError:
        return False
    options = metadata.get("options") if isinstance(metadata, dict) else None
    return isinstance(options, dict) and "viewOn" in options
