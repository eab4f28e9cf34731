"""Undo: put back the content that a restore, or another undo, moved aside."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.advice import Way
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.kind import LOOKS, PUTS_BACK, Key, Progress, Request, World
from pryv_tui.operations.root.kept import lacked_next, lacked_warnings, lacked_words
from pryv_tui.operations.services.left_down import stays_warnings, stays_words, still_down

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pryv_tui.operations.context import RunContext
    from pryv_tui.operations.facts import Offer
    from pryv_tui.operations.plan import Plan, Stays
    from pryv_tui.operations.steps.bringing_back.put_back_root import PutBackRoot

BEFORE = (
    "Nothing was put back yet: everything stays as it is, and stopped containers start again."
    " The undo can be done later."
)

AFTERWARDS = (
    "The undo itself is done, and stays. Only the check of the live platform ends; the parts that"
    " it had not checked yet are reported as not known."
)
CLOSES = "tell-set-aside"
"""The kind of the step after which an undo that ends with an audit is done."""


class Undo(Request, frozen=True, kw_only=True, tag="undo"):
    """The request for an undo."""

    undone_run: str = ""
    """The full id of the run to undo."""
    word: str = ""
    """The confirmation that a person typed or a script gave. It is needed if a role would be gone
    again, or if an undo is undone."""

    moves_roots: ClassVar[bool] = True
    puts_back: ClassVar[bool] = True
    changes_platform: ClassVar[bool] = True
    brings_back: ClassVar[bool] = True
    decides: ClassVar[bool] = True
    settled_by: ClassVar[Mapping[Way, str]] = {"finish": "undo"}
    cancel_says_all: ClassVar[bool] = True
    again_after: ClassVar[str] = "To do it anyway"
    key: ClassVar[Key | None] = Key("u", then=", then U on {id}", in_result=", then U")

    def plan(self, world: World) -> Plan:
        """Plan the undo.

        Raises:
            PryvTuiError: see `plan_undo`.
        """
        from pryv_tui.operations.plans.undo import plan_undo

        # An undo that recovers another one finishes that one, perhaps after its last rename.
        return plan_undo(
            world.deployment,
            world.past,
            self.undone_run,
            run_id=world.run,
            goes_on=bool(self.recovers),
            vault=world.site.vault,
        )

    def allow(self, plan: Plan) -> None:
        """Refuse an undo that needs a confirmation (`word`) and has none.

        Raises:
            PryvTuiError: `refused`, a role would be gone again, or an undo is undone, and the
                request has no confirmation.
        """
        from pryv_tui.operations.sets.gone_again import need_word

        command = f"pryv-tui undo {self.undone_run}"
        need_word(plan, self.word, command, begun=bool(self.recovers))

    @classmethod
    def cancelling(cls, progress: Progress) -> str:
        return AFTERWARDS if progress.at == LOOKS else BEFORE

    @classmethod
    def done(cls, plan: Plan, ctx: RunContext) -> str:
        before = "undo" if plan.of_an_undo else "restore"
        back = (
            f"Content from before the {before} that was still there is back; the warnings name"
            " content that was not."
            if _stays(plan, ctx)
            else f"The content from before the {before} is back, as it was then."
        )
        return back + lacked_words(plan.lacks) + stays_words(_stopped(plan, ctx))

    @classmethod
    def warnings(cls, plan: Plan, ctx: RunContext) -> list[str]:
        return [*lacked_warnings(plan.lacks), *stays_warnings(_stopped(plan, ctx))]

    @classmethod
    def then(cls, plan: Plan, ctx: RunContext) -> list[str | Offer]:
        from pryv_tui.operations.audit.afterwards import to_do
        from pryv_tui.operations.facts import Offer
        from pryv_tui.operations.sets.gone_again import undo_of_undo

        lines: list[str | Offer] = [*lacked_next(plan.lacks, _way(plan, ctx) if plan.lacks else "")]
        if any(step.afterwards for step in plan.steps):
            lines += to_do(ctx.facts.live, "undo", "", ctx.facts.warnings)
        newer = ctx.facts.newer
        nothing = bool(newer) and all(one.number == 0 and not one.why for one in newer)
        if (
            not plan.of_half
            and not nothing
            and any(Path(step.kept).is_dir() for step in _put_back(plan))
        ):
            again = undo_of_undo(ctx.run_id, plan.domain)
            text = (
                "If the undo is not what you wanted, bring back the content that it moved aside:"
                f" {again}"
            )
            lines.append(Offer(kind="undo", target=ctx.run_id, text=text))
        return lines

    @classmethod
    def is_done(cls, done: Collection[str]) -> bool:
        return CLOSES in done

    @classmethod
    def unasked(cls, planned: Collection[str], done: Collection[str]) -> bool:
        return bool({PUTS_BACK, CLOSES} & {*done}) and LOOKS in planned and LOOKS not in done

    @classmethod
    def after_death(cls, set_id: str, *, done: bool = False) -> str:
        if not done:
            return super().after_death(set_id)
        return (
            "The undo itself was done by then. To see which records lack their other half:"
            " pryv-tui audit --live"
        )

    @classmethod
    def again(cls, plan: Plan, ctx: RunContext) -> str:
        from pryv_tui.operations.sets.gone_again import undo_command, undo_of_undo

        undone = next((step.undone_run for step in _put_back(plan)), "")
        if plan.of_an_undo:
            return undo_of_undo(undone, plan.domain)
        return undo_command(undone, plan.domain, [one.role for one in plan.lacks]).rstrip()


KIND = Undo


def _way(plan: Plan, ctx: RunContext) -> str:
    """The commands that restore from the set only the roles that the undo took away; empty if they
    are not known."""
    from pryv_tui.operations.sets.way_back import way_back

    with contextlib.suppress(PryvTuiError, OSError):
        for backup in ctx.site.vault.sets():
            if backup.id == plan.set_id and backup.usable:
                gone = {(one.host, one.role) for one in plan.lacks}
                hosts = tuple(
                    msgspec.structs.replace(
                        state, roles=tuple(r for r in state.roles if (state.name, r) not in gone)
                    )
                    for state in ctx.deployment.hosts
                )
                now = msgspec.structs.replace(ctx.deployment, hosts=hosts)
                return way_back(now, backup, {role for _, role in gone}).words
    return ""


def _put_back(plan: Plan) -> Iterable[PutBackRoot]:
    from pryv_tui.operations.steps.bringing_back.put_back_root import PutBackRoot

    return (step for step in plan.steps if isinstance(step, PutBackRoot))


def _stopped(plan: Plan, ctx: RunContext) -> list[Stays]:
    """Return the containers that the undo stopped and did not start, and that are not running at
    its end."""
    return still_down(plan.stays, ctx.facts.running)


def _stays(plan: Plan, ctx: RunContext) -> bool:
    """Whether the undo found a root for which there was nothing to put back, and warned of it."""
    return bool(ctx.facts.warnings) and any(
        Owed(kind="return", host=step.host, what=step.root, where=step.aside)
        not in ctx.facts.settled
        for step in _put_back(plan)
    )
