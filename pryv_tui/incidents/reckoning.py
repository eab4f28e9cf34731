"""The times of an incident: when each role was down, and how much of that passed in runs. Pure.

Downtime belongs to the incident, not to a run. It counts from the loss until the role serves again,
through failed, dead and finished runs and the time between them. It is calculated for each role,
and for the whole (any role down).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from pryv_tui.clock import moment_of, timestamp, utc_now
from pryv_tui.incidents.events import Lost, Ran, Serving, Stopped
from pryv_tui.incidents.facts import ALL, GONE, GOOD, STOPPED, Mark, RunFacts
from pryv_tui.incidents.incident import Incident
from pryv_tui.incidents.marks import audits_of_now, given_back, in_place, taken_away
from pryv_tui.incidents.times.spans import Down, overlap, spans_of, together
from pryv_tui.operations.kind import kind_of


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """The times of an incident, RFC 3339 UTC; a time is empty if its event has not happened, or is
    not known."""

    lost: str = ""
    lost_source: str = ""
    """What gave the time of the loss: `engine`, `files`, `asked`; empty if not known."""
    noticed: str = ""
    decided: str = ""
    """The first decision: a note marked as one, or the first run that deals with the loss."""
    serving: str = ""
    """When everything that was down served again; empty while a role is down, and if none was
    down."""
    proved: str = ""
    """When the last proof came that the serving data is complete, as far as the program could
    compare it."""
    closed: str = ""
    down: dict[str, Down] = {}
    """For each role, when it was down."""
    doubted: tuple[str, ...] = ()
    """The down roles for which it is not known whether they serve."""
    any_down: Down = Down()
    in_runs: float = 0.0
    """Seconds of `any_down` during which a run was running; the rest passed between runs."""
    clock_back: float = 0.0
    """Least seconds by which the machine's clock was set back during the incident. Later events are
    calculated as later by so much, and durations are doubtful."""


def reckon(incident: Incident, runs: Sequence[RunFacts], now: str,
           accepted: Mapping[str, str] | None = None) -> Times:  # fmt: skip
    """Return the times of an incident.

    Args:
        runs: the incident's runs, in the order in which they were asked for.
        now: the end of what still lasts; in a closed incident, the close is the end.
        accepted: for each kind, when a person accepted the last audit's findings of that kind.
    """
    back = _clock_back(incident, runs)
    opened = moment_of(incident.opened) or moment_of(now) or utc_now()

    def later(text: str) -> datetime | None:
        """Return the moment of something after the opening, shifted if the clock was set back."""
        moment = moment_of(text)
        if moment is None or moment >= opened or not back:
            return moment
        return moment + timedelta(seconds=back)

    end = later(incident.closed) or later(now) or opened
    marks: list[tuple[datetime, Mark]] = []
    for run in runs:
        after = _is_after(incident, run)
        changed = (*taken_away(incident.roles, run, runs), *given_back(incident.roles, run, runs))
        for mark in (*run.marks, *changed):
            moment = later(mark.time) if after else moment_of(mark.time)
            if moment is not None:
                marks.append((moment, mark))
    for one in incident.servings:
        if _was_half_done(one, runs):
            continue
        seen = later(one.time) or opened
        told = moment_of(one.since)
        found = [_gone_by(loss, later) for loss in incident.losses if loss.role == one.role]
        found += [later(each.time) for each in incident.stopped if each.role == one.role]
        lost = max((at for at in found if at is not None and at <= seen), default=opened)
        back_since = told if told is not None and lost <= told <= seen else seen
        by_then = back_since != told
        back_mark = Mark(time="", role=one.role, cause=ALL, down=False, seen=by_then)
        marks.append((back_since, back_mark))
    marks += [_stopped(one, later(one.time) or opened) for one in incident.stopped]
    ups = [(at, mark.role) for at, mark in marks if not mark.down and mark.cause in (ALL, GONE)]
    for loss in incident.losses:
        seen = later(loss.time) or opened
        known = moment_of(loss.since)
        served = max((at for at, role in ups if role == loss.role and at <= seen), default=None)
        if loss.again and known is not None and served is not None and known <= served:
            # The role served after `known`: that time belongs to an older folder that was put back.
            known = None
        # Another host's clock may be ahead: a loss is no later than the look that found it.
        start = min(known, seen) if known is not None else seen
        exact = known is not None and not loss.at_least
        marks.append((start, _lost(loss, exact=exact)))
    down = spans_of(marks, end)
    roles = set(down)
    total = together([span for one in down.values() for span in one.spans], end)
    going = [
        (begun, max(begun, over))
        for run in runs
        if (begun := later(run.started or run.asked)) is not None
        for over in [later(run.finished) or (end if run.state == "running" else begun)]
    ]
    first = _first_loss(marks)
    source = next(
        (loss.source for loss in sorted(incident.losses, key=lambda x: x.since or "~")
         if loss.since and first is not None), "",
    )  # fmt: skip
    serving = "" if total.still or not roles else total.spans[-1].end if total.spans else ""
    return Times(
        lost=timestamp(first) if first is not None else "",
        lost_source=source,
        noticed=incident.opened,
        decided=_decided(incident, runs),
        serving=serving,
        proved=_proved(incident, runs, serving, accepted or {}, later),
        closed=incident.closed,
        down=down,
        doubted=tuple(r for r, one in down.items() if one.still and one.spans[-1].doubted),
        any_down=total,
        in_runs=overlap(total, going, end),
        clock_back=back,
    )


def lost_by_now(
    incident: Incident, runs: Sequence[RunFacts]
) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the lost roles that are still down and were not just stopped by hand, and the roles
    that are doubted. The incident may be open or closed."""
    kept = [
        msgspec.structs.replace(run, marks=tuple(mark for mark in run.marks if not mark.down))
        if kind_of(run.kind).stops_containers
        else run
        for run in runs
    ]
    alone = msgspec.structs.replace(incident, stopped=(), closed="", upto="")
    times = reckon(alone, kept, timestamp())
    still = {role for role, one in times.down.items() if one.still}
    return frozenset(still.intersection(incident.roles)), times.doubted


