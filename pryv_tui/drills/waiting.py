"""Which drills wait for somebody who stands for them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pryv_tui.drills.files import all_drills, read_record
from pryv_tui.drills.signing.checking import signatures_of
from pryv_tui.errors import PryvTuiError

Act = Literal["sign", "review"]


def waiting_for(state: Path, act: Act) -> list[str]:
    """The ids of those with a record that is not signed, or signed and not reviewed; the oldest
    first."""
    found = []
    for drill in all_drills(state):
        folder = Path(drill.folder)
        try:
            if read_record(folder) is None:
                continue
        except PryvTuiError:
            continue
        told = signatures_of(folder)
        if not told.signed if act == "sign" else told.signed and told.review is None:
            found.append(drill.id)
    return found
