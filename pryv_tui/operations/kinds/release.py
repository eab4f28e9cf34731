"""Release: remove for good the content that a restore or an undo moved aside."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pryv_tui.operations.kind import Key, Progress, Request, World

if TYPE_CHECKING:
    from pryv_tui.operations.context import RunContext
    from pryv_tui.operations.plan import Plan


class Release(Request, frozen=True, kw_only=True, tag="release"):
    """The request for a release."""

    released_run: str = ""
    """The full id of the run that moved the content aside."""

    for_good: ClassVar[bool] = True
    changes_platform: ClassVar[bool] = True
    key: ClassVar[Key | None] = Key("u", then=", then D on {id}", in_result=", then D")

    def plan(self, world: World) -> Plan:
        """Plan the release.

        Raises:
            PryvTuiError: see `plan_release`.
        """
        from pryv_tui.operations.plans.release import plan_release

        return plan_release(world.deployment, world.past, self.released_run)

    @classmethod
    def cancelling(cls, progress: Progress) -> str:
        return (
            "Removed folders are gone for good. A folder whose removal has begun can't be put back"
            " any more; another release removes its remaining files. A folder whose removal has"
            " not begun stays where it is."
        )

    @classmethod
    def done(cls, plan: Plan, ctx: RunContext) -> str:
        return "The content moved aside is removed for good."


KIND = Release
