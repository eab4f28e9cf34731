"""The folder that `influxd backup -portable` writes (InfluxDB 1.5 to 1.8).

It has `<UTC>.meta`, a `<UTC>.s<shard>.tar.gz` per shard, and `<UTC>.manifest`, which is written
last and makes the backup complete. A crashed backup leaves `*.pending`. In the manifest, a shard's
size is that of the tar inside the archive (cmd/influxd/backup); the metadata's size is that of
`meta.db`, which is field 1 of the `.meta` file (backup_util, `PortableData`).
"""

from __future__ import annotations

import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Collection, Iterator
from gzip import BadGzipFile, GzipFile
from pathlib import Path
from typing import IO

import msgspec

from pryv_tui.formats.errors import FormatError, unread
from pryv_tui.formats.influx_manifest import Shard, read_manifest
from pryv_tui.formats.protobuf import fields
from pryv_tui.phrases import counted
from pryv_tui.reading import need_word, open_file, read_whole

INTERNAL = "_internal"
"""The database of InfluxDB's own monitoring; it has no user's data."""
_DATABASES = 5
_NAME = 1
_POLICIES = 3
_DURATION = 2
_GROUPS = 5
_SHARDS = 5
_ID = 1
_META_DB = 1
META = 64 << 20
"""Most bytes of metadata that are read: there are several copies in memory."""
_CHUNK = 1 << 20
_POINTS = ".tsm"
_PADDING = 1 << 20
"""Bytes by which a tar may exceed its declared size and still be read to its end.

So the error can name the true size.
"""


class Policy(msgspec.Struct, frozen=True):
    """A retention policy of a database, and the ids of its shards."""

    database: str
    name: str
    expires: bool
    """Whether the server drops the policy's shards after some time."""
    shards: frozenset[int]


class InfluxBackup(msgspec.Struct, frozen=True, kw_only=True):
    """A complete portable backup.

    A database may have no shard: nothing was ever written to it, or all its data has expired.
    """

    manifest: str
    """The manifest's file name."""
    meta: str
    """The metadata's file name."""
    meta_bytes: int
    """Bytes of `meta.db` in the metadata; `influxd restore` sends them to the server in one
    message."""
    files: tuple[Shard, ...]
    databases: tuple[str, ...]
    """All databases in the metadata, including `_internal`."""
    shard_databases: tuple[str, ...]
    """The databases with a shard in the backup."""
    lasting: dict[str, int]
    """For each user database, the number of its shards whose policy does not expire.

    Only shards with points count; if the shards were not read, all do.
    """
    expiring: frozenset[tuple[str, str]] = frozenset()
    """The policies that let points expire, as (database, policy)."""
    limited: bool
    """Whether the backup was limited to one database, policy or shard (`-db`, `-rp`, `-shard`)."""

    @property
    def user_databases(self) -> tuple[str, ...]:
        """All databases except `_internal`."""
        return tuple(name for name in self.databases if name != INTERNAL)

    @property
    def shards(self) -> int:
        """Number of shards in the backup, including those of `_internal`."""
        return len(self.files)


def read_backup(folder: Path, *, read_shards: bool = True) -> InfluxBackup:
    """Read a backup folder, and each shard in it to its end.

    Args:
        folder: the folder given to `influxd backup`.
        read_shards: False only checks that the shards' files exist.

    Raises:
        FormatError: there is no backup, an unfinished one, or several (influxd would merge them),
            or a part is missing or damaged.
    """
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except OSError as error:
        raise unread(folder, error) from error
    pending = [name for name in names if name.endswith(".pending")]
    if pending:
        raise FormatError(folder, pending[0], "was left by a backup that did not finish")
    manifests = [name for name in names if name.endswith(".manifest")]
    if not manifests:
        raise FormatError(folder, "", "has no manifest: no backup was completed here")
    if len(manifests) > 1:
        raise FormatError(
            folder, "", f"has {counted(len(manifests), 'backup')}: a restore would mix them"
        )
    path = folder / manifests[0]
    manifest = read_manifest(path)
    shards = manifest.files or []
    content = meta_db(folder / _plain(path, manifest.meta.file_name))
    if len(content) != manifest.meta.size:
        what = f"holds {counted(len(content), 'byte')}, its manifest says {manifest.meta.size}"
        raise FormatError(folder / manifest.meta.file_name, manifest.meta.file_name, what)
    passing = {
        (policy.database, policy.name)
        for policy in policies(folder / manifest.meta.file_name, content)
        if policy.expires
    }
    lasting: dict[str, int] = {}
    for shard in shards:
        file = folder / _plain(path, shard.file_name)
        if not file.is_file():
            raise FormatError(file, file.name, "is missing")
        counts = not read_shards or read_shard(file, shard) > 0
        if counts and shard.database != INTERNAL and (shard.database, shard.policy) not in passing:
            lasting[shard.database] = lasting.get(shard.database, 0) + 1
    return InfluxBackup(
        manifest=path.name,
        meta=manifest.meta.file_name,
        meta_bytes=len(content),
        files=tuple(shards),
        lasting=lasting,
        expiring=frozenset(passing),
        databases=database_names(folder / manifest.meta.file_name, content),
        shard_databases=tuple(sorted({shard.database for shard in shards})),
        limited=manifest.limited,
    )


