"""Drills in a few words: a row of a list, and the same for programs. Pure."""

from __future__ import annotations

from typing import Any

from pryv_tui.clock import shown
from pryv_tui.drills.model import Record
from pryv_tui.incidents.incident import Incident
from pryv_tui.incidents.words import lasted
from pryv_tui.sanitize import one_line

HEADING = ("drill", "kind", "declared", "outcome", "recovery time", "stood for", "set")


def row(drill: Incident, record: Record | None, signatures: str) -> tuple[str, ...]:
    """A drill in a list.

    Args:
        signatures: who stands for it, in words.
    """
    if record is None:
        return (drill.id, "-", shown(drill.opened), "not recorded yet", "-", "-", "-")
    seconds = record.objectives.rto.seconds
    return (
        record.id,
        record.plan.exercise + (" (SIMULATED)" if record.practice else ""),
        shown(record.when.declared),
        record.outcome,
        lasted(seconds) if seconds is not None else "-",
        one_line(signatures).lower(),
        one_line(record.set.id) or "-",
    )


def in_json(drill: Incident, record: Record | None) -> dict[str, Any]:
    """The same for programs (docs/formats.md)."""
    told: dict[str, Any] = {
        "id": drill.id,
        "domain": drill.domain,
        "practice": drill.practice,
        "declared": drill.opened,
        "exercise": None,
        "outcome": None,
        "outcome_why": [],
        "ended": None,
        "set": None,
        "rto_seconds": None,
        "rto_met": None,
        "rpo_seconds": None,
        "rpo_met": None,
        "next_due": None,
    }
    if record is None:
        return told
    return told | {
        "practice": record.practice,
        "declared": record.when.declared,
        "exercise": record.plan.exercise,
        "outcome": record.outcome,
        "outcome_why": list(record.outcome_why),
        "ended": record.when.ended or None,
        "set": record.set.id or None,
        "rto_seconds": record.objectives.rto.seconds,
        "rto_met": record.objectives.rto.met,
        "rpo_seconds": record.objectives.rpo.seconds,
        "rpo_met": record.objectives.rpo.met,
        "next_due": record.when.next_due or None,
    }
