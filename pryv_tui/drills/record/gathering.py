"""Make a record from the facts in journals, the set and the settings. Pure.

A missing fact is "not known" in the record. A check counts as passed only if it is known to have
passed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import msgspec

from pryv_tui.clock import moment_of, timestamp
from pryv_tui.drills import model, times
from pryv_tui.drills.files import KIND
from pryv_tui.drills.findings import actions_of
from pryv_tui.drills.model import Record
from pryv_tui.drills.noting.kept import in_their_place
from pryv_tui.drills.record.erased import erasures_of
from pryv_tui.drills.record.judging import End, judged
from pryv_tui.drills.record.told import (
    Gathered,
    RunTold,
    Timed,
    checks_of,
    facts_of,
    newest_of_each,
    of_kind,
    told_by,
)
from pryv_tui.drills.words import another_file, unexpected
from pryv_tui.incidents.events import (
    Acted,
    CameTo,
    Closed,
    Decided,
    Gate,
    Hinted,
    Joined,
    Noted,
    Opened,
    Planned,
    StoryFile,
)
from pryv_tui.incidents.events import AnyEvent as DrillEvent
from pryv_tui.operations.drilling.facts import (
    Check,
    Disposal,
    Erased,
    Fingerprint,
    Image,
    Phase,
    Probe,
    Sandbox,
)
from pryv_tui.phrases import counted
from pryv_tui.runs.record.events import (
    Note,
    PhaseNoted,
    RunFinished,
    RunStarted,
    SandboxPlanned,
    StepFinished,
    StepStarted,
)
from pryv_tui.who import Who

NO_ONE = ("cron", "systemd", "no terminal")
"""Values of `Who.how` for a run that starts without a person at a terminal."""


def record_of(gathered: Gathered) -> Record:
    """Make the record. It still contains account names and secrets: `privacy.cleaned` removes
    them."""
    facts = facts_of(gathered)
    opened = next((one for one in gathered.events if isinstance(one, Opened)), Opened())
    planned = next((one for one in gathered.events if isinstance(one, Planned)), None)
    # The journal may have been opened after the drill, so the runs' times count as well.
    asked = [run.asked for run in gathered.runs if run.asked]
    declared = min(filter(None, [opened.time, *asked]), default="")
    checks = checks_of(facts)
    ended = _ended(gathered, facts)
    record = Record(
        id=gathered.drill,
        # A scenario is always played on a practice platform, even if the real one is configured.
        practice=opened.practice
        or (planned is not None and planned.exercise == "scenario")
        or any(one.practice for one in _starts(gathered.runs)),
        domain=opened.domain or next((one.domain for one in _starts(gathered.runs)), ""),
        plan=_plan(planned, facts),
        when=_when(planned, declared, ended, gathered.now),
        participants=_participants(gathered),
        set=gathered.set,
        tool=model.Tool(
            tool=gathered.tool,
            release=gathered.release,
            images=tuple(of_kind(facts, Image)),
            configuration_sha256=gathered.configuration_sha256,
        ),
        steps=tuple(_steps([*gathered.runs, *gathered.played])),
        checks=checks,
        scenario=_story(planned, gathered.events),
        observations=tuple(_observations(gathered)),
        actions=tuple(actions_of(gathered.events)),
        erasures=erasures_of(list(of_kind(facts, Erased)), gathered.erased_file, gathered.erased),
        chain=gathered.chain,
        privacy=model.Privacy(keep_until=_years_after(ended)),
    )
    record = msgspec.structs.replace(record, simulated=model.SIMULATED if record.practice else "")
    record = judged(
        record,
        probes=tuple(of_kind(facts, Probe)),
        fingerprints=tuple(of_kind(facts, Fingerprint)),
        disposals=tuple(of_kind(facts, Disposal)),
        ends=[End(run.id, run.state, _end(run), told_by(run)) for run in gathered.runs],
        closed=any(isinstance(one, Closed) for one in gathered.events),
        left=_left(planned, gathered.events),
        made=_made(record.plan.exercise, gathered.runs, facts),
    )
    return msgspec.structs.replace(record, objectives=_objectives(record, planned, facts, gathered))


def _made(exercise: str, runs: Sequence[RunTold], facts: Sequence[Timed]) -> bool | None:
    """Whether a sandbox was made; None if the journals don't say, or if the exercise needs none. A
    run makes a sandbox only after it has durably written that it will."""
    if exercise != "sandbox":
        return None
    if any(isinstance(one.fact, Sandbox | Disposal) for one in facts):
        return True
    drills = [run for run in runs if any(one.kind == KIND for one in _starts([run]))]
    told = bool(drills) and len(drills) == len(runs) and not any(run.unread for run in runs)
    return False if told else None


def _left(planned: Planned | None, events: Sequence[DrillEvent]) -> str | None:
    """Return the reason, possibly empty, for closing a story before its end. None for a sandbox
    drill, and if the story was not closed or had come to an end."""
    if planned is None or planned.exercise == "sandbox":
        return None
    if any(isinstance(one, CameTo) for one in events):
        return None
    return next((one.text for one in events if isinstance(one, Closed)), None)


def _starts(runs: Sequence[RunTold]) -> Iterator[RunStarted]:
    return (one for run in runs for one in run.events if isinstance(one, RunStarted))


def _end(run: RunTold) -> RunFinished | None:
    return next((one for one in reversed(run.events) if isinstance(one, RunFinished)), None)


def _ended(gathered: Gathered, facts: Sequence[Timed]) -> str:
    """Return when the drill was closed; if it was not, the time of its last event or fact."""
    closed = [one.time for one in gathered.events if isinstance(one, Closed)]
    if closed:
        return closed[-1]
    last = [run.events[-1].time for run in gathered.runs if run.events]
    return max([*last, *(one.time for one in facts)], default=gathered.now)


def _plan(planned: Planned | None, facts: Sequence[Timed]) -> model.Plan:
    sandbox = next(of_kind(facts, Sandbox), None)
    depth: str = sandbox.depth if sandbox is not None else ""
    if planned is None:
        return model.Plan(exercise="sandbox", depth=depth)
    levels: dict[str, model.Level] = {"walk-through": "tabletop"}
    depth = planned.depth or depth
    return model.Plan(
        exercise=planned.exercise,
        level=levels.get(planned.exercise, "full" if depth == "services" else "functional"),
        depth=depth,
        objectives=tuple(planned.objectives),
        scope=tuple(planned.scope),
        criteria=tuple(planned.criteria),
        fixed=planned.time,
    )


def _when(planned: Planned | None, declared: str, ended: str, now: str) -> model.When:
    every = planned.every if planned is not None else None
    last = moment_of(ended)
    due = ""
    if every is not None and last is not None:
        due = timestamp(last + timedelta(seconds=every), to="seconds")
    return model.When(
        declared=declared, ended=ended, recorded=now, every_seconds=every, next_due=due
    )


def _years_after(ended: str) -> str:
    last = moment_of(ended)
    if last is None:
        return ""
    # One year more than required, so that removing records by year never removes one too early.
    return f"{last.year + model.KEPT_YEARS + 1}-01-01"


def _participants(gathered: Gathered) -> tuple[model.Participant, ...]:
    found: dict[tuple[str, str], model.Participant] = {}

    def add(who: Who, role: str, time: str) -> None:
        if who.user or who.uid is not None:
            found.setdefault(
                (who.name, role),
                model.Participant(name=who.name, role=role, known_by=who.known_by, joined=time),
            )

    for event in gathered.events:
        if isinstance(event, Joined):
            add(event.by, event.role, event.time)
    for start in _starts(gathered.runs):
        if start.by is not None and start.by.how not in NO_ONE:
            add(start.by, "operator", start.time)
    return tuple(found.values())


def _steps(runs: Sequence[RunTold]) -> Iterator[model.StepOnRecord]:
    """Yield every step of the runs' plans, whether it was run or not."""
    for run in runs:
        began: dict[str, StepStarted] = {}
        ended: dict[str, StepFinished] = {}
        plan: dict[str, tuple[str, tuple[str, ...]]] = {}
        for event in run.events:
            if isinstance(event, RunStarted):
                plan |= {view.step: (view.title, view.command) for view in event.plan}
            elif isinstance(event, StepStarted):
                began[event.step] = event
                plan.setdefault(event.step, (event.title, tuple(event.command)))
            elif isinstance(event, StepFinished):
                ended[event.step] = event
        idle = _idle(run)
        for step, (title, command) in plan.items():
            start, end = began.get(step), ended.get(step)
            if step in idle:
                start, end = None, None
            state: model.StepState = "not run" if start is None else "not finished"
            yield model.StepOnRecord(
                run=run.id,
                step=step,
                title=title,
                command=tuple(start.command) if start is not None else command,
                state=end.outcome if end is not None else state,
                began=start.time if start is not None else "",
                seconds=end.seconds if end is not None else None,
                reason=end.reason if end is not None else "",
            )


