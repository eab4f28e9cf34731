"""Faults in what lies in the root or in the set: databases as files, holes, links, strangers."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pryv_tui.practice.platform import PracticePlatform
from tests.faults.bench import AtName, Bench, hooked, lost, small_disk
from tests.faults.making import VAULT_MB, nothing
from tests.faults.matrix import Fault, Operation

HOLE = 24 << 20
"""Bytes; more than a backup finds free on a small disk beside what stays free."""


# --- SQLite files --------------------------------------------------------------------------------


def database(path: Path, rows: int = 400) -> sqlite3.Connection:
    """One with a rollback journal, open."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("CREATE TABLE letters (name TEXT, body TEXT)")
    connection.executemany(
        "INSERT INTO letters VALUES (?, ?)", [(f"n{number}", "x" * 90) for number in range(rows)]
    )
    return connection


def hot_journal(root: Path) -> None:
    """What a writer leaves that died in a transaction: SQLite takes it back."""
    data, work = root / "pryv/core/data", root.parent / "work.db"
    with closing(database(work)) as connection:
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN")
        connection.execute("UPDATE letters SET body = 'torn'")
        for end in ("", "-journal"):
            shutil.copy(f"{work}{end}", data / f"crashed.db{end}")
    work.unlink()


def of_a_collation(root: Path) -> None:
    """Its order is a rule of the program that made it, which SQLite here lacks."""
    with closing(database(root / "pryv/core/data/sorted.db")) as connection:
        connection.create_collation("OF_SOMEBODY", lambda one, two: (one > two) - (one < two))
        connection.execute("CREATE INDEX in_order ON letters (name COLLATE OF_SOMEBODY)")


@contextmanager
def with_a_damaged_page(folder: Path) -> Iterator[Bench]:
    """A root with a database that can be opened and read, though its index is damaged."""

    def damage(root: Path) -> None:
        path = root / "pryv/core/data/damaged.db"
        with closing(database(path)) as connection:
            connection.execute("CREATE INDEX in_order ON letters (name)")
        with path.open("r+b") as file:
            file.seek(-4096, os.SEEK_END)
            file.write(b"\xff" * 4096)

    yield Bench(folder, before_the_set=damage, exits=(3,))


# --- files ---------------------------------------------------------------------------------------


@contextmanager
def on_small_disks_with_a_hole(folder: Path) -> Iterator[Bench]:
    """A vault on a disk that has less room than the root's files seem to need."""

    def hole(root: Path) -> None:
        with (root / "pryv/core/data/sparse").open("wb") as file:
            file.write(b"begins")
            file.truncate(HOLE)

    with small_disk(folder / "disk", VAULT_MB) as disk:
        yield Bench(folder, vault=disk / "vault", before_the_set=hole)


@contextmanager
def names_change_hands(bench: Bench, operation: Operation) -> Iterator[None]:
    """A file with two names loses both while the tree is copied, and a new one has two names, and
    its number too where the file system gives numbers again."""
    data = bench.root / "pryv/core/data/changing-hands"
    (data / "x").mkdir(parents=True)
    (data / "a").write_text("one person's letter")
    os.link(data / "a", data / "x/z")
    (data / "b").write_text("in between")

    def change(path: Path) -> None:
        if path.parent != data or not (data / "a").exists():
            return
        number = (data / "a").stat().st_ino
        (data / "a").unlink()
        (data / "x/z").unlink()
        for attempt in range(40):
            new = data / f"x/{attempt}"
            new.write_text("another person's letter")
            if new.stat().st_ino == number:
                break
        new.rename(data / "x/p")
        os.link(data / "x/p", data / "x/q")
        for left in (data / "x").glob("[0-9]*"):
            left.unlink()

    known = {backup.id for backup in bench.complete()}
    try:
        with hooked(AtName("changing-hands/b", change)):
            yield
        (made,) = [backup for backup in bench.complete() if backup.id not in known]
        assert made.manifest is not None
        files = made.host_folder(made.manifest.hosts[0].name) / "files/pryv/core/data"
        texts = {
            path.name: path.read_text() for path in (files / data.name).rglob("?") if path.is_file()
        }
        assert texts.pop("b") == "in between"
        assert all(text == "one person's letter" for name, text in texts.items() if name in "az")
        assert texts["p"] == texts["q"] == "another person's letter"
    finally:
        shutil.rmtree(data)


