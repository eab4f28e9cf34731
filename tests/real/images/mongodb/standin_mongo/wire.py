"""A client of MongoDB's wire protocol with no more than the stand-in tools ask of it.

PyMongo takes six times as long to load as one of these tools to do its work, and the tests start a
hundred of them and more.
"""

from __future__ import annotations

import itertools
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import bson
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from bson.son import SON

RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)
_ORDERED: CodecOptions[Any] = CodecOptions(document_class=SON)
_OP_MSG = 2013


class Refused(Exception):
    """The server does not do what it is asked to; in its own words."""


class Client:
    """A connection, which several threads share.

    Raises:
        OSError: nobody answers within `seconds`.
    """

    def __init__(self, host: str, port: int, seconds: float) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        deadline = time.monotonic() + seconds
        while True:
            try:
                self._link = socket.create_connection((host, port), timeout=seconds)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.5)
        self._link.settimeout(None)
        self.command("admin", {"ping": 1})

    def command(
        self, database: str, words: Mapping[str, Any], documents: Sequence[RawBSONDocument] = ()
    ) -> SON[str, Any]:
        """What the server answers.

        Args:
            documents: go with it as they are, as its `documents`.

        Raises:
            OSError: the connection ends.
            Refused: it says no to the whole of it.
        """
        told: SON[str, Any] = self._answer(database, words, documents, _ORDERED)
        return told

    def _answer(
        self,
        database: str,
        words: Mapping[str, Any],
        documents: Sequence[RawBSONDocument],
        options: CodecOptions[Any],
    ) -> Any:
        body = b"\0" * 5 + bson.encode(SON([*words.items(), ("$db", database)]))
        if documents:
            sent = b"documents\0" + b"".join(one.raw for one in documents)
            body += b"\1" + struct.pack("<i", 4 + len(sent)) + sent
        with self._lock:
            head = struct.pack("<iiii", 16 + len(body), next(self._numbers), 0, _OP_MSG)
            self._link.sendall(head + body)
            (size,) = struct.unpack("<i", self._read(4))
            answer = self._read(size - 4)
        told = bson.decode(answer[12 + 5 :], options)
        if not told["ok"]:
            raise Refused(str(told.get("errmsg", told)))
        return told

    def _read(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            part = self._link.recv(size - len(parts))
            if not part:
                raise OSError("the server closed the connection")
            parts += part
        return bytes(parts)

    def listed(
        self, database: str, words: Mapping[str, Any], *, raw: bool = False
    ) -> Iterator[Any]:
        """All that a command finds, a batch after the other.

        Args:
            raw: as it came, not as the mappings that it is.
        """
        options = RAW if raw else _ORDERED
        cursor = self._answer(database, words, (), options)["cursor"]
        yield from cursor["firstBatch"]
        collection = cursor["ns"].partition(".")[2]
        while number := cursor["id"]:
            more = {"getMore": bson.Int64(number), "collection": collection}
            cursor = self._answer(database, more, (), options)["cursor"]
            yield from cursor["nextBatch"]

    def databases(self) -> list[str]:
        """The names of all that are there."""
        told = self.command("admin", {"listDatabases": 1, "nameOnly": True})
        return [one["name"] for one in told["databases"]]

    def collections(self, database: str) -> list[SON[str, Any]]:
        """What a database has, as the server lists it."""
        return list(self.listed(database, {"listCollections": 1, "cursor": {}}))

    def insert(
        self, database: str, collection: str, documents: Sequence[RawBSONDocument]
    ) -> list[str]:
        """Write what can be written of these; the server's words on each that could not."""
        words = {"insert": collection, "ordered": False}
        told = self.command(database, words, documents)
        return [str(problem["errmsg"]) for problem in told.get("writeErrors") or ()]


def at_once(many: int, acts: Sequence[Callable[[], None]]) -> None:
    """Do all of these, several at a time; the first error of any, when all have ended."""
    left = iter(acts)
    lock = threading.Lock()
    errors: list[BaseException] = []

    def work() -> None:
        while True:
            with lock:
                act = next(left, None)
            if act is None:
                return
            try:
                act()
            except BaseException as error:
                errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(min(many, len(acts)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
