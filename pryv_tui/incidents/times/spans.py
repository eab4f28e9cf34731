"""The spans in which roles did not serve, made from marks that say what kept them from serving.
Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from pryv_tui.clock import moment_of, timestamp
from pryv_tui.incidents.facts import ALL, Mark


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A span of time in which a role did not serve."""

    start: str
    end: str = ""
    """The end of the span; empty while the span lasts."""
    exact: bool = True
    """False if the span began earlier, at an unknown time."""
    seen_end: bool = False
    """Whether the role was only seen serving at `end`, and may have served before."""
    doubted: bool = False
    """Whether it is unknown if the role served then, because nobody could ask."""
    seconds: float = 0.0


class Down(msgspec.Struct, frozen=True, kw_only=True):
    """For how long a role, or any of several roles, did not serve."""

    seconds: float = 0.0
    spans: tuple[Span, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether the beginning of each span is known."""
        return all(span.exact for span in self.spans)

    @property
    def at_most(self) -> bool:
        """Whether the end of a span was only seen later, so that the span may have been shorter."""
        return any(span.seen_end for span in self.spans)

    @property
    def still(self) -> bool:
        return any(not span.end for span in self.spans)

    @property
    def doubted(self) -> bool:
        """Whether all spans are doubted: nothing more is known than that nobody could ask."""
        return bool(self.spans) and all(span.doubted for span in self.spans)

    @property
    def since(self) -> str:
        """Since when the role does not serve; empty if it serves."""
        return next((span.start for span in reversed(self.spans) if not span.end), "")


def spans_of(marks: Iterable[tuple[datetime, Mark]], end: datetime) -> dict[str, Down]:
    """Return, by role, when it did not serve, up to `end`."""
    causes: dict[str, set[str]] = {}
    begun: dict[str, tuple[datetime, bool, bool]] = {}
    found: dict[str, list[Span]] = {}
    for moment, mark in sorted(marks, key=lambda pair: pair[0]):
        if moment > end:
            continue
        now = causes.setdefault(mark.role, set())
        if mark.down:
            found.setdefault(mark.role, [])
            if now and begun[mark.role][2] and not mark.doubt:
                # Up to here nobody knew whether it served; from here on it is seen not to.
                start, exact, _ = begun.pop(mark.role)
                found[mark.role].append(_span(start, moment, exact, doubted=True))
                begun[mark.role] = (moment, True, False)
            elif not now:
                begun[mark.role] = (moment, mark.exact, mark.doubt)
            now.add(mark.cause)
            continue
        was = bool(now)
        if mark.cause == ALL:
            now.clear()
        else:
            now.discard(mark.cause)
        if was and not now:
            start, exact, doubt = begun.pop(mark.role)
            # A doubted span ends exactly when somebody can ask again.
            seen = mark.seen and not doubt
            ended = _span(start, moment, exact, doubted=doubt, seen_end=seen)
            found[mark.role].append(ended)
    for role, (start, exact, doubt) in begun.items():
        found[role].append(_span(start, None, exact, until=end, doubted=doubt))
    return {
        role: Down(seconds=round(sum(one.seconds for one in spans), 3), spans=tuple(spans))
        for role, spans in sorted(found.items())
    }


def _span(
    start: datetime,
    end: datetime | None,
    exact: bool,
    *,
    until: datetime | None = None,
    doubted: bool = False,
    seen_end: bool = False,
) -> Span:
    last = end or until or start
    return Span(
        start=timestamp(start),
        end=timestamp(end) if end is not None else "",
        exact=exact,
        seen_end=seen_end,
        doubted=doubted,
        seconds=max(0.0, round((last - start).total_seconds(), 3)),
    )


def together(spans: Sequence[Span], end: datetime) -> Down:
    """Return when at least one of these spans lasted; overlapping spans are joined."""
    found: list[_Joined] = []
    for span in sorted(spans, key=lambda one: one.start):
        start = moment_of(span.start) or end
        last = moment_of(span.end) if span.end else None
        if found:
            before = found[-1]
            if before.last is None or start <= before.last:
                joined = before._replace(doubted=before.doubted and span.doubted)
                if last is None or before.last is None:
                    joined = joined._replace(last=None, seen_end=False)
                elif last > before.last:
                    joined = joined._replace(last=last, seen_end=span.seen_end)
                elif last == before.last:
                    # If one of the two ends is known, the end of the whole is.
                    joined = joined._replace(seen_end=before.seen_end and span.seen_end)
                found[-1] = joined
                continue
        found.append(_Joined(start, last, span.exact, span.doubted, span.seen_end))
    merged = [
        _span(one.start, one.last, one.exact, until=end, doubted=one.doubted, seen_end=one.seen_end)
        for one in found
    ]
    return Down(seconds=round(sum(one.seconds for one in merged), 3), spans=tuple(merged))


class _Joined(NamedTuple):
    start: datetime
    last: datetime | None
    exact: bool
    doubted: bool
    seen_end: bool


def overlap(down: Down, going: Sequence[tuple[datetime, datetime]], end: datetime) -> float:
    """Return the seconds of a downtime during which a run was running."""
    merged: list[tuple[datetime, datetime]] = []
    for begun, over in sorted(going):
        if merged and begun <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], over))
        else:
            merged.append((begun, over))
    seconds = 0.0
    for span in down.spans:
        start = moment_of(span.start) or end
        last = (moment_of(span.end) if span.end else None) or end
        for begun, over in merged:
            seconds += max(0.0, (min(last, over) - max(start, begun)).total_seconds())
    return round(seconds, 3)
