"""Increments: a later copy links to a former one, and neither harms the other."""

# Names are bytes here, which pathlib does not take.
# ruff: noqa: PTH113, PTH114, PTH118

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pryv_tui.errors import PryvTuiError
from pryv_tui.vault.copying import walk
from pryv_tui.vault.copying.parent import Parent
from pryv_tui.vault.files.linking import ParentFolder, Proof
from pryv_tui.vault.files.types import CopyResult, Progress, Selection, TreeCount
from pryv_tui.vault.lists.index import (
    IndexReader,
    digest_of_list,
    names_with_others,
    source_stat,
    walk_key,
)
from pryv_tui.vault.parallel import results as copy_order
from tests.examples import tries
from tests.vault.engine import at_once, copy_tree, use, verify_sums
from tests.vault.trees import Entry, make, seen, trees

SHARED = (HealthCheck.function_scoped_fixture,)


@pytest.fixture(autouse=True)
def unsettled_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing out the whole disk's content after each copy is another test's subject."""
    use(monkeypatch, sync=at_once)


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was made a moment ago counts as old."""
    use(monkeypatch, settled_ns=-(10**20))


def backup(source: Path, part: Path, former: Path | None = None, **options: Any) -> CopyResult:
    """One host's part of a set, linked to a former one."""
    part.mkdir(mode=0o700)
    return copy_tree(
        source,
        part / "files",
        sums=part / "SHA256SUMS",
        index=part / "INDEX",
        parent=base(former) if former is not None else None,
        **options,
    )


def base(part: Path) -> Parent:
    return Parent(
        set_id=part.name,
        folder=str(part),
        index=digest_of_list(part / "INDEX"),
        sums=digest_of_list(part / "SHA256SUMS"),
    )


class Ended:
    """A count that is over."""

    def end(self) -> None: ...


def restore(part: Path, to: Path) -> None:
    names = names_with_others(part, b"files/")
    copy_tree(part / "files", to, expected=part / "SHA256SUMS", names=names)


def tick(folder: Path) -> None:
    """Let the file system's clock go on: a change within one of its ticks can't be told."""
    probe = folder / "probe"
    probe.touch()
    first = probe.stat().st_ctime_ns
    end = time.monotonic() + 30
    while probe.stat().st_ctime_ns == first and time.monotonic() < end:
        probe.chmod(0o600)
    assert probe.stat().st_ctime_ns != first


def shared_files(one: Path, other: Path) -> int:
    """How many regular files, counted by inode, two trees have in common."""
    inodes = []
    for root in (one, other):
        found = set()
        for folder, _, names in os.walk(os.fsencode(root)):
            for name in names:
                status = os.lstat(os.path.join(folder, name))
                if os.path.isfile(os.path.join(folder, name)) and not os.path.islink(
                    os.path.join(folder, name)
                ):
                    found.add(status.st_ino)
        inodes.append(found)
    return len(inodes[0] & inodes[1])


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


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    for folder in ("a", "a/b", "a.b", "c"):
        (root / folder).mkdir(parents=True, exist_ok=True)
        for name in ("one", "two", "x.log"):
            (root / folder / name).write_text(f"{folder} {name}")
    os.setxattr(root / "c" / "two", "user.a", b"value")
    return root


FILES = 12


