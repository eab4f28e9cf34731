"""Restore InfluxDB offline: unpack a portable backup into the data folder of a stopped server.

The documented `influxd restore -portable` sends all metadata to the server in one message, which a
server before 1.8.10 reads only in part: in real runs (1.6.7) 84 kB arrived, 140 kB did not. A
backup has the data folder's files byte for byte: field 1 of the `.meta` file is `meta/meta.db`, and
each shard's archive unpacks to `data/<database>/<policy>/<shard>/…`. Placed in an empty data
folder, they give the server all its databases at its next start; it recreates `wal/` and `_series`.
Unlike `influxd restore`, this keeps pending deletions (`.tombstone`): what a user deleted stays
deleted.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import tarfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import msgspec

from pryv_tui import own_folder
from pryv_tui.errors import Cancelled
from pryv_tui.filesystem.durable import sync_filesystem
from pryv_tui.filesystem.folders import FOLDER_FLAGS, folder_beneath
from pryv_tui.filesystem.paths import write_failed
from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.influx_backup import (
    meta_db,
    meta_db_offset,
    policies,
    read_backup,
    read_shard,
)
from pryv_tui.formats.influx_manifest import Shard
from pryv_tui.platform.disks import LOST_AND_FOUND
from pryv_tui.ways import hold

LARGE = 64 << 10
"""Most bytes of metadata for which the documented restore is used.

84 kB was seen to work, 140 kB to fail.
"""
PARTIAL = f"{own_folder.NAME}-partial"
"""The folder inside the data folder into which everything is unpacked first."""
_FILE = re.compile(r"[0-9]+-[0-9]+\.(tsm|tombstone)")
"""Names of the files in a shard's archive: those of influxd's snapshot of a shard."""
_CHUNK = 1 << 20


class Placed(msgspec.Struct, frozen=True):
    """What `place` put into the data folder; `bytes` are those of the files and the metadata."""

    shards: int
    files: int
    bytes: int


def large(metadata: Mapping[str, Any] | None) -> bool:
    """Whether a set's metadata (`set.json`) is too large for the documented restore."""
    return bool(metadata) and int((metadata or {}).get("bytes", 0)) > LARGE


def by_hand(dump: str, data: str, metadata: Mapping[str, Any] | None, shards: int) -> list[str]:
    """The shell lines that do the work of `place` by hand.

    Args:
        dump: the folder with the backup, as a word of a shell line.
        data: the data folder, as a word of a shell line; it must be empty, and its server stopped.
        metadata: from the set's `set.json`: the `.meta` file and the offset of `meta.db` in it;
            None for old sets that don't record it.
        shards: the number of archives.
    """
    lines = [f"mkdir -p {data}/data {data}/meta"]
    if shards:
        lines.append(
            f"for SHARD in {dump}/*.s*.tar.gz; do"
            f' tar -xzf "$SHARD" -C {data}/data --no-same-owner; done'
        )
    if metadata:
        file, offset = shlex.quote(str(metadata["file"])), int(metadata["offset"])
        lines.append(
            f"tail -c +{offset + 1} {dump}/{file} | head -c {int(metadata['bytes'])}"
            f" > {data}/meta/meta.db"
        )
    else:
        lines.append(f"# {data}/meta/meta.db: the content of field 1 of {dump}/*.meta")
    lines.append(f"chown -R --reference={data} {data}/data {data}/meta")
    return lines


