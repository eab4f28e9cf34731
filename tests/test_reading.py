"""What lies where a file belongs: read as one, or named for what it is, and never waited for."""

from __future__ import annotations

import ast
import errno
import os
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import pryv_tui
from pryv_tui.reading import (
    SMALL,
    Remembered,
    ShortOfMeans,
    lines_of,
    look_for_means,
    open_file,
    open_regular,
    read_whole,
)


def _socket(path: Path) -> None:
    # A name that fits: those of sockets are short.
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


NOT_FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "pipe": (os.mkfifo, "a named pipe"),
    "folder": (Path.mkdir, "a folder"),
    "socket": (_socket, "a socket"),
    "zero": (lambda path: path.symlink_to("/dev/zero"), "a (device|link)"),
    "null": (lambda path: path.symlink_to("/dev/null"), "a (device|link)"),
    "terminal": (lambda path: path.symlink_to("/dev/ptmx"), "a (device|link)"),
}


@pytest.mark.parametrize("follow", [True, False])
@pytest.mark.parametrize("kind", NOT_FILES)
def test_what_is_no_file_is_named_and_not_waited_for(
    tmp_path: Path, kind: str, follow: bool
) -> None:
    make, word = NOT_FILES[kind]
    make(tmp_path / "x")
    with pytest.raises(OSError, match=f"it is {word}, no regular file"):
        read_whole(tmp_path / "x", follow=follow)


@pytest.mark.parametrize("name", ["a\0b", b"\0", "\ud800"])
def test_a_name_that_no_file_can_have_is_as_any_that_can_not_be_read(name: str | bytes) -> None:
    """Names come out of files that others wrote."""
    for read in (open_file, read_whole):
        with pytest.raises(OSError, match="no file can have that name"):
            read(name)


def test_a_link_is_followed_where_it_may_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "link").symlink_to("file")
    assert read_whole(tmp_path / "link") == b"content"
    with pytest.raises(OSError, match="it is a link"):
        read_whole(tmp_path / "link", follow=False)
    with pytest.raises(FileNotFoundError):
        read_whole(tmp_path / "none")


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir])
def test_what_takes_a_files_place_after_the_look_is_refused_and_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None]
) -> None:
    file, other = tmp_path / "file", tmp_path / "other"
    file.write_bytes(b"x")
    regular = file.stat()
    make(other)
    opened = len(list(Path("/proc/self/fd").iterdir()))
    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", lambda *_words, **_more: regular)
        with pytest.raises(OSError, match="no regular file"):
            open_regular(str(other))
    assert len(list(Path("/proc/self/fd").iterdir())) == opened


