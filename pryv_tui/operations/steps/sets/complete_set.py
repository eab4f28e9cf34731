"""Complete a set: write its manifest, then rename its folder to the set's final name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pryv_tui import __version__
from pryv_tui.clock import timestamp
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.lost.seen import note_roles
from pryv_tui.operations.overview.suspicious import warn_of_less
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.services.wellbeing import unwell_now
from pryv_tui.operations.sets.known_vaults import remember
from pryv_tui.operations.settings.shrinking import AS_USUAL, Limits
from pryv_tui.platform.casualties import in_brief as casualties_in_brief
from pryv_tui.platform.gap import data_as_of, measure, went_back
from pryv_tui.platform.identity import COMPOSE_SERVICE
from pryv_tui.sanitize import one_line
from pryv_tui.vault.guide.page import restore_guide
from pryv_tui.vault.manifest import SetHost, SetImage, SetManifest, gap_in_brief
from pryv_tui.vault.set_names import PARTIAL


class CompleteSet(Step, frozen=True, kw_only=True, tag="complete-set"):
    """Write `set.json` and `RESTORE.md`, flush everything to disk, then rename the folder
    atomically."""

    vault: str
    set_id: str
    roles: tuple[str, ...]
    hosts: tuple[str, ...]
    limits: Limits = AS_USUAL
    """How much smaller than the previous set this one may be without a warning."""

    @property
    def title(self) -> str:
        return "Complete the set"

    @property
    def command(self) -> tuple[str, ...]:
        final = f"{self.vault}/{self.set_id}"
        return ("sync", quote("mv", f"{final}{PARTIAL}", final))

    @property
    def leaves(self) -> str:
        return f"a folder named {PARTIAL}, which is never used as a set"

    def perform(self, ctx: RunContext) -> None:
        if went_back(ctx.facts.moments):
            ctx.warn(
                "the clock of this machine was set back during the backup: the times in the set,"
                " and the gap that is computed from them, are not reliable"
            )
        warn_of_less(ctx, self.set_id, hosts_of(ctx, self.hosts), self.limits)
        manifest = self.manifest(ctx)
        partial = Path(ctx.facts.set_folder)
        final = ctx.site.vault.complete(partial, manifest, restore_guide(manifest))
        ctx.facts.set_folder = str(final)
        ctx.manifest = manifest
        ctx.facts.as_of = data_as_of(manifest.moments)
        ctx.facts.gap = [
            gap_in_brief(manifest),
            casualties_in_brief(manifest.casualties, manifest.id),
        ]
        ctx.checked(f"the set {manifest.id} is complete: {final}")
        try:
            remember(ctx.site, manifest.id)
        except PryvTuiError as error:
            ctx.warn(error.told)
        note_roles(ctx.site, ctx.deployment, self.roles)

    def manifest(self, ctx: RunContext) -> SetManifest:
        """Build the content of `set.json` from the facts that the run has collected."""
        deployment = ctx.deployment
        return SetManifest(
            tool=__version__,
            id=self.set_id,
            label=ctx.label,
            created=timestamp(),
            practice=ctx.site.practice,
            domain=deployment.domain,
            form=deployment.form,
            release=deployment.release,
            roles=self.roles,
            hosts=tuple(hosts_of(ctx, self.hosts)),
            moments=tuple(ctx.facts.moments),
            gap=measure(ctx.facts.moments, ctx.facts.hold),
            hold=ctx.facts.hold,
            casualties=ctx.facts.casualties,
            warnings=tuple(ctx.facts.warnings),
            findings=tuple(ctx.facts.findings),
            run=ctx.run_id,
            sealed=True,
            seconds=dict(ctx.facts.seconds),
        )


def hosts_of(ctx: RunContext, names: Sequence[str]) -> list[SetHost]:
    """Build the entries of `set.json` for these hosts from the facts that the run has collected."""
    hosts = []
    for name in names:
        state, facts = ctx.state_of(name), ctx.facts.of(name)
        unwell = unwell_now(state)
        hosts.append(
            SetHost(
                name=name,
                root=state.root or "",
                roles=tuple(state.roles),
                release=one_line(state.release) if state.release else state.release,
                engine=one_line(state.engine),
                images=tuple(
                    SetImage(
                        one_line(c.name),
                        one_line(c.image),
                        one_line(c.image_digest),
                        c.name in state.running,
                        one_line(c.labels.get(COMPOSE_SERVICE, "")),
                        c.known_as,
                        one_line(unwell.get(c.name, "")),
                    )
                    for c in state.containers
                ),
                files=facts.files,
                bytes=facts.bytes,
                folders=facts.folders,
                links=facts.links,
                tree=facts.tree,
                index=facts.index,
                sums=facts.sums,
                linked_from=facts.linked_from,
                linked_files=facts.linked_files,
                linked_bytes=facts.linked_bytes,
                layout=state.layout,
                mounts=state.mounted.disks,
                clock_offset_seconds=facts.clock_offset,
                recreated=tuple(facts.recreated),
                accounts=facts.accounts,
                attachments=facts.attachments,
                notes=tuple(facts.notes),
                stores=facts.stores,
            )
        )
    return hosts
