"""What `subtrees.c` leaves as it was, and tells: what is odd, open, or changes meanwhile."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.sqlite.copy import SQLITE_MAGIC as MAGIC
from pryv_tui.formats.sqlite.names import COMPANIONS
from pryv_tui.vault.files.pieces import (
    BATCH_BYTES,
    Kind,
)
from pryv_tui.vault.native.library import NativeFolders
from tests.vault.native.bench import Bench, _acl, backup, bench
from tests.vault.trees import make_socket, seen

__all__ = ["bench"]

pytestmark = pytest.mark.usefixtures("built")


FAR_NS = 10**10 * 10**9


def odd_things() -> Iterator[tuple[str, Callable[[Bench], object]]]:
    """Each makes the folder one that is not done in one call; the file `b` comes after `a`."""
    yield "a link", lambda bench: (bench.leaf / "b2").symlink_to("a")
    yield "a fifo", lambda bench: os.mkfifo(bench.leaf / "b2")
    yield "a socket", lambda bench: make_socket(bench.leaf / "b2")
    yield "a second name", lambda bench: os.link(bench.leaf / "b", bench.source / "other")
    yield "an attribute that may mean rights", lambda bench: _acl(bench.leaf / "b")
    yield "a file that runs as its owner", lambda bench: (bench.leaf / "b").chmod(0o4755)
    yield "a file that runs as its group", lambda bench: (bench.leaf / "b").chmod(0o2711)
    yield "one that nobody else runs", lambda bench: (bench.leaf / "b").chmod(0o4600)
    yield "a folder's ACL", lambda bench: _acl(bench.leaf)
    yield "an attribute with a long value", lambda bench: _attribute(bench.leaf / "b", 5000)
    yield "a hidden hole", _reserved
    yield "a hole", lambda bench: os.truncate(bench.leaf / "b", 1 << 20)
    yield "much", lambda bench: (bench.leaf / "b").write_bytes(bytes(BATCH_BYTES + 1))
    yield "a database that needs a lock", lambda bench: _database(bench, "delete")
    yield "half a database's head", lambda bench: (bench.leaf / "b.db").write_bytes(MAGIC)
    yield "a database's log", lambda bench: (bench.leaf / "b.db-wal").write_bytes(b"x")
    yield "a time too far", lambda bench: os.utime(bench.leaf / "b", ns=(0, FAR_NS))
    yield "something there", lambda bench: (bench.target / "leaf").mkdir()
    yield "a file there", lambda bench: (bench.target / "leaf").write_text("x")
    yield "an inherited ACL", _inherit


def _attribute(path: Path, size: int) -> None:
    try:
        os.setxattr(path, "user.x", bytes(size))
    except OSError:
        pytest.skip("this file system holds no such attribute")


def _reserved(bench: Bench) -> None:
    with (bench.leaf / "b").open("wb") as file:
        file.seek(1 << 20)
        file.write(b"x" * 4096)
    command = ["fallocate", "-n", "-o", str((1 << 20) + 4096), "-l", str(1 << 20)]
    subprocess.run([*command, bench.leaf / "b"], check=True)


def _inherit(bench: Bench) -> None:
    subprocess.run(["setfacl", "-d", "-m", "u:1234:rwx", bench.target], check=True)


@pytest.mark.parametrize(("what", "make"), list(odd_things()), ids=lambda it: it if it else "")
def test_what_is_out_of_the_ordinary_is_left(
    bench: Bench, what: str, make: Callable[[Bench], object]
) -> None:
    make(bench)
    before = seen(bench.target)
    assert bench.copy() is None
    left = [path for kind, path, _ in bench.left if kind != Kind.BEGUN]
    assert len(left) == 1
    there, after = seen(bench.source), seen(bench.target)
    for path in after.keys() - before.keys() - {b"leaf"}:
        assert after[path] == there[path]
    # What is left is as it was; its folder's own times tell that something was made in it.
    assert after.get(left[0]) == before.get(left[0])
    if left != [b"leaf"]:
        assert bench.left[-1] == (Kind.BEGUN, b"leaf", b"")
        names = {b"leaf/" + os.fsencode(path.name) for path in bench.leaf.iterdir()}
        assert names - {left[0]} == after.keys() - before.keys() - {b"leaf"}


def test_attributes_are_carried_that_say_something_of_the_content(bench: Bench) -> None:
    """As SELinux gives one to every file: linked where they are the same, else copied."""
    for path in (bench.leaf, bench.leaf / "a", bench.leaf / "b"):
        os.setxattr(path, "user.label", b"system_u:object_r:var_t:s0\0")
        os.setxattr(path, "user.empty", b"")
    lines = bench.copy()
    assert lines is not None
    assert seen(bench.target) == {**seen(bench.source), b".": seen(bench.target)[b"."]}
    shutil.rmtree(bench.target / "leaf")
    former = bench.kept()
    os.setxattr(bench.former / "leaf" / "b", "user.label", b"another")
    assert bench.copy(former=former) is not None
    assert bench.run.linked_files == 2
    assert seen(bench.target)[b"leaf/b"] == seen(bench.source)[b"leaf/b"]


def test_a_database_that_nobody_has_open_is_a_file_like_any_other(bench: Bench) -> None:
    """Copied, and linked where it did not change, in its folder's turn; what is only named like one
    too, and what is named after one."""
    _database(bench, "wal")
    (bench.leaf / "c.db").write_bytes(b"text")
    (bench.leaf / "c.db-old").write_bytes(b"more")
    (bench.leaf / "d.db").touch()
    lines = bench.copy()
    assert lines is not None and lines.files == 7
    assert {**seen(bench.target), b".": None} == {**seen(bench.source), b".": None}
    shutil.rmtree(bench.target / "leaf")
    assert bench.copy(former=bench.kept()) is not None
    assert bench.run.linked_files == 7


@pytest.mark.parametrize("ending", COMPANIONS)
@pytest.mark.parametrize("linked", [False, True])
def test_with_anything_odd_beside_it_a_database_is_left_with_that(
    bench: Bench, ending: bytes, linked: bool
) -> None:
    """Whatever else lies there has its turn."""
    _database(bench, "wal")
    (bench.leaf / f"b.db{ending.decode()}").symlink_to("a")
    (bench.leaf / "b.db.txt").touch()
    assert bench.copy(former=bench.kept() if linked else None) is None
    beside = [(Kind.FILE, b"leaf/b.db" + end, b"") for end in (b"", ending)]
    assert bench.left == [*beside, (Kind.BEGUN, b"leaf", b"")]
    assert (bench.target / "leaf" / "b.db.txt").exists()


@pytest.mark.parametrize("ending", COMPANIONS)
def test_a_database_that_is_opened_while_it_is_copied_is_left(bench: Bench, ending: bytes) -> None:
    """And what was made of it is taken away; of what comes after it nothing is forgotten."""
    _database(bench, "wal")
    with (bench.leaf / "b.db").open("ab") as file:
        file.write(os.urandom(BATCH_BYTES - 100_000))
    path, over = bench.leaf / f"b.db{ending.decode()}", threading.Event()

    def come() -> None:
        while not over.wait(0.0001):
            if (bench.target / "leaf" / "b.db").exists():
                path.touch()
                return

    deadline = time.monotonic() + 30
    while True:
        over.clear()
        other = threading.Thread(target=come)
        other.start()
        whole = bench.copy()
        over.set()
        other.join()
        if whole is None:
            break
        assert time.monotonic() < deadline
        path.unlink(missing_ok=True)  # it came too late
        shutil.rmtree(bench.target / "leaf")
    assert bench.left == [(Kind.FILE, b"leaf/b.db", b""), (Kind.BEGUN, b"leaf", b"")]
    assert sorted(path.name for path in (bench.target / "leaf").iterdir()) == ["a", "b", "c"]
    for name in ("a", "b", "c"):
        digest = hashlib.sha256((bench.leaf / name).read_bytes()).hexdigest()
        assert f"{digest}  files/leaf/{name}\n".encode() in bench.lines.of_sums


def _database(bench: Bench, mode: str) -> None:
    with closing(sqlite3.connect(bench.leaf / "b.db")) as database:
        database.execute(f"PRAGMA journal_mode={mode}")
        database.execute("CREATE TABLE t (x)")
        database.commit()


@pytest.mark.parametrize("folder", ["leaf", "a", "nothing"])
def test_what_is_no_folder_is_left(bench: Bench, folder: str) -> None:
    (bench.source / "a").symlink_to("leaf")
    (bench.source / "file").write_text("x")
    name = {"leaf": b"file", "a": b"a", "nothing": b"nothing"}[folder]
    assert bench.copy(name) is None
    assert list(bench.target.iterdir()) == []


@pytest.mark.parametrize("how", ["longer", "another", "as if it did not"])
def test_a_file_that_changes_while_it_is_read_is_left(bench: Bench, how: str) -> None:
    """And what was made of it is taken away."""
    (bench.leaf / "b").write_bytes(bytes(BATCH_BYTES // 2))
    over = threading.Event()
    path = bench.leaf / "b"
    with path.open("ab", buffering=0) as file, path.open("rb+") as same:

        def write() -> None:
            while not over.wait(0.0002):
                if how == "longer":
                    file.write(b"x")
                else:
                    os.pwrite(same.fileno(), b"x", 0)
                    if how != "another":
                        os.utime(same.fileno(), ns=(1, 1))

        writer = threading.Thread(target=write)
        writer.start()
        try:
            deadline = time.monotonic() + 30
            while bench.copy() is not None:  # nothing was written meanwhile
                assert time.monotonic() < deadline
                shutil.rmtree(bench.target / "leaf")
        finally:
            over.set()
            writer.join()
    assert bench.left == [(Kind.FILE, b"leaf/b", b""), (Kind.BEGUN, b"leaf", b"")]
    assert sorted(path.name for path in (bench.target / "leaf").iterdir()) == ["a", "c"]


def test_what_can_not_be_taken_away_again_is_an_error(bench: Bench) -> None:
    """Somebody puts a folder in the place of a file that changes while it is copied."""
    (bench.leaf / "b").write_bytes(os.urandom(BATCH_BYTES - 1000))
    copy = bench.target / "leaf" / "b"

    def disturb() -> None:
        while not copy.exists():
            pass
        copy.unlink(missing_ok=True)
        copy.mkdir()
        (bench.leaf / "b").chmod(0o600)

    def copied_meanwhile() -> OSError | None:
        (bench.leaf / "b").chmod(0o644)
        other = threading.Thread(target=disturb)
        other.start()
        try:
            bench.copy()
        except OSError as error:
            return error
        finally:
            other.join()
        return None

    deadline = time.monotonic() + 30
    while (caught := copied_meanwhile()) is None:  # that came before it was read, or too late
        assert time.monotonic() < deadline
        shutil.rmtree(bench.target / "leaf")
    assert caught.errno == errno.EISDIR
    assert caught.filename == b"leaf/b"


def test_that_error_ends_a_copy(
    bench: Bench, together: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(errno.EISDIR, "Is a directory", b"leaf/b")

    monkeypatch.setattr(NativeFolders, "do", fail)
    with pytest.raises(PryvTuiError) as caught:
        backup(bench.source, bench.target / "part")
    assert caught.value.name == "step-failed"
    assert "leaf" in caught.value.what
