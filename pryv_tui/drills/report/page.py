"""The content of a drill's report, for all formats. Pure.

It is made from the record and the files beside it: signatures, a review, a debrief. Account names,
addresses and secrets that were recognised were removed from the record when it was written
(`drills.privacy`). Those who took part, signed or reviewed are named.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from pryv_tui.drills import times
from pryv_tui.drills.model import Measured, Record
from pryv_tui.drills.privacy import lacks_some
from pryv_tui.drills.report.isolation import isolation_lines
from pryv_tui.drills.signing.checking import Signatures
from pryv_tui.drills.words import measured, set_name, which_set
from pryv_tui.incidents.report.page import Act, Report, Section, plain
from pryv_tui.incidents.report.timeline import Moment
from pryv_tui.incidents.words import lasted, when
from pryv_tui.operations.commands import completed
from pryv_tui.operations.drilling.facts import CheckState
from pryv_tui.phrases import counted, cut
from pryv_tui.vault.set_files import SET_JSON

TIMELINE = "Time"
"""The heading above the drawn timeline."""
LONGEST_COMMAND = 400
"""The largest number of characters of a step's commands on a page: pages of options help nobody."""


def page(record: Record, signatures: Signatures, given: tuple[str, ...] = ()) -> Report:
    """Make the report of a drill.

    Args:
        given: the options with which the program was started. The commands on the page repeat them,
            so that they act on the same platform.
    """
    sections = [
        Section("In short", pairs=tuple(_short(record, signatures))),
        Section(TIMELINE, pairs=tuple(_times(record))),
        Section("What would have been lost", tuple(_lost(record))),
        Section("Checked, expected and found", tuple(_checks(record))),
        Section("Isolation", tuple(isolation_lines(record))),
        Section("The story", tuple(_story(record))),
        Section("Steps, run and not run", acts=tuple(_steps(record))),
        Section("What was seen", moments=tuple(_seen(record))),
        Section("What is to be done", tuple(_actions(record, signatures, given))),
        Section("Accounts erased since the set", tuple(_erased(record))),
        Section("What became of the sandbox", tuple(_disposal(record))),
        Section("Set, tool and images", pairs=tuple(_made_with(record))),
        Section("On record", pairs=tuple(_on_record(record, signatures))),
    ]
    return Report(
        title=plain(f"{'SIMULATED ' if record.practice else ''}{_title(record)}"),
        state=plain(f"{signatures.warned}{_outcome(record, signatures)}: {_state(record)}"),
        made=plain(f"{banner(record, signatures)}. Recorded {when(record.when.recorded)}."),
        sections=tuple(_clean(one) for one in sections if any(one[1:])),
        down=(),
    )


def banner(record: Record, signatures: Signatures) -> str:
    """Return the line at the head of every printed sheet: the drill's id, and whether it is
    reviewed."""
    simulated = "SIMULATED" if record.practice else ""
    return " · ".join(filter(None, [f"Drill {record.id}", simulated, signatures.words]))


def _title(record: Record) -> str:
    if record.scenario is not None:
        return f"Drill: {record.scenario.title or record.scenario.name or '?'}"
    return f"Drill of {record.domain or '?'}"


def _clean(section: Section) -> Section:
    return Section(
        section.heading,
        tuple(map(plain, section.lines)),
        tuple((plain(name), plain(value)) for name, value in section.pairs),
        tuple(one.clean(plain) for one in section.moments),
        tuple(Act(plain(one.words), plain(one.command)) for one in section.acts),
    )


def _outcome(record: Record, signatures: Signatures) -> str:
    if not signatures.rejected:
        return record.outcome.upper()
    return f"{signatures.rejected}; it does not count as held. As recorded, {record.outcome}"


