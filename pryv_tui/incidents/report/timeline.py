"""What happened, oldest first. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pryv_tui.incidents.facts import RunFacts
from pryv_tui.incidents.gathering import Told
from pryv_tui.incidents.marks import audits, taken_away
from pryv_tui.incidents.times.spans import Span
from pryv_tui.incidents.words import SOURCES, lasted, seconds_between, when
from pryv_tui.operations.acts import act_words
from pryv_tui.phrases import counted
from pryv_tui.who import Who

CONFIRMED = {
    "dialog": "confirmed in the interface",
    "typed": "confirmed by the domain, typed",
    "option": "confirmed by --confirm",
}


class Moment(NamedTuple):
    """One event of an incident's timeline."""

    time: str
    """RFC 3339 UTC."""
    kind: str
    """`lost`, `noticed`, `note`, `decision`, `run`, `end`, `serving`, `audit`, `accepted` (a person
    accepted what an audit found), `simulated` (done on purpose to a practice platform),
    `closed`."""
    what: str
    by: str = ""
    """Who did it; empty if not known, or if nobody did."""
    run: str = ""

    @property
    def line(self) -> str:
        who = f" ({self.by})" if self.by else ""
        return f"{when(self.time)}  {self.what}{who}"

    def clean(self, plain: Callable[[str], str]) -> Moment:
        return Moment(*(plain(text) for text in self))


def timeline(told: Told) -> tuple[Moment, ...]:
    """Return everything that happened, oldest first. Moments with the same time stay in the order
    in which they are added here."""
    one = told.incident
    found: list[Moment] = []
    for loss in one.losses:
        again = " again" if loss.again else ""
        # For a role that is lost again, the folders tell only when it was lost first.
        if loss.since and not (loss.again and loss.since < one.opened):
            source = SOURCES.get(loss.source, "")
            lost = f"{loss.role} is lost{again}, {source}"
            if loss.why:
                lost = f"{loss.role} is first found in this state{again}: {loss.why}"
            found.append(Moment(loss.since, "lost", lost))
        by_itself = loss.set or loss.source in ("engine", "files")
        seen = "is found gone" if by_itself else "is said not to serve"
        told_why = f"{loss.role}{again}: {loss.why}" if loss.why else f"{loss.role} {seen}{again}"
        if loss.doubt:
            told_why += "; it is not known if it serves"
        found.append(Moment(loss.time, "noticed", told_why, _who(loss.by)))
    if one.kind != "runs":
        # The person who is named here only started the program; the program found the loss.
        how = "The program opens" if one.how == "found" else "A person declares"
        said = f": {one.text}" if one.text else ""
        found.insert(0, Moment(one.opened, "noticed", f"{how} this incident{said}",
                               _opened_by(one.opened_by, found=one.how == "found")))  # fmt: skip
    for note in one.notes:
        kind, word = ("decision", "Decided") if note.decision else ("note", "Note")
        found.append(Moment(note.time, kind, f"{word}: {note.text}", _who(note.by), note.run))
    for run in told.runs:
        found += _of_run(run)
    for made in told.planted:
        found.append(Moment(made.time, "simulated", f"Simulated: {made.words}", _who(made.who)))
    for stop in one.stopped:
        stopped_at = f", since {when(stop.since)}" if stop.since else ""
        what = f"{stop.role} is found not running{stopped_at}"
        if stop.restarts:
            again = counted(stop.restarts, "time")
            what = f"{stop.role} does not stay up: it was started again {again} by then"
        found.append(Moment(stop.time, "noticed", what))
    for back in one.servings:
        what = f"{back.role} is found there and running"
        if back.accepted:
            what = f"A person accepted {back.role} as it is: from here on that counts as serving"
        if back.restarts and any(stop.restarts for stop in one.stopped if stop.role == back.role):
            what += f", started again {counted(back.restarts, 'time')} by then"
        found.append(Moment(back.time, "serving", what))
    for run in told.runs:
        for gone in taken_away(one.roles, run, told.runs):
            what = f"{gone.role} is gone again: the former content is put back by {run.id}"
            found.append(Moment(gone.time, "lost", what, "", run.id))
    for span in told.times.any_down.spans:
        if span.end and span.end == told.times.serving:
            what = "All that was down serves again"
            if told.whole.incident.kind == "runs":
                what = "The roles that these runs stopped serve again"
            elif one.unread:
                what = "The roles that are known to have been down serve again"
            if span.seen_end:
                what = "The roles that were down are found serving"
            found.append(Moment(span.end, "serving", what))
        elif span.end:
            found.append(Moment(span.end, "serving", _serve_again(told, span)))
    for audit in audits(one, told.runs):
        many = sum(audit.remains.values())
        what = {
            "settled": "nothing lacks its other half",
            "unknown": "not all could be checked",
        }.get(audit.outcome, f"{many} {'thing remains' if many == 1 else 'things remain'}")
        found.append(Moment(audit.time, "audit", f"The running platform is asked: {what}",
                            _who(audit.by), audit.run))  # fmt: skip
    for taken in told.accepted.values():
        why = f": {taken.why}" if taken.why else ""
        found.append(Moment(taken.time, "accepted", f"Accepted as it is{why}: {taken.text}",
                            _who(taken.who or Who()) or taken.by))  # fmt: skip
    if one.closed:
        said = f": {one.closed_text}" if one.closed_text else ""
        found.append(Moment(one.closed, "closed", f"The incident is closed{said}",
                            _who(one.closed_by)))  # fmt: skip
    return tuple(sorted(found, key=lambda moment: moment.time))


def _serve_again(told: Told, span: Span) -> str:
    """Return which roles serve again after a span, in words; for a span after which something went
    down once more."""
    roles = [
        role
        for role, down in told.times.down.items()
        if any(span.start <= one.start <= span.end for one in down.spans)
    ]
    verb = "serves" if len(roles) == 1 else "serve"
    if span.seen_end:
        verb = "is found serving" if len(roles) == 1 else "are found serving"
    return f"{', '.join(roles)} {verb} again"


def _of_run(run: RunFacts) -> list[Moment]:
    about = f" of {', '.join(run.roles)}" if run.roles else ""
    from_set = f", set {run.set}" if run.set else ""
    sure = f", {CONFIRMED[run.confirmed]}" if run.confirmed in CONFIRMED else ""
    # A recover that finishes a restore is itself recorded as a restore.
    others = ", ".join(run.recovers)
    aim = f"undoing {others}" if run.kind == "undo" else f"to settle what {others} left"
    over = f", {aim}" if run.recovers else ""
    begins = f"{act_words(run.kind).capitalize()}{about} begins{over}{from_set}{sure} ({run.id})"
    found = [Moment(run.started or run.asked, "run", begins, _who(run.by), run.id)]
    if run.state == "running":
        return found
    seconds = seconds_between(run.started, run.finished)
    took = f" after {lasted(seconds)}" if seconds else ""
    if run.state == "died":
        # Nobody saw the run die: its last event is the last that is known of it.
        what = (
            f"{run.id} writes to its journal for the last time{took}: its process died after"
            " that, without a result"
        )
    else:
        undone = f" Undone by {run.undone_by}." if run.undone_by else ""
        what = f"{run.id} ends{took}: {run.outcome.upper()}. {run.what}{undone}"
    ended = f"ended by {_who(run.ended_by)}" if run.ended_by != Who() else ""
    return [*found, Moment(run.finished or run.asked, "end", what, ended, run.id)]


def _opened_by(by: Who, *, found: bool) -> str:
    who = _who(by)
    return f"started by {who}" if found and who else who


def _who(by: Who) -> str:
    return "" if by == Who() else by.words
