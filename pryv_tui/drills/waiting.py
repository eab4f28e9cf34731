"""The drills that are known here, with what stands beside each record; which of them wait for
somebody who stands for them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

from pryv_tui.drills.files import all_drills, read_record
from pryv_tui.drills.model import Record
from pryv_tui.drills.noting.under_way import planned_of
from pryv_tui.drills.signing.checking import Signatures, signatures_of
from pryv_tui.drills.signing.standing import Odd, Standing
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.incident import Incident

Act = Literal["sign", "review"]


class Known(NamedTuple):
    """A drill in a list."""

    drill: Incident
    record: Record | None
    """None where there is none yet, it can't be read, or it is not what was written."""
    signatures: Signatures
    problem: PryvTuiError | None = None
    """Why its record can't be read, or counts as none."""
    odd: Odd | None = None
    """Its record is not what was written: nothing is told of what it says."""
    exercise: str = ""
    """What one is that has no record yet: `sandbox`, `scenario`, `walk-through`; empty where its
    journal does not tell."""

    def waits_for(self, act: Act) -> bool:
        # Of what was refused before anything was made there is nothing that somebody stands for:
        # who names it can sign it all the same.
        if self.record is None or self.record.outcome == "refused":
            return False
        signed = self.signatures.signed
        return not signed if act == "sign" else signed and self.signatures.review is None


def known_drills(state: Path) -> list[Known]:
    """Every drill of a state folder, the oldest first, whatever came of it."""
    found = []
    drills = all_drills(state)
    standing = Standing(state) if drills else None
    for drill in drills:
        folder = Path(drill.folder)
        record, problem = None, None
        try:
            filed = read_record(folder)
            record = filed.record if filed is not None else None
        except PryvTuiError as error:
            problem = error
        signatures, odd = signatures_of(folder), None
        if record is not None and standing is not None and (why := standing.why(drill.id)):
            odd = Odd(drill.id, why)
            record, problem = None, odd.problem
            signatures = signatures._replace(wrong=why, review=None)
        planned = planned_of(folder) if record is None and problem is None else None
        exercise = planned.exercise if planned is not None else ""
        found.append(Known(drill, record, signatures, problem, odd, exercise))
    return found


def gone_from(state: Path) -> list[Odd]:
    """The drills whose record was written, and is not there any more."""
    return [one for one in Standing(state).odd if one.gone]


def waiting_for(state: Path, act: Act) -> list[str]:
    """The ids of those with a record that is not signed, or signed and not reviewed; the oldest
    first."""
    return [one.drill.id for one in known_drills(state) if one.waits_for(act)]
