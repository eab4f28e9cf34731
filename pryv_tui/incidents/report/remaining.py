"""What an incident cost, and what remains to be done about it. Pure."""

from __future__ import annotations

from collections.abc import Collection

from pryv_tui.incidents.events import Lost
from pryv_tui.incidents.facts import GOOD, Audit, RunFacts
from pryv_tui.incidents.gathering import Told
from pryv_tui.incidents.marks import audits, audits_of_now
from pryv_tui.incidents.reckoning import seen_to_by
from pryv_tui.incidents.report.cost import cost_lines, restores
from pryv_tui.incidents.words import partly_read, seen_end, when
from pryv_tui.operations.audit.afterwards import NAMED
from pryv_tui.operations.commands import confirm_words
from pryv_tui.operations.kind import kind_of
from pryv_tui.phrases import counted
from pryv_tui.platform.casualties import KINDS
from pryv_tui.sanitize import one_line
from pryv_tui.who import Who


def audits_of(told: Told) -> tuple[Audit, ...]:
    """Return the audits of what the running platform lacks, oldest first."""
    return audits(told.incident, told.runs)


def asked_of_now(told: Told) -> tuple[Audit, ...]:
    """Return the audits of the content that is there now. For a report of runs, these are the
    audits of the incident to which the runs belong."""
    whole = told.whole
    return audits_of_now(whole.incident, whole.runs)


def lost_lines(told: Told) -> list[str]:
    """Return what the incident cost in data, as far as that is known, in sentences."""
    found = [line for loss in told.incident.losses for line in _alone_lines(loss)]
    good = restores(told)
    by_name = _named_then(told, once=True)
    for run in good:
        if run.as_of:
            found += cost_lines(told, run)
        elif run.outcome not in GOOD:
            found.append(
                f"Not known yet: the {run.kind} {run.id} was done, but its process died before it"
                f" reported what that cost: pryv-tui audit {run.set or 'latest'} --live"
            )
        found += run.newer
        if run.audit is not None and run.audit.remains:
            found.append(
                "Records that this restore left without their other half, according to the running"
                f" platform at {when(run.audit.time)}: {counted_words(run.audit.remains)}"
            )
            found += by_name[run.id]
        if run.gap and not any(one.set == run.set for one in good[: good.index(run)]):
            of = f"the set {run.set}" if len(good) > 1 and run.set else "that set"
            found.append(f"Within {of} (its timing gap): {'; '.join(run.gap)}")
    if not good and told.incident.roles:
        half = half_done(told)
        going = [run for run in told.runs if run.kind == "restore" and run.state == "running"]
        found.append(
            f"Not known yet: the restore {going[-1].id} is running. What is newer than the set"
            f" {going[-1].set} will be gone"
            if going
            else f"Not known yet: the {half[-1].kind} {half[-1].id} stopped half-way. What is newer"
            " than the set that is restored will be gone"
            if half
            else "Not known yet: no restore is in place. What is newer than the set that is"
            " chosen will be gone"
        )
        found += [
            f"The newest whole set of {role} is {name}, of {when(moment)}: if {role} is restored"
            " from that set, data written later is lost"
            for role, name, moment in told.newest
        ]
    for run in told.runs:
        found += _set_aside_lines(told, run)
    return found


def _alone_lines(loss: Lost) -> list[str]:
    """Return a sentence on the accounts that were in the lost core and nowhere else."""
    if loss.alone is None or not loss.alone.amount.number:
        return []
    return [
        f"{loss.alone.told} were in core alone when the running platform was last asked"
        f" ({when(loss.alone.asked)}). Unless that was settled since, no other role knows them, and"
        " any of their data that the restored set does not hold is gone for good"
    ]


def _set_aside_lines(told: Told, run: RunFacts) -> list[str]:
    """Return a sentence on what was written after a restore, and moved aside when that restore was
    undone. The restores that are in place now don't contain it."""
    mine = [one for one in told.runs if one.undone_by == run.id or one.id in run.recovers]
    undone = next(iter(mine), None)
    # If a restore never came to its end, nobody can say that something was written after it.
    came_to_its_end = undone is None or undone.stands
    if run.kind != "undo" or not run.set_aside or not came_to_its_end:
        return []
    later = [one for one in told.runs if one.asked > run.asked and run.id in one.recovers]
    if any(one.stands for one in later):
        return []  # it was brought back; what became of it then is told of that undo
    if run.aside:
        now = f"exists only in {', '.join(map(one_line, run.aside))}, unless a later set holds it"
    elif run.released_by:
        now = f"was removed for good by {_released(told, run)}"
    else:
        now = "is no longer where it was moved to"
    of = f" {undone.id}" if undone is not None else ""
    what = f"Data written after the restore{of}"
    if undone is not None and undone.kind == "undo":
        what = f"Data beyond the set, there when the undo{of} was undone,"
    return [
        f"{what} was moved aside by the undo {run.id}: {'; '.join(run.set_aside)}. It {now}",
    ]