def meta_db(path: Path) -> bytes:
    """The metadata in a `.meta` file: byte for byte InfluxDB's `meta/meta.db`.

    Raises:
        FormatError: the file can't be read, or is not what `influxd backup -portable` writes.
    """
    try:
        message = read_whole(path, limit=META)
    except OSError as error:
        raise unread(path, error) from error
    try:
        for number, value in fields(message):
            if number == _META_DB and isinstance(value, bytes):
                return value
    except ValueError as error:
        raise FormatError(path, path.name, str(error)) from error
    raise FormatError(path, path.name, "holds no metadata")


def meta_db_offset(path: Path) -> int:
    """The offset of `meta.db` in a `.meta` file, for cutting it out with `tail` and `head`.

    Raises:
        FormatError: `meta.db` is not the file's first field; influxd writes it first.
    """
    content = meta_db(path)
    length, rest = bytearray(), len(content)
    while rest > 0x7F:
        length.append(rest & 0x7F | 0x80)
        rest >>= 7
    lead = bytes([_META_DB << 3 | 2, *length, rest])
    if not read_whole(path, limit=META).startswith(lead + content):
        raise FormatError(path, path.name, "does not begin with the metadata")
    return len(lead)


def policies(path: Path, content: bytes) -> list[Policy]:
    """The retention policies in a `meta.db`, with the ids of their shards.

    Fields of meta.proto: `DatabaseInfo.RetentionPolicies` is 3; in a policy, `Duration` is 2 (0 for
    ever), `ShardGroups` 5; in a group, `Shards` 5.

    Args:
        path: the file's name in errors.
        content: the bytes of `meta.db`.

    Raises:
        FormatError: `content` is not such metadata.
    """
    try:
        return [
            _policy(_text(database), inner)
            for database in _messages(content, _DATABASES)
            for inner in _messages(database, _POLICIES)
        ]
    except ValueError as error:
        raise FormatError(path, path.name, str(error)) from error


def _policy(database: str, policy: bytes) -> Policy:
    shards = {
        value
        for group in _messages(policy, _GROUPS)
        for shard in _messages(group, _SHARDS)
        for number, value in fields(shard)
        if number == _ID and isinstance(value, int)
    }
    duration = next((value for number, value in fields(policy) if number == _DURATION), 0)
    return Policy(database, _text(policy), duration != 0, frozenset(shards))


def _messages(message: bytes, wanted: int) -> Iterator[bytes]:
    for number, value in fields(message):
        if number == wanted and isinstance(value, bytes):
            yield value


def _text(message: bytes) -> str:
    return next((name.decode() for name in _messages(message, _NAME)), "")