def _state(record: Record) -> str:
    if not record.executed:
        told = _why(record)
        proven = "nothing was executed, so nothing is proven"
        return f"{told}; {proven}" if told else f"talked through; {proven}"
    if record.outcome != "passed":
        return _why(record) or "it is not known why"
    many = counted(sum(one.state == "passed" for one in record.checks), "check")
    seconds = record.objectives.rto.seconds
    time = f" in {lasted(seconds)}" if seconds is not None else ""
    if record.plan.exercise == "scenario":
        return f"the story came to a good end{time}, {many} passed"
    beyond = sum(one.beyond for one in record.checks)
    left = f"; {counted(beyond, 'thing')} left out, each with why" if beyond else ""
    return f"the restore was done and proven{time}, {many} passed{left}"


def _why(record: Record) -> str:
    """Return the reasons for the drill's outcome, in one line; empty if there are none."""
    return "; ".join(one.rstrip(".") for one in record.outcome_why)


def _short(record: Record, signatures: Signatures) -> Iterator[tuple[str, str]]:
    plan = record.plan
    if record.simulated:
        yield "Simulated", record.simulated.removeprefix("SIMULATED: ").rstrip(".")
    depth = f", depth {plan.depth}" if plan.depth else ""
    yield "Drill", f"{record.id}: {plan.exercise}{depth} (for auditors: a {plan.level} exercise)"
    if record.plan.exercise == "sandbox":
        yield "Platform", record.domain or "not known"
    elif record.scenario is not None:
        yield "Scenario", record.scenario.title or record.scenario.name
    yield "Set", which_set(record)
    yield "Declared", when(record.when.declared)
    yield "Ended", when(record.when.ended, record.when.declared)
    for name, lines in (
        ("Objectives", plan.objectives),
        ("Scope", plan.scope),
        ("Criteria", plan.criteria),
    ):
        if lines:
            yield name, "; ".join(line.rstrip(".") for line in lines)
    yield from _fixed(record)
    people = ", ".join(f"{one.name} ({one.role})" for one in record.participants)
    yield (
        "Took part",
        people or ("nobody: it was started without a terminal" if _alone(record) else "not known"),
    )
    if record.when.every_seconds is not None:
        counts = record.counts(rejected=bool(signatures.rejected))
        due = when(record.when.next_due) if counts and record.when.next_due else NOT_ANEW
        yield "Next due", due
    yield "Review", signatures.words


NOT_ANEW = (
    "not moved by this drill: only a drill that restored a set of the platform, passed, and was not"
    " rejected sets a new date"
)


def _fixed(record: Record) -> Iterator[tuple[str, str]]:
    """Yield when the targets and criteria of the drill were fixed, and which targets are not
    set."""
    plan, told = record.plan, record.objectives
    fixed = f"before it began, {when(plan.fixed)}" if plan.fixed else "NOT before it began"
    named = [("RTO", told.rto), ("RPO", told.rpo)]
    lacks = [name for name, one in named if one.target_seconds is None]
    if len(lacks) == len(named):
        yield "Targets", "none is set"
        if plan.criteria:
            yield "Criteria fixed", fixed
    else:
        more = f"; none is set for the {lacks[0]}" if lacks else ""
        yield "Targets fixed", f"{fixed}{more}"


def _alone(record: Record) -> bool:
    return record.objectives.unattended


def _times(record: Record) -> Iterator[tuple[str, str]]:
    told, parts = record.objectives, record.objectives.split
    yield "Recovery time", measured(_honest(record))
    if parts.passed_ms:
        whole = times.milliseconds(record.when.declared, record.when.ended) or parts.passed_ms
        took = times.shown_together(parts, whole)
        alone = " (nobody took part)" if _alone(record) else ""
        yield "of it, machine", lasted(took["machine"])
        yield "of it, decisions", f"{lasted(took['decisions'])}{alone}"
        yield "of it, waiting", lasted(took["waiting"])
        reached = record.objectives.rto.seconds is not None
        if parts.sandbox_ms:
            yield "sandbox alone, not included", lasted(took["sandbox"])
        if reached:
            yield "up to the last check", f"{lasted(took['last check'])}, the sum of these"
            yield "after it", lasted(took["after"])
        yield "from declared to ended", lasted(took["whole"])
    yield "Recovery point", measured(told.rpo)
    for problem in told.problems:
        yield "Doubtful", problem


