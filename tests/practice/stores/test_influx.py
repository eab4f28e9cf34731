"""InfluxDB's files: metadata and TSM, in bytes that the real server wrote or reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pryv_tui.practice.stores import influx_meta, tsm
from pryv_tui.practice.stores.influx import DatabaseExists, InfluxStore

REAL_META = bytes.fromhex(
    "0a8d010800100418adf7abc2ada5b4dd4d2a490a09757365722e616e6e6112076175746f67656e1a330a0761"
    "75746f67656e1000188080a4c9ffc1890120012a1b0801108080cce0a488c5ffff01188080f0a9a4ca4e"
    "20002a0208012a2c0a09757365722e62656c6112076175746f67656e1a160a076175746f67656e100018"
    "8080a4c9ffc1890120013800400148011000"
)
"""The `.meta` file of a backup that InfluxDB 1.6.7 made: two databases, one with a shard."""

points = st.lists(
    st.tuples(st.integers(0, 2**62), st.integers(-(2**62), 2**62)), min_size=1, max_size=2500
)


def test_reads_the_metadata_that_the_real_server_wrote() -> None:
    meta = influx_meta.decode(influx_meta.unpack(REAL_META))

    assert [database.name for database in meta.databases] == ["user.anna", "user.bela"]
    assert [group.shard for group in meta.databases[0].groups] == [1]
    assert (meta.max_group, meta.max_shard) == (1, 1)
    group = meta.databases[0].groups[0]
    assert group.end - group.start == influx_meta.WEEK


def test_metadata_comes_back_as_it_went() -> None:
    meta = influx_meta.Meta()
    database = influx_meta.Database("user.é")
    meta.databases.append(database)
    group = meta.add_group(database, 1_768_471_200 * 10**9)

    assert influx_meta.decode(influx_meta.encode(meta)) == meta
    assert influx_meta.unpack(influx_meta.pack(influx_meta.encode(meta))) == influx_meta.encode(
        meta
    )
    monday = 1_768_176_000 * 10**9
    assert (group.start - monday) % influx_meta.WEEK == 0


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_cut_metadata_is_refused(cut: int) -> None:
    with pytest.raises(ValueError):
        influx_meta.decode(influx_meta.unpack(REAL_META)[:-cut])


@given(points)
@example([(0, -(2**62)), (0, 2**62)])  # they differ by more than an integer of 64 bits holds
def test_points_come_back_as_they_went(series: list[tsm.Point]) -> None:
    ordered = sorted(series)
    key = tsm.series_key("event.c1", "value")

    assert tsm.decode(tsm.encode({key: ordered})) == {key: ordered}


def test_a_tsm_file_in_bytes() -> None:
    data = tsm.encode({"m#!~#value": [(10, 1), (12, -1)]})

    assert data[:5] == bytes.fromhex("16d116d101")
    block = data[9:]
    assert block[:2] == bytes([1, 17])  # integers; a byte of encoding and two times
    assert block[2:19] == bytes(1) + (10).to_bytes(8, "big") + (2).to_bytes(8, "big")
    assert block[19:36] == bytes(1) + (2).to_bytes(8, "big") + (3).to_bytes(8, "big")
    offset = int.from_bytes(data[-8:], "big")
    assert data[offset : offset + 12] == b"\x00\x0am#!~#value"


def test_a_flipped_bit_is_noticed() -> None:
    data = bytearray(tsm.encode({"m#!~#value": [(10, 1)]}))
    data[20] ^= 1
    with pytest.raises(ValueError, match="checksum"):
        tsm.decode(bytes(data))


def test_a_point_written_twice_counts_once(tmp_path: Path) -> None:
    store = InfluxStore(tmp_path)
    store.ensure()
    for _ in range(2):
        store.write("user.anna", {"m#!~#value": [(10, 1), (20, 2)]})

    assert len(list(store.shard_folder("user.anna", 1).iterdir())) == 2
    assert store.points("user.anna") == 2


def test_points_of_two_weeks_lie_in_two_shards(tmp_path: Path) -> None:
    store = InfluxStore(tmp_path)
    store.ensure()
    store.write("user.anna", {"m#!~#value": [(10, 1), (10 + influx_meta.WEEK, 2)]})

    assert [shard for _, shard, _ in store.shards()] == [1, 2]


def test_one_existing_database_aborts_an_import(tmp_path: Path) -> None:
    store = InfluxStore(tmp_path)
    store.ensure()
    store.create("user.bela")
    incoming = influx_meta.decode(influx_meta.unpack(REAL_META))

    with pytest.raises(DatabaseExists):
        store.import_meta(incoming)

    assert store.databases() == ["user.bela"]
    store.drop("user.bela")
    assert store.import_meta(incoming) == {("user.anna", 1): 1}
