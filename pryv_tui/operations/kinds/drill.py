"""Drill: restore a set in a sandbox beside the platform, compare it, and remove the sandbox."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, ClassVar

from pryv_tui.operations.drilling.facts import Depth
from pryv_tui.operations.kind import Progress, Request, World
from pryv_tui.phrases import counted

if TYPE_CHECKING:
    from pryv_tui.operations.context import RunContext
    from pryv_tui.operations.guards.line import GuardLine
    from pryv_tui.operations.plan import Plan
    from pryv_tui.operations.steps.drilling.check_drill import CheckDrill


class Drill(Request, frozen=True, kw_only=True, tag="drill"):
    """The request for a sandbox drill."""

    set_id: str = ""
    """The set's full id; in a preview, what the operator typed."""
    latest: bool = False
    """Whether nobody named a set. Then the drill takes the set that is the newest when it begins;
    `set_id` was the newest when the drill was requested."""
    depth: Depth = "data"
    root: str = ""
    """The folder that a person named for the sandbox; empty: one in the state folder."""
    wait: float = 0.0
    """The longest time, in seconds, that the drill waits if it can't begin because of another run,
    load, or missing memory."""

    holds_platform: ClassVar[bool] = False
    looks_at_platform: ClassVar[bool] = True
    names_nobody: ClassVar[bool] = True
    at_end: ClassVar[str] = "Its report: D, then Tab."

    def plan(self, world: World) -> Plan:
        """Plan the drill.

        Raises:
            PryvTuiError: `set-unknown`; `refused`, see `drill_plan`.
        """
        from pryv_tui.operations.comparing.meant import LATEST, meant
        from pryv_tui.operations.plans.drill import drill_plan

        name = LATEST if self.latest else self.set_id
        found, note = meant(world.site, name, world.deployment)
        late = []
        if self.latest and found.id != self.set_id:
            late.append(
                f"the newest set is now {found.id}; when this drill was requested, it was"
                f" {self.set_id}"
            )
            # The person who requested the drill has seen notes about the other set only.
            late += filter(None, [note])
        roles = found.manifest.roles if found.manifest is not None else ()
        return drill_plan(
            world.site,
            world.deployment,
            found,
            drill=world.run,
            root=self.root,
            depth=self.depth,
            wait=self.wait,
            latest=self.latest,
            late=late,
            going_on=world.past.going_on(),
            expected=world.past.seconds("drill", roles, self.depth),
        )

    @property
    def set_known(self) -> str:
        return "" if self.latest else self.set_id

    def in_its_way(self, plan: Plan, world: World) -> list[GuardLine]:
        return _check(plan).lines(world.site, world.deployment, world.past.going_on())

    @classmethod
    def cancelling(cls, progress: Progress) -> str:
        if progress.waits:
            return "It is only waiting: there is no sandbox yet, and it ends at once."
        return (
            "The sandbox is removed, and the platform is checked once more: the drill has stopped"
            " nothing of the platform and changed nothing of it."
        )

    @classmethod
    def done(cls, plan: Plan, ctx: RunContext) -> str:
        from pryv_tui.operations.steps.drilling.rehearsal import rehearsal

        now = rehearsal(ctx)
        how = "compared: every check passed" if now.worst == "passed" else "NOT compared in full"
        if now.worst == "passed" and now.beyond:
            left = counted(len(now.beyond), "thing was", "things were")
            how = f"compared: every check that was made passed, {left} not checked"
        return (
            f"The set {plan.set_id} was restored in a sandbox and {how}. The sandbox is gone."
            f" {_who_served(plan, now.told)}"
        )

    @classmethod
    def again(cls, plan: Plan, ctx: RunContext) -> str:
        asks = _check(plan)
        return asks.asked_again(wait=asks.wait)

    @classmethod
    def stands(cls, plan: Plan, ctx: RunContext, *, changed: bool, half: bool) -> str:
        return " The drill itself has stopped nothing of the platform and changed nothing of it."

    @classmethod
    def after_death(cls, set_id: str, *, done: bool = False) -> str:
        return (
            "It had stopped nothing of the platform. To remove what is left of its sandbox:"
            " pryv-tui drill clean"
        )


def _check(plan: Plan) -> CheckDrill:
    from pryv_tui.operations.steps.drilling.check_drill import CheckDrill

    (found,) = [one for one in plan.steps if isinstance(one, CheckDrill)]
    return found


def _who_served(plan: Plan, passed: Collection[tuple[str, str]]) -> str:
    """The sentences about the services that ran in the sandbox: which answered, and what that does
    not prove.

    Args:
        passed: name and subject of each check that passed.
    """
    from pryv_tui.operations.steps.drilling.bring_up import BringUp

    steps = [one for one in plan.steps if isinstance(one, BringUp)]
    if not steps:
        return (
            "The databases were started alone: whether register and core would work with them"
            " was not tested."
        )
    names = list(dict.fromkeys(one.wanted.service for one in steps))
    # A service that is asked later than it is started has two steps with the same check.
    silent = {one.wanted.service for one in steps if one.check not in passed}
    rest = "Requests with an account's token were not tried; the drill's record says which."
    if not silent:
        return f"{', '.join(names)} were brought up on it and asked from inside. {rest}"
    left = ", ".join(name for name in names if name in silent)
    return f"{', '.join(names)} were started on it; not asked from inside: {left}. {rest}"


KIND = Drill
