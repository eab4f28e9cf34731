"""`mongorestore [--drop] DIR`: exits 0 even if documents failed, as the real one does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pryv_tui.practice.stores.mongo import MongoStore
from pryv_tui.practice.tools import mongo_dumpfiles as formats
from pryv_tui.practice.tools.context import Context, ToolError, mongo_stamp, options, reason
from pryv_tui.practice.tools.mongodump import SERVER_DOWN, server

_WORKERS = ("--numParallelCollections", "--numInsertionWorkersPerCollection")
"""Accepted without effect: this miniature restores one collection after the other."""
_VALUED = ("--dir", "--port", "--host", "-h", "--uri", *_WORKERS)
_FLAGS = ("--drop", "--quiet", "-v", "--verbose", "--stopOnError", "--objcheck", "--help")
_BATCH = 40
_INJECTED = 3
"""How many documents fail under the fault `mongorestore-failures`."""


@dataclass
class _Collection:
    """One collection to restore."""

    database: str
    name: str
    file: Path
    shown: str
    """The file's path inside the container."""
    indexes: list[dict[str, Any]]
    uuid: str = ""

    @property
    def namespace(self) -> str:
        return f"{self.database}.{self.name}"


def run(context: Context) -> int:
    try:
        found, rest = options(context.arguments, valued=_VALUED, flags=_FLAGS)
    except ToolError as error:
        _say(context, f"error parsing command line options: unknown option {error}")
        _say(context, "try 'mongorestore --help' for more information")
        return 1
    if "--help" in found:
        context.out("".join(f"  {name}\n" for name in (*_VALUED, *_FLAGS)))
        return 0
    port = found.get("--port", "27017")
    store = server(context, port)
    if store is None:
        _say(context, SERVER_DOWN.format(port=port))
        return 1
    inside = found.get("--dir", rest[0] if rest else "dump")
    return _Restore(context, store, inside, drop="--drop" in found).run()


def _say(context: Context, text: str) -> None:
    context.err(f"{mongo_stamp()}{text}\n")


