"""What a root's own folders tell about a half-way restore or undo: its mark, and moved content.

The journal tells more, but it is in another folder, which can be lost, damaged or another one. This
module decides whether a root is whole.
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
    """A root that a restore or an undo left half-way."""

    host: str
    root: str
    run: str
    """The run that left the root so; `unknown` if nothing names it."""
    set_id: str
    """The set that was being restored; empty if nothing names it, and for an undo."""
    undoes: str
    """For an undo: the run that it was undoing; else empty."""
    aside: str
    """The folder of the former content, also while content is still being moved there; empty if
    there is none."""
    marked: bool
    """Whether the root has a mark. False: only content that was being moved shows that the root is
    half-way."""


def half_roots(deployment: Deployment, told: Collection[tuple[str, str]] = ()) -> list[HalfRoot]:
    """Return the roots that are half-way, according to their own folders.

    Args:
        told: roots to leave out, as (machine, root), since they are known from elsewhere.
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
    """Return the folder with the former content of a half-way root; None if there is none.

    Content may still be on its way there. If the mark is readable, its path counts if that is a
    folder of ours below this root. Without a readable mark, content that was being moved counts. If
    the mark is unreadable and nothing was being moved, the newest folder of moved content counts:
    to put that back loses nothing, since the present content of the root is moved aside first.
    """
    own = own_folder.of(root)
    ours = own / own_folder.ASIDE
    if marker is not None and marker.run != UNKNOWN:
        named = Path(marker.aside) if marker.aside else ours / marker.run
        kept_there = named.parent in {own / name for name in own_folder.KEPT}
        return named if kept_there and still_aside(named) else None
    every = kept_folders(root)
    kept = [path for path in every if path.parent == ours]
    # While an undo is itself being undone, content that it had moved aside is on its way back.
    moving = [path for path in kept if path.name.endswith((MOVING, RETURNING))]
    moving += [path for path in every if path.parent != ours and path.name.endswith(RETURNING)]
    if not moving and marker is not None:
        moving = [path for path in kept if not path.name.endswith(RELEASING)]
    plain = [
        path.with_name(path.name.removesuffix(MOVING).removesuffix(RETURNING)) for path in moving
    ]
    return max(plain, key=lambda path: path.name, default=None)


def asides_of_run(deployment: Deployment, run: str) -> dict[str, tuple[str, str]]:
    """Return for each machine the platform's root, and the folder into which a run moved the root's
    former content. A machine on which the run moved nothing aside is left out."""
    found = {}
    for state in deployment.hosts:
        if state.root and state.root_exists:
            named = own_folder.aside(Path(state.root), run)
            if run and named.name == run and still_aside(named):
                found[state.name] = (state.root, str(named))
    return found