def _honest(record: Record) -> Measured:
    """Return the recovery time; none for a drill that was broken off, even if its record has
    one."""
    one = record.objectives.rto
    if not record.broken_off or one.seconds is None:
        return one
    why = "it was broken off, so there is no recovery time"
    return msgspec.structs.replace(one, seconds=None, met=None, why=why)


def _lost(record: Record) -> Iterator[str]:
    stores = record.objectives.stores
    for name, one in zip(times.called(stores), stores, strict=True):
        if one.seconds is None:
            yield f"{name}: not known, {one.why}"
        else:
            held = f"; the set has its data until {when(one.held_until)}" if one.held_until else ""
            yield (
                f"{name}: at most {lasted(one.seconds)} of writes; its newest record is of"
                f" {when(one.newest)}{held}"
            )
    if since := record.objectives.lost_from:
        yield (
            f"Counted to {when(since)}, when the run began: the set was made after the drill"
            " was requested"
        )


def _checks(record: Record) -> Iterator[str]:
    # Failed checks come first: readers look for them. Checks beyond the depth of the drill come
    # last: they do not affect its outcome.
    for one in sorted(record.checks, key=lambda one: (one.beyond, WORST_FIRST.index(one.state))):
        about = f" ({one.about})" if one.about else ""
        found = f"found {one.found}" if one.found else ""
        expected = f"expected {one.expected.rstrip('.')}" if one.expected else ""
        figures = f": {', '.join(filter(None, [expected, found]))}" if expected or found else ""
        why = f"; {one.why}" if one.why else ""
        yield f"{one.state.upper()} {one.name}{about}{figures}{why}"


WORST_FIRST: tuple[CheckState, ...] = ("failed", "could not verify", "not checked", "passed")


def _story(record: Record) -> Iterator[str]:
    told = record.scenario
    if told is None:
        return
    yield f"{told.title or told.name} (version {told.version or '?'}, seed {told.seed or '?'})"
    yield from (f"Fault: {one}" for one in told.faults)
    yield from (f"Assumed to be absent: {one}" for one in told.absent)
    for one in told.decisions:
        turn = " (a WRONG TURN)" if one.wrong else ""
        yield f"{when(one.time)}, {one.by or 'somebody'}: {one.question} {one.option}{turn}"
    yield from (f"Look missed: {one}" for one in told.gates_missed)
    yield f"{counted(told.hints, 'hint')}, {counted(told.wrong_turns, 'wrong turn')}"


def _steps(record: Record) -> Iterator[Act]:
    for number, one in enumerate(record.steps, 1):
        took = f" in {lasted(one.seconds)}" if one.seconds is not None else ""
        why = f": {one.reason}" if one.reason else ""
        began = f", {when(one.began, record.when.declared)}" if one.began else ""
        whole = "; ".join(one.command)
        more = " (longer in record.json)" if lacks_some(whole) else " (whole in record.json)"
        shown = cut(whole, LONGEST_COMMAND) + (more if len(whole) > LONGEST_COMMAND else "")
        yield Act(f"{number}. {one.state.upper()}{took}{began}: {one.title}{why}", shown)


def _seen(record: Record) -> Iterator[Moment]:
    for one in record.observations:
        kind = "" if one.kind == "observation" else f"{one.kind}: "
        yield Moment(one.time, one.kind, f"{kind}{one.text}", one.by)