def _idle(run: RunTold) -> set[str]:
    """Return those always-run steps of a refused drill that had nothing to look at or to remove,
    since the sandbox was not made."""
    start, end = next(_starts([run]), None), _end(run)
    made = any(isinstance(one, SandboxPlanned) for one in run.events)
    if start is None or start.kind != KIND or end is None or end.outcome != "refused" or made:
        return set()
    ended = [one for one in run.events if isinstance(one, StepFinished)]
    bad = next((at for at, one in enumerate(ended) if one.outcome != "done"), len(ended))
    return {one.step for one in ended[bad + 1 :]}


def _story(planned: Planned | None, events: Sequence[DrillEvent]) -> model.Story | None:
    if planned is None or planned.exercise == "sandbox":
        return None
    decided = [one for one in events if isinstance(one, Decided)]
    return model.Story(
        name=planned.scenario,
        title=planned.title,
        version=planned.version,
        sha256=planned.sha256,
        seed=planned.seed,
        faults=tuple(planned.faults),
        absent=tuple(planned.absent),
        decisions=tuple(
            model.Choice(
                time=one.time,
                question=one.question,
                option=one.option,
                wrong=one.wrong,
                by=one.by.name,
            )
            for one in decided
        ),
        gates_missed=tuple(one.name for one in events if isinstance(one, Gate) and not one.passed),
        hints=sum(isinstance(one, Hinted) for one in events),
        wrong_turns=sum(one.wrong for one in decided),
    )


