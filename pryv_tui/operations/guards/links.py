"""Guards about symbolic links on the path to a folder of a root."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from pryv_tui.hosts.deployment import HostState
from pryv_tui.operations.guards.line import GuardLine, failed, warning
from pryv_tui.operations.plan import quote
from pryv_tui.platform.layout import Layout
from pryv_tui.ways import believed, user_words


def links_guard(state: HostState) -> list[GuardLine]:
    """Fail if the path to a store's dump folder (if it has none: data folder) has a symbolic link.

    A copy of the root has only the link, and not the files behind it. The set would look good as
    long as the link's target exists. Empty if there is no link.
    """
    root = state.root_path
    for store, layout in state.layout.stores.items():
        folder = layout.dump or layout.data
        link = _first_link(root, folder)
        if link is not None:
            return [
                failed(
                    f"links {state.name}",
                    f"the folder of {store} {root / folder} is reached through a link: {link} leads"
                    f" to {os.path.realpath(link)}; a set would hold the link,"
                    f" {_not_held(root, link, store)}",
                    mounted_instead(link),
                )
            ]
    return []


def _not_held(root: Path, link: Path, store: str) -> str:
    """Say what a set would lack because of a link to a store. If the link leads to another place in
    the root, the store's files are copied, but no check finds them there."""
    real = Path(os.path.realpath(link))
    if real.is_relative_to(os.path.realpath(root)):
        return "which no check of it follows"
    return f"and no data of {store}"


def restored_links(state: HostState, root: Path, layout: Layout) -> list[GuardLine]:
    """Warn of symbolic links that a restore replaces by real folders on the root's own disk."""
    paths = {folder.path for folder in layout.folders}
    paths |= {path for one in layout.stores.values() for path in (one.data, one.dump) if path}
    links = _links(root, paths)
    if not links:
        return []
    told = ", ".join(f"{link} (to {os.path.realpath(link)})" for link in links)
    return [
        warning(
            f"links {state.name}",
            f"{told}: a restore replaces the link by a real folder on the root's own disk; the"
            " folder that the link leads to stays as it is, and is no longer used",
            mounted_instead(links[0]),
        )
    ]


def mounted_instead(link: Path) -> str:
    """Return the commands that replace a link by a bind mount of its target; no container stops."""
    real = os.path.realpath(link)
    mount = quote("mount", "--bind", real, link)
    owner, first = link.lstat().st_uid, ""
    if owner not in believed():
        # Another user made the link, and could have chosen any folder to be given to a container.
        look = quote("ls", "-la", real)
        first = (
            f"First see what this folder holds, which was chosen by {user_words(owner)}: {look}. "
        )
    return (
        f"{first}Mount that folder there instead of the link; no container has to stop for it"
        f" (and add a line to /etc/fstab): rm {quote(link)} && mkdir {quote(link)} && {mount}"
    )


def _links(root: Path, paths: Iterable[str]) -> list[Path]:
    return sorted({link for path in paths if (link := _first_link(root, path)) is not None})


def _first_link(root: Path, path: str) -> Path | None:
    """Return the first symbolic link on the path from a root to a folder in it; None if none."""
    folder = Path(path)
    ways = reversed((folder, *folder.parents[:-1]))
    return next((root / way for way in ways if (root / way).is_symlink()), None)
