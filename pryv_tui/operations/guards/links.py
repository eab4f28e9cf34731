"""Folders below a root that are reached through a link."""

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
    """No link is in the way to what a store dumps into, or keeps its data in where it is copied;
    nothing where that is so.

    A copy of the root holds the link alone, and the container follows it: a set would seem to hold
    a dump as long as that lies where the link leads to.
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
                    f" to {os.path.realpath(link)}; a set would hold the link, and nothing of"
                    f" {store}",
                    mounted_instead(link),
                )
            ]
    return []


def restored_links(state: HostState, root: Path, layout: Layout) -> list[GuardLine]:
    """Where a restore makes a folder on the root's own disk, in place of a link to another one."""
    paths = {folder.path for folder in layout.folders}
    paths |= {path for one in layout.stores.values() for path in (one.data, one.dump) if path}
    links = _links(root, paths)
    if not links:
        return []
    told = ", ".join(f"{link} (to {os.path.realpath(link)})" for link in links)
    return [
        warning(
            f"links {state.name}",
            f"{told}: a restore puts a real folder there, on the root's own disk, in place of the"
            " link; what the link leads to stays as it is, and is no longer used",
            mounted_instead(links[0]),
        )
    ]


def mounted_instead(link: Path) -> str:
    """What has a folder itself lie where a link to it does: whoever has it open notices nothing."""
    real = os.path.realpath(link)
    mount = quote("mount", "--bind", real, link)
    owner, first = link.lstat().st_uid, ""
    if owner not in believed():
        # Whoever made it would have root give a container any folder of the machine.
        look = quote("ls", "-la", real)
        first = f"See first what the container gets, which {user_words(owner)} chose: {look}. "
    return (
        f"{first}Have that folder itself there, for which no container has to stop (and a line in"
        f" /etc/fstab): rm {quote(link)} && mkdir {quote(link)} && {mount}"
    )


def _links(root: Path, paths: Iterable[str]) -> list[Path]:
    return sorted({link for path in paths if (link := _first_link(root, path)) is not None})


def _first_link(root: Path, path: str) -> Path | None:
    """The first link on the way from a root to a folder in it."""
    folder = Path(path)
    ways = reversed((folder, *folder.parents[:-1]))
    return next((root / way for way in ways if (root / way).is_symlink()), None)