def _released(told: Told, run: RunFacts) -> str:
    """Return the run that removed what another run had moved aside, and, if known, who asked for
    it."""
    by = next((one.by for one in told.whole.runs if one.id == run.released_by), Who())
    return run.released_by + (f" ({by.words})" if by != Who() else "")


def counted_words(remains: dict[str, int]) -> str:
    """Return how many of each kind of casualty remain, in words for people."""
    titles = {f"{kind.group}.{kind.name}": kind.title for kind in KINDS}
    return "; ".join(f"{titles.get(name, name)}: {many}" for name, many in sorted(remains.items()))


def _named_then(told: Told, *, once: bool) -> dict[str, list[str]]:
    """Return, by restore, the lines that name what its audit found at its end.

    Args:
        once: leave out names that an earlier restore's lines contain already.
    """
    named: dict[str, set[str]] | None = {} if once else None
    return {
        run.id: named_lines(run.audit, now=run.audit in asked_of_now(told), named=named)
        if run.audit is not None
        else []
        for run in restores(told)
    }


def named_lines(
    audit: Audit,
    *,
    now: bool,
    but: Collection[str] = (),
    named: dict[str, set[str]] | None = None,
) -> list[str]:
    """Return lines that name what lacks its counterpart, one per kind.

    A kind without stored names has no line.

    Args:
        now: whether the audit is of what is there now: then another audit can name the rest.
        but: the kinds to leave out.
        named: for each kind, the names that were listed before and are not repeated. Names listed
            here are added.
    """
    found = []
    before = named if named is not None else {}
    for kind in KINDS:
        key = f"{kind.group}.{kind.name}"
        names, many = audit.names.get(key, []), audit.remains.get(key, 0)
        if not names or not many or key in but:
            continue
        more = f" and {many - len(names)} more" if many > len(names) else ""
        if more and now:
            of = f" {audit.set}" if audit.set else ""
            more += f": pryv-tui audit{of} --live --all"
        title = f"{kind.title[:1].upper()}{kind.title[1:]}"
        known = before.setdefault(key, set())
        fresh = [name for name in names if name not in known]
        known.update(names)
        if not fresh and not (more and now):
            continue
        again = len(names) - len(fresh)
        told: list[str] = [*map(one_line, fresh)]
        told += [f"{counted(again, 'that is', 'that are')} named above"] if again else []
        found.append(f"{title}, by name: {', '.join(told)}{more}")
    return found


def audit_words(outcome: str, remains: dict[str, int]) -> str:
    """Return what an audit of the running platform found, in words."""
    if outcome == "settled":
        return "the running platform was asked: nothing lacks its other half"
    if outcome == "remains":
        return f"the running platform was asked: {counted_words(remains)}"
    return "the running platform was asked: nothing that could be checked lacks its other half"


def half_done(told: Told) -> list[RunFacts]:
    """Return the runs that left a root half-changed, if no later run has repaired that."""
    halves = [run for run in told.runs if run.half and not run.stands]
    return [run for run in halves if not seen_to_by(run, told.whole.runs)]


def _going_on(told: Told) -> list[RunFacts]:
    """Return the runs that change the platform and are running, or were running when the incident
    was closed."""
    closed = told.times.closed
    return [
        run
        for run in told.runs
        if kind_of(run.kind).changes_platform
        and (not closed or (run.started or run.asked) <= closed)
        and (run.state == "running" or bool(closed and run.finished > closed))
    ]


def _goes_on(run: RunFacts, closed: str) -> str:
    words = (
        f"the {run.kind} {run.id} was running" if closed else f"The {run.kind} {run.id} is running"
    )
    when_closed = "When the incident was closed, " if closed else ""
    return f"{when_closed}{words}; to follow it: pryv-tui attach {run.id}"


def unsettled_lines(told: Told) -> list[str]:
    """Return what would remain if the incident was closed now, or what remained when it was closed,
    in sentences."""
    closed = told.times.closed
    found = [
        f"When the incident was closed, {role} was down since {when(down.since)}"
        if closed
        else f"{role} is down since {when(down.since)}"
        for role, down in told.times.down.items()
        if down.still
    ]
    found += [_goes_on(run, closed) for run in _going_on(told)]
    left = half_done(told)
    for at, run in enumerate(left):
        if any(set(run.half) <= set(later.half) for later in left[at + 1 :]):
            # If several runs left the same roots half-restored, only the last one is recovered.
            continue
        found.append(
            f"The {run.kind} {run.id} {'died' if run.state == 'died' else 'stopped'} half-way, and"
            f" left {', '.join(map(one_line, run.half))} half-restored: pryv-tui recover"
        )
    for run in told.runs:
        if run.state != "died" or run in left or run.owes is False:
            continue
        if not seen_to_by(run, told.whole.runs):
            done = " after its work was done" if run.done else ""
            found.append(
                f"The {run.kind} {run.id} died{done}, and may have left something half-done"
            )
    asked = asked_of_now(told)
    if asked and asked[-1].outcome == "remains":
        last = asked[-1]
        # What a person has accepted is shown in the timeline.
        left_over = {kind: many for kind, many in last.remains.items() if kind not in told.accepted}
        if left_over:
            found.append(f"As of {when(last.time)}, {audit_words(last.outcome, left_over)}")
        elif last.not_checked:
            found.append(f"As of {when(last.time)}, not checked: {'; '.join(last.not_checked)}")
    if asked:
        found += _earlier_lines(asked[-1], told.accepted)
    return found


