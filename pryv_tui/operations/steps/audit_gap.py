"""Audit what the gap cost, while the set's files are at hand and before it is complete."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.operations.audit import audit_files
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import Step
from pryv_tui.operations.steps.complete_set import hosts_of
from pryv_tui.platform.casualties import summary


class AuditGap(Step, frozen=True, kw_only=True, tag="audit-gap"):
    """Count the accounts, attachments and series that lack their other half.

    They are told and noted in the set. They are no warning: on a platform in use there may be some
    in every backup, and `--gap-budget` or `--hold` are what says how many are too many.
    """

    hosts: tuple[str, ...]

    @property
    def title(self) -> str:
        return "Audit what the timing gap cost"

    def perform(self, ctx: RunContext) -> None:
        found = audit_files(
            Path(ctx.facts.set_folder), hosts_of(ctx, self.hosts), ctx.check_cancelled
        )
        ctx.facts.casualties = found.counts
        for item in found.not_checked:
            ctx.report.note(f"not checked: {item.what}: {item.why}")
        told = summary(found.counts)
        for line in told:
            ctx.report.note(f"{line}; pryv-tui audit {ctx.set_id} names them")
        if not told and not found.not_checked:
            ctx.checked(
                "the gap cost nothing: no account, attachment or series lacks its other half"
            )
        elif told:
            ctx.checked(f"the gap cost: {'; '.join(told)}")
