"""Descriptions of drills: a row of a list, a line, or JSON for programs. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pryv_tui.clock import shown
from pryv_tui.drills.model import Measured, Record
from pryv_tui.incidents.events import Acted
from pryv_tui.incidents.incident import Incident
from pryv_tui.incidents.words import lasted, when
from pryv_tui.sanitize import one_line

if TYPE_CHECKING:
    from pryv_tui.drills.files import Filed
    from pryv_tui.drills.signing.checking import Signatures

SPOILT = "can't be read"
EDITED = "EDITED"
"""The outcome column for an edited record, whose own outcome is not trusted and never shown."""
NOT_EXECUTED = "not executed"
"""The outcome of an act or a check of a walk-through."""
HEADING = ("drill", "kind", "declared", "outcome", "recovery time", "stood for", "set")


def row(
    drill: Incident,
    record: Record | None,
    signatures: str,
    *,
    rejected: bool = False,
    spoilt: bool = False,
    edited: bool = False,
    exercise: str = "",
) -> tuple[str, ...]:
    """Return a drill as the cells of a row under `HEADING`.

    Args:
        exercise: the kind of a drill without a record; empty if not known.
        signatures: who signed the record, in words.
        rejected: whether the reviewer rejected the record.
        spoilt: whether the record can't be read.
        edited: whether the record was edited.
    """
    # The time of the declaration is taken from the record: a journal may be created only at the
    # end.
    if edited:
        return (drill.id, "-", "-", EDITED, "-", one_line(signatures), "-")
    if spoilt:
        return (drill.id, "-", "-", SPOILT, "-", "-", "-")
    if record is None:
        kind = _kind(exercise, practice=drill.practice or exercise == "scenario")
        return (drill.id, kind, shown(drill.opened), "not recorded yet", "-", "-", "-")
    seconds = recovery_seconds(record)
    return (
        record.id,
        _kind(record.plan.exercise, practice=record.practice),
        shown(record.when.declared),
        f"{record.outcome}, REJECTED" if rejected else record.outcome,
        lasted(seconds) if seconds is not None else "-",
        one_line(signatures),
        one_line(record.set.id) or "-",
    )


def _kind(exercise: str, *, practice: bool) -> str:
    return exercise + (" (SIMULATED)" if practice else "") if exercise else "-"


def in_a_line(drill: Incident, record: Record | None) -> str:
    """Return a drill in one line, for the person who is about to sign it."""
    if record is None:
        return f"{drill.id}, {shown(drill.opened)}: it has no record yet"
    of = f" of the set {one_line(record.set.id)}" if record.set.id else ""
    why = f": {one_line(record.outcome_why[0])}" if record.outcome_why else ""
    return (
        f"{record.id}, {shown(record.when.declared)}: {record.plan.exercise}{of},"
        f" {record.outcome.upper()}{why}"
    )


def next_steps(record: Record, *, signed: bool = False, has_key: bool = False) -> list[str]:
    """Return the next steps with the record of a finished drill, each with its command.

    Args:
        signed: whether the record is already signed.
        has_key: whether the configuration names the operator's key.
    """
    drill = record.id
    read = f"Read it: pryv-tui drill report {drill}"
    if record.outcome == "refused":
        # A refused drill did nothing: there is nothing to sign.
        return [read]
    return [
        read,
        f"Write down what was found: pryv-tui drill actions add {drill} TEXT",
        *([] if signed else [f"Sign it: {sign_command(drill, has_key=has_key)}"]),
        f"Somebody else reviews it: pryv-tui drill review {drill} --key KEY",
    ]


def sign_command(drill: str, *, has_key: bool) -> str:
    """Return the command that signs a drill; without `--key` if the configuration names a key."""
    return f"pryv-tui drill sign {drill}" if has_key else f"pryv-tui drill sign {drill} --key KEY"


def recovery_seconds(record: Record) -> float | None:
    """Return the recovery time in seconds. None for a drill that was broken off, even if an older
    program wrote a time into its record."""
    return None if record.broken_off else record.objectives.rto.seconds


def in_json(
    drill: Incident,
    record: Record | None,
    *,
    signed: bool = False,
    reviewed: str | None = None,
    problem: str = "",
    run: str = "",
    exercise: str = "",
) -> dict[str, Any]:
    """Return a drill as JSON for programs (docs/formats.md).

    Args:
        exercise: the kind of a drill without a record; empty if not known.
        reviewed: the reviewer's verdict; None without a review.
        problem: why the record can't be read, or does not count.
        run: the state of the run of a drill without a record: `starting`, `running`, `ended` or
            `died`; else empty.
    """
    told: dict[str, Any] = {
        "id": drill.id,
        "domain": drill.domain,
        "practice": drill.practice,
        "declared": drill.opened,
        "exercise": exercise or None,
        "outcome": None,
        "outcome_why": [],
        "ended": None,
        "set": None,
        "rto_seconds": None,
        "rto_met": None,
        "rpo_seconds": None,
        "rpo_met": None,
        "next_due": None,
        "signed": signed,
        "reviewed": reviewed,
        "counts": False,
        "problem": problem or None,
        "run": run or None,
    }
    if record is None:
        return told
    counts = record.counts(rejected=reviewed == "rejected")
    return told | {
        "practice": record.practice,
        "declared": record.when.declared,
        "exercise": record.plan.exercise,
        "outcome": record.outcome,
        "outcome_why": list(record.outcome_why),
        "ended": record.when.ended or None,
        "set": record.set.id or None,
        "rto_seconds": recovery_seconds(record),
        "rto_met": record.objectives.rto.met,
        "rpo_seconds": record.objectives.rpo.seconds,
        "rpo_met": record.objectives.rpo.met,
        "next_due": (record.when.next_due or None) if counts else None,
        "counts": counts,
    }


def signed_in_json(filed: Filed, told: Signatures) -> dict[str, Any]:
    """A signed record as JSON for programs (docs/formats.md)."""
    return {
        "drill": filed.record.id,
        "record_sha256": filed.sha256,
        "operator": told.operator,
        "debriefer": told.debriefer or None,
        "findings": len(told.debrief.findings) if told.debrief is not None else 0,
        "record": str(filed.folder),
    }


def stopped_in_json(filed: Filed) -> dict[str, Any]:
    """A scenario that was broken off, as JSON for programs (docs/formats.md)."""
    record = filed.record
    return {
        "id": record.id,
        "scenario": record.scenario.name if record.scenario is not None else None,
        "outcome": record.outcome,
        "outcome_why": list(record.outcome_why),
        "record": str(filed.folder),
    }


def which_set(record: Record) -> str:
    """Return the set that was drilled: its name, when it was made, and why it was chosen."""
    return f"{set_name(record)}{_made(record)}{_why_this(record)}"


def set_name(record: Record) -> str:
    """Return the id of the drilled set. A scenario has none: its sets were deleted with its
    platform."""
    if record.set.id or record.plan.exercise != "scenario":
        return record.set.id or "none"
    return "a set of the practice platform, which was removed; the steps name the set"


def _made(record: Record) -> str:
    return f", made {when(record.set.created)}" if record.set.created else ""


def _why_this(record: Record) -> str:
    """Return why this set was drilled; empty if an operator named it, or the reason is not
    known."""
    one = record.set
    if one.chosen != "newest" or not one.id:
        return ""
    before = (
        f"; {one.newest_when_asked} was the newest when the drill was requested"
        if one.newest_when_asked
        else ""
    )
    return f", the newest one when it began{before}"


def measured(one: Measured) -> str:
    """Return a measured time, its target, and whether the target was met."""
    target = f"target {lasted(one.target_seconds)}" if one.target_seconds is not None else ""
    found = lasted(one.seconds) if one.seconds is not None else "not known"
    judged = {True: "MET", False: "MISSED", None: "not judged"}[one.met]
    if target.endswith(f" {found}") and one.met is False:
        judged = f"MISSED by {_over(one)}"
    return ", ".join(filter(None, [found, target, judged])) + (f": {one.why}" if one.why else "")


def _over(one: Measured) -> str:
    """Return by how much a target was missed; needed if both are shown as the same rounded time."""
    over = (one.seconds or 0.0) - (one.target_seconds or 0.0)
    return lasted(over) if over >= 0.1 else "less than 0.1 s"


def unexpected(event: Acted) -> str:
    """Return a sentence about an outcome that the story did not expect; empty if it was
    expected."""
    if not event.expected or event.outcome in (*event.expected, NOT_EXECUTED):
        return ""
    expected = " or ".join(event.expected)
    return f"The result of {event.what} was {event.outcome}, but the story expected {expected}."


def another_file(began: str, now: str) -> str:
    """Return a sentence about a scenario's file that was changed while its drill was open.

    Args:
        began: the file's SHA-256 when the drill began.
        now: its SHA-256 now; empty if it can't be read.
    """
    if not now:
        return (
            "The scenario's file is gone, or can't be read: its SHA-256 was"
            f" {began} when the drill began."
        )
    if now == began:
        return f"The scenario's file is again the same as when the drill began, SHA-256 {now}."
    return (
        "The scenario's file has changed since the drill began: its SHA-256 was"
        f" {began}, and is {now}."
    )
