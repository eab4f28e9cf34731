"""Which runs are an incident's, and what it tells of each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from pryv_tui.clock import moment_of, timestamp
from pryv_tui.incidents.events import Lost
from pryv_tui.incidents.facts import GONE, GOOD, Audit, RunFacts
from pryv_tui.incidents.incident import Incident
from pryv_tui.incidents.marks import audits_of_now, marks_of, marks_of_done
from pryv_tui.incidents.reckoning import Times, reckon
from pryv_tui.operations.acceptance import Acceptance, Accepted, read_accepted
from pryv_tui.operations.audit.afterwards import told_names
from pryv_tui.operations.audit.last_look import told_earlier
from pryv_tui.operations.comparing.newer_words import newer_words, nothing_newer, set_aside_words
from pryv_tui.operations.debts import of_roots, roots_changed
from pryv_tui.operations.facts import LiveFound, NewerFound
from pryv_tui.operations.kinds.start import OfAContainer
from pryv_tui.operations.overview.unsettled import acceptable
from pryv_tui.operations.settings.identity import platform_of
from pryv_tui.practice.simulated import Simulated
from pryv_tui.runs.record.chain import released_by
from pryv_tui.runs.record.events import (
    AnyEvent,
    CancelAsked,
    NewerCounted,
    RunFinished,
    RunStarted,
    start_of,
)
from pryv_tui.runs.record.history import RunRecord, all_runs, debts_in, request_of
from pryv_tui.runs.record.journal import JournalReader, done_at
from pryv_tui.runs.record.undos import asides_gone, set_aside_by, together, undone_by
from pryv_tui.vault.manifest import SetManifest
from pryv_tui.who import Who

COPIES = ("copy-root", "copy-back", "keep-copied", "put-back-root")
"""Kinds of steps that take or bring a root's content: it was there then."""
MEETING = ("restore", "undo", "recover", "release", "files", "start", "stop", "restart")
"""Kinds of runs that change the platform. Others, such as each night's backup, belong to an
incident only until all that was lost serves again: one that nobody closes goes on for months."""


class Known(NamedTuple):
    """What decides whether a run is an incident's."""

    id: str
    kind: str
    asked: str
    finished: str
    going: bool
    platform: str
    domain: str


class Told(NamedTuple):
    """An incident with all that belongs to it."""

    incident: Incident
    runs: tuple[RunFacts, ...]
    """In the order in which they were asked for."""
    times: Times
    backed_up: str
    """The newest complete backup of it since all that was lost serves again; empty for none."""
    planted: tuple[Simulated, ...] = ()
    """What was done on purpose to a practice platform meanwhile."""
    newest: tuple[tuple[str, str, str], ...] = ()
    """Of each lost role the newest whole set that holds it, and up to when that has it."""
    accepted: Mapping[str, Acceptance] = MappingProxyType({})
    """By kind, what the last audit found and a person has accepted as it is."""
    within: Told | None = None
    """Of runs that are told by themselves, the incident to which all of them belong."""
    parts: tuple[str, ...] = ()  # else the ids of those to which some do

    @property
    def whole(self) -> Told:
        """What tells more than these runs do: their incident, where they belong to one."""
        return self.within or self


def same_platform(incident: Incident, platform: str, domain: str) -> bool:
    """Whether an incident is of a platform: two on one engine are told apart by their domains, as
    far as these are known; of one that is lost nothing may tell it any more."""
    if domain and incident.domain:
        return domain == incident.domain
    return bool(platform) and platform == incident.platform


def belongs(incident: Incident, run: Known) -> bool:
    """Whether a run is an incident's: somebody named it, or it was asked for on this platform after
    the incident was opened and before it was closed, or went on when what was lost was lost."""
    if run.id in incident.named:
        return True
    if not same_platform(incident, run.platform, run.domain) or (
        incident.upto and run.asked > incident.upto
    ):
        return False
    if incident.after and run.asked > incident.after:
        return True
    began = min([incident.opened, *(one.since for one in incident.losses if one.since)])
    if not incident.after and run.asked >= incident.opened:
        return not incident.closed or bool(incident.upto) or run.asked <= incident.closed
    return run.asked >= began or run.going or run.finished >= began


def gather(state: Path, incident: Incident, now: str = "") -> Told:
    """An incident with its runs and its times, from the records that are still here and what it
    keeps of those that are not.

    Args:
        now: up to when something lasts that has not ended; now.
    """
    moment = now or timestamp()
    records = {record.id: record for record in all_runs(state)}
    undone = undone_by(state)
    released = released_by(state, records.values())
    known = [known_of(record) for record in records.values()]
    mine = [one for one in known if belongs(incident, one)]
    facts = dict(incident.kept)
    meeting = [one for one in mine if one.kind in MEETING or one.id in incident.named]
    facts |= {one.id: facts_of(records[one.id], undone, released) for one in meeting}
    times = reckon(incident, _ordered(facts.values()), moment)
    calm = times.serving
    others = [one for one in mine if one not in meeting and (not calm or one.asked <= calm)]
    facts |= {one.id: facts_of(records[one.id], undone, released) for one in others}
    runs = _ordered(facts.values())
    saved = [
        record.set
        for one in known
        if (record := records[one.id]).kind == "backup"
        and record.outcome in ("complete", "warnings")
        and calm
        and record.asked > calm
        and same_platform(incident, one.platform, one.domain)
        and set(incident.roles) <= set(record.roles or incident.roles)
    ]
    accepted = accepted_of(audits_of_now(incident, runs), read_accepted(state))
    if others or accepted:
        times = reckon(incident, runs, moment, {one: told.time for one, told in accepted.items()})
    return Told(incident, runs, times, saved[-1] if saved else "", accepted=accepted)


