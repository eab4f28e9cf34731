"""Points as a set's files tell them, beside those that a server tells. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pryv_tui.formats.influx.some_points import UNREAD, Found, Told
from pryv_tui.formats.influx.tsm_values import Point, Value
from pryv_tui.phrases import counted


class Compared(NamedTuple):
    """What came of it, over all databases."""

    series: int = 0
    """Of which the set's files tell how many points they have."""
    points: int = 0
    """Points of these in the set."""
    there: int = 0
    """Points of these that the server told."""
    by_value: int = 0
    """Points whose values were compared too, and are the same."""
    another_number: int = 0
    """Series with more or fewer points than in the set, or that are not there."""
    other_values: int = 0
    """Series whose values, or the times of these, are others."""
    untold: tuple[tuple[str, int], ...] = ()
    """By reason, of how many series the set's files do not tell what a server has to hold."""

    @property
    def wrong(self) -> str:
        """What is not as in the set; empty where nothing is."""
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
        """What could not be compared, and why; empty where all could."""
        return "; ".join(
            f"{counted(many, 'series was', 'series were')} not compared: {why}"
            for why, many in self.untold
        )

    @property
    def unread(self) -> bool:
        """Whether some of it could not be compared for what may be damage."""
        return any(why.startswith(UNREAD) for why, _ in self.untold)


def compare(known: Mapping[str, Found], told: Iterable[tuple[str, Told]]) -> Compared:
    """Compare each series of these databases.

    Args:
        known: by database, what the set's files tell.
        told: what the server told: databases, and of each a policy at a time.
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
                # Its rows are those of all fields together: of this one there may be fewer.
                wanted = [point for point in wanted if point[0] <= last]
            if _same(wanted, got):
                by_value += len(wanted)
            else:
                other += 1
        if not found.untold:
            # What the set does not have is no restore of it either.
            another += len(many.keys() - found.series.keys())
    return Compared(series, points, there, by_value, another, other, tuple(sorted(untold.items())))


def _same(wanted: Sequence[Point], got: Sequence[Point]) -> bool:
    return len(wanted) == len(got) and all(
        a[0] == b[0] and _equal(a[1], b[1]) for a, b in zip(wanted, got, strict=True)
    )


def _equal(one: Value, other: Value) -> bool:
    # In JSON a whole number may be a float's; a truth is never a number.
    return isinstance(one, bool) == isinstance(other, bool) and one == other
