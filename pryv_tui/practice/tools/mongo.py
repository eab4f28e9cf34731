"""`mongo --quiet DB --eval SCRIPT`: answers the one question that is asked of it."""

from __future__ import annotations

import json

from pryv_tui.practice.tools.context import Context, ToolError, options
from pryv_tui.practice.tools.mongodump import server


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
    script = found.get("--eval", "")
    if "getCollectionInfos" not in script or len(rest) != 1:
        context.err("uncaught exception: this practice shell knows one question alone\n")
        return 253
    names = store.collections(rest[0])
    size = sum(len(body) for name in names for body in store.documents(rest[0], name))
    kinds = dict.fromkeys(names, "collection") | dict.fromkeys(store.views(rest[0]), "view")
    answer = {"collections": kinds, "bytes": size}
    context.out(json.dumps(answer) + "\n")
    return 0
