"""A copy by several processes: the same result, and an end to every way it can go wrong."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.vault.copying import dispatch as copy_hands
from pryv_tui.vault.files.content import ContentCopier
from pryv_tui.vault.files.copier import CHANGED, VANISHED
from pryv_tui.vault.files.pieces import FILE_KIND
from pryv_tui.vault.files.types import CopyNote, CopyResult, Progress, Selection
from pryv_tui.vault.parallel import pool as copy_pool
from pryv_tui.vault.parallel import worker
from pryv_tui.vault.parallel.messages import (
    BATCH_FILES,
    MESSAGE_BYTES,
    Board,
    Task,
    WorkFolder,
)
from pryv_tui.vault.parallel.pool import Pool
from pryv_tui.vault.parallel.results import Pending
from pryv_tui.vault.parallel.sizing import FEW_FILES, processes_here
from pryv_tui.vault.parallel.worker import Worker, WorkerThread
from tests.vault.copying.test_copy_faults import AS_ROOT, Hooks, small_disk
from tests.vault.descriptors import none_left_open
from tests.vault.engine import GIVEN, copy_tree, use, verify_sums
from tests.vault.trees import make_socket, seen
from tests.waiting import until

__all__ = ["small_disk"]
LARGE = 3 << 30
"""A hole of so many bytes keeps a process busy for seconds and needs no room on the disk."""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Some of everything that takes another way through the pool."""
    root = tmp_path / "root"
    for number in range(3):
        (root / "single" / f"d{number}" / "e").mkdir(parents=True)
        (root / "single" / f"d{number}" / "e" / "file").write_text(f"content {number}")
    (root / "many").mkdir()
    for number in range(2 * BATCH_FILES + 5):
        (root / "many" / f"file{number:04}").write_text("x" * number)
    (root / "mixed" / "below").mkdir(parents=True)
    (root / "mixed" / "above").write_text("1")
    (root / "mixed" / "below" / "file").write_text("2")
    (root / "mixed" / "link").symlink_to("above")
    os.link(root / "single" / "d0" / "e" / "file", root / "mixed" / "another name")
    (root / "odd").mkdir()
    Path(os.fsdecode(os.fsencode(root / "odd") + b"/\xff\xfe\n")).write_text("odd")
    os.mkfifo(root / "odd" / "fifo")
    with (root / "odd" / "sparse").open("wb") as file:
        file.truncate(20 << 20)
    (root / "many.log").write_text("line\n")
    (root / "empty").mkdir()
    for path in (root / "single" / "d1" / "e", root / "mixed", root / "many" / "file0003"):
        os.setxattr(path, "user.a", b"value")
    for path in (root / "single" / "d2" / "e", root / "many", root):
        os.utime(path, ns=(1, 2))
    (root / "single" / "d2" / "e").chmod(0o555)
    return root


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Two files that take long, and a small one."""
    root = tmp_path / "large"
    root.mkdir()
    for name in ("a", "b"):
        with (root / name).open("wb") as file:
            file.truncate(LARGE)
    (root / "small").write_text("x")
    return root


def host(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    return folder


def copied(source: Path, folder: Path, **options: Any) -> CopyResult:
    return copy_tree(source, folder / "files", sums=folder / "SHA256SUMS", **options)


def test_processes_do_what_one_does(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There and back, to the byte of the list, the count and the notes."""
    monkeypatch.chdir(source / "odd")
    make_socket(Path("sock"))
    alone, others = host(tmp_path, "alone"), host(tmp_path, "others")
    first = copied(source, alone, hooks=Hooks())
    with monkeypatch.context() as patch:
        use(patch, alone_files=-1, processes=3)
        assert copied(source, others) == first
        back = copy_tree(others / "files", tmp_path / "back", expected=others / "SHA256SUMS")
    assert first.notes == (CopyNote("odd/sock", "is a socket: not copied"),)
    assert (back.files, back.bytes, back.notes) == (first.files, first.bytes, ())
    assert (others / "SHA256SUMS").read_bytes() == (alone / "SHA256SUMS").read_bytes()
    assert seen(others / "files") == seen(alone / "files") == seen(tmp_path / "back")


