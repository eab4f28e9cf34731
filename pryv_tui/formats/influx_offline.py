"""InfluxDB restored offline: a portable backup unpacked into the data folder of a stopped server.

The documented `influxd restore -portable` sends the whole metadata to the server in one message,
which a server before 1.8.10 reads only in part: in real runs (1.6.7) 84 kB arrived, 140 kB did not.
What a backup holds is what the data folder holds, byte for byte: field 1 of the `.meta` file is
`meta/meta.db`, and each shard's archive unpacks into `data/`, `<database>/<policy>/<shard>/…`. Put
there while the server is down and the folder is empty, it has every database when it starts. The
rest (`wal/`, `_series`) the server makes again. Deletions that are not yet worked into the files
(`.tombstone`) come along, which `influxd restore` passes over: what a person deleted stays deleted.
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
"""Bytes of metadata from which on the documented restore is not relied upon: 84 kB was seen to
work, 140 kB to fail."""
PARTIAL = f"{own_folder.NAME}-partial"
"""What is being unpacked, inside the data folder, until all of it is there."""
_FILE = re.compile(r"[0-9]+-[0-9]+\.(tsm|tombstone)")
"""What a shard's archive holds: files of the snapshot that influxd takes of a shard."""
_CHUNK = 1 << 20


class Placed(msgspec.Struct, frozen=True):
    """What was put in place; bytes of the files and the metadata."""

    shards: int
    files: int
    bytes: int


def large(metadata: Mapping[str, Any] | None) -> bool:
    """Whether the documented restore of a set with this metadata (`set.json`) has to fail."""
    return bool(metadata) and int((metadata or {}).get("bytes", 0)) > LARGE


def by_hand(dump: str, data: str, metadata: Mapping[str, Any] | None, shards: int) -> list[str]:
    """The shell lines that do the same by hand.

    Args:
        dump: the folder that holds the backup, as a word of a shell line.
        data: the data folder, likewise; it has to be empty and its server stopped.
        metadata: of the set's `set.json`: the `.meta` file and where in it `meta.db` lies; None
            for a set made before that was written down.
        shards: how many archives there are.
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

    All of it is written under another name and onto the disk first; then `data` is renamed into
    place and last `meta`, without which a server knows no database. Every file is checked against
    the archive that it comes from. Owner and group are the data folder's.

    Args:
        root: the platform's root on this machine.
        dump: the folder with the backup, relative to the root.
        data: the data folder of the server, likewise; the server is stopped.
        progress: is told shards done and shards in all.
        cancelled: asked after each piece of a file.

    Raises:
        FormatError: the backup is not what is expected, or the folder is not empty: nothing of it
            is in place, and what had been unpacked is removed.
        PryvTuiError: `disk-full` or `step-failed`; a `Cancelled` of its own kind.
    """
    folder = root / dump
    try:
        with hold(folder, base=root):
            pass  # no link leads there: what it leads to is none of the set's
    except OSError as error:
        raise FormatError(folder, "", error.strerror or str(error)) from error
    backup = read_backup(folder, read_shards=False)
    if backup.limited:
        raise FormatError(folder, backup.manifest, "is of one database or shard only")
    content = meta_db(folder / backup.meta)
    meta_db_offset(folder / backup.meta)
    _known(folder / backup.meta, content, backup.files)
    with _opened(root, data) as there:
        # A folder that is a disk of its own holds what its file system and we keep there.
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
            # Unpacked by this very call, under a name that nobody else uses.
            shutil.rmtree(PARTIAL, dir_fd=there)
            raise
        except OSError as error:
            raise write_failed(bytes(root / data), error) from error
    return Placed(len(backup.files), writer.files, writer.bytes)


def _known(path: Path, content: bytes, shards: tuple[Shard, ...]) -> None:
    """The server opens what its metadata knows; a shard beside it would be lost without a word."""
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
            what = f"does not know the shard {shard.database}/{shard.policy}/{shard.shard}"
            raise FormatError(path, path.name, what)
        known.discard((shard.database, shard.policy, shard.shard))  # named twice: not known


@contextlib.contextmanager
def _opened(root: Path, folder: str) -> Iterator[int]:
    """A folder of a root, reached without following a link: the set must not lead outside."""
    with contextlib.ExitStack() as stack:
        try:
            top = os.open(root, FOLDER_FLAGS)
            stack.callback(os.close, top)
            found = stack.enter_context(folder_beneath(top, os.fsencode(folder) + b"/."))
        except OSError as error:
            raise FormatError(root / folder, "", error.strerror or str(error)) from error
        yield found


class _Writer:
    """Writes by descriptors, each file and folder made new."""

    def __init__(self, place: int, path: Path, cancelled: Callable[[], bool]) -> None:
        status = os.fstat(place)
        self._owner = (status.st_uid, status.st_gid)
        self._path = path
        self._cancelled = cancelled
        self.files = 0
        self.bytes = 0

    @contextlib.contextmanager
    def made(self, name: str, parent: int, *, mode: int, exist: bool = False) -> Iterator[int]:
        """A new folder, open; `exist` takes one that this writer has made before."""
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
        """Unpack one shard; modes are those that influxd makes."""
        with (
            self.made(shard.database, data, mode=0o700, exist=True) as database,
            self.made(shard.policy, database, mode=0o700, exist=True) as policy,
            self.made(str(shard.shard), policy, mode=0o755) as target,
        ):

            def take(member: tarfile.TarInfo, file: IO[bytes] | None) -> None:
                name = member.name.rpartition("/")[2]
                lead = f"{shard.database}/{shard.policy}/{shard.shard}/"
                if file is None or member.name != lead + name or not _FILE.fullmatch(name):
                    raise FormatError(archive, archive.name, f"holds {member.name!r}")
                if member.issparse() or member.size > shard.size:
                    raise FormatError(archive, archive.name, f"{member.name!r} has no such size")
                pieces = iter(lambda: file.read(_CHUNK), b"")
                if self.write(name, target, pieces) != member.size:
                    raise FormatError(archive, archive.name, f"{name} is cut off")

            read_shard(archive, shard, take)

    def write(self, name: str, folder: int, pieces: Iterator[bytes]) -> int:
        """Write a new file, and return how many bytes it has.

        What fails in writing is told in our words at once: an `OSError` would be taken for one of
        the archive that the pieces come from.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with self._telling():
            try:
                descriptor = os.open(name, flags, 0o644, dir_fd=folder)
            except FileExistsError as error:
                raise FormatError(self._path, name, "is there twice") from error
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
