"""A journal that others made names files of theirs, or of anybody: none of those is touched."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import struct
import tempfile
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.sqlite import files as sqlite_files
from pryv_tui.formats.sqlite import inside as sqlite_inside
from pryv_tui.formats.sqlite import recover as sqlite_recover
from pryv_tui.formats.sqlite.copy import NotByBackup
from pryv_tui.formats.sqlite.files import examine, row_counts, rows
from pryv_tui.formats.sqlite.live import live_check
from pryv_tui.vault.files.types import Selection
from tests.vault.engine import copy_tree
from tests.vault.files.sqlite.live_databases import crashed, of_several

MAGIC = bytes.fromhex("d9d505f920a163d7")
HEADS = {
    "a journal's": MAGIC + struct.pack(">IIIII", 0, 1, 2, 512, 4096) + bytes(484),
    "anything": b"x" * 512,
    "nearly nothing": b"x",
}


def journal(head: bytes, name: bytes) -> bytes:
    """As SQLite writes it (pager.c, `writeSuperJournal`)."""
    return head + name + struct.pack(">II", len(name), sum(name)) + MAGIC


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    path = tmp_path / "victim"
    path.write_text("precious")
    return path


@pytest.fixture
def users(tmp_path: Path) -> Path:
    folder = tmp_path / "root/users"
    folder.mkdir(parents=True)
    with closing(sqlite3.connect(folder / "x.db")) as database, database:
        database.execute("CREATE TABLE id4name (username TEXT)")
        database.execute("INSERT INTO id4name VALUES ('anna')")
    return folder


def copied(path: Path) -> object:
    target = path.parent.parent.parent / "copy"
    return copy_tree(path.parent.parent, target, selection=Selection(sqlite=("*.db",)))


def mended(path: Path) -> None:
    """As where SQLite can't read it as it lies, whatever the journal."""
    target = path.parent.parent.parent / "mended"
    target.mkdir()
    here, there = (os.open(one, os.O_RDONLY) for one in (path.parent, target))
    try:
        sqlite_recover.mend_copy(b"x.db", here, there, between=lambda: None)
    except NotByBackup:
        assert not list(target.glob("*-journal"))
    finally:
        os.close(here)
        os.close(there)


ACTS = {"copied": copied, "mended": mended, "checked": examine, "counted": row_counts,
        "live": live_check}  # fmt: skip


@pytest.mark.parametrize("root", [True, False], ids=["root", "anybody"])
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_no_file_that_a_journal_names_is_removed(
    users: Path,
    victim: Path,
    monkeypatch: pytest.MonkeyPatch,
    act: Callable[[Path], object],
    root: bool,
) -> None:
    if not root:
        monkeypatch.setattr(sqlite_inside, "_own_root", lambda _folder: False)
    monkeypatch.chdir(victim.parent)
    for head in HEADS.values():
        for name in (str(victim), "victim", f"{users}/../../victim"):
            (users / "x.db-journal").write_bytes(journal(head, os.fsencode(name)))
            act(users / "x.db")
            assert victim.read_text() == "precious", (head, name)
            for left in ("mended", "copy"):
                copy = victim.parent / left
                if copy.exists():
                    copy.rename(victim.parent / f"{left}-{os.urandom(4).hex()}")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may change a thread's root")
@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_nor_where_it_would_be_looked_for(
    users: Path, victim: Path, monkeypatch: pytest.MonkeyPatch, head: bytes
) -> None:
    """SQLite is shut in as well, should a journal have another way to name a file."""
    for module in (sqlite_recover, sqlite_files):
        monkeypatch.setattr(module, "take_shared_name", lambda _journal: None)
    (users / "x.db-journal").write_bytes(journal(head, os.fsencode(victim)))
    for act in (mended, examine):
        act(users / "x.db")
        assert victim.read_text() == "precious"


@pytest.mark.parametrize("there", [True, False])
def test_what_several_did_together_is_taken_back_while_what_they_share_is_there(
    tmp_path: Path, there: bool
) -> None:
    """In a copy that was made by hand it lies beside them; where it is gone, it had been done."""
    folder = tmp_path / "set/users"
    folder.mkdir(parents=True)
    path = crashed(folder, "delete")
    of_several(path, b"/app/data/users/x.db-mj0123")
    if there:
        (folder / "x.db-mj0123").write_bytes(b"/app/data/users/x.db-journal\0")
    before = {each.name: each.read_bytes() for each in folder.iterdir()}
    found = [user for (user,) in rows(path, "id4name", ("userId",))]
    assert ("torn" in found) is not there
    assert {each.name: each.read_bytes() for each in folder.iterdir()} == before


@pytest.mark.parametrize(
    "want", ["EMFILE", "ENOMEM", "ENOSPC", "EDQUOT", "EFBIG", "EACCES", "no thread", "no folder"]
)
def test_want_of_anything_to_bring_it_together_is_no_word_about_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, want: str
) -> None:
    """In a copy that was made by hand a log may lie beside a database."""
    folder = tmp_path / "set/users"
    folder.mkdir(parents=True)
    path = crashed(folder, "delete")

    def lacks(*_given: object, **_more: object) -> None:
        number = getattr(errno, want)
        raise OSError(number, os.strerror(number))

    def no_thread(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        if want == "no thread":
            patch.setattr(threading.Thread, "start", no_thread)
        elif want == "no folder":
            patch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
        else:
            patch.setattr(shutil, "copyfile", lacks)
        with pytest.raises(PryvTuiError) as caught:
            examine(path)
    assert caught.value.name == ("rights" if want == "EACCES" else "means")
    room = want in ("ENOSPC", "EDQUOT", "EFBIG", "no folder")
    assert ("TMPDIR" in caught.value.remedy) is room or want == "no thread"
    # What is named does it.
    (tmp_path / "another").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "another"))
    assert not examine(path).damage
    assert not list((tmp_path / "another").iterdir())


def test_what_the_disk_can_not_read_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "set/users"
    folder.mkdir(parents=True)
    path = crashed(folder, "wal")

    def broken(*_given: object, **_more: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(shutil, "copyfile", broken)
    with pytest.raises(FormatError, match="Input/output error"):
        examine(path)