def test_little_is_copied_alone_and_much_is_not(
    source: Path, tmp_path: Path, with_processes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started in the middle of the walk, when it turns out to be much."""
    use(monkeypatch, alone_files=300)
    alone = copied(source, host(tmp_path, "alone"))
    assert with_processes == []
    use(monkeypatch, alone_files=20)
    assert copied(source, host(tmp_path, "others")) == alone
    assert len(with_processes) == 2
    for name in ("SHA256SUMS", "files/many/file0003"):
        content = (tmp_path / "alone" / name).read_bytes()
        assert (tmp_path / "others" / name).read_bytes() == content


def test_one_core_or_few_descriptors_mean_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    assert processes_here() == 2
    with monkeypatch.context() as patch:
        patch.setattr(resource, "getrlimit", lambda _: (256, 4096))
        assert processes_here() == 0
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    assert processes_here() == 0


def test_where_no_process_can_be_made_it_goes_on_alone(
    source: Path, tmp_path: Path, together: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: int) -> None:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    use(monkeypatch, launch=refuse)
    with none_left_open():
        copied(source, host(tmp_path, "set"))
        assert seen(tmp_path / "set" / "files") == seen(source)


def test_hooks_are_asked_in_this_process(source: Path, tmp_path: Path, together: None) -> None:
    hooks = Hooks()
    copied(source, host(tmp_path, "set"), hooks=hooks)
    assert source / "single" / "d1" / "e" / "file" in hooks.reads


# --- ends ---------------------------------------------------------------------------------------


def test_a_killed_process_has_a_name(
    large: Path, tmp_path: Path, with_processes: list[int]
) -> None:
    def kill(step: Progress) -> None:
        if step.bytes:
            os.kill(with_processes[1], signal.SIGKILL)

    with none_left_open():
        with pytest.raises(PryvTuiError, match="SIGKILL") as caught:
            copied(large, host(tmp_path, "set"), progress=kill)
        assert caught.value.name == "copy-process-died"
        assert len(with_processes) == 2


def test_processes_that_die_at_once_have_a_name(
    source: Path, tmp_path: Path, with_processes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, launch=lambda *_: subprocess.Popen(["sh", "-c", "exit 7"]))
    with pytest.raises(PryvTuiError, match="exit 7") as caught:
        copied(source, host(tmp_path, "set"))
    assert caught.value.name == "copy-process-died"


class Cancel:
    """A cancel token that progress sets."""

    def __init__(self) -> None:
        self.told: list[Progress] = []

    def __call__(self, step: Progress) -> None:
        self.told.append(step)

    def is_set(self) -> bool:
        return any(step.bytes for step in self.told)


def test_cancel_ends_the_processes_within_a_file(
    large: Path, tmp_path: Path, with_processes: list[int]
) -> None:
    cancel = Cancel()
    with pytest.raises(Cancelled):
        copied(large, host(tmp_path, "set"), progress=cancel, cancel=cancel)
    assert 0 < cancel.told[-1].bytes < LARGE
    assert len(with_processes) == 2


@AS_ROOT
@pytest.mark.parametrize("size", [5_000_000, 4096])
def test_a_full_disk_ends_it_in_the_processes(
    tmp_path: Path, small_disk: Path, with_processes: list[int], size: int
) -> None:
    root = host(tmp_path, "root")
    for number in range(2_000_000 // size + 1):
        (root / f"file{number}").write_bytes(os.urandom(size))
    with pytest.raises(PryvTuiError) as caught:
        copied(root, small_disk)
    assert caught.value.name == "disk-full"
    assert len(with_processes) == 2


SCRIPT = """
import sys
from pathlib import Path
from pryv_tui.vault.copying.tree import copy_tree
from pryv_tui.vault.parallel.engine import CopyEngine
copy_tree(Path(sys.argv[1]), Path(sys.argv[2]), engine=CopyEngine(processes=2, native=False))
"""


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def running(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def test_nobody_works_on_when_the_copy_is_killed(tmp_path: Path) -> None:
    """In the middle of a file that would take them a minute. Threads end with their process."""
    root = host(tmp_path, "root")
    for name in ("a", "b"):
        with (root / name).open("wb") as file:
            file.truncate(60 << 30)
    copy = subprocess.Popen([sys.executable, "-c", SCRIPT, root, tmp_path / "copy"])
    try:
        until(lambda: len(children(copy.pid)) == 2)
        workers = children(copy.pid)
        until(lambda: (tmp_path / "copy" / "a").exists() and (tmp_path / "copy" / "b").exists())
        assert all(running(pid) for pid in workers)
    finally:
        copy.kill()
        copy.wait()
    until(lambda: not any(running(pid) for pid in workers))
    assert (tmp_path / "copy" / "a").stat().st_size < 60 << 30


def test_a_thread_that_hangs_is_waited_for_before_anybody_goes_on(
    source: Path, tmp_path: Path, together: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who goes on may remove what it would still write into."""
    use(monkeypatch, native=False)
    clock = count(0, 10)
    monkeypatch.setattr(copy_pool, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    cancel, released = threading.Event(), threading.Event()
    batch, kill = Worker._batch, WorkerThread.kill
    hung: list[threading.Thread] = []

    def hang(self: Worker, order: Any, fds: list[int]) -> Any:
        hung.append(threading.current_thread())
        cancel.set()
        released.wait()
        return batch(self, order, fds)

    def given_up(self: WorkerThread) -> None:
        released.set()
        kill(self)

    monkeypatch.setattr(Worker, "_batch", hang)
    monkeypatch.setattr(WorkerThread, "kill", given_up)
    try:
        with pytest.raises(Cancelled):
            copied(source, host(tmp_path, "set"), cancel=cancel)
        assert hung and not any(thread.is_alive() for thread in hung)
    finally:
        released.set()


def test_all_have_the_same_time_to_end(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    given: list[float | None] = []

    class Slow(WorkerThread):
        def wait(self, timeout: float | None = None) -> int:
            given.append(timeout)
            now[0] += 3.0
            return super().wait()

    monkeypatch.setattr(copy_pool, "time", SimpleNamespace(monotonic=lambda: now[0]))
    use(monkeypatch, alone_files=-1, processes=3, launch=Slow, native=False)
    copied(source, host(tmp_path, "set"))
    assert given == [5.0, 2.0, 0.0]


@pytest.mark.parametrize("log", [True, False])
def test_what_a_thread_ended_of_is_told(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: bool
) -> None:
    """To whoever asked for the copy; where it was is for a log alone."""
    use(monkeypatch, alone_files=-1, processes=2, launch=WorkerThread)

    def boom(*_given: Any, **_more: Any) -> None:
        raise MemoryError("no room")

    monkeypatch.setattr(worker, "ContentCopier", boom)
    ends = (-1, os.open(tmp_path / "log", os.O_RDWR | os.O_CREAT)) if log else os.pipe()
    before = os.dup(2)
    os.dup2(ends[1], 2)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stderr", os.fdopen(os.dup(2), "w", buffering=1))
            with pytest.raises(PryvTuiError, match="MemoryError: no room") as caught:
                copied(source, host(tmp_path, "set"))
            sys.stderr.close()
    finally:
        os.dup2(before, 2)
        os.close(before)
        os.close(ends[1])
    assert caught.value.name == "copy-process-died"
    told = (tmp_path / "log").read_bytes() if log else os.read(ends[0], 1)
    assert (b"MemoryError: no room" in told) is log
    if not log:
        assert told == b""
        os.close(ends[0])


def test_no_program_inherits_what_an_order_brings(
    source: Path, tmp_path: Path, together: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = Worker._batch
    inherited: list[bool] = []

    def look(self: Worker, order: Any, fds: list[int]) -> Any:
        inherited.extend(os.get_inheritable(fd) for fd in fds)
        return batch(self, order, fds)

    monkeypatch.setattr(Worker, "_batch", look)
    copied(source, host(tmp_path, "set"))
    assert inherited and not any(inherited)


STARTER = """
import os, signal, sys
from pathlib import Path
from pryv_tui.vault.copying.tree import copy_tree
from pryv_tui.vault.parallel.engine import CopyEngine
from pryv_tui.vault.parallel.sizing import FEW_FILES, processes_here
from pryv_tui.vault.parallel.worker import Worker, WorkerThread
from pryv_tui.vault.verify import verify_sums
from tests.waiting import until

source, target, how, told = map(Path, sys.argv[1:])
engine = CopyEngine(
    processes=2, alone_files=-1, batch_entries=4, native=how.name != "python", launch=WorkerThread
)
if how.name == "verify":
    copy_tree(source, target / "files", sums=target / "SHA256SUMS")
read_end, write_end = os.pipe()
starter = os.getpid()
if os.fork():
    os.read(read_end, 1)
    os._exit(0)
batch = Worker._batch

def begun(self, order, fds):
    os.write(write_end, b"x")
    until(lambda: os.getppid() != starter)
    return batch(self, order, fds)

Worker._batch = begun
try:
    if how.name == "verify":
        done = verify_sums(target, engine=engine).files
    else:
        done = copy_tree(source, target / "files", engine=engine).files
except BaseException as error:
    done = repr(error)
part = told.with_suffix(".part")
part.write_text(str(done))
part.rename(told)
"""


@pytest.mark.parametrize("how", ["library", "python", "verify"])
def test_who_started_the_process_may_end_while_its_threads_work(tmp_path: Path, how: str) -> None:
    root, target, told = host(tmp_path, "root"), host(tmp_path, "set"), tmp_path / "told"
    for number in range(30):
        (root / f"file{number}").write_text("x")
    subprocess.run([sys.executable, "-c", STARTER, root, target, how, told], check=True)
    until(told.exists)
    assert told.read_text() == "30"


# --- what happens to a file on its way -----------------------------------------------------------


@pytest.fixture
def meanwhile(
    together: None, monkeypatch: pytest.MonkeyPatch
) -> Callable[[bytes, Callable[[], None]], None]:
    """Do something after the walk saw a file and before its batch is begun."""
    use(monkeypatch, native=False)

    def arrange(name: bytes, act: Callable[[], None]) -> None:
        batch = Worker._batch
        acts = [act]

        def after(self: Worker, order: Any, fds: list[int]) -> Any:
            if any(file == name for folder in order.folders for file, _ in folder.files):
                acts.pop()()
            return batch(self, order, fds)

        monkeypatch.setattr(Worker, "_batch", after)

    return arrange


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda path: None, VANISHED),
        (lambda path: path.symlink_to("/etc/passwd"), CHANGED),
        (os.mkfifo, CHANGED),
    ],
)
def test_a_file_that_is_not_there_any_more_is_a_note(
    tmp_path: Path,
    meanwhile: Callable[[bytes, Callable[[], None]], None],
    change: Callable[[Path], object],
    what: str,
) -> None:
    root = host(tmp_path, "root")
    for name in ("a", "b", "c"):
        (root / name).write_text(name)

    def act() -> None:
        (root / "b").unlink()
        change(root / "b")

    meanwhile(b"b", act)
    result = copied(root, host(tmp_path, "set"))
    assert result.notes == (CopyNote("b", what),)
    assert result.files == 2
    assert sorted(path.name for path in (tmp_path / "set" / "files").iterdir()) == ["a", "c"]


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("a.log", CopyNote("a.log", "changed while it was copied")),
        (
            "b",
            CopyNote(
                "b", "changed while it was copied, 3 times: the copy may mix its states", True
            ),
        ),
    ],
)
def test_a_file_that_changes_is_told_as_in_one_process(
    tmp_path: Path, together: None, monkeypatch: pytest.MonkeyPatch, name: str, note: CopyNote
) -> None:
    use(monkeypatch, native=False)
    root = host(tmp_path, "root")
    (root / name).write_text("begin")
    (root / "other").write_text("x")
    content = ContentCopier.copy

    def grow(self: ContentCopier, *given: Any, **options: Any) -> bytes:
        digest = content(self, *given, **options)
        if options["path"] == os.fsencode(name):
            with (root / name).open("a") as file:
                file.write("more")
        return digest

    monkeypatch.setattr(ContentCopier, "copy", grow)
    result = copied(root, host(tmp_path, "set"), selection=Selection(may_change=("*.log",)))
    assert result.notes == (note,)


