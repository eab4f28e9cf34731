"""Estimate how large a dump will be.

A database stops when its disk is full. So the size of a dump is estimated before the dump begins.
As no estimate is certain, the disk is also watched during the dump (`ending.RoomWatch`).
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
"""The factor by which a new dump may be larger than the last one."""


class DumpSize(msgspec.Struct, frozen=True):
    """The estimated size of a store's dump."""

    bytes: int
    source: str
    certain: bool = True
    """False: the dump may become several times as large as `bytes`."""


def dump_size(host: Host, state: HostState, store: str, latest: BackupSet | None) -> DumpSize:
    """Estimate a store's dump from its server's statistics, from the last dump, or from its files.

    Args:
        latest: the newest set of this platform; None if there is none.
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
    """Estimate the dump of each store that a host has and that is dumped; by the store's name."""
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
    """The total length of all files below a folder, in bytes; 0 if the folder does not exist."""
    return _sum(folder, lambda found: found.st_size)


def data_bytes(state: HostState, store: str) -> int:
    """The bytes that a store's data folder occupies on its disk.

    The length of its files would be more: InfluxDB creates a file of 32 MiB for the series of every
    database, and most of it is not allocated on the disk.
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
