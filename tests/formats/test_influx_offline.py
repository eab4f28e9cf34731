"""InfluxDB restored offline: byte for byte, never outside its folder, whole or not at all."""

from __future__ import annotations

import errno
import gzip
import io
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.formats import influx_offline
from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.influx_backup import meta_db_offset, policies, read_backup
from pryv_tui.formats.influx_offline import LARGE, PARTIAL, by_hand, large, place
from pryv_tui.practice.stores import influx_meta
from pryv_tui.practice.stores.influx import InfluxStore

REAL = Path(__file__).parent / "data/influxdb-1.6.7"
DUMP, DATA = "pryv/influxdb/backup", "pryv/influxdb/data"
SHARD = "user.alice/autogen/1"
FILE = f"{SHARD}/000000001-000000001.tsm"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root after its files were copied back: a real backup, an empty data folder."""
    shutil.copytree(REAL / "two-users", tmp_path / "root" / DUMP)
    (tmp_path / "root" / DATA).mkdir()
    return tmp_path / "root"


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def manifest_of(folder: Path) -> tuple[Path, dict[str, Any]]:
    (path,) = folder.glob("*.manifest")
    return path, json.loads(path.read_bytes())


def entry(name: str, content: bytes = b"points", **more: Any) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in more.items():
        setattr(info, key, value)
    return info, content


def pack(folder: Path, *entries: tuple[tarfile.TarInfo, bytes]) -> None:
    """Put these into the archive of alice's shard, of which the manifest says the right size."""
    path, manifest = manifest_of(folder)
    shard = next(s for s in manifest["files"] if s["shardID"] == 1)
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for info, content in entries:
            archive.addfile(info, io.BytesIO(content) if info.isreg() else None)
    (folder / shard["fileName"]).write_bytes(gzip.compress(plain.getvalue()))
    shard["size"] = len(plain.getvalue())
    path.write_text(json.dumps(manifest))


def test_a_real_backup_is_in_place_byte_for_byte(root: Path) -> None:
    told: list[tuple[int, int]] = []
    placed = place(root, DUMP, DATA, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]
    found = tree(root / DATA)
    expected = {"meta/meta.db": _inner_meta(root / DUMP)}
    for archive in (root / DUMP).glob("*.tar.gz"):
        with tarfile.open(archive) as opened:
            for member in opened:
                file = opened.extractfile(member)
                assert file is not None
                expected[f"data/{member.name}"] = file.read()
    assert found == expected
    assert (placed.shards, placed.files) == (2, len(expected))
    assert placed.bytes == sum(map(len, found.values()))
    assert names(root / DATA) == ["data", "meta"]


def _inner_meta(folder: Path) -> bytes:
    (path,) = folder.glob("*.meta")
    return influx_meta.unpack(path.read_bytes())


def test_the_practice_server_serves_what_was_put_in_place(tmp_path: Path) -> None:
    """A real backup of a database without a point, opened as a server would."""
    shutil.copytree(REAL / "empty-user-database", tmp_path / DUMP)
    (tmp_path / DATA).mkdir()
    place(tmp_path, DUMP, DATA)
    store = InfluxStore(tmp_path / DATA)
    store.ensure()
    assert "user.bob" in store.databases()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_owners_are_those_of_the_data_folder(root: Path) -> None:
    os.chown(root / DATA, 9999, 9998)
    place(root, DUMP, DATA)
    for path in (root / DATA).rglob("*"):
        assert (path.stat().st_uid, path.stat().st_gid) == (9999, 9998), path


