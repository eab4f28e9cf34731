"""A set is checked in pieces: the same findings, whatever the library leaves to the walk."""

from __future__ import annotations

import os
import random
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pryv_tui.vault import verify
from pryv_tui.vault.files import content
from pryv_tui.vault.files.pieces import Lines, Piece, Work
from pryv_tui.vault.held import Held
from pryv_tui.vault.parallel import pool as copy_pool
from pryv_tui.vault.parallel import worker as copy_worker
from pryv_tui.vault.parallel.messages import Group
from pryv_tui.vault.verify import VerifyResult
from tests.helpers.examples import tries
from tests.vault.copying.faulty import Hooks
from tests.vault.descriptors import none_left_open
from tests.vault.engine import copy_tree, use, verify_sums
from tests.vault.trees import Entry, make, trees

pytestmark = pytest.mark.usefixtures("together")


def whole(patch: pytest.MonkeyPatch) -> None:
    """As it comes."""


def by_python(patch: pytest.MonkeyPatch) -> None:
    """Nothing is done in one call, as where the library was not built."""
    use(patch, native=False)


def piecemeal(patch: pytest.MonkeyPatch) -> None:
    """A batch is large after a few bytes: the rest of it is handed out again."""
    use(patch, batch_bytes=60)


def slowly(patch: pytest.MonkeyPatch) -> None:
    """A batch is over with each entry."""
    use(patch, batch_entries=1)


def crowded(patch: pytest.MonkeyPatch) -> None:
    """Nearly nothing may wait for its turn."""
    use(patch, most_pending=1, batch_entries=2)


WAYS = [whole, by_python, piecemeal, slowly, crowded]


@pytest.fixture
def scratch() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp())
    yield path
    subprocess.run(["rm", "-rf", str(path)], check=True)


def alone(folder: Path, **options: Any) -> VerifyResult:
    """What one thread finds."""
    with pytest.MonkeyPatch.context() as patch:
        use(patch, workers=0)
        return verify_sums(folder, **options)


def in_order(result: VerifyResult) -> VerifyResult:
    """What a folder holds that was looked at once more is said later."""
    return msgspec.structs.replace(
        result, odd=tuple(sorted(result.odd)), changed=tuple(sorted(result.changed))
    )


def kept(root: Path, part: Path) -> str:
    """A host's part of a set, made by one thread; returns the hash of its `TREE`."""
    part.mkdir()
    sums, tree = part / "SHA256SUMS", part / "TREE"
    return copy_tree(root, part / "files", sums=sums, tree=tree, hooks=Hooks()).tree


def _flip(path: bytes) -> None:
    with open(path, "r+b") as file:
        first = file.read(1) or b"\0"
        file.seek(0)
        file.write(bytes([first[0] ^ 1]))


def _instead(path: bytes, make: Callable[[bytes], None]) -> None:
    os.unlink(path)
    make(path)


def damage(part: Path, chance: random.Random, number: int, *, only: bool) -> None:
    """Do something to one entry, to the folder that it lies in, or to the list."""
    # ruff: noqa: PTH102, PTH108, PTH118, PTH211
    top = os.fsencode(part / "files")
    found = [
        os.path.join(folder, name)
        for folder, folders, files in os.walk(top)
        for name in sorted(folders + files)
    ]
    if not found:
        return
    path = chance.choice(sorted(found))
    beside = os.path.join(os.path.dirname(path), b"planted-%d" % number)  # noqa: PTH120
    mode = os.lstat(path).st_mode
    acts: list[Callable[[], object]] = [
        lambda: os.mkdir(beside),
        lambda: os.symlink(b"/etc/passwd", beside),
        lambda: os.mkfifo(beside),
        lambda: Path(os.fsdecode(beside)).write_bytes(b"planted"),
        lambda: shutil.rmtree(path) if stat.S_ISDIR(mode) else os.unlink(path),
    ]
    if stat.S_ISREG(mode):
        acts += [
            lambda: _flip(path),
            lambda: os.truncate(path, os.stat(path).st_size + 1),  # noqa: PTH116
            lambda: _instead(path, os.mkdir),
            lambda: _instead(path, lambda name: os.symlink(b"/etc/passwd", name)),
        ]
    if stat.S_ISDIR(mode):
        acts.append(lambda: os.chmod(path, stat.S_IMODE(mode) ^ 0o040))  # noqa: PTH101
    sums = part / "SHA256SUMS"
    lines = sums.read_bytes().splitlines(keepends=True)
    if lines:
        line = chance.choice(lines)
        acts += [
            lambda: sums.write_bytes(b"".join(lines[::-1])),
            lambda: sums.write_bytes(b"".join(other for other in lines if other != line)),
        ]
        if only:  # of a list with doubles that is in disorder besides, either may be told
            acts.append(lambda: sums.write_bytes(b"".join([*lines, line])))
    chance.choice(acts)()


