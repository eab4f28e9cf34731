"""The drills that are known here, with what stands beside each record; which of them wait for
somebody who stands for them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

from pryv_tui.drills.files import all_drills, read_record
from pryv_tui.drills.model import Record
from pryv_tui.drills.signing.checking import Signatures, signatures_of
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.incident import Incident

Act = Literal["sign", "review"]


class Known(NamedTuple):
    """A drill in a list."""

    drill: Incident
    record: Record | None
    """None where there is none yet, or it can't be read."""
    signatures: Signatures
    problem: PryvTuiError | None = None
    """Why its record can't be read."""

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
    for drill in all_drills(state):
        folder = Path(drill.folder)
        record, problem = None, None
        try:
            filed = read_record(folder)
            record = filed.record if filed is not None else None
        except PryvTuiError as error:
            problem = error
        found.append(Known(drill, record, signatures_of(folder), problem))
    return found


def waiting_for(state: Path, act: Act) -> list[str]:
    """The ids of those with a record that is not signed, or signed and not reviewed; the oldest
    first."""
    return [one.drill.id for one in known_drills(state) if one.waits_for(act)]
