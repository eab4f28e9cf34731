"""Let a running MongoDB count the documents of each of its collections.

The server counts with an aggregation, which reads through the collection. `count` without a query
returns a stored number, which is wrong after an unclean shutdown (MongoDB's manual,
db.collection.count, "Accuracy after Unexpected Shutdown"). No document leaves the server, so this
proves the number of documents, and not their content.

The question goes through the driver if the container has an address on this machine, else through
the shell in the container, if there is one.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import humanize
import msgspec

from pryv_tui.decoding import decode_json
from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.bson_files import BUCKETS
from pryv_tui.hosts.engine import Container, Stream
from pryv_tui.operations.containers.shells import NoShell, which
from pryv_tui.operations.containers.waiting import SILENT_SECONDS, patience
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import Likeness, Step
from pryv_tui.operations.stores.base import Tail, failure_line
from pryv_tui.operations.stores.mongo_server import SHELLS, MongoServer, database_at, end_asked_by
from pryv_tui.operations.stores.mongo_words import DATABASE
from pryv_tui.operations.stores.near import NotNear, OnLeave, awaited, mongodb

PIPELINE: list[dict[str, Any]] = [{"$group": {"_id": None, "n": {"$sum": 1}}}]
_WORDS = (
    f"var told = {{collections: {{}}, documents: {{}}}}; var buckets = '{BUCKETS}';"
    " db.getCollectionInfos().forEach(function (c) { var kind = c.type || 'collection';"
    " told.collections[c.name] = kind;"
    " var name = kind == 'timeseries' ? buckets + c.name : c.name;"
    " if (kind == 'view' || (name.indexOf('system.') == 0 && name != 'system.js'"
    " && name.indexOf(buckets) != 0)) { return; }"
    " var r = db.getCollection(name).aggregate([{$group: {_id: null, n: {$sum: 1}}}]).toArray();"
    " told.documents[name] = r.length ? Number(r[0].n) : 0;"
    " print('counted ' + name + ': ' + told.documents[name]); });"
    " print(JSON.stringify(told));"
)


LONG = 60.0
"""Seconds. If the last dump took longer, the operator is warned that all documents may be read once
more."""


def count_words(steps: Sequence[Step], took: Mapping[Likeness, float]) -> str:
    """The sentences for a plan about how MongoDB is compared after a restore, and how long that
    takes if the server can't be asked. Empty for a plan without MongoDB, and if the last dumps took
    less than `LONG`.

    Args:
        took: for each kind of step (`Likeness`), the seconds that it took in the last backups.
    """
    dumped = max((s for like, s in took.items() if like[:2] == ("dump", "mongodb")), default=0.0)
    if dumped < LONG or not any(getattr(step, "store", "") == "mongodb" for step in steps):
        return ""
    minutes = humanize.precisedelta(dumped, minimum_unit="minutes", format="%.0f")
    return (
        "MongoDB is compared by its server's own count of its documents. If the server can't be"
        " asked, all documents are read once more, which takes about as long as its last dump:"
        f" {minutes}."
    )


class Counted(MongoServer, frozen=True, kw_only=True):
    """A server's collections, and the number of documents in each that a dump must contain."""

    documents: dict[str, int]


class NotCounted(Exception):
    """The server could not be asked; the message is the reason. It says nothing about the server's
    content."""


def count_command(shell: str) -> list[str]:
    return [shell, "--quiet", DATABASE, "--eval", _WORDS]


def ask_counts(
    ctx: RunContext, host: str, fits: Callable[[Counted], bool] = lambda _told: True
) -> Counted:
    """Let the MongoDB of a host count its documents.

    Args:
        fits: returns whether an answer has the expected numbers. If the driver's answer has not,
            the shell in the container is asked too, if there is one, and its answer counts.

    Raises:
        NotCounted: the server has neither an address here nor a shell, wants a password, or closed
            the connection. The caller may count in another way.
        PryvTuiError: the container does not run, the engine does not answer, or the server was
            silent for too long.
        Cancelled: the operator cancelled.
    """
    name = ctx.state_of(host).name_of("mongodb")
    engine = ctx.site.host(host).engine
    watch = ctx.silence(f"MongoDB on {host} to count", patience(SILENT_SECONDS))
    first: Counted | None = None
    try:
        # Ask for the address again: a container that was restarted may have another one.
        address = mongodb(engine, name)
        first = _whole(awaited(lambda on_leave: _by_driver(address, on_leave), watch))
        if fits(first):
            return first
        why = "what it told the driver is not what was expected"
    except (NotNear, NotCounted) as error:
        why = str(error)
    found: Container | None = next((one for one in engine.glance() if one.name == name), None)
    key = which(engine, found) if found is not None else (engine.url, name)
    try:
        told = ctx.site.shells.ask(key, SHELLS, lambda shell: _by_shell(ctx, host, name, shell))
        return _whole(told)
    except (NoShell, NotCounted) as error:
        if first is not None:
            return first
        if isinstance(error, NotCounted):
            raise
        raise NotCounted(f"its container has no shell; {why}") from None


def _whole(told: Counted) -> Counted:
    silent = told.dumped - told.documents.keys()
    if silent:
        raise NotCounted(f"it did not count {', '.join(sorted(silent)[:4])}")
    return told


def _by_shell(ctx: RunContext, host: str, container: str, shell: str) -> Counted:
    tail = Tail()
    out: list[str] = []

    def listen(stream: Stream, line: str) -> None:
        tail.add(line)
        if stream == "stdout":
            out.append(line)

    code = ctx.exec(host, container, count_command(shell), on_line=listen)
    if code != 0:
        raise NotCounted(failure_line(tail.lines, f"exit {code}"))
    # The shell may print a warning before the answer.
    for line in reversed(out):
        try:
            return decode_json(line, Counted)
        except msgspec.MsgspecError:
            continue
    raise NotCounted(failure_line(tail.lines, "its shell printed no answer"))


def _by_driver(address: str, on_leave: OnLeave) -> Counted:
    limit = int(patience(SILENT_SECONDS) * 1000)
    asker = f"pryv-tui-counts-{secrets.token_hex(8)}"
    on_leave(lambda: end_asked_by(address, asker))
    try:
        with database_at(address, limit / 1000 + 1, asker) as database:
            server = MongoServer(
                {
                    str(entry["name"]): str(entry.get("type", "collection"))
                    for entry in database.list_collections()
                }
            )
            documents = {}
            for name in sorted(server.dumped):
                # The driver's own method refuses a name with a `$` in it.
                asked = {"aggregate": name, "pipeline": PIPELINE, "cursor": {}}
                rows = database.command(asked, maxTimeMS=limit)["cursor"]["firstBatch"]
                documents[name] = int(rows[0]["n"]) if rows else 0
    except PryvTuiError as error:
        raise NotCounted(error.what) from error
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise NotCounted(f"its answer is not understood: {error!r}") from error
    return Counted(server.collections, documents=documents)
