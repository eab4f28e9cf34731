"""`mongodump -d DB -o DIR`, `mongodump -d DB --archive`."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from pryv_tui.practice.stores.mongo import MongoStore
from pryv_tui.practice.tools import mongo_dumpfiles as formats
from pryv_tui.practice.tools.context import Context, ToolError, mongo_stamp, options, reason

_VALUED = ("-d", "--db", "-c", "--collection", "-o", "--out", "--port", "--host", "-h", "--uri")
_FLAGS = ("--archive", "--quiet", "-v", "--verbose", "--dumpDbUsersAndRoles")

SERVER_DOWN = (
    "Failed: can't create session: could not connect to server: server selection error: server"
    " selection timeout, current topology: {{ Type: Single, Servers: [{{ Addr: localhost:{port},"
    " Type: Unknown, Last error: connection() error occurred during connection handshake: dial tcp"
    " 127.0.0.1:{port}: connect: connection refused }}, ] }}"
)


def run(context: Context) -> int:
    try:
        found, rest = options(context.arguments, valued=_VALUED, flags=_FLAGS)
    except ToolError as error:
        return _complain(context, f"error parsing command line options: unknown option {error}")
    if rest:
        return _complain(context, f"error parsing positional arguments: {' '.join(rest)}")
    port = found.get("--port", "27017")
    store = server(context, port)
    if store is None:
        _say(context, SERVER_DOWN.format(port=port))
        return 1
    database = found.get("-d", found.get("--db", ""))
    wanted = found.get("-c", found.get("--collection", ""))
    dump = _Dump(context, store, [database] if database else store.databases(), wanted)
    if context.fault("mongodump-empty"):
        return 0
    try:
        if "--archive" in found:
            return dump.to_archive()
        return dump.to_folder(found.get("-o", found.get("--out", "dump")))
    except OSError as error:
        place = error.filename
        _say(context, f"Failed: error creating directory {place}: mkdir {place}: {reason(error)}")
        return 1


def server(context: Context, port: str) -> MongoStore | None:
    """Return the database server at a port; None if no server answers."""
    if port != "27017":
        return None
    try:
        data = context.path("/app/data")
    except FileNotFoundError:
        return None  # Its data folder was replaced while it was running.
    return MongoStore(data)


def _say(context: Context, text: str) -> None:
    context.err(f"{mongo_stamp()}{text}\n")


def _complain(context: Context, text: str) -> int:
    _say(context, text)
    _say(context, "try 'mongodump --help' for more information")
    return 1


class _Dump:
    """One run of mongodump over one or more databases."""

    def __init__(
        self, context: Context, store: MongoStore, databases: list[str], wanted: str
    ) -> None:
        self._context = context
        self._store = store
        self._collections = [
            (database, collection)
            for database in databases
            for collection in store.collections(database)
            # Like the real one: it silently leaves out names with a $.
            if (collection == wanted if wanted else "$" not in collection)
        ]
        self._views = {
            (database, name): formats.view_metadata(name, options)
            for database in databases
            for name, options in store.views(database).items()
            if wanted in ("", name)
        }
        # Read together with the list of collections: one may be dropped before it is dumped.
        self._metadata = {
            pair: formats.metadata(pair[1], store.uuid(*pair), store.indexes(*pair))
            for pair in self._collections
        }
        self._counts = {pair: store.count(*pair) for pair in self._collections}
        self._total = sum(self._counts.values())
        self._largest = max(self._counts, key=lambda pair: self._counts[pair], default=("", ""))
        self._done = 0
        self._written = dict.fromkeys(self._collections, 0)
        self._last_word = time.monotonic()

    def to_folder(self, inside: str) -> int:
        """Write `<database>/<collection>.bson` and its metadata for each collection. Return the
        exit code."""
        for pair in self._collections:
            place = f"{inside.rstrip('/')}/{pair[0]}"
            folder = self._context.writable(place)
            folder.mkdir(parents=True, exist_ok=True)
            text = self._metadata[pair]
            stem = formats.stem(pair[1])
            (folder / f"{stem}.metadata.json").write_text(text, encoding="utf-8")
            _say(self._context, f"writing {'.'.join(pair)} to {place}/{stem}.bson")
        for pair, text in self._views.items():
            folder = self._context.writable(f"{inside.rstrip('/')}/{pair[0]}")
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{formats.stem(pair[1])}.metadata.json"
            path.write_text(text, encoding="utf-8")
        for pair in self._by_size():
            folder = self._context.writable(f"{inside.rstrip('/')}/{pair[0]}")
            self._one_file(folder / f"{formats.stem(pair[1])}.bson", pair)
            if self._context.fault("mongodump-fails") and pair == self._largest:
                return self._fail(pair)
            self._finished(pair)
        return 0

    def to_archive(self) -> int:
        """Write the archive format to standard output. Return the exit code."""
        out = cast(IO[bytes], _Tolerant(self._context))
        names = {
            pair: (self._metadata[pair], sum(len(d) for d in self._store.documents(*pair)))
            for pair in self._collections
        }
        names |= {pair: (text, 0) for pair, text in self._views.items()}
        writer = formats.ArchiveWriter(out, names)
        for pair in self._collections:
            _say(self._context, f"writing {'.'.join(pair)} to archive on stdout")
        for pair in self._by_size():
            writer.collection(*pair, self._documents(pair))
            if self._context.fault("mongodump-fails") and pair == self._largest:
                return self._fail(pair)
            self._finished(pair)
        for pair in self._views:
            # Like the real one: an archive names a view, and has no documents for it.
            writer.collection(*pair, iter(()))
            _say(self._context, f"done dumping {'.'.join(pair)} (0 documents)")
        return 0

    def _by_size(self) -> list[tuple[str, str]]:
        """Return the collections, small ones first: the real tool dumps several at a time, so the
        small ones end first."""
        return sorted(self._collections, key=lambda pair: (self._counts[pair], pair))

    def _one_file(self, path: Path, pair: tuple[str, str]) -> None:
        with path.open("wb") as file:
            for document in self._documents(pair):
                file.write(document)

    def _documents(self, pair: tuple[str, str]) -> Iterator[bytes]:
        count = self._counts[pair]
        for number, document in enumerate(self._store.documents(*pair)):
            if pair == self._largest and number >= count // 2:
                if self._context.fault("mongodump-fails"):
                    return
                if self._context.fault("container-dies"):
                    self._context.die_with_container()
                if self._context.fault("mongodump-short") and number >= count * 2 // 3:
                    return
            self._pause(pair, number, count)
            self._written[pair] += 1
            yield document

    def _pause(self, pair: tuple[str, str], number: int, count: int) -> None:
        self._done += 1
        if self._context.pace <= 0:
            return
        self._context.spend(1 / max(self._total, 1))
        if time.monotonic() - self._last_word > min(3.0, self._context.pace / 5):
            self._last_word = time.monotonic()
            count = max(count, number + 1)
            share = (number + 1) / count
            bar = ("#" * int(24 * share)).ljust(24, ".")
            name = ".".join(pair)
            _say(self._context, f"[{bar}]  {name}  {number + 1}/{count}  ({share:.1%})")

    def _fail(self, pair: tuple[str, str]) -> int:
        _say(
            self._context,
            f"Failed: error writing data for collection `{'.'.join(pair)}` to disk: error reading"
            " collection: connection(localhost:27017[-4]) incomplete read of message header: EOF",
        )
        return 1

    def _finished(self, pair: tuple[str, str]) -> None:
        # The number written, not the number counted before: the database may change during the
        # dump.
        count = self._written[pair]
        if self._context.fault("mongodump-short"):
            count = max(count, self._counts[pair])
        noun = "document" if count == 1 else "documents"
        _say(self._context, f"done dumping {'.'.join(pair)} ({count} {noun})")


class _Tolerant:
    """Standard output that ignores that its reader is gone."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def write(self, data: bytes) -> int:
        self._context.out(data)
        return len(data)

    def flush(self) -> None:
        sys.stdout.buffer.flush()
