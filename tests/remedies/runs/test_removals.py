"""What is said of a removal that did not come to its end, done as it is said."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.mounts import mounts_below
from pryv_tui.operations.root import aside
from pryv_tui.operations.root.aside import kept_folders, still_aside
from pryv_tui.operations.root.leftovers import clear
from pryv_tui.operations.steps.bringing_back.release_aside import ReleaseAside
from pryv_tui.operations.steps.sets.remove_set import RemoveSet
from pryv_tui.runs.lock import Holder, PlatformLock, check_free
from pryv_tui.runs.places import HERE, Places
from tests.hosts.machines import StillHost
from tests.operations.kit import DOMAIN, context
from tests.operations.plans.test_release import Kept
from tests.remedies.kit import refusal
from tests.remedies.shell import Shell, commands_in, paste, shell_line

NAME = "20260101T000000Z"


def failing(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> PryvTuiError:
    """What is said where the removal of a folder fails half-way."""

    def stops(path: Any, *_more: Any) -> None:
        raise OSError(5, "Input/output error", str(path))

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", stops)
        return refusal(act)


def test_the_rest_of_a_set_is_removed_by_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or by the next prune: tests/runs/record/test_partial_left.py."""
    ctx, _ = context(tmp_path)
    folder = Path(ctx.site.vault.folder) / NAME
    (folder / "host/files").mkdir(parents=True)
    step = RemoveSet(vault=str(folder.parent), set_id=NAME)
    told = failing(monkeypatch, lambda: step.perform(ctx))
    assert not folder.exists() and list(folder.parent.iterdir())
    assert (
        shell_line(told.remedy.partition("; prune again, or: ")[2]) == 0
        or shell_line(told.remedy.partition("prune again, or: ")[2]) == 0
    )
    assert [path for path in folder.parent.iterdir() if path.is_dir()] == []


def test_the_rest_of_a_run_is_removed_by_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx, _ = context(tmp_path)
    folder = tmp_path / "it's the rest"
    (folder / "a").mkdir(parents=True)
    told = failing(monkeypatch, lambda: clear(ctx, [folder]))
    assert shell_line(told.remedy.removeprefix("Remove it by hand: ")) == 0
    assert not folder.exists()


def test_what_was_released_in_part_is_released_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept(tmp_path)
    told = failing(monkeypatch, kept.release)
    assert told.remedy.endswith(f"release it again: pryv-tui release R --confirm {DOMAIN}")
    kept.release()
    assert kept_folders(kept.root) == []
    assert kept.untouched()


def test_what_could_not_be_renamed_is_released_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept(tmp_path)

    def stops(_path: Path, _name: str) -> None:
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as patched:
        patched.setattr(aside, "rename_beside", stops)
        told = refusal(kept.release)
    assert told.remedy.startswith("It can still be put back. To remove it, fix what prevents that")
    assert told.remedy.endswith(f"release it again: pryv-tui release R --confirm {DOMAIN}")
    assert still_aside(kept.aside)
    kept.release()
    assert kept_folders(kept.root) == [] and kept.untouched()


def test_a_folder_that_no_run_made_is_looked_at(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    shutil.move(kept.aside, kept.outside / "moved")
    kept.aside.symlink_to(kept.outside / "moved")
    told = refusal(kept.release)
    seen = subprocess.run(
        told.remedy.partition("See what it is: ")[2], shell=True, capture_output=True, text=True
    )
    assert seen.returncode == 0 and f"R -> {kept.outside / 'moved'}" in seen.stdout
    kept.aside.unlink()
    shutil.move(kept.outside / "moved", kept.aside)
    kept.release()
    assert kept_folders(kept.root) == []


@pytest.mark.parametrize("kind", ["set", "release"])
def test_a_disk_inside_is_unmounted_first(tmp_path: Path, kind: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    kept = Kept(tmp_path)
    ctx, _ = context(tmp_path, StillHost("core"))
    folder = kept.aside if kind == "release" else tmp_path / "vault" / "20260101T000000Z"
    place = folder / "it's a disk"
    place.mkdir(parents=True)
    done = subprocess.run(["mount", "--bind", kept.outside, place], capture_output=True)
    if done.returncode != 0:
        pytest.skip(f"nothing can be mounted here: {done.stderr.decode()}")

    def act() -> None:
        if kind == "release":
            ReleaseAside(host="core", root=str(kept.root), folder=str(folder)).perform(ctx)
        else:
            RemoveSet(vault=str(folder.parent), set_id=folder.name).perform(ctx)

    try:
        told = refusal(act)
        assert shell_line(told.remedy.removeprefix("Unmount it first: ")) == 0
    finally:
        subprocess.run(["umount", place], capture_output=True, check=False)
    act()
    assert not folder.exists()
    assert kept.untouched()
    assert mounts_below(tmp_path) == []


def taken(path: Path, places: Places = HERE) -> None:
    PlatformLock(path, places=places).acquire(Holder("RUN", "backup", os.getpid(), "now", ""))


@pytest.mark.parametrize("how", ["taken", "looked at"])
def test_what_is_no_lock_is_seen_and_taken_away(tmp_path: Path, how: str) -> None:
    path = tmp_path / "it's mine" / "lock"
    path.parent.mkdir(mode=0o700)
    path.mkdir()
    act = taken if how == "taken" else check_free
    told = refusal(lambda: act(path))
    seen = subprocess.run(
        told.remedy.removeprefix("See what is there: "), shell=True, capture_output=True, text=True
    )
    assert seen.returncode == 0
    assert [line[0] for line in seen.stdout.splitlines() if line.endswith(" lock")] == ["d"]
    path.rmdir()
    act(path)


def test_files_come_to_another_folder(tmp_path: Path) -> None:
    shell = Shell.with_set(tmp_path / "platform")
    words = ("restore", "latest", "--files", "pryv/core/conf/*", "--to")
    (tmp_path / "there/single").mkdir(parents=True)
    refused = shell.type(*words, str(tmp_path / "there"))
    assert refused.exit == 4
    assert "Name another folder with --to." in refused.out
    assert shell.type(*words, str(tmp_path / "another")).exit == 0


def test_a_dump_folder_that_was_not_given_back_is_by_recover(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pryv_tui.operations.steps.taking import prepare_dump

    shell = Shell.on_new(tmp_path / "platform")
    root = shell.platform.hosts[0].root_hint
    assert root is not None
    older = root / "pryv/mongodb/backup/older.txt"
    older.write_text("of somebody")

    def fails(*_given: Any) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(prepare_dump, "give_back", fails)
        done = shell.type("backup")
    assert done.exit == 3
    said = done.out + done.err
    assert not older.exists()
    (recover, *_) = [
        line for line in commands_in(said.replace("\n", "; ")) if line.endswith(" recover")
    ]
    done = paste(recover)
    assert done.exit in (0, 3)
    assert "Nothing was left" not in done.out, done
    assert older.read_text() == "of somebody"
    shell.backup()
