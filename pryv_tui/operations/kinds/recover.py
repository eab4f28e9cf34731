"""Recover: put back what a dead run changed (containers, dump folders), but no root's content."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.kind import Key, Progress, Request, World

if TYPE_CHECKING:
    from pryv_tui.operations.context import RunContext
    from pryv_tui.operations.plan import Plan


class Recover(Request, frozen=True, kw_only=True, tag="recover"):
    """The request for a recovery: `recovers` names the dead run."""

    changes_platform: ClassVar[bool] = True
    decides: ClassVar[bool] = True
    key: ClassVar[Key | None] = Key("R", then=", then {choice}")

    def plan(self, world: World) -> Plan:
        """Plan the recovery.

        Raises:
            PryvTuiError: `run-unknown`; `refused`, see `recover_plan`.
        """
        from pryv_tui.operations.plans.recover import recover_plan

        left = world.past.left_by(self.recovers)
        return recover_plan(
            world.deployment,
            dead_run=left.run,
            outstanding=left.outstanding,
            unwell=left.unwell,
            last=left.last,
        )

    @classmethod
    def cancelling(cls, progress: Progress) -> str:
        return "What is not put back yet stays recorded: recover can put it back at any time."

    @classmethod
    def in_vain(cls, plan: Plan, ctx: RunContext) -> PryvTuiError | None:
        """Return the error if a dump folder could not be put back, which this run then still has to
        do; else None."""
        told = ctx.facts.in_vain
        if told is None or not any(owed.kind == "dump" for owed in ctx.outstanding):
            return None
        failed = PryvTuiError("step-failed", *told)
        # Replace the step's warning, which is enough for a backup, by this error.
        ctx.facts.warnings = [one for one in ctx.facts.warnings if one != failed.told]
        return failed

    @classmethod
    def done(cls, plan: Plan, ctx: RunContext) -> str:
        down = [
            f"{name} on {host} ({why})"
            for host, names in ctx.facts.not_up.items()
            for name, why in names.items()
        ]
        if down:
            return (
                "Not everything that the dead run had left is put back. Not put back:"
                f" {', '.join(down)}."
            )
        return "What the dead run had left is put back."

    @classmethod
    def again(cls, plan: Plan, ctx: RunContext) -> str:
        return "pryv-tui recover"


KIND = Recover
