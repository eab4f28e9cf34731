"""Increments: a later copy links to a former one, and neither harms the other."""

# Names are bytes here, which pathlib does not take.
# ruff: noqa: PTH113, PTH114, PTH118
from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pryv_tui.errors import PryvTuiError
from pryv_tui.vault.files.linking import ParentFolder
from pryv_tui.vault.files.types import Selection
from pryv_tui.vault.lists.index import (
    IndexReader,
    source_stat,
    walk_key,
)
from tests.helpers.examples import tries
from tests.vault.copying.previous.increments import (
    FILES,
    backup,
    restore,
    settled,
    shared_files,
    source,
    tick,
    unsettled_disk,
)
from tests.vault.engine import verify_sums
from tests.vault.trees import Entry, make, seen, trees

__all__ = ["settled", "source", "unsettled_disk"]


SHARED = (HealthCheck.function_scoped_fixture,)


@st.composite
def changes(draw: st.DrawFn) -> list[tuple[str, int, bytes]]:
    kinds = st.sampled_from(
        ["write", "same size", "touch back", "chmod", "xattr", "remove", "move", "swap", "link"]
    )
    return draw(st.lists(st.tuples(kinds, st.integers(0, 30), st.binary(max_size=9)), max_size=5))


def change(root: Path, kind: str, number: int, data: bytes) -> None:
    """Change one of a tree's files."""
    found = sorted(
        os.path.join(folder, name)
        for folder, _, names in os.walk(os.fsencode(root))
        for name in names
        if not os.path.islink(os.path.join(folder, name))
        and os.path.isfile(os.path.join(folder, name))
    )
    if not found:
        return
    path, other = found[number % len(found)], found[(number + 1) % len(found)]
    status = os.lstat(path)
    if kind == "write":
        with open(path, "ab") as file:
            file.write(data + b"!")
    elif kind in ("same size", "touch back"):
        with open(path, "r+b") as file:
            old = file.read(1)
            file.seek(0)
            file.write(bytes([old[0] ^ 1]) if old else b"")
        if kind == "touch back":
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    elif kind == "chmod":
        os.chmod(path, (status.st_mode ^ 0o040) & 0o7777)  # noqa: PTH101
    elif kind == "xattr":
        os.setxattr(path, "user.b", data)
    elif kind == "remove":
        os.unlink(path)  # noqa: PTH108
    elif kind == "move":
        os.rename(path, path + b"~")  # noqa: PTH104
    elif kind == "swap" and path != other:
        os.rename(path, path + b"~")  # noqa: PTH104
        os.rename(other, path)  # noqa: PTH104
        os.rename(path + b"~", other)  # noqa: PTH104
    elif kind == "link":
        os.link(path, path + b"+%d" % len(found))


@given(tree=trees(), what=changes())
@settings(max_examples=tries(30), deadline=None, suppress_health_check=SHARED)
def test_a_set_that_shares_files_is_a_whole_one_and_stays_it(
    settled: None, tree: dict[bytes, Entry], what: list[tuple[str, int, bytes]]
) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        source = folder / "root"
        source.mkdir()
        make(tree, os.fsencode(source))
        backup(source, folder / "one")
        before = seen(source)
        tick(folder)
        for each in what:
            change(source, *each)
        now = seen(source)
        result = backup(source, folder / "two", folder / "one")

        assert seen(folder / "two" / "files") == now
        assert seen(folder / "one" / "files") == before, "the former set was changed"
        for name, is_now in (("one", before), ("two", now)):
            assert verify_sums(folder / name).sound
            restore(folder / name, folder / f"back-{name}")
            assert seen(folder / f"back-{name}") == is_now
        shared = shared_files(folder / "one" / "files", folder / "two" / "files")
        assert shared <= result.linked_files
        if not what:
            assert result.linked_files + _others(now) == result.files

        shutil.rmtree(folder / "one")
        assert verify_sums(folder / "two").sound
        restore(folder / "two", folder / "again")
        assert seen(folder / "again") == now
    finally:
        shutil.rmtree(folder)


def _others(found: dict[bytes, tuple[Any, ...]]) -> int:
    """Further names of files."""
    return sum(1 for path, entry in found.items() if entry[4] is not None
               and entry[0].startswith("0o10") and entry[6] != path)  # fmt: skip


