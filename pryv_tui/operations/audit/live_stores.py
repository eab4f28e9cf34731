"""Ask running stores for their accounts, events and series. Read-only.

A store is asked at its own address if that is on this machine, else with the programs in its
container; events are read from mongodump's output, as for a backup.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

from pryv_tui.decoding import decode_json
from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.bson_files import decoder
from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.influx_backup import INTERNAL
from pryv_tui.formats.mongo_archive import NAME, ArchiveReader
from pryv_tui.formats.redis_files import account_of
from pryv_tui.hosts.engine import CancelToken, Engine, Stream
from pryv_tui.operations.containers.waiting import (
    QUESTION_SECONDS,
    SILENT_SECONDS,
    Silence,
    patience,
    run_watched,
)
from pryv_tui.operations.context import LineSplitter
from pryv_tui.operations.stores.base import Tail, failure_line
from pryv_tui.operations.stores.influxdb import SHOW_DATABASES, csv_rows, rows_of
from pryv_tui.operations.stores.mongo_server import EVENTS, OWNED, need_primary
from pryv_tui.operations.stores.mongodb import BIN, DATABASE, DumpWords
from pryv_tui.operations.stores.near import NotNear, influx
from pryv_tui.operations.stores.redis_keys import user_servers
from pryv_tui.operations.stores.redis_server import RedisServer, asking, connect
from pryv_tui.phrases import counted
from pryv_tui.platform.casualties import influx_name

READ_ALL = [f"{BIN}/mongodump", "-d", DATABASE, "--archive"]
_BATCH = 200
"""Databases per question for measurements: 3,000 single execs would take minutes."""
_FEW = 50
"""Databases per question for points: the look can end between two questions."""


Tell = Callable[[str], None]
"""Is called with a line for the operator whenever the wait for an answer is worth reporting."""


def registered(
    engine: Engine, container: str, tell: Tell | None = None, seconds: float = QUESTION_SECONDS
) -> set[str]:
    """Return the accounts in register's Redis now, including register's own.

    Args:
        seconds: how long to wait for an answer.

    Raises:
        PryvTuiError: the server can't be asked, or does not answer.
    """
    server = redis_server(engine, container, tell, seconds)
    return {account_of(key.encode("utf-8", "surrogateescape")) for key in server.users()}


def servers(
    engine: Engine,
    container: str,
    names: Collection[str],
    tell: Tell | None = None,
    seconds: float = QUESTION_SECONDS,
) -> dict[str, str]:
    """Return, by account, the core that register's Redis has for it, if it has one.

    Args:
        seconds: how long to wait for an answer.

    Raises:
        PryvTuiError: the server can't be asked, or does not answer.
    """
    return user_servers(redis_server(engine, container, tell, seconds).lines, names)


def redis_server(engine: Engine, container: str, tell: Tell | None, seconds: float) -> RedisServer:
    """Connect to register's Redis."""
    found = {each.name: each for each in engine.glance()}
    return connect(
        asking(engine, container, tell, seconds),
        found.get(container),
        lambda: engine.processes(container),
    )


def databases(
    engine: Engine, container: str, tell: Tell | None = None, seconds: float = QUESTION_SECONDS
) -> list[str]:
    """Return the names of InfluxDB's databases now, except its internal one.

    Args:
        seconds: how long to wait for an answer.

    Raises:
        PryvTuiError: the server can't be asked, or does not answer.
    """
    try:
        told = influx(engine, container, SHOW_DATABASES[2], _watch(container, tell, seconds))
        every = rows_of(told)
    except NotNear:
        said = _asked(engine, container, SHOW_DATABASES, tell, seconds=seconds)
        every = csv_rows(said.decode("utf-8", "backslashreplace"))
    rows = [row for row in every if len(row) == 2 and row[0] == "databases"]
    return sorted(row[1] for row in rows if row[1] != INTERNAL)


class _Rows(msgspec.Struct):
    values: list[list[str]] = []


class _Result(msgspec.Struct):
    series: list[_Rows] = []
    error: str = ""


class _Answer(msgspec.Struct):
    results: list[_Result] = []
    error: str = ""