def _actions(record: Record, signatures: Signatures, given: tuple[str, ...]) -> Iterator[str]:
    debrief = signatures.debrief
    if debrief is not None:
        yield f"Debriefed by {debrief.by}, {when(debrief.debriefed)}"
    for one in debrief.findings if debrief is not None else record.actions:
        if one.good:
            yield f"{one.name}, went well: {one.text}"
            continue
        closed = f"closed {when(one.closed)}: {one.closed_text}" if one.closed else "OPEN"
        due = f", due {one.due}" if one.due else ", NO DUE DATE"
        retest = f", retested by {one.retest}" if one.retest else ""
        yield f"{one.name}, {one.owner or 'NO OWNER'}{due}{retest}, {closed}: {one.text}"
    since = "the debrief was signed" if debrief is not None else "the record was written"
    after = f"To see findings added or closed since {since}: pryv-tui drill actions --all"
    yield completed(after, given)


def _erased(record: Record) -> Iterator[str]:
    told = record.erasures
    if record.plan.exercise != "sandbox":
        return
    if told.count is None:
        yield f"It is not known how many: {told.why or 'nobody counted them'}"
    elif not told.count:
        yield "None: when the live platform was checked, it had each account name of the set"
    else:
        them = "it" if told.count == 1 else "them"
        yield (
            f"{counted(told.count, 'account')}, erased since this set was made. A restore of the"
            f" set brings {them} back; somebody then has to erase {them} again. "
            + (
                f"The operator's file names {them}: {told.file}"
                if told.file
                else f"The operator's file, which would name {them}, was not written"
            )
        )


def _disposal(record: Record) -> Iterator[str]:
    if record.plan.exercise != "sandbox":
        return
    told = record.disposal
    words = {"yes": "all of it is gone", "no": "NOT all of it is gone", "not known": "NOT known"}
    yield ": ".join(filter(None, ("" if record.not_made else words[told.complete], told.why)))
    yield from (f"{when(one.when)}: {one.what} {one.told}" for one in told.what)


def _made_with(record: Record) -> Iterator[tuple[str, str]]:
    one = record.set
    unknown = f": {one.not_known}" if one.not_known and (one.id or not record.scenario) else ""
    yield "Set", f"{set_name(record)}{unknown}"
    if one.sha256:
        yield f"SHA-256 of {SET_JSON}", one.sha256
        yield "Place", one.place
        size = f"{counted(one.files, 'file')}, {counted(one.bytes, 'byte')}"
        yield "Holds", f"{', '.join(one.roles)}; {size}"
    release = f", platform {record.tool.release}" if record.tool.release else ""
    yield "Tool", f"{record.tool.tool}{release}"
    yield "SHA-256 of settings", record.tool.configuration_sha256
    for image in record.tool.images:
        yield image.service, f"{image.reference} {image.digest}"


def _on_record(record: Record, signatures: Signatures) -> Iterator[tuple[str, str]]:
    chain = record.chain
    before = f"after {chain.previous} ({chain.previous_sha256})" if chain.previous else "the first"
    yield "Number", f"{chain.number}, {before}"
    yield "Signed", f"with the key {signatures.operator}" if signatures.signed else "UNSIGNED"
    if signatures.debrief is not None:
        yield "Debrief", f"signed with the key {signatures.debriefer}"
    review = signatures.review
    if review is None:
        yield "Reviewed", "UNREVIEWED: only those who held the drill have looked at it"
    else:
        said = f": {review.text}" if review.text else ""
        yield (
            "Reviewed",
            f"{review.verdict} by {review.reviewer}, {when(review.reviewed)}, with the key"
            f" {signatures.reviewer}{said}",
        )
    compared = (
        "every text was compared with the names of the set's accounts"
        if record.privacy.names_compared
        else "texts were NOT compared with every name of the set's accounts"
    )
    why = f": {record.privacy.why}" if record.privacy.why else ""
    many = counted(record.privacy.left_out, "word was", "words were")
    yield "Personal data", f"{compared}{why}; {many} taken out"
    yield "Keep until", record.privacy.keep_until or "not known"
    for source in chain.sources:
        yield "Journal", f"{source.name}: {counted(source.bytes, 'byte')}, {source.sha256}"
    yield "Verify", "VERIFY.md beside this page says how, without pryv-tui"
