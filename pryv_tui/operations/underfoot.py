"""Folders are swapped under stopped containers only; who looks, and when, is decided here.

A bind mount follows the inode: a container that runs through a swap goes on with the folder that
was there before, and what it writes is in no copy of the root. A run stops all containers first,
but an operator, a timer or another tool may start one meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import UP, Container, Engine
from pryv_tui.operations.context import RunContext


def must_be_stopped(ctx: RunContext, host: str, except_for: Sequence[str] = ()) -> None:
    """See that nothing runs on a host that was stopped, nor anything else that has the root, or a
    part of it, mounted.

    Args:
        except_for: services that may.

    Raises:
        PryvTuiError: `step-failed`, with what was started meanwhile.
    """
    found = ctx.found_on(host)
    theirs = {other.name for other in found.others}
    up = sorted(
        c.name
        for c in found.in_the_way
        if c.state in UP and (c.name in theirs or c.service not in except_for)
    )
    if up:
        names = ", ".join(up)
        raise PryvTuiError(
            "step-failed",
            f"{names} was started on {host} by somebody else, after this run had stopped it: it"
            " would go on with folders that were there before, or write to databases that are not"
            " back yet",
            "Find out who or what starts it (a person, a timer, another tool) and keep that from"
            " happening. The next try stops it again before it goes on.",
        )


def former_folder(engine: Engine, container: Container, root: Path) -> str:
    """The first folder of a root of which a running container sees a former one; empty: none."""
    for mount in container.mounts:
        source = Path(mount.source)
        inside = root == source or root in source.parents
        # Files are replaced in the ordinary course of things; folders are not.
        if mount.read_only or not container.running or not inside or source.is_file():
            continue
        if engine.shows(container.name, mount) is False:
            return mount.source
    return ""
