"""Whatever happens to names while a tree is copied: no file gets another one's content."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import threading
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.same_file import MOVED, same_place
from pryv_tui.vault.copying.entry import Entries
from pryv_tui.vault.copying.walk import TreeCopy
from pryv_tui.vault.files.content import ContentCopier
from pryv_tui.vault.files.copier import FileCopier
from pryv_tui.vault.files.types import CopyResult
from pryv_tui.vault.native.library import NativeFolders
from tests.helpers.examples import tries
from tests.vault.copying.pieces.handing_out import backup
from tests.vault.engine import at_once, use
from tests.vault.files.inode_numbers import scratch

__all__ = ["scratch"]


FILES = ("a", "b", "c", "d0/x", "d0/y", "d1/x", "d1/sub/x", "e")
FOLDERS = ("d0", "d1", "d1/sub")


class World:
    """A tree that changes, and what each path ever held."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.held: dict[str, set[bytes]] = defaultdict(set)
        self.version = 0
        self._lock = threading.RLock()

    def see(self) -> None:
        """Note what all paths hold now."""
        for folder, _, names in os.walk(self.root):
            for name in names:
                path = Path(folder, name)
                if not path.is_symlink():
                    self.held[str(path.relative_to(self.root))].add(path.read_bytes())

    def act(self, deed: tuple[str, str, str]) -> None:
        """Do one thing, as far as it can be done."""
        what, one, other = deed
        first, second = self.root / one, self.root / other
        with self._lock:
            self.version += 1
            try:
                self._do(what, first, second)
            except OSError:
                pass  # something else is there, or nothing: then nothing happens
            self.see()

    def _do(self, what: str, first: Path, second: Path) -> None:
        # All contents are of one length: it does not tell them apart.
        content = f"{first.relative_to(self.root)}:{self.version:06}".rjust(20).encode()
        if what == "write":
            first.parent.mkdir(parents=True, exist_ok=True)
            new = first.with_name("new")
            self.held[str(new.relative_to(self.root))].add(content)
            new.write_bytes(content)
            new.rename(first)
        elif what == "overwrite":
            with first.open("r+b", buffering=0) as file:
                file.write(content)
        elif what == "unlink":
            first.unlink()
        elif what == "twins":
            first.parent.mkdir(parents=True, exist_ok=True)
            second.parent.mkdir(parents=True, exist_ok=True)
            first.unlink(missing_ok=True)
            second.unlink(missing_ok=True)
            first.write_bytes(content)
            os.link(first, second)
        elif what == "rename":
            first.rename(second)
        elif what == "symlink":
            first.unlink()
            first.symlink_to(second)
        elif what == "folder gone":
            shutil.rmtree(first)
        elif what == "folder to file":
            shutil.rmtree(first)
            first.write_bytes(content)


def deeds() -> st.SearchStrategy[tuple[str, str, str]]:
    files = st.sampled_from(FILES)
    on_files = ["write", "overwrite", "unlink", "twins", "twins", "rename", "symlink"]
    return st.tuples(st.sampled_from(on_files), files, files) | st.tuples(
        st.sampled_from(["folder gone", "folder to file", "rename"]),
        st.sampled_from(FOLDERS),
        st.sampled_from((*FOLDERS, "d2")),
    )


POINTS = [
    (Entries, "another_name"),
    (Entries, "file"),
    (FileCopier, "_create"),
    (FileCopier, "_again"),
    (ContentCopier, "copy"),
    (NativeFolders, "do"),
    (TreeCopy, "_enter"),
    (TreeCopy, "_content"),
    (TreeCopy, "_leave"),
]
"""Between these steps of a copy anything can happen."""


def between(
    world: World, script: list[list[tuple[str, str, str]]], patch: pytest.MonkeyPatch
) -> None:
    """Have the next things done before and after each of these steps."""
    coming = iter(script)
    lock = threading.Lock()

    def happen() -> None:
        with lock:
            for deed in next(coming, []):
                world.act(deed)

    for kind, name in POINTS:
        real = getattr(kind, name)

        def step(*given: Any, _real: Any = real, **more: Any) -> Any:
            happen()
            result = _real(*given, **more)
            happen()
            return result

        patch.setattr(kind, name, step)


