"""What `influxd backup -portable` leaves in a folder (InfluxDB 1.5 to 1.8).

`<UTC>.meta`, `<UTC>.s<shard>.tar.gz` for each shard, and last `<UTC>.manifest`: its presence is
what makes the backup complete. `*.pending` is what a crashed run leaves. In the manifest the size
of a shard is that of the tar inside (cmd/influxd/backup), and the size of the metadata that of the
content of `meta.db` inside, which is field 1 of the `.meta` file (backup_util, `PortableData`).
"""

from __future__ import annotations

import tarfile
import zlib
from gzip import BadGzipFile, GzipFile
from pathlib import Path

import msgspec

from pryv_tui.vault.formats.errors import FormatError
from pryv_tui.vault.formats.protobuf import fields

INTERNAL = "_internal"
"""InfluxDB's own monitoring, in which nobody's data is."""
_DATABASES = 5
_NAME = 1
_META_DB = 1
_CHUNK = 1 << 20


class _Meta(msgspec.Struct, rename={"file_name": "fileName"}):
    file_name: str
    size: int


class _Shard(msgspec.Struct, rename={"file_name": "fileName", "shard": "shardID"}):
    database: str
    policy: str
    shard: int
    file_name: str
    size: int


class _Manifest(msgspec.Struct):
    meta: _Meta
    limited: bool
    files: list[_Shard] | None


class InfluxBackup(msgspec.Struct, frozen=True, kw_only=True):
    """A complete portable backup.

    A database can be in the metadata and have no shard: nothing was ever written to it, or all of
    it has expired.
    """

    manifest: str
    """The manifest's file name."""
    meta: str
    """The metadata's file name."""
    shard_files: tuple[str, ...]
    databases: tuple[str, ...]
    """Every database of the metadata, `_internal` too."""
    shard_databases: tuple[str, ...]
    """The databases that have a shard in the backup."""
    limited: bool
    """Made of one database or shard only (`-db`, `-rp`, `-shard`): not a whole backup."""

    @property
    def user_databases(self) -> tuple[str, ...]:
        """The databases that hold somebody's data, or could."""
        return tuple(name for name in self.databases if name != INTERNAL)

    @property
    def shards(self) -> int:
        """Shards in the backup, those of `_internal` too."""
        return len(self.shard_files)


def read_backup(folder: Path, *, read_shards: bool = True) -> InfluxBackup:
    """Read a backup folder, and every shard in it to its end.

    Args:
        folder: the folder given to `influxd backup`.
        read_shards: false leaves it at the shards' presence.

    Raises:
        FormatError: no backup, an unfinished one, several in one folder (influxd would merge
            them), or a part that is missing or damaged.
    """
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except OSError as error:
        raise FormatError(folder, "", error.strerror or str(error)) from error
    pending = [name for name in names if name.endswith(".pending")]
    if pending:
        raise FormatError(folder, pending[0], "a run that did not end left this")
    manifests = [name for name in names if name.endswith(".manifest")]
    if not manifests:
        raise FormatError(folder, "", "has no manifest: no backup was completed here")
    if len(manifests) > 1:
        raise FormatError(folder, "", f"holds {len(manifests)} backups, which a restore would mix")
    path = folder / manifests[0]
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=_Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise FormatError(path, path.name, f"is no manifest: {error}") from error
    shards = manifest.files or []
    content = meta_db(folder / _plain(path, manifest.meta.file_name))
    if len(content) != manifest.meta.size:
        what = f"holds {len(content)} bytes, its manifest says {manifest.meta.size}"
        raise FormatError(folder / manifest.meta.file_name, manifest.meta.file_name, what)
    for shard in shards:
        _check_shard(folder / _plain(path, shard.file_name), shard, read=read_shards)
    return InfluxBackup(
        manifest=path.name,
        meta=manifest.meta.file_name,
        shard_files=tuple(shard.file_name for shard in shards),
        databases=database_names(folder / manifest.meta.file_name, content),
        shard_databases=tuple(sorted({shard.database for shard in shards})),
        limited=manifest.limited,
    )


def meta_db(path: Path) -> bytes:
    """What a `.meta` file holds: byte for byte the content of InfluxDB's `meta/meta.db`.

    Raises:
        FormatError: the file can't be read, or is not what `influxd backup -portable` writes.
    """
    try:
        message = path.read_bytes()
    except OSError as error:
        raise FormatError(path, path.name, error.strerror or str(error)) from error
    try:
        for number, value in fields(message):
            if number == _META_DB and isinstance(value, bytes):
                return value
    except ValueError as error:
        raise FormatError(path, path.name, str(error)) from error
    raise FormatError(path, path.name, "holds no metadata")


def database_names(path: Path, content: bytes) -> tuple[str, ...]:
    """The databases that a `meta.db` knows (services/meta/internal/meta.proto: `Data.Databases`
    is field 5, `DatabaseInfo.Name` field 1), in order of their names.

    Raises:
        FormatError: it is no such metadata; `path` is only what the error calls it.
    """
    names: list[str] = []
    try:
        for number, value in fields(content):
            if number != _DATABASES or not isinstance(value, bytes):
                continue
            names.extend(
                inner.decode()
                for field, inner in fields(value)
                if field == _NAME and isinstance(inner, bytes)
            )
    except ValueError as error:
        raise FormatError(path, path.name, str(error)) from error
    return tuple(sorted(names))


def _plain(manifest: Path, name: str) -> str:
    """A file name out of a manifest, which must not lead elsewhere."""
    if not name or "/" in name or name in (".", ".."):
        raise FormatError(manifest, manifest.name, f"names no file of its folder: {name!r}")
    return name


class _Counting:
    """Counts what tarfile reads."""

    def __init__(self, file: GzipFile) -> None:
        self._file = file
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.count += len(data)
        return data


def _check_shard(path: Path, shard: _Shard, *, read: bool) -> None:
    """Read a shard's archive to the end, past the checksums of gzip and tar."""
    if not path.is_file():
        raise FormatError(path, path.name, "is missing")
    if not read:
        return
    lead = f"{shard.database}/{shard.policy}/{shard.shard}/"
    try:
        with GzipFile(path) as unpacked:
            counting = _Counting(unpacked)
            with tarfile.open(fileobj=counting, mode="r|") as archive:  # type: ignore[call-overload]
                for member in archive:
                    if not member.name.startswith(lead):
                        what = f"{member.name} does not belong to {lead}"
                        raise FormatError(path, path.name, what)
            while counting.read(_CHUNK):
                pass
    except (OSError, EOFError, BadGzipFile, zlib.error, tarfile.TarError) as error:
        raise FormatError(path, path.name, f"can't be read to its end: {error}") from error
    if counting.count != shard.size:
        what = f"unpacks to {counting.count} bytes, its manifest says {shard.size}"
        raise FormatError(path, path.name, what)