def place(
    root: Path,
    dump: str,
    data: str,
    *,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Placed:
    """Unpack the backup in a root's dump folder into its empty data folder.

    Everything is first unpacked under another name and synced to the disk. Then `data` is renamed
    into place, and last `meta`, without which a server knows no database. Each file is checked
    against its archive. Owner and group are those of the data folder.

    Args:
        root: the platform's root on this machine.
        dump: the folder with the backup, relative to the root.
        data: the server's data folder, relative to the root; the server must be stopped.
        progress: called with the number of shards done, and of all shards.
        cancelled: asked after each piece of a file.

    Raises:
        FormatError: the backup is damaged or partial, or the data folder is not empty. Nothing was
            put in place, and all unpacked files were removed.
        PryvTuiError: `disk-full` or `step-failed`; `Cancelled` if the operator ended it. The
            unpacked files stay, under the name `PARTIAL`.
    """
    folder = root / dump
    try:
        with hold(folder, base=root):
            pass  # only checks the path: a link in it would lead to files that are not the set's
    except OSError as error:
        raise FormatError(folder, "", error.strerror or str(error)) from error
    backup = read_backup(folder, read_shards=False)
    if backup.limited:
        what = "is a backup of one database, policy or shard only"
        raise FormatError(folder, backup.manifest, what)
    content = meta_db(folder / backup.meta)
    meta_db_offset(folder / backup.meta)
    _known(folder / backup.meta, content, backup.files)
    with _opened(root, data) as there:
        # If a disk is mounted here, the folder also has the file system's own folder and this
        # program's.
        if set(os.listdir(there)) - {own_folder.NAME, LOST_AND_FOUND}:  # noqa: PTH208 - an open folder
            raise FormatError(root / data, "", "is not empty")
        writer = _Writer(there, root / data, cancelled)
        try:
            with writer.made(PARTIAL, there, mode=0o700) as partial:
                with writer.made("data", partial, mode=0o755) as target:
                    for number, shard in enumerate(backup.files, start=1):
                        writer.shard(folder / shard.file_name, shard, target)
                        progress(number, len(backup.files))
                with writer.made("meta", partial, mode=0o755) as target:
                    writer.write("meta.db", target, iter([content]))
                sync_filesystem(partial, bytes(root / data))
                for name in ("data", "meta"):
                    os.rename(name, name, src_dir_fd=partial, dst_dir_fd=there)
            os.rmdir(PARTIAL, dir_fd=there)
            os.fsync(there)
        except FormatError:
            # Safe to remove: only this call uses this name.
            shutil.rmtree(PARTIAL, dir_fd=there)
            raise
        except OSError as error:
            raise write_failed(bytes(root / data), error) from error
    return Placed(len(backup.files), writer.files, writer.bytes)


def _known(path: Path, content: bytes, shards: tuple[Shard, ...]) -> None:
    """Refuse shards that are not in the metadata: the server would ignore them silently."""
    known = {
        (policy.database, policy.name, shard)
        for policy in policies(path, content)
        for shard in policy.shards
    }
    for shard in shards:
        words = (shard.database, shard.policy)
        if any(word in ("", ".", "..") or "/" in word or "\0" in word for word in words):
            raise FormatError(path, path.name, f"{'/'.join(words)!r} can't be a folder's name")
        if (shard.database, shard.policy, shard.shard) not in known:
            what = f"does not list the shard {shard.database}/{shard.policy}/{shard.shard}"
            raise FormatError(path, path.name, what)
        known.discard((shard.database, shard.policy, shard.shard))  # so a second entry is refused


@contextlib.contextmanager
def _opened(root: Path, folder: str) -> Iterator[int]:
    """Open a folder of a root without following links, so that no file outside is written."""
    with contextlib.ExitStack() as stack:
        try:
            top = os.open(root, FOLDER_FLAGS)
            stack.callback(os.close, top)
            found = stack.enter_context(folder_beneath(top, os.fsencode(folder) + b"/."))
        except OSError as error:
            raise FormatError(root / folder, "", error.strerror or str(error)) from error
        yield found


class _Writer:
    """Creates files and folders by descriptors; never writes to existing ones."""

    def __init__(self, place: int, path: Path, cancelled: Callable[[], bool]) -> None:
        status = os.fstat(place)
        self._owner = (status.st_uid, status.st_gid)
        self._path = path
        self._cancelled = cancelled
        self.files = 0
        self.bytes = 0

    @contextlib.contextmanager
    def made(self, name: str, parent: int, *, mode: int, exist: bool = False) -> Iterator[int]:
        """Create and open a folder.

        Args:
            exist: whether to accept a folder that this writer created before.
        """
        try:
            os.mkdir(name, mode, dir_fd=parent)
        except FileExistsError:
            if not exist:
                raise
        folder = os.open(name, FOLDER_FLAGS, dir_fd=parent)
        try:
            self._own(folder, mode)
            yield folder
        finally:
            os.close(folder)

    def _own(self, descriptor: int, mode: int) -> None:
        status = os.fstat(descriptor)
        if (status.st_uid, status.st_gid) != self._owner:
            os.fchown(descriptor, *self._owner)
        os.fchmod(descriptor, mode)

    def shard(self, archive: Path, shard: Shard, data: int) -> None:
        """Unpack one shard, with the modes that influxd uses."""
        with (
            self.made(shard.database, data, mode=0o700, exist=True) as database,
            self.made(shard.policy, database, mode=0o700, exist=True) as policy,
            self.made(str(shard.shard), policy, mode=0o755) as target,
        ):

            def take(member: tarfile.TarInfo, file: IO[bytes] | None) -> None:
                name = member.name.rpartition("/")[2]
                lead = f"{shard.database}/{shard.policy}/{shard.shard}/"
                if file is None or member.name != lead + name or not _FILE.fullmatch(name):
                    what = f"has an entry that does not belong there: {member.name!r}"
                    raise FormatError(archive, archive.name, what)
                if member.issparse() or member.size > shard.size:
                    what = f"{member.name!r} has an impossible size"
                    raise FormatError(archive, archive.name, what)
                pieces = iter(lambda: file.read(_CHUNK), b"")
                if self.write(name, target, pieces) != member.size:
                    raise FormatError(archive, archive.name, f"{name} is cut off")

            read_shard(archive, shard, take)

    def write(self, name: str, folder: int, pieces: Iterator[bytes]) -> int:
        """Write a new file, and return its size in bytes.

        An `OSError` of the write becomes a `PryvTuiError` here, since `read_shard` would report it
        as an error of the archive.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with self._telling():
            try:
                descriptor = os.open(name, flags, 0o644, dir_fd=folder)
            except FileExistsError as error:
                raise FormatError(self._path, name, "is in the archive twice") from error
        written = 0
        try:
            with self._telling():
                self._own(descriptor, 0o644)
            for piece in pieces:
                with self._telling():
                    _write_all(descriptor, piece)
                written += len(piece)
                if self._cancelled():
                    raise Cancelled()
        finally:
            with self._telling():
                os.close(descriptor)
        self.files += 1
        self.bytes += written
        return written

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise write_failed(bytes(self._path), error) from error


def _write_all(descriptor: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(descriptor, view) :]
