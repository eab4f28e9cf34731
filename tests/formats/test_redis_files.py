"""Redis' files, read from what real servers wrote."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.redis_files import (
    RedisContents,
    read_aof,
    read_append_folder,
    read_rdb,
    read_redis,
)
from tests.helpers.examples import tries

DATA = Path(__file__).parent / "data"
LONG = "a-user-with-a-very-very-long-name-" + "a" * 39
BEFORE = (LONG, "alice", "bob", "dave", "erin", "wactiv")
AFTER = (LONG, "alice", "bob", "erika", "frank", "gina", "wactiv")


def command(*words: str) -> bytes:
    parts = [word.encode() for word in words]
    body = b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
    return b"*%d\r\n%s" % (len(parts), body)


def aof(tmp_path: Path, *commands: tuple[str, ...], tail: bytes = b"") -> RedisContents:
    path = tmp_path / "appendonly.aof"
    path.write_bytes(b"".join(command(*words) for words in commands) + tail)
    return read_aof(path)


@pytest.mark.parametrize("release", ["redis-7.0", "redis-6.2"])
def test_a_snapshot_with_every_type_of_value(release: str) -> None:
    contents = read_rdb(DATA / release / "snapshot.rdb")
    assert contents.users == BEFORE
    assert contents.keys == 36
    assert not contents.torn


@pytest.mark.parametrize("release", ["redis-7.0", "redis-6.2"])
def test_the_append_only_file_is_what_counts(release: str) -> None:
    contents = read_redis(DATA / release)
    assert contents is not None
    assert contents.kind == ("appendonlydir" if release == "redis-7.0" else "aof")
    assert contents.users == AFTER
    assert contents.keys == 42
    assert contents.unsure == ("alice",)
    assert contents.not_understood == ()
    assert not contents.torn


def test_an_empty_folder_has_nothing_to_load(tmp_path: Path) -> None:
    assert read_redis(tmp_path) is None


def test_a_lone_snapshot_is_read_whatever_its_name(tmp_path: Path) -> None:
    shutil.copy(DATA / "redis-6.2" / "snapshot.rdb", tmp_path / "redis_dump.rdb")
    contents = read_redis(tmp_path)
    assert contents is not None
    assert (contents.kind, contents.users) == ("rdb", BEFORE)


@pytest.mark.parametrize("release", ["redis-7.0", "redis-6.2"])
def test_flipped_bits_and_cuts_in_a_snapshot_are_found(tmp_path: Path, release: str) -> None:
    content = (DATA / release / "snapshot.rdb").read_bytes()
    path = tmp_path / "snapshot.rdb"
    for at in [*range(40), *range(40, len(content), 211), *range(len(content) - 9, len(content))]:
        path.write_bytes(content[:at] + bytes([content[at] ^ 0x04]) + content[at + 1 :])
        with pytest.raises(FormatError):
            read_rdb(path)
        path.write_bytes(content[:at])
        with pytest.raises(FormatError):
            read_rdb(path)
    path.write_bytes(content + b"x")
    with pytest.raises(FormatError, match="more bytes follow"):
        read_rdb(path)


def test_a_snapshot_without_checksum_is_taken(tmp_path: Path) -> None:
    content = (DATA / "redis-7.0" / "snapshot.rdb").read_bytes()
    (tmp_path / "snapshot.rdb").write_bytes(content[:-8] + bytes(8))
    assert read_rdb(tmp_path / "snapshot.rdb").users == BEFORE


def test_a_newer_snapshot_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "snapshot.rdb").write_bytes(b"REDIS0013\xff" + bytes(8))
    with pytest.raises(FormatError, match="version 13"):
        read_rdb(tmp_path / "snapshot.rdb")


def test_a_torn_end_is_told_and_left_out(tmp_path: Path) -> None:
    """Cut anywhere in its last command, a file holds what it held before that."""
    whole = command("SELECT", "0") + command("HSET", "ann:users", "id", "1")
    last = command("HSET", "ben:users", "id", "2")
    path = tmp_path / "appendonly.aof"
    for length in range(1, len(last)):
        path.write_bytes(whole + last[:length])
        contents = read_aof(path)
        assert contents.torn
        assert (contents.torn_file, contents.torn_at) == (path.name, len(whole))
        assert contents.users == ("ann",)
    path.write_bytes(whole + last)
    assert not read_aof(path).torn
    assert read_aof(path).users == ("ann", "ben")


def test_an_open_transaction_is_torn(tmp_path: Path) -> None:
    begun = [("SET", "a", "1"), ("MULTI",), ("HSET", "ann:users", "id", "1")]
    contents = aof(tmp_path, *begun)
    assert contents.torn
    assert contents.torn_at == len(command(*begun[0]))
    assert contents.users == ()
    assert aof(tmp_path, *begun, ("EXEC",)).users == ("ann",)


@pytest.mark.parametrize(
    "tail",
    [
        b"\0" * 64,
        b"*x\r\n",
        b"*1\r\n$3\r\nSETxx",
        b"*1\r\n+OK\r\n",
        b"*0\r\n",
        b"*1\r\n$3\r\nSET\r\n",
    ],
)
def test_rubbish_is_damage_and_no_torn_end(tmp_path: Path, tail: bytes) -> None:
    with pytest.raises(FormatError):
        aof(tmp_path, ("SET", "a", "1"), tail=tail)


def test_commands_that_decide_which_keys_there_are(tmp_path: Path) -> None:
    contents = aof(
        tmp_path,
        ("SELECT", "0"),
        ("HMSET", "ann:users", "id", "1"),
        ("HMSET", "ben:users", "id", "2"),
        ("hset", "cid:users", "id", "3"),
        ("DEL", "ben:users", "none"),
        ("RENAME", "cid:users", "eva:users"),
        ("PEXPIREAT", "ann:users", "1"),
        ("SELECT", "1"),
        ("MSET", "x", "1", "fay:users", "2"),
        ("COPY", "x", "y", "DB", "2"),
        ("MOVE", "x", "3"),
        ("FLUSHDB",),
        ("SWAPDB", "0", "5"),
        ("NEWCOMMAND", "k"),
    )
    assert contents.users == ("ann", "eva")
    assert contents.keys == 4
    assert contents.not_understood == ("NEWCOMMAND",)
    assert aof(tmp_path, ("HSET", "ann:users", "a", "1"), ("FLUSHALL",)).keys == 0


def test_time_annotations_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "appendonly.aof"
    path.write_bytes(b"#TS:1600000000\r\n" + command("SET", "ann:users", "1"))
    assert read_aof(path).users == ("ann",)


def test_a_name_that_is_no_text_can_be_shown(tmp_path: Path) -> None:
    path = tmp_path / "appendonly.aof"
    path.write_bytes(b"*3\r\n$3\r\nSET\r\n$7\r\n\xff:users\r\n$1\r\n1\r\n")
    assert read_aof(path).users == ("\\xff",)


@given(st.binary(max_size=300))
@settings(max_examples=tries(200))
def test_any_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("redis") / "any"
    for head in (b"", b"REDIS0009", b"REDIS0012\xfe\0", b"*1\r\n"):
        path.write_bytes(head + content)
        for read in (read_rdb, read_aof):
            try:
                assert read(path).keys >= 0
            except FormatError as error:
                assert path.name in str(error)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA / "redis-7.0" / "appendonlydir", tmp_path / "appendonlydir"))


@pytest.mark.parametrize("pattern", ["*.base.rdb", "*.incr.aof", "*.manifest"])
def test_every_part_of_an_append_folder_must_be_there(folder: Path, pattern: str) -> None:
    (part,) = folder.glob(pattern)
    part.unlink()
    with pytest.raises(FormatError):
        read_append_folder(folder)


def test_only_the_last_increment_may_be_torn(folder: Path) -> None:
    (increment,) = folder.glob("*.incr.aof")
    increment.write_bytes(increment.read_bytes()[:-3])
    assert read_append_folder(folder).torn
    (manifest,) = folder.glob("*.manifest")
    with manifest.open("a") as file:
        file.write('file "second one.aof" seq 3 type i\n')
    (folder / "second one.aof").write_bytes(command("SET", "zoe:users", "1"))
    with pytest.raises(FormatError, match="not the last"):
        read_append_folder(folder)


def test_increments_are_read_in_order_and_history_is_not(folder: Path) -> None:
    (manifest,) = folder.glob("*.manifest")
    with manifest.open("a") as file:
        file.write("file old.aof seq 1 type h\nfile b.aof seq 10 type i\nfile a.aof seq 9 type i\n")
    (folder / "a.aof").write_bytes(command("SET", "zoe:users", "1"))
    (folder / "b.aof").write_bytes(command("DEL", "zoe:users"))
    assert read_append_folder(folder).users == AFTER


def test_a_cut_base_is_damage(folder: Path) -> None:
    (base,) = folder.glob("*.base.rdb")
    base.write_bytes(base.read_bytes()[:-20])
    with pytest.raises(FormatError):
        read_append_folder(folder)


NO_NAMES = [f"file a.aof\0b seq 1 type {kind}\n" for kind in "bi"]
"""No file can have such a name."""


@pytest.mark.parametrize(
    "text", ["", "file a.aof seq\n", "file ../a.aof seq 1 type i\n", "x\n", *NO_NAMES]
)
def test_a_manifest_must_be_one(folder: Path, text: str) -> None:
    (manifest,) = folder.glob("*.manifest")
    manifest.write_text(text)
    with pytest.raises(FormatError):
        read_append_folder(folder)
