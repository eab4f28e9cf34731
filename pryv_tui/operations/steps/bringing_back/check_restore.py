"""Check the guards of a restore, which can refuse it before anything is changed."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.filesystem.mounts import disks_of
from pryv_tui.operations.comparing.set_side import role_moments
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.guards import enforce, restore_guards
from pryv_tui.operations.plan import Step
from pryv_tui.operations.root.trial import held_in
from pryv_tui.operations.sets.targets import Target
from pryv_tui.operations.steps.bringing_back.try_moves import refuse_held
from pryv_tui.platform.casualties import in_brief as casualties_in_brief
from pryv_tui.platform.disks import below
from pryv_tui.platform.gap import data_as_of
from pryv_tui.vault.manifest import gap_in_brief


class CheckRestore(Step, frozen=True, kw_only=True, tag="check-restore"):
    """Check that the set fits this platform: format, roles, release, domain and disk space."""

    set_id: str
    targets: tuple[Target, ...]
    kept: tuple[str, ...] = ()
    """Hosts on which an earlier run has already copied the files back; no space is needed there."""
    early: bool = False
    """Whether this check is made before the set is fetched or read, which may take hours. Then only
    reasons to refuse the restore are reported. Later a second check reports everything."""

    @property
    def title(self) -> str:
        if self.early:
            return "Check that the set belongs to this platform and can be restored here"
        return "Compare the set with this platform"

    def perform(self, ctx: RunContext) -> None:
        backup = ctx.site.vault.resolve(self.set_id)
        manifest = backup.manifest
        ctx.facts.casualties = manifest.casualties if manifest else None
        if manifest is not None:
            hosts = {target.set_host for target in self.targets}
            ctx.facts.as_of = data_as_of(m for m in manifest.moments if m.host in hosts)
            ctx.facts.as_of_roles = role_moments(manifest, hosts)
            ctx.facts.gap = [
                gap_in_brief(manifest),
                casualties_in_brief(manifest.casualties, manifest.id),
            ]
        for target in self.targets:
            root = Path(target.root)
            if root.is_dir() and target.host not in self.kept:
                refuse_held(ctx, held_in(root, below(disks_of(root).disks)))
        lines = restore_guards(ctx.site, ctx.deployment, backup, self.targets, self.kept)
        if self.early:
            enforce(ctx, [line for line in lines if line.outcome == "failed"])
            return
        enforce(ctx, lines)
        for line in lines:
            if line.accepted:
                # The run's result must say who accepted this, and why.
                ctx.checked(f"{line.name}, accepted by a person: {line.text}")