@pytest.mark.parametrize("way", WAYS)
@given(tree=trees(), chance=st.randoms(use_true_random=False), damages=st.integers(0, 3))
@settings(
    max_examples=tries(15),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_damage_to_any_tree_is_found_as_one_thread_finds_it(
    scratch: Path,
    way: Callable[[pytest.MonkeyPatch], None],
    tree: dict[bytes, Entry],
    chance: random.Random,
    damages: int,
) -> None:
    work = Path(tempfile.mkdtemp(dir=scratch))
    (work / "root").mkdir()
    make(tree, os.fsencode(work / "root"))
    digest = kept(work / "root", work / "part")
    sound = verify_sums(work / "part", tree=digest)
    assert sound.sound
    for number in range(damages):
        damage(work / "part", chance, number, only=damages == 1)
    with pytest.MonkeyPatch.context() as patch:
        way(patch)
        for of_tree, part, parts in ((digest, 1, 1), (digest, 2, 3), ("", 1, 1)):
            options: dict[str, Any] = {"tree": of_tree, "part": part, "parts": parts}
            found = verify_sums(work / "part", **options)
            assert in_order(found) == in_order(alone(work / "part", **options))
    if not damages:
        assert found.sound


@pytest.fixture
def part(tmp_path: Path) -> Path:
    """Folders with two files each."""
    for number in range(9):
        folder = tmp_path / "root" / "users" / f"u{number}"
        folder.mkdir(parents=True)
        for name in ("a", "b"):
            (folder / name).write_text(f"{number}{name}" * 20)
    kept(tmp_path / "root", tmp_path / "part")
    return tmp_path / "part"


@pytest.mark.parametrize("way", [whole, by_python])
def test_a_set_whose_folders_all_became_somebody_elses_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: Callable[[pytest.MonkeyPatch], None]
) -> None:
    """As of a set that was copied by hand. Nothing of the lists is kept for it."""
    for number in range(500):
        (tmp_path / "root" / f"u{number}").mkdir(parents=True)
        (tmp_path / "root" / f"u{number}" / "file").write_text(f"{number}")
    digest = kept(tmp_path / "root", tmp_path / "part")
    for folder in (tmp_path / "part" / "files").iterdir():
        folder.chmod(0o701)
    way(monkeypatch)
    kept_aside: list[bytes] = []
    put = Held.put

    def seen(held: Held, key: bytes, value: bytes) -> None:
        kept_aside.append(key)
        put(held, key, value)

    monkeypatch.setattr(Held, "put", seen)
    with none_left_open():
        found = verify_sums(tmp_path / "part", tree=digest)
    assert (found.odd_count, found.wrong_count, found.extra_count) == (500, 0, 0)
    assert (found.files, found.listed, found.missing_count) == (500, 500, 0)
    assert set(kept_aside) == {b"files/u%d" % number for number in range(500)}
    assert len(kept_aside) == 500, "each only until it was compared"
    assert found == alone(tmp_path / "part", tree=digest)


def read_by_python(patch: pytest.MonkeyPatch) -> list[bytes]:
    """The paths of files that are read without the library, from now on."""
    paths: list[bytes] = []

    def seen(copier: content.ContentCopier, holder: int, name: bytes, path: bytes) -> bytes | None:
        paths.append(path)
        return content.digest_of(copier, holder, name, path)

    for module in (copy_worker, verify):
        patch.setattr(module, "digest_of", seen)
    return paths


