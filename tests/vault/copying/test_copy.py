"""A copy is the tree again, whatever lies in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.vault.files.types import Progress, Selection, TreeCount
from tests.helpers.examples import tries
from tests.vault.descriptors import none_left_open
from tests.vault.engine import at_once, copy_tree, count_tree, use
from tests.vault.trees import ROOT, Entry, make, make_socket, seen, trees

WHOLE = Selection()
pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    return root


@pytest.fixture
def backup_set(tmp_path: Path) -> Path:
    """A host's part of a set, as the vault lays it out."""
    folder = tmp_path / "set" / "host"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def no_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the wait for the disk, for tests that copy many times."""
    use(monkeypatch, sync=at_once)


def sha256sum(folder: Path) -> str:
    """What coreutils say of a folder's sums; empty when all is well."""
    command = ["sha256sum", "-c", "--quiet", "--strict", "SHA256SUMS"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")
    return done.stdout + done.stderr + ("" if done.returncode == 0 else f"exit {done.returncode}")


@pytest.fixture(scope="module")
def scratch() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp())
    yield path
    subprocess.run(["rm", "-rf", str(path)], check=True)


@given(tree=trees())
@settings(
    max_examples=tries(50),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_there_and_back_is_the_same(no_sync: None, scratch: Path, tree: dict[bytes, Entry]) -> None:
    work = Path(tempfile.mkdtemp(dir=scratch))
    (work / "root").mkdir()
    (work / "host").mkdir()
    make(tree, os.fsencode(work / "root"))
    if ROOT:
        os.chown(work / "root", 9999, 65534)
    (work / "root").chmod(0o2751)
    os.utime(work / "root", ns=(5, 7))
    sums = work / "host" / "SHA256SUMS"

    out = copy_tree(work / "root", work / "host" / "files", sums=sums)
    back = copy_tree(work / "host" / "files", work / "back", expected=sums)

    there = seen(work / "root")
    assert seen(work / "host" / "files") == there
    assert seen(work / "back") == there
    assert out == back
    assert out.notes == ()
    regular = [
        entry for entry in there.values() if entry[0].startswith("0o10") and len(entry[0]) == 8
    ]
    assert out.files == len(regular)
    assert TreeCount(out.files, out.bytes, out.folders) == count_tree(work / "root", WHOLE)
    assert len(sums.read_bytes().splitlines()) == out.files
    if out.files:
        assert sha256sum(work / "host") == ""


@pytest.mark.skipif(shutil.which("rsync") is None, reason="rsync is not installed")
@given(tree=trees())
@settings(
    max_examples=tries(15),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_rsync_sees_no_difference(no_sync: None, scratch: Path, tree: dict[bytes, Entry]) -> None:
    work = Path(tempfile.mkdtemp(dir=scratch))
    (work / "root").mkdir()
    make(tree, os.fsencode(work / "root"))
    copy_tree(work / "root", work / "copy")
    command = ["rsync", "-aHAXn", "--checksum", "--itemize-changes", "--delete"]
    ends = [f"{work}/root/", f"{work}/copy/"]
    done = subprocess.run(command + ends, capture_output=True, check=True)
    assert done.stdout == b""


def test_holes_stay_holes(source: Path, tmp_path: Path) -> None:
    size = 64 * 1024 * 1024
    with (source / "sparse").open("wb") as file:
        file.truncate(size)
        file.seek(5_000_000)
        file.write(b"x" * 10)
    with (source / "hole").open("wb") as file:
        file.truncate(size)
    if (source / "hole").stat().st_blocks > 8:
        pytest.skip("this file system knows no sparse files")
    result = copy_tree(source, tmp_path / "copy")
    assert result.bytes == 2 * size
    for name in ("sparse", "hole"):
        assert (tmp_path / "copy" / name).stat().st_size == size
        assert (tmp_path / "copy" / name).stat().st_blocks <= (source / name).stat().st_blocks + 8
    assert (tmp_path / "copy" / "sparse").read_bytes() == (source / "sparse").read_bytes()


def test_a_hole_beside_reserved_blocks_stays_one(source: Path, tmp_path: Path) -> None:
    """They are as many as the hole lacks, so that their number alone tells nothing."""
    path = source / "reserved"
    with path.open("wb") as file:
        file.seek(4 << 20)
        file.write(b"x" * 4096)
    done = subprocess.run(
        ["fallocate", "-n", "-o", str((4 << 20) + 4096), "-l", str(4 << 20), path], check=False
    )
    if done.returncode or path.stat().st_blocks * 512 < path.stat().st_size:
        pytest.skip("this file system reserves no blocks")
    copy_tree(source, tmp_path / "copy")
    with (tmp_path / "copy" / "reserved").open("rb") as file:
        assert os.lseek(file.fileno(), 0, os.SEEK_DATA) == 4 << 20
        assert file.read() == b"x" * 4096


def test_access_times_are_kept_and_not_made(source: Path, tmp_path: Path) -> None:
    (source / "file").write_text("content")
    os.utime(source / "file", ns=(1_000_000_000_123_456_789, 2_000_000_000_987_654_321))
    copy_tree(source, tmp_path / "copy")
    assert (source / "file").stat().st_atime_ns == 1_000_000_000_123_456_789
    assert (tmp_path / "copy" / "file").stat().st_atime_ns == 1_000_000_000_123_456_789


def test_an_inherited_acl_does_not_stay(source: Path, tmp_path: Path) -> None:
    """A destination whose folder hands ACLs down must not change what is copied."""
    from tests.vault.trees import SOME_ACL

    (source / "folder").mkdir()
    (source / "folder" / "file").write_text("content")
    destination = tmp_path / "copy"
    destination.mkdir()
    os.setxattr(destination, "system.posix_acl_default", SOME_ACL)
    copy_tree(source, destination)
    assert seen(destination) == seen(source)


def test_sockets_and_devices_are_told(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(source)  # a socket's path is limited to 107 bytes
    make_socket(Path("sock"))
    expected = [("sock", "is a socket: not copied")]
    if os.geteuid() == 0:
        try:
            os.mknod(source / "null", 0o20666, os.makedev(1, 3))
        except PermissionError:
            pass  # a container may keep root from making devices
        else:
            expected.insert(0, ("null", "is a character device: not copied"))
    result = copy_tree(source, tmp_path / "copy")
    assert [(note.path, note.what) for note in result.notes] == expected
    assert os.listdir(tmp_path / "copy") == []  # noqa: PTH208


def test_a_tree_deeper_than_a_path_can_say(source: Path, tmp_path: Path) -> None:
    """200 folders of 50 letters: 10 kB of path, and more folders than stay open."""
    name = b"d" * 50
    fd = os.open(source, os.O_RDONLY)
    for level in range(200):
        os.mkdir(name, dir_fd=fd)
        below = os.open(name, os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = below
        os.close(os.open(b"file", os.O_CREAT | os.O_WRONLY, dir_fd=fd))
        os.utime(b"file", ns=(level, level), dir_fd=fd)
        if level == 100:
            os.link(b"file", b"second", src_dir_fd=fd, dst_dir_fd=fd)
    os.link(b"file", b"second", src_dir_fd=fd, dst_dir_fd=fd)
    os.close(fd)
    host = tmp_path / "host"
    host.mkdir()
    result = copy_tree(source, host / "files", sums=host / "SHA256SUMS")
    assert (result.files, result.folders) == (202, 200)
    assert count_tree(source, WHOLE) == TreeCount(202, 0, 200)
    back = copy_tree(host / "files", tmp_path / "back", expected=host / "SHA256SUMS")
    assert back == result
    fd = os.open(tmp_path / "back", os.O_RDONLY)
    for level in range(200):
        below = os.open(name, os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = below
        assert os.stat(b"file", dir_fd=fd).st_mtime_ns == level
    assert os.stat(b"file", dir_fd=fd).st_nlink == 2
    os.close(fd)
    subprocess.run(["rm", "-rf", source, host, tmp_path / "back"], check=True)


def test_many_open_folders_are_not_needed(source: Path, tmp_path: Path) -> None:
    import resource

    folder = source
    for _ in range(150):
        folder = folder / "d"
        folder.mkdir()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    in_use = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    resource.setrlimit(resource.RLIMIT_NOFILE, (in_use + 150, hard))
    try:
        assert copy_tree(source, tmp_path / "copy").folders == 150
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_no_descriptor_is_left_open(source: Path, backup_set: Path) -> None:
    (source / "d" / "e").mkdir(parents=True)
    (source / "d" / "file").write_text("x")
    with none_left_open():
        sums = backup_set / "SHA256SUMS"
        copy_tree(source, backup_set / "files", sums=sums)
        copy_tree(backup_set / "files", backup_set.parent / "back", expected=sums)
        with pytest.raises(PryvTuiError):
            copy_tree(source, backup_set / "files")


def plant(root: Path) -> None:
    for path in (
        "pryv/mongodb/data/db.wt",
        "pryv/mongodb/backup/events.bson",
        "pryv/core/data/previews/p.jpg",
        "pryv/core/data/users/a",
        "pryv/redis/data/appendonly.aof",
        "pryv/redis/data2/x",
        "conf.yml",
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)


def files_of(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_what_is_left_out_does_not_travel(source: Path, tmp_path: Path) -> None:
    plant(source)
    chosen = Selection(leave_out=("pryv/mongodb/data/", "/pryv/core/data/previews", "conf.yml"))
    result = copy_tree(source, tmp_path / "copy", selection=chosen)
    assert files_of(tmp_path / "copy") == {
        "pryv/mongodb/backup/events.bson",
        "pryv/core/data/users/a",
        "pryv/redis/data/appendonly.aof",
        "pryv/redis/data2/x",
    }
    assert not (tmp_path / "copy/pryv/mongodb/data").exists()
    assert count_tree(source, chosen) == TreeCount(result.files, result.bytes, result.folders)


def test_only_these_subtrees_and_the_way_to_them(source: Path, tmp_path: Path) -> None:
    plant(source)
    chosen = Selection(only=("pryv/redis/data", "conf.yml", "pryv/none"))
    result = copy_tree(source, tmp_path / "copy", selection=chosen)
    assert files_of(tmp_path / "copy") == {"pryv/redis/data/appendonly.aof", "conf.yml"}
    assert result.folders == 3
    assert count_tree(source, chosen) == TreeCount(result.files, result.bytes, result.folders)


def test_two_disjoint_copies_make_one_tree(source: Path, backup_set: Path) -> None:
    plant(source)
    sums = backup_set / "SHA256SUMS"
    parts = ("pryv/redis/data", "pryv/core")
    first = Selection(leave_out=parts)
    second = Selection(only=parts)
    copy_tree(source, backup_set / "files", selection=first, sums=sums)
    copy_tree(source, backup_set / "files", selection=second, sums=sums, append_sums=True)
    assert seen(backup_set / "files") == seen(source)
    assert sha256sum(backup_set) == ""
    back = backup_set.parent / "back"
    copy_tree(backup_set / "files", back, expected=sums)
    assert seen(back) == seen(source)
    part = backup_set.parent / "part"
    copy_tree(backup_set / "files", part, selection=second, expected=sums)
    assert files_of(part) == {
        "pryv/redis/data/appendonly.aof",
        "pryv/core/data/previews/p.jpg",
        "pryv/core/data/users/a",
    }


def test_progress_ends_at_the_total(source: Path, tmp_path: Path) -> None:
    plant(source)
    (source / "large").write_bytes(bytes(3_500_000))
    total = count_tree(source, WHOLE)
    told: list[Progress] = []
    result = copy_tree(source, tmp_path / "copy", total=total, progress=told.append)
    assert told[-1] == Progress(total.files, total.bytes, total.files, total.bytes)
    assert (result.files, result.bytes) == (total.files, total.bytes)
    assert [step.bytes for step in told] == sorted(step.bytes for step in told)


class After:
    """A cancel token that is set after some questions."""

    def __init__(self, questions: int) -> None:
        self.left = questions

    def is_set(self) -> bool:
        self.left -= 1
        return self.left < 0


def test_cancel_ends_it_anywhere(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, native=False)  # the library is asked for much at a time
    plant(source)
    (source / "large").write_bytes(os.urandom(3_500_000))
    with (source / "sparse").open("wb") as file:
        file.truncate(5_000_000)
    questions = 0
    while True:
        try:
            copy_tree(source, tmp_path / f"copy{questions}", cancel=After(questions))
        except Cancelled:
            questions += 1
        else:
            break
    assert questions > 12
    with pytest.raises(Cancelled):
        count_tree(source, WHOLE, cancel=After(3))


def test_the_root_itself_may_be_a_link(source: Path, tmp_path: Path) -> None:
    plant(source)
    (tmp_path / "link").symlink_to(source)
    copy_tree(tmp_path / "link", tmp_path / "copy")
    assert seen(tmp_path / "copy") == seen(source)


def test_a_copy_into_itself_is_refused(source: Path) -> None:
    plant(source)
    with pytest.raises(PryvTuiError) as caught:
        copy_tree(source, source / "pryv" / "vault")
    assert caught.value.name == "refused"


def test_sums_must_lie_above_the_copy(source: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        copy_tree(source, tmp_path / "copy", sums=tmp_path / "elsewhere" / "SHA256SUMS")
