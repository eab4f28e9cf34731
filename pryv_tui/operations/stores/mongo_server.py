"""Ask a MongoDB server for its collections, and for the size of its data.

mongodump silently leaves collections out (those with a `$` in their names: mongo-tools,
shouldSkipSystemNamespace), so the server is asked which collections it has. The question goes
through the driver to the container's address, if that is on this machine and answers; else through
the shell in the container, if there is one (`mongo` up to MongoDB 5, `mongosh` if installed).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, TypeVar

import msgspec

from pryv_tui.decoding import decode_json
from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.formats.bson_files import BUCKETS
from pryv_tui.hosts.engine import CancelToken, Container, Engine, Stream
from pryv_tui.operations.containers.ending import AnyOf, Deadline
from pryv_tui.operations.containers.shells import NoShell, Shells, which
from pryv_tui.operations.stores.base import Tail, failure_line
from pryv_tui.operations.stores.mongo_words import DATABASE
from pryv_tui.operations.stores.near import NotNear, mongodb
from pryv_tui.phrases import cut

BIN = "/app/bin/mongodb/bin"
SHELLS = (f"{BIN}/mongo", f"{BIN}/mongosh", "mongosh")
EVENTS = "events"
FOLLOWS = "it is not the primary of its replica set, so its data may be out of date"
_LEADS = f"if (!db.isMaster().ismaster) {{ throw new Error('{FOLLOWS}'); }} "
_WORDS = (
    "var found = {}; db.getCollectionInfos().forEach(function (c) {"
    " found[c.name] = c.type || 'collection'; });"
    " print(JSON.stringify({collections: found, bytes: Number(db.stats().dataSize)}));"
)
_SHELL_SECONDS = 30.0
_DRIVER_MS = 3000
_SEEN_SECONDS = 3.0


class MongoServer(msgspec.Struct, frozen=True):
    """The server's own description of one of its databases."""

    collections: dict[str, str]
    """For each name, the kind: `collection`, `view` or `timeseries`."""
    bytes: float | None = None
    """The size of all documents, not compressed: about the size of their dump. None if the server
    did not tell it."""

    @property
    def dumped(self) -> set[str]:
        """The names of the collections that a dump must contain, as its files name them. Those
        named `system.` are the server's own and are not dumped, except stored functions and the
        documents of time series."""
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
        """The names of the views. A view has no documents; a dump contains its definition."""
        return {name for name, kind in self.collections.items() if kind == "view"}


def shell_command(shell: str) -> list[str]:
    return [shell, "--quiet", DATABASE, "--eval", _WORDS]


class Follows(PryvTuiError):
    """The server is a secondary of its replica set and may lag behind: its answers may be out of
    date, whether the driver or the shell asks."""


def need_primary(engine: Engine, container: str) -> None:
    """Raise `Follows` if a server says that it is a secondary. A server that can't be asked counts
    as a primary, because every MongoDB of a Pryv.io platform is one."""
    with suppress(NotNear):
        address = mongodb(engine, container)
        try:
            with database_at(address, _SEEN_SECONDS) as database:
                _need_primary(database)
        except Follows:
            raise
        except PryvTuiError:
            return


def _need_primary(database: Any) -> None:
    # Since 4.4 the command is called `hello`; every release knows this name.
    told = database.client.admin.command("isMaster")
    if not told.get("ismaster", True):
        raise Follows("step-failed", FOLLOWS)


class Events(msgspec.Struct, frozen=True):
    """The number of events in a server."""

    now: int
    newer: int | None = None
    """The number of events made since the given time; None if the server could not count them."""
    why: str = ""
    """The reason why `newer` is None."""


def events_command(shell: str, since: float, seconds: float) -> list[str]:
    """The command that counts all events, and the events made since a given time.

    The time of an event is its field `created`, which core sets. The field has no index, so the
    server may have to look at every event; it stops when its time is over.

    Args:
        since: seconds since the epoch.
        seconds: how long the server may search.
    """
    words = (
        _LEADS
        + f"var c = db.getCollection('{EVENTS}'); var told = {{now: Number(c.count())}}; var r;"
        f" try {{ r = db.runCommand({{count: '{EVENTS}', query: {{created: {{$gt: {since!r}}}}},"
        f" maxTimeMS: {int(seconds * 1000)}}}); }}"
        " catch (e) { r = {ok: 0, errmsg: String(e)}; }"
        " if (r.ok) { told.newer = Number(r.n); } else { told.why = String(r.errmsg); }"
        " print(JSON.stringify(told));"
    )
    return [shell, "--quiet", DATABASE, "--eval", words]


