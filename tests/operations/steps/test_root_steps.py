"""Steps on the root performed: copying back, moving aside, putting back."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.root.marker import Marker, read_marker, write_marker
from pryv_tui.operations.steps.bringing_back.copy_back import CopyBack
from pryv_tui.operations.steps.bringing_back.move_aside import MoveAside
from pryv_tui.operations.steps.bringing_back.put_back_root import PutBackRoot
from pryv_tui.vault.manifest import RecreatedFolder
from tests.hosts.machines import StillHost
from tests.operations.kit import context


def make_set(folder: Path, files: dict[str, str]) -> Path:
    """A host's part of a set with these files and their hashes."""
    sums = []
    for name, content in sorted(files.items()):
        path = folder / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        sums.append(f"{hashlib.sha256(content.encode()).hexdigest()}  files/{name}\n")
    (folder / "SHA256SUMS").write_text("".join(sums))
    return folder


def copy_back(source: Path, root: Path, files: int, *recreated: RecreatedFolder) -> CopyBack:
    return CopyBack(
        host="core",
        source=str(source),
        root=str(root),
        files=files,
        bytes=0,
        folders=0,
        recreated=recreated,
    )


class TestCopyBack:
    def ready(self, tmp_path: Path) -> tuple[Path, Path, Any]:
        source = make_set(tmp_path / "set", {"pryv/a.txt": "a", "run-pryv": "b"})
        root = tmp_path / "root"
        root.mkdir()
        ctx, _heard = context(tmp_path, StillHost("core"))
        return source, root, ctx

    def test_files_and_the_folders_that_were_left_out(self, tmp_path: Path) -> None:
        source, root, ctx = self.ready(tmp_path)
        mine = RecreatedFolder("pryv/data", os.getuid(), os.getgid(), 0o2750)
        nowhere = RecreatedFolder("not/there", os.getuid(), os.getgid(), 0o755)
        copy_back(source, root, 2, mine, nowhere).perform(ctx)
        assert (root / "pryv/a.txt").read_text() == "a"
        assert (root / "pryv/data").stat().st_mode & 0o7777 == 0o2750
        assert list((root / "pryv/data").iterdir()) == []
        assert not (root / "not").exists()

    def test_a_file_that_differs_from_its_hash(self, tmp_path: Path) -> None:
        source, root, ctx = self.ready(tmp_path)
        (source / "files/run-pryv").write_text("B")
        with pytest.raises(PryvTuiError) as caught:
            copy_back(source, root, 2).perform(ctx)
        assert caught.value.name == "set-damaged"

    @pytest.mark.parametrize(("folders", "links"), [(1, 2), (2, 1), (0, 1)])
    def test_another_number_of_folders_or_links(
        self, tmp_path: Path, folders: int, links: int
    ) -> None:
        source, root, ctx = self.ready(tmp_path)
        (source / "files/pryv/link").symlink_to("a.txt")
        step = msgspec.structs.replace(copy_back(source, root, 2), folders=folders, links=links)
        with pytest.raises(PryvTuiError, match="1 folder and 1 link") as caught:
            step.perform(ctx)
        assert caught.value.name == "check-failed"

    def test_fewer_files_than_the_set_says(self, tmp_path: Path) -> None:
        source, root, ctx = self.ready(tmp_path)
        with pytest.raises(PryvTuiError, match="the set holds 3") as caught:
            copy_back(source, root, 3).perform(ctx)
        assert caught.value.name == "check-failed"

    @pytest.mark.parametrize("link", ["pryv/core", "pryv"])
    def test_a_left_out_folder_is_never_made_through_a_link(
        self, tmp_path: Path, link: str
    ) -> None:
        outside = tmp_path / "outside"
        (outside / "core/data").mkdir(parents=True)
        (outside / "data").mkdir(mode=0o700)
        source = make_set(tmp_path / "set", {"run-pryv": "b"})
        (source / "files" / link).parent.mkdir(exist_ok=True)
        (source / "files" / link).symlink_to(outside)
        root = tmp_path / "root"
        root.mkdir()
        ctx, _heard = context(tmp_path, StillHost("core"))
        hostile = RecreatedFolder("pryv/core/data", os.getuid(), os.getgid(), 0o777)
        with pytest.raises(PryvTuiError):
            copy_back(source, root, 1, hostile).perform(ctx)
        assert (outside / "data").stat().st_mode & 0o7777 == 0o700
        assert (outside / "core/data").stat().st_mode & 0o7777 != 0o777

    def test_our_own_folder_is_not_the_sets_to_fill(self, tmp_path: Path) -> None:
        source = make_set(tmp_path / "set", {"run-pryv": "b", ".pryv-tui/restoring.json": "x"})
        root = tmp_path / "root"
        root.mkdir()
        ctx, _heard = context(tmp_path, StillHost("core"))
        with pytest.raises(PryvTuiError):
            copy_back(source, root, 2).perform(ctx)
        assert not (root / ".pryv-tui").exists()


