"""The folders and stores of the roles as they lie on a machine: which are there, how large they
are."""

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
    """A folder of a role with its size."""

    path: str
    kind: str
    bytes: int
    files: int


def glimpse(deployment: Deployment) -> tuple[bool, ...]:
    """Whether the roots and the roles' own folders are there: a look at some folders, so cheap that
    it can be taken each second. No engine tells that a folder went."""
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
    """The folders of a host's roles that exist, with their sizes: a walk, so not for the event
    loop. A folder's size leaves out those listed below it on their own."""
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
        # As a backup counts: what SQLite keeps beside its databases is not taken.
        chosen = Selection(only=(folder.path,), leave_out=below, sqlite=state.layout.sqlite)
        try:
            count = count_tree(state.root_path, chosen)
        except (OSError, PryvTuiError):
            continue
        sizes.append(FolderSize(folder.path, folder.kind, count.bytes, count.files))
    return sizes


def store_states(state: HostState) -> list[dict[str, Any]]:
    """Per store whether its container runs."""
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
