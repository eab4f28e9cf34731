"""Which runs belong to an incident, and what the incident says about each run."""

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
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.kinds.containers.start import OfAContainer
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
"""The kinds of steps that copy a root's content or bring it back: it was on that machine then."""


class Known(NamedTuple):
    """The facts that decide whether a run belongs to an incident."""

    id: str
    kind: str
    asked: str
    finished: str
    going: bool
    platform: str
    domain: str


class Told(NamedTuple):
    """An incident with everything that belongs to it."""

    incident: Incident
    runs: tuple[RunFacts, ...]
    """The incident's runs, in the order in which they were asked for."""
    times: Times
    backed_up: str
    """The newest complete backup since everything lost serves again; empty if there is none."""
    planted: tuple[Simulated, ...] = ()
    """What was done to a practice platform on purpose during the incident."""
    newest: tuple[tuple[str, str, str], ...] = ()
    """By lost role: its name, the newest complete set that contains it, and the moment of its
    data."""
    accepted: Mapping[str, Acceptance] = MappingProxyType({})
    """By kind, the findings of the last audit that a person has accepted as they are."""
    within: Told | None = None
    """For a report of single runs: the incident to which all of them belong, or None."""
    parts: tuple[str, ...] = ()  # else the ids of those to which some do

    @property
    def whole(self) -> Told:
        """The incident to which all these runs belong, if there is one; else this report itself."""
        return self.within or self


def same_platform(incident: Incident, platform: str, domain: str) -> bool:
    """Whether an incident is about a platform. Domains distinguish two platforms on one engine. If
    a domain is not known, as after a loss, the platform's own name decides."""
    if domain and incident.domain:
        return domain == incident.domain
    return bool(platform) and platform == incident.platform


def belongs(incident: Incident, run: Known) -> bool:
    """Whether a run belongs to an incident: somebody named it, or it was asked for on this platform
    between the opening and the close, or it was running at the loss or later."""
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
    """Return an incident with its runs and times; runs without records come from stored facts.

    Args:
        now: the end of what still lasts, RFC 3339 UTC; empty: this moment.
    """
    moment = now or timestamp()
    records = {record.id: record for record in all_runs(state)}
    undone = undone_by(state)
    released = released_by(state, records.values())
    known = [known_of(record) for record in records.values()]
    mine = [one for one in known if belongs(incident, one)]
    facts = dict(incident.kept)
    # Others, such as the nightly backup, belong to it only until everything lost serves again: an
    # incident may stay open for months.
    meeting = [m for m in mine if kind_of(m.kind).changes_platform or m.id in incident.named]
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
        and set(incident.wanted) <= set(record.roles or incident.roles)
    ]
    accepted = accepted_of(audits_of_now(incident, runs), read_accepted(state))
    if others or accepted:
        times = reckon(incident, runs, moment, {one: told.time for one, told in accepted.items()})
    return Told(incident, runs, times, saved[-1] if saved else "", accepted=accepted)


def accepted_of(asked: Sequence[Audit], known: Accepted) -> dict[str, Acceptance]:
    """Return, by kind, which findings of the last of these audits a person accepted."""
    if not asked:
        return {}
    told = {kind: known.of(*fact) for kind, fact in asked[-1].facts.items()}
    return {kind: one for kind, one in told.items() if one is not None}


def _ordered(facts: Iterable[RunFacts]) -> tuple[RunFacts, ...]:
    return tuple(sorted(facts, key=lambda one: (one.asked, one.id)))


def known_of(record: RunRecord) -> Known:
    request = request_of(record)
    platform = ""
    # Where the request can't be read, only the domain tells the platform.
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
    """Return what a run's journal tells about the run.

    Args:
        undone: by run that was undone, the run that undid it.
        released: by run whose moved content was removed for good, the run that removed it.
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
        # A done run keeps what it moved aside for an undo; its roots are not half-changed.
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
        # The findings of the run's audit are shown as an audit: a later audit counts more.
        warnings=tuple(text for text in end.warnings if text not in looked),
        remains=tuple(line for line in end.remains if not any(one in line for one in gone)),
        aside_gone=gone,
        next=tuple(end.next),
        audit=_audit(record.id, end.live),
    )


def _with_set_aside(facts: RunFacts, record: RunRecord, events: Sequence[AnyEvent]) -> RunFacts:
    """Return an undo's facts with what it moved aside, and the places where that still exists."""
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
    """Return when the last run known here was asked for; empty if there is none."""
    known = all_runs(state)
    return known[-1].asked if known else ""


class There(NamedTuple):
    """What is known about a platform's roles on each host before they were found gone."""

    last: Mapping[tuple[str, str], datetime] = MappingProxyType({})
    """By role and host, when the role was last known to be there: a restore or an undo put it in
    place, a complete backup copied it, or a look saw it serving again. An empty host stands for
    each host that had the role then."""
    lost: Sequence[Lost] = ()
    """The losses recorded in incidents, the first one first."""
    changed: datetime | None = None
    """When the last run that changed roots ended."""
    seen: Mapping[tuple[str, str], datetime] = MappingProxyType({})
    """By role and host, when a look last saw the role's files: they can't have gone before."""

    def on(self, role: str, host: str) -> datetime | None:
        """Return when a role was last there on a host; None if that is not known."""
        told = (self.last.get((role, host)), self.last.get((role, "")))
        return max(filter(None, told), default=None)

    def anywhere(self, role: str) -> datetime | None:
        """Return when a role was last there on any host; None if that is not known."""
        return max((at for (one, _), at in self.last.items() if one == role), default=None)

    def lost_before(self, role: str, host: str, found: datetime) -> Lost | None:
        """Return the earlier loss since which a role was never there; None if there is none.

        A failed attempt to bring the role back changes its folders, even if it was reverted: by
        their times, the role would seem to be gone only since then.

        Args:
            host: the host, if the role is gone only there; else empty.
            found: the moment at which the role seems to have gone.
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
    """Return when roles were last there on each host, and which losses are known.

    Args:
        incidents: the platform's incidents, oldest first.
        platform: the platform's name, as `platform_of` returns it.
        domain: the platform's domain, if it is known.
        sets: the manifests of the platform's sets by id; they name each host's roles.
    """
    told: list[tuple[str, str, str]] = []
    facts: dict[str, RunFacts] = {}
    changed: list[str] = []
    for incident in incidents:
        # The role was on each of its machines, unless a person only accepted what it lacks.
        told += [(one.role, "", one.time) for one in incident.servings if not one.accepted]
        # The records of these runs may be gone.
        facts |= incident.kept
    undone = undone_by(state)
    for record in all_runs(state):
        known = known_of(record)
        both = bool(domain and known.domain)
        if known.domain == domain if both else known.platform == platform:
            if kind_of(record.kind).moves_roots:
                facts[record.id] = facts_of(record, undone)
            elif record.kind == "backup" and record.outcome in GOOD:
                # The role may have gone before the backup ended, but after it was copied.
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
    """Return the roles that a backup copied, each with its host; the host is empty if not known."""
    if made is not None:
        return [(role, part.name) for part in made.hosts for role in part.roles]
    events = JournalReader(backup.journal).read()
    started = start_of(events)
    return [(role, host) for role in backup.roles for host in _machines(started) or ("",)]
