"""What is fuzzed: each parser of bytes that others may have written, and the errors it may have.

A target is a function of the input and of a folder for its files. Whatever the input is, it returns
or raises what its parser promises; anything else is a finding.
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

from pryv_tui.decoding import Undecodable, decode_loose_json, decode_toml
from pryv_tui.errors import PryvTuiError
from pryv_tui.formats import (
    aof,
    bson_files,
    influx_backup,
    influx_manifest,
    mongo_archive,
    redis_files,
)
from pryv_tui.formats import lzf as lzf_strings
from pryv_tui.formats import protobuf as messages
from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.influx import snappy
from pryv_tui.formats.influx import wal as influx_wal
from pryv_tui.formats.influx.tombstones import deleted_keys
from pryv_tui.formats.influx.tsm_files import count, series
from pryv_tui.formats.sqlite.files import quick_check, row_counts
from pryv_tui.hosts.discovery import read_domain
from pryv_tui.operations.audit.evidence import attachment_place, place_of
from pryv_tui.operations.drilling.asked import asked_in
from pryv_tui.operations.root.compose_files import read_compose
from pryv_tui.operations.root.marker import read_marker
from pryv_tui.operations.settings.configuration import read_config
from pryv_tui.operations.stores.mongo_words import DumpWords, RestoreWords
from pryv_tui.platform.roles import COMPOSE_FILES
from pryv_tui.runs.record.events import decode_event
from pryv_tui.runs.record.history import read_run
from pryv_tui.runs.record.journal import JournalReader
from pryv_tui.runs.record.request import read_request
from pryv_tui.vault.checks import read_checks
from pryv_tui.vault.lists.index import IndexReader, check_list, names_with_others
from pryv_tui.vault.lists.sums import parse_line
from pryv_tui.vault.lists.tree import ExpectedTree
from pryv_tui.vault.manifest import decode
from pryv_tui.vault.matching import match
from pryv_tui.vault.restic import protocol as restic_words
from pryv_tui.vault.seal import broken_seal

Parse = Callable[[bytes, Path], object]


class Target(NamedTuple):
    """One parser."""

    parse: Parse
    raises: tuple[type[Exception], ...] = ()


def put(folder: Path, name: str, content: bytes) -> Path:
    """Write an input where its parser looks for it."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def as_file(name: str, parse: Callable[[Path], object]) -> Parse:
    """A target that reads a file."""
    return lambda content, folder: parse(put(folder, name, content))


def as_holder(name: str, parse: Callable[[Path], object]) -> Parse:
    """A target that is given the folder in which the file lies."""

    def run(content: bytes, folder: Path) -> object:
        put(folder, name, content)
        return parse(folder)

    return run


def bson(path: Path) -> None:
    bson_files.count_documents(path)
    for _document in bson_files.iterate_documents(path):
        pass


def archive(content: bytes, _folder: Path) -> None:
    """In pieces whose size the input chooses: a document may come in any number of them."""
    reader = mongo_archive.ArchiveReader()
    step = 1 + (content[0] if content else 0)
    for at in range(1, len(content), step):
        reader.feed(content[at : at + step])


def shard(content: bytes, folder: Path) -> None:
    path = put(folder, "20260101T000000Z.s1.tar.gz", content)
    one = influx_manifest.Shard("user.a", "autogen", 1, path.name, 1)

    def take(_member: tarfile.TarInfo, file: IO[bytes] | None) -> None:
        while file is not None and file.read(1 << 16):
            pass

    influx_backup.read_shard(path, one, take)


def influx_metadata(path: Path) -> None:
    content = influx_backup.meta_db(path)
    influx_backup.policies(path, content)
    influx_backup.database_names(path, content)


def redis_folder(content: bytes, folder: Path) -> None:
    """The manifest of an append-only folder, and parts that it may name."""
    put(folder, "appendonlydir/appendonly.aof.1.base.rdb", content[:64])
    put(folder, "appendonlydir/appendonly.aof.1.incr.aof", content[64:128])
    put(folder, "appendonlydir/appendonly.aof.manifest", content)
    redis_files.read_redis(folder)


def words_of(reader: type[DumpWords] | type[RestoreWords]) -> Parse:
    """What a vendor's tool prints."""

    def run(content: bytes, _folder: Path) -> None:
        made = reader()
        for line in content.decode("utf-8", "replace").split("\n"):
            made("stderr", line)

    return run


def index(content: bytes, folder: Path) -> None:
    """INDEX and SHA256SUMS, which are read side by side; a line of `--` parts the two."""
    first, _, second = content.partition(b"--\n")
    put(folder, "INDEX", first)
    put(folder, "SHA256SUMS", second)
    (folder / "files").mkdir(exist_ok=True)
    reader = IndexReader(folder, b"files/")
    try:
        for _entry in reader.all():
            pass
    finally:
        reader.close()
    names_with_others(folder, b"files/")


def tree(content: bytes, folder: Path) -> None:
    path = put(folder, "TREE", content)
    expected = ExpectedTree(path, hashlib.sha256(content).hexdigest())
    for record in (b"d 755 0 0 files", b"l 777 0 0 1 files/a -> b", b"d 755 0 0 files/z"):
        expected.meet(record)


def seal(content: bytes, folder: Path) -> None:
    put(folder, "set.json", b"{}")
    put(folder, "RESTORE.md", b"x")
    put(folder, "set.sha256", content)
    broken_seal(folder, sealed=True)