def ask_events(
    engine: Engine,
    container: Container,
    since: float,
    seconds: float,
    cancel: CancelToken | None = None,
    shells: Shells | None = None,
) -> Events:
    """Ask a running MongoDB how many events it has, and how many were made since a given time.

    Args:
        since: seconds since the epoch, by the clock of the server's host.
        seconds: how long the server may search.
        shells: the shells that this run already found in containers.

    Raises:
        PryvTuiError: the server could not be asked; the message is the reason.
        Cancelled: `cancel` was set.
    """

    def by_shell(shell: str) -> Events:
        command = events_command(shell, since, seconds)
        return _by_shell(engine, container.name, command, Events, cancel)

    return _asked(
        engine, container, shells, by_shell, lambda at: _events_by_driver(at, since, seconds)
    )


OWNED = (EVENTS, "accesses", "profile", "streams")
"""The collections in which every account has documents, with its `userId`, from its creation."""


class Owners(msgspec.Struct, frozen=True):
    """The accounts that have documents in a server."""

    owners: list[str]
    """The `userId` of each account with a document."""
    why: str = ""
    """The reason why there may be more accounts: a collection could not be searched."""


def owners_command(shell: str, seconds: float, owned: Sequence[str] = OWNED) -> list[str]:
    """The command that lists the accounts with documents, from core's index over `userId`.

    Args:
        seconds: how long the server may search each collection.
    """
    names = ", ".join(f"'{name}'" for name in reversed(owned))
    words = (
        f"{_LEADS}var found = {{}}; var why = ''; [{names}].forEach(function (name) {{ var r;"
        f" try {{ r = db.runCommand({{distinct: name, key: 'userId',"
        f" maxTimeMS: {int(seconds * 1000)}}}); }}"
        " catch (e) { r = {ok: 0, errmsg: String(e)}; }"
        " if (r.ok) { r.values.forEach(function (v) { if (typeof v == 'string') { found[v] = 1; }"
        " }); } else { why = name + ': ' + String(r.errmsg); } });"
        " print(JSON.stringify({owners: Object.keys(found), why: why}));"
    )
    return [shell, "--quiet", DATABASE, "--eval", words]


def ask_owners(
    engine: Engine,
    container: Container,
    seconds: float,
    cancel: CancelToken | None = None,
    shells: Shells | None = None,
    owned: Sequence[str] = OWNED,
) -> Owners:
    """Ask a running MongoDB which accounts have documents.

    Args:
        seconds: how long the server may search each collection.

    Raises:
        PryvTuiError: the server could not be asked; the message is the reason.
        Cancelled: `cancel` was set.
    """

    def by_shell(shell: str) -> Owners:
        command = owners_command(shell, seconds, owned)
        return _by_shell(engine, container.name, command, Owners, cancel)

    by_driver = partial(_owners_by_driver, seconds=seconds, owned=owned)
    return _asked(engine, container, shells, by_shell, by_driver)


T = TypeVar("T")


def ask_server(
    engine: Engine,
    container: Container,
    cancel: CancelToken | None = None,
    shells: Shells | None = None,
) -> MongoServer:
    """Ask a running MongoDB for its collections, and wait 30 s at most for the answer.

    Raises:
        PryvTuiError: the server could not be asked; the message is the reason.
        Cancelled: `cancel` was set.
    """

    def by_shell(shell: str) -> MongoServer:
        return _by_shell(engine, container.name, shell_command(shell), MongoServer, cancel)

    return _asked(engine, container, shells, by_shell, _by_driver)


def _asked(
    engine: Engine,
    container: Container,
    shells: Shells | None,
    by_shell: Callable[[str], T],
    by_driver: Callable[[str], T],
) -> T:
    """Ask through the driver if the server has an address on this machine, else through the first
    shell that its container has."""
    try:
        return by_driver(mongodb(engine, container.name))
    except NotNear as error:
        why = str(error)
    except Follows:
        raise
    except PryvTuiError as error:
        why = error.what
    try:
        return (shells or Shells()).ask(which(engine, container), SHELLS, by_shell)
    except NoShell:
        raise PryvTuiError("step-failed", f"its container has no shell; {why}") from None


