"""The casualties of the timing gap, in words: every kind, its consequence, what to do. Pure."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.operations.audit.from_set import Audit
from pryv_tui.platform.casualties import KINDS, commands_or_why
from pryv_tui.tui.text.words import count, number

SHOWN = 100
"""How many names of each kind are shown; the table beside the set has all of them."""


def audit_text(found: Audit, set_id: str, domain: str, table: Path | None) -> str:
    """Return all that an audit found, and what it could not check, as text.

    Args:
        table: the file beside the set with the whole list; None if there is none.
    """
    total = count(found.total, "casualty", "casualties")
    told = total if found.total else found.none_found
    lines = [f"Audit of {set_id}: {told}"]
    for each in KINDS:
        names = found.names(each.group, each.name)
        if not names:
            continue
        lines += ["", f"{each.title}: {number(len(names))}".capitalize()]
        lines += [f"  {each.consequence}", f"  What to do: {each.remedy}"]
        for name in names[:SHOWN]:
            lines.append(f"  - {found.shown(name)}")
            lines += [f"      {line}" for line in commands_or_why(each, name, domain)]
        if len(names) > SHOWN:
            lines.append(f"  and {number(len(names) - SHOWN)} more in the table")
    if found.not_checked:
        lines += ["", "Not checked"]
        lines += [f"  - {item.what}: {item.why}" for item in found.not_checked]
    if table is not None:
        lines += [
            "",
            f"The whole list: {table}",
            "This is how it is after a restore of this set; until then all of it may be well.",
        ]
    return "\n".join(lines)
