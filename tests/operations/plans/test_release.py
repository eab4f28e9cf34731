"""Release removes exactly what was asked for, and nothing that somebody laid in its way."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.kind import Progress
from pryv_tui.operations.kinds.release import Release
from pryv_tui.operations.plans.release import BEFORE, PUT_THERE, release_plan
from pryv_tui.operations.root import aside
from pryv_tui.operations.root.aside import begin_release, kept_folders, still_aside
from pryv_tui.operations.steps.bringing_back.release_aside import ReleaseAside
from tests.hosts.machines import StillHost
from tests.operations.kit import Heard, context, deployed


class Kept:
    """A root with content moved aside by the run R, and somebody's content outside."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self.aside = self.root / ".pryv-tui/aside/R"
        (self.aside / "pryv/core").mkdir(parents=True)
        (self.aside / "pryv/core/a.txt").write_text("old")
        (self.root / "pryv").mkdir()
        (self.root / "pryv/new.txt").write_text("new")
        self.outside = folder / "outside"
        self.outside.mkdir()
        (self.outside / "precious").write_text("precious")
        self.ctx: RunContext
        self.heard: Heard
        self.ctx, self.heard = context(folder, StillHost("core"))

    def release(self, folder: Path | None = None) -> None:
        ReleaseAside(host="core", root=str(self.root), folder=str(folder or self.aside)).perform(
            self.ctx
        )

    def untouched(self) -> bool:
        return (self.outside / "precious").read_text() == "precious" and (
            self.root / "pryv/new.txt"
        ).read_text() == "new"


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


def test_it_is_removed_and_nothing_else(kept: Kept) -> None:
    (kept.aside / "link").symlink_to(kept.outside)
    (kept.aside / "pryv/file-link").symlink_to(kept.outside / "precious")
    other = kept.aside.with_name("OTHER")
    other.mkdir()
    kept.release()
    assert kept_folders(kept.root) == [other]
    assert kept.untouched()
    assert [owed.kind for owed in kept.ctx.facts.settled] == ["release"]


@pytest.mark.parametrize("where", ["outside", "root", "own", "above", "deep"])
def test_only_a_folder_that_a_run_made(kept: Kept, where: str) -> None:
    folder = {
        "outside": kept.outside,
        "root": kept.root / "pryv",
        "own": kept.root / ".pryv-tui/aside",
        "above": kept.root / ".pryv-tui/aside/..",
        "deep": kept.aside / "pryv",
    }[where]
    with pytest.raises(PryvTuiError) as raised:
        kept.release(folder)
    assert raised.value.name == "refused"
    assert kept.untouched()
    assert (kept.aside / "pryv/core/a.txt").exists()


@pytest.mark.parametrize("part", ["R", "aside", ".pryv-tui"])
def test_a_link_on_the_way_is_refused(kept: Kept, part: str) -> None:
    """Whoever may write there could lead us to another folder."""
    place = {
        "R": kept.aside, "aside": kept.aside.parent, ".pryv-tui": kept.aside.parent.parent
    }[part]  # fmt: skip
    elsewhere = kept.outside / "moved"
    shutil.move(place, elsewhere)
    place.symlink_to(elsewhere)
    with pytest.raises(PryvTuiError) as raised:
        kept.release()
    assert raised.value.name == "refused"
    assert next(elsewhere.rglob("a.txt")).read_text() == "old"
    assert kept.untouched()


def test_stopped_half_way_it_is_nothing_to_put_back_and_can_be_released_again(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stops(path: Any) -> None:
        (Path(path) / "pryv/core/a.txt").unlink()
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", stops)
        with pytest.raises(PryvTuiError) as raised:
            kept.release()
    assert "could not be removed completely" in raised.value.what
    assert "nothing of" not in raised.value.what
    assert not still_aside(kept.aside), "an undo must not take it for the former content"
    assert [owed.kind for owed in kept.ctx.outstanding] == ["release"]
    kept.release()
    assert kept_folders(kept.root) == []
    assert kept.ctx.outstanding == []
    assert begin_release(kept.aside) is None


@pytest.mark.parametrize("error", [OSError(30, "Read-only file system"), PermissionError(1, "no")])
def test_what_could_not_be_renamed_is_not_said_to_be_gone(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    """It lies there as before: an undo can put it back, and nothing is owed for it."""

    def stops(_path: Path, _name: str) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(aside, "rename_beside", stops)
        with pytest.raises(PryvTuiError) as raised:
            kept.release()
    assert raised.value.what.startswith(f"nothing of {kept.aside} was removed: ")
    assert "can't be put back" not in raised.value.remedy
    assert still_aside(kept.aside) and (kept.aside / "pryv/core/a.txt").read_text() == "old"
    assert kept.ctx.outstanding == []
    kept.release()
    assert kept_folders(kept.root) == []


def test_a_cancel_leaves_what_was_not_begun_where_it_lies(kept: Kept) -> None:
    """What is said of a cancel is so: of several roots the later ones can still be put back."""
    later = kept.aside.with_name("LATER")
    later.mkdir()
    kept.release()
    kept.ctx.cancel.set()  # type: ignore[attr-defined]
    with pytest.raises(Cancelled):
        kept.release(later)
    assert kept_folders(kept.root) == [later] and still_aside(later)
    said = Release.cancelling(Progress((), set(), "release-aside", False))
    assert "A folder whose removal has not begun stays where it is." in said
    assert "the rest can't be put back" not in said


@pytest.fixture
def mounted(kept: Kept) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    place = kept.aside / "pryv/core"
    done = subprocess.run(["mount", "--bind", kept.outside, place], capture_output=True)
    if done.returncode != 0:
        pytest.skip(f"nothing can be mounted here: {done.stderr.decode()}")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_disk_mounted_inside_is_never_emptied(kept: Kept, mounted: Path) -> None:
    with pytest.raises(PryvTuiError) as raised:
        kept.release()
    assert str(mounted) in raised.value.what
    assert "umount" in raised.value.remedy
    assert kept.untouched()
    assert (mounted / "precious").exists()


@pytest.mark.parametrize(("kind", "said"), [("aside", BEFORE), ("undone", PUT_THERE)])
def test_it_is_said_what_is_let_go(kind: str, said: str) -> None:
    plan = release_plan(
        deployed("core"), run="R", folders={"core": [f"/var/pryv/core/.pryv-tui/{kind}/R"]}
    )
    assert [text for text in plan.effects if text in (BEFORE, PUT_THERE)] == [said]