def accepted_of(asked: Sequence[Audit], known: Accepted) -> dict[str, Acceptance]:
    """By kind, what a person has accepted of what the last of these found."""
    if not asked:
        return {}
    told = {kind: known.of(*fact) for kind, fact in asked[-1].facts.items()}
    return {kind: one for kind, one in told.items() if one is not None}


def _ordered(facts: Iterable[RunFacts]) -> tuple[RunFacts, ...]:
    return tuple(sorted(facts, key=lambda one: (one.asked, one.id)))


def known_of(record: RunRecord) -> Known:
    request = request_of(record)
    platform = ""
    # Where the request can't be read nothing tells the platform but its domain.
    if request is not None and (request.settings.practice or request.settings.hosts):
        platform = platform_of(request.settings)
    return Known(
        id=record.id,
        kind=record.kind,
        asked=record.asked,
        finished=record.finished,
        going=record.state in ("starting", "running"),
        platform=platform,
        domain=record.domain,
    )


def facts_of(
    record: RunRecord,
    undone: Mapping[str, str],
    released: Mapping[str, str] = MappingProxyType({}),
) -> RunFacts:
    """What a run's journal tells of it.

    Args:
        undone: the runs that were undone, and by which.
        released: those whose moved content was removed for good, and by which.
    """
    reader = JournalReader(record.journal)
    events = list(reader.read())
    started = start_of(events)
    end = next((one for one in reversed(events) if isinstance(one, RunFinished)), None)
    request = request_of(record)
    over = () if request is None else (request.recovers, request.continues, request.undone_run)
    switched = request.container if isinstance(request, OfAContainer) else ""
    stopped = record.state in ("ended", "died") and record.outcome not in GOOD
    done = done_at(record.kind, events) if stopped else ""
    owed = debts_in(events).outstanding if stopped else []
    if done:
        # What it moved aside is kept then, to be undone; nothing of its root is half-changed.
        owed = [one for one in owed if one not in of_roots(owed)]
    found = RunFacts(
        id=record.id,
        kind=record.kind,
        state="running" if record.state == "starting" else record.state,
        outcome=record.outcome,
        asked=record.asked,
        started=started.time if started is not None else record.started,
        finished=record.finished or (events[-1].time if events and record.state == "died" else ""),
        set=record.set,
        roles=record.roles,
        what=record.what,
        by=(started.by if started is not None else None) or Who(),
        confirmed=started.confirmed if started is not None else "",
        ended_by=next((one.by for one in events if isinstance(one, CancelAsked)), None) or Who(),
        undone_by=undone.get(record.id, ""),
        marks=(*marks_of(events, switched), *marks_of_done(record.roles, done)),
        hosts=_machines(started),
        recovers=tuple(dict.fromkeys(filter(None, over))),
        half=tuple(f"{host}:{root}" for host, root in sorted(roots_changed(owed))),
        done=done,
        owes=None if reader.unread or not events else bool(owed),
        unread=reader.unread,
        released_by=released.get(record.id, ""),
    )
    if record.kind == "undo":
        found = _with_set_aside(found, record, events)
    if end is None:
        return found
    gone = asides_gone(debts_in(events).owed, found.released_by) if record.kind == "restore" else ()
    looked = {one.text for one in end.live.said} if end.live is not None else set()
    return msgspec.structs.replace(
        found,
        as_of=end.as_of,
        as_of_roles=dict(end.as_of_roles),
        nothing_newer=nothing_newer(end.newer),
        gap=tuple(end.gap),
        newer=tuple(newer_words(end.newer)),
        checks=tuple(end.checks),
        # What its look at the running platform found is told as that, and a later one counts more.
        warnings=tuple(text for text in end.warnings if text not in looked),
        remains=tuple(line for line in end.remains if not any(one in line for one in gone)),
        aside_gone=gone,
        next=tuple(end.next),
        audit=_audit(record.id, end.live),
    )


def _with_set_aside(facts: RunFacts, record: RunRecord, events: Sequence[AnyEvent]) -> RunFacts:
    """The same with what an undo has set aside, and where that lies still."""
    counted: list[NewerFound] = []
    for event in events:
        if isinstance(event, NewerCounted | RunFinished):
            counted = event.newer or counted
    state = Path(record.folder).parent.parent
    places = [Path(one.where) for one in set_aside_by(together(state, record))]
    return msgspec.structs.replace(
        facts,
        set_aside=tuple(set_aside_words(counted)),
        aside=tuple(str(place) for place in places if place.is_dir()),
    )