def test_an_error_in_a_process_is_the_copys_error(source: Path, tmp_path: Path) -> None:
    files = tmp_path / "set" / "files" / "many"
    files.mkdir(parents=True)
    (files / "file0070").write_text("precious")
    with pytest.MonkeyPatch.context() as patch:
        use(patch, alone_files=-1, processes=2)
        with pytest.raises(PryvTuiError, match="many/file0070 can't be written") as caught:
            copied(source, tmp_path / "set")
    assert caught.value.name == "step-failed"
    assert (files / "file0070").read_text() == "precious"


@pytest.mark.parametrize("damage", ["flip", "missing", "extra"])
def test_damage_is_not_restored(source: Path, tmp_path: Path, together: None, damage: str) -> None:
    folder = host(tmp_path, "set")
    copied(source, folder)
    path = folder / "files" / "many" / "file0090"
    if damage == "flip":
        path.write_text("y" * 90)
    elif damage == "missing":
        path.unlink()
    else:
        path = path.with_name("file0090 planted")
        path.write_text("x")
    with pytest.raises(PryvTuiError, match=path.name) as caught:
        copy_tree(folder / "files", tmp_path / "back", expected=folder / "SHA256SUMS")
    assert caught.value.name == "set-damaged"


# --- verify ---------------------------------------------------------------------------------------


