"""List the drills of a state folder with their signatures, and those that are still to be signed or
reviewed."""

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
    """The drill's record; None if there is none yet, it can't be read, or it was edited."""
    signatures: Signatures
    problem: PryvTuiError | None = None
    """Why the record can't be read, or does not count."""
    odd: Odd | None = None
    """The fault of an edited record, whose content is not shown; None if it was not edited."""
    exercise: str = ""
    """The kind of a drill without a record: `sandbox`, `scenario` or `walk-through`; empty if the
    journal does not say."""

    def waits_for(self, act: Act) -> bool:
        # A refused drill did nothing, so nobody is asked to sign it; it can still be signed by its
        # id.
        if self.record is None or self.record.outcome == "refused":
            return False
        signed = self.signatures.signed
        return not signed if act == "sign" else signed and self.signatures.review is None


def known_drills(state: Path) -> list[Known]:
    """Return every drill of a state folder, oldest first."""
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
    """Return the drills whose record was written and is now missing."""
    return [one for one in Standing(state).odd if one.gone]


def waiting_for(state: Path, act: Act) -> list[str]:
    """Return the ids of drills that are not signed yet (`sign`), or are signed and not reviewed yet
    (`review`), oldest first."""
    return [one.drill.id for one in known_drills(state) if one.waits_for(act)]
