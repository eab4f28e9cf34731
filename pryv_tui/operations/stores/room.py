"""Estimate how large a dump will be.

A database stops when its disk is full. So a dump's size is estimated before it begins, and the disk
is watched while it is written (`ending.RoomWatch`), since no estimate is certain.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.deep_trees import walk
from pryv_tui.hosts.deployment import HostState
from pryv_tui.hosts.host import Host
from pryv_tui.operations.stores.mongo_server import ask_server
from pryv_tui.vault.set_files import FILES_NAME
from pryv_tui.vault.sets import BackupSet

DUMPED = ("mongodb", "influxdb")
MORE = 1.1
"""The factor by which a dump may have grown since the last one."""


class DumpSize(msgspec.Struct, frozen=True):
    """The estimated size of a store's dump."""

    bytes: int
    source: str
    certain: bool = True
    """False: the dump may be several times as large."""


def dump_size(host: Host, state: HostState, store: str, latest: BackupSet | None) -> DumpSize:
    """Estimate a store's dump from its server's statistics, from the last dump, or from its files.

    Args:
        latest: the newest set of this platform.
    """
    if store == "mongodb":
        told = _told_by_server(host, state)
        if told is not None:
            return DumpSize(told, "the server's own statistics")
    last = _last_dump(state, store, latest)
    if last is not None:
        return DumpSize(int(last * MORE), f"the dump in {latest.id if latest else ''}")
    # MongoDB's files are compressed, its dumps are not.
    return DumpSize(data_bytes(state, store), "its data files", store != "mongodb")


def dump_sizes(host: Host, state: HostState, latest: BackupSet | None) -> dict[str, DumpSize]:
    """Estimate the dump of every store of a host that is dumped."""
    stores = [store for store in DUMPED if store in state.layout.stores]
    return {store: dump_size(host, state, store, latest) for store in stores}


def dumps_bytes(sizes: Mapping[str, DumpSize]) -> int:
    return sum(found.bytes for found in sizes.values())


def _told_by_server(host: Host, state: HostState) -> int | None:
    container = state.container("mongodb")
    if container is None or not container.running or not state.reachable:
        return None
    try:
        size = ask_server(host.engine, container).bytes
    except PryvTuiError:
        return None
    return None if size is None else int(size)


def _last_dump(state: HostState, store: str, latest: BackupSet | None) -> int | None:
    manifest = latest.manifest if latest is not None else None
    part = next((h for h in manifest.hosts if h.name == state.name), None) if manifest else None
    layout = part.layout.stores.get(store) if part is not None else None
    if latest is None or part is None or layout is None or store not in part.stores:
        return None
    told = part.stores[store].get("bytes")
    if isinstance(told, int):
        return told
    return (
        tree_bytes(latest.host_folder(part.name) / FILES_NAME / layout.dump)
        if latest.here
        else None
    )


def tree_bytes(folder: Path) -> int:
    """The length of all files below a folder, in bytes; 0 for a folder that does not exist."""
    return _sum(folder, lambda found: found.st_size)


def data_bytes(state: HostState, store: str) -> int:
    """The bytes that a store's data folder occupies on its disk.

    It is not the length of its files: InfluxDB creates 32 MiB for the series of every database,
    almost all of it a hole.
    """
    layout = state.layout.stores.get(store)
    if layout is None:
        return 0
    return _sum(state.root_path / layout.data, lambda found: found.st_blocks * 512)


def _sum(folder: Path, of: Callable[[os.stat_result], int]) -> int:
    total = 0
    for holder, _folders, names in walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += of(os.lstat(Path(holder) / name))
    return total