def snapshots(root: Path) -> None:
    """As a file system shows what it keeps (a folder of that name, which is none)."""
    (root / "pryv/core/data/.snapshots/1/snapshot").mkdir(parents=True)
    (root / "pryv/core/data/.snapshots/1/snapshot/file").write_text("once more")


@contextmanager
def none_taken(bench: Bench, _operation: Operation) -> Iterator[None]:
    yield
    for backup in bench.complete():
        assert not list(backup.folder.rglob(".snapshots"))


def tagged(root: Path) -> None:
    """What compose files of another generation say."""
    path = root / "pryv/pryv.yml"
    text = path.read_text()
    assert "restart: always" in text
    path.write_text(text.replace("restart: always", "restart: !override always"))


@contextmanager
def strangers(bench: Bench, _operation: Operation) -> Iterator[None]:
    """What file servers leave in folders that they serve lies in the set."""
    (backup,) = bench.complete()
    assert backup.manifest is not None
    part = backup.host_folder(backup.manifest.hosts[0].name)
    names = (".DS_Store", "@eaDir/file@SynoEAStream", ".nfs000000000a1b2c3d00000001")
    made = [part / "files/pryv" / name for name in names]
    for path in made:
        path.parent.mkdir(exist_ok=True)
        path.write_text("of a file server")
    try:
        yield
        found = [
            path for path in (bench.root / "pryv").iterdir() if path.name in "@eaDir .DS_Store"
        ]
        assert found == []
    finally:
        for path in made:
            path.unlink()
        (part / "files/pryv/@eaDir").rmdir()


@contextmanager
def reached_through_a_link(folder: Path) -> Iterator[Bench]:
    """A root that is a link to a folder elsewhere, and is one after all that was done."""
    made = PracticePlatform.create(folder / "platform", users=4, attachments=6)
    (host,) = made.hosts
    link = host.root_hint
    assert link is not None
    real = folder / "a disk/root"
    real.parent.mkdir()
    link.rename(real)
    link.symlink_to(real)
    bench = Bench(folder, made=PracticePlatform.open(made.folder))
    inode = real.stat().st_ino
    yield bench
    assert link.is_symlink() and real.stat().st_ino == inode
    undo = bench.last_run("undo")
    released = bench.run("release", released_run=undo)
    assert released is not None and released.exit == 0, released
    again = bench.run("backup")
    assert again is not None and again.exit == 0, again
    assert lost(bench.lived, bench.held()) == []


IN_FILES: tuple[Fault, ...] = (
    Fault(
        "hard-links-change",
        "a file with two names loses both while it is copied, and a new one gets its number",
        names_change_hands,
        not_there={"restore": "nobody works in a vault", "undo": "it renames whole folders"},
    ),
    Fault(
        "sparse-file",
        "a file is a hole that seems larger than what is free on the vault's disk (a real one)",
        nothing,
        bench=on_small_disks_with_a_hole,
    ),
    Fault(
        "snapshots",
        "a file system's own snapshots lie below the root (a folder `.snapshots`; left out)",
        none_taken,
        grow=snapshots,
        notes={"backup": "snapshots"},
        but=lambda name: "/.snapshots" in name,
    ),
    Fault(
        "compose-tags",
        "the compose file has tags that docker-compose 1 can't read; its containers are there",
        nothing,
        grow=tagged,
    ),
    Fault(
        "sqlite-hot-journal",
        "a writer died in a transaction of a SQLite file",
        nothing,
        grow=hot_journal,
        notes={"backup": "was repaired"},
    ),
    Fault(
        "sqlite-collation",
        "an index of a SQLite file has an order that SQLite here lacks",
        nothing,
        grow=of_a_collation,
    ),
    Fault(
        "sqlite-damaged-page",
        "a page of a SQLite file is damaged at the source (it is kept as it is)",
        nothing,
        bench=with_a_damaged_page,
        says={
            "backup": "so its copy in the set is too",
            "restore": "was already damaged when the set was made",
        },
    ),
    Fault(
        "strangers-in-set",
        "file servers left files of their own in the set (never restored)",
        strangers,
        not_there={"backup": "it reads no set"},
    ),
    Fault(
        "linked-root",
        "the root is a link to a folder elsewhere",
        nothing,
        bench=reached_through_a_link,
    ),
)