def left_at_close(told: Told) -> list[str]:
    """Return what remains, for a person who closes the incident now. If the incident can't be read
    completely, a line also says that more may remain."""
    found = unsettled_lines(told)
    if partly := partly_read(told.incident):
        found.append(f"{partly[:1].upper()}{partly[1:]}: more may remain than is listed here")
    return found


def _earlier_lines(audit: Audit, accepted: Collection[str]) -> list[str]:
    """Return what was known before about the kinds that the last audit could not check."""
    why = "; ".join(audit.not_checked)
    found = []
    for kind in KINDS:
        key = f"{kind.group}.{kind.name}"
        old = audit.earlier.get(key)
        if old is not None and old.count and key not in accepted:
            first = [one_line(name) for name in old.names[:NAMED]]
            more = f" and {old.count - len(first)} more" if old.count > len(first) else ""
            by_name = f"{', '.join(first)}{more}" if first else ""
            found.append(
                f"As of {when(old.time)}, {kind.title}:"
                f" {old.count}{f' ({by_name})' if by_name else ''}; not known since then: at"
                f" {when(audit.time)} not everything could be checked ({why}): pryv-tui audit"
                " --live"
            )
    dark = next((old for old in audit.earlier.values() if old.run), None)
    if dark is not None:
        found.append(
            f"After the {dark.after} {dark.run} it is not known what lacks its other half"
            f" ({why}): pryv-tui audit --live"
        )
    return found


def ended_lines(told: Told) -> list[str]:
    """Return what each restore reported when it ended, except for restores that were undone. This
    may be out of date: a later run, or a person, may have dealt with it since."""
    found = [
        f"As the run {run.id} ended: {line}"
        for run in restores(told)
        for line in (*run.remains, *run.warnings)
    ]
    return list(dict.fromkeys(found))


def remains_lines(told: Told) -> list[str]:
    """Return what still has to be done, or to be found out, as of now."""
    one, times = told.incident, told.times
    found = unsettled_lines(told)
    asked = asked_of_now(told)
    if asked:
        # What restores left that are in place is named under what was lost.
        lost = {line for lines in _named_then(told, once=False).values() for line in lines}
        named = named_lines(asked[-1], now=True, but=told.accepted)
        found += [line for line in named if line not in lost]
    if asked and asked[-1].outcome == "unknown":
        last = asked[-1]
        found.append(f"As of {when(last.time)}, {audit_words(last.outcome, last.remains)}")
    good = restores(told)
    if good:
        if not asked:
            found.append(
                f"Since the {good[-1].kind} {good[-1].id} the running platform was not checked for"
                " what the timing gap cost: pryv-tui audit --live"
            )
        elif times.serving and asked[-1].time < times.serving:
            found.append(
                "The running platform was not checked since all roles serve again"
                f" ({when(times.serving)}): pryv-tui audit --live"
            )
        by = f": {_released(told, good[-1])} removed it" if good[-1].released_by else ""
        found += [
            f"The content that the run {good[-1].id} moved aside to {one_line(place)} is not there"
            f" any more{by}"
            for place in good[-1].aside_gone
        ]
    for run in told.runs:
        confirm = confirm_words(one.domain)
        found += [
            f"The content that the undo {run.id} moved aside is in {one_line(place)}; the undo's"
            " result says what of it is newer than the set, and how to look at it: pryv-tui attach"
            f" {run.id}. When nobody needs that content any more: pryv-tui release"
            f" {run.id}{confirm}; to bring it back: pryv-tui undo {run.id}{confirm}"
            for place in run.aside
        ]
    wanted = bool(one.wanted) or not one.roles
    if times.serving and wanted and not told.backed_up and told.whole.incident.kind != "runs":
        of = f" of {', '.join(map(one_line, one.wanted))}" if one.roles else ""
        seen = "were seen to serve" if seen_end(times) else "serve again"
        found.append(
            f"No complete backup{of} was taken since all roles {seen} ({when(times.serving)}):"
            " pryv-tui backup"
        )
    if one.open and one.kind != "runs":
        found.append("The incident is open: pryv-tui incident close, when it is over")
    return list(dict.fromkeys(found))
