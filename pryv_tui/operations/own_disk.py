"""Writing on a disk that a platform writes to as well: it must never see that one full."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pryv_tui.errors import Cancelled
from pryv_tui.operations.containers.ending import AnyOf, RoomWatch, kept_free
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.guards.place import SPACE_RESERVE, same_disk


def platforms_own(ctx: RunContext, folder: Path) -> bool:
    """Whether a folder, there or not yet, is on the disk of any root that is here."""
    roots = [state.root_path for state in ctx.deployment.hosts if state.root_exists]
    return any(same_disk(root, folder) for root in roots)


def left_free(ctx: RunContext, folder: Path) -> int:
    """Bytes that stay free where something is written to a folder."""
    return kept_free(folder) if platforms_own(ctx, folder) else SPACE_RESERVE


@contextmanager
def ended_in_time(ctx: RunContext, folder: Path, what: str) -> Iterator[AnyOf]:
    """What cancels a copy into a folder: the operator, or that a platform's disk runs full.

    Args:
        what: what is done, for the error.

    Raises:
        PryvTuiError: `disk-full`, it was ended for that.
    """
    every = ctx.site.patience.room_every
    watch = RoomWatch(folder, every) if platforms_own(ctx, folder) else None
    try:
        yield AnyOf(ctx.cancel, watch)
    except Cancelled:
        if watch is None or watch.found is None or ctx.cancel.is_set():
            raise
        raise watch.error(what) from None
