"""Say how to get a usable set if the vault has none."""

from __future__ import annotations

from collections.abc import Sequence

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.sets.missing_roles import is_missing
from pryv_tui.operations.site import Site

TAKE_ONE = "Take one: pryv-tui backup"
LOST = (
    "No role of a Pryv.io platform is found here now that a backup could take: name the vault"
    " that holds its sets with --vault; to make a set from a backup taken by hand: pryv-tui adopt"
    " FOLDER"
)


def _but(lost: Sequence[str]) -> str:
    """The advice if some roles are lost: a backup of the others would not bring them back."""
    it = "it" if len(lost) == 1 else "them"
    return (
        f"{', '.join(lost)} {'is' if len(lost) == 1 else 'are'} lost, and a backup taken now"
        f" would not hold {it}: name the vault that holds a set of {it} with --vault; to make a"
        " set from a backup taken by hand: pryv-tui adopt FOLDER"
    )


def way_to_one(site: Site) -> str:
    """Look at the platform, and say what to do.

    Take a backup; or, for roles that are lost, name the vault with their sets.
    """
    try:
        found = site.discover()
    except PryvTuiError as error:
        return error.remedy
    away = next((state for state in found.hosts if not state.reachable), None)
    lost = [role for role in found.roles if is_missing(role, found)]
    if found.roles and not lost:
        return TAKE_ONE
    # A role may be on a machine whose engine does not answer: then it is not known to be lost.
    if away is not None:
        return away.remedy
    return _but(lost) if len(lost) < len(found.roles) else LOST
