"""Damage is found, wherever it is."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import bson
import pytest

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.vault.files.types import Progress, TreeCount
from pryv_tui.vault.verify import NAMED
from tests.vault.descriptors import none_left_open
from tests.vault.engine import copy_tree, verify_sums

BOTH = pytest.mark.usefixtures("engine")
DATA = Path(__file__).parents[1] / "formats" / "data"
KINDS = [
    "pryv/mongodb/backup/pryv-node/events.bson",
    "pryv/influxdb/backup/20261123T014531Z.s1.tar.gz",
    "pryv/influxdb/backup/20261123T014531Z.manifest",
    "pryv/redis/data/appendonly.aof",
    "pryv/core/data/users/user-index.db",
    "pryv/core/data/attachments/u/e/f",
    "pryv/core/data/attachments/u/e/linked",
    "sparse",
    "odd\nname \udcff",
]


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A host's part of a set with every kind of file."""
    base = tmp_path_factory.mktemp("verify")
    root = base / "root"
    for name in KINDS:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / KINDS[0]).write_bytes(b"".join(bson.encode({"n": n}) for n in range(100)))
    shutil.copytree(
        DATA / "influxdb-1.6.7" / "two-users", root / "pryv/influxdb/backup", dirs_exist_ok=True
    )
    shutil.copy(DATA / "redis-6.2" / "appendonly.aof", root / KINDS[3])
    connection = sqlite3.connect(root / KINDS[4])
    connection.execute("CREATE TABLE id4name (a)")
    connection.commit()
    connection.close()
    (root / KINDS[5]).write_bytes(os.urandom(3_000_000))
    (root / "pryv/core/data/first").write_bytes(os.urandom(1000))
    os.link(root / "pryv/core/data/first", root / KINDS[6])
    with (root / "sparse").open("wb") as file:
        file.truncate(3_000_000)
    (root / KINDS[8]).write_text("odd")
    (root / "link").symlink_to("/etc/passwd")
    host = base / "host"
    host.mkdir()
    copy_tree(root, host / "files", sums=host / "SHA256SUMS")
    return host


@pytest.fixture
def host(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "host", symlinks=True))


def flip(path: Path, at: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))


@BOTH
def test_a_sound_set_is_sound(pristine: Path) -> None:
    result = verify_sums(pristine)
    assert result.sound
    listed = (pristine / "SHA256SUMS").read_bytes().splitlines()
    assert result.files == len(listed)
    assert (result.wrong, result.missing, result.extra) == ((), (), ())


@BOTH
@pytest.mark.parametrize("where", ["first", "middle", "last"])
@pytest.mark.parametrize("name", KINDS)
def test_a_flipped_bit_is_found_and_not_restored(host: Path, name: str, where: str) -> None:
    path = host / "files" / name
    last = path.stat().st_size - 1
    flip(path, {"first": 0, "middle": last // 2, "last": last}[where])
    result = verify_sums(host)
    shown = name.replace("\n", "\\x0a").replace("\udcff", "\\xff")
    assert result.wrong == (shown,)
    assert (result.wrong_count, result.missing, result.extra) == (1, (), ())
    assert not result.sound
    with pytest.raises(PryvTuiError) as caught:
        copy_tree(host / "files", host.parent / "back", expected=host / "SHA256SUMS")
    assert caught.value.name == "set-damaged"
    assert shown in caught.value.what


@BOTH
@pytest.mark.parametrize("change", [lambda size: size - 1, lambda size: size + 1, lambda size: 0])
def test_another_length_is_found(host: Path, change: Callable[[int], int]) -> None:
    path = host / "files" / KINDS[0]
    os.truncate(path, change(path.stat().st_size))
    assert verify_sums(host).wrong == (KINDS[0],)


@BOTH
def test_a_missing_file_is_found_and_not_restored(host: Path) -> None:
    (host / "files" / KINDS[5]).unlink()
    result = verify_sums(host)
    assert (result.missing, result.missing_count, result.wrong) == ((KINDS[5],), 1, ())
    with pytest.raises(PryvTuiError, match="missing") as caught:
        copy_tree(host / "files", host.parent / "back", expected=host / "SHA256SUMS")
    assert caught.value.name == "set-damaged"


@BOTH
def test_a_missing_folder_is_found(host: Path) -> None:
    shutil.rmtree(host / "files" / "pryv" / "core")
    assert verify_sums(host).missing_count == 4


@BOTH
def test_a_file_that_is_not_listed_is_found_and_not_restored(host: Path) -> None:
    (host / "files" / "pryv" / "planted").write_text("x")
    result = verify_sums(host)
    assert (result.extra, result.extra_count, result.wrong) == (("pryv/planted",), 1, ())
    with pytest.raises(PryvTuiError, match="pryv/planted"):
        copy_tree(host / "files", host.parent / "back", expected=host / "SHA256SUMS")


@BOTH
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_link_in_place_of_the_real_thing_is_not_followed(host: Path, kind: str) -> None:
    path = host / "files" / KINDS[5]
    if kind == "folder":
        path = path.parent
    path.rename(host / "aside")
    path.symlink_to(host / "aside")
    assert verify_sums(host).missing_count == (1 if kind == "file" else 2)


def test_a_damaged_line_of_the_list_is_found(host: Path) -> None:
    sums = host / "SHA256SUMS"
    content = sums.read_bytes()
    for at in range(0, len(content), 7):
        sums.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        try:
            result = verify_sums(host)
        except PryvTuiError as error:
            assert error.name == "set-damaged"
        else:
            assert not result.sound


@pytest.mark.parametrize("name", ["SHA256SUMS", "files"])
def test_without_the_list_or_the_tree_it_is_damage(host: Path, name: str) -> None:
    (host / name).rename(host / "aside")
    with pytest.raises(PryvTuiError) as caught:
        verify_sums(host)
    assert caught.value.name == "set-damaged"


def test_long_lists_are_cut_and_counted(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "SHA256SUMS").touch()
    for number in range(NAMED + 5):
        (tmp_path / "files" / f"{number:05}").touch()
    result = verify_sums(tmp_path)
    assert (len(result.extra), result.extra_count) == (NAMED, NAMED + 5)


@BOTH
def test_progress_comes_from_the_calling_thread_and_ends_at_the_total(pristine: Path) -> None:
    told: list[tuple[int, Progress]] = []
    whole = verify_sums(pristine)
    verify_sums(
        pristine,
        total=TreeCount(whole.files, whole.bytes, 0),
        progress=lambda step: told.append((threading.get_ident(), step)),
    )
    assert {thread for thread, _ in told} == {threading.get_ident()}
    assert told[-1][1] == Progress(whole.files, whole.bytes, whole.files, whole.bytes)


@BOTH
def test_it_can_be_cancelled(pristine: Path) -> None:
    others = set(threading.enumerate())
    cancel = threading.Event()
    cancel.set()
    with none_left_open(), pytest.raises(Cancelled):
        verify_sums(pristine, cancel=cancel)
    assert not [thread for thread in threading.enumerate() if thread not in others]
