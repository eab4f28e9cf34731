"""The folders and stores of a machine's roles: their sizes, and whether the stores are running."""

from __future__ import annotations

import os
from typing import Any

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.operations.sets.missing_roles import OWN_FOLDERS
from pryv_tui.platform.roles import ROLES
from pryv_tui.vault.files.types import Selection


class FolderSize(msgspec.Struct, frozen=True):
    """A folder of a role, with its size in bytes."""

    path: str
    kind: str
    bytes: int
    files: int


def glimpse(deployment: Deployment) -> tuple[bool, ...]:
    """Whether each root and each role's own folders exist, in a fixed order.

    A caller compares this with the last result to notice that a folder was removed: no engine
    reports that. It is cheap enough to be called every second.
    """
    return tuple(
        os.path.lexists(path)
        for state in deployment.hosts
        if state.root
        for path in (
            state.root_path,
            *(
                state.root_path / own
                for role in state.roles
                for own in (*OWN_FOLDERS[role], *ROLES[role].apart)
            ),
        )
    )


def folder_sizes(state: HostState) -> list[FolderSize]:
    """The existing folders of a host's roles, with their sizes.

    The size of a folder does not include recreated folders below it. A folder that can't be read is
    left out. This walks all files: never call it in the event loop.
    """
    if not state.root_exists or not state.root:
        return []
    from pryv_tui.vault.copying.count import count_tree

    sizes = []
    own = [folder.path for folder in state.layout.folders if folder.kind == "recreated"]
    for folder in state.layout.folders:
        path = state.root_path / folder.path
        if not path.is_dir():
            continue
        below = tuple(other for other in own if other.startswith(folder.path + "/"))
        # Counted as in a backup: without the files that SQLite keeps beside its databases.
        chosen = Selection(only=(folder.path,), leave_out=below, sqlite=state.layout.sqlite)
        try:
            count = count_tree(state.root_path, chosen)
        except (OSError, PryvTuiError):
            continue
        sizes.append(FolderSize(folder.path, folder.kind, count.bytes, count.files))
    return sizes


def store_states(state: HostState) -> list[dict[str, Any]]:
    """Whether the container of each store is running; SQLite has none and is left out."""
    found: list[dict[str, Any]] = []
    for role in state.roles:
        for store in ROLES[role].stores:
            if store == "sqlite":
                continue
            container = state.container(store)
            found.append(
                {
                    "store": store,
                    "reachable": bool(container and container.running),
                    "detail": f"{container.name} {container.state}"
                    if container
                    else "no container",
                }
            )
    return found