def test_what_is_read_whole_has_a_limit(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(SMALL + 1)
    with pytest.raises(OSError, match="larger than") as caught:
        read_whole(tmp_path / "huge")
    assert caught.value.errno == errno.EFBIG
    (tmp_path / "just").write_bytes(b"x" * 100)
    assert read_whole(tmp_path / "just", limit=100) == b"x" * 100
    with pytest.raises(OSError, match="larger than"):
        read_whole(tmp_path / "just", limit=99)


def test_a_file_of_the_kernel_is_read_to_its_end() -> None:
    assert read_whole("/proc/sys/kernel/random/boot_id").count(b"-") == 4


def test_a_line_has_a_limit(tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(b"one\ntwo\n" + b"x" * 50)
    with open_file(tmp_path / "list") as file:
        assert list(lines_of(file, 50)) == [b"one\n", b"two\n", b"x" * 50]
    with open_file(tmp_path / "list") as file, pytest.raises(ValueError, match="longer than 49"):
        list(lines_of(file, 49))


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM])
def test_want_of_means_is_no_word_about_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    (tmp_path / "file").write_bytes(b"")

    def none(*_words: object, **_more: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", none)
    with pytest.raises(ShortOfMeans, match=os.strerror(number)) as caught:
        read_whole(tmp_path / "file")
    assert caught.value.name == "means"
    look_for_means(OSError(errno.EIO, "bad disk"))


# What opens, reads or writes a file, or takes bytes for a language that others write.
CALLS = {
    "open", "fdopen", "read_text", "read_bytes", "write_text", "write_bytes", "touch",
}  # fmt: skip
OTHERS = {
    ("json", "loads"), ("json", "load"), ("tomllib", "loads"), ("tomllib", "load"),
    ("yaml", "safe_load"), ("yaml", "load"), ("yaml", "parse"), ("sqlite3", "connect"),
    ("tarfile", "open"), ("os", "open"), ("os", "fdopen"), ("gzip", "open"),
    ("io", "open"), ("io", "FileIO"),
}  # fmt: skip
ALLOWED = {
    "decoding.py": "this is what decodes",
    "yaml_trees.py": "this is what decodes YAML",
    "reading.py": "this is what reads",
    "filesystem/durable.py": "this is what writes",
    "ownership.py": "a folder, to close it to others",
    "ways.py": "folders, each in the one before",
    "filesystem/deep_trees.py": "folders by descriptor, whose content is removed",
    "cli/base/streams.py": "the null device, for descriptors that were closed",
    # The engine that copies opens by descriptor and looks at what it opened, each name once.
    "filesystem/attributes.py": "opens as a place alone (O_PATH), for attributes",
    "vault/native/library.py": "reads the program's own sources, in each copy process too",
    "vault/copying/dispatch.py": "folders by descriptor",
    "vault/files/copier.py": "makes files by descriptor, and opens what it looked at",
    "filesystem/folders.py": "folders by descriptor, and files that it does not wait for",
    "vault/copying/folder.py": "folders by descriptor",
    "vault/lists/list_file.py": "gives the descriptor that `open_own` opened a buffer",
    "formats/influx_offline.py": "folders by descriptor; makes files of its own (O_EXCL)",
    "vault/restic/repository.py": "a folder, to settle it",
    "operations/root/recreated.py": "folders by descriptor",
    "operations/stores/redis_places.py": "folders by descriptor; a file of a fresh name (O_EXCL)",
    "vault/in_use.py": "opens to lock, and reads nothing",
    "vault/held.py": "a database of its own, in a file without a name",
    "operations/audit/evidence.py": "a database of its own in a folder of its own",
    "formats/sqlite/copy.py": "SQLite opens by name, shut in with what lies in the folder",
    "formats/sqlite/inside.py": "shuts SQLite in: folders as places alone, and pipes, to end them",
    "formats/sqlite/recover.py": "makes copies by descriptor, of what it opened as the copy does",
    "formats/sqlite/files.py": "SQLite opens by name what `is_sqlite` has looked at; folders",
    "formats/influx_backup.py": "an archive over a file that `open_file` opened",
    "filesystem/mounts.py": "opens as a place alone (O_PATH), to tell which mount it is on",
    "operations/acceptance.py": "appends to a list that is never written again",
    "filesystem/inode_flags.py": "asks for flags; what it opens it has looked at",
    "operations/audit/accounts.py": "a database's folder, and an empty file of its own",
    "operations/steps/taking/adopt_copy.py": "unpacks into a folder that it has made for that",
    "runs/lock.py": "looks whether it locked what lies there, between opening and writing",
    "operations/services/rescue.py": "makes a file in a folder of its own run",
    "runs/launch.py": "a file of a fresh name (O_EXCL), for systemd",
}
"""Who does it all the same, and why."""


def _calls(source: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name) and called.id in ("open", "GzipFile", "BufferedReader"):
            found.add(called.id)
        if not isinstance(called, ast.Attribute):
            continue
        owner = called.value.id if isinstance(called.value, ast.Name) else ""
        if (owner, called.attr) in OTHERS:
            found.add(f"{owner}.{called.attr}")
        elif called.attr in CALLS - {"open"}:
            found.add(called.attr)
        elif called.attr == "open" and _with_mode(node):
            found.add("open")
    return found


def _with_mode(node: ast.Call) -> bool:
    """Whether an `.open(…)` is a path's: those of ours have no mode as text."""
    words = [*node.args, *(keyword.value for keyword in node.keywords)]
    modes = [word.value for word in words if isinstance(word, ast.Constant)]
    return not words or any(isinstance(mode, str) and set(mode) <= set("rwxab+t") for mode in modes)


def test_nothing_else_opens_reads_or_decodes_files() -> None:
    """The practice platform is no part of this: it is a stand-in that reads what it wrote."""
    top = Path(pryv_tui.__file__).parent
    found = {
        path.relative_to(top).as_posix(): calls
        for path in sorted(top.rglob("*.py"))
        if path.relative_to(top).parts[0] != "practice"
        and (calls := _calls(path.read_text(encoding="utf-8")))
    }
    assert {name: calls for name, calls in found.items() if name not in ALLOWED} == {}
    assert set(ALLOWED) <= set(found), "these do it no more"


@pytest.mark.parametrize(
    "source",
    [
        "open('x')", "path.open('rb')", "path.read_text()", "os.open(p, 0)", "json.loads(x)",
        "yaml.safe_load(x)", "(a / b).write_bytes(c)", "os.fdopen(1)", "path.open()",
    ],
)  # fmt: skip
def test_which_it_would_see(source: str) -> None:
    assert _calls(source)


class _Counted:
    """What makes a file's text, and how often it did."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, path: Path) -> str:
        self.times += 1
        return read_whole(path).decode()


@pytest.fixture
def at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is long after what the files of the test were made at."""
    monkeypatch.setattr(time, "time_ns", lambda: 1 << 62)


@pytest.mark.usefixtures("at_rest")
def test_what_was_made_of_a_file_is_made_once_while_it_stays_as_it_is(tmp_path: Path) -> None:
    make = _Counted()
    remembered = Remembered(make)
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    for _ in range(3):
        for name in ("a", "b"):
            assert remembered.of(tmp_path / name, tmp_path / name) == name
    assert make.times == 2


def _replaced(path: Path) -> None:
    other, before = path.with_name("other"), path.stat()
    other.write_text("new")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.rename(path)


@pytest.mark.usefixtures("at_rest")
@pytest.mark.parametrize(
    ("change", "then"),
    [
        (lambda path: path.open("a").write("er"), "older"),
        (lambda path: os.truncate(path, 1), "o"),
        (_replaced, "new"),
        (lambda path: (path.unlink(), path.with_name("to").rename(path)), "one that was there"),
    ],
    ids=["longer", "shorter", "as long, of the same time", "renamed"],
)
def test_a_file_that_is_not_what_it_was_is_read_again(
    tmp_path: Path, change: Callable[[Path], object], then: str
) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    (tmp_path / "to").write_text("one that was there")
    remembered = Remembered(_Counted())
    assert remembered.of(path, path) == remembered.of(path, path) == "old"
    change(path)
    assert remembered.of(path, path) == then


@pytest.mark.usefixtures("at_rest")
def test_nor_is_one_of_several_or_one_that_went(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("one")
    other.write_text("other")
    make = _Counted()
    remembered = Remembered(make)
    for wanted in (1, 1):
        assert (remembered.of(one, one, other), make.times) == ("one", wanted)
    other.write_text("another")
    assert (remembered.of(one, one, other), make.times) == ("one", 2)
    other.unlink()
    for wanted in (3, 4):
        assert (remembered.of(one, one, other), make.times) == ("one", wanted)
    one.unlink()
    with pytest.raises(FileNotFoundError):
        remembered.of(one, one)


class _Stamped:
    """The status of a file, as if it had changed at that time."""

    def __init__(self, status: os.stat_result, changed: int) -> None:
        self._status = status
        self.st_ctime_ns = changed

    def __getattr__(self, name: str) -> object:
        return getattr(self._status, name)


SECOND = 10**9
CHANGED = 1_700_000_000 * SECOND


@pytest.mark.parametrize(
    ("changed", "rest"),
    [
        (CHANGED, 2 * SECOND),
        (CHANGED + 250_000_000, 2 * SECOND),
        (CHANGED + 7_000_000, 2 * SECOND),
        (CHANGED + 123_456_789, SECOND // 10),
        (CHANGED + 4_000_100, SECOND // 10),
    ],
    ids=["whole seconds", "quarters", "milliseconds", "the kernel's clock", "100 ns"],
)
@pytest.mark.parametrize("set_back", [False, True], ids=["", "its time was set"])
def test_what_was_changed_a_moment_ago_is_not_remembered(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    changed: int,
    rest: int,
    set_back: bool,
) -> None:
    """Of two changes within one tick of the clock the second does not show. How coarse the clock of
    a file system is, the time itself tells."""
    path = tmp_path / "file"
    path.write_text("old")
    # Its time can be set; that it was set can't.
    os.utime(path, ns=(changed, 10 if set_back else changed))
    look = os.lstat
    monkeypatch.setattr(os, "lstat", lambda place: _Stamped(look(place), changed))
    make = _Counted()
    remembered = Remembered(make)
    monkeypatch.setattr(time, "time_ns", lambda: changed + rest - 1)
    for times in (1, 2):
        assert (remembered.of(path, path), make.times) == ("old", times)
    monkeypatch.setattr(time, "time_ns", lambda: changed + rest)
    for times in (3, 3):
        assert (remembered.of(path, path), make.times) == ("old", times)
    # After a clock was set back, nobody knows how long ago it was.
    monkeypatch.setattr(time, "time_ns", lambda: changed - 3600 * SECOND)
    for times in (4, 5):
        assert (remembered.of(path, path), make.times) == ("old", times)


@pytest.mark.usefixtures("at_rest")
def test_only_what_depends_on_nothing_else_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    make = _Counted()
    remembered = Remembered(make, keep=lambda text: text != "old")
    for times in (1, 2):
        assert (remembered.of(path, path), make.times) == ("old", times)


@pytest.mark.usefixtures("at_rest")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_nobody_gets_what_another_user_may_read() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        Path(folder).chmod(0o755)
        path.write_text("old")
        path.chmod(0o600)
        remembered = Remembered(_Counted())
        assert remembered.of(path, path) == "old"
        os.seteuid(1234)
        try:
            assert path.stat().st_size == 3, "it can be looked at"
            with pytest.raises(PermissionError):
                remembered.of(path, path)
        finally:
            os.seteuid(0)
