"""Compute a drill's recovery time and recovery point, and their parts. Pure.

Recovery time runs from the declaration of the disaster to the last check that passed. Each moment
counts for one owner only, in this order: a working machine, a deciding person, a recorded wait, the
sandbox (which no real restore needs). A moment without an owner counts as waiting.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pryv_tui.clock import moment_of
from pryv_tui.drills.model import Gone, Measured, Split
from pryv_tui.operations.drilling.facts import Newest, Phase

FIRST = ("machine", "decision", "waiting", "sandbox")
"""Owners of time by priority: a moment in several phases counts for the first of these."""

_Span = tuple[int, int]


def milliseconds(start: str, end: str) -> int | None:
    """Return the milliseconds from `start` to `end`, negative if `end` is earlier; None if one of
    them is not a time."""
    first, last = moment_of(start), moment_of(end)
    return None if first is None or last is None else _ms(last) - _ms(first)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def split(declared: str, until: str, phases: Sequence[Phase]) -> Split:
    """Split the time from the declaration to `until` among machine, decisions, waiting and sandbox.

    Args:
        until: when the last check passed; for a drill without one, when it ended.
        phases: a phase without an end lasts until `until`.
    """
    passed = milliseconds(declared, until)
    if passed is None or passed <= 0:
        return Split()
    left: list[_Span] = [(0, passed)]
    took = dict.fromkeys(FIRST, 0)
    for of in FIRST:
        mine = [span for one in phases if one.of == of and (span := _span(one, declared, passed))]
        for span in mine:
            left, taken = _without(left, span)
            took[of] += taken
    waiting = took["waiting"] + sum(end - start for start, end in left)
    return Split(
        machine_ms=took["machine"],
        decisions_ms=took["decision"],
        waiting_ms=waiting,
        whole_ms=took["machine"] + took["decision"] + waiting,
        sandbox_ms=took["sandbox"],
        passed_ms=passed,
    )


def _span(phase: Phase, declared: str, passed: int) -> _Span | None:
    start = milliseconds(declared, phase.began)
    if start is None:
        return None
    end = milliseconds(declared, phase.ended) if phase.ended else passed
    start, end = max(0, start), min(passed, passed if end is None else end)
    return (start, end) if start < end else None


def _without(spans: Iterable[_Span], taken: _Span) -> tuple[list[_Span], int]:
    """Cut `taken` out of `spans`. Return the spans that remain, and the number of milliseconds
    cut."""
    left, many = list[_Span](), 0
    for start, end in spans:
        first, last = max(start, taken[0]), min(end, taken[1])
        if first >= last:
            left.append((start, end))
            continue
        many += last - first
        left += [span for span in ((start, first), (last, end)) if span[0] < span[1]]
    return left, many


def shown_together(parts: Split, whole_ms: int) -> dict[str, float]:
    """Return the parts of a drill's time in seconds, rounded so that the shown parts add up to the
    shown sums. If each part were rounded separately, they might not.

    Args:
        whole_ms: milliseconds from the declaration to the end of the drill.
    """
    unit = 100 if parts.whole_ms < 9_950 else 1_000 if parts.whole_ms < 3_600_000 else 60_000
    recovery = (parts.whole_ms + unit // 2) // unit
    mine = (parts.machine_ms, parts.decisions_ms, parts.waiting_ms)
    floors = [one // unit for one in mine]
    left = recovery - sum(floors)
    for at in sorted(range(len(mine)), key=lambda at: floors[at] * unit - mine[at])[:left]:
        floors[at] += 1
    sandbox = (parts.sandbox_ms + unit // 2) // unit
    after = (max(0, whole_ms - parts.passed_ms) + unit // 2) // unit
    names = ("machine", "decisions", "waiting")
    units = dict(zip(names, floors, strict=True)) | {
        "recovery": recovery,
        "sandbox": sandbox,
        "last check": recovery + sandbox,
        "after": after,
        "whole": recovery + sandbox + after,
    }
    return {name: many * unit / 1000 for name, many in units.items()}


UNTARGETED = "no target is set"


def recovery_time(
    parts: Split, *, reached: bool, target: float | None, executed: bool = True
) -> Measured:
    """Compare the recovery time with its target.

    Args:
        reached: whether the drill ended and every check passed; if not, there is no recovery time.
        target: in seconds, fixed before the drill; None without a target.
        executed: False for a walk-through, which has no recovery time.
    """
    if not executed:
        why = "nothing was executed, so there is no recovery time"
        return Measured(target_seconds=target, why=why)
    if not reached or not parts.passed_ms:
        why = (
            "when the drill ended, not every check had passed, so there is no recovery time"
            if not reached
            else "not known"
        )
        return Measured(
            target_seconds=target,
            met=False if target is not None and not reached else None,
            why=why,
        )
    seconds = parts.whole_ms / 1000
    return Measured(
        target_seconds=target,
        seconds=seconds,
        met=None if target is None else seconds <= target,
        why="" if target is not None else UNTARGETED,
    )


def gone(
    declared: str,
    newest: Iterable[Newest],
    held: Mapping[tuple[str, str], str] | None = None,
) -> tuple[Gone, ...]:
    """Compute for each store and machine how much data the disaster would have lost, in seconds.

    Loss counts from the newest record. If the set was made later, loss counts from that time: the
    store was idle in between, and no record is missing.

    Args:
        held: for each machine and store, the time up to which the set has everything that was
            written. It has only stores that were restored as they are in the set.
    """
    found = []
    for one in newest:
        lost = milliseconds(one.moment, declared) if one.moment else None
        why, until = one.why, ""
        if lost is None:
            why = why or "the newest record of this store is not known"
        elif lost < 0:
            lost, why = None, "its newest record is later than the declaration: a clock is wrong"
        else:
            made = _held(one, held or {})
            since = milliseconds(made, declared) if made else None
            if since is not None and 0 <= since < lost:
                lost, until = since, made
        found.append(
            Gone(
                store=one.store,
                host=one.host,
                newest=one.moment,
                held_until=until,
                seconds=None if lost is None else lost / 1000,
                why=why,
                timeless=one.timeless,
            )
        )
    return tuple(found)


def _held(one: Newest, held: Mapping[tuple[str, str], str]) -> str:
    """Return the time up to which the set has what was written into a store; empty if not known. If
    the record names no machine, return the earliest time of all machines with this store."""
    if one.host:
        return held.get((one.host, one.store), "")
    return min((until for (_host, store), until in held.items() if store == one.store), default="")


def called(stores: Sequence[Gone]) -> list[str]:
    """Return the names of stores to show, with the machine if several machines have the same
    store."""
    many = Counter(one.store for one in stores)
    return [
        f"{one.store} of {one.host}" if many[one.store] > 1 and one.host else one.store
        for one in stores
    ]


def recovery_point(stores: Sequence[Gone], target: float | None) -> Measured:
    """Compare the recovery point, the largest loss of any store, with its target (seconds).

    If the loss of one store is not known, the recovery point is not known either. But one store
    beyond the target is enough to miss it. Stores in which no record has a time do not count.
    """
    named = [
        (name, one) for name, one in zip(called(stores), stores, strict=True) if not one.timeless
    ]
    known = [one.seconds for _name, one in named if one.seconds is not None]
    unknown = [name for name, one in named if one.seconds is None]
    worst = max(known, default=None)
    if worst is not None and target is not None and worst > target:
        beyond = [n for n, one in named if one.seconds is not None and one.seconds > target]
        missed = f"{' and '.join(beyond)} {'is' if len(beyond) == 1 else 'are'} beyond the target"
        why = "; ".join(filter(None, [missed, _of(unknown)]))
        return Measured(target_seconds=target, seconds=worst, met=False, why=why)
    if worst is None or unknown:
        return Measured(
            target_seconds=target, why=_of(unknown) or "the newest record of no store is known"
        )
    return Measured(
        target_seconds=target,
        seconds=worst,
        met=None if target is None else True,
        why="" if target is not None else UNTARGETED,
    )


def _of(unknown: Sequence[str]) -> str:
    return f"the newest record of {', '.join(unknown)} is not known" if unknown else ""