def measurements(
    engine: Engine,
    container: str,
    names: Sequence[str],
    tell: Tell | None = None,
    cancel: CancelToken | None = None,
    seconds: float = QUESTION_SECONDS,
) -> Iterator[tuple[str, set[str]]]:
    """Yield each database with the names of its measurements.

    In JSON, influx answers with one item per statement, in their order; an item may be empty.

    Raises:
        PryvTuiError: InfluxDB can't be asked, or the number of its answers is wrong.
    """
    for first in range(0, len(names), _BATCH):
        batch = names[first : first + _BATCH]
        words = "; ".join(f"SHOW MEASUREMENTS ON {influx_name(name)}" for name in batch)
        argv = ["/usr/bin/influx", "-execute", words, "-format", "json"]

        def each(said: bytes, batch: Sequence[str] = batch) -> list[_Result]:
            results = answered(said, _Answer).results
            _need_each(len(results), batch)
            return results

        results = in_json(engine, container, argv, each, tell, cancel, seconds)
        for name, result in zip(batch, results, strict=True):
            yield name, {row[0] for rows in result.series for row in rows.values if row}


class _Columns(msgspec.Struct):
    columns: list[str] = []
    values: list[list[int | float | str | bool | None]] = []


class _Counted(msgspec.Struct):
    series: list[_Columns] = []
    error: str = ""


class _Counts(msgspec.Struct):
    results: list[_Counted] = []
    error: str = ""


def points_since(
    engine: Engine,
    container: str,
    names: Sequence[str],
    since: int | None,
    ended: Callable[[], bool],
    tell: Tell | None = None,
    seconds: float = QUESTION_SECONDS,
) -> Iterator[tuple[str, int]]:
    """Yield each database with the number of its points: all, or those after a given time.

    Databases are asked in batches, until `ended` returns true. A measurement has as many points as
    its fullest field. In JSON, influx answers a count with one item per measurement and does not
    say for which statement (seen with 1.6.7): so after each count a statement with exactly one
    answer follows as a separator.

    Args:
        since: nanoseconds since 1970 (UTC), by the clock of InfluxDB's machine; None: all points.
        seconds: how long to wait for one answer.

    Raises:
        PryvTuiError: InfluxDB can't be asked, or the number of its answers is wrong.
    """
    for first in range(0, len(names), _FEW):
        if ended():
            return
        batch = names[first : first + _FEW]
        words = "; ".join(
            # All measurements, in the default retention policy (InfluxQL, `<database>..<name>`).
            f"SELECT COUNT(*) FROM {influx_name(name)}../.*/"
            + (f" WHERE time > {since}" if since is not None else "")
            + f"; SHOW RETENTION POLICIES ON {influx_name(name)}"
            for name in batch
        )
        argv = ["/usr/bin/influx", "-execute", words, "-format", "json"]

        def counts(said: bytes, batch: Sequence[str] = batch) -> list[int]:
            found: list[int] = []
            many = 0
            for result in answered(said, _Counts).results:
                if any(one.columns[:1] == ["name"] for one in result.series):
                    found.append(many)
                    many = 0
                else:
                    many += sum(map(_most, result.series))
            _need_each(len(found), batch)
            return found

        found = in_json(engine, container, argv, counts, tell, seconds=seconds)
        yield from zip(batch, found, strict=True)


class _Judged(Protocol):
    """A part of an answer; it has an error message if it failed."""

    error: str


class _Whole(_Judged, Protocol):
    """A whole answer: its parts have error messages too."""

    @property
    def results(self) -> Sequence[_Judged]: ...


_Form = TypeVar("_Form", bound=_Whole)
T = TypeVar("T")


def answered(said: bytes, form: type[_Form]) -> _Form:
    """Decode influx's answer in JSON.

    Raises:
        PryvTuiError: the answer is not such JSON, or reports an error.
    """
    try:
        answer = decode_json(said, form)
    except msgspec.MsgspecError as error:
        raise PryvTuiError("step-failed", f"influx does not answer in JSON: {error}") from error
    wrong = answer.error or next((one.error for one in answer.results if one.error), "")
    if wrong:
        raise PryvTuiError("step-failed", f"influx: {wrong}")
    return answer


def _need_each(answers: int, batch: Sequence[str]) -> None:
    """Raise PryvTuiError unless each database has its answer."""
    if answers != len(batch):
        why = f"{answers} answers to {counted(len(batch), 'question')}"
        raise PryvTuiError("step-failed", f"influx: {why}")


