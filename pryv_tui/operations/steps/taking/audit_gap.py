"""Count the records that the timing gap made unusable, before the set is completed."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.operations.acceptance import fingerprint, or_accept
from pryv_tui.operations.audit.from_set import Audit, audit_files
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.overview.suspicious import MISSING
from pryv_tui.operations.plan import Step
from pryv_tui.operations.sets.unexplained import unexplained
from pryv_tui.operations.steps.sets.complete_set import hosts_of
from pryv_tui.phrases import counted
from pryv_tui.platform.casualties import summary
from pryv_tui.vault.manifest import Finding

KEY = "missing-attachments"
"""The key by which a person accepts missing attachments."""
NAMED = 3


class AuditGap(Step, frozen=True, kw_only=True, tag="audit-gap"):
    """Count the accounts, attachments and series that lack their other half in the set.

    The counts are reported and recorded in the set. They are no warning, because each backup of a
    platform in use may have some; operators who want fewer use `--gap-budget` and `--hold`. It is a
    warning if an attached file is missing although nothing was deleted during the backup.
    """

    hosts: tuple[str, ...]

    @property
    def title(self) -> str:
        return "Audit what the timing gap cost"

    def perform(self, ctx: RunContext) -> None:
        folder, hosts = Path(ctx.facts.set_folder), hosts_of(ctx, self.hosts)
        found = audit_files(folder, hosts, ctx.check_cancelled)
        self._name_unexplained(
            ctx,
            unexplained(folder, hosts, ctx.facts.moments, found.names("attachments", "missing")),
            found,
        )
        ctx.facts.casualties = found.counts
        for name, held in found.held.items():
            facts = ctx.facts.of(name)
            facts.accounts, facts.attachments = held.accounts, held.attachments
            if held.points is not None:
                facts.stores["influxdb"]["points"] = held.points
        for item in found.not_checked:
            ctx.report.note(f"not checked: {item.what}: {item.why}")
        told = summary(found.counts)
        for line in told:
            ctx.report.note(f"{line}; to see their names: pryv-tui audit {ctx.set_id}")
        if not told and not found.not_checked:
            ctx.checked("inside the set no account, attachment or series lacks its other half")
        elif told:
            ctx.checked(f"the gap cost: {'; '.join(told)}")

    def _name_unexplained(self, ctx: RunContext, missing: list[str], found: Audit) -> None:
        if not missing:
            return
        count = len(missing)
        named = ", ".join(map(found.shown, missing[:NAMED])) + (" …" if count > NAMED else "")
        what = counted(count, "attachment is", "attachments are")
        finding = Finding(
            key=KEY,
            about=fingerprint(*sorted(missing)),
            text=f"{what} missing, but the dump has the events, and nothing in it shows a deletion"
            f" while the backup was made: {named}",
        )
        ctx.find(
            finding,
            or_accept(f"{MISSING} All of them: pryv-tui audit {ctx.set_id}", KEY),
        )
