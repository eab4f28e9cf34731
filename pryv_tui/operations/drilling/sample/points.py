"""Compare the InfluxDB points in a set's files with those that a server returns. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pryv_tui.formats.influx.some_points import UNREAD, Found, Told
from pryv_tui.formats.influx.tsm_values import Point, Value
from pryv_tui.phrases import counted


class Compared(NamedTuple):
    """The result of a comparison, over all databases."""

    series: int = 0
    """The number of series that were compared."""
    points: int = 0
    """The number of points of these series in the set."""
    there: int = 0
    """The number of points of these series on the server."""
    by_value: int = 0
    """The number of points whose values and times were compared too, and are equal."""
    another_number: int = 0
    """The number of series that have more or fewer points on the server than in the set; also those
    that only one of them has."""
    other_values: int = 0
    """The number of series whose values or times differ."""
    untold: tuple[tuple[str, int], ...] = ()
    """The reasons why series could not be compared, each with the number of such series."""

    @property
    def wrong(self) -> str:
        """Say what differs from the set; empty if nothing does."""
        told = {
            "another number of points": self.another_number,
            "other values or times": self.other_values,
        }
        return ", ".join(
            f"{counted(many, 'series', 'series')} with {what}"
            for what, many in told.items()
            if many
        )

    @property
    def not_compared(self) -> str:
        """Say how many series could not be compared, and why; empty if all could."""
        return "; ".join(
            f"{counted(many, 'series was', 'series were')} not compared: {why}"
            for why, many in self.untold
        )

    @property
    def unread(self) -> bool:
        """Whether some series could not be compared for a reason that may be damage."""
        return any(why.startswith(UNREAD) for why, _ in self.untold)


def compare(known: Mapping[str, Found], told: Iterable[tuple[str, Told]]) -> Compared:
    """Compare each series of these databases.

    Args:
        known: by database, the series that the set's files have.
        told: the server's answers with the name of the database, one for each retention policy.
    """
    series = points = there = by_value = another = other = 0
    untold: Counter[str] = Counter()
    live: dict[str, list[Told]] = {}
    for name, one in told:
        live.setdefault(name, []).append(one)
    for name, found in known.items():
        untold.update(found.untold)
        many = {key: count for one in live.get(name, ()) for key, count in one.many.items()}
        first = {key: got for one in live.get(name, ()) for key, got in one.first.items()}
        until = {key: last for one in live.get(name, ()) for key, last in one.until.items()}
        for key, want in found.series.items():
            series += 1
            points += want.many
            there += many.get(key, 0)
            if many.get(key, 0) != want.many:
                another += 1
                continue
            if want.first is None:
                continue
            last = until.get((key.policy, key.measurement, key.tags))
            wanted, got = list(want.first), first.get(key, [])
            if last is not None:
                # The server limits the number of rows, and a row has all fields: this field may
                # have fewer points in them.
                wanted = [point for point in wanted if point[0] <= last]
            if _same(wanted, got):
                by_value += len(wanted)
            else:
                other += 1
        if not found.untold:
            # A series that the set does not have can't come from its restore.
            another += len(many.keys() - found.series.keys())
    return Compared(series, points, there, by_value, another, other, tuple(sorted(untold.items())))


def _same(wanted: Sequence[Point], got: Sequence[Point]) -> bool:
    return len(wanted) == len(got) and all(
        a[0] == b[0] and _equal(a[1], b[1]) for a, b in zip(wanted, got, strict=True)
    )


def _equal(one: Value, other: Value) -> bool:
    # In JSON a float may look like an integer, so 1 equals 1.0; but a boolean is never a number.
    return isinstance(one, bool) == isinstance(other, bool) and one == other