class TestMoveAside:
    def step(self, root: Path, run: str) -> MoveAside:
        return MoveAside(
            host="core", root=str(root), aside=f"{root}/.pryv-tui/aside/{run}", set_id="SET"
        )

    def test_it_is_written_down_and_marked_before_anything_moves(self, tmp_path: Path) -> None:
        root = tmp_path / "root"
        (root / "pryv").mkdir(parents=True)
        ctx, heard = context(tmp_path, StillHost("core"))
        self.step(root, "RUN").perform(ctx)
        marker = read_marker(root)
        assert marker is not None
        assert (marker.run, marker.set_id) == ("RUN", "SET")
        assert [owed.kind for owed in heard.owed] == ["aside"]
        assert (root / ".pryv-tui/aside/RUN/pryv").is_dir()

    def test_a_root_that_does_not_exist_is_made(self, tmp_path: Path) -> None:
        ctx, _heard = context(tmp_path, StillHost("core"))
        self.step(tmp_path / "new/root", "RUN").perform(ctx)
        assert read_marker(tmp_path / "new/root") is not None

    def test_its_own_folder_and_earlier_asides_stay(self, tmp_path: Path) -> None:
        root = tmp_path / "root"
        (root / ".pryv-tui/aside/EARLIER/pryv").mkdir(parents=True)
        (root / "pryv").mkdir()
        ctx, _heard = context(tmp_path, StillHost("core"))
        self.step(root, "RUN").perform(ctx)
        assert (root / ".pryv-tui/aside/EARLIER/pryv").is_dir()

    def test_going_on_keeps_what_was_aside_and_the_half_done_copy(self, tmp_path: Path) -> None:
        root = tmp_path / "root"
        root.mkdir()
        (root / "run-pryv").write_text("former")
        first, _ = context(tmp_path, StillHost("core"))
        self.step(root, "FIRST").perform(first)
        (root / "run-pryv").write_text("half")
        second, _ = context(tmp_path, StillHost("core"))
        second.run_id = "SECOND"
        self.step(root, "FIRST").perform(second)
        assert (root / ".pryv-tui/aside/FIRST/run-pryv").read_text() == "former"
        assert (root / ".pryv-tui/undone/SECOND/run-pryv").read_text() == "half"


class TestPutBackRoot:
    def step(self, root: Path) -> PutBackRoot:
        return PutBackRoot(
            host="core",
            root=str(root),
            aside=f"{root}/.pryv-tui/aside/OLD",
            undone_run="OLD",
            kept=f"{root}/.pryv-tui/undone/RUN",
        )

    def test_both_ways(self, tmp_path: Path) -> None:
        root = tmp_path / "root"
        (root / ".pryv-tui/aside/OLD").mkdir(parents=True)
        (root / ".pryv-tui/aside/OLD/run-pryv").write_text("former")
        (root / "run-pryv").write_text("new")
        ctx, heard = context(tmp_path, StillHost("core"))
        self.step(root).perform(ctx)
        assert (root / "run-pryv").read_text() == "former"
        assert (root / ".pryv-tui/undone/RUN/run-pryv").read_text() == "new"
        assert read_marker(root) is None
        assert heard.owed == heard.settled

    def test_what_was_let_go_can_not_be_put_back(self, tmp_path: Path) -> None:
        root = tmp_path / "root"
        root.mkdir()
        (root / "run-pryv").write_text("new")
        ctx, heard = context(tmp_path, StillHost("core"))
        self.step(root).perform(ctx)
        assert (root / "run-pryv").read_text() == "new"
        assert heard.owed == []
        assert ctx.facts.warnings

    def test_another_runs_mark_stays(self, tmp_path: Path) -> None:
        root = tmp_path / "root"
        (root / ".pryv-tui").mkdir(parents=True)
        write_marker(root, Marker(run="ANOTHER", set_id="SET", started="then"))
        ctx, _heard = context(tmp_path, StillHost("core"))
        self.step(root).perform(ctx)
        assert read_marker(root) is not None

    def test_after_its_last_rename_only_its_mark_is_left(self, tmp_path: Path) -> None:
        root = tmp_path / "root"
        (root / ".pryv-tui").mkdir(parents=True)
        write_marker(root, Marker(run="DEAD", set_id="undo of OLD", started="then", undoes="OLD"))
        ctx, _heard = context(tmp_path, StillHost("core"))
        self.step(root).perform(ctx)
        assert read_marker(root) is None

    def test_the_roots_own_mode_and_times_come_back(self, tmp_path: Path) -> None:
        """What a restore does to the root folder itself is undone too."""
        root = tmp_path / "root"
        root.mkdir(mode=0o700)
        (root / "run-pryv").write_text("former")
        source = make_set(tmp_path / "set", {"run-pryv": "new"})
        (source / "files").chmod(0o755)
        ctx, _heard = context(tmp_path, StillHost("core"))
        aside = f"{root}/.pryv-tui/aside/OLD"
        MoveAside(host="core", root=str(root), aside=aside, set_id="SET").perform(ctx)
        copy_back(source, root, 1).perform(ctx)
        assert root.stat().st_mode & 0o7777 == 0o755
        self.step(root).perform(ctx)
        assert (root / "run-pryv").read_text() == "former"
        assert root.stat().st_mode & 0o7777 == 0o700
