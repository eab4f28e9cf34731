"""Restore: replace the platform's content by a set; the former content is moved aside."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import msgspec

from pryv_tui.operations.advice import Way
from pryv_tui.operations.kind import LOOKS, Key, Progress, Request, World
from pryv_tui.platform.roles import ROLE_NAMES

if TYPE_CHECKING:
    from pryv_tui.operations.context import RunContext
    from pryv_tui.operations.facts import Offer
    from pryv_tui.operations.plan import Plan

AFTER = (
    "The former content is put back, and the containers that ran are started again, which may"
    " take a while. The files that the restore had put there so far are moved aside, and kept"
    " until they are released."
)
AFTERWARDS = (
    "The restore itself is done, and stays. Only the check of the live platform ends; the parts"
    " that it had not checked yet are reported as not known."
)
CLOSES = "close-restore"
"""The kind of the step after which the restore is done."""
BEFORE = "Nothing was replaced yet: everything stays as it is, and stopped containers start again."


class Restore(Request, frozen=True, kw_only=True, tag="restore"):
    """The request for a restore."""

    set_id: str = ""
    """The set's full id; in a preview, what the operator typed."""
    roles: tuple[str, ...] = ()
    continues: str = ""
    """The full id of the stopped restore that this one finishes; empty if none. The content that
    the stopped one moved aside stays there, and the containers that ran before it are started."""
    while_copying: bool = False
    """Whether the set is verified only while it is copied back, and not before. That is allowed if
    its last full verification is recent enough (`operations/sets/known_good.py`)."""

    moves_roots: ClassVar[bool] = True
    rolls_back: ClassVar[bool] = True
    changes_platform: ClassVar[bool] = True
    brings_back: ClassVar[bool] = True
    decides: ClassVar[bool] = True
    settled_by: ClassVar[Mapping[Way, str]] = {"finish": "restore", "roll-back": "undo"}
    cancel_says_all: ClassVar[bool] = True
    key: ClassVar[Key | None] = Key("r", then=", then choose {id}")

    def plan(self, world: World) -> Plan:
        """Plan the restore.

        Raises:
            PryvTuiError: `set-unknown`; `refused`, see `restore_plan`, or the set can't be verified
                while it is copied back.
        """
        from pryv_tui.operations.audit.whose import whose_words
        from pryv_tui.operations.comparing.meant import set_meant
        from pryv_tui.operations.lost.here import missing_here
        from pryv_tui.operations.plans.restore import restore_plan
        from pryv_tui.operations.plans.runbook import spoken
        from pryv_tui.operations.plans.transfer import repository_here
        from pryv_tui.operations.sets.known_good import known_good, offer_words, refused
        from pryv_tui.operations.stores.mongo_counts import count_words

        site, deployment = world.site, world.deployment
        backup = set_meant(site, self.set_id)
        within = site.settings.verified_within
        known = known_good(backup, within)
        if self.while_copying and known.why_not:
            raise refused(backup.id, known.why_not)
        expected = world.past.seconds("restore")
        # As the only known time, it would look like the time of the whole restore.
        if known.seconds and expected:
            expected = {**expected, ("verify-set", "", "", ""): known.seconds}
        dumps = world.past.seconds("backup")
        begun = world.past.begun(world.run, self.continues, backup.id)
        made = restore_plan(
            deployment,
            backup,
            roles=self.roles,
            run_id=world.run,
            asides=begun.asides,
            ran=begun.ran,
            unwell=begun.unwell,
            kept=begun.kept,
            newer=begun.newer,
            repository=repository_here(site, deployment, ()),
            policies=world.past.policies(),
            expected=expected,
            missing=missing_here(site, deployment, site.vault.sets()),
            workers=site.settings.mongorestore_workers,
            known=known if self.while_copying else None,
            within=within,
        )
        told = (*whose_words(site, deployment, backup), *made.effects)
        made = msgspec.structs.replace(made, effects=told)
        if not (self.while_copying or known.why_not or begun.kept):
            effects = (*made.effects, offer_words(known))
            made = msgspec.structs.replace(made, effects=effects, while_copying="offered")
        if again := count_words(made.steps, dumps):
            made = msgspec.structs.replace(made, effects=(*made.effects, again))
        return spoken(made, site.settings.given)

    @classmethod
    def cancelling(cls, progress: Progress) -> str:
        if progress.at == LOOKS:
            return AFTERWARDS
        return AFTER if any(one.kind == "aside" for one in progress.owed) else BEFORE

    @classmethod
    def done(cls, plan: Plan, ctx: RunContext) -> str:
        from pryv_tui.operations.context import so_far

        return f"The set {plan.set_id} is restored{so_far(ctx, 'compared')}"

    @classmethod
    def then(cls, plan: Plan, ctx: RunContext) -> list[str | Offer]:
        from pryv_tui.operations.audit.afterwards import to_do
        from pryv_tui.operations.facts import Offer

        lines: list[str | Offer] = []
        if not ctx.site.practice and "core" in plan.roles:
            # Only a person can try this; the run has already asked the applications.
            lines.append(f"Log in to an app of {plan.domain} with an account that you know.")
        if any(step.afterwards for step in plan.steps):
            lines += to_do(ctx.facts.live, "restore", plan.set_id, ctx.facts.warnings)
        text = f"If it is not what you wanted: {undo_words(plan, ctx)}"
        return [*lines, Offer(kind="undo", target=ctx.run_id, text=text)]

    @classmethod
    def is_done(cls, done: Collection[str]) -> bool:
        return CLOSES in done

    @classmethod
    def unasked(cls, planned: Collection[str], done: Collection[str]) -> bool:
        return cls.is_done(done) and LOOKS in planned and LOOKS not in done

    @classmethod
    def after_death(cls, set_id: str, *, done: bool = False) -> str:
        if not done:
            return super().after_death(set_id)
        return (
            "The restore itself was done by then. To see which records lack their other half:"
            f" pryv-tui audit {set_id} --live"
        )

    @classmethod
    def again(cls, plan: Plan, ctx: RunContext) -> str:
        from pryv_tui.operations.commands import confirm_words

        # Name the roles, because the set may have others, which must not be restored.
        some = set(plan.roles) != set(ROLE_NAMES)
        roles = "".join(f" --role {role}" for role in plan.roles) if some else ""
        return f"pryv-tui restore {plan.set_id}{confirm_words(plan.domain)}{roles}"

    @classmethod
    def stands(cls, plan: Plan, ctx: RunContext, *, changed: bool, half: bool) -> str:
        if changed and not half:
            return " The former content is in place."
        return super().stands(plan, ctx, changed=changed, half=half)


KIND = Restore


def undo_words(plan: Plan, ctx: RunContext) -> str:
    """The command that undoes a restore, for the state of the roots at the restore's end."""
    from pryv_tui.operations.sets.gone_again import gone_again, undo_command
    from pryv_tui.operations.steps.bringing_back.keep_copied import KeepCopied
    from pryv_tui.operations.steps.bringing_back.move_aside import MoveAside

    gone = [
        role
        for step in plan.steps
        if isinstance(step, MoveAside | KeepCopied)
        for role in gone_again(Path(step.root), Path(step.aside), plan.roles)
    ]
    return undo_command(ctx.run_id, plan.domain, gone)
