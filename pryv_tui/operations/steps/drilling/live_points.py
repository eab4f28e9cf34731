"""Read points of some databases from a running InfluxDB, series by series."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.influx.some_points import FIRST, Key, Told
from pryv_tui.formats.influx.tsm_values import Value
from pryv_tui.hosts.engine import CancelToken, Engine
from pryv_tui.operations.audit.live_stores import Tell, answered, in_json
from pryv_tui.platform.casualties import influx_name

_WORDS = 60_000
"""The longest query, in bytes; Linux limits one argument of a program to 128 KiB."""
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z")
_COUNTED = "count_"


class Asked(NamedTuple):
    """A question: a database, one of its retention policies, and the measurements of which points
    are read with their values."""

    database: str
    policy: str
    measurements: Sequence[str]


class _Series(msgspec.Struct):
    name: str = ""
    tags: dict[str, str] = {}
    columns: list[str] = []
    values: list[list[int | float | str | bool | None]] = []


class _Result(msgspec.Struct):
    series: list[_Series] = []
    error: str = ""


class Rows(msgspec.Struct):
    """An answer of influx, parsed from JSON."""

    results: list[_Result] = []
    error: str = ""


def live_points(
    engine: Engine,
    container: str,
    asked: Sequence[Asked],
    tell: Tell | None = None,
    cancel: CancelToken | None = None,
) -> Iterator[tuple[Asked, Told]]:
    """Ask the server about each database; yield the question and the answer.

    influx's JSON does not say which result belongs to which query (seen with 1.6.7). So after each
    query another one is sent as a separator, whose answer looks like no series.

    Raises:
        PryvTuiError: the server can't be asked, or does not answer each query.
        Cancelled: `cancel` was set.
    """
    for batch in _batches(asked):
        argv = ["/usr/bin/influx", "-execute", "; ".join(map(_words, batch)), "-format", "json"]

        def read(said: bytes, batch: Sequence[Asked] = batch) -> list[Told]:
            parts: list[list[_Series]] = [[]]
            for result in answered(said, Rows).results:
                if any(one.columns[:1] == ["name"] for one in result.series):
                    parts.append([])
                else:
                    parts[-1] += result.series
            if len(parts) != 2 * len(batch) + 1:
                raise PryvTuiError("step-failed", "influx: not an answer to each question")
            return [
                _told(one.policy, parts[2 * at], parts[2 * at + 1]) for at, one in enumerate(batch)
            ]

        yield from zip(batch, in_json(engine, container, argv, read, tell, cancel), strict=True)


def _batches(asked: Sequence[Asked]) -> Iterator[list[Asked]]:
    batch: list[Asked] = []
    size = 0
    for one in asked:
        more = len(_words(one).encode())
        if batch and size + more > _WORDS:
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += more
    if batch:
        yield batch


def _words(one: Asked) -> str:
    lead = f"{influx_name(one.database)}.{influx_name(one.policy)}"
    after = f"SHOW RETENTION POLICIES ON {influx_name(one.database)}"
    wanted = ", ".join(f"{lead}.{influx_name(name)}" for name in one.measurements)
    valued = f"SELECT * FROM {wanted} GROUP BY * LIMIT {FIRST}; " if wanted else ""
    return f"SELECT COUNT(*) FROM {lead}./.*/ GROUP BY *; {after}; {valued}{after}"


def _told(policy: str, counts: Sequence[_Series], values: Sequence[_Series]) -> Told:
    told = Told({}, {}, {})
    for one in counts:
        tags = _tags(one.tags)
        for row in one.values:
            for column, many in zip(one.columns[1:], row[1:], strict=True):
                if isinstance(many, int):
                    key = Key(policy, one.name, tags, column.removeprefix(_COUNTED))
                    told.many[key] = told.many.get(key, 0) + many
    for one in values:
        tags = _tags(one.tags)
        for row in one.values:
            time = nanoseconds(row[0] if row else None)
            for column, value in zip(one.columns[1:], row[1:], strict=True):
                if value is not None:
                    key = Key(policy, one.name, tags, column)
                    told.first.setdefault(key, []).append((time, value))
        if len(one.values) >= FIRST:
            told.until[policy, one.name, tags] = nanoseconds(one.values[-1][0])
    return told


def _tags(told: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    # If only other series have a tag, influx returns it with an empty value.
    return tuple(sorted((name, value) for name, value in told.items() if value))


def nanoseconds(told: Value | None) -> int:
    """Return a time of influx in nanoseconds since the epoch.

    Args:
        told: a number of nanoseconds, or a text in RFC 3339.

    Raises:
        PryvTuiError: it is neither.
    """
    if isinstance(told, int) and not isinstance(told, bool):
        return told
    found = _MOMENT.fullmatch(told) if isinstance(told, str) else None
    if found is None:
        raise PryvTuiError("step-failed", f"influx: no time: {str(told)[:40]}")
    *moment, part = found.groups()
    year, month, day, hour, minute, second = map(int, moment)
    whole = calendar.timegm((year, month, day, hour, minute, second))
    return whole * 10**9 + int((part or "0").ljust(9, "0"))
