"""The backup part of influxd: a `.meta`, one `.sN.tar.gz` for each shard, and the `.manifest` last.

Log lines go to standard output, as with the real one; retries go to standard error. Sets that are
already in the folder stay there.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pryv_tui.practice.stores import influx_meta
from pryv_tui.practice.stores.influx import InfluxStore
from pryv_tui.practice.tools.context import Context, influx_stamp, reason

_WAITS = ("2s",) * 6 + ("3.01s", "11.441s", "43.477s", "2m45.216s")
"""The waits of the real influxd between its tries; it gives up after the last."""


def server_down(context: Context, inside: str, address: str) -> int:
    """Try several times, then give up, as the real influxd does, but without its minutes of
    waiting."""
    context.out(f"{influx_stamp()}backing up metastore to {inside.rstrip('/')}/meta.00\n")
    problem = f"dial tcp {address}: connect: connection refused"
    for number, wait in enumerate(_WAITS):
        context.err(
            f"{influx_stamp()}Download shard 0 failed {problem}."
            f"  Waiting {wait} and retrying ({number})...\n"
        )
        context.spend(1 / len(_WAITS))
    context.err(f"backup: {problem}\n")
    return 1


def backup(context: Context, store: InfluxStore, inside: str, only: str) -> int:
    """Write one set into a folder of the container. Return the exit code."""
    base = inside.rstrip("/")
    try:
        folder = context.writable(inside)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        context.err(f"backup: mkdir {base}: {reason(error)}\n")
        return 1
    try:
        _write_set(context, store, folder, base, only)
    except OSError as error:
        context.err(f"backup: {error.filename}: {reason(error)}\n")
        return 1
    return 0


def _write_set(context: Context, store: InfluxStore, folder: Path, base: str, only: str) -> None:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    _log(context, f"backing up metastore to {base}/meta.00")
    meta = store.meta_bytes()
    if only:
        _log(context, f"backing up db={only}")
    else:
        _log(context, "No database, retention policy or shard ID given. Full meta store backed up.")
        _log(context, "Backing up all databases in portable format")
        _log(context, "backing up db=")
    made = [f"{stamp}.meta"]
    (folder / made[0]).write_bytes(influx_meta.pack(meta))
    entries: list[dict[str, Any]] = []
    shards = [shard for shard in store.shards() if not only or shard[0] == only]
    for database, shard, files in shards:
        path = f"{base}/{database}.{influx_meta.POLICY}.{shard:05d}.00"
        _log(
            context,
            f"backing up db={database} rp={influx_meta.POLICY} shard={shard} to {path}"
            " since 0001-01-01T00:00:00Z",
        )
        context.spend(1 / len(shards))
        name = f"{stamp}.s{shard}.tar.gz"
        pending = folder / f"{path.rsplit('/', 1)[1]}.pending"
        inner = f"{database}/{influx_meta.POLICY}/{shard}"
        size = _write_shard(pending, inner, files)
        pending.replace(folder / name)
        made.append(name)
        entries.append(
            {
                "database": database,
                "policy": influx_meta.POLICY,
                "shardID": shard,
                "fileName": name,
                "size": size,
                "lastModified": 0,
            }
        )
    manifest = {
        "meta": {"fileName": made[0], "size": len(meta)},
        "limited": bool(only),
        "files": entries or None,
    }
    if only:
        manifest["database"] = only
    made.append(f"{stamp}.manifest")
    _write_private(folder / made[-1], json.dumps(manifest, indent=2).encode())
    _log(context, "backup complete:")
    for name in made:
        _log(context, f"\t{base}/{name}")


def _write_shard(path: Path, inner: str, files: list[Path]) -> int:
    """Write one shard's files as a compressed tar. Return its size in bytes before compression."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for file in files:
            archive.add(file, f"{inner}/{file.name}", recursive=False)
        # Go's tar writer ends with two empty blocks, without padding to a record of ten kilobytes.
        end = archive.offset + 1024
    _write_private(path, gzip.compress(plain.getvalue()[:end], mtime=0))
    return end


def _write_private(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _log(context: Context, text: str) -> None:
    context.out(f"{influx_stamp()}{text}\n")
