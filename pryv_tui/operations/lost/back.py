"""Record what a look saw while no run was active.

That is: which roles are here, which losses servers reported, and which accepted losses are over. A
later loss is a new one, whichever set has the data.
"""

from __future__ import annotations

import contextlib

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.acceptance import key_of, withdraw
from pryv_tui.operations.emptied.gone import GONE
from pryv_tui.operations.emptied.here import Found
from pryv_tui.operations.emptied.told import keep_told
from pryv_tui.operations.lost.seen import note_roles
from pryv_tui.operations.lost.words import is_away
from pryv_tui.operations.sets.missing_roles import is_missing
from pryv_tui.operations.site import Site

THERE_AGAIN = "what was gone is there again"
NOT_FOUND_GONE = "what the newest set that counts holds is not found gone"
"""Either the data is there again, or a set that was made without it counts now."""


def note_look(site: Site, deployment: Deployment, found: Found) -> None:
    """Record what later looks need to know. A state folder that can't be written is no error.

    Args:
        found: see `end_accepted`.
    """
    note_roles(site, deployment)
    end_accepted(site, deployment, found)
    keep_told(site, deployment, found.every, found.looked)


def end_accepted(site: Site, deployment: Deployment, found: Found) -> None:
    """Withdraw acceptances that no longer apply: the roles are here again, or lack nothing now.

    If the state folder can't be written, the next look tries again.

    Args:
        found: the result of a look while no run was active. It lists a role as there only if its
            stores were asked.
    """
    known = [one.key for one in site.accepted.known()]
    if not known:
        return
    over = {key_of(GONE, host, role) for role, host in found.there}
    over |= {key for key in known if _here_again(key, deployment)}
    for key in known:
        if key in over:
            with contextlib.suppress(PryvTuiError):
                withdraw(site.state, key, why=THERE_AGAIN if is_away(key) else NOT_FOUND_GONE)


def _here_again(key: str, deployment: Deployment) -> bool:
    """Whether an acceptance key is about missing roles, and each of them is here again.

    False while a machine can't be reached.
    """
    roles = key.split("/")[1:]
    every = all(state.reachable for state in deployment.hosts)
    return is_away(key) and every and not any(is_missing(role, deployment) for role in roles)
