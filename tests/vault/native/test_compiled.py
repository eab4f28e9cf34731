"""What `subtrees.c` copies is whole, with all that it is; where it can not be, Python does it."""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from hatch_build import SOURCES
from pryv_tui.vault.files.pieces import (
    BATCH_BYTES,
    FILE_KIND,
    CopyOptions,
    Kind,
)
from pryv_tui.vault.lists.sums import sums_line
from pryv_tui.vault.native import library as compiled
from pryv_tui.vault.native.library import load
from tests.vault.native.bench import ROOT, Bench, bench
from tests.vault.trees import seen

__all__ = ["bench"]

pytestmark = pytest.mark.usefixtures("built")


def test_it_is_built_of_the_source_that_is_here() -> None:
    """A library of yesterday's source would be what is tested."""
    library = ctypes.CDLL(compiled.LIBRARY)
    library.subtrees_source.restype = ctypes.c_char_p
    folder = Path(compiled.LIBRARY).parent
    source = b"".join((folder / name).read_bytes() for name in compiled.SOURCES)
    assert [Path(path).name for path in SOURCES] == list(compiled.SOURCES)
    told = library.subtrees_source().decode()
    assert told == hashlib.sha256(source).hexdigest(), "install the project again"


def test_a_folder_of_plain_files_is_copied_with_all_that_it_is(bench: Bench) -> None:
    (bench.leaf / "a").chmod(0o1711)
    if ROOT:
        os.chown(bench.leaf / "b", 1234, 4321)
        os.chown(bench.leaf, 77, 78)
        bench.leaf.chmod(0o2750)
    lines = bench.copy()
    assert lines is not None
    assert seen(bench.target) == {**seen(bench.source), b".": seen(bench.target)[b"."]}
    assert (lines.files, bench.run.size, bench.run.linked_files, bench.run.linked_size) == (
        3,
        90,
        0,
        0,
    )
    expected = [
        sums_line(hashlib.sha256(name * 30).digest(), b"files/leaf/" + name)
        for name in (b"a", b"b", b"c")
    ]
    assert lines.of_sums == b"".join(expected)
    owner = bench.leaf.stat()
    assert lines.of_tree == b"d 2750 %d %d files/leaf\0" % (owner.st_uid, owner.st_gid)
    assert [line.split()[0] for line in lines.of_index.splitlines()] == [b"s"] * 3


@pytest.mark.parametrize("umask", [0, 0o022, 0o077, 0o777], ids=oct)
@pytest.mark.parametrize("owner", [(0, 0), (0, 78), (77, 0), (77, 78)], ids=str)
def test_modes_and_owners_are_kept_whatever_new_files_get(
    bench: Bench, umask: int, owner: tuple[int, int]
) -> None:
    """And where a setgid folder gives all that is made in it its own group."""
    if not ROOT:
        pytest.skip("only root gives files away")
    modes = [0, 0o400, 0o444, 0o600, 0o644, 0o664, 0o666, 0o755, 0o777, 0o1644, 0o2755, 0o4755]
    of_files = [*(mode for mode in modes if not mode & 0o6000), 0o2644]
    for mode in modes:
        folder = bench.source / f"d{mode:o}"
        folder.mkdir()
        for each in of_files:
            (folder / f"f{each:o}").touch()
            os.chown(folder / f"f{each:o}", *owner)
            (folder / f"f{each:o}").chmod(each)
        os.chown(folder, *owner)
        folder.chmod(mode)
    os.chown(bench.target, 0, 4321)
    bench.target.chmod(0o2770)
    names = [b"d%o" % mode for mode in modes]
    former = os.umask(umask)
    try:
        lines = bench.copy(*names)
    finally:
        os.umask(former)
    assert lines is not None
    assert lines.files == len(modes) * len(of_files)
    shutil.rmtree(bench.leaf)
    assert seen(bench.target) == {**seen(bench.source), b".": seen(bench.target)[b"."]}


class Watch:
    """Looks at what is being made: a folder, and a file in it that takes its time."""

    def __init__(self, folder: Path, whole: int) -> None:
        self._folder, self._whole = folder, whole
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.met: dict[str, set[tuple[int, int, int]]] = {"file": set(), "folder": set()}
        """Mode, owner and group of each, as they were before the file was whole."""

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.is_set():
            try:
                folder = self._folder.stat()
                file = (self._folder / "b").stat()
                still = self._folder.stat()
            except FileNotFoundError:
                continue
            # The folder of one copy says nothing of a file of the next one.
            if still.st_ctime_ns != folder.st_ctime_ns or still.st_ino != folder.st_ino:
                continue
            if file.st_size < self._whole:
                for kind, status in (("folder", folder), ("file", file)):
                    mode = stat.S_IMODE(status.st_mode)
                    self.met[kind].add((mode, status.st_uid, status.st_gid))


