"""Databases with a write-ahead log, copied by the C library: what comes of it is what SQLite makes
of the same files, to the byte, or the library leaves them."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hatch_build import SOURCES, build
from pryv_tui.formats.sqlite.inside import NotOpened
from pryv_tui.formats.sqlite.recover import mend
from pryv_tui.vault.files import copier
from pryv_tui.vault.files.copier import FileCopier
from pryv_tui.vault.files.linking import Proof
from pryv_tui.vault.files.pieces import FILE_KIND
from pryv_tui.vault.native import library as compiled
from tests.examples import tries
from tests.vault.copying.test_previous import backup
from tests.vault.descriptors import none_left_open
from tests.vault.engine import at_once, use
from tests.vault.files.test_sqlite_held import DATABASES, changes, opened
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("built")

HEAD, FRAME_HEAD = 32, 24
SIZES = [512, 1024, 4096, 8192, 65536]
NAME = b"x.db"
ENDINGS = (b"", b"-shm", b"-wal")


class Files(NamedTuple):
    """A database as it lies there."""

    database: bytes
    shm: bytes
    log: bytes


class Life(NamedTuple):
    """What becomes of a database before it is copied."""

    page: int
    vacuum: int
    steps: list[str]


def steps() -> st.SearchStrategy[list[str]]:
    acts = ["insert", "grow", "delete", "vacuum", "table", "passive", "full", "restart", "truncate"]
    return st.lists(st.sampled_from(acts), min_size=1, max_size=12)


lives = st.builds(Life, st.sampled_from(SIZES), st.integers(0, 2), steps())


def lived(life: Life, to: Path) -> Files:
    """Its files while somebody has it open."""
    path = to / "life.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for name, value in (("page_size", life.page), ("auto_vacuum", life.vacuum)):
            database.execute(f"PRAGMA {name}={value}")
        database.execute("PRAGMA journal_mode=wal")
        database.execute("PRAGMA wal_autocheckpoint=0")
        database.execute("CREATE TABLE t (x)")
        for at, step in enumerate(life.steps):
            if step == "insert":
                database.execute("INSERT INTO t VALUES (?)", (f"{at}" * 40,))
            elif step == "grow":
                database.execute("INSERT INTO t VALUES (randomblob(?))", (5 * life.page,))
            elif step == "delete":
                database.execute("DELETE FROM t")
            elif step == "vacuum":
                database.execute("VACUUM" if life.vacuum == 0 else "PRAGMA incremental_vacuum")
            elif step == "table":
                database.execute(f"CREATE TABLE more{at} (a, b UNIQUE)")
            else:
                database.execute(f"PRAGMA wal_checkpoint({step})").fetchall()
        return Files(*(Path(os.fsdecode(os.fsencode(path) + end)).read_bytes() for end in ENDINGS))


def put(files: Files, folder: Path) -> Path:
    folder.mkdir()
    for end, content in zip(ENDINGS, files, strict=True):
        (folder / os.fsdecode(NAME + end)).write_bytes(content)
    return folder


def by_sqlite(files: Files, folder: Path) -> bytes | None:
    """What SQLite makes of a copy of them; None: it refuses."""
    put(files, folder)
    holder = os.open(folder, os.O_RDONLY)
    try:
        mend(NAME, holder)
    except (sqlite3.Error, NotOpened, UnicodeDecodeError):
        return None
    finally:
        os.close(holder)
    return (folder / "x.db").read_bytes()


def by_library(source: Path, to: Path, path: str = compiled.LIBRARY) -> bytes | None:
    """What the library makes of them; None: it leaves them, and nothing is there."""
    to.mkdir()
    library = compiled.load(compiled.CopyOptions(True, 2**63), DATABASES.sqlite, path)
    assert library is not None
    with none_left_open():
        ends = (os.open(source, os.O_RDONLY), os.open(to, os.O_RDONLY))
        names = [FILE_KIND + name for name in sorted(map(os.fsencode, os.listdir(source)))]  # noqa: PTH208
        piece = library.do(ends, {}, names, b"", (), most=1 << 30, entries=99)
        for end in ends:
            os.close(end)
    library.close()
    if not piece.files:
        assert list(to.iterdir()) == []
        assert len(piece.parts) == len(names)
        return None
    assert [path.name for path in to.iterdir()] == ["x.db"]
    content = (to / "x.db").read_bytes()
    assert piece.begun == len(names)
    ((sums, *_),) = piece.parts
    assert sums == f"{hashlib.sha256(content).hexdigest()}  x.db\n".encode()
    assert (piece.size, piece.read) == (len(content), len(content))
    return content


@contextmanager
def both(files: Files, path: str = compiled.LIBRARY) -> Iterator[tuple[bytes | None, bytes | None]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = put(files, folder / "source")
        before = [(one.name, one.read_bytes()) for one in sorted(source.iterdir())]
        made = by_library(source, folder / "target", path)
        assert [(one.name, one.read_bytes()) for one in sorted(source.iterdir())] == before
        yield made, by_sqlite(files, folder / "sqlite")


def life_of(life: Life) -> Files:
    with tempfile.TemporaryDirectory() as name:
        return lived(life, Path(name))


@settings(max_examples=tries(60), deadline=None)
@given(lives)
def test_a_log_is_brought_in_as_sqlite_does_it(life: Life) -> None:
    """Whatever was committed, checkpointed, cut off or begun anew; and the library leaves none."""
    with both(life_of(life)) as (made, wanted):
        assert made is not None
        assert made == wanted


@pytest.fixture(scope="module")
def one_by_one(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The library as it is where a processor has no instructions for hashes."""
    folder = tmp_path_factory.mktemp("one-by-one")
    (folder / SOURCES[0]).parent.mkdir(parents=True)
    for source in SOURCES:
        shutil.copy(Path(__file__).parents[3] / source, folder / source)
    return str(build(folder, "-DONE_BY_ONE"))


