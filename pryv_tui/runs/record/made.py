"""Whether the set that a run names is one: a backup that failed names what it had begun, of which a
folder may lie in the vault that is no set, or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pryv_tui.runs.record.history import RunRecord, request_of
from pryv_tui.vault.set_names import PARTIAL

SetState = Literal["complete", "partial", "none"]
MAKES = ("backup", "adopt", "fetch")
"""Kinds that make the set that they name."""
_GOOD = ("complete", "warnings")


def set_state(record: RunRecord) -> SetState | None:
    """What lies in the vault of that which a run was to make, and did not come to its end with;
    None where it did, where it goes on, where it names no set of its own, and where nobody can
    tell."""
    if record.kind not in MAKES or not record.set or record.outcome in _GOOD:
        return None
    if record.state in ("starting", "running"):
        return None
    request = request_of(record)
    if request is None:
        return None
    vault = Path(request.settings.vault)
    try:
        if not vault.is_dir():
            return None
        if (vault / record.set).is_dir():
            return "complete"
        return "partial" if (vault / f"{record.set}{PARTIAL}").is_dir() else "none"
    except OSError:
        return None


def set_words(record: RunRecord) -> str:
    """The set that a run names, as it lies in the vault; empty where there is none."""
    state = set_state(record)
    if state == "none":
        return ""
    return f"{record.set}{PARTIAL}" if state == "partial" else record.set
