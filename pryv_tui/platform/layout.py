"""Find the folders of one machine: from the containers' mounts, else from the templates.

The mounts decide, since releases differ: up to 1.6.16 a cluster core mounts
`pryv/core/mongodb/backup` as `/app/backup`, later releases `pryv/mongodb/backup`. The templates'
table is used only where a machine has no containers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import PurePosixPath

import msgspec

from pryv_tui.platform.roles import (
    ALWAYS_LEFT_OUT,
    LOG_GLOBS,
    ROLES,
    SQLITE_GLOBS,
    Folder,
    RoleName,
)


class StoreLayout(msgspec.Struct, frozen=True, kw_only=True):
    """One store: its container, and the paths of its data and dumps on the host and inside."""

    container: str
    data: str
    """Data folder, relative to the root."""
    data_inside: str
    dump: str = ""
    """Dump folder, relative to the root; empty for a store that is not dumped (Redis)."""
    dump_inside: str = ""


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """The folders of one machine that matter to a backup and a restore, relative to its root."""

    stores: dict[str, StoreLayout] = {}
    recreated: tuple[str, ...] = ()
    """Folders left out of a backup and recreated empty by a restore."""
    left_out: tuple[str, ...] = ALWAYS_LEFT_OUT
    sqlite: tuple[str, ...] = SQLITE_GLOBS
    may_change: tuple[str, ...] = LOG_GLOBS
    folders: tuple[Folder, ...] = ()

    @property
    def all_left_out(self) -> tuple[str, ...]:
        return (*self.left_out, *self.recreated)


TEMPLATE_STORES: dict[str, StoreLayout] = {
    "mongodb": StoreLayout(
        container="pryvio_mongodb",
        data="pryv/mongodb/data",
        data_inside="/app/data",
        dump="pryv/mongodb/backup",
        dump_inside="/app/backup",
    ),
    "influxdb": StoreLayout(
        container="pryvio_influxdb",
        data="pryv/influxdb/data",
        data_inside="/var/lib/influxdb",
        dump="pryv/influxdb/backup",
        dump_inside="/pryv/backup",
    ),
    "redis": StoreLayout(container="pryvio_redis", data="pryv/redis/data", data_inside="/app/data"),
}

STORE_ROLE: dict[str, RoleName] = {"mongodb": "core", "influxdb": "core", "redis": "register"}


# Both are cached: each look at the platform asks for the same few mounts.


@lru_cache(maxsize=2048)
def plain(path: str) -> str:
    """A path in the form used for comparison: without `.`, doubled slashes or a slash at its
    end."""
    return str(PurePosixPath(path))


@lru_cache(maxsize=512)
def relative_to_root(path: str, root: str) -> str | None:
    """Return `path` relative to `root`, or None if the path is outside the root."""
    try:
        return PurePosixPath(path).relative_to(PurePosixPath(root)).as_posix()
    except ValueError:
        return None


def resolve_layout(
    roles: Iterable[RoleName],
    root: str,
    mounts: Mapping[str, Mapping[str, str]],
    names: Mapping[str, str] | None = None,
) -> Layout:
    """The layout of a machine.

    Args:
        roles: the roles of this machine.
        root: the machine's root, absolute.
        mounts: for each container, by its name in the templates: the path inside to the host
            folder, as the engine gives them.
        names: the containers' actual names, by service. A missing container is taken to have its
            name in the templates.
    """
    here = tuple(roles)
    names = names or {}
    stores: dict[str, StoreLayout] = {}
    moved: dict[str, str] = {}
    for name, template in TEMPLATE_STORES.items():
        if STORE_ROLE[name] not in here:
            continue
        inside = mounts.get(template.container, {})
        found = {}
        for field in ("data", "dump"):
            usual = getattr(template, field)
            source = inside.get(getattr(template, f"{field}_inside"))
            real = relative_to_root(source, root) if source else None
            found[field] = real if usual and real is not None else usual
            if usual:
                moved[usual] = found[field]
        stores[name] = StoreLayout(
            container=names.get(name, template.container),
            data=found["data"],
            data_inside=template.data_inside,
            dump=found["dump"],
            dump_inside=template.dump_inside,
        )
    folders: list[Folder] = []
    for role in here:
        for folder in ROLES[role].folders:
            path = moved.get(folder.path, folder.path)
            if path not in [known.path for known in folders]:
                folders.append(Folder(path, folder.kind, folder.why))
    return Layout(
        stores=stores,
        recreated=tuple(f.path for f in folders if f.kind == "recreated"),
        folders=tuple(folders),
    )