def _most(found: _Columns) -> int:
    """Return a measurement's points: its fullest field's count. The first column is the time."""
    return max(
        (int(count) for row in found.values for count in row[1:] if isinstance(count, int)),
        default=0,
    )


def read_events(
    engine: Engine,
    container: str,
    take: Callable[[Mapping[str, Any]], None],
    tell: Tell | None = None,
    cancel: CancelToken | None = None,
    owners: set[str] | None = None,
    begun: Callable[[str], None] | None = None,
) -> None:
    """Pass each event that MongoDB has now to `take`.

    The events come from a mongodump that streams its archive and writes no file, as in the
    comparison after a restore: every Pryv image of MongoDB has mongodump. The whole database is
    dumped, so that a database without events differs from one that does not exist.

    Raises:
        PryvTuiError: MongoDB can't be asked, it is a replica that may lag behind another server, or
            the output differs from what mongodump reports.
        FormatError: the output is damaged.
    """
    need_primary(engine, container)
    failure: list[FormatError] = []
    words = DumpWords()
    decode = decoder()

    def one(_database: str, collection: str, content: bytes) -> None:
        if collection not in OWNED:
            return
        try:
            document = decode(content)
        except ValueError as error:
            raise FormatError(NAME, f"a document of {collection}", str(error)) from error
        if owners is not None and isinstance(owner := document.get("userId"), str):
            owners.add(owner)
        if collection == EVENTS:
            take(document)

    reader = ArchiveReader(one)
    splitter = LineSplitter(lambda line: words("stderr", line))

    def listen(stream: Stream, chunk: bytes) -> None:
        if stream == "stderr":
            splitter.feed(chunk)
        elif not failure:
            # An error raised here would be mistaken for one of the engine.
            try:
                reader.feed(chunk)
            except FormatError as error:
                failure.append(error)

    watch = Silence(f"mongodump in {container}", patience(SILENT_SECONDS), tell, cancel)
    code = run_watched(engine, container, READ_ALL, listen, watch, begun=begun)
    splitter.close()
    if code != 0:
        raise PryvTuiError(
            "step-failed",
            f"mongodump failed (exit {code}): {failure_line(words.tail.lines, 'without a word')}",
        )
    if failure:
        raise failure[0]
    if not reader.untouched:
        reader.close()
    came = {collection: count for (_database, collection), count in reader.counts.items()}
    words.judge(code, found=list(came))
    words.compare(came, "came")


def _watch(
    container: str, tell: Tell | None, seconds: float, cancel: CancelToken | None = None
) -> Silence:
    return Silence(f"influx in {container}", patience(seconds), tell, cancel)


def in_json(
    engine: Engine,
    container: str,
    argv: list[str],
    read: Callable[[bytes], T],
    tell: Tell | None,
    cancel: CancelToken | None = None,
    seconds: float = QUESTION_SECONDS,
) -> T:
    """Ask InfluxDB in JSON: directly if it is on this machine, else by the program `influx`.
    If the direct answer can't be read or reports an error, the program is asked too.

    Raises:
        PryvTuiError: InfluxDB can't be asked or does not answer in time, or `read` fails on the
            program's answer.
    """
    try:
        told = influx(engine, container, argv[2], _watch(container, tell, seconds, cancel))
    except NotNear:
        return read(_asked(engine, container, argv, tell, cancel, seconds))
    try:
        return read(told)
    except PryvTuiError:
        return read(_asked(engine, container, argv, tell, cancel, seconds))


def _asked(
    engine: Engine,
    container: str,
    argv: list[str],
    tell: Tell | None,
    cancel: CancelToken | None = None,
    seconds: float = QUESTION_SECONDS,
) -> bytes:
    """Run a program in the container and return its stdout."""
    out = bytearray()
    tail = Tail()
    splitter = LineSplitter(tail.add)

    def listen(stream: Stream, chunk: bytes) -> None:
        if stream == "stdout":
            out.extend(chunk)
        splitter.feed(chunk)

    watch = Silence(f"{Path(argv[0]).name} in {container}", patience(seconds), tell, cancel)
    code = run_watched(engine, container, argv, listen, watch)
    splitter.close()
    if code != 0:
        raise PryvTuiError(
            "step-failed",
            f"{Path(argv[0]).name} failed (exit {code}): {failure_line(tail.lines, 'no words')}",
        )
    return bytes(out)
