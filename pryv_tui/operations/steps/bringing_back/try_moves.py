"""Test whether the content of roots can be moved, before an undo stops anything."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.mounts import disks_of
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import Step
from pryv_tui.operations.root.aside import parts_of
from pryv_tui.operations.root.trial import Fast, held_in, held_of, way_out
from pryv_tui.operations.steps.bringing_back.put_back_root import refuse_absent
from pryv_tui.platform.disks import below


class TryMoves(Step, frozen=True, kw_only=True, tag="try-moves"):
    """Try to rename each entry to a path where the kernel never allows it: if the error is another
    one than expected, the entry can't be moved. Nothing is moved."""

    undone_run: str
    roots: tuple[tuple[str, str, str], ...]
    """Host, root, and the folder with the root's former content."""

    @property
    def title(self) -> str:
        return "Check that everything can be moved back"

    def perform(self, ctx: RunContext) -> None:
        found: list[Fast] = []
        for _host, root, aside in self.roots:
            place = Path(root)
            refuse_absent(place, Path(aside))
            if place.is_dir():
                found += held_in(place, below(disks_of(place).disks))
            found += held_of(parts_of(Path(aside)))
        refuse_held(ctx, found)


def refuse_held(ctx: RunContext, found: list[Fast]) -> None:
    """Refuse if an entry can't be moved.

    Args:
        found: the entries that can't be moved.

    Raises:
        PryvTuiError: `refused`, there is such an entry.
    """
    if found:
        names = ", ".join(f"{one.path} ({one.why})" for one in found[:3])
        more = f", and {len(found) - 3} more" if len(found) > 3 else ""
        # A cancelled restore makes this test too, before it puts back what it had moved.
        stopped = any(owed.kind == "start" for owed in ctx.facts.owed)
        raise PryvTuiError(
            "refused",
            f"these can't be moved: {names}{more}{'' if stopped else '; nothing was stopped'}",
            way_out(found),
        )
