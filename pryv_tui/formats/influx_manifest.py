"""The manifest of a portable InfluxDB backup, read shard by shard to save memory.

Pryv makes one database per user, and InfluxDB one shard per database for each week with data. So
three thousand users over two years give 300,000 shards and a manifest of 60 MB (`influxd` writes it
indented).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import IO

import msgspec

from pryv_tui.decoding import Undecodable, decode_json
from pryv_tui.formats.errors import FormatError
from pryv_tui.phrases import counted
from pryv_tui.reading import need_word, open_file

_FILES = re.compile(rb'"files"\s*:\s*\[')
# An entry has no lists or objects inside; names may have any characters. Possessive (`++`): no
# backtracking.
_ONE = re.compile(rb'\s*+(\{(?:[^{}\[\]"]++|"(?:[^"\\]++|\\.)*+")*+\})\s*+([,\]])', re.DOTALL)
_NONE = re.compile(rb"\s*\]")


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Limits for reading a manifest; the defaults are above any platform's."""

    bytes: int = 128 << 20
    """Most bytes of a manifest."""
    shards: int = 500_000
    """Most shards of a backup: this many fit in 256 MB of memory, whatever their names."""
    head: int = 1 << 20
    """Most bytes of the manifest without the list of shards."""
    entry: int = 64 << 10
    """Most bytes of one shard's entry."""
    piece: int = 1 << 20
    """Bytes read at a time."""


LIMITS = Limits()


class Meta(msgspec.Struct, rename={"file_name": "fileName"}):
    """The metadata file's name, and the bytes of `meta.db` in it."""

    file_name: str
    size: int


class Shard(
    msgspec.Struct,
    frozen=True,
    gc=False,
    rename={"file_name": "fileName", "shard": "shardID"},
):
    """One shard in the manifest; `size` is the bytes of the tar inside its archive."""

    database: str
    policy: str
    shard: int
    file_name: str
    size: int


class Manifest(msgspec.Struct):
    """The content of a manifest."""

    meta: Meta
    limited: bool
    files: list[Shard] | None


def read_manifest(path: Path, limits: Limits = LIMITS) -> Manifest:
    """Read a manifest.

    Raises:
        FormatError: it is not a manifest, or is larger than any platform's.
        ShortOfMeans, ShortOfRights: it can't be read now, or not by this user.
    """
    try:
        with open_file(path) as file:
            head = file.read(limits.head)
            found = _FILES.search(head)
            if found is None:
                return decode_json(_bounded(head + file.read(1), limits), Manifest)
            shards, rest = _shards(file, head[found.end() :], limits)
            around = head[: found.end()] + rest + file.read(limits.head)
        manifest = decode_json(_bounded(around, limits), Manifest)
        return msgspec.structs.replace(manifest, files=shards)
    except OSError as error:
        need_word(error, path)
        raise FormatError(path, path.name, f"can't be read as a manifest: {error}") from error
    except Undecodable as error:
        raise FormatError(path, path.name, f"can't be read as a manifest: {error}") from error


def _bounded(content: bytes, limits: Limits) -> bytes:
    if len(content) > limits.head:
        raise Undecodable(f"besides its shards it has more than {limits.head} bytes")
    return content


def _shards(file: IO[bytes], text: bytes, limits: Limits) -> tuple[list[Shard], bytes]:
    """Read the rest of the list of shards; return them, and the text from the list's end on.

    Args:
        file: read from its current position, which is after `text`.
        text: the part of the list that was read already.
    """
    shards: list[Shard] = []
    last = Shard("", "", 0, "", 0)
    at, read = 0, len(text)
    while True:
        found = _ONE.match(text, at)
        if found is None:
            if not shards and (empty := _NONE.match(text, at)) is not None:
                return [], text[empty.end() - 1 :]
            piece = file.read(limits.piece) if len(text) - at <= limits.entry else b""
            read += len(piece)
            if read > limits.bytes:
                raise Undecodable(f"it is larger than {limits.bytes} bytes")
            if not piece:
                raise Undecodable(
                    f"after {counted(len(shards), 'shard')} there is something that is not a shard"
                )
            text, at = text[at:] + piece, 0
            continue
        if len(shards) == limits.shards:
            raise Undecodable(f"it lists more than {limits.shards} shards")
        shard = decode_json(found[1], Shard)
        # Shards of a database follow each other; they share one string for its name, to save
        # memory.
        if (shard.database, shard.policy) == (last.database, last.policy):
            shard = msgspec.structs.replace(shard, database=last.database, policy=last.policy)
        shards.append(shard)
        last, at = shard, found.end()
        if found[2] == b"]":
            return shards, text[at - 1 :]
