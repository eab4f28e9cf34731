"""Send: send a set that is only on this machine to the repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pryv_tui.operations.kind import Key, Progress, Request, World

if TYPE_CHECKING:
    from pryv_tui.operations.context import RunContext
    from pryv_tui.operations.plan import Plan


class Send(Request, frozen=True, kw_only=True, tag="send"):
    """The request to send a set."""

    set_id: str = ""
    """The set's full id; in a preview, what the operator typed."""

    begins_anew: ClassVar[bool] = True
    key: ClassVar[Key | None] = Key("s", in_result=", then S", in_messages=False)

    def plan(self, world: World) -> Plan:
        """Plan the sending.

        Raises:
            PryvTuiError: `set-unknown`; `refused`, there is nothing to send, or no repository.
        """
        from pryv_tui.operations.comparing.meant import set_meant
        from pryv_tui.operations.plans.transfer import repository_here, send_plan
        from pryv_tui.operations.site import repository_of

        site = world.site
        repository_of(site)
        repository = repository_here(site, world.deployment, site.vault.sets())
        assert repository is not None
        return send_plan(repository, set_meant(site, self.set_id))

    @classmethod
    def cancelling(cls, progress: Progress) -> str:
        return (
            "The set stays complete on this machine; in the repository it is not complete, and"
            " can be sent again."
        )

    @classmethod
    def done(cls, plan: Plan, ctx: RunContext) -> str:
        return f"The set {plan.set_id} is in {ctx.site.vault.repository}."

    @classmethod
    def again(cls, plan: Plan, ctx: RunContext) -> str:
        return f"pryv-tui send {plan.set_id}"

    @classmethod
    def unsent(cls, ctx: RunContext) -> bool:
        return True


KIND = Send
