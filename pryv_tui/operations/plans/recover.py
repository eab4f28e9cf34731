"""Build the plan that puts back what a dead run changed: containers, dump folders. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import Plan, Step, numbered
from pryv_tui.operations.services.standing import called_now, standing
from pryv_tui.operations.steps.services.hold_platform import ReleaseHold
from pryv_tui.operations.steps.services.restart_policy import GiveRestarts
from pryv_tui.operations.steps.services.start_services import StartServices, again_step
from pryv_tui.operations.steps.taking.prepare_dump import PutBackDump


def recover_plan(
    deployment: Deployment,
    *,
    dead_run: str,
    outstanding: Sequence[Owed],
    unwell: Mapping[str, Mapping[str, str]] | None = None,
    last: str = "",
) -> Plan:
    """Plan to put back what a dead run has changed, for a run that changed no root.

    Paused containers are released first, then dump folders and restart policies are put back, then
    containers are started.

    Args:
        outstanding: the journal's records of what the run has to put back ("debts").
        unwell: by host, the containers that were unhealthy before that run, with the reason.
        last: the time of the run's last journal entry, RFC 3339.

    Raises:
        PryvTuiError: `refused`, one of the run's hosts is not part of this platform now.
    """
    # First release the containers that are paused, because users can't get in.
    steps: list[Step] = [
        ReleaseHold(host=item.host, container=item.what, how="unpause")
        for item in outstanding
        if item.kind == "unpause" and deployment.host(item.host) is not None
    ]
    for item in outstanding:
        state = deployment.host(item.host)
        if state is None:
            raise PryvTuiError(
                "refused",
                f"the host {item.host} of the run {dead_run} is not part of this platform now",
                "Declare it in the configuration file again.",
            )
        if item.kind == "dump":
            store = item.where.rsplit("/", 1)[-1]
            steps.append(
                PutBackDump(host=item.host, store=store, folder=item.what, aside=item.where)
            )
    taken: dict[str, dict[str, str]] = {}
    for item in outstanding:
        if item.kind == "restart-policy":
            taken.setdefault(item.host, {})[item.what] = item.where
    steps += [GiveRestarts(host=host, policies=found) for host, found in taken.items()]
    for host in dict.fromkeys(item.host for item in outstanding if item.kind == "start"):
        names = [item.what for item in outstanding if (item.kind, item.host) == ("start", host)]
        state = deployment.host(host)
        now = standing(state, names, unwell=(unwell or {}).get(host))
        again = dict.fromkeys(called_now(state, name) for name in names)
        own = tuple(name for name in again if name not in now.others)
        if own:
            step = again_step(host, state.root or "" if state else "", own, now)
            steps.append(msgspec.structs.replace(step, stopping=last))
        if others := tuple(name for name in again if name in now.others):
            steps.append(
                StartServices(host=host, phase="others", root="", containers=others, stopping=last)
            )
    return Plan(
        kind="recover",
        roles=deployment.roles,
        steps=numbered(steps),
        domain=deployment.domain,
        effects=(
            "Only containers that were running before are started again; nothing is deleted.",
        ),
    )
