"""Report the sets that a prune does not touch, because a person has to look at them first."""

from __future__ import annotations

from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import Step


class FlagSets(Step, frozen=True, kw_only=True, tag="flag-sets"):
    """Warn of each of these sets."""

    flagged: tuple[str, ...]
    """One text for each set: its id, and what is wrong with it."""

    @property
    def title(self) -> str:
        return "Report the sets that a person should look at"

    def perform(self, ctx: RunContext) -> None:
        for text in self.flagged:
            ctx.warn(text)