class TestWhatCanNotBeTold:
    def test_a_file_changed_a_moment_before_its_copy_is_copied_again(
        self, source: Path, tmp_path: Path
    ) -> None:
        backup(source, tmp_path / "1")
        assert backup(source, tmp_path / "2", tmp_path / "1").linked_files == 0

    @pytest.mark.parametrize(("seconds", "linked"), [(59, 0), (61, FILES)])
    def test_how_long_a_moment_is(
        self,
        source: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        seconds: int,
        linked: int,
    ) -> None:
        newest = max(p.stat().st_ctime_ns for p in source.rglob("*"))
        monkeypatch.setattr(time, "time_ns", lambda: newest + seconds * 10**9)
        backup(source, tmp_path / "1")
        assert (backup(source, tmp_path / "2", tmp_path / "1").linked_files > 0) == bool(linked)

    @pytest.mark.usefixtures("settled")
    def test_a_file_that_changed_while_it_was_copied_is_never_linked_to(
        self, source: Path, tmp_path: Path
    ) -> None:
        class Grows:
            def before_read(self, path: bytes) -> None:
                if path.endswith(b"c/x.log"):
                    with open(path, "ab") as file:
                        file.write(b"line\n")

            def before_write(self, path: bytes, size: int) -> None: ...

        logs = Selection(may_change=("*.log",))
        backup(source, tmp_path / "1", selection=logs, hooks=Grows())
        second = backup(source, tmp_path / "2", tmp_path / "1", selection=logs)
        assert second.linked_files == FILES - 1

    @pytest.mark.usefixtures("settled")
    def test_another_file_with_the_same_size_and_time_is_not_the_same(
        self, source: Path, tmp_path: Path
    ) -> None:
        backup(source, tmp_path / "1")
        path = source / "a" / "one"
        status = path.stat()
        path.rename(tmp_path / "kept")  # its inode stays taken
        path.write_text("A one")
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert path.stat().st_size == status.st_size
        assert backup(source, tmp_path / "2", tmp_path / "1").linked_files == FILES - 1
        assert seen(tmp_path / "2" / "files") == seen(source)


class TestIndex:
    @given(
        st.lists(
            st.lists(
                st.binary(min_size=1, max_size=3).filter(
                    lambda b: b"/" not in b and b"\0" not in b
                ),
                min_size=1,
                max_size=4,
            ),
            max_size=12,
        )
    )
    def test_keys_sort_as_a_walk_goes(self, paths: list[list[bytes]]) -> None:
        def order(parts: list[bytes]) -> list[tuple[int, bytes]]:
            return [(1, part) for part in parts[:-1]] + [(0, parts[-1])]

        assert sorted(paths, key=lambda p: walk_key(b"/".join(p))) == sorted(paths, key=order)

    @pytest.mark.parametrize(
        "content", [b"walk x\n", b"walk 0\ns 1 2\n", b"walk 0\ns 1 2 3 4 5\n" * 9, b"\xff\n" * 3]
    )
    def test_a_list_that_is_none_is_refused_or_tells_nothing(
        self, source: Path, tmp_path: Path, content: bytes
    ) -> None:
        backup(source, tmp_path / "1")
        (tmp_path / "1" / "INDEX").write_bytes(content)
        try:
            reader = IndexReader(tmp_path / "1", b"files/")
            found = [entry for entry in reader.all() if entry.at_source[1] > 5]
            reader.close()
        except PryvTuiError as error:
            assert error.name == "set-damaged"
        else:
            assert found == []

    def test_the_lists_say_what_was_copied(self, source: Path, tmp_path: Path) -> None:
        backup(source, tmp_path / "1")
        reader = IndexReader(tmp_path / "1", b"files/")
        found = {entry.path: entry for entry in reader.all()}
        reader.close()
        assert len(found) == FILES
        for path, entry in found.items():
            file = source / path.decode()
            assert entry.digest == hashlib.sha256(file.read_bytes()).digest()
            assert entry.at_source[1] == file.stat().st_ino


def test_a_file_put_in_anothers_place_after_it_was_looked_at_is_not_linked(tmp_path: Path) -> None:
    """Also where everything that is seen of it unread is the same."""
    now, then = tmp_path / "now", tmp_path / "then"
    for folder in (now, then):
        folder.mkdir()
        (folder / "file").write_text("one")
        os.utime(folder / "file", ns=(1, 10**18))
    status = (now / "file").stat()
    was = source_stat(status)
    at_source = (was.device, was.inode, was.size, was.mtime_ns, was.ctime_ns)
    source, folder_fd = os.open(now, os.O_RDONLY), os.open(then, os.O_RDONLY)
    try:
        former = ParentFolder(folder_fd, {b"file": (bytes(32), at_source)}.get, None)
        assert former.unchanged(source, b"file", status) == bytes(32)
        (now / "other").write_text("two")
        os.utime(now / "other", ns=(1, 10**18))
        (now / "other").rename(now / "file")
        assert former.unchanged(source, b"file", status) is None
    finally:
        os.close(source)
        os.close(folder_fd)