def ended_since(closed: Incident, runs: Sequence[RunFacts]) -> list[Ran]:
    """Return the results of runs that were running when the incident was closed and have ended
    since."""
    return [
        Ran(facts=run)
        for run in runs
        if run.state != "running"
        and run.id in closed.kept
        and closed.kept[run.id].state == "running"
    ]


def _gone_by(loss: Lost, later: Callable[[str], datetime | None]) -> datetime | None:
    """Return when a role is known not to have served: the moment when a look saw it. If only a
    person said so, it is the moment that the person named, since the role may have served again
    after that."""
    said = moment_of(loss.since) if loss.source == "asked" and not loss.set else None
    seen = later(loss.time)
    return min(said, seen) if said is not None and seen is not None else seen


def _stopped(one: Stopped, seen: datetime) -> tuple[datetime, Mark]:
    told = moment_of(one.since)
    # Another machine's clock may be ahead.
    begun = told if told is not None and told <= seen else seen
    exact = begun == told
    return begun, Mark(time="", role=one.role, cause=STOPPED, down=True, exact=exact)


def _lost(loss: Lost, *, exact: bool) -> Mark:
    return Mark(time="", role=loss.role, cause=GONE, down=True, exact=exact, doubt=loss.doubt)


def _first_loss(marks: Iterable[tuple[datetime, Mark]]) -> datetime | None:
    """Return when the first role was lost; None if that moment is not known. A later loss with a
    known time does not replace it."""
    gone = [(at, not mark.exact) for at, mark in marks if mark.cause == GONE and mark.down]
    first, unknown = min(gone, default=(None, True))
    return None if unknown else first