def test_the_shell_lines_make_the_same(root: Path) -> None:
    odd = root.parent / 'it\'s "odd" $(touch INJECTED)'
    shutil.copytree(root, odd)
    place(root, DUMP, DATA)
    backup = read_backup(odd / DUMP)
    metadata = {
        "file": backup.meta,
        "offset": meta_db_offset(odd / DUMP / backup.meta),
        "bytes": backup.meta_bytes,
    }
    lines = by_hand(f'"$ROOT"/{DUMP}', f'"$ROOT"/{DATA}', metadata, backup.shards)
    done = subprocess.run(
        ["sh", "-eu"],
        input="\n".join(lines),
        env={**os.environ, "ROOT": str(odd)},
        cwd=root.parent,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert tree(odd / DATA) == tree(root / DATA)
    assert not (root.parent / "INJECTED").exists()


HOSTILE: dict[str, tuple[tuple[tarfile.TarInfo, bytes], ...]] = {
    "out of the folder": (entry(f"{SHARD}/../../../../../evil.tsm"),),
    "an absolute path": (entry("/evil.tsm"),),
    "another database": (entry("user.bob/autogen/1/000000001-000000001.tsm"),),
    "a folder deeper": (entry(f"{SHARD}/x/000000001-000000001.tsm"),),
    "another name": (entry(f"{SHARD}/evil.sh"),),
    "a symbolic link": (
        entry(FILE, b"", type=tarfile.SYMTYPE, linkname="/etc"),
        entry(FILE),
    ),
    "a hard link": (entry(FILE, b"", type=tarfile.LNKTYPE, linkname="/etc/passwd"),),
    "a device": (entry(FILE, b"", type=tarfile.CHRTYPE),),
    "a fifo": (entry(FILE, b"", type=tarfile.FIFOTYPE),),
    "a folder in its place": (entry(FILE, b"", type=tarfile.DIRTYPE),),
    "the same name twice": (
        entry(FILE),
        entry(FILE, b"other"),
    ),
}


def test_an_archive_that_is_packed_here_is_taken_when_it_is_good(root: Path) -> None:
    pack(root / DUMP, entry(FILE), entry(FILE.replace(".tsm", ".tombstone"), b"deleted"))
    place(root, DUMP, DATA)
    found = tree(root / DATA / "data" / SHARD)
    assert found == {
        "000000001-000000001.tsm": b"points",
        "000000001-000000001.tombstone": b"deleted",
    }, "what was deleted stays deleted"


@pytest.mark.parametrize("what", sorted(HOSTILE))
def test_a_hostile_archive_leaves_nothing(root: Path, what: str) -> None:
    pack(root / DUMP, *HOSTILE[what])
    outside = tree(root.parent)
    with pytest.raises(FormatError):
        place(root, DUMP, DATA)
    assert tree(root.parent) == outside, "nothing was written, in the folder or outside of it"
    assert names(root / DATA) == [], "so that the documented restore finds an empty folder"


def _rename(field: str, value: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path, manifest = manifest_of(folder)
        manifest["files"][-1][field] = value
        path.write_text(json.dumps(manifest))

    return change


def _cut(pattern: str, bytes_left: int) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = sorted(folder.glob(pattern))[-1]
        path.write_bytes(path.read_bytes()[:bytes_left])

    return change


def _limited(folder: Path) -> None:
    path, manifest = manifest_of(folder)
    path.write_text(json.dumps({**manifest, "limited": True}))


def _meta_not_first(folder: Path) -> None:
    (path,) = folder.glob("*.meta")
    path.write_bytes(b"\x10\x00" + path.read_bytes())


UNEXPECTED: dict[str, Callable[[Path], None]] = {
    "a database out of the folder": _rename("database", "../../evil"),
    "a database that the metadata does not know": _rename("database", "user.mallory"),
    "a shard that the metadata does not know": _rename("shardID", 99),
    "a policy that is no name": _rename("policy", ".."),
    "another size": _rename("size", 1),
    "an archive cut off": _cut("*.tar.gz", 60),
    "metadata cut off": _cut("*.meta", 20),
    "no manifest": lambda folder: manifest_of(folder)[0].unlink(),
    "of one database only": _limited,
    "metadata in another order": _meta_not_first,
}


@pytest.mark.parametrize("what", sorted(UNEXPECTED))
def test_a_form_that_is_not_expected_leaves_the_folder_empty(root: Path, what: str) -> None:
    UNEXPECTED[what](root / DUMP)
    with pytest.raises(FormatError):
        place(root, DUMP, DATA)
    assert names(root / DATA) == []


def test_a_data_folder_that_is_not_empty_is_left_alone(root: Path) -> None:
    (root / DATA / "meta").mkdir()
    (root / DATA / "meta/meta.db").write_bytes(b"somebody's")
    with pytest.raises(FormatError, match="not empty"):
        place(root, DUMP, DATA)
    assert tree(root / DATA) == {"meta/meta.db": b"somebody's"}


@pytest.mark.parametrize("link", [DATA, "pryv/influxdb"])
def test_a_link_in_the_way_is_not_followed(root: Path, tmp_path: Path, link: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(root / "pryv/influxdb", elsewhere)
    shutil.rmtree(root / link)
    (root / link).symlink_to(elsewhere / "data" if link == DATA else elsewhere)
    with pytest.raises(FormatError):
        place(root, DUMP, DATA)
    assert names(elsewhere / "data") == []


def test_a_full_disk_is_no_damaged_archive(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of the disk must not send the restore the documented way."""

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(influx_offline, "_write_all", full)
    with pytest.raises(PryvTuiError) as caught:
        place(root, DUMP, DATA)
    assert caught.value.name == "disk-full"
    assert names(root / DATA) == [PARTIAL], "no server takes this for its data"


def test_cancelled_in_the_middle(root: Path) -> None:
    with pytest.raises(Cancelled):
        place(root, DUMP, DATA, cancelled=lambda: True)
    assert names(root / DATA) == [PARTIAL]


def test_metadata_comes_last_into_place(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped between the renames there are files, and no server that knows them."""
    real = os.rename
    done: list[object] = []

    def stop_at_second(*args: Any, **more: Any) -> None:
        if done:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        done.append(args)
        real(*args, **more)

    monkeypatch.setattr(os, "rename", stop_at_second)
    with pytest.raises(PryvTuiError):
        place(root, DUMP, DATA)
    assert not (root / DATA / "meta").exists()


def test_policies_of_a_real_backup() -> None:
    (path,) = (REAL / "two-users").glob("*.meta")
    found = {(p.database, p.name): p for p in policies(path, influx_meta.unpack(path.read_bytes()))}
    assert found["_internal", "monitor"].expires
    assert not found["user.alice", "autogen"].expires
    assert found["user.alice", "autogen"].shards == {1}
    assert read_backup(REAL / "two-users").lasting == {"user.alice": 1}


def test_what_is_large() -> None:
    assert not large(None)
    assert not large({"file": "x.meta", "offset": 4, "bytes": LARGE})
    assert large({"file": "x.meta", "offset": 4, "bytes": LARGE + 1})
