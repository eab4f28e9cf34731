"""Folders that a backup needs and that are reached through a link below the root."""

from __future__ import annotations

import os
from pathlib import Path

from pryv_tui.hosts.deployment import HostState
from pryv_tui.operations.guards.line import GuardLine, failed
from pryv_tui.operations.plan import quote
from pryv_tui.ways import believed, user_words


def links_guard(state: HostState) -> list[GuardLine]:
    """No link is in the way to what a store dumps into, or keeps its data in where it is copied;
    nothing where that is so.

    A copy of the root holds the link alone, and the container follows it: a set would seem to hold
    a dump as long as that lies where the link leads to.
    """
    root = state.root_path
    for store, layout in state.layout.stores.items():
        folder = Path(layout.dump or layout.data)
        for part in reversed((folder, *folder.parents[:-1])):
            link = root / part
            if not link.is_symlink():
                continue
            real = os.path.realpath(link)
            mount = quote("mount", "--bind", real, link)
            owner, first = link.lstat().st_uid, ""
            if owner not in believed():
                # Whoever made it would have root give a container any folder of the machine.
                look = quote("ls", "-la", real)
                first = (
                    f"See first what the container gets, which {user_words(owner)} chose: {look}. "
                )
            return [
                failed(
                    f"links {state.name}",
                    f"the folder of {store} {root / folder} is reached through a link: {link} leads"
                    f" to {real}; a set would hold the link, and nothing of {store}",
                    f"{first}Have that folder itself there, for which no container has to stop (and"
                    f" a line in /etc/fstab): rm {quote(link)} && mkdir {quote(link)} && {mount}",
                )
            ]
    return []
