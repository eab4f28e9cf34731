"""What the restores of an incident cost: the data written after the moment that each restore
brought back. Pure."""

from __future__ import annotations

from pryv_tui.incidents.facts import RunFacts
from pryv_tui.incidents.gathering import Told
from pryv_tui.incidents.marks import contents_after, standing
from pryv_tui.incidents.times.spans import Down
from pryv_tui.incidents.words import lasted, seconds_between, when


def restores(told: Told) -> list[RunFacts]:
    """Return the restores whose result no undo has reverted or moved aside."""
    return standing(told.runs)


def cost_lines(told: Told, run: RunFacts) -> list[str]:
    """Return lines that name the moment of the data that a restore brought back, and what was
    written after it and is gone. For a role that was lost this counts up to the loss, else up to
    the restore's stop. No end is named if it is not known, as in a report without an incident."""
    whole = told.whole
    ends: dict[tuple[str, str], list[str]] = {}
    for role in run.roles or ("",):
        lost = _lost_before(whole, run, role)
        until = _stopped(whole, run, role) if lost is None else lost
        begun = run.as_of_roles.get(role) or run.as_of
        seconds = seconds_between(begun, until)
        span = f"in the {lasted(seconds)} from then" if seconds else "from then"
        to = " to the loss" if lost is not None else " to the restore's stop" if until else " on"
        end = f"what was written {span}{to} is gone"
        if lost is None and not until:
            end += "; it is not known when it was lost or stopped"
        if role in run.nothing_newer:
            end = _nothing_written(whole, run, role, begun, until, to)
        ends.setdefault((when(begun), end), []).append(role)
    return [
        f"{', '.join(filter(None, roles)) or 'what it held'}: restored from the set {run.set}, data"
        f" as of {begun}; {end}"
        for (begun, end), roles in ends.items()
    ]


def _nothing_written(told: Told, run: RunFacts, role: str, begun: str, until: str, to: str) -> str:
    """Return words for: nothing was written, as far as was compared. Compared was the content that
    was there at that time, perhaps brought by an earlier restore; what was written before that one
    was not compared."""
    before = _put_there(told, run, role)
    put = before.finished if before is not None else ""
    if before is None or (put and put <= begun):
        seconds = seconds_between(begun, until)
        span = f"in the {lasted(seconds)} from then" if seconds else "from then"
        return f"{span}{to}, nothing was written in what was compared"
    seconds = seconds_between(put, until)
    span = f"in the {lasted(seconds)} from" if seconds else "from"
    return (
        f"nothing in the data that was compared was written {span} the end of the {before.kind}"
        f" {before.id}{f' ({when(put)})' if put else ''}{to}; data written earlier could not be"
        " compared"
    )


def _put_there(told: Told, run: RunFacts, role: str) -> RunFacts | None:
    """Return the last run before a restore that changed a role's root; None if there is none."""
    after = contents_after(told.runs)
    found: RunFacts | None = None
    last: object = None
    for one in told.runs:
        if one.id == run.id or one.asked > run.asked:
            break
        lies: object = after[one.id].get(role) if role else after[one.id]
        if lies != last:
            found, last = one, lies
    return found


def _stopped(told: Told, run: RunFacts, role: str) -> str:
    """Return when a role that was not lost was stopped for a restore: by the restore, by a run that
    it continued, or by somebody else. Empty if nothing shows that it was stopped."""
    begun = run.started or run.asked
    down = told.times.down.get(role, Down())
    spans = [one.start for one in down.spans if one.start <= begun <= (one.end or "~")]
    own = [one.time for one in run.marks if one.down and (not role or one.role == role)]
    return min([*spans, *own], default="")


def _lost_before(told: Told, run: RunFacts, role: str) -> str | None:
    """Return when a role was lost, if this restore is the first to bring it back; empty if that
    time is not known. None for a role that was not lost."""
    back = [
        one.finished
        for one in restores(told)
        if one.asked < run.asked and (not one.roles or role in one.roles)
    ]
    after = max(back, default="")
    begun = run.started or run.asked
    mine = [
        one
        for one in told.incident.losses
        if (not role or one.role == role)
        and after < one.time
        and min(one.time, one.since or "~") <= begun
    ]
    if not mine:
        return None
    since = mine[-1].since
    return since if since > after else ""
