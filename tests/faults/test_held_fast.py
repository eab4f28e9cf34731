"""Entries of a root that can't be renamed: told before anything stops; nothing is left half-way."""

from __future__ import annotations

import errno
import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from pryv_tui import own_folder
from pryv_tui.operations.root.aside import still_aside
from pryv_tui.operations.root.marker import read_marker
from pryv_tui.operations.root.trial import held_in, held_inside
from pryv_tui.operations.root.where import aside_line, where_it_lies
from pryv_tui.operations.sets.retention import KeepRules
from pryv_tui.vault.mark import MARK
from tests.faults.bench import Bench, NoDisk, lost, small_disk


@contextmanager
def flagged(path: Path, flag: str) -> Iterator[None]:
    done = subprocess.run(["chattr", f"+{flag}", path], capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no flags here: {done.stderr.decode()}")
    try:
        yield
    finally:
        subprocess.run(["chattr", f"-{flag}", path], check=True)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.mark.parametrize(
    ("place", "flag"), [("run-pryv", "i"), ("config-leader", "i"), ("pryv", "a"), (".", "i")]
)
def test_what_is_held_by_a_flag_is_named_before_anything_stops(
    bench: Bench, place: str, flag: str
) -> None:
    ran = bench.running()
    with flagged(bench.root / place, flag):
        end = bench.run("restore", set_id=bench.set_id)
    assert end is not None and (end.exit, end.outcome) == (4, "refused"), end
    assert str(bench.root / place if place != "." else bench.root) in end.what
    assert f"chattr -{flag}" in " ".join(end.next)
    assert (bench.running(), end.down_from) == (ran, "")
    assert read_marker(bench.root) is None
    assert not list((bench.root / own_folder.NAME).glob("aside/*"))
    assert lost(bench.lived, bench.held()) == []
    again = bench.run("restore", set_id=bench.set_id)
    assert again is not None and again.exit == 0, "the remedy that was named is one"


@pytest.mark.parametrize("number", [errno.EXDEV, errno.EBUSY, errno.EPERM])
@pytest.mark.parametrize("at", [0, 2])
def test_a_rename_that_fails_all_the_same_leaves_everything_in_its_place(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, number: int, at: int
) -> None:
    from pryv_tui.operations.steps.bringing_back.move_aside import MoveAside

    ran, perform = bench.running(), MoveAside.perform

    def failing(step: MoveAside, ctx: object) -> None:
        real, left = Path.rename, at

        def rename(path: Path, target: Path) -> Path:
            nonlocal left
            left -= 1
            if left == -1:
                raise OSError(number, os.strerror(number), str(path))
            return real(path, target)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "rename", rename)
            perform(step, ctx)  # type: ignore[arg-type]

    monkeypatch.setattr(MoveAside, "perform", failing)
    end = bench.run("restore", set_id=bench.set_id)
    assert end is not None and (end.exit, end.outcome) == (1, "failed"), end
    assert "the moved entries were put back" in end.what
    assert "The former content is in place" in end.what
    assert lost(bench.lived, bench.held()) == []
    assert bench.running() == ran, "what ran runs again"
    assert read_marker(bench.root) is None
    assert not any("lies" in line for line in end.remains), end.remains
    assert not any("undo" in line for line in end.next)
    assert not list((bench.root / own_folder.NAME).glob("aside/*"))


def test_where_even_the_way_back_is_barred_the_sentence_is_true(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pryv_tui.operations.steps.bringing_back.move_aside import MoveAside

    perform = MoveAside.perform

    def failing(step: MoveAside, ctx: object) -> None:
        real, left = Path.rename, 2

        def rename(path: Path, target: Path) -> Path:
            nonlocal left
            left -= 1
            if left < 0:
                raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
            return real(path, target)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "rename", rename)
            perform(step, ctx)  # type: ignore[arg-type]

    monkeypatch.setattr(MoveAside, "perform", failing)
    end = bench.run("restore", set_id=bench.set_id)
    assert end is not None and end.outcome == "failed"
    aside = bench.root / own_folder.NAME / "aside" / end.run
    (line,) = [line for line in end.remains if "half-restored" in line]
    assert f"a part of the former content is in {aside}.moving" in line
    assert "the rest is still in" in line
    assert "whole" not in line
    assert still_aside(aside)
    undo = bench.run("undo", undone_run=end.run)
    assert undo is not None and undo.exit == 0, undo
    assert lost(bench.lived, bench.held()) == []


