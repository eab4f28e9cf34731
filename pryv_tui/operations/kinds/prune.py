"""Prune: remove the sets that no rule keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec

from pryv_tui.operations.kind import Progress, Request, World
from pryv_tui.operations.sets.retention import NO_RULES, KeepRules, confirmed, judge, newest_kept

if TYPE_CHECKING:
    from pryv_tui.operations.context import RunContext
    from pryv_tui.operations.plan import Plan


class Prune(Request, frozen=True, kw_only=True, tag="prune"):
    """The request for a prune."""

    keep: KeepRules = NO_RULES
    """The rules that keep sets."""
    shown: tuple[str, ...] | None = None
    """The ids of the sets that were shown to a person who confirmed their removal; no other set is
    removed. None: no list was confirmed."""

    also_kept: dict[str, str] = msgspec.field(default_factory=dict)
    """By set id, the reason why a set is kept in addition to rules and pins: incidents name it."""

    for_good: ClassVar[bool] = True

    def plan(self, world: World) -> Plan:
        """Plan the prune.

        Raises:
            PryvTuiError: see `known_vaults.require`.
        """
        from pryv_tui.operations.comparing.theirs import told_apart
        from pryv_tui.operations.plans.prune import prune_plan
        from pryv_tui.operations.plans.transfer import repository_here
        from pryv_tui.operations.sets.known_vaults import require

        site, deployment = world.site, world.deployment
        sets = site.vault.sets()
        require(site)
        judged = judge(
            sets,
            self.keep,
            domain=deployment.domain,
            practice=site.practice,
            accepted=site.accepted,
            also_kept=self.also_kept,
            others=told_apart(site, deployment, sets, most=None).others,
        )
        if self.shown is not None:
            judged = confirmed(judged, self.shown)
        return prune_plan(
            judged,
            vault=str(site.vault.folder),
            domain=deployment.domain,
            roles=deployment.roles,
            begun=site.vault.half_removed(),
            repository=repository_here(site, deployment, sets),
            snapshots={b.id: (b.snapshot, *b.twins) for b in sets if b.snapshot},
            instead=newest_kept(sets, judged),
        )

    @classmethod
    def cancelling(cls, progress: Progress) -> str:
        return (
            "Sets that are removed are gone for good; the others stay. A set that is half removed"
            " is not a set any more: the next prune removes the rest of it."
        )

    @classmethod
    def done(cls, plan: Plan, ctx: RunContext) -> str:
        stays = f", except for {', '.join(ctx.facts.lacking)}" if ctx.facts.lacking else ""
        return f"The sets that no rule keeps are removed{stays}."


KIND = Prune
