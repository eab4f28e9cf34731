"""The restore part of influxd: the databases' metadata in one message, then one shard after
another.

A single existing database aborts the whole restore; a set without databases fails with the same
message. The metadata of a large platform is too long for the message that the server reads.
"""

from __future__ import annotations

import json
import tarfile
from dataclasses import dataclass
from pathlib import Path

from pryv_tui.practice.locking import write_atomically
from pryv_tui.practice.stores import influx_meta
from pryv_tui.practice.stores.influx import DatabaseExists, InfluxStore
from pryv_tui.practice.tools.context import Context, influx_stamp, reason

_MESSAGE_LIMIT = 128 * 1024
"""A limit in bytes. The server reads only a part of a large message: 84 kB arrived in real runs,
140 kB did not."""


@dataclass(frozen=True)
class _Shard:
    database: str
    number: int
    file: Path


class _Unusable(Exception):
    """The error for a set that can't be restored; its text is influxd's message."""


def restore(context: Context, store: InfluxStore, inside: str, only: str) -> int:
    """Restore the sets in a folder of the container. Return the exit code."""
    try:
        folder = context.path(inside)
    except FileNotFoundError:
        folder = None
    if folder is None or not folder.is_dir():
        context.err(f"restore: backup path should be a valid directory: {inside}\n")
        return 1
    manifests = sorted(folder.glob("*.manifest"))
    if not manifests:
        context.err(f"restore: No manifest files found in: {inside}\n\n")
        return 1
    try:
        shards, meta = _read(manifests, folder)
        if only:
            meta.databases = [d for d in meta.databases if d.name == only]
            shards = [shard for shard in shards if shard.database == only]
        if context.fault("influx-database-exists"):
            _run_too_early(store, meta)
        renumbered = _send_meta(context, store, meta)
        for shard in shards:
            context.spend(1 / len(shards))
            if (number := renumbered.get((shard.database, shard.number))) is not None:
                _log(context, f"Restoring shard {shard.number} live from backup {shard.file.name}")
                _unpack(store, shard, number)
    except _Unusable as error:
        context.err(f"restore: {error}\n")
        return 1
    return 0


def _read(manifests: list[Path], folder: Path) -> tuple[list[_Shard], influx_meta.Meta]:
    """Merge all manifests of a folder: the newest metadata, and the newest file of each shard."""
    shards: dict[tuple[str, int], _Shard] = {}
    for path in manifests:
        try:
            manifest = json.loads(path.read_bytes())
            meta_file = folder / manifest["meta"]["fileName"]
            for entry in manifest["files"] or ():
                file = folder / entry["fileName"]
                key = entry["database"], entry["shardID"]
                shards[key] = _Shard(entry["database"], entry["shardID"], file)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _Unusable(f"read manifest: {error}") from None
    try:
        content = influx_meta.unpack(meta_file.read_bytes())
        meta = influx_meta.decode(content)
    except OSError as error:
        raise _Unusable(f"open {meta_file.name}: {reason(error)}") from None
    except ValueError as error:
        raise _Unusable(f"unmarshal: {error}") from None
    return sorted(shards.values(), key=lambda s: s.number), meta


def _run_too_early(store: InfluxStore, meta: influx_meta.Meta) -> None:
    """Simulate an application that starts before the restore: its request creates its database."""
    for database in meta.databases[:1]:
        if database.name not in store.databases():
            store.create(database.name)


def _send_meta(
    context: Context, store: InfluxStore, meta: influx_meta.Meta
) -> dict[tuple[str, int], int]:
    try:
        if len(influx_meta.encode(meta)) > _MESSAGE_LIMIT:
            raise DatabaseExists(
                "updating metadata on influxd service failed: err=read tcp"
                " 127.0.0.1:53968->127.0.0.1:8088: read: connection reset by peer, n=16"
            )
        return store.import_meta(meta)
    except DatabaseExists as error:
        context.err(f"{influx_stamp()}error updating meta: {error}\n")
        raise _Unusable(str(error)) from None


def _unpack(store: InfluxStore, shard: _Shard, number: int) -> None:
    folder = store.shard_folder(shard.database, number)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(shard.file, "r:gz") as archive:
            for member in archive:
                content = archive.extractfile(member)
                if content is not None:
                    write_atomically(folder / Path(member.name).name, content.read(), mode=0o644)
    except OSError as error:
        raise _Unusable(f"open {shard.file.name}: {reason(error)}") from None
    except (tarfile.TarError, EOFError) as error:
        raise _Unusable(f"{shard.file.name}: unexpected EOF ({error})") from None


def _log(context: Context, text: str) -> None:
    context.out(f"{influx_stamp()}{text}\n")
