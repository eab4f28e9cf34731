"""Write to a disk that a platform may write to as well, without ever filling it up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pryv_tui.errors import Cancelled
from pryv_tui.operations.containers.ending import AnyOf, RoomWatch, kept_free
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.guards.place import SPACE_RESERVE, same_disk


def platforms_own(ctx: RunContext, folder: Path) -> bool:
    """Whether a folder, which need not exist yet, is on the same disk as a root found here."""
    roots = [state.root_path for state in ctx.deployment.hosts if state.root_exists]
    return any(same_disk(root, folder) for root in roots)


def left_free(ctx: RunContext, folder: Path) -> int:
    """The bytes that have to stay free on a folder's disk when something is written to it."""
    return kept_free(folder) if platforms_own(ctx, folder) else SPACE_RESERVE


@contextmanager
def ended_in_time(ctx: RunContext, folder: Path, what: str) -> Iterator[AnyOf]:
    """Yield the token that cancels a copy into a folder.

    It is set if the operator cancels, or if the folder is on a platform's disk that gets too full.

    Args:
        what: the work that is being done, for the error.

    Raises:
        PryvTuiError: `disk-full`, the copy was ended because the disk was getting too full.
    """
    every = ctx.site.patience.room_every
    watch = RoomWatch(folder, every) if platforms_own(ctx, folder) else None
    try:
        yield AnyOf(ctx.cancel, watch)
    except Cancelled:
        if watch is None or watch.found is None or ctx.cancel.is_set():
            raise
        raise watch.error(what) from None
