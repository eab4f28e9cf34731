"""Content moved aside and given back: killed at any rename, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pryv_tui.operations.root.aside import give_back, is_aside, move_content, set_aside, still_aside

OWN = frozenset({".own"})
NAMES = ("config-leader", "conf.yml", "pryv", "run-pryv", "with\nline")


class Killed(Exception):
    """Stands for SIGKILL at one rename."""


class Killer:
    """Lets so many renames happen, and no further one."""

    def __init__(self, patch: pytest.MonkeyPatch, renames: int) -> None:
        self._left = renames
        real: Callable[[Path, Path], Path] = Path.rename

        def rename(path: Path, target: Path) -> Path:
            if self._left == 0:
                raise Killed
            self._left -= 1
            return real(path, target)

        patch.setattr(Path, "rename", rename)


def fill(folder: Path, content: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        if "." in name or "-" in name:
            (folder / name).write_text(content)
        else:
            (folder / name).mkdir()
            (folder / name / "file").write_text(content)


def everything(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def of(content: str) -> dict[str, str]:
    return {
        name if "." in name or "-" in name else f"{name}/file": content for name in sorted(NAMES)
    }


def back(root: Path, aside: Path, kept: Path) -> bool:
    def clear() -> None:
        kept.mkdir(parents=True, exist_ok=True)
        move_content(root, kept, OWN)

    return give_back(root, aside, clear)


@settings(deadline=None)
@given(kills=st.lists(st.integers(0, 8), max_size=4))
def test_moving_aside_goes_on_after_any_kill(
    kills: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("root")
    aside = root / ".own/aside/run"
    fill(root, "former")
    for renames in kills:
        with pytest.MonkeyPatch.context() as patch:
            Killer(patch, renames)
            try:
                set_aside(root, aside, OWN)
            except Killed:
                assert not is_aside(aside)
        moving = aside.with_name("run.moving")
        both = {
            **everything(moving if moving.is_dir() else aside if aside.is_dir() else root / "no"),
            **{k: v for k, v in everything(root).items() if not k.startswith(".own")},
        }
        assert both == of("former")
    set_aside(root, aside, OWN)
    assert everything(aside) == of("former")
    assert [entry.name for entry in root.iterdir()] == [".own"]
    assert set_aside(root, aside, OWN) == 0


@settings(deadline=None)
@given(kills=st.lists(st.integers(0, 12), max_size=4))
def test_giving_back_goes_on_after_any_kill(
    kills: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("root")
    aside, kept = root / ".own/aside/run", root / ".own/undone/undo"
    fill(root, "former")
    set_aside(root, aside, OWN)
    fill(root, "new")
    for renames in kills:
        with pytest.MonkeyPatch.context() as patch:
            Killer(patch, renames)
            try:
                back(root, aside, kept)
            except Killed:
                assert still_aside(aside)
    back(root, aside, kept)
    assert {k: v for k, v in everything(root).items() if not k.startswith(".own")} == of("former")
    assert everything(kept) == of("new")
    assert not still_aside(aside)
    assert back(root, aside, kept) is False


def test_what_was_moved_half_way_comes_back_without_clearing(tmp_path: Path) -> None:
    root, aside = tmp_path / "root", tmp_path / "root/.own/aside/run"
    fill(root, "former")
    with pytest.MonkeyPatch.context() as patch:
        Killer(patch, 2)
        with pytest.raises(Killed):
            set_aside(root, aside, OWN)
    assert still_aside(aside)
    assert back(root, aside, tmp_path / "kept")
    assert everything(root) == of("former")
    assert not (tmp_path / "kept").exists()


def test_what_came_into_the_place_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    """Half moved aside, then somebody writes into the root, then it is given back."""
    root, aside = tmp_path / "root", tmp_path / "root/.own/aside/run"
    fill(root, "former")
    with pytest.MonkeyPatch.context() as patch:
        Killer(patch, 1)
        with pytest.raises(Killed):
            set_aside(root, aside, OWN)
    moved = next(iter(aside.with_name("run.moving").iterdir()))
    (root / moved.name).write_text("written since")
    back(root, aside, tmp_path / "kept")
    found = [*everything(root).values(), *everything(tmp_path).values()]
    assert "written since" in found


def test_a_folder_that_came_into_the_place_meanwhile_does_not_stop_it(tmp_path: Path) -> None:
    """An engine that starts a container makes the missing folders of its mounts."""
    root, aside, kept = tmp_path / "root", tmp_path / "root/.own/aside/run", tmp_path / "kept"
    fill(root, "former")
    set_aside(root, aside, OWN)
    fill(root, "new")
    with pytest.MonkeyPatch.context() as patch:
        Killer(patch, len(NAMES) + 1)
        with pytest.raises(Killed):
            back(root, aside, kept)
    (root / "pryv/mongodb/data").mkdir(parents=True)
    try:
        back(root, aside, kept)
    except OSError as error:
        pytest.fail(f"stuck: {error}")
    assert (root / "pryv/file").read_text() == "former"
