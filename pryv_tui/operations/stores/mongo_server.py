"""What a MongoDB server says of itself: its collections, and how large its data is.

mongodump leaves collections out without a word (those with a `$` in their names: mongo-tools,
shouldSkipSystemNamespace), so what there is to dump is asked of the server. Through the shell of
its container where it has one (`mongo` up to MongoDB 5, `mongosh` where it was installed), else
through the driver at the container's own address, where that is on this machine.
"""

from __future__ import annotations

from typing import Any

import msgspec

from pryv_tui.decoding import decode_json
from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.formats.bson_files import BUCKETS
from pryv_tui.hosts.engine import CancelToken, Container, Engine, Stream
from pryv_tui.operations.containers.ending import AnyOf, Deadline
from pryv_tui.operations.stores.base import Tail, failure_line
from pryv_tui.operations.stores.mongo_words import DATABASE
from pryv_tui.phrases import cut

BIN = "/app/bin/mongodb/bin"
SHELLS = (f"{BIN}/mongo", f"{BIN}/mongosh", "mongosh")
PORT = 27017
_WORDS = (
    "var found = {}; db.getCollectionInfos().forEach(function (c) {"
    " found[c.name] = c.type || 'collection'; });"
    " print(JSON.stringify({collections: found, bytes: Number(db.stats().dataSize)}));"
)
_SHELL_SECONDS = 30.0
_DRIVER_MS = 3000


class MongoServer(msgspec.Struct, frozen=True):
    """One database of a server, as it tells."""

    collections: dict[str, str]
    """By name what it is: `collection`, `view` or `timeseries`."""
    bytes: float | None = None
    """Of all its documents, not compressed: about what their dump takes."""

    @property
    def dumped(self) -> set[str]:
        """The collections that a dump has to hold, as its files tell their names.

        What begins with `system.` is the server's own, and no tool dumps it, but for stored
        functions and what holds the documents of time series.
        """
        names = {
            name
            for name, kind in self.collections.items()
            if kind == "collection"
            and (not name.startswith("system.") or name == "system.js" or name.startswith(BUCKETS))
        }
        series = {BUCKETS + name for name, kind in self.collections.items() if kind == "timeseries"}
        return names | series

    @property
    def views(self) -> set[str]:
        """Collections that hold nothing themselves; a dump keeps what they are."""
        return {name for name, kind in self.collections.items() if kind == "view"}


def shell_command(shell: str) -> list[str]:
    return [shell, "--quiet", DATABASE, "--eval", _WORDS]


def ask_server(
    engine: Engine, container: Container, cancel: CancelToken | None = None
) -> MongoServer:
    """Ask a running MongoDB for its collections; it has half a minute to answer.

    Raises:
        PryvTuiError: it could not be asked, with the reason.
        Cancelled: `cancel` was set.
    """
    for shell in SHELLS:
        try:
            return _by_shell(engine, container.name, shell, cancel)
        except PryvTuiError as error:
            if error.name != "program-missing":
                raise
    if not engine.url.startswith("unix:"):
        # The address means something in the engine's own network alone.
        raise PryvTuiError("step-failed", "its container has no shell, and is on another machine")
    if not container.addresses:
        raise PryvTuiError("step-failed", "its container has neither a shell nor an address")
    return _by_driver(container.addresses[0])


def _by_shell(
    engine: Engine, container: str, shell: str, cancel: CancelToken | None
) -> MongoServer:
    tail = Tail()
    out = bytearray()

    def listen(stream: Stream, chunk: bytes) -> None:
        if stream == "stdout":
            out.extend(chunk)
        for line in chunk.decode("utf-8", "replace").splitlines():
            tail.add(line)

    limit = AnyOf(cancel, Deadline(_SHELL_SECONDS))
    try:
        code = engine.exec(container, shell_command(shell), on_output=listen, cancel=limit)
    except Cancelled:
        if cancel is not None and cancel.is_set():
            raise
        raise PryvTuiError(
            "step-failed", f"{shell} did not answer within {_SHELL_SECONDS:.0f} s"
        ) from None
    if code != 0:
        raise PryvTuiError("step-failed", failure_line(tail.lines, f"exit {code}"))
    # A warning of the shell's own may stand before the answer.
    for line in reversed(bytes(out).splitlines()):
        try:
            return decode_json(line, MongoServer)
        except msgspec.MsgspecError:
            continue
    raise PryvTuiError("step-failed", failure_line(tail.lines, "its shell printed no answer"))


def _by_driver(address: str) -> MongoServer:
    from pymongo import MongoClient
    from pymongo.errors import PyMongoError

    client: MongoClient[dict[str, Any]] = MongoClient(
        address, PORT, directConnection=True, serverSelectionTimeoutMS=_DRIVER_MS
    )
    try:
        database = client[DATABASE]
        found = {
            str(entry["name"]): str(entry.get("type", "collection"))
            for entry in database.list_collections()
        }
        try:
            size = float(database.command("dbStats")["dataSize"])
        except (PyMongoError, KeyError, TypeError, ValueError):
            return MongoServer(found)
        return MongoServer(found, size)
    except PyMongoError as error:
        raise PryvTuiError("step-failed", cut(f"{address}: {error}", 300)) from error
    finally:
        client.close()
