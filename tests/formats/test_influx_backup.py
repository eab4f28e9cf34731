"""InfluxDB's portable backups, read from what the real influxd wrote."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.influx_backup import database_names, meta_db, read_backup

DATA = Path(__file__).parent / "data" / "influxdb-1.6.7"


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA / "two-users", tmp_path / "backup"))


def only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def change_manifest(
    folder: Path, change: Callable[[dict[str, list[dict[str, object]]]], None]
) -> None:
    path = only(folder, "*.manifest")
    manifest = json.loads(path.read_bytes())
    change(manifest)
    path.write_text(json.dumps(manifest))


def test_a_whole_backup() -> None:
    backup = read_backup(DATA / "two-users")
    assert backup.databases == ("_internal", "user.alice", "user.bob")
    assert backup.user_databases == ("user.alice", "user.bob")
    assert backup.shard_databases == ("_internal", "user.alice")
    assert backup.shards == 2
    assert not backup.limited


def test_a_backup_without_any_database() -> None:
    backup = read_backup(DATA / "nothing")
    assert (backup.databases, backup.user_databases, backup.shards) == ((), (), 0)


def test_a_database_that_was_never_written_to() -> None:
    backup = read_backup(DATA / "empty-user-database")
    assert backup.user_databases == ("user.bob",)
    assert backup.shard_databases == ()


def test_the_metadata_inside_is_that_of_the_server() -> None:
    path = only(DATA / "two-users", "*.meta")
    content = meta_db(path)
    assert len(content) == 224
    assert content in path.read_bytes()
    assert database_names(path, content) == ("_internal", "user.alice", "user.bob")


def test_no_manifest_is_no_backup(backup: Path) -> None:
    only(backup, "*.manifest").unlink()
    with pytest.raises(FormatError, match="no manifest"):
        read_backup(backup)


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="No such file"):
        read_backup(tmp_path / "none")


def test_two_backups_in_one_folder_are_refused(backup: Path) -> None:
    shutil.copy(only(DATA / "nothing", "*.manifest"), backup)
    with pytest.raises(FormatError, match="2 backups"):
        read_backup(backup)


def test_what_a_crashed_run_left_is_told(backup: Path) -> None:
    (backup / "user.alice.autogen.00001.00.pending").touch()
    with pytest.raises(FormatError, match="did not finish"):
        read_backup(backup)


@pytest.mark.parametrize("pattern", ["*.s1.tar.gz", "*.s2.tar.gz", "*.meta"])
def test_every_part_must_be_there(backup: Path, pattern: str) -> None:
    part = only(backup, pattern)
    part.unlink()
    with pytest.raises(FormatError, match=part.name):
        read_backup(backup)


def test_every_flipped_bit_of_a_shard_is_found_or_harmless(backup: Path) -> None:
    """Harmless: gzip's header, and bits that deflate leaves unused. What unpacks is the same."""
    part = only(backup, "*.s1.tar.gz")
    content = part.read_bytes()
    tar = gzip.decompress(content)
    found = 0
    for at in range(len(content)):
        part.write_bytes(content[:at] + bytes([content[at] ^ 0x10]) + content[at + 1 :])
        try:
            read_backup(backup)
        except FormatError:
            found += 1
        else:
            assert gzip.decompress(part.read_bytes()) == tar
    assert found > len(content) * 0.8


def test_every_truncation_of_a_shard_is_found(backup: Path) -> None:
    part = only(backup, "*.s1.tar.gz")
    content = part.read_bytes()
    for length in range(len(content)):
        part.write_bytes(content[:length])
        with pytest.raises(FormatError):
            read_backup(backup)


def test_truncated_metadata_is_found(backup: Path) -> None:
    part = only(backup, "*.meta")
    content = part.read_bytes()
    for length in range(len(content) - 5):  # the last field is not the databases
        part.write_bytes(content[:length])
        with pytest.raises(FormatError):
            read_backup(backup)


def test_a_shard_of_another_size_is_found(backup: Path) -> None:
    part = only(backup, "*.s1.tar.gz")
    tar = gzip.decompress(part.read_bytes())
    part.write_bytes(gzip.compress(tar + bytes(512)))
    with pytest.raises(FormatError, match="unpacks to 2560 bytes"):
        read_backup(backup)
    assert read_backup(backup, read_shards=False).shards == 2


def test_a_shard_of_another_database_is_found(backup: Path) -> None:
    def swap(manifest: dict[str, list[dict[str, object]]]) -> None:
        manifest["files"][0]["database"] = "user.bob"

    change_manifest(backup, swap)
    with pytest.raises(FormatError, match="does not belong"):
        read_backup(backup)


@pytest.mark.parametrize("name", ["../x.tar.gz", "/etc/passwd", "", ".."])
def test_a_manifest_must_not_lead_elsewhere(backup: Path, name: str) -> None:
    def lead(manifest: dict[str, list[dict[str, object]]]) -> None:
        manifest["files"][0]["fileName"] = name

    change_manifest(backup, lead)
    with pytest.raises(FormatError, match="is not a file name"):
        read_backup(backup)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"files": []}'])
def test_a_manifest_must_be_one(backup: Path, content: str) -> None:
    only(backup, "*.manifest").write_text(content)
    with pytest.raises(FormatError, match="can't be read as a manifest"):
        read_backup(backup)
