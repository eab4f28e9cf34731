"""Build the plan that makes a set from a backup that was made by hand. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from pryv_tui.clock import stamp
from pryv_tui.operations.adopting.folder import Found
from pryv_tui.operations.plan import Plan, Step, numbered
from pryv_tui.operations.steps.taking.adopt_set import (
    CompleteAdopted,
    CopyAdopted,
    CountAdopted,
    OpenAdopted,
)
from pryv_tui.vault.set_names import PARTIAL, label_slug

LABEL = "adopted"


def adopted_id(taken: str, label: str, names: Collection[str]) -> str:
    """Return the id for the new set: it has the time of the backup by hand.

    With the present time, an old backup would count as the latest set.

    Args:
        taken: the time of the backup, RFC 3339.
        names: the names that already exist in the vault.
    """
    base = f"{stamp(datetime.fromisoformat(taken))}-{label_slug(label) or LABEL}"
    candidate, number = base, 2
    while candidate in names:
        candidate = f"{base}-{number}"
        number += 1
    return candidate


def adopt_plan(found: Found, *, vault: str, set_id: str) -> Plan:
    """Plan to copy a backup made by hand into the vault, and to count its content."""
    partial = f"{vault}/{set_id}{PARTIAL}"
    steps: list[Step] = [OpenAdopted(vault=vault, set_id=set_id, found=found)]
    for part in found.parts:
        destination = f"{partial}/{part.name}"
        steps.append(CopyAdopted(host=part.name, part=part, destination=destination))
        steps.append(CountAdopted(host=part.name, part=part, destination=destination))
    steps.append(CompleteAdopted(vault=vault, set_id=set_id, found=found))
    dumps = [
        f"{store} from {dump.folder}, written {dump.time}"
        for part in found.parts
        for store, dump in part.dumps.items()
    ]
    return Plan(
        kind="adopt",
        roles=found.roles,
        steps=numbered(steps),
        domain=found.domain,
        set_id=set_id,
        notice=tuple(f"Not known: {line}" for line in found.unknown),
        effects=(
            f"A set of {found.domain} as of {found.taken}: {', '.join(found.roles)}.",
            *(f"The dump of {line}." for line in dumps),
            f"The folder {found.folder} stays as it is; the set is a copy of it.",
            "The platform is not touched.",
        ),
    )