def database_names(path: Path, content: bytes) -> tuple[str, ...]:
    """The databases in a `meta.db`, sorted by name.

    Fields of services/meta/internal/meta.proto: `Data.Databases` is 5, `DatabaseInfo.Name` is 1.

    Args:
        path: the file's name in errors.
        content: the bytes of `meta.db`.

    Raises:
        FormatError: `content` is not such metadata.
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
    """Refuse a name in a manifest that is not a plain file name: it could lead outside the
    folder."""
    if not name or "/" in name or name in (".", ".."):
        raise FormatError(manifest, manifest.name, f"refers to {name!r}, which is not a file name")
    return name


class _Counting:
    """Counts the bytes that tarfile reads, and raises an error beyond a limit."""

    def __init__(self, file: GzipFile, most: int) -> None:
        self._file = file
        self._most = most
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.count += len(data)
        if self.count > self._most:
            raise tarfile.ReadError(f"it unpacks to more than {counted(self._most, 'byte')}")
        return data


_LARGE_NAME = 64 << 10
_HEADERS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


class _Member(tarfile.TarInfo):
    """An archive entry with a limit on its headers.

    tarfile reads long names and attributes into memory whole, and a small compressed archive can
    unpack to gigabytes.
    """

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        # tarfile calls this method to handle an entry by its type (see its sources).
        if self.type == tarfile.GNUTYPE_SPARSE:
            raise tarfile.ReadError("an entry with holes: influxd writes none")
        if self.type in _HEADERS and self.size > _LARGE_NAME:
            raise tarfile.ReadError(
                f"an entry's name or attributes have {counted(self.size, 'byte')}"
            )
        member: tarfile.TarInfo = super()._proc_member(archive)  # type: ignore[misc]
        return member


Take = Callable[[tarfile.TarInfo, IO[bytes] | None], None]
"""Callback that takes an entry of a shard's archive and its content (None if not a regular
file)."""


def read_shard(path: Path, shard: Shard, take: Take | None = None) -> int:
    """Read a shard's archive to its end, which checks the checksums of gzip and tar.

    Args:
        take: called with each entry. It must not raise an `OSError`, which would be reported as an
            error of the archive.

    Returns:
        The number of files with points in the archive.

    Raises:
        FormatError: the archive is damaged, has another size, or has files of another shard.
    """
    lead = f"{shard.database}/{shard.policy}/{shard.shard}/"
    points = 0
    try:
        with open_file(path) as file, GzipFile(fileobj=file) as unpacked:
            counting = _Counting(unpacked, shard.size + _PADDING)
            with tarfile.open(  # type: ignore[call-overload]
                fileobj=counting, mode="r|", tarinfo=_Member
            ) as archive:
                while (member := archive.next()) is not None:
                    archive.members.clear()  # tarfile would keep every entry in memory
                    if not member.name.startswith(lead):
                        what = f"{member.name} does not belong to {lead}"
                        raise FormatError(path, path.name, what)
                    points += member.name.endswith(_POINTS)
                    if take is not None:
                        take(member, archive.extractfile(member) if member.isreg() else None)
            while counting.read(_CHUNK):
                pass
    except (OSError, EOFError, BadGzipFile, zlib.error, tarfile.TarError) as error:
        if isinstance(error, OSError):
            need_word(error, path)
        raise FormatError(path, path.name, f"can't be read to its end: {error}") from error
    if counting.count != shard.size:
        what = f"unpacks to {counted(counting.count, 'byte')}, its manifest says {shard.size}"
        raise FormatError(path, path.name, what)
    return points


def read_archives(
    folder: Path,
    take: Callable[[str, str, IO[bytes]], None],
    other: Callable[[str, str, IO[bytes] | None], None] = lambda _database, _name, _file: None,
    among: Collection[str] | None = None,
) -> InfluxBackup:
    """Pass each file with points in a complete backup to `take`, unpacked and seekable.

    Args:
        take: called with the database, the file's name in its archive, and the open file.
        other: called with the database, the name and the content of each other entry. The content
            can be read once from its beginning; None if the entry is not a regular file.
        among: the databases to read; None: all except `_internal`.

    Raises:
        FormatError: the backup is incomplete, or an archive is damaged.
    """
    backup = read_backup(folder, read_shards=False)
    for shard in backup.files:
        if shard.database == INTERNAL or (among is not None and shard.database not in among):
            continue

        def unpack(
            member: tarfile.TarInfo, content: IO[bytes] | None, database: str = shard.database
        ) -> None:
            if content is None or not member.name.endswith(_POINTS):
                other(database, member.name, content)
                return
            # Copied to a file: an archive is a stream, and the index is at the end of a TSM file.
            with tempfile.TemporaryFile() as file:
                shutil.copyfileobj(content, file, _CHUNK)
                take(database, member.name, file)

        read_shard(folder / _plain(folder / backup.manifest, shard.file_name), shard, unpack)
    return backup