def _was_half_done(serving: Serving, runs: Sequence[RunFacts]) -> bool:
    """Whether a role was seen serving while a restore of it was half-done: a later run that
    recovers the restore had been asked for, and had not finished."""
    for number, run in enumerate(runs):
        if run.half and (not run.roles or serving.role in run.roles):
            for later in runs[number + 1 :]:
                if (
                    run.id in later.recovers
                    and later.asked <= serving.time
                    and (not later.finished or serving.time < later.finished)
                ):
                    return True
    return False


def seen_to_by(run: RunFacts, runs: Sequence[RunFacts]) -> str:
    """Return the id of the later run that recovered or replaced what a run left; empty if none.

    A later run counts only if it completed its purpose.

    Args:
        runs: in the order in which they were asked for.
    """
    at = next((number for number, one in enumerate(runs) if one.id == run.id), len(runs))
    for later in runs[at + 1 :]:
        whole = (
            kind_of(run.kind).moves_roots
            and kind_of(later.kind).moves_roots
            and bool(run.roles)
            and set(run.roles) <= set(later.roles)
        )
        if run.id not in later.recovers and not whole:
            continue
        if later.stands:
            return later.id
        if run.id in later.recovers and (last := seen_to_by(later, runs)):
            return last
    return ""


def _is_after(incident: Incident, run: RunFacts) -> bool:
    """Whether a run was asked for after the incident was opened. If the order of requests is known,
    it decides, since the clock may have been set back."""
    return run.asked > incident.after if incident.after else run.asked >= incident.opened


def _clock_back(incident: Incident, runs: Sequence[RunFacts]) -> float:
    """Return the least seconds by which the clock was set back, calculated from the order of events
    and runs."""
    found = 0.0
    newest: datetime | None = None
    for text in incident.moments:
        moment = moment_of(text)
        if moment is None:
            continue
        if newest is not None and moment < newest:
            found = max(found, (newest - moment).total_seconds())
        newest = moment if newest is None else max(newest, moment)
    opened = moment_of(incident.opened)
    for run in runs:
        begun = moment_of(run.started)
        if opened is None or begun is None or not incident.after:
            continue
        if _is_after(incident, run) and begun < opened:
            found = max(found, (opened - begun).total_seconds())
    return found


def _decided(incident: Incident, runs: Sequence[RunFacts]) -> str:
    said = [note.time for note in incident.notes if note.decision]
    # `asked` is when a person confirmed the run; its worker starts later. If the clock was set
    # back, `asked` is recorded too late: then the start is earlier, and counts.
    done = [
        min(filter(None, (run.asked, run.started)), default="")
        for run in runs
        if kind_of(run.kind).decides and run.outcome != "refused" and _is_after(incident, run)
    ]
    return min([*said, *done], default="")


def _proved(
    incident: Incident,
    runs: Sequence[RunFacts],
    serving: str,
    accepted: Mapping[str, str],
    later: Callable[[str], datetime | None],
) -> str:
    """Return when the last proof came that the serving data is complete; empty if there is none.

    The proof: each restore in place compared what it brought back, and ended well. If the running
    platform was audited, the last audit found nothing, or only what a person accepted. Proof from
    before everything served again does not count.
    """
    restored = in_place(runs)
    if not serving or not restored or not all(r.outcome in GOOD and r.checks for r in restored):
        return ""
    found = [later(run.finished) if _is_after(incident, run) else moment_of(run.finished)
             for run in restored]  # fmt: skip
    known = audits_of_now(incident, runs)
    if known:
        last = known[-1]
        found.append(later(last.time))
        if last.outcome == "remains":
            if last.not_checked or set(last.remains) - set(accepted):
                return ""
            found += [later(accepted[kind]) for kind in last.remains]
        elif last.outcome != "settled":
            return ""
    proof = max((one for one in found if one is not None), default=None)
    since = moment_of(serving)
    return timestamp(proof) if proof is not None and (since is None or proof >= since) else ""
