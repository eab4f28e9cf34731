"""The stand-in for mongorestore."""

from __future__ import annotations

import threading
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from bson.raw_bson import RawBSONDocument

from .console import Failed, connect, log, pace, parser
from .formats import Truncated, read_documents, read_metadata
from .wire import Client, Refused, at_once

_PARALLEL = 4
_BATCH = 1000
_METADATA = ".metadata.json"


class Target:
    """One collection of the dump folder and how far its restore came."""

    def __init__(self, database: str, bson_file: Path) -> None:
        self.database, self.name, self.file = database, bson_file.name[: -len(".bson")], bson_file
        self.metadata_file = bson_file.with_name(f"{self.name}{_METADATA}")
        self.restored = self.failed = 0
        self.error = ""
        self.indexes: list[Any] = []

    @property
    def namespace(self) -> str:
        return f"{self.database}.{self.name}"


def _skip(path: Path) -> None:
    log(f'don\'t know what to do with file "{path}", skipping...')


def find_targets(folder: Path, database: str) -> list[Target]:
    """The collections in a dump folder; anything else in there is skipped, and said so."""
    if database:
        return _in_database(folder, database)
    found = []
    for entry in sorted(folder.iterdir()):
        if entry.is_dir():
            found += _in_database(entry, entry.name)
        else:
            _skip(entry)
    return found


def _in_database(folder: Path, database: str) -> list[Target]:
    found = []
    for entry in sorted(folder.iterdir()):
        if entry.name.endswith(".bson"):
            found.append(Target(database, entry))
        elif not entry.name.endswith(_METADATA):
            _skip(entry)
    # The largest first, as the real tool's scheduler has it.
    return sorted(found, key=lambda target: -target.file.stat().st_size)


class Restore:
    """One run over a dump folder."""

    def __init__(self, client: Client, *, drop: bool) -> None:
        self.client, self.drop = client, drop
        self._stop = threading.Event()

    def run(self, targets: list[Target]) -> None:
        """Restore every target; `Failed` with the first error that a file's content caused."""
        present: dict[str, set[str]] = {}
        for target in targets:
            if target.metadata_file.exists():
                log(f"reading metadata for {target.namespace} from {target.metadata_file}")
                target.indexes = read_metadata(target.metadata_file).get("indexes", [])
            if target.database not in present:
                there = self.client.collections(target.database)
                present[target.database] = {one["name"] for one in there}
        at_once(
            _PARALLEL,
            [
                partial(self._documents, target, target.name in present[target.database])
                for target in targets
            ],
        )
        for target in targets:
            if target.error:
                raise Failed(f"{target.namespace}: {target.error}")
        for target in targets:
            self._indexes(target)

    def _documents(self, target: Target, exists: bool) -> None:
        if exists and self.drop:
            log(f"dropping collection {target.namespace} before restoring")
            self.client.command(target.database, {"drop": target.name})
        elif exists:
            log(f"restoring to existing collection {target.namespace} without dropping")
        if not exists or self.drop:
            self.client.command(target.database, {"create": target.name})
        log(f"restoring {target.namespace} from {target.file}")
        with target.file.open("rb") as stream:
            documents = read_documents(stream)
            while not self._stop.is_set():
                batch: list[RawBSONDocument] = []
                try:
                    for document in islice(documents, _BATCH):
                        batch.append(document)
                        pace()
                except Truncated:
                    target.error = (
                        f"error restoring from {target.file}: reading bson input: unexpected EOF"
                    )
                if batch:
                    self._insert(target, batch)
                if target.error or len(batch) < _BATCH:
                    break
        log(
            f"finished restoring {target.namespace} "
            f"({target.restored} document{'' if target.restored == 1 else 's'}, "
            f"{target.failed} failure{'' if target.failed == 1 else 's'})"
        )

    def _insert(self, target: Target, batch: list[RawBSONDocument]) -> None:
        problems = self.client.insert(target.database, target.name, batch)
        for problem in problems:
            log(f"continuing through error: {problem}")
        target.failed += len(problems)
        target.restored += len(batch) - len(problems)

    def _indexes(self, target: Target) -> None:
        wanted = [index for index in target.indexes if list(index["key"]) != ["_id"]]
        if not wanted:
            log(f"no indexes to restore for collection {target.namespace}")
            return
        log(f"restoring indexes for collection {target.namespace} from metadata")
        for index in wanted:
            log(f"index: {describe(index)}")
        self.client.command(
            target.database,
            {"createIndexes": target.name, "indexes": [dict(index) for index in wanted]},
        )


def describe(index: Any) -> str:
    """An index as the real tool prints it: Go's notation of its own structure."""
    options = ", ".join(
        f'"{name}":{_go(value)}'
        for name, value in sorted(index.items())
        if name not in ("key", "ns", "partialFilterExpression")
    )
    keys = ", ".join(
        f'primitive.E{{Key:"{name}", Value:{_go(value)}}}' for name, value in index["key"].items()
    )
    partial = index.get("partialFilterExpression")
    filter_text = "primitive.D(nil)" if partial is None else f"primitive.D{_go(dict(partial))}"
    return (
        f"&idx.IndexDocument{{Options:primitive.M{{{options}}}, "
        f"Key:primitive.D{{{keys}}}, PartialFilterExpression:{filter_text}}}"
    )


def _go(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}":{_go(item)}' for key, item in value.items()) + "}"
    return str(value)


def main() -> int:
    """Run as the command line says; the exit code."""
    options = parser("mongorestore")
    options.add_argument("--drop", action="store_true")
    options.add_argument("--dir", default="")
    options.add_argument("folder", nargs="?", default="")
    chosen = options.parse_args()
    given = chosen.folder or chosen.dir or "dump"
    targets: list[Target] = []
    code = 0
    try:
        client = connect(chosen.host, chosen.port)
    except Failed as error:
        log(f"Failed: error connecting to host: {error}")
        return 1
    try:
        if not Path(given).is_dir():
            raise Failed(
                f"mongorestore target '{given}' invalid: stat {given}: no such file or directory"
            )
        log("preparing collections to restore from")
        targets = find_targets(Path(given), chosen.db)
        if chosen.collection:
            targets = [target for target in targets if target.name == chosen.collection]
        Restore(client, drop=chosen.drop).run(targets)
    except (Failed, OSError, Refused) as error:
        log(f"Failed: {error}")
        code = 1
    restored = sum(target.restored for target in targets)
    failed = sum(target.failed for target in targets)
    log(f"{restored} document(s) restored successfully. {failed} document(s) failed to restore.")
    return code
