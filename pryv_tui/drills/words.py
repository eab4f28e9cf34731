"""Drills in a few words: a row of a list, and the same for programs. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pryv_tui.clock import shown
from pryv_tui.drills.model import Measured, Record
from pryv_tui.incidents.incident import Incident
from pryv_tui.incidents.words import lasted, when
from pryv_tui.sanitize import one_line

if TYPE_CHECKING:
    from pryv_tui.drills.files import Filed
    from pryv_tui.drills.signing.checking import Signatures

SPOILT = "can't be read"
EDITED = "EDITED"
"""Of a record that is not what was written: what it says of an outcome is told nowhere."""
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
    """A drill in a list.

    Args:
        exercise: what one is that has no record yet; empty where that is not known.
        signatures: who stands for it, in words.
        rejected: its reviewer does not accept it.
        spoilt: there is a record, which can't be read.
        edited: there is one, which is not what was written.
    """
    # When it was declared stands in the record: its journal may have been opened at its end.
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
    """Which drill is meant, to whoever is about to stand for it."""
    if record is None:
        return f"{drill.id}, {shown(drill.opened)}: it has no record yet"
    of = f" of the set {one_line(record.set.id)}" if record.set.id else ""
    why = f": {one_line(record.outcome_why[0])}" if record.outcome_why else ""
    return (
        f"{record.id}, {shown(record.when.declared)}: {record.plan.exercise}{of},"
        f" {record.outcome.upper()}{why}"
    )


def next_steps(record: Record, *, signed: bool = False, has_key: bool = False) -> list[str]:
    """What is done with the record of a drill that is over, each with its command.

    Args:
        signed: it is signed already.
        has_key: the configuration names the operator's key.
    """
    drill = record.id
    read = f"Read it: pryv-tui drill report {drill}"
    if record.outcome == "refused":
        # Nothing of it was held.
        return [read]
    return [
        read,
        f"Write down what was found: pryv-tui drill actions add {drill} TEXT",
        *([] if signed else [f"Sign it: {sign_command(drill, has_key=has_key)}"]),
        f"Somebody else reviews it: pryv-tui drill review {drill} --key KEY",
    ]


def sign_command(drill: str, *, has_key: bool) -> str:
    """What signs a drill; where the configuration names the operator's key, none is asked for."""
    return f"pryv-tui drill sign {drill}" if has_key else f"pryv-tui drill sign {drill} --key KEY"


def recovery_seconds(record: Record) -> float | None:
    """The recovery time; None of a drill that was broken off, whatever an older program wrote into
    its record."""
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
    """The same for programs (docs/formats.md).

    Args:
        exercise: as above.
        reviewed: its reviewer's verdict.
        problem: why its record can't be read, or counts as none.
        run: how the run stands of one that is not on record at all: `starting`, `running`, `ended`,
            `died`.
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
    """A record that was signed, for programs (docs/formats.md)."""
    return {
        "drill": filed.record.id,
        "record_sha256": filed.sha256,
        "operator": told.operator,
        "debriefer": told.debriefer or None,
        "findings": len(told.debrief.findings) if told.debrief is not None else 0,
        "record": str(filed.folder),
    }


def stopped_in_json(filed: Filed) -> dict[str, Any]:
    """A scenario that was broken off, for programs (docs/formats.md)."""
    record = filed.record
    return {
        "id": record.id,
        "scenario": record.scenario.name if record.scenario is not None else None,
        "outcome": record.outcome,
        "outcome_why": list(record.outcome_why),
        "record": str(filed.folder),
    }


def which_set(record: Record) -> str:
    """The same, with when it was made, and why it was this one."""
    return f"{set_name(record)}{_made(record)}{_why_this(record)}"


def set_name(record: Record) -> str:
    """Which set it was about; a scenario has sets of its own, which go with its platform."""
    if record.set.id or record.plan.exercise != "scenario":
        return record.set.id or "none"
    return "of the practice platform, which is gone; the steps name it"


def _made(record: Record) -> str:
    return f", made {when(record.set.created)}" if record.set.created else ""


def _why_this(record: Record) -> str:
    """Why it was this set, where nobody named it."""
    one = record.set
    if one.chosen != "newest" or not one.id:
        return ""
    before = f"; {one.newest_when_asked} when it was asked for" if one.newest_when_asked else ""
    return f", the newest one when it began{before}"


def measured(one: Measured) -> str:
    """What was measured, beside its target, and whether that was met."""
    target = f"target {lasted(one.target_seconds)}" if one.target_seconds is not None else ""
    found = lasted(one.seconds) if one.seconds is not None else "not known"
    judged = {True: "MET", False: "MISSED", None: "not judged"}[one.met]
    if target.endswith(f" {found}") and one.met is False:
        judged = f"MISSED by {_over(one)}"
    return ", ".join(filter(None, [found, target, judged])) + (f": {one.why}" if one.why else "")


def _over(one: Measured) -> str:
    """By how much a target was missed, where the two are shown alike."""
    over = (one.seconds or 0.0) - (one.target_seconds or 0.0)
    return lasted(over) if over >= 0.1 else "less than 0.1 s"