def journal(content: bytes, folder: Path) -> None:
    path = put(folder, "journal.jsonl", content)
    JournalReader(path).read()
    read_run(folder)


def run_folder(content: bytes, folder: Path) -> None:
    for name in ("request.json", "worker.json"):
        put(folder, name, content)
    read_request(folder)
    read_run(folder)


def checks(content: bytes, folder: Path) -> None:
    for name in ("verified.json", "checks.json"):
        put(folder, name, content)
    read_checks(folder)


def compose(content: bytes, folder: Path) -> None:
    for name in COMPOSE_FILES:
        put(folder, name, content)
    read_compose(folder)


def matching(content: bytes, folder: Path) -> None:
    put(folder, "files/a", b"")
    put(folder, "SHA256SUMS", content)
    match(folder, ("a", "b*"))


def hashes(path: Path) -> None:
    check_list(path, hashlib.sha256(path.read_bytes()).hexdigest())


def sqlite(path: Path) -> None:
    quick_check(path)
    row_counts(path)


def lzf(content: bytes, _folder: Path) -> None:
    """The size that it should have stands before it, as in a file of Redis."""
    lzf_strings.decompress(content[2:], int.from_bytes(content[:2], "big"))


def tsm(content: bytes, _folder: Path) -> None:
    """Its series, and the points of each of their blocks."""
    file = io.BytesIO(content)
    for one in series(file, Path("a.tsm")):
        for block in one.blocks:
            count(file, block, Path("a.tsm"))


def said_by_restic(content: bytes, _folder: Path) -> None:
    text = content.decode("utf-8", "replace")
    restic_words.line_of(content)
    restic_words.version_of(text)
    restic_words.is_hindered(text)
    restic_words.snapshots_of(content)


TARGETS: dict[str, Target] = {
    "set-json": Target(lambda content, _: decode(content), (ValueError,)),
    "sums-line": Target(lambda content, _: parse_line(content), (ValueError,)),
    "sums": Target(matching, (PryvTuiError,)),
    "sums-digest": Target(as_file("SHA256SUMS", hashes), (PryvTuiError,)),
    "index": Target(index, (PryvTuiError,)),
    "tree": Target(tree, (PryvTuiError,)),
    "seal": Target(seal),
    "checks": Target(checks),
    "attachment-path": Target(
        lambda content, _: (attachment_place(content), place_of(content)), (ValueError,)
    ),
    "journal": Target(journal),
    "event": Target(lambda content, _: decode_event(content)),
    "run": Target(run_folder),
    "marker": Target(as_holder(".pryv-tui/restoring.json", read_marker)),
    "config": Target(as_file("config.toml", read_config), (PryvTuiError,)),
    "toml": Target(lambda content, _: decode_toml(content), (Undecodable,)),
    "loose-json": Target(lambda content, _: decode_loose_json(content), (Undecodable,)),
    "platform-yml": Target(as_holder("config-leader/conf/platform.yml", read_domain)),
    "nginx-conf": Target(as_holder("pryv/nginx/conf/site.conf", read_domain)),
    "asked-in": Target(lambda content, _: asked_in(content.decode("utf-8", "replace"))),
    "compose": Target(compose, (PryvTuiError,)),
    "bson": Target(as_file("events.bson", bson), (FormatError,)),
    "mongo-archive": Target(archive, (FormatError,)),
    "mongo-metadata": Target(
        as_holder("events.metadata.json", bson_files.read_dump), (FormatError,)
    ),
    "mongodump-words": Target(words_of(DumpWords)),
    "mongorestore-words": Target(words_of(RestoreWords)),
    "influx-manifest": Target(
        as_holder("20260101T000000Z.manifest", influx_backup.read_backup), (FormatError,)
    ),
    "influx-meta": Target(as_file("20260101T000000Z.meta", influx_metadata), (FormatError,)),
    "influx-shard": Target(shard, (FormatError,)),
    "protobuf": Target(lambda content, _: list(messages.fields(content)), (ValueError,)),
    "tsm": Target(tsm, (FormatError,)),
    "influx-tombstone": Target(
        lambda content, _: deleted_keys(io.BytesIO(content), Path("a.tombstone")), (FormatError,)
    ),
    "influx-wal": Target(
        lambda content, _: list(influx_wal.entries(io.BytesIO(content), Path("a.wal"))),
        (FormatError,),
    ),
    "snappy": Target(lambda content, _: snappy.decompress(content, 1 << 20), (ValueError,)),
    "rdb": Target(as_file("dump.rdb", redis_files.read_rdb), (FormatError,)),
    "aof": Target(
        as_file("appendonly.aof", lambda path: aof.replay(path, aof.KeySpace())), (FormatError,)
    ),
    "redis-manifest": Target(redis_folder, (FormatError,)),
    "lzf": Target(lzf, (ValueError,)),
    "sqlite": Target(as_file("a.db", sqlite), (FormatError,)),
    "restic": Target(said_by_restic, (PryvTuiError, msgspec.MsgspecError)),
}


def clear(folder: Path) -> None:
    """Take an input's files away, for the next one."""
    for holder, folders, files in os.walk(folder, topdown=False):
        for name in files:
            Path(holder, name).unlink()
        for name in folders:
            Path(holder, name).rmdir()


def try_one(name: str, content: bytes, folder: Path) -> None:
    """Give an input to its parser.

    Raises:
        Exception: a finding: what the parser does not promise.
    """
    target = TARGETS[name]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        target.parse(content, folder)
    except target.raises:
        pass
    finally:
        clear(folder)
