"""Compare the timing gap for accounts with the longest gap that the operator wants (budget)."""

from __future__ import annotations

from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import Step
from pryv_tui.platform.gap import WHAT, longest, measure, span


class CheckGap(Step, frozen=True, kw_only=True, tag="check-gap"):
    """Warn if the gap is longer than the budget, and say what took most of the time. The set is
    usable like any other."""

    budget: float
    """The longest gap for accounts that the operator allows, in seconds."""

    @property
    def title(self) -> str:
        return f"Compare the gap with its budget of {span(self.budget)}"

    def perform(self, ctx: RunContext) -> None:
        gap = measure(ctx.facts.moments, ctx.facts.hold)
        seconds = gap.accounts_seconds
        if seconds is None:
            ctx.warn(
                "the gap's budget was not checked: this backup does not include both core and"
                " register"
            )
        elif seconds <= self.budget:
            ctx.checked(f"the gap for accounts: {seconds:.1f} s; allowed {span(self.budget)}")
        else:
            most = longest(ctx.facts.moments, gap.accounts_from, gap.accounts_to)
            took = ""
            if most is not None:
                moment, share = most
                took = (
                    f" Most of that time went into {WHAT[moment.what]} on {moment.host}:"
                    f" {share:.1f} s."
                )
            ctx.warn(
                f"the gap for accounts is {seconds:.1f} s, over its budget of {span(self.budget)}."
                f"{took}"
            )
