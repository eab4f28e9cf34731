"""What a MongoDB server says of itself: its collections, and how large its data is.

mongodump leaves collections out without a word (those with a `$` in their names: mongo-tools,
shouldSkipSystemNamespace), so what there is to dump is asked of the server. Through the driver at
the container's own address, where that is on this machine and answers; else through the shell of
its container where it has one (`mongo` up to MongoDB 5, `mongosh` where it was installed).
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
FOLLOWS = "it is no primary of its replica set: what it holds may be older than what lives"
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


class Follows(PryvTuiError):
    """It copies another server, and may lag behind it: nothing of what it says is how things are
    now, whichever way it is asked."""


def need_primary(engine: Engine, container: str) -> None:
    """See that a server is not known to follow another one (`Follows`); where nobody can ask that,
    it is taken for one that does not, which every one of a Pryv.io platform is."""
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
    # `hello` is its name since 4.4; every release knows this one.
    told = database.client.admin.command("isMaster")
    if not told.get("ismaster", True):
        raise Follows("step-failed", FOLLOWS)


class Events(msgspec.Struct, frozen=True):
    """How many events a server has."""

    now: int
    newer: int | None = None
    """Those made since a moment; None where the server was not done counting in time."""
    why: str = ""


def events_command(shell: str, since: float, seconds: float) -> list[str]:
    """The question how many events there are, and how many were made since a moment.

    `created` is set by core itself. No index leads to it, so the server may have to look at every
    event: it is given up after a while.

    Args:
        since: seconds since the epoch.
        seconds: how long the server may look.
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
    """Ask a running MongoDB how many events it has, and how many were made since a moment.

    Args:
        since: seconds since the epoch, by the clock of its machine.
        seconds: how long it may look.
        shells: what is known of its shell from earlier in a run.

    Raises:
        PryvTuiError: it could not be asked, with the reason.
        Cancelled: `cancel` was set.
    """

    def by_shell(shell: str) -> Events:
        command = events_command(shell, since, seconds)
        return _by_shell(engine, container.name, command, Events, cancel)

    return _asked(
        engine, container, shells, by_shell, lambda at: _events_by_driver(at, since, seconds)
    )


OWNED = (EVENTS, "accesses", "profile", "streams")
"""The collections of which an account has documents from its beginning on, by its `userId`."""


class Owners(msgspec.Struct, frozen=True):
    """Whose documents a server has."""

    owners: list[str]
    """By `userId`; each of them has a document."""
    why: str = ""
    """Why there may be more: a collection was not looked through."""


def owners_command(shell: str, seconds: float, owned: Sequence[str] = OWNED) -> list[str]:
    """The question whose documents there are, by the index that core makes over `userId`.

    Args:
        seconds: how long the server may look into each collection.
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
    """Ask a running MongoDB whose documents it has.

    Args:
        seconds: how long it may look into each collection.
        owned: the collections that are asked for.

    Raises:
        PryvTuiError: it could not be asked, with the reason.
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
    """Ask a running MongoDB for its collections; it has half a minute to answer.

    Raises:
        PryvTuiError: it could not be asked, with the reason.
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
    """Through the driver where the server is near, else through the first shell that is there."""
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
    # A warning of the shell's own may stand before the answer.
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
    """The database at an address with a port, as the driver has it.

    Args:
        seconds: how long the server may be silent within an answer.
        name: as which the server knows who asks.

    Raises:
        PryvTuiError: `step-failed`, in place of what the driver raises within.
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
    """End what a server still does for who asked by a name; it goes on by itself where it can't be
    told to: it only reads."""
    with suppress(PryvTuiError, KeyError, TypeError), database_at(address, _SEEN_SECONDS) as found:
        admin = found.client.admin
        for one in admin.command({"currentOp": 1, "appName": name})["inprog"]:
            if "opid" in one:
                admin.command({"killOp": 1, "op": one["opid"]})


def see_it_answers(address: str) -> None:
    """See that a server does what it is asked for: one that is on its way up says that it is there
    before it can.

    Raises:
        PryvTuiError: `step-failed`, it does not.
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