class _Restore:
    """One run of mongorestore."""

    def __init__(self, context: Context, store: MongoStore, inside: str, *, drop: bool) -> None:
        self._context = context
        self._store = store
        self._inside = inside
        self._drop = drop
        self._done = 0
        self._failed = 0
        self._last_word = time.monotonic()

    def run(self) -> int:
        code = self._restore()
        _say(
            self._context,
            f"{self._done} document(s) restored successfully."
            f" {self._failed} document(s) failed to restore.",
        )
        return code

    def _restore(self) -> int:
        try:
            folder = self._context.path(self._inside)
            folder.stat()
        except OSError as error:
            _say(
                self._context,
                f"Failed: mongorestore target '{self._inside}' invalid:"
                f" stat {self._inside}: {reason(error)}",
            )
            return 1
        _say(self._context, "preparing collections to restore from")
        try:
            collections = self._prepare(folder)
        except formats.Damaged as error:
            _say(self._context, f"Failed: {error}")
            return 1
        existing = {c.namespace for c in collections if c.name in self._known(c.database)}
        total = sum(c.file.stat().st_size for c in collections)
        for collection in sorted(collections, key=lambda c: -c.file.stat().st_size):
            if collection.namespace in existing:
                self._meet(collection)
        for collection in sorted(collections, key=lambda c: c.file.stat().st_size):
            _say(self._context, f"restoring {collection.namespace} from {collection.shown}")
            if not self._one(collection, total, largest=self._is_largest(collection, collections)):
                return 1
        for collection in collections:
            self._indexes(collection)
        return 0

    def _known(self, database: str) -> list[str]:
        return self._store.collections(database)

    def _is_largest(self, one: _Collection, everything: list[_Collection]) -> bool:
        return one.file.stat().st_size == max(c.file.stat().st_size for c in everything)

    def _meet(self, collection: _Collection) -> None:
        if self._drop:
            _say(self._context, f"dropping collection {collection.namespace} before restoring")
            self._store.drop(collection.database, collection.name)
        else:
            text = f"restoring to existing collection {collection.namespace} without dropping"
            _say(self._context, text)

    def _prepare(self, folder: Path) -> list[_Collection]:
        base = self._inside.rstrip("/")
        out: list[_Collection] = []
        for entry in sorted(folder.iterdir()):
            if not entry.is_dir():
                text = f'don\'t know what to do with file "{base}/{entry.name}", skipping...'
                _say(self._context, text)
                continue
            for file in sorted(entry.iterdir()):
                shown = f"{base}/{entry.name}/{file.name}"
                if file.name.endswith(".bson"):
                    name = unquote(file.name.removesuffix(".bson"))
                    out.append(_Collection(entry.name, name, file, shown, []))
                elif not file.name.endswith(".metadata.json"):
                    text = f'don\'t know what to do with file "{shown}", skipping...'
                    _say(self._context, text)
            self._views(entry, {file.name for file in entry.iterdir()})
        for collection in out:
            path = collection.file.with_name(
                collection.file.name.removesuffix(".bson") + ".metadata.json"
            )
            if path.is_file():
                shown = collection.shown.removesuffix(".bson") + ".metadata.json"
                _say(self._context, f"reading metadata for {collection.namespace} from {shown}")
                collection.uuid, collection.indexes = formats.read_metadata(path.read_bytes())
        return out

    def _views(self, folder: Path, names: set[str]) -> None:
        """Create the views of a database. A view has metadata, but no documents of its own."""
        for name in sorted(names):
            stem = name.removesuffix(".metadata.json")
            if stem == name or f"{stem}.bson" in names:
                continue
            options = formats.view_options((folder / name).read_bytes())
            if options is not None:
                self._store.create_view(folder.name, unquote(stem), options)

    def _one(self, collection: _Collection, total: int, *, largest: bool) -> bool:
        done = failed = 0
        self._store.create(collection.database, collection.name, collection.uuid)
        broken = ""
        size = max(collection.file.stat().st_size, 1)
        read = 0
        limit = _INJECTED if largest and self._context.fault("mongorestore-failures") else 0
        for batch, problem in _batches(collection.file):
            broken = problem
            read += sum(len(document) for document in batch)
            if limit and not failed:
                injected = min(limit, len(batch))
                self._complain("Document failed validation", injected)
                failed += injected
                batch = batch[injected:]
            good, bad = self._store.insert(collection.database, collection.name, batch)
            self._complain(f"UNIQUE constraint failed: {collection.name}._id", bad)
            done += good
            failed += bad
            self._context.spend(sum(len(d) for d in batch) / max(total, 1))
            self._progress(collection, read, size)
            if largest and read * 2 >= size and self._context.fault("container-dies"):
                self._context.die_with_container()
        self._done += done
        self._failed += failed
        noun = "document" if done == 1 else "documents"
        text = f"finished restoring {collection.namespace} ({done} {noun}, {failed} failures)"
        _say(self._context, text)
        if broken:
            _say(
                self._context,
                f"Failed: {collection.namespace}: error restoring from {collection.shown}:"
                f" reading bson input: {broken}",
            )
        return not broken

    def _complain(self, error: str, times: int) -> None:
        for _ in range(times):
            _say(self._context, f"continuing through error: {error}")

    def _progress(self, collection: _Collection, read: int, size: int) -> None:
        pace = self._context.pace
        if pace <= 0 or time.monotonic() - self._last_word < min(3.0, pace / 5):
            return
        self._last_word = time.monotonic()
        share = min(read / size, 1.0)
        bar = ("#" * int(24 * share)).ljust(24, ".")
        _say(
            self._context,
            f"[{bar}]  {collection.namespace}  {_bytes(read)}/{_bytes(size)}  ({share:.1%})",
        )

    def _indexes(self, collection: _Collection) -> None:
        indexes = [index for index in collection.indexes if index["name"] != "_id_"]
        if not indexes:
            text = f"no indexes to restore for collection {collection.namespace}"
            _say(self._context, text)
            return
        text = f"restoring indexes for collection {collection.namespace} from metadata"
        _say(self._context, text)
        for index in indexes:
            _say(self._context, f"index: {_go(index)}")
        self._store.create(collection.database, collection.name, collection.uuid, indexes)


def _batches(path: Path) -> Iterator[tuple[list[bytes], str]]:
    """Yield the documents of a file in batches. The text with the last batch says why the rest of
    the file can't be read; empty if all was read."""
    batch: list[bytes] = []
    try:
        with path.open("rb") as file:
            for document in formats.read_documents(file):
                batch.append(document)
                if len(batch) == _BATCH:
                    yield batch, ""
                    batch = []
    except formats.Damaged as error:
        yield batch, str(error)
        return
    if batch:
        yield batch, ""


def _go(index: dict[str, Any]) -> str:
    """Return an index in the form in which the real tool prints its own structure."""
    named = {k: v for k, v in sorted(index.items()) if k != "key"}
    pairs = ", ".join(f'"{k}":{_value(v)}' for k, v in named.items())
    key = ", ".join(f'primitive.E{{Key:"{k}", Value:{_value(v)}}}' for k, v in index["key"].items())
    return (
        f"&idx.IndexDocument{{Options:primitive.M{{{pairs}}}, Key:primitive.D{{{key}}},"
        " PartialFilterExpression:primitive.D(nil)}"
    )


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else f'"{value}"'


def _bytes(number: int) -> str:
    if number < 1024:
        return f"{number}B"
    if number < 1024 * 1024:
        return f"{number / 1024:.1f}KB"
    return f"{number / 1024 / 1024:.1f}MB"
