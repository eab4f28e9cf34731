"""`mongo --quiet DB --eval SCRIPT`: answers only the four scripts that this program runs."""

from __future__ import annotations

import json
import re

import bson

from pryv_tui.practice.stores.mongo import MongoStore
from pryv_tui.practice.tools.context import Context, ToolError, options
from pryv_tui.practice.tools.mongodump import server

_NEWER = re.compile(r"count: '(?P<name>\w+)', query: \{created: \{\$gt: (?P<since>[\d.e+]+)\}\}")
"""The script that counts the documents, and those created since a moment."""

_OWNED = re.compile(r"\[(?P<names>[^\]]+)\]\.forEach\(.*\{distinct: name, key: 'userId'")
"""The script that lists the users who own documents in these collections."""
_NAME = re.compile(r"'(\w+)'")


def run(context: Context) -> int:
    try:
        found, rest = options(context.arguments, valued=("--eval", "--port"), flags=("--quiet",))
    except ToolError as error:
        context.err(f"Error parsing command line: unrecognised option '{error}'\n")
        return 1
    store = server(context, found.get("--port", "27017"))
    if store is None:
        context.err("Error: couldn't connect to server 127.0.0.1:27017\n")
        return 1
    database = rest[0] if len(rest) == 1 else ""
    with store.looking(database):
        return _answer(context, store, database, found.get("--eval", ""))


def _answer(context: Context, store: MongoStore, database: str, script: str) -> int:
    newer = _NEWER.search(script)
    if newer is not None and database:
        told = _count(store, database, newer["name"], float(newer["since"]))
        context.out(json.dumps(told) + "\n")
        return 0
    owned = _OWNED.search(script)
    if owned is not None and database:
        context.out(json.dumps(_owners(store, database, _NAME.findall(owned["names"]))) + "\n")
        return 0
    if "getCollectionInfos" not in script or not database:
        context.err("uncaught exception: this practice shell knows four questions alone\n")
        return 253
    names = store.collections(database)
    kinds = dict.fromkeys(names, "collection") | dict.fromkeys(store.views(database), "view")
    if "$group" in script:
        counts = store.counts(database)
        for name, count in counts.items():
            context.out(f"counted {name}: {count}\n")
        context.out(json.dumps({"collections": kinds, "documents": counts}) + "\n")
        return 0
    answer = {"collections": kinds, "bytes": store.bytes_of(database)}
    context.out(json.dumps(answer) + "\n")
    return 0


def _count(store: MongoStore, database: str, name: str, since: float) -> dict[str, int]:
    made = [bson.decode(body).get("created") for body in store.documents(database, name)]
    newer = [at for at in made if isinstance(at, int | float) and at > since]
    return {"now": len(made), "newer": len(newer)}


def _owners(store: MongoStore, database: str, names: list[str]) -> dict[str, object]:
    there = set(store.collections(database))
    found = {
        bson.decode(body).get("userId")
        for name in names
        if name in there
        for body in store.documents(database, name)
    }
    return {"owners": sorted(one for one in found if isinstance(one, str)), "why": ""}
