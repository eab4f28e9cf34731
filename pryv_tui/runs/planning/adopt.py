"""The plan of an adoption: a folder is read, and its set gets its name."""

from __future__ import annotations

from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.adopting.folder import AdoptChoices, look
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.plans.adopt import adopt_plan, adopted_id
from pryv_tui.operations.site import Site
from pryv_tui.vault.set_names import check_label


def plan_adopt(
    site: Site, deployment: Deployment, choices: AdoptChoices, *, label: str = ""
) -> Plan:
    """The plan that makes a set of a folder which was backed up by hand.

    Raises:
        PryvTuiError: `usage`, the label or the time can't be used; `refused`, see `adopting.look`.
    """
    check_label(label)
    found = look(choices, deployment, site.vault.folder)
    set_id = adopted_id(found.taken, label, site.vault.names())
    return adopt_plan(found, vault=str(site.vault.folder), set_id=set_id)