def test_processes_verify_what_one_does(
    source: Path, tmp_path: Path, with_processes: list[int]
) -> None:
    folder = host(tmp_path, "set")
    result = copied(source, folder, hooks=Hooks())
    sound = verify_sums(folder)
    assert sound.sound
    assert (sound.files, sound.bytes) == (result.files, result.bytes + len("content 0"))
    assert len(with_processes) == 2
    many = folder / "files" / "many"
    (many / "file0009").write_text("y" * 9)
    (many / "file0010").unlink()
    (many / "planted").touch()
    found = verify_sums(folder)
    assert found.wrong == ("many/file0009",)
    assert found.missing == ("many/file0010",)
    assert found.extra == ("many/planted",)
    assert found.files == sound.files - 1


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("swap", [os.mkfifo, lambda path: path.symlink_to("/etc/passwd")])
def test_what_a_file_became_after_the_walk_saw_it_is_not_followed(
    source: Path,
    tmp_path: Path,
    meanwhile: Callable[[bytes, Callable[[], None]], None],
    swap: Callable[[Path], None],
    whole: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = host(tmp_path, "set")
    copied(source, folder, hooks=Hooks())
    path = folder / "files" / "many" / "file0005"

    def act() -> None:
        other = tmp_path / "other"
        swap(other)
        other.rename(path)

    use(monkeypatch, native=whole)
    meanwhile(b"many" if whole else b"file0005", act)
    found = verify_sums(folder)
    assert found.missing == ("many/file0005",), "it is no file any more"
    assert found.wrong_count + found.missing_count == 1


def test_a_process_killed_while_it_verifies_has_a_name(
    large: Path, tmp_path: Path, with_processes: list[int]
) -> None:
    folder = host(tmp_path, "set")
    large.rename(folder / "files")
    digest = "0" * 64
    (folder / "SHA256SUMS").write_text(f"{digest}  files/a\n{digest}  files/b\n")

    def kill(step: Progress) -> None:
        if step.bytes:
            os.kill(with_processes[0], signal.SIGKILL)

    with none_left_open():
        with pytest.raises(PryvTuiError, match="SIGKILL") as caught:
            verify_sums(folder, progress=kill)
        assert caught.value.name == "copy-process-died"


def test_a_cancelled_verify_ends_its_processes(
    large: Path, tmp_path: Path, with_processes: list[int]
) -> None:
    folder = host(tmp_path, "set")
    large.rename(folder / "files")
    digest = "0" * 64
    (folder / "SHA256SUMS").write_text(f"{digest}  files/a\n{digest}  files/b\n")
    cancel = Cancel()
    with pytest.raises(Cancelled):
        verify_sums(folder, progress=cancel, cancel=cancel)
    assert 0 < cancel.told[-1].bytes < LARGE
    assert len(with_processes) == 2


# --- bounds --------------------------------------------------------------------------------------


@pytest.mark.parametrize("native", [False, True])
def test_results_that_wait_for_an_earlier_one_are_bounded(
    tmp_path: Path, together: None, monkeypatch: pytest.MonkeyPatch, native: bool
) -> None:
    """One file is held back until nothing else moves: no more than the bound is kept."""
    root = host(tmp_path, "root")
    for number in range(3000):
        (root / f"file{number:04}").touch()
    use(monkeypatch, most_pending=500, native=native)
    held: list[int] = []
    batch = Worker._batch

    def slow(self: Worker, order: Any, fds: list[int]) -> Any:
        if order.batch == 1:
            until(lambda: bool(held) and held[-20:] == [held[-1]] * 20 and held[-1] > 400)
        return batch(self, order, fds)

    monkeypatch.setattr(Worker, "_batch", slow)
    look = copy_hands.Dispatcher._tick

    def watched(self: Any) -> None:
        held.append(self.results.held)
        look(self)

    monkeypatch.setattr(copy_hands.Dispatcher, "_tick", watched)
    use(monkeypatch, wait_seconds=0.005)
    result = copied(root, host(tmp_path, "set"))
    assert result.files == 3000
    in_work = (2 + copy_pool.AHEAD) * (BATCH_FILES + 1) if native else 2 * BATCH_FILES
    assert 500 < max(held) <= 500 + in_work


def test_paths_too_long_for_a_message_are_copied_all_the_same(
    tmp_path: Path, together: None
) -> None:
    root = host(tmp_path, "root")
    fd = os.open(root, os.O_RDONLY)
    for _ in range(MESSAGE_BYTES // 4 // 200 + 3):
        os.mkdir(b"d" * 200, dir_fd=fd)
        below = os.open(b"d" * 200, os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = below
        os.close(os.open(b"file", os.O_CREAT | os.O_WRONLY, dir_fd=fd))
    os.close(fd)
    folder = host(tmp_path, "set")
    result = copied(root, folder)
    assert result.files == MESSAGE_BYTES // 4 // 200 + 3
    assert len((folder / "SHA256SUMS").read_bytes().splitlines()) == result.files
    subprocess.run(["rm", "-rf", root, folder], check=True)


def test_whoever_has_nothing_to_do_gets_what_there_is_at_once(tmp_path: Path) -> None:
    """Not when a batch is full: of a few large pieces one would get all, and the other wait."""
    pool = Pool(2, lambda: None, lambda: 0, lambda: None)
    try:
        given = [Pending(b"%d" % number) for number in range(4)]
        for at, place in enumerate(given):
            ends = tuple(os.open(tmp_path, os.O_RDONLY) for _ in range(2))
            work = WorkFolder(b"", [(b"none", FILE_KIND[0])] * (FEW_FILES + 1), Task.PIECE)
            pool.give(work, [place], size=0, ends=ends, finished=partial(_done, place))
            assert len(pool._given) == min(2, at + 1)
        assert not pool.somebody_idle
        while pool.wait():
            pass
        assert all(place.done for place in given)
    finally:
        pool.close()


def _done(place: Pending) -> None:
    place.done = True


def test_the_board_counts_for_each_and_stops_all() -> None:
    fd = Board.create(2)
    one, other = Board(fd, 2), Board(fd, 2)
    os.close(fd)
    one.add(0, 5)
    other.add(1, 7)
    other.add(1, -2)
    assert one.total() == other.total() == 10
    assert not one.stopped
    other.share(True)
    assert one.shared and not one.stopped
    other.share(False)
    assert not one.shared
    other.stop()
    assert one.stopped
    assert one.total() == 10
    one.close()
    other.close()


def test_what_a_process_prints_is_for_a_log_alone(
    source: Path, tmp_path: Path, with_processes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never for the terminal, or whoever reads a pipe: it would lie across what is shown there."""
    launch: Any = GIVEN.engine.launch
    says = "import os; os.write(2, b'a word of its own\\n');"
    use(monkeypatch, launch=partial(launch, before=says))
    terminal, screen = os.openpty()
    reads, pipe = os.pipe()
    log = os.open(tmp_path / "worker.log", os.O_RDWR | os.O_CREAT)
    before = os.dup(2)
    try:
        for number, end in enumerate((screen, pipe, log)):
            os.dup2(end, 2)
            copied(source, tmp_path / f"copy{number}")
    finally:
        os.dup2(before, 2)
        for descriptor in (before, screen, pipe):
            os.close(descriptor)
    os.set_blocking(terminal, False)
    with pytest.raises(OSError):
        os.read(terminal, 1)
    assert os.read(reads, 1) == b""
    assert b"a word of its own\n" in (tmp_path / "worker.log").read_bytes()
    for descriptor in (terminal, reads, log):
        os.close(descriptor)