def compare(world: World, files: Path, result: CopyResult) -> None:
    """Each file of the copy holds what its own path held; what was moved is named."""
    moved = [note.path for note in result.notes if note.what == MOVED]
    for folder, _, names in os.walk(files):
        for name in names:
            path = Path(folder, name)
            relative = str(path.relative_to(files))
            if path.is_symlink() or any(relative.startswith(f"{top}/") for top in moved):
                continue
            # A file that is being made is empty for a moment.
            assert path.read_bytes() in world.held[relative] | {b""}, relative


@pytest.mark.parametrize(
    "way", ["alone", "python", pytest.param("library", marks=pytest.mark.each_turn)]
)
@given(
    before=st.lists(deeds(), min_size=5, max_size=15),
    script=st.lists(st.lists(deeds(), max_size=3), max_size=40),
    earlier=st.booleans(),
)
@settings(
    max_examples=tries(50),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_each_file_holds_what_its_own_path_held(
    scratch: Path,
    way: str,
    request: pytest.FixtureRequest,
    before: list[tuple[str, str, str]],
    script: list[list[tuple[str, str, str]]],
    earlier: bool,
) -> None:
    """Renamed, unlinked, written again while it is copied, beside a former set or not."""
    if way != "alone":
        request.getfixturevalue("together")
    work = Path(tempfile.mkdtemp(dir=scratch))
    world = World(work / "root")
    for path in FILES:
        world.act(("write", path, path))
    for deed in before:
        world.act(deed)
    with pytest.MonkeyPatch.context() as patch:
        use(patch, sync=at_once, native=way == "library")
        if earlier:
            backup(world.root, work / "first")
        between(world, script, patch)
        try:
            result = backup(world.root, work / "set", work / "first" if earlier else None)
        except PryvTuiError as error:
            # One that ends with an error is no set.
            assert error.name in ("unreadable", "step-failed"), error
            return
    compare(world, work / "set" / "files", result)


@pytest.mark.parametrize("compiled", [True, False])
def test_so_it_is_while_another_thread_does_it_all_the_time(
    scratch: Path, together: None, monkeypatch: pytest.MonkeyPatch, compiled: bool
) -> None:
    """At any point, also within the library; what it may not be is another path's content."""
    use(monkeypatch, sync=at_once, native=compiled)
    world = World(scratch / "root")
    files = [f"d{folder}/{name}" for folder in range(6) for name in "xyz"]
    for path in files:
        world.act(("write", path, path))
    chance = random.Random(1)
    over = threading.Event()
    # A folder that is away and back within one copy looks like one that others wrote into: what it
    # got at the other place, and lost there again, can't be told from that.
    moved: set[int] = set()
    deciding = threading.Lock()

    def live() -> None:
        kinds = ["write", "overwrite", "unlink", "twins", "twins", "rename"]
        while not over.is_set():
            world.act((chance.choice(kinds), chance.choice(files), chance.choice(files)))
            one, other = chance.sample(range(6), 2)
            with deciding:
                if chance.random() < 0.05 and not moved & {one, other}:
                    moved.update((one, other))
                    world.act(("rename", f"d{one}", "aside"))
                    world.act(("rename", f"d{other}", f"d{one}"))
                    world.act(("rename", "aside", f"d{other}"))

    living = threading.Thread(target=live)
    living.start()
    copies = []
    try:
        for number in range(12):
            with deciding:  # or what is moved just now could be moved back within this copy
                moved.clear()
            try:
                copies.append((number, backup(world.root, scratch / f"set{number}")))
            except PryvTuiError as error:
                assert error.name in ("unreadable", "step-failed"), error
    finally:
        over.set()
        living.join()
    assert copies
    for number, result in copies:
        compare(world, scratch / f"set{number}" / "files", result)


def test_two_paths_lead_to_the_same_place(tmp_path: Path) -> None:
    """Links count, and how a path is written; what is missing or empty leads nowhere."""
    (tmp_path / "one").mkdir()
    (tmp_path / "link").symlink_to("one")
    one, link, gone = (str(tmp_path / name) for name in ("one", "link", "gone"))
    assert same_place(one, link) and same_place(f"{one}/", one) and same_place(gone, gone)
    assert not same_place(one, gone) and not same_place(one, str(tmp_path))
    assert not same_place(one, None) and not same_place("", "") and not same_place(None, None)