def test_an_undo_tries_before_it_stops_anything(bench: Bench) -> None:
    done = bench.run("restore", set_id=bench.set_id)
    assert done is not None and done.exit == 0
    ran = bench.running()
    for held in (
        bench.root / "run-pryv",
        bench.root / own_folder.NAME / "aside" / done.run / "run-pryv",
    ):
        with flagged(held, "i"):
            end = bench.run("undo", undone_run=done.run)
        assert end is not None and (end.exit, end.outcome) == (4, "refused"), end
        assert str(held) in end.what
        assert (bench.running(), end.down_from) == (ran, "")
        assert lost(bench.of_set, bench.held()) == []
    undo = bench.run("undo", undone_run=done.run)
    assert undo is not None and undo.exit == 0, undo


def test_a_release_of_what_can_not_be_removed_begins_nothing(bench: Bench) -> None:
    done = bench.run("restore", set_id=bench.set_id)
    assert done is not None and done.exit == 0
    aside = bench.root / own_folder.NAME / "aside" / done.run
    held = next(path for path in (aside / "pryv").rglob("*.yml"))
    with flagged(held, "i"):
        end = bench.run("release", released_run=done.run)
    assert end is not None and (end.exit, end.outcome) == (4, "refused"), end
    assert str(held) in end.what
    assert aside.is_dir(), "it can still be put back"
    undo = bench.run("undo", undone_run=done.run)
    assert undo is not None and undo.exit == 0, undo
    assert lost(bench.lived, bench.held()) == []


def free(remedy: str) -> None:
    """Do what is said."""
    _, _, command = remedy.partition("Remove that protection for the time being: ")
    subprocess.run(shlex.split(command), check=True)


def test_what_is_said_frees_everything_that_is_held(bench: Bench) -> None:
    """Not the first of several alone: with that the next try would be refused for the second."""
    held = [bench.root / "run-pryv", bench.root / "stop-pryv"]
    with flagged(held[0], "i"), flagged(held[1], "a"):
        end = bench.run("restore", set_id=bench.set_id)
        assert end is not None and end.outcome == "refused", end
        assert all(str(path) in end.what for path in held)
        free(end.next[0])
        again = bench.run("restore", set_id=bench.set_id)
        assert again is not None and again.exit == 0, again


def test_an_older_dump_that_is_held_is_named_and_back_in_its_place(bench: Bench) -> None:
    """A backup moves it aside too."""
    folder = bench.root / "pryv/mongodb/backup"
    for name in ("a-dump", "held"):
        (folder / name).write_text("an operator's")
    with flagged(folder / "held", "i"):
        end = bench.run("backup")
        assert end is not None and (end.exit, end.outcome) == (1, "failed"), end
        assert f"{folder / 'held'} is immutable (i)" in end.what
        assert {"a-dump", "held"} <= {path.name for path in folder.iterdir()}
        free(end.next[0])
        again = bench.run("backup")
        assert again is not None and again.exit == 0, again
    assert {"a-dump", "held"} <= {path.name for path in folder.iterdir()}


def test_a_set_that_somebody_protects_is_not_half_removed(bench: Bench) -> None:
    """`chattr +i` on its files, against whoever gets in."""
    assert bench.run("backup") is not None
    old = bench.complete()[0].folder
    files = sorted(path for path in old.rglob("*") if path.is_file())
    done = subprocess.run(["chattr", "+i", *files[:6]], capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no flags here: {done.stderr.decode()}")
    try:
        end = bench.run("prune", keep=KeepRules(last=1))
        assert end is not None and (end.exit, end.outcome) == (4, "refused"), end
        assert "nothing of it was removed" in end.what and str(files[0]) in end.what
        assert sorted(path for path in old.rglob("*") if path.is_file()) == files
        free(end.next[0])
        assert held_inside([old]) == []
    finally:
        # Wherever they are by now: with a flag nothing could be cleared away. The vault's mark is
        # left alone: on some file systems its time would tell that somebody touched it.
        left = [path for path in old.parent.rglob("*") if path.is_file() and path.name != MARK]
        subprocess.run(["chattr", "-f", "-i", *left], check=False)
    again = bench.run("prune", keep=KeepRules(last=1))
    assert again is not None and again.exit == 0, again
    assert not old.exists()


def test_the_trial_moves_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "pryv/core").mkdir(parents=True)
    (root / "file").write_text("x")
    (root / "link").symlink_to("nowhere")
    os.mkfifo(root / "fifo")
    before = [(p, p.lstat().st_ino, p.lstat().st_mtime_ns) for p in sorted(root.rglob("*"))]
    times = root.stat().st_mtime_ns
    assert held_in(root, ()) == []
    assert [(p, p.lstat().st_ino, p.lstat().st_mtime_ns) for p in sorted(root.rglob("*"))] == before
    assert root.stat().st_mtime_ns == times


