"""Fetch: copy a set's files from the repository to this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pryv_tui.operations.kind import Progress, Request, World

if TYPE_CHECKING:
    from pryv_tui.operations.context import RunContext
    from pryv_tui.operations.plan import Plan


class Fetch(Request, frozen=True, kw_only=True, tag="fetch"):
    """The request to fetch a set."""

    set_id: str = ""
    """The set's full id; in a preview, what the operator typed."""

    fetches_a_set: ClassVar[bool] = True
    begins_anew: ClassVar[bool] = True

    def plan(self, world: World) -> Plan:
        """Plan the fetch.

        Raises:
            PryvTuiError: `set-unknown`; `refused`, the files are already here, or there is no
                repository.
        """
        from pryv_tui.operations.comparing.meant import set_meant
        from pryv_tui.operations.plans.transfer import fetch_plan, repository_here
        from pryv_tui.operations.site import repository_of

        site = world.site
        repository_of(site)
        repository = repository_here(site, world.deployment, ())
        assert repository is not None
        return fetch_plan(repository, set_meant(site, self.set_id))

    @classmethod
    def cancelling(cls, progress: Progress) -> str:
        return (
            "The set in the repository stays as it is; the next fetch removes what was copied so"
            " far."
        )

    @classmethod
    def done(cls, plan: Plan, ctx: RunContext) -> str:
        return f"The set {plan.set_id} is now on this machine too."

    @classmethod
    def again(cls, plan: Plan, ctx: RunContext) -> str:
        return f"pryv-tui fetch {plan.set_id}"


KIND = Fetch
