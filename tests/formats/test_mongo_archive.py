"""The stream of `mongodump --archive`, whole, in pieces, cut off and spoilt."""

from __future__ import annotations

import io
import itertools

import bson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.mongo_archive import MAGIC, TERMINATOR, ArchiveReader
from pryv_tui.practice.tools.mongo_dumpfiles import ArchiveWriter

DB = "pryv-node"
EVENTS = [bson.encode({"_id": f"e{n}", "userId": "u", "content": "x" * n}) for n in range(7)]


def archive() -> bytes:
    out = io.BytesIO()
    writer = ArchiveWriter(out, {(DB, "events"): ("{}", 1), (DB, "empty"): ("{}", 0)})
    writer.collection(DB, "empty", iter([]))
    writer.collection(DB, "events", iter(EVENTS))
    return out.getvalue()


WHOLE = archive()


def read(chunks: list[bytes]) -> tuple[list[bytes], dict[tuple[str, str], int]]:
    found: list[bytes] = []
    reader = ArchiveReader(lambda _db, _name, content: found.append(content))
    for chunk in chunks:
        reader.feed(chunk)
    reader.close()
    return found, reader.counts


@given(st.lists(st.integers(0, len(WHOLE)), max_size=12).map(sorted))
def test_in_whatever_pieces_it_comes(cuts: list[int]) -> None:
    edges = [0, *cuts, len(WHOLE)]
    chunks = [WHOLE[a:b] for a, b in itertools.pairwise(edges)]
    assert read(chunks) == (EVENTS, {(DB, "events"): 7, (DB, "empty"): 0})


@given(st.integers(0, len(WHOLE) - 1))
def test_wherever_it_is_cut_off_it_is_said_to_be(at: int) -> None:
    with pytest.raises(FormatError, match="cut off"):
        read([WHOLE[:at]])


@pytest.mark.parametrize(
    "content",
    [
        b"PK\3\4" + WHOLE,
        WHOLE + b"\xff\xff\xff\xff",
        WHOLE + bson.encode({"db": DB, "collection": "never named", "EOF": False}),
        WHOLE[:4] + b"\1\0\0\0" + WHOLE[8:],
    ],
    ids=["another format", "an end too many", "a block of nothing", "a length that can't be"],
)
def test_what_is_no_archive_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(FormatError):
        read([content])


@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=9))
def test_damage_is_never_another_error(at: int, junk: bytes) -> None:
    try:
        found, counts = read([WHOLE[:at] + junk + WHOLE[at + len(junk) :]])
    except FormatError as error:
        assert str(error)
        return
    # Damage that leaves the lengths as they are changes documents, and is the caller's to see.
    assert len(found) == sum(counts.values())


@pytest.mark.parametrize("documents", [0, 3])
def test_the_head_names_a_time_series_and_the_blocks_its_buckets(documents: int) -> None:
    # As the tools from 100.4 on write it.
    head = {"db": "pryv-node", "collection": "ts", "metadata": "{}", "size": 0}
    block = {"db": "pryv-node", "collection": "system.buckets.ts", "EOF": False, "CRC": 0}
    archive = MAGIC + bson.encode({"version": "0.1"})
    archive += bson.encode({**head, "type": "timeseries"}) + TERMINATOR
    if documents:
        archive += bson.encode(block) + bson.encode({"_id": 1}) * documents + TERMINATOR
    archive += bson.encode({**block, "EOF": True}) + TERMINATOR
    reader = ArchiveReader()
    reader.feed(archive)
    reader.close()
    assert reader.counts == {("pryv-node", "system.buckets.ts"): documents}


@pytest.mark.parametrize("told", ["type", "options"])
@pytest.mark.parametrize("ended", [True, False])
def test_a_view_holds_nothing(told: str, ended: bool) -> None:
    head = {"db": "pryv-node", "collection": "v", "metadata": "{}", "size": 0, "type": "view"}
    if told == "options":
        head = {**head, "metadata": '{"options":{"viewOn":"events"}}', "type": ""}
    archive = MAGIC + bson.encode({"version": "0.1"}) + bson.encode(head) + TERMINATOR
    if ended:
        end = {"db": "pryv-node", "collection": "v", "EOF": True, "CRC": 0}
        archive += bson.encode(end) + TERMINATOR
    reader = ArchiveReader()
    reader.feed(archive)
    reader.close()
    assert (reader.counts, reader.views) == ({}, {("pryv-node", "v")})