def _observations(gathered: Gathered) -> Iterator[model.Observation]:
    planned = next((one for one in gathered.events if isinstance(one, Planned)), None)
    for event in in_their_place(gathered.events):
        if isinstance(event, Noted):
            yield model.Observation(
                time=event.time,
                text=event.text,
                by=event.by.name,
                kind="decision" if event.decision else "observation",
            )
        elif isinstance(event, Acted) and (text := unexpected(event)):
            yield model.Observation(time=event.time, text=text, kind="deviation")
        elif isinstance(event, StoryFile):
            text = another_file(planned.sha256 if planned is not None else "", event.sha256)
            yield model.Observation(time=event.time, text=text, kind="deviation")
    for run in gathered.runs:
        noted: set[str] = set()
        for told in run.events:
            if isinstance(told, Note) and told.level == "warning":
                noted.add(told.text)
                yield model.Observation(time=told.time, text=told.text, kind="deviation")
            elif isinstance(told, RunFinished):
                # A run reports each warning when it occurs, and all of them again at its end.
                for text in told.warnings:
                    if text not in noted:
                        yield model.Observation(time=told.time, text=text, kind="deviation")
        if run.unread:
            text = f"{counted(run.unread, 'line')} of the journal of {run.id} can't be read"
            yield model.Observation(time=gathered.now, text=text, kind="deviation")
    for problem in gathered.problems:
        yield model.Observation(time=gathered.now, text=problem, kind="deviation")


def _objectives(
    record: Record, planned: Planned | None, facts: Sequence[Timed], gathered: Gathered
) -> model.Objectives:
    phases = _phases(list(of_kind(facts, Phase)), gathered)
    reached = _reached(record, gathered)
    last = max((one.time for one in facts if isinstance(one.fact, Check)), default="")
    declared = record.when.declared
    parts = times.split(declared, last if reached and last else record.when.ended, phases)
    newest = newest_of_each(gathered, facts)
    settled = _settled(gathered)
    proven = bool(record.checks) and all(
        one.state == "passed" or one.beyond for one in record.checks
    )
    held = gathered.held if proven else {}
    stores = times.gone(max(declared, settled), newest, held)
    whole = times.milliseconds(declared, record.when.ended)
    starts = list(_starts(gathered.runs))
    nobody = not any(isinstance(one, Joined) for one in gathered.events) and bool(starts)
    return model.Objectives(
        rto=times.recovery_time(
            parts,
            reached=reached,
            target=planned.rto if planned is not None else None,
            executed=record.executed,
        ),
        split=parts,
        phases=tuple(phases),
        rpo=times.recovery_point(stores, planned.rpo if planned is not None else None),
        stores=stores,
        lost_from=settled if settled > declared else "",
        newest=tuple(newest),
        unattended=(planned is not None and planned.unattended)
        or (nobody and all(one.by is not None and one.by.how in NO_ONE for one in starts)),
        problems=("the clock of the machine went back: times are doubtful",)
        if whole is not None and whole < 0
        else (),
    )


def _settled(gathered: Gathered) -> str:
    """Return the start of the run if its set was made only after the drill was requested, since the
    set may contain data written after the request. Else empty."""
    if not gathered.set.newest_when_asked:
        return ""
    return max((one.time for one in _starts(gathered.runs) if one.kind == KIND), default="")


def _reached(record: Record, gathered: Gathered) -> bool:
    """Whether all runs ended well with every check passed. After a crash or a stop, passed checks
    say nothing about what was not restored yet."""
    ends = [_end(run) for run in gathered.runs]
    return (
        bool(record.checks)
        and all(one.state == "passed" or one.beyond for one in record.checks)
        and not record.broken_off
        and all(end is not None and end.outcome in ("complete", "warnings") for end in ends)
    )


def _phases(told: Sequence[Phase], gathered: Gathered) -> list[Phase]:
    """Return the phases in order of time. If a phase was recorded twice, the entry with an end is
    used. A run without phases counts completely as machine time."""
    found: dict[tuple[str, str], Phase] = {}
    for one in told:
        before = found.get((one.name, one.began))
        if before is None or one.ended:
            found[one.name, one.began] = one
    phases = list(found.values())
    for run in gathered.runs:
        if any(isinstance(event, PhaseNoted) for event in run.events):
            continue
        start, end = next(_starts([run]), None), _end(run)
        if start is not None:
            last = end.time if end is not None else run.events[-1].time
            phases.append(Phase(name=run.id, began=start.time, ended=last, of="machine"))
    return sorted(phases, key=lambda one: one.began)
