"""Choose the set that a sandbox drill restores."""

from __future__ import annotations

from collections.abc import Callable

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.comparing.meant import meant
from pryv_tui.operations.guards.line import GuardLine, waited_for
from pryv_tui.operations.kind import World
from pryv_tui.operations.kinds.drill import Drill
from pryv_tui.operations.sets.known_vaults import look
from pryv_tui.operations.sets.no_set import way_to_one
from pryv_tui.operations.site import Site
from pryv_tui.runs.planning.past import Journals
from pryv_tui.runs.planning.request import PREVIEW
from pryv_tui.vault.sets import BackupSet


def set_to_drill(
    where: Site, set_name: str, tell: Callable[[str], None] | None = None
) -> BackupSet:
    """Find the set to drill by its name. If no set can be drilled, the error's remedy says how to
    get one (for example by a backup), not which sets are damaged.

    Args:
        tell: called with what the operator has to know about the set that `latest` named.

    Raises:
        PryvTuiError: `set-unknown`; `refused`, the set can't be restored.
    """
    known = where.vault.sets()
    lost = not any(one.usable for one in known) and look(where) is None
    try:
        found, note = meant(where, set_name)
    except PryvTuiError as error:
        if error.name != "set-unknown" or not lost:
            raise
        newest = f": {known[-1].id} is {known[-1].state}: {known[-1].problem}" if known else ""
        raise PryvTuiError(error.name, error.what + newest, way_to_one(where)) from error
    if note and tell is not None:
        tell(note)
    why = found.why_not("restore")
    if why is not None:
        remedy = way_to_one(where) if lost else why.remedy
        if lost and found.state == "damaged" and found.manifest is not None:
            remedy = (
                f"{remedy}; or, if this set was repaired, check it again: pryv-tui verify"
                f" {found.id}"
            )
        raise PryvTuiError("refused", why.what, remedy)
    return found


def would_wait_for(where: Site, set_id: str) -> list[GuardLine]:
    """Return what a drill of this set would have to wait for. Empty if it can begin now, or if
    something blocks it that does not pass by itself: the run then reports that.

    Args:
        set_id: the set's full id.
    """
    deployment = where.discover()
    request = Drill(settings=where.settings, set_id=set_id)
    world = World(where, deployment, Journals(where, deployment), PREVIEW)
    try:
        return waited_for(request.in_its_way(request.plan(world), world))
    except PryvTuiError:
        return []
