"""What a root itself tells of a restore or an undo that is half-way: its mark, and what lies aside.

The journal tells more, but it lies in another folder, which can be lost, damaged or another one.
Whether a root is whole is decided here.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from pryv_tui import own_folder
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.root.aside import MOVING, RELEASING, RETURNING, kept_folders, still_aside
from pryv_tui.operations.root.marker import UNKNOWN, Marker, read_marker


class HalfRoot(NamedTuple):
    """A root that a restore or an undo has left half-way."""

    host: str
    root: str
    run: str
    """The run that did it; `unknown` where nothing says so."""
    set_id: str
    """The set that was being restored; empty where nothing says so, and for an undo."""
    undoes: str
    """For an undo, the run that it undid."""
    aside: str
    """Where the former content lies, in whichever state (`aside.still_aside`); or empty."""
    marked: bool
    """It has a mark; else only what is on its way tells it."""


def half_roots(deployment: Deployment, told: Collection[tuple[str, str]] = ()) -> list[HalfRoot]:
    """The roots that are half-way, as their own folders tell.

    Args:
        told: host and root of those that are known from elsewhere, and left out.
    """
    found = []
    for state in deployment.hosts:
        if not state.root or not state.root_exists or (state.name, state.root) in told:
            continue
        root = Path(state.root)
        marker = read_marker(root)
        aside = aside_of(root, marker)
        if marker is None and aside is None:
            continue
        known = marker is not None and marker.run != UNKNOWN
        undone = marker.undoes if marker is not None and known else ""
        run = marker.run if marker is not None and known else aside.name if aside else UNKNOWN
        found.append(
            HalfRoot(
                host=state.name,
                root=state.root,
                run=run,
                set_id=marker.set_id if marker is not None and known and not undone else "",
                undoes=undone,
                aside=str(aside) if aside else "",
                marked=marker is not None,
            )
        )
    return found


def aside_of(root: Path, marker: Marker | None) -> Path | None:
    """Where the former content of a half-way root lies, or is on its way to or from.

    What a mark says counts, if that is a folder of ours there. Without a mark that can be read,
    what is on its way; with one that can't, else the newest that lies aside: nothing is lost by a
    return of it, since what is in the root then is moved aside in turn.
    """
    own = own_folder.of(root)
    ours = own / own_folder.ASIDE
    if marker is not None and marker.run != UNKNOWN:
        named = Path(marker.aside) if marker.aside else ours / marker.run
        kept_there = named.parent in {own / name for name in own_folder.KEPT}
        return named if kept_there and still_aside(named) else None
    every = kept_folders(root)
    kept = [path for path in every if path.parent == ours]
    # What an undo had set aside is on its way back where that is undone.
    moving = [path for path in kept if path.name.endswith((MOVING, RETURNING))]
    moving += [path for path in every if path.parent != ours and path.name.endswith(RETURNING)]
    if not moving and marker is not None:
        moving = [path for path in kept if not path.name.endswith(RELEASING)]
    plain = [
        path.with_name(path.name.removesuffix(MOVING).removesuffix(RETURNING)) for path in moving
    ]
    return max(plain, key=lambda path: path.name, default=None)


def asides_of_run(deployment: Deployment, run: str) -> dict[str, tuple[str, str]]:
    """By host, the root and the folder in which what a run moved aside there lies."""
    found = {}
    for state in deployment.hosts:
        if state.root and state.root_exists:
            named = own_folder.aside(Path(state.root), run)
            if run and named.name == run and still_aside(named):
                found[state.name] = (state.root, str(named))
    return found