@pytest.mark.usefixtures("settled")
class TestLinking:
    def test_what_did_not_change_is_linked_and_only_that(
        self, source: Path, tmp_path: Path, engine: str
    ) -> None:
        first = backup(source, tmp_path / "1")
        assert (first.linked_files, first.files) == (0, FILES)
        tick(tmp_path)
        (source / "a" / "two").write_text("new")
        (source / "b").mkdir()
        (source / "b" / "one").write_text("new")
        (source / "a.b" / "one").unlink()
        second = backup(source, tmp_path / "2", tmp_path / "1")
        assert (second.files, second.linked_files) == (FILES, FILES - 2)
        assert shared_files(tmp_path / "1", tmp_path / "2") == FILES - 2
        assert seen(tmp_path / "2" / "files") == seen(source)
        third = backup(source, tmp_path / "3", tmp_path / "2")
        assert third.linked_files == FILES
        assert third.linked_bytes == third.bytes
        assert (tmp_path / "3" / "files" / "c" / "one").stat().st_nlink == 3
        lists = ["SHA256SUMS", "INDEX"]
        assert [(tmp_path / "3" / n).read_bytes() for n in lists] == [
            (tmp_path / "2" / n).read_bytes() for n in lists
        ]

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda path: path.chmod(0o640),
            lambda path: os.utime(path, ns=(1, 1)),
            lambda path: os.setxattr(path, "user.b", b"x"),
            lambda path: os.removexattr(path, "user.a"),
            lambda path: os.setxattr(path, "user.a", b"other"),
            lambda path: path.write_text("longer than it was"),
            lambda path: path.unlink(),
            lambda path: (path.unlink(), path.symlink_to("one")),
            lambda path: (path.unlink(), path.mkdir()),
        ],
    )
    def test_a_former_copy_that_is_not_what_it_has_to_be_is_left_alone(
        self, source: Path, tmp_path: Path, spoil: Callable[[Path], object]
    ) -> None:
        backup(source, tmp_path / "1")
        spoil(tmp_path / "1" / "files" / "c" / "two")
        second = backup(source, tmp_path / "2", tmp_path / "1")
        assert second.linked_files == FILES - 1
        assert seen(tmp_path / "2" / "files") == seen(source)

    def test_the_bytes_of_a_former_copy_are_compared_by_paranoid_alone(
        self, source: Path, tmp_path: Path
    ) -> None:
        """What the default does not catch, as the documents say: a verify does."""
        backup(source, tmp_path / "1")
        rotten = tmp_path / "1" / "files" / "c" / "one"
        status = rotten.stat()
        rotten.write_bytes(bytes([rotten.read_bytes()[0] ^ 1]) + rotten.read_bytes()[1:])
        os.utime(rotten, ns=(status.st_atime_ns, status.st_mtime_ns))
        usual = backup(source, tmp_path / "2", tmp_path / "1")
        assert usual.linked_files == FILES
        assert verify_sums(tmp_path / "2").wrong == ("c/one",)
        careful = backup(source, tmp_path / "3", tmp_path / "1", proof=Proof.BOTH_READ)
        assert careful.linked_files == FILES - 1
        assert verify_sums(tmp_path / "3").sound
        assert seen(tmp_path / "3" / "files") == seen(source)

    @pytest.mark.parametrize("name", ["INDEX", "SHA256SUMS"])
    @pytest.mark.parametrize("spoil", ["flip", "remove"])
    def test_lists_that_are_not_as_written_are_not_used(
        self, source: Path, tmp_path: Path, name: str, spoil: str
    ) -> None:
        backup(source, tmp_path / "1")
        former = base(tmp_path / "1")
        path = tmp_path / "1" / name
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content) if spoil == "flip" else path.unlink()
        (tmp_path / "2").mkdir()
        with pytest.raises(PryvTuiError) as caught:
            copy_tree(source, tmp_path / "2" / "files", parent=former)
        assert caught.value.name == "set-damaged"

    @pytest.mark.parametrize("number", [errno.EMLINK, errno.EXDEV, errno.EPERM, errno.ENOENT])
    def test_what_can_not_be_linked_is_copied(
        self, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
    ) -> None:
        backup(source, tmp_path / "1")

        def refuse(*_: object, **__: object) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(os, "link", refuse)
        second = backup(source, tmp_path / "2", tmp_path / "1")
        assert second.linked_files == 0
        assert seen(tmp_path / "2" / "files") == seen(source)

    def test_a_full_disk_is_said_and_nothing_else_tried(
        self, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        backup(source, tmp_path / "1")

        def full(*_: object, **__: object) -> None:
            raise OSError(errno.ENOSPC, "full")

        monkeypatch.setattr(os, "link", full)
        with pytest.raises(PryvTuiError) as caught:
            backup(source, tmp_path / "2", tmp_path / "1")
        assert caught.value.name == "disk-full"

    def test_dumps_are_copied_each_time(self, source: Path, tmp_path: Path) -> None:
        chosen = Selection(never_link=("a/b",), sqlite=("c/*",))
        backup(source, tmp_path / "1", selection=chosen)
        second = backup(source, tmp_path / "2", tmp_path / "1", selection=chosen)
        assert second.linked_files == FILES - 3
        # Also where only the later copy, or only the former one, says so.
        backup(source, tmp_path / "3")
        assert backup(source, tmp_path / "4", tmp_path / "3", selection=chosen).linked_files == 9
        assert backup(source, tmp_path / "5", tmp_path / "1").linked_files == 9

    @pytest.mark.parametrize("processes", [0, 2])
    def test_progress_has_the_totals_of_the_former_copy(
        self, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processes: int
    ) -> None:
        """Nothing is counted for it, unless that copy did not finish, or is of more than this."""
        use(monkeypatch, processes=processes, count_after=0.0)
        backup(source, tmp_path / "1")
        told: list[Progress] = []
        counted: list[Path] = []

        def count(source: Path, *_: object, **__: object) -> TreeCount:
            counted.append(source)
            return TreeCount(1, 1, 1)

        monkeypatch.setattr(walk, "count_tree", count)
        monkeypatch.setattr(walk, "Counting", lambda source, *_: count(source) and Ended())
        (source / "new").write_text("and this")
        size = sum(path.stat().st_size for path in source.rglob("*") if path.is_file())
        options: dict[str, Any] = {"count": True, "progress": told.append}
        backup(source, tmp_path / "2", tmp_path / "1", **options)
        assert not counted
        assert told[0].total_files == FILES and told[0].total_bytes == size - len("and this")
        assert told[-1] == Progress(FILES + 1, size, FILES + 1, size)
        shutil.rmtree(source / "a")
        backup(source, tmp_path / "3", tmp_path / "1", **options)
        assert not counted and told[-1].files == told[-1].total_files < FILES
        backup(source, tmp_path / "4", tmp_path / "1", selection=Selection(only=("c",)), **options)
        assert len(counted) == 1

    def test_several_walks_find_their_files_in_several_walks(
        self, source: Path, tmp_path: Path
    ) -> None:
        ahead, rest = Selection(only=("c/one", "a")), Selection(leave_out=("c/one", "a"))

        def two_walks(part: Path, former: Path | None, *selections: Selection) -> int:
            part.mkdir()
            return sum(
                copy_tree(
                    source,
                    part / "files",
                    selection=selection,
                    sums=part / "SHA256SUMS",
                    index=part / "INDEX",
                    append_sums=number > 0,
                    parent=base(former) if former else None,
                ).linked_files
                for number, selection in enumerate(selections)
            )

        assert two_walks(tmp_path / "1", None, ahead, rest) == 0
        assert two_walks(tmp_path / "2", tmp_path / "1", ahead, rest) == FILES
        assert two_walks(tmp_path / "3", tmp_path / "2", Selection()) == FILES
        assert two_walks(tmp_path / "4", tmp_path / "3", ahead, rest) == FILES
        assert seen(tmp_path / "4" / "files") == seen(source)

    def test_a_file_with_more_names_keeps_them_and_no_other_gets_any(
        self, source: Path, tmp_path: Path, engine: str
    ) -> None:
        os.link(source / "a" / "one", source / "c" / "another")
        backup(source, tmp_path / "1")
        for number in (2, 3):
            backup(source, tmp_path / str(number), tmp_path / str(number - 1))
        assert names_with_others(tmp_path / "3", b"files/") == {b"a/one", b"c/another"}
        restore(tmp_path / "3", tmp_path / "back")
        assert seen(tmp_path / "back") == seen(source)
        assert (tmp_path / "back" / "a" / "two").stat().st_nlink == 1
        assert (tmp_path / "back" / "a" / "one").stat().st_nlink == 2

    def test_many_linked_files_after_one_that_is_awaited_do_not_pile_up(
        self, tmp_path: Path, together: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        root = tmp_path / "root"
        root.mkdir()
        for number in range(60):
            (root / f"f{number:03}").write_text(str(number))
        backup(root, tmp_path / "1")
        (root / "f000").write_text("new and longer")
        use(monkeypatch, most_pending=5, native=False)
        most = []
        add = copy_order.OrderedResults.add

        def watched(self: copy_order.OrderedResults, *given: Any) -> None:
            add(self, *given)
            most.append(self.held)

        monkeypatch.setattr(copy_order.OrderedResults, "add", watched)
        second = backup(root, tmp_path / "2", tmp_path / "1")
        assert second.linked_files == 59
        assert max(most) <= 7
        assert seen(tmp_path / "2" / "files") == seen(root)


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