def test_a_trial_that_breaks_off_leaves_nothing_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    (root / "pryv").mkdir(parents=True)
    os.utime(root, (1e9, 1e9))

    def breaks(*_words: object) -> None:
        raise OSError(errno.EIO, "Input/output error", str(root / "pryv"))

    monkeypatch.setattr("pryv_tui.operations.root.trial._tried", breaks)
    (told,) = held_in(root, ())
    assert "Input/output error" in told.why
    assert [path.name for path in root.iterdir()] == ["pryv"]
    assert root.stat().st_mtime == 1e9


def test_an_overlay_s_lower_folders_are_told(tmp_path: Path) -> None:
    """What an overlay shows of its lower layer can't be renamed: EXDEV, folders alone."""
    lower, upper, work, root = (tmp_path / name for name in ("lower", "upper", "work", "root"))
    with ExitStack() as stack:
        try:
            stack.enter_context(small_disk(tmp_path / "disk", 4))
        except NoDisk as error:
            pytest.skip(str(error))
        upper, work = tmp_path / "disk/upper", tmp_path / "disk/work"
        for folder in (lower / "pryv", upper, work, root):
            folder.mkdir(parents=True)
        (lower / "pryv/file").write_text("x")
        (lower / "plain").write_text("x")
        options = f"lowerdir={lower},upperdir={upper},workdir={work},redirect_dir=off"
        done = subprocess.run(
            ["mount", "-t", "overlay", "-o", options, "overlay", root],
            capture_output=True,
            check=False,
        )
        if done.returncode != 0:
            pytest.skip(done.stderr.decode())
        try:
            (root / "fresh").mkdir()
            held = held_in(root, ())
            assert [Path(one.path).name for one in held] == ["pryv"]
            assert "by hand" in held[0].remedy
            assert (root / "pryv/file").read_text() == "x"
        finally:
            subprocess.run(["umount", root], check=True)


def test_what_can_not_be_removed_is_found_at_any_depth(tmp_path: Path) -> None:
    deep = tmp_path / "a/b"
    deep.mkdir(parents=True)
    (deep / "file").write_text("x")
    assert held_inside([tmp_path]) == []
    with flagged(deep, "a"):
        (held,) = held_inside([tmp_path])
        assert held.path == str(deep)
        assert held.remedy.endswith(f"chattr -a {deep}")


def test_where_content_lies_is_told_from_a_look(tmp_path: Path) -> None:
    root = tmp_path / "root"
    aside = root / own_folder.NAME / "aside/RUN"
    assert "nothing is in" in where_it_lies(root, aside)
    moving = aside.with_name("RUN.moving")
    moving.mkdir(parents=True)
    assert "all the former content is still in" in where_it_lies(root, aside)
    (moving / "x").touch()
    assert f"a part of the former content is in {moving}" in where_it_lies(root, aside)
    assert "all the former" not in where_it_lies(root, aside)
    moving.rename(aside)
    assert where_it_lies(root, aside).endswith(f"the former content is in {aside}")
    assert "all the" not in where_it_lies(root, aside) and "whole" not in where_it_lies(root, aside)
    assert aside_line("one", root, aside).endswith(f"on one before lies aside in {aside}.")
    (aside / "x").unlink()
    assert where_it_lies(root, aside).endswith(
        "either nothing was there before, or somebody has emptied it since"
    )
    assert f"{aside} is empty: either nothing was in {root} on one" in aside_line(
        "one", root, aside
    )
    aside.rename(aside.with_name("RUN.returning"))
    assert "only partly put back" in where_it_lies(root, aside)
