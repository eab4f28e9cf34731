"""A recovery of what a dead run left, where no root is half-restored: containers, dump folders."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pryv_tui.operations.kind import Key, Progress, Request, World

if TYPE_CHECKING:
    from pryv_tui.operations.context import RunContext
    from pryv_tui.operations.plan import Plan


class Recover(Request, frozen=True, kw_only=True, tag="recover"):
    """What it is asked for: `recovers` names the run."""

    key: ClassVar[Key | None] = Key("R", then=", then {choice}")

    def plan(self, world: World) -> Plan:
        """Raises: PryvTuiError: `run-unknown`; `refused`, see `recover_plan`."""
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
        return "What is not put back yet is still owed: recover puts it back at any time."

    @classmethod
    def done(cls, plan: Plan, ctx: RunContext) -> str:
        return "What the dead run had left is put back."

    @classmethod
    def again(cls, plan: Plan, ctx: RunContext) -> str:
        return "pryv-tui recover"


KIND = Recover
