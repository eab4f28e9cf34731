"""Begin a backup set: check the guards, then make the folder of an unfinished set."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.clock import now_seconds
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.guards import backup_guards, enforce
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.root.leftovers import clear_all
from pryv_tui.operations.sets.known_vaults import remember
from pryv_tui.operations.sets.targets import hosts_for
from pryv_tui.platform.gap import HoldKind
from pryv_tui.vault.set_names import PARTIAL
from pryv_tui.vault.sets import Unfinished

CLOCK_SECONDS = 2.0
"""If the clocks of two machines differ by more seconds, that is noted."""


class OpenSet(Step, frozen=True, kw_only=True, tag="open-set"):
    """Check every precondition of a backup, then make the folder `<id>.partial`, with mode 0700."""

    vault: str
    set_id: str
    roles: tuple[str, ...]
    hold: HoldKind | None = None
    full: bool = False
    """Whether no file is linked to an earlier set, so that the disk needs space for all files."""

    @property
    def title(self) -> str:
        return "Check the preconditions, open the set"

    @property
    def command(self) -> tuple[str, ...]:
        return (quote("mkdir", "-p", "-m", "700", f"{self.vault}/{self.set_id}{PARTIAL}"),)

    @property
    def leaves(self) -> str:
        return f"an empty folder {self.set_id}{PARTIAL} in the vault"

    def perform(self, ctx: RunContext) -> None:
        enforce(ctx, backup_guards(ctx.site, ctx.deployment, self.roles, self.hold, self.full))
        if ctx.site.vault.repository:
            clear_all(ctx, Path(self.vault))
        for state in hosts_for(ctx.deployment, self.roles):
            compare_clocks(ctx, state.name)
        hosts = hosts_for(ctx.deployment, self.roles)
        about = Unfinished(
            practice=ctx.site.practice,
            domain=ctx.deployment.domain,
            roots={state.name: state.root or "" for state in hosts},
        )
        # Remember the vault, so that the next run can report if it is missing.
        remember(ctx.site)
        ctx.facts.set_folder = str(ctx.site.vault.begin(self.set_id, about))


def compare_clocks(ctx: RunContext, host: str) -> None:
    """Record by how many seconds a host's clock is ahead of this machine's.

    The run measures its moments with this machine's clock, but files and records of the host have
    times of the host's clock.
    """
    before = now_seconds()
    try:
        there = ctx.site.host(host).engine.clock()
    except PryvTuiError as error:
        ctx.report.note(f"the clock of {host} could not be compared: {error.what}")
        return
    offset = round(there - (before + now_seconds()) / 2, 3)
    ctx.facts.of(host).clock_offset = offset
    if abs(offset) > CLOCK_SECONDS:
        way = "ahead of" if offset > 0 else "behind"
        ctx.report.note(
            f"the clock of {host} is {abs(offset):.1f} s {way} this machine's clock, which"
            " measures the gap"
        )
