"""Add the steps to a backup's plan that hold the platform and release it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.operations.plan import Step
from pryv_tui.operations.steps.services.hold_platform import (
    HELD,
    HoldPlatform,
    ReleaseHold,
    SettleHold,
)
from pryv_tui.operations.steps.taking.copy_ahead import CopyAhead
from pryv_tui.operations.steps.taking.copy_root import CopyRoot
from pryv_tui.platform.gap import SETTLE, GapChoices, HoldKind, span
from pryv_tui.platform.identity import service_in_name


def held(
    taking: Sequence[Step], deployment: Deployment, hosts: Sequence[HostState], gap: GapChoices
) -> list[Step]:
    """Add steps around the dumps and copies: hold new requests before them, and release the hold
    after the last one that needs it.

    Raises:
        PryvTuiError: `refused`, the hold is not possible or has no use here; `usage`, the deadline
            is too short.
    """
    if gap.hold is None:
        return list(taking)
    roles = {role for state in hosts for role in state.roles}
    if gap.hold == "registrations":
        if "register" not in deployment.roles:
            raise PryvTuiError(
                "refused",
                "accounts can't be held from here: register is on no host of this platform",
                "Declare its host in the configuration file, or back up without --hold.",
            )
        if missing := {"core", "register"} - roles:
            raise PryvTuiError(
                "refused",
                f"this backup does not include {' and '.join(sorted(missing))}: registrations are"
                " held so that core and register of one set have the same accounts",
                "Omit --role, or --hold.",
            )
    elif "core" not in roles:
        raise PryvTuiError(
            "refused",
            "--hold everything protects core's data, and this backup does not include core",
            "Omit --hold, or include core.",
        )
    settle = 0.0 if deployment.practice else SETTLE[gap.hold]
    if gap.deadline <= settle:
        raise PryvTuiError(
            "usage",
            f"the hold's deadline of {span(gap.deadline)} would pass while the hold still waits"
            f" ({settle:.0f} s) for requests that are under way",
            "Give a longer --hold-deadline.",
        )
    wanted = {"register"} if gap.hold == "registrations" else {"core", "register"}
    usual, how = HELD[gap.hold]
    names = {
        state.name: state.name_of(service_in_name(usual))
        for state in hosts
        if wanted & set(state.roles)
    }
    last = max(place for place, step in enumerate(taking) if _closes(step, gap.hold))
    return [
        *(
            HoldPlatform(
                host=host,
                hold=gap.hold,
                deadline=gap.deadline,
                called=name if name != usual else "",
            )
            for host, name in names.items()
        ),
        SettleHold(hold=gap.hold, seconds=settle),
        *taking[: last + 1],
        *(
            ReleaseHold(host=host, container=name, how=how, hold=gap.hold)
            for host, name in names.items()
        ),
        *taking[last + 1 :],
    ]


def _closes(step: Step, hold: HoldKind) -> bool:
    """Whether the hold must not be released before this step is done."""
    if isinstance(step, CopyAhead):
        return True
    if not isinstance(step, CopyRoot):
        return False
    if hold == "everything":
        return bool({"core", "register"} & set(step.roles))
    return "register" in step.roles and "redis" not in step.ahead