def _by_shell(
    engine: Engine,
    container: str,
    command: Sequence[str],
    form: type[T],
    cancel: CancelToken | None,
) -> T:
    tail = Tail()
    out = bytearray()

    def listen(stream: Stream, chunk: bytes) -> None:
        if stream == "stdout":
            out.extend(chunk)
        for line in chunk.decode("utf-8", "replace").splitlines():
            tail.add(line)

    limit = AnyOf(cancel, Deadline(_SHELL_SECONDS))
    try:
        code = engine.exec(container, command, on_output=listen, cancel=limit)
    except Cancelled:
        if cancel is not None and cancel.is_set():
            raise
        raise PryvTuiError(
            "step-failed", f"{command[0]} did not answer within {_SHELL_SECONDS:.0f} s"
        ) from None
    if code != 0:
        raise PryvTuiError("step-failed", failure_line(tail.lines, f"exit {code}"))
    # The shell may print a warning before the answer.
    for line in reversed(bytes(out).splitlines()):
        try:
            return decode_json(line, form)
        except msgspec.MsgspecError:
            continue
    raise PryvTuiError("step-failed", failure_line(tail.lines, "its shell printed no answer"))


@contextmanager
def database_at(
    address: str, seconds: float = _SHELL_SECONDS, name: str = "pryv-tui"
) -> Iterator[Any]:
    """Connect to Pryv's database on the server at `address` (host and port).

    Args:
        seconds: how long the server may be silent within an answer.
        name: the client's name, which the server shows in its list of operations.

    Raises:
        PryvTuiError: `step-failed`, instead of any error of the driver.
    """
    from pymongo import MongoClient
    from pymongo.errors import PyMongoError

    client: MongoClient[dict[str, Any]] = MongoClient(
        address,
        directConnection=True,
        serverSelectionTimeoutMS=_DRIVER_MS,
        socketTimeoutMS=int(seconds * 1000),
        appname=name,
    )
    try:
        yield client[DATABASE]
    except PyMongoError as error:
        raise PryvTuiError("step-failed", cut(f"{address}: {error}", 300)) from error
    finally:
        client.close()


def end_asked_by(address: str, name: str) -> None:
    """End the queries of the client with this name. If that fails, they keep running, which does no
    harm: they only read."""
    with suppress(PryvTuiError, KeyError, TypeError), database_at(address, _SEEN_SECONDS) as found:
        admin = found.client.admin
        for one in admin.command({"currentOp": 1, "appName": name})["inprog"]:
            if "opid" in one:
                admin.command({"killOp": 1, "op": one["opid"]})


def see_it_answers(address: str) -> None:
    """See that a server executes commands; a starting server accepts connections before it can.

    Raises:
        PryvTuiError: `step-failed`, it does not execute them.
    """
    with database_at(address, _SEEN_SECONDS) as database:
        database.client.admin.command("listDatabases", nameOnly=True)


def _events_by_driver(address: str, since: float, seconds: float) -> Events:
    from pymongo.errors import PyMongoError

    with database_at(address, seconds + 1) as database:
        _need_primary(database)
        events = database[EVENTS]
        now = int(events.estimated_document_count())
        asked = {"count": EVENTS, "query": {"created": {"$gt": since}}}
        try:
            told = database.command(asked, maxTimeMS=int(seconds * 1000))
            return Events(now, int(told["n"]))
        except (PyMongoError, KeyError) as error:
            return Events(now, None, cut(str(error), 300))


def _owners_by_driver(address: str, seconds: float, owned: Sequence[str]) -> Owners:
    from pymongo.errors import PyMongoError

    found: set[str] = set()
    why = ""
    with database_at(address, seconds + 1) as database:
        _need_primary(database)
        for name in reversed(owned):
            try:
                told = database.command(
                    {"distinct": name, "key": "userId"}, maxTimeMS=int(seconds * 1000)
                )
                found.update(value for value in told["values"] if isinstance(value, str))
            except (PyMongoError, KeyError) as error:
                why = cut(f"{name}: {error}", 300)
    return Owners(sorted(found), why)


def _by_driver(address: str) -> MongoServer:
    from pymongo.errors import PyMongoError

    with database_at(address) as database:
        found = {
            str(entry["name"]): str(entry.get("type", "collection"))
            for entry in database.list_collections()
        }
        try:
            size = float(database.command("dbStats")["dataSize"])
        except (PyMongoError, KeyError, TypeError, ValueError):
            return MongoServer(found)
        return MongoServer(found, size)
