"""Plans of each kind, and the site they are made for: for the tests of plans."""

from __future__ import annotations

from typing import Any

import pytest

from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.plans.backup import backup_plan
from pryv_tui.operations.plans.restore import restore_plan
from pryv_tui.operations.plans.undo import undo_plan
from pryv_tui.operations.steps.taking.copy_ahead import CopyAhead
from pryv_tui.operations.steps.taking.copy_root import CopyRoot
from pryv_tui.operations.steps.taking.dump_store import DumpStore
from pryv_tui.platform.gap import GapChoices, HoldKind
from tests.operations.kit import SET, deployed, manifest_of, part, set_of

ROLES = ("core", "register", "static-web")


def backup_of(*machines: str, roles: tuple[str, ...] = (), **more: Any) -> Plan:
    return backup_plan(
        deployed(*machines), roles=roles, vault="/vault", set_id=SET, run_id="RUN", **more
    )


def restore_of(*machines: str, here: tuple[str, ...] | None = None, run_id: str = "RUN") -> Plan:
    if machines == ("single-node",):
        manifest = manifest_of(part("single-node", "core", "register", "static-web"))
    else:
        manifest = manifest_of(*(part(name, name) for name in machines))  # type: ignore[arg-type]
    platform = deployed(*(machines if here is None else here))
    return restore_plan(platform, set_of(manifest), run_id=run_id)


def undo_of(*machines: str) -> Plan:
    owed = [
        Owed(kind="aside", host=name, what=f"/var/pryv/{name}", where=f"/var/pryv/{name}/aside")
        for name in machines
    ]
    every = {"core": ["pryvio_core", "pryvio_mongodb"], "register": ["pryvio_register"]}
    ran = {name: every[name] for name in machines if name in every}
    return undo_plan(deployed(*machines), undone_run="OLD", owed=owed, ran=ran, run_id="RUN")


def taken(plan: Plan) -> list[str]:
    """The dumps and copies of a plan, in order."""
    found = [s for s in plan.steps if isinstance(s, DumpStore | CopyAhead | CopyRoot)]
    return [step.id.split("-", 1)[1] for step in found]


PLANS = {
    "backup of a single node": lambda: backup_of("single-node"),
    "backup that holds registrations": lambda: hold_of(*ROLES, hold="registrations"),
    "backup that holds everything": lambda: hold_of("single-node", hold="everything"),
    "documented backup of a cluster": lambda: backup_of(*ROLES, gap=GapChoices(order="documented")),
    "backup of a cluster": lambda: backup_of(*ROLES),
    "restore of a single node": lambda: restore_of("single-node"),
    "restore of a cluster": lambda: restore_of(*ROLES),
    "undo on a cluster": lambda: undo_of("core", "register"),
}
every_plan = pytest.mark.parametrize("name", sorted(PLANS))


def hold_of(*machines: str, hold: HoldKind, **more: Any) -> Plan:
    roles = more.pop("roles", ())
    return backup_of(*machines, roles=roles, gap=GapChoices(hold=hold, **more))