def _audit(run: str, live: LiveFound | None) -> Audit | None:
    if live is None:
        return None
    remains = {name: many for name, many in live.counts.items() if many}
    return Audit(
        time=live.time,
        set=live.set,
        outcome="remains" if remains else "unknown" if live.not_known else "settled",
        remains=remains,
        names=told_names(live),
        not_checked=tuple(f"{one.what}: {one.why}" for one in live.not_known),
        run=run,
        facts=acceptable(live),
        earlier=told_earlier(live),
    )


def newest_asked(state: Path) -> str:
    """When the last run that is known here was asked for; empty for none."""
    known = all_runs(state)
    return known[-1].asked if known else ""


class There(NamedTuple):
    """What is known of a platform's roles from before they were found gone, on each machine."""

    last: Mapping[tuple[str, str], datetime] = MappingProxyType({})
    """By role and machine, when it is known to have been there last: a restore or an undo had put
    it in place, a complete backup took it, or it was seen to serve again. Without a machine: on
    every one that had it then."""
    lost: Sequence[Lost] = ()
    """What incidents have as lost, the first one first."""
    changed: datetime | None = None
    """When a run that changes roots came to its end last."""
    seen: Mapping[tuple[str, str], datetime] = MappingProxyType({})
    """By role and machine, when a look saw its files there last: they can't have gone before."""

    def on(self, role: str, host: str) -> datetime | None:
        """When a role was there last on a machine; None where nothing tells it."""
        told = (self.last.get((role, host)), self.last.get((role, "")))
        return max(filter(None, told), default=None)

    def anywhere(self, role: str) -> datetime | None:
        """The same of the machine on which it was there last."""
        return max((at for (one, _), at in self.last.items() if one == role), default=None)

    def lost_before(self, role: str, host: str, found: datetime) -> Lost | None:
        """The loss from which on a role was never there, if the change by which it seems to be gone
        only now may be a run's own: one that tried to bring it back, and whose doings were put
        back, changes the folders all the same.

        Args:
            host: the machine, where it is gone on that one alone.
            found: the moment by which it seems to be gone.
        """
        if self.changed is None or found > self.changed:
            return None
        there = self.on(role, host) if host else self.anywhere(role)
        for one in self.lost:
            at = moment_of(one.since or one.time)
            if one.role != role or one.host not in ("", host) or one.doubt or at is None:
                continue
            if at <= found and (there is None or at > there):
                return one
        return None


def _machines(started: RunStarted | None) -> tuple[str, ...]:
    views = started.plan if started is not None else []
    return tuple(sorted({one.host for one in views if one.kind in COPIES and one.host}))


def last_there(
    state: Path,
    incidents: Collection[Incident],
    platform: str,
    domain: str,
    sets: Mapping[str, SetManifest] = MappingProxyType({}),
) -> There:
    """What is known of where roles were last, and which were lost before.

    Args:
        incidents: those of the platform, oldest first.
        platform: which it is, as `platform_of` tells it.
        domain: its domain, where that is known.
        sets: what its sets say, by their ids: each which role was on which machine.
    """
    told: list[tuple[str, str, str]] = []
    facts: dict[str, RunFacts] = {}
    changed: list[str] = []
    for incident in incidents:
        # It serves only where it does on each machine.
        told += [(one.role, "", one.time) for one in incident.servings]
        # Of runs whose records are gone by now.
        facts |= incident.kept
    undone = undone_by(state)
    for record in all_runs(state):
        known = known_of(record)
        both = bool(domain and known.domain)
        if known.domain == domain if both else known.platform == platform:
            if record.kind in ("restore", "undo"):
                facts[record.id] = facts_of(record, undone)
            elif record.kind == "backup" and record.outcome in GOOD:
                # It may have gone before the end of one that had copied it.
                parts = _taken(record, sets.get(record.set))
                told += [(role, host, record.started) for role, host in parts]
    for run in facts.values():
        changed.append(run.finished)
        up: list[tuple[str, str]] = []
        if run.kind == "restore":
            up = [(one.role, one.time) for one in run.marks if one.cause == GONE]
        elif run.kind == "undo" and run.stands:
            for role in run.roles:
                ran = [one.time for one in run.marks if one.role == role and not one.down]
                up.append((role, max(ran, default=run.finished)))
        told += [(role, host, text) for role, text in up for host in run.hosts or ("",)]
    last: dict[tuple[str, str], datetime] = {}
    for role, host, text in told:
        moment = moment_of(text)
        if moment is not None:
            last[role, host] = max(moment, last.get((role, host), moment))
    return There(
        last=last,
        lost=[loss for incident in incidents for loss in incident.losses],
        changed=max(filter(None, map(moment_of, changed)), default=None),
    )


def _taken(backup: RunRecord, made: SetManifest | None) -> list[tuple[str, str]]:
    """The roles that a backup took, and the machines that it took them from; no machine where
    nothing tells that any more."""
    if made is not None:
        return [(role, part.name) for part in made.hosts for role in part.roles]
    events = JournalReader(backup.journal).read()
    started = start_of(events)
    return [(role, host) for role in backup.roles for host in _machines(started) or ("",)]
