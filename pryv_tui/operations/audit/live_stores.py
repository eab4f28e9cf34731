"""What running stores tell of accounts, events and series. They are only asked.

Each at its own address where that is on this machine, else through the programs of its container;
events come as a backup takes them.
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
"""Databases asked for their measurements at a time: 3,000 execs would take minutes."""
_FEW = 50
"""Databases asked for their points at a time: between two such questions it can be ended."""


Tell = Callable[[str], None]
"""Receives a line each time when a wait for an answer is worth one."""


def registered(
    engine: Engine, container: str, tell: Tell | None = None, seconds: float = QUESTION_SECONDS
) -> set[str]:
    """The accounts that register's Redis knows now, its own one among them.

    Args:
        seconds: how long an answer is waited for.

    Raises:
        PryvTuiError: it can't be asked, or does not answer.
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
    """On which core register's Redis says that each of these accounts is; without those of which
    it does not say it.

    Args:
        seconds: how long an answer is waited for.

    Raises:
        PryvTuiError: it can't be asked, or does not answer.
    """
    return user_servers(redis_server(engine, container, tell, seconds).lines, names)


def redis_server(engine: Engine, container: str, tell: Tell | None, seconds: float) -> RedisServer:
    """Register's Redis, to be asked now."""
    found = {each.name: each for each in engine.glance()}
    return connect(
        asking(engine, container, tell, seconds),
        found.get(container),
        lambda: engine.processes(container),
    )


def databases(
    engine: Engine, container: str, tell: Tell | None = None, seconds: float = QUESTION_SECONDS
) -> list[str]:
    """InfluxDB's databases now, its own left out.

    Args:
        seconds: how long an answer is waited for.

    Raises:
        PryvTuiError: it can't be asked, or does not answer.
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
) -> Iterator[tuple[str, set[str]]]:
    """The measurements of each of these databases.

    In its JSON form influx answers a list with one item a statement, in their order, an empty one
    where there is nothing (seen with 1.6.7).

    Raises:
        PryvTuiError: it can't be asked, or does not answer one by one.
    """
    for first in range(0, len(names), _BATCH):
        batch = names[first : first + _BATCH]
        words = "; ".join(f"SHOW MEASUREMENTS ON {influx_name(name)}" for name in batch)
        argv = ["/usr/bin/influx", "-execute", words, "-format", "json"]

        def each(said: bytes, batch: Sequence[str] = batch) -> list[_Result]:
            results = answered(said, _Answer).results
            _need_each(len(results), batch)
            return results

        results = in_json(engine, container, argv, each, tell, cancel)
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
    """How many points each of these databases has whose time is after a moment, or has at all.

    The server is asked for as many databases at a time as it answers quickly, and for none any more
    once `ended` says so. A point with several fields counts once for each measurement that has it.
    In its JSON form influx answers a count with an item for each measurement, and does not say of
    which question (seen with 1.6.7): so after each count something is asked that has one answer.

    Args:
        since: nanoseconds since the epoch, by the clock of its machine; None: whatever their time.
        seconds: how long one answer is waited for.

    Raises:
        PryvTuiError: it can't be asked, or does not answer one by one.
    """
    for first in range(0, len(names), _FEW):
        if ended():
            return
        batch = names[first : first + _FEW]
        words = "; ".join(
            # All of its measurements, in the policy that it has (InfluxQL, `<database>..<name>`).
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
    """A part of an answer that says what went wrong."""

    error: str


class _Whole(_Judged, Protocol):
    """An answer: the parts of it say what went wrong too."""

    @property
    def results(self) -> Sequence[_Judged]: ...


_Form = TypeVar("_Form", bound=_Whole)
T = TypeVar("T")


def answered(said: bytes, form: type[_Form]) -> _Form:
    """What influx answers in JSON.

    Raises:
        PryvTuiError: it does not, or has answered with an error.
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
    """A measurement's points: as many as its fullest field has; a time stands before the counts."""
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
    """Hand on every event that MongoDB holds now.

    A dump that is written nowhere, as the comparison after a restore makes it: that needs no
    program besides the two that every Pryv image has. Of the whole database, so that one without
    events can be told from one that is not there.

    Raises:
        PryvTuiError: it can't be asked, it follows another server and may lag behind it, or what
            came is not what mongodump says it sent.
        FormatError: what came is damaged.
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
            # An error raised here would be taken for the engine's.
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
    """What InfluxDB answers in JSON: itself where it is near, else through its program. What it
    says itself and can't be read, or holds an error, is no answer yet: its program is asked then.

    Raises:
        PryvTuiError: its program can't be asked, or what `read` raises of that one's answer.
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
    """What a program prints."""
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
