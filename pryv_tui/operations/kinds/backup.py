"""Back up: copy the present content of the platform into a set."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import msgspec

from pryv_tui.operations.kind import Key, Progress, Request, World
from pryv_tui.operations.settings.shrinking import Limits
from pryv_tui.platform.gap import AS_USUAL, GapChoices
from pryv_tui.vault.files.types import Linking
from pryv_tui.vault.lists.index import has_settled
from pryv_tui.vault.set_names import as_label, check_label
from pryv_tui.vault.sets import begun

if TYPE_CHECKING:
    from pryv_tui.operations.context import RunContext
    from pryv_tui.operations.facts import Offer
    from pryv_tui.operations.plan import Plan

LET_GO = (
    "Containers that this run has stopped or paused run again, and the dump folders get"
    " their former content back."
    " Files copied so far stay as a partial set: nothing is restored from it, but a later backup"
    " reuses what it can of it."
)
WHOLE = (
    "The set itself is complete, and stays. Containers that are still stopped or paused run again,"
    " and the dump folders get their former content back."
)
COMPLETING = (
    "The set is being completed right now: it may be complete before the cancel takes effect."
)


class Backup(Request, frozen=True, kw_only=True, tag="backup"):
    """The request for a backup."""

    roles: tuple[str, ...] = ()
    label: str = ""
    gap: GapChoices = AS_USUAL
    """The choices about the timing gap."""
    linking: Linking = "unchanged"
    """Which files are linked to an earlier set instead of copied."""
    nice: bool = False
    """Whether the copy runs at low priority."""
    limits: Limits | None = None
    """How much smaller than the previous set this one may be without a warning; None: as in the
    settings."""

    makes_a_set: ClassVar[bool] = True
    makes_a_gap: ClassVar[bool] = True
    begins_anew: ClassVar[bool] = True
    cancel_says_all: ClassVar[bool] = True
    key: ClassVar[Key | None] = Key("b")

    def __post_init__(self) -> None:
        if (label := as_label(self.label)) != self.label:
            msgspec.structs.force_setattr(self, "label", label)

    def plan(self, world: World) -> Plan:
        """Plan the backup.

        Raises:
            PryvTuiError: `usage`, the label can't be used; `refused`, see `backup_plan`.
        """
        from pryv_tui.operations.comparing.theirs import told_apart
        from pryv_tui.operations.lost.here import missing_here
        from pryv_tui.operations.plans.backup import backup_plan
        from pryv_tui.operations.plans.runbook import spoken
        from pryv_tui.operations.plans.transfer import repository_here
        from pryv_tui.operations.sets.parent import parents_for

        check_label(self.label)
        site, deployment = world.site, world.deployment
        sets = site.vault.sets()
        apart = told_apart(site, deployment, sets)
        parents = parents_for(
            apart.mine(sets),
            practice=site.practice,
            domain=deployment.domain,
            hosts=deployment.hosts,
        )
        made = backup_plan(
            deployment,
            roles=self.roles,
            vault=str(site.vault.folder),
            set_id=site.vault.new_id(self.label),
            run_id=world.run,
            gap=self.gap,
            parents=parents,
            linking=self.linking,
            nice=self.nice,
            repository=repository_here(site, deployment, sets),
            limits=self.limits or site.settings.limits,
            expected=world.past.seconds("backup", self.roles or deployment.roles),
            missing=missing_here(site, deployment, sets, apart=apart),
        )
        return spoken(made, site.settings.given)

    @classmethod
    def cancelling(cls, progress: Progress) -> str:
        if "complete-set" in progress.done:
            return WHOLE
        return f"{LET_GO} {COMPLETING}" if progress.at == "complete-set" else LET_GO

    @classmethod
    def done(cls, plan: Plan, ctx: RunContext) -> str:
        from pryv_tui.operations.context import so_far

        where = ctx.site.vault.repository
        return f"The backup set {plan.set_id} is complete{so_far(ctx, 'checked')}" + (
            f" It is in {where}." if where else ""
        )

    @classmethod
    def then(cls, plan: Plan, ctx: RunContext) -> list[Offer]:
        from pryv_tui.operations.facts import Offer

        text = f"Check it again at any time: pryv-tui verify {plan.set_id}"
        return [Offer(kind="verify", target=plan.set_id, text=text)]

    @classmethod
    def again(cls, plan: Plan, ctx: RunContext) -> str:
        label = ("--label", ctx.label) if ctx.label else ()
        return shlex.join(["pryv-tui", "backup", *label, *chosen(plan, ctx)])

    @classmethod
    def stands(cls, plan: Plan, ctx: RunContext, *, changed: bool, half: bool) -> str:
        return ""  # the lines about the partial set say it

    @classmethod
    def partial_left(cls, folder: str) -> str:
        of_use = _of_use(folder)
        if of_use is None:
            return f"{folder} is not a set. It can't be read, so it is not known what it holds."
        if of_use:
            return (
                f"{folder} holds what was copied; it is not a set. Keep it: the next backup reuses"
                " what it holds."
            )
        return f"{folder} is not a set, and holds nothing yet that a later backup could use."

    @classmethod
    def partial_goes(cls, folder: str) -> str:
        of_use = _of_use(folder)
        if of_use is None:
            return ""  # never advise to remove a folder that could not be read
        why = "It holds nothing useful"
        if of_use:
            why = "Only to free space, since the next backup then copies these files again"
        return f"{why}: rm -r {shlex.quote(folder)}"


KIND = Backup


def chosen(plan: Plan, ctx: RunContext) -> tuple[str, ...]:
    """Return the `--role` options for a plan's roles; none if the plan is for all roles."""
    if set(plan.roles) == set(ctx.deployment.roles):
        return ()
    return tuple(word for role in plan.roles for word in ("--role", role))


def _of_use(folder: str) -> bool | None:
    """Whether a later backup can reuse files of a partial set; None if its folder can't be read."""
    try:
        return any(begun(part, has_settled) for part in Path(folder).iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return None
