"""The arithmetic of a drill's time: recovery time, recovery point, and what they are made of. Pure.

Recovery time runs from the declaration of the disaster to the last check that passed. Each moment
of it is counted once: to a machine that works, else to a person who decides, else to waiting that
was said to be so, else to the sandbox, which no real restore would need, and else to waiting.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pryv_tui.clock import moment_of
from pryv_tui.drills.model import Gone, Measured, Split
from pryv_tui.operations.drilling.facts import Newest, Phase

FIRST = ("machine", "decision", "waiting", "sandbox")
"""Whose a moment is that several phases claim: the earlier one's."""

_Span = tuple[int, int]


def milliseconds(start: str, end: str) -> int | None:
    """From one time to another, negative where it is earlier; None where one is no time."""
    first, last = moment_of(start), moment_of(end)
    return None if first is None or last is None else _ms(last) - _ms(first)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def split(declared: str, until: str, phases: Sequence[Phase]) -> Split:
    """Whose the time was from the declaration to a moment.

    Args:
        until: the last check that passed; of a drill without one, when it ended.
        phases: one that has not ended lasts until then.
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
    """What is left of some spans where another one is cut out, and how much of that they held."""
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
    """The parts of a drill's time in seconds as they are shown: rounded so that they sum to what is
    shown of their sums, which each rounded by itself would not.

    Args:
        whole_ms: from the declaration to the end.
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
    """The recovery time beside its target.

    Args:
        reached: it ended, with every check passed; else there is no recovery time, only time that
            went by.
        target: seconds, as they were fixed before the drill.
        executed: anything was done that a target could judge.
    """
    if not executed:
        why = "nothing was executed, so there is no recovery time"
        return Measured(target_seconds=target, why=why)
    if not reached or not parts.passed_ms:
        why = (
            "not every check passed up to its end, so there is no recovery time"
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
    """By store and machine, what would have been lost at the declaration: what was written after
    its newest record, or after the set's own moment of it where that is later: nothing newer was
    there then, so an old record is one of a store that was idle.

    Args:
        held: by machine and store, up to when the set holds what was written; of those that came
            back as it has them.
    """
    found = []
    for one in newest:
        lost = milliseconds(one.moment, declared) if one.moment else None
        why, until = one.why, ""
        if lost is None:
            why = why or "the newest record of this store is not known"
        elif lost < 0:
            lost, why = None, "its newest record is younger than the declaration: a clock is wrong"
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
    """Up to when the set holds what was written; of a machine that is not told, the first of all
    of them."""
    if one.host:
        return held.get((one.host, one.store), "")
    return min((until for (_host, store), until in held.items() if store == one.store), default="")


def called(stores: Sequence[Gone]) -> list[str]:
    """What each of these is called: where several machines have such a store, with its machine."""
    many = Counter(one.store for one in stores)
    return [
        f"{one.store} of {one.host}" if many[one.store] > 1 and one.host else one.store
        for one in stores
    ]


def recovery_point(stores: Sequence[Gone], target: float | None) -> Measured:
    """What would have been lost at worst, beside its target.

    It is not known while that of a store is not: but a store that is known to be beyond the target
    misses it, whatever the others are. One in which nothing has a time is no part of it.
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
            target_seconds=target, why=_of(unknown) or "no store told its newest record"
        )
    return Measured(
        target_seconds=target,
        seconds=worst,
        met=None if target is None else True,
        why="" if target is not None else UNTARGETED,
    )


def _of(unknown: Sequence[str]) -> str:
    return f"the newest record of {', '.join(unknown)} is not known" if unknown else ""
