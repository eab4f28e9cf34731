"""Adopt: make a set from a backup that was made by hand, according to the vendor's guide."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, ClassVar

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.adopting.folder import AdoptChoices
from pryv_tui.operations.kind import Progress, Request, World
from pryv_tui.vault.set_names import as_label, check_label

if TYPE_CHECKING:
    from pryv_tui.operations.context import RunContext
    from pryv_tui.operations.facts import Offer
    from pryv_tui.operations.plan import Plan


class Adopt(Request, frozen=True, kw_only=True, tag="adopt"):
    """The request for an adoption."""

    adopt: AdoptChoices | None = None
    """The folder of the backup, and the operator's statements about it."""
    label: str = ""

    makes_a_set: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if (label := as_label(self.label)) != self.label:
            msgspec.structs.force_setattr(self, "label", label)

    def plan(self, world: World) -> Plan:
        """Plan the adoption.

        Raises:
            PryvTuiError: `usage`, the label or the time can't be used; `refused`, see
                `adopting.folder.look`.
        """
        from pryv_tui.operations.adopting.folder import look
        from pryv_tui.operations.plans.adopt import adopt_plan, adopted_id

        if self.adopt is None:
            raise PryvTuiError("internal", "an adoption that names no folder")
        check_label(self.label)
        vault = world.site.vault
        found = look(self.adopt, world.deployment, vault.folder)
        set_id = adopted_id(found.taken, self.label, vault.names())
        return adopt_plan(found, vault=str(vault.folder), set_id=set_id)

    @classmethod
    def cancelling(cls, progress: Progress) -> str:
        return (
            "The folder stays as it is; the unfinished copy of it is not a set, and can be removed."
        )

    @classmethod
    def done(cls, plan: Plan, ctx: RunContext) -> str:
        return (
            f"The folder is now the set {plan.set_id}, and its content was counted; what is not"
            " known about it is noted in the set."
        )

    @classmethod
    def then(cls, plan: Plan, ctx: RunContext) -> list[str | Offer]:
        lines: list[str | Offer] = []
        if ctx.site.vault.repository:
            lines.append(f"It is on this machine alone. Send it: pryv-tui send {plan.set_id}")
        from pryv_tui.operations.facts import Offer

        text = f"Check it again at any time: pryv-tui verify {plan.set_id}"
        return [*lines, Offer(kind="verify", target=plan.set_id, text=text)]

    @classmethod
    def again(cls, plan: Plan, ctx: RunContext) -> str:
        return "pryv-tui adopt <folder>"

    @classmethod
    def stands(cls, plan: Plan, ctx: RunContext, *, changed: bool, half: bool) -> str:
        return ""  # the lines about the partial set say it

    @classmethod
    def partial_left(cls, folder: str) -> str:
        return f"{folder} is not a set. The folder that it was copied from is unchanged."

    @classmethod
    def partial_goes(cls, folder: str) -> str:
        return f"What was copied so far is of no use. Remove it: rm -r {shlex.quote(folder)}"


KIND = Adopt