@pytest.mark.parametrize("page", SIZES)
def test_without_instructions_for_hashes_too(page: int, one_by_one: str) -> None:
    for more in (["grow"] * 3, ["grow", "truncate"], ["grow", "restart", "insert"]):
        with both(life_of(Life(page, 0, more)), one_by_one) as (made, wanted):
            assert made is not None
            assert made == wanted


def frames(log: bytes, page: int) -> list[bytes]:
    size = FRAME_HEAD + page
    return [log[at : at + size] for at in range(HEAD, len(log) - size + 1, size)]


def summed(log: bytes, page: int, *, big: bool, salt: bytes = b"") -> bytes:
    """The same log with its checksums made anew, in an order of bytes."""
    sums = (0, 0)

    def more(data: bytes) -> bytes:
        nonlocal sums
        one, other = sums
        words = struct.unpack(f"{'>' if big else '<'}{len(data) // 4}I", data)
        for a, b in zip(words[::2], words[1::2], strict=True):
            one = one + a + other & 0xFFFFFFFF
            other = other + b + one & 0xFFFFFFFF
        sums = one, other
        return struct.pack(">II", *sums)

    head = struct.pack(">I", 0x377F0682 | big) + log[4:16] + (salt or log[16:24])
    made = [head, more(head)]
    for frame in frames(log, page):
        told = frame[:8] + (salt or frame[8:16])
        more(frame[:8])
        made += [told, more(frame[FRAME_HEAD:]), frame[FRAME_HEAD:]]
    return b"".join(made)


def rest_of_another(log: bytes, page: int) -> bytes:
    """What is behind the last frame has another salt, and sums that fit."""
    kept = len(frames(log, page)) // 2 * (FRAME_HEAD + page) + HEAD
    return log[:kept] + summed(log, page, big=False, salt=b"12345678")[kept:]


def without_commit(log: bytes, page: int) -> bytes:
    """Frames with no end of a transaction among them."""
    size = FRAME_HEAD + page
    made = bytearray(log)
    for at in range(HEAD, len(log) - size + 1, size):
        made[at + 4 : at + 8] = bytes(4)
    return summed(bytes(made), page, big=False)


