"""Verify: check a set in its place. This needs no platform, and takes no lock on one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pryv_tui.operations.kind import Key, Progress, Request, World

if TYPE_CHECKING:
    from pryv_tui.operations.context import RunContext
    from pryv_tui.operations.plan import Plan


class Verify(Request, frozen=True, kw_only=True, tag="verify"):
    """The request to verify a set."""

    set_id: str = ""
    """The set's full id; in a preview, what the operator typed."""
    parts: int = 1
    """The number of parts into which the set is divided; the next part is read. 1: all is read."""

    holds_platform: ClassVar[bool] = False
    key: ClassVar[Key | None] = Key("s", then=", then v on {id}", in_result=", then v")

    def plan(self, world: World) -> Plan:
        """Plan the check.

        Raises:
            PryvTuiError: `set-unknown`; see `verify_plan`.
        """
        from pryv_tui.operations.comparing.meant import set_meant
        from pryv_tui.operations.plans.verify import verify_plan

        chosen = world.site.settings.repository
        return verify_plan(
            set_meant(world.site, self.set_id), parts=self.parts, location=chosen or ""
        )

    @classmethod
    def cancelling(cls, progress: Progress) -> str:
        return (
            "No file of the set is changed. Nothing is recorded of a check that does not"
            " complete, not even what it has found so far."
        )

    @classmethod
    def done(cls, plan: Plan, ctx: RunContext) -> str:
        return ctx.facts.headline

    @classmethod
    def again(cls, plan: Plan, ctx: RunContext) -> str:
        return f"pryv-tui verify {plan.set_id}"

    @classmethod
    def stands(cls, plan: Plan, ctx: RunContext, *, changed: bool, half: bool) -> str:
        return " No file of the set was changed."  # the recorded result of a check may have been

    @classmethod
    def after_death(cls, set_id: str, *, done: bool = False) -> str:
        # The result of the check may already be recorded beside the set, or not.
        return (
            "It had stopped nothing of the platform and changed no file of the set. Check it again:"
            f" pryv-tui verify {set_id}".rstrip()
        )


KIND = Verify