@pytest.mark.parametrize("group", [None, 4321], ids=["plain", "in a folder that gives its group"])
@pytest.mark.parametrize("owner", [0, 77])
@pytest.mark.parametrize(
    "mode", [0o400, 0o600, 0o640, 0o644, 0o604, 0o660, 0o666, 0o755, 0o750, 0o4755, 0o2711, 0o1777]
)
def test_what_is_on_its_way_is_open_to_nobody_it_will_not_be_open_to(
    bench: Bench, mode: int, owner: int, group: int | None
) -> None:
    """Nor may anybody else write to it, or run it as its owner, before it is whole."""
    if not ROOT:
        pytest.skip("only root gives files away")
    whole = BATCH_BYTES - 1000
    (bench.leaf / "b").write_bytes(bytes(whole))
    # A file that gives rights is left to who tells that.
    modes = {"file": mode & 0o1777, "folder": mode}
    for path, its in ((bench.leaf / "b", modes["file"]), (bench.leaf, mode)):
        os.chown(path, owner, owner)
        path.chmod(its)
    if group is not None:
        os.chown(bench.target, 0, group)
        bench.target.chmod(0o2770)
    former = os.umask(0o022)
    try:
        with Watch(bench.target / "leaf", whole) as watch:
            deadline = time.monotonic() + 30
            while not watch.met["file"]:
                assert time.monotonic() < deadline
                shutil.rmtree(bench.target / "leaf", ignore_errors=True)
                assert bench.copy() is not None
    finally:
        os.umask(former)
    for kind, alone in (("file", 0o600), ("folder", 0o700)):
        for its_mode, its_owner, its_group in watch.met[kind]:
            its_mode &= ~stat.S_ISGID if kind == "folder" else ~0  # inherited: of no weight here
            if its_mode == alone:
                continue
            assert (its_mode, its_owner) == (modes[kind], owner)
            assert its_group == owner or its_mode >> 3 & 7 == its_mode & 7
            assert not its_mode & 0o7022


@pytest.mark.parametrize("mode", [0o500, 0o700, 0o755])
def test_who_is_not_root_copies_folders_that_their_owner_may_not_write_to(mode: int) -> None:
    """What root may always do needs the rights for it elsewhere."""
    if not ROOT:
        pytest.skip("only root becomes somebody else")
    with tempfile.TemporaryDirectory() as root:
        # Where the project lies others may have no way to.
        library = Path(root, "subtrees.so")
        for name in (library.name, *compiled.SOURCES):
            shutil.copy(Path(compiled.LIBRARY).with_name(name), root)
        bench = Bench(Path(root))
        bench.library = str(library)
        (bench.leaf / "c").chmod(0o400)
        bench.leaf.chmod(mode)
        subprocess.run(["chown", "-R", "1234:1234", root], check=True)
        child = os.fork()
        if not child:
            with suppress(BaseException):
                os.setgroups([])
                os.setresgid(1234, 1234, 1234)
                os.setresuid(1234, 1234, 1234)
                os._exit(0 if bench.copy() is not None else 1)
            os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert seen(bench.target) == {**seen(bench.source), b".": seen(bench.target)[b"."]}


def test_a_folder_without_files_too(bench: Bench) -> None:
    (bench.source / "empty").mkdir(mode=0o711)
    lines = bench.copy(b"empty")
    assert lines is not None
    assert (lines.files, lines.of_sums, lines.of_index) == (0, b"", b"")
    assert stat.S_IMODE((bench.target / "empty").stat().st_mode) == 0o711


@pytest.mark.parametrize("odd", [b"new\nline", b"back\\slash", b"cr\rcr", b"\xff\xfe", b" ", b"*"])
def test_names_are_listed_as_sha256sum_lists_them(bench: Bench, odd: bytes) -> None:
    os.rename(bench.leaf, os.path.join(os.fsencode(bench.source), odd))  # noqa: PTH104, PTH118
    with open(os.path.join(os.fsencode(bench.source), odd, odd), "wb") as file:  # noqa: PTH118
        file.write(b"x")
    lines = bench.copy(odd)
    assert lines is not None
    (bench.target / "SUMS").write_bytes(lines.of_sums.replace(b"files/", b""))
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", "SUMS"], cwd=bench.target, check=False
    )
    assert checked.returncode == 0
    assert sums_line(hashlib.sha256(b"x").digest(), b"files/" + odd + b"/" + odd) in lines.of_sums


def test_files_are_copied_by_their_names_too(bench: Bench) -> None:
    (bench.source / "x").write_text("x")
    (bench.source / "y").symlink_to("x")
    assert bench.copy(b"x", b"y", kind=FILE_KIND) is None
    assert bench.left == [(Kind.FILE, b"y", b"")]
    assert (bench.target / "x").read_text() == "x"
    assert not (bench.target / "y").exists()


@pytest.mark.parametrize("library", ["missing", "no library", "another version", "stale"])
def test_where_there_is_none_python_does_it(tmp_path: Path, library: str) -> None:
    path, version = tmp_path / "subtrees.so", compiled.VERSION
    if library == "no library":
        path.write_text("x")
    elif library == "another version":
        path, version = Path(compiled.LIBRARY), 0
    elif library == "stale":  # after the source was changed, and nothing installed again
        shutil.copy(compiled.LIBRARY, path)
        path.with_suffix(".c").write_text("/* another */")
        for name in compiled.SOURCES[1:]:
            shutil.copy(Path(compiled.LIBRARY).with_name(name), tmp_path)
    assert compiled.library_here(str(path), version) is None
    if not version:
        assert compiled.library_here() is not None
    else:
        assert load(CopyOptions(), library=str(path)) is None


def test_a_glob_that_may_mean_any_name_leaves_all_to_python() -> None:
    assert load(CopyOptions(), ("data/*",)) is None
    assert load(CopyOptions(), ("*.db", "x/[ab]")) is None