@pytest.mark.parametrize("way", [whole, by_python])
@pytest.mark.parametrize(("most", "files"), [(80, 0), (39, 18)])
def test_what_is_much_to_read_is_read_by_all(
    part: Path,
    monkeypatch: pytest.MonkeyPatch,
    way: Callable[[pytest.MonkeyPatch], None],
    most: int,
    files: int,
) -> None:
    """A piece ends where so much was read; a larger file is read where progress is told of it."""
    way(monkeypatch)
    use(monkeypatch, batch_bytes=most)
    by_itself = read_by_python(monkeypatch)
    given: list[int] = []
    piece = copy_worker.Worker._piece

    def seen(worker: copy_worker.Worker, group: Group, work: Work) -> Piece:
        found = piece(worker, group, work)
        given.append(sum(one.files for one in found.parts if isinstance(one, Lines)))
        return found

    monkeypatch.setattr(copy_worker.Worker, "_piece", seen)
    with none_left_open():
        found = verify_sums(part)
    assert found.sound
    assert (found.files, found.listed, found.bytes) == (18, 18, 18 * 40)
    assert sum(given) == 18, "all of them by workers"
    assert max(given) == max(1, most // 40), "and no more together"
    assert len(set(by_itself)) == len(by_itself) == (18 if way is by_python else files)
    (part / "files/users/u3/b").write_text("other")
    assert verify_sums(part).wrong == ("users/u3/b",)


@pytest.mark.parametrize("way", [whole, by_python])
@pytest.mark.parametrize(("most", "alone"), [(40, 0), (39, 9)])
def test_a_folder_of_one_file_is_no_exception(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    way: Callable[[pytest.MonkeyPatch], None],
    most: int,
    alone: int,
) -> None:
    """Most folders are such: a file that is large, replaced or gone is told all the same."""
    for number in range(9):
        folder = tmp_path / "root" / "users" / f"u{number}"
        folder.mkdir(parents=True)
        (folder / "a").write_text(f"{number}a" * 20)
    kept(tmp_path / "root", tmp_path / "part")
    way(monkeypatch)
    use(monkeypatch, batch_bytes=most)
    one_by_one = read_by_python(monkeypatch)
    users = tmp_path / "part/files/users"
    with none_left_open():
        found = verify_sums(tmp_path / "part")
    assert found.sound
    assert (found.files, found.listed, found.bytes) == (9, 9, 9 * 40)
    assert len(one_by_one) == (9 if way is by_python else alone)
    (users / "u3/a").write_text("other")
    (users / "u5/a").unlink()
    (users / "u5/a").symlink_to("/etc/hostname")
    (users / "u7/a").unlink()
    with none_left_open():
        found = verify_sums(tmp_path / "part")
    assert found.wrong == ("users/u3/a",)
    assert found.missing == ("users/u5/a", "users/u7/a")


@pytest.mark.usefixtures("by_python")
def test_what_was_read_wrong_once_stays_wrong(part: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that gives back other bytes the next time is no sound one."""
    digest_of = content.digest_of
    flawed = [b"b"]

    def read(copier: Any, holder: int, name: bytes, path: bytes) -> bytes | None:
        if name in flawed:
            flawed.remove(name)
            return bytes(32)
        return digest_of(copier, holder, name, path)

    monkeypatch.setattr(copy_worker, "digest_of", read)
    assert verify_sums(part).wrong_count == 1
    assert verify_sums(part).sound


@pytest.mark.usefixtures("by_python")
def test_what_could_not_be_read_once_stays_wrong(
    part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is it asked once more."""
    digest_of = content.digest_of
    flawed = [b"b"]

    def read(copier: Any, holder: int, name: bytes, path: bytes) -> bytes | None:
        if name in flawed:
            flawed.remove(name)
            return None
        return digest_of(copier, holder, name, path)

    monkeypatch.setattr(copy_worker, "digest_of", read)
    assert verify_sums(part).wrong_count == 1
    assert verify_sums(part).sound


def test_no_more_waits_for_its_turn_than_there_is_room_for(
    tmp_path: Path, built: None, together: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = tmp_path / "set"
    for folder in range(100):
        (tmp_path / "root" / f"{folder:03}").mkdir(parents=True)
        for name in range(10):
            (tmp_path / "root" / f"{folder:03}" / f"{name}").write_text("x")
    tree = kept(tmp_path / "root", part)
    use(monkeypatch, batch_entries=15, most_pending=50)
    held: list[int] = []
    wait = copy_pool.Pool._wait

    def waited(self: copy_pool.Pool) -> None:
        wait(self)
        held.append(self._held())

    monkeypatch.setattr(copy_pool.Pool, "_wait", waited)
    found = verify_sums(part, tree=tree)
    assert found.sound
    assert found.files == 1000
    assert max(held) < 50 + 2 * (2 + copy_pool.AHEAD) * 15, "and what is in others' hands"
