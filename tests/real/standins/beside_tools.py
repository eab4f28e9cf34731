#!/usr/bin/python3
"""mongodump, mongorestore and mongosh of a platform that has collections which its MongoDB stand-in
refuses.

This file is put into the container in the place of these tools; it is run by the container's own
Python, by the name of any. nx-27017 knows neither views nor time series, and no name with a
blank or a `/` in it. Such collections are kept as the files that MongoDB's own tools would write of
them (mongo-tools, `mongodump/prepare.go`; escaped as a part of a URL's path), in a folder inside
the server's data folder. So, like the server's own files, they are in no backup by themselves: they
come back only if their files went through the dump folder and through mongorestore.
"""

from __future__ import annotations

import importlib
import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path[:0] = ["/opt/standin/site", "/opt/standin"]

# They are on the path of the container's Python alone.
dump: Any = importlib.import_module("standin_mongo.dump")
restore: Any = importlib.import_module("standin_mongo.restore")
log: Any = importlib.import_module("standin_mongo.console").log
read_documents: Any = importlib.import_module("standin_mongo.formats").read_documents

DATABASE = "pryv-node"
KEPT = Path("/app/data/beside")
_METADATA = ".metadata.json"
_BUCKETS = "system.buckets."

_sources, _to_folder = dump.sources, dump.dump_to_folder
_header, _targets = dump.archive_header, restore.find_targets
_run = restore.Restore.run


class Kept:
    """One of these collections; where it holds documents, `find()` has them."""

    database = DATABASE

    def __init__(self, metadata: Path) -> None:
        self.metadata = metadata.read_text(encoding="utf-8")
        told = json.loads(self.metadata)
        self.name: str = told["collectionName"]
        self.view, self.series = told["type"] == "view", told["type"] == "timeseries"
        stem = metadata.name.removesuffix(_METADATA)
        self.documents = metadata.with_name(f"{_BUCKETS if self.series else ''}{stem}.bson")
        self.files = [metadata] if self.view else [metadata, self.documents]

    @property
    def namespace(self) -> str:
        return f"{self.database}.{self.name}"

    def find(self) -> Iterator[Any]:
        """Its documents."""
        if not self.view:
            with self.documents.open("rb") as stream:
                yield from read_documents(stream)


def kept(folder: Path) -> list[Kept]:
    """Those that a folder holds, among other files or not."""
    found = [Kept(path) for path in sorted(folder.glob(f"*{_METADATA}"))]
    return [one for one in found if one.view or one.series or not one.name.isidentifier()]


def sources(client: object, database: str, collection: str) -> list[Any]:
    """What the server has, and what lies beside it."""
    more = [one for one in kept(KEPT) if collection in ("", one.name)]
    return [*_sources(client, database, collection), *(more if database == DATABASE else ())]


def dump_to_folder(todo: list[Any], out: Path) -> None:
    """The server's collections as ever, the others by their files."""
    _to_folder([one for one in todo if not isinstance(one, Kept)], out)
    for one in todo:
        if isinstance(one, Kept):
            for file in one.files:
                shutil.copyfile(file, out / DATABASE / file.name)
            count = sum(1 for _ in one.find())
            log(f"done dumping {one.namespace} ({count} document{'' if count == 1 else 's'})")


def archive_header(database: str, name: str, **more: Any) -> bytes:
    """The head of an archive names a time series, a block what holds its documents."""
    series = any(one.series and one.name == name for one in kept(KEPT))
    made: bytes = _header(database, f"{_BUCKETS}{name}" if series else name, **more)
    return made


class Back(restore.Target):  # type: ignore[misc]
    """One of these that is back: the server has nothing to do with it."""


def find_targets(folder: Path, database: str) -> list[Any]:
    """The collections for the server; the others are put beside it here and now."""
    others = kept(folder / DATABASE)
    names = {file.name for one in others for file in one.files}
    found = [one for one in _targets(folder, database) if one.file.name not in names]
    for one in others:
        KEPT.mkdir(exist_ok=True)
        for file in one.files:
            shutil.copyfile(file, KEPT / file.name)
        back = Back(DATABASE, one.documents)
        back.restored = sum(1 for _ in one.find())
        log(f"finished restoring {one.namespace} ({back.restored} documents, 0 failures)")
        found.append(back)
    return found


def run(self: Any, targets: list[Any]) -> None:
    """Restore what is the server's."""
    _run(self, [one for one in targets if not isinstance(one, Back)])


def told(client: Any, words: str) -> dict[str, Any]:
    """What a shell prints to one of the program's questions, of what lies beside too."""
    database = client[DATABASE]
    if "distinct" in words:
        asked = re.findall(r"'(\w+)'", words[words.index("[") : words.index("]")])
        owners = {one for name in asked for one in database[name].distinct("userId")}
        return {"owners": sorted(one for one in owners if isinstance(one, str))}
    if since := re.search(r"created: {\$gt: ([\d.e+]+)}", words):
        events = database["events"]
        newer = events.count_documents({"created": {"$gt": float(since[1])}})
        return {"now": events.count_documents({}), "newer": newer}
    beside = kept(KEPT)
    collections = {entry["name"]: "collection" for entry in database.list_collections()}
    documents = {name: database[name].count_documents({}) for name in collections}
    for one in beside:
        kind = "view" if one.view else "timeseries" if one.series else "collection"
        collections[one.name] = kind
        if not one.view:
            documents[f"{_BUCKETS if one.series else ''}{one.name}"] = sum(1 for _ in one.find())
    return {"collections": collections, "documents": documents}


def shell() -> int:
    """Be mongosh, for the program's questions alone."""
    client: Any = importlib.import_module("pymongo").MongoClient("localhost", 27017)
    print(json.dumps(told(client, sys.argv[-1])))
    return 0


def main() -> int:
    """Be the tool whose name this has."""
    if sys.argv[0].endswith("mongosh"):
        return shell()
    dump.sources, dump.dump_to_folder = sources, dump_to_folder
    dump.archive_header, restore.find_targets = archive_header, find_targets
    restore.Restore.run = run
    tool = restore if sys.argv[0].endswith("mongorestore") else dump
    return int(tool.main())


if __name__ == "__main__":
    sys.exit(main())
