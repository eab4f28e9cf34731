"""What a person has accepted as gone ends when it is there again: what goes after that is another
loss, whatever set holds it."""

from __future__ import annotations

import contextlib

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.acceptance import key_of, withdraw
from pryv_tui.operations.emptied.gone import GONE
from pryv_tui.operations.emptied.here import Found
from pryv_tui.operations.lost.words import AWAY
from pryv_tui.operations.sets.missing_roles import is_missing
from pryv_tui.operations.site import Site

THERE_AGAIN = "what was gone is there again"
NOT_GONE = "what the newest set that counts holds is not found gone"
"""Data may be there again, or a set that was made without it may count by now."""


def end_accepted(site: Site, deployment: Deployment, found: Found) -> None:
    """Write down that acceptances no longer count, of roles that are here again, or lack nothing by
    now; as far as the state folder can be written: what can't be is tried again at the next look.

    Args:
        found: of a look while no run was at work. It names a role as there only where its stores
            were asked.
    """
    known = [one.key for one in site.accepted.known()]
    if not known:
        return
    over = {key_of(GONE, host, role) for role, host in found.there}
    over |= {key for key in known if _here_again(key, deployment)}
    for key in known:
        if key in over:
            with contextlib.suppress(PryvTuiError):
                away = key.split("/")[0] == AWAY
                withdraw(site.state, key, why=THERE_AGAIN if away else NOT_GONE)


def _here_again(key: str, deployment: Deployment) -> bool:
    """Whether a key is about roles that were not here, and each of them is."""
    kind, *roles = key.split("/")
    every = all(state.reachable for state in deployment.hosts)
    return kind == AWAY and every and not any(is_missing(role, deployment) for role in roles)
