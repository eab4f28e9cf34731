"""What a later copy links to of a former one, and what it copies."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.vault.copying import walk
from pryv_tui.vault.files.linking import Proof
from pryv_tui.vault.files.types import Progress, Selection, TreeCount
from pryv_tui.vault.lists.index import (
    names_with_others,
)
from pryv_tui.vault.parallel import results as copy_order
from tests.vault.copying.previous.increments import (
    FILES,
    backup,
    base,
    restore,
    settled,
    shared_files,
    source,
    tick,
    unsettled_disk,
)
from tests.vault.engine import copy_tree, use, verify_sums
from tests.vault.trees import seen

__all__ = ["settled", "source", "unsettled_disk"]


class Ended:
    """A count that is over."""

    def end(self) -> None: ...


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

    @pytest.mark.parametrize("workers", [0, 2])
    def test_progress_has_the_totals_of_the_former_copy(
        self, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
    ) -> None:
        """Nothing is counted for it, unless that copy did not finish, or is of more than this."""
        use(monkeypatch, workers=workers, count_after=0.0)
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