HURTS: dict[str, Callable[[bytes, int], bytes]] = {
    "empty": lambda log, page: b"",
    "a head alone": lambda log, page: log[:HEAD],
    "half a head": lambda log, page: log[:20],
    "a torn frame": lambda log, page: log[: -page // 2],
    "a head of a frame": lambda log, page: log + log[HEAD : HEAD + FRAME_HEAD],
    "a frame less": lambda log, page: log[: -page - FRAME_HEAD],
    "big": lambda log, page: summed(log, page, big=True),
    "little": lambda log, page: summed(log, page, big=False),
    "another order": lambda log, page: b"\x37\x7f\x06\x83" + log[4:],
    "another salt": lambda log, page: log[:16] + b"12345678" + log[24:],
    "another salt that adds up": lambda log, page: (
        summed(log[:HEAD], page, big=False, salt=b"a" * 8) + log[HEAD:]
    ),
    "the rest of another generation": rest_of_another,
    "no commit": without_commit,
    "zeros": lambda log, page: bytes(len(log)),
    "garbage": lambda log, page: hashlib.shake_128(log).digest(len(log)),
    "garbage behind": lambda log, page: log + hashlib.shake_128(log).digest(2 * page + 100),
    "once more behind": lambda log, page: log + log[HEAD:],
    "another page size": lambda log, page: (
        summed(log[:8] + struct.pack(">I", 2 * page) + log[12:HEAD], 2 * page, big=False)
        + log[HEAD:]
    ),
}


@pytest.mark.parametrize("hurt", HURTS)
@pytest.mark.parametrize("page", [512, 4096, 65536])
@pytest.mark.parametrize("steps", [["insert", "grow", "insert"], ["grow", "truncate", "delete"]])
def test_of_a_log_that_is_not_whole_counts_what_counts_for_sqlite(
    hurt: str, page: int, steps: list[str]
) -> None:
    files = life_of(Life(page, 1, steps))
    with both(files._replace(log=HURTS[hurt](files.log, page))) as (made, wanted):
        if hurt == "half a head":
            assert made is None
        else:
            assert made == wanted
            assert made is not None


@settings(max_examples=tries(60), deadline=None)
@given(lives, st.data())
def test_nor_does_damage_make_it_another(life: Life, data: st.DataObject) -> None:
    """In the log, or in the head of the database."""
    files = life_of(life)
    whole, head = bytearray(files.log), bytearray(files.database)
    for _ in range(data.draw(st.integers(1, 3))):
        damaged = whole if whole and data.draw(st.booleans()) else head
        near = HEAD + FRAME_HEAD if damaged is whole else 100
        at = data.draw(
            st.integers(0, min(near, len(damaged)) - 1) | st.integers(0, len(whole) or 1)
        )
        if at < len(damaged) and (damaged is whole or at < 100):
            damaged[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.none() | st.integers(0, len(whole)))
    hurt = Files(bytes(head), files.shm, bytes(whole[:cut]))
    with both(hurt) as (made, wanted):
        assert made is None or made == wanted


@pytest.mark.parametrize("pages", [2, 3, 2**20, 2**32 - 1])
def test_a_length_that_nothing_was_written_for_is_left(pages: int) -> None:
    files = life_of(Life(512, 0, ["truncate", "insert"]))
    (frame,) = (one for one in frames(files.log, 512)[-1:])
    hurt = frame[:4] + struct.pack(">I", pages) + frame[8:]
    log = summed(files.log[: -len(frame)] + hurt, 512, big=False)
    with both(files._replace(log=log)) as (made, wanted):
        assert made is None or made == wanted
        assert (made is None) == (pages > 3)


def test_one_that_is_longer_than_there_is_room_for_is_left() -> None:
    with both(life_of(Life(65536, 0, ["grow"] * 8))) as (made, wanted):
        assert made is None
        assert wanted is not None


def test_a_log_that_is_read_in_pieces(tmp_path: Path) -> None:
    """Longer than what is in memory of it at a time, of a database that is not."""
    with closing(sqlite3.connect(tmp_path / "life.db", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=wal")
        database.execute("PRAGMA wal_autocheckpoint=0")
        database.execute("CREATE TABLE t (x)")
        database.execute("INSERT INTO t VALUES (zeroblob(300000))")
        for _ in range(10):
            database.execute("UPDATE t SET x = randomblob(300000)")
        names = [tmp_path / f"life.db{end.decode()}" for end in ENDINGS]
        files = Files(*(name.read_bytes() for name in names))
    assert len(files.log) > 3 << 20
    with both(files) as (made, wanted):
        assert made is not None
        assert made == wanted


def _log_elsewhere(path: Path) -> None:
    _beside(path, "-wal").rename(path.parent.parent / "log")
    _beside(path, "-wal").symlink_to("../log")


def _pipe(path: Path) -> None:
    _beside(path, "-shm").unlink()
    os.mkfifo(_beside(path, "-shm"))


LEFT: dict[str, Callable[[Path], object]] = {
    "a log without shared memory": lambda path: os.remove(_beside(path, "-shm")),  # noqa: PTH107
    "a journal": lambda path: _beside(path, "-journal").write_bytes(b"x"),
    "a link for a log": _log_elsewhere,
    "a log of several names": lambda path: os.link(_beside(path, "-wal"), path.parent.parent / "l"),
    "a pipe for shared memory": _pipe,
    "no database": lambda path: path.write_bytes(b"text" * 300),
    "a database of another mode": lambda path: _patch(path, 18, b"\1\1"),
    "a first page of zeros": lambda path: _patch(path, 100, bytes(900)),
    "rows that lie nowhere": lambda path: _patch(path, 108, b"\xff\xff"),
    "half a page": lambda path: os.truncate(path, path.stat().st_size - 100),
    "less than a head": lambda path: os.truncate(path, 50),
    "holes": lambda path: os.truncate(path, 1 << 20),
}


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _patch(path: Path, at: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(content)


@pytest.mark.parametrize("what", LEFT)
def test_what_is_odd_is_left_with_all_that_lies_beside_it(what: str, tmp_path: Path) -> None:
    source = put(life_of(Life(4096, 0, ["truncate"])), tmp_path / "source")
    LEFT[what](source / "x.db")
    assert by_library(source, tmp_path / "target") is None


@pytest.mark.parametrize(
    ("ending", "start", "length"),
    [("", 0x40000000, 1), ("", 0x40000002, 510), ("-shm", 123, 1)],
    ids=["who waits to write", "who has it alone", "a checkpoint"],
)
def test_whose_turn_it_is_is_not_waited_for(
    ending: str, start: int, length: int, tmp_path: Path
) -> None:
    import fcntl

    source = put(life_of(Life(4096, 0, ["insert"])), tmp_path / "source")
    with _beside(source / "x.db", ending).open("r+b") as file:
        for at, kind in enumerate((fcntl.F_WRLCK, fcntl.F_UNLCK)):
            lock = struct.pack("@hhqqi4x", kind, os.SEEK_SET, start, length, 0)
            fcntl.fcntl(file, fcntl.F_OFD_SETLK, lock)
            assert (by_library(source, tmp_path / f"{at}") is None) == (kind == fcntl.F_WRLCK)


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Open databases, with a log and with an empty one, in folders of their own."""
    use(monkeypatch, settled_ns=-(10**20), sync=at_once)
    writers = []
    for at in range(6):
        home = tmp_path / "root" / "users" / f"u{at}"
        home.mkdir(parents=True)
        (home / "x.db-old").write_text("not of the database")
        writers.append(opened(home / "x.db", "wal"))
        if at % 3 == 1:
            writers[-1].execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        if at % 3 == 2:
            writers[-1].execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    yield tmp_path / "root"
    for writer in writers:
        writer.close()


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What Python copied."""
    found: list[bytes] = []
    copy = FileCopier.copy

    def told(self: FileCopier, place: Any, **more: Any) -> Any:
        found.append(place.path)
        return copy(self, place, **more)

    monkeypatch.setattr(FileCopier, "copy", told)
    return found


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize("proof", Proof)
def test_it_is_copied_and_linked_as_python_does_it(
    source: Path,
    slowly: list[bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    proof: Proof,
) -> None:
    """To the byte of each list, whoever made the former set; nothing of it is left to Python."""

    def no_sqlite(*_given: Any, **_more: Any) -> str:
        raise AssertionError("was left to SQLite")

    monkeypatch.setattr(copier, "take_database", no_sqlite)
    parts = [tmp_path / name for name in ("1", "2", "3", "4")]
    backup(source, parts[0], selection=DATABASES)
    linked = backup(source, parts[1], parts[0], selection=DATABASES, proof=proof)
    assert slowly == []
    use(monkeypatch, native=False)
    backup(source, parts[2], selection=DATABASES)
    assert len(slowly) == 12
    again = backup(source, parts[3], parts[0], selection=DATABASES, proof=proof)
    for part in parts:
        for name in ("SHA256SUMS", "INDEX"):
            assert (part / name).read_bytes() == (parts[0] / name).read_bytes()
        for at in range(6):
            home = part / "files/users" / f"u{at}"
            assert {path.name for path in home.iterdir()} == {"x.db", "x.db-old"}
            assert changes(home / "x.db") == 0
    for part, result in ((parts[1], linked), (parts[3], again)):
        wanted = [at for at in range(6) if proof is not Proof.BOTH_READ or at % 3]
        for at in range(6):
            one, other = (p / f"files/users/u{at}/x.db" for p in (parts[0], part))
            assert one.samefile(other) == (at in wanted)
        assert result.linked_files == 6 + len(wanted)
    assert linked.linked_bytes == again.linked_bytes


@pytest.mark.parametrize("native", [True, False])
def test_a_linked_one_counts_for_what_lies_there(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str, native: bool
) -> None:
    """As long as the log has made the copy, in a second set and a third, and beside a new copy."""
    use(monkeypatch, native=native)
    parts = [tmp_path / str(at) for at in range(4)]
    results = [backup(source, parts[0], selection=DATABASES)]
    for at in (1, 2, 3):
        if at == 3:
            os.utime(source / "users/u0/x.db", ns=(1, 1))
        results.append(backup(source, parts[at], parts[at - 1], selection=DATABASES))
    databases = [home / "x.db" for home in (source / "users").iterdir()]
    lie = [[f for f in (part / "files").rglob("*") if f.is_file()] for part in parts]
    sizes = [sum(file.stat().st_size for file in files) for files in lie]
    assert sizes[0] > sum(file.stat().st_size for file in databases) + 6 * 100, "logs hold nothing"
    assert [result.bytes for result in results] == sizes == [sizes[0]] * 4
    assert [result.linked_files for result in results] == [0, 12, 12, 11]
    new = (parts[3] / "files/users/u0/x.db").stat().st_size
    assert [result.linked_bytes for result in results] == [0, sizes[0], sizes[0], sizes[0] - new]


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize("what", ["log", "database", "copy", "mode"])
def test_what_changed_is_copied_again(
    source: Path, slowly: list[bytes], tmp_path: Path, what: str
) -> None:
    backup(source, tmp_path / "1", selection=DATABASES)
    path = source / "users/u0/x.db"
    kept = tmp_path / "1/files/users/u0/x.db"
    if what == "log":
        with closing(opened(path, "wal")) as database:
            database.execute("UPDATE data SET changes = changes + 1")
            backup(source, tmp_path / "2", tmp_path / "1", selection=DATABASES)
    else:
        if what == "database":
            os.utime(path, ns=(1, 1))
        if what == "copy":
            os.utime(kept, ns=(1, 1))
        if what == "mode":
            path.chmod(0o640)
        backup(source, tmp_path / "2", tmp_path / "1", selection=DATABASES)
    copy = tmp_path / "2/files/users/u0/x.db"
    assert slowly == []
    assert changes(copy) == (what == "log")
    assert not copy.samefile(kept)
    assert copy.stat().st_mode == path.stat().st_mode
    assert (tmp_path / "2/files/users/u3/x.db").samefile(tmp_path / "1/files/users/u3/x.db")


HABITS = ["never closes", "closes", "begins anew", "checkpoints in mid-change", "cuts off"]


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize("habit", HABITS)
def test_writers_that_never_stop_tear_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, habit: str
) -> None:
    """A copy shows all that was committed before it began, of one moment each, whoever made it."""
    use(monkeypatch, sync=at_once)
    root, over = tmp_path / "root", threading.Event()
    homes = [root / f"u{at}" for at in range(4)]
    for home in homes:
        home.mkdir(parents=True)
    done = [0] * len(homes)

    def write(at: int) -> None:
        database = opened(homes[at] / "x.db", "wal", "wal_autocheckpoint=20")
        database.execute("PRAGMA busy_timeout=60000")
        while not over.is_set():
            database.execute("UPDATE data SET changes = changes + 1")
            done[at] += 1
            if habit == "closes":
                database.close()
                database = opened(homes[at] / "x.db", "wal")
                database.execute("PRAGMA busy_timeout=60000")
            elif habit in ("begins anew", "cuts off"):
                kind = "RESTART" if habit == "begins anew" else "TRUNCATE"
                database.execute(f"PRAGMA wal_checkpoint({kind})").fetchall()
            elif habit == "checkpoints in mid-change":
                database.execute("BEGIN")
                database.execute("UPDATE data SET changes = changes + 1")
                with closing(sqlite3.connect(homes[at] / "x.db")) as other:
                    other.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
                database.execute("ROLLBACK")
        database.close()

    writers = [threading.Thread(target=write, args=(at,)) for at in range(len(homes))]
    for writer in writers:
        writer.start()
    try:
        until(lambda: all(done), "a first change of each")
        for number in range(12):
            before = list(done)
            part = tmp_path / f"{number}"
            backup(root, part, tmp_path / f"{number - 1}" if number else None, selection=DATABASES)
            for at, home in enumerate(homes):
                copy = part / "files" / home.name
                assert [path.name for path in copy.iterdir()] == ["x.db"]
                assert before[at] <= changes(copy / "x.db") <= done[at] + 1
    finally:
        over.set()
        for writer in writers:
            writer.join()
