"""A small file that becomes a huge one: told within 256 MB and a few seconds, by name.

Each is read by a process of its own whose memory is limited by the kernel. Where the size of a bomb
does not matter, but only that it is larger than what may be held, both are a fraction of that; a
bound of ours is made as much smaller there.
"""

from __future__ import annotations

import gzip
import io
import sqlite3
import struct
import subprocess
import sys
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

MEMORY = 256 << 20
"""What the program promises to do with."""
LITTLE = 72 << 20
"""For a reader that holds next to nothing, whatever it reads."""
LESS = 20 << 20
"""Where there are many small things, less than all of them would take."""
SECONDS = 400
"""Far more than any of them takes: what goes on without end is told from what is slow here."""

_READ = """
import resource, sys
from pathlib import Path
{imports}
from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.errors import FormatError
path = Path(sys.argv[1])
resource.setrlimit(resource.RLIMIT_DATA, ({memory}, {memory}))
try:
    {call}
except (FormatError, PryvTuiError, OSError, ValueError) as error:
    print("TOLD", error)
else:
    print("READ")
"""


def read(imports: str, call: str, path: Path, *, memory: int = LITTLE) -> str:
    """What a reader says of a file."""
    done = subprocess.run(
        [sys.executable, "-c", _READ.format(imports=imports, call=call, memory=memory), str(path)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def _shard(path: Path, write: Callable[[tarfile.TarFile], None]) -> None:
    with gzip.open(path, "wb", compresslevel=9) as file, tarfile.open(fileobj=file, mode="w|") as t:
        write(t)


def _header(kind: bytes, size: int) -> Callable[[Path], None]:
    """An entry whose own words are said to have so many bytes, and have."""

    def make(path: Path) -> None:
        info = tarfile.TarInfo("d/p/1/x")
        info.type = kind
        info.size = size
        with gzip.open(path, "wb", compresslevel=1) as file:
            file.write(info.tobuf(tarfile.GNU_FORMAT))
            for _ in range(size >> 20):
                file.write(bytes(1 << 20))

    return make


def _many_entries(path: Path) -> None:
    one = tarfile.TarInfo("d/p/1/x").tobuf(tarfile.GNU_FORMAT)
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(3):
            file.write(one * 10_000)


SHARD = (
    "from pryv_tui.formats.influx_backup import read_shard\n"
    "from pryv_tui.formats.influx_manifest import Shard",
    "read_shard(path, Shard('d', 'p', 1, 'x', 1 << 40))",
)


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (_header(tarfile.XHDTYPE, 90 << 20), "attributes have 94371840 bytes"),
        (_header(tarfile.XGLTYPE, 90 << 20), "attributes have 94371840 bytes"),
        (_header(tarfile.GNUTYPE_LONGNAME, 90 << 20), "attributes have 94371840 bytes"),
        (_header(tarfile.GNUTYPE_LONGLINK, 90 << 20), "attributes have 94371840 bytes"),
        (_header(tarfile.GNUTYPE_SPARSE, 90 << 20), "an entry with holes"),
        (_many_entries, "15360000"),
    ],
)
def test_an_archive_of_a_shard(tmp_path: Path, make: Callable[[Path], None], word: str) -> None:
    make(tmp_path / "shard")
    assert (tmp_path / "shard").stat().st_size < 8 << 20
    assert word in read(*SHARD, tmp_path / "shard", memory=LESS)


def test_one_that_is_longer_than_its_manifest_says_is_not_read_to_its_end(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "shard", "wb", compresslevel=1) as file:
        for _ in range(100):
            file.write(bytes(1 << 20))
    call = "read_shard(path, Shard('d', 'p', 1, 'x', 1000))"
    assert "more than" in read(SHARD[0], call, tmp_path / "shard")


def _rdb(*values: bytes) -> bytes:
    return b"REDIS0009" + b"".join(values) + b"\xff" + bytes(8)


def _length(number: int) -> bytes:
    return b"\x81" + struct.pack(">Q", number)


def _packed(size: int) -> bytes:
    """A compressed string of so many bytes: 3 of them make 264."""
    pieces = b"\x00a" + b"\xe0\xff\x00" * ((size - 1) // 264)
    made = 1 + 264 * ((size - 1) // 264)
    return b"\xc3" + _length(len(pieces)) + _length(made) + pieces


RDB = ("from pryv_tui.formats.redis_files import read_rdb", "read_rdb(path)")
AOF = (
    "from pryv_tui.formats.aof import KeySpace, replay",
    "replay(path, KeySpace(), most=4 << 20)",
)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(_rdb(b"\x00" + _packed(100 << 20) + b"\x00"), id="compressed"),
        pytest.param(
            _rdb(b"\x00\xc3" + _length(3) + _length(1 << 60) + b"\x00ab" + b"\x00"), id="a lie"
        ),
        pytest.param(_rdb(b"\x00" + _length(1 << 40) + b"x"), id="long"),
    ],
)
def test_a_name_in_a_snapshot(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "dump.rdb").write_bytes(content)
    assert "the name of a key would have" in read(*RDB, tmp_path / "dump.rdb")


def test_a_compressed_value_is_not_unpacked(tmp_path: Path) -> None:
    (tmp_path / "dump.rdb").write_bytes(_rdb(b"\x00\x01k" + _packed(100 << 20)))
    assert read(*RDB, tmp_path / "dump.rdb") == "READ\n"


def test_more_keys_than_memory_holds(tmp_path: Path) -> None:
    with (tmp_path / "dump.rdb").open("wb") as file:
        file.write(b"REDIS0009")
        file.write(b"".join(b"\x00\x08%08d\x00" % number for number in range(200_000)))
        file.write(b"\xff" + bytes(8))
    imports = "from pryv_tui.formats.rdb import RdbReader"
    call = "RdbReader(path.open('rb'), path, most=4 << 20).keys()"
    assert "its keys need more than 4 MB" in read(imports, call, tmp_path / "dump.rdb")


def _command(*words: bytes) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)


def test_values_in_an_append_only_file_are_passed_over(tmp_path: Path) -> None:
    huge = bytes(1 << 20)
    with (tmp_path / "a.aof").open("wb") as file:
        file.write(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$%d\r\n" % (80 << 20))
        for _ in range(80):
            file.write(huge)
        file.write(b"\r\n")
        file.write(b"*%d\r\n$4\r\nSADD\r\n$1\r\ns\r\n" % 82)
        for _ in range(80):
            file.write(b"$%d\r\n%s\r\n" % (len(huge), huge))
        file.write(_command(b"DEL", b"k"))
    assert read(*AOF, tmp_path / "a.aof") == "READ\n"


def test_a_transaction_without_end(tmp_path: Path) -> None:
    with (tmp_path / "a.aof").open("wb") as file:
        file.write(_command(b"MULTI"))
        file.write(_command(b"SET", b"k", bytes(1 << 19)) * 200)
    assert "a transaction (MULTI) needs more than" in read(*AOF, tmp_path / "a.aof")


def test_keys_that_come_and_go_are_no_bomb(tmp_path: Path) -> None:
    with (tmp_path / "a.aof").open("wb") as file:
        for number in range(200):
            key = b"%0400000d" % number
            file.write(_command(b"SET", key, b"") + _command(b"DEL", key))
    assert read(*AOF, tmp_path / "a.aof") == "READ\n"


def _computing(path: Path, size: int, columns: int) -> None:
    """A row of a few bytes that has columns which compute so many bytes each.

    SQLite would compute them as it writes the row too: they grow when that is written.
    """
    text = "printf('%.*c', {}, 'x')"
    more = ", ".join(f"m{at} TEXT AS ({text.format(1)})" for at in range(columns))
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"CREATE TABLE id4name (username TEXT, {more})")
        database.execute("INSERT INTO id4name (username) VALUES ('a')")
        database.execute("PRAGMA writable_schema = ON")
        database.execute(
            "UPDATE sqlite_master SET sql = replace(sql, ?, ?)", (text.format(1), text.format(size))
        )


SQLITE = "from pryv_tui.formats.sqlite.files import Bounds, rows"
BOUNDS = "Bounds(longest=4 << 20, heap=16 << 20)"


def test_a_column_that_computes_more_than_memory_holds(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    _computing(path, 100_000_000, 1)
    told = read(SQLITE, f"print(list(rows(path, 'id4name', ('username', 'm0'), {BOUNDS})))", path)
    # To SQLite, what is too long for its limits is an error or nothing; and not for want of time.
    assert told == "[('a', None)]\nREAD\n" or told.endswith("string or blob too big\n"), told


def test_one_that_computes_beside_others(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    _computing(path, 3_000_000, 20)
    names = ", ".join(f"'m{at}'" for at in range(20))
    # All of it there would be room for, but for the bound that is set.
    told = read(SQLITE, f"list(rows(path, 'id4name', ({names}), {BOUNDS}))", path, memory=MEMORY)
    assert told.endswith(": its expressions need too much memory\n"), told


LINE = b"x" * (1 << 20)


@pytest.mark.parametrize(
    ("imports", "call"),
    [
        (
            "from pryv_tui.vault.lists.sums import ExpectedSums",
            "ExpectedSums(path, b'files/').take(b'a')",
        ),
        (
            "from pryv_tui.vault.lists.sums import ExpectedSums",
            "e = ExpectedSums(path, b'files/'); e.take_lines(b'-' * 70); e.take(b'a')",
        ),
        (
            "from pryv_tui.vault.lists.tree import ExpectedTree; import hashlib",
            "ExpectedTree(path, hashlib.file_digest(path.open('rb'), 'sha256').hexdigest())"
            ".meet(b'd 755 0 0 files')",
        ),
        ("from pryv_tui.operations.audit.evidence import Evidence", "Evidence().read_files(path)"),
        (
            "from pryv_tui.vault.lists.index import any_settled",
            "assert not any_settled(path); int('x')",
        ),
    ],
)
def test_a_list_without_ends(tmp_path: Path, imports: str, call: str) -> None:
    with (tmp_path / "list").open("wb") as file:
        for _ in range(80):
            file.write(LINE)
    assert read(imports, call, tmp_path / "list").startswith("TOLD")


def test_an_index_of_endless_walks(tmp_path: Path) -> None:
    (tmp_path / "INDEX").write_bytes(b"walk 0\n" * 5000)
    (tmp_path / "SHA256SUMS").write_bytes(b"")
    imports = "from pryv_tui.vault.lists.index import IndexReader"
    assert "is not its set's index" in read(imports, "IndexReader(path, b'files/')", tmp_path)


@pytest.mark.parametrize("number", ["-1", "9" * 30, "x", "", "1.0"])
def test_an_index_that_begins_nowhere(tmp_path: Path, number: str) -> None:
    (tmp_path / "INDEX").write_text(f"walk {number}\n")
    (tmp_path / "SHA256SUMS").write_bytes(b"")
    imports = "from pryv_tui.vault.lists.index import IndexReader"
    assert "is not its set's index" in read(imports, "IndexReader(path, b'files/')", tmp_path)


def test_json_of_little_things(tmp_path: Path) -> None:
    content = b'{"stores":{"a":{"b":[' + b"[]," * (3 << 20) + b"[]]}}}"
    (tmp_path / "set.json").write_bytes(content)
    imports = "from pryv_tui.vault.manifest import decode; from pryv_tui.reading import read_whole"
    file = tmp_path / "set.json"
    assert read(imports, "decode(read_whole(path))", file, memory=MEMORY).startswith("TOLD")


def test_a_deep_document_of_mongodb(tmp_path: Path) -> None:
    inner = b"\x05\x00\x00\x00\x00"
    for _ in range(20_000):
        inner = struct.pack("<i", len(inner) + 8) + b"\x03a\x00" + inner + b"\x00"
    (tmp_path / "events.bson").write_bytes(inner)
    imports = "from pryv_tui.formats.bson_files import iterate_documents"
    assert read(imports, "list(iterate_documents(path))", tmp_path / "events.bson")


def test_a_line_of_a_program_that_does_not_end() -> None:
    from pryv_tui.operations.context import LineSplitter
    from pryv_tui.programs import Lines

    lines, heard = Lines(), [0]
    splitter = LineSplitter(lambda text: heard.__setitem__(0, heard[0] + len(text)))
    piece = bytes(io.DEFAULT_BUFFER_SIZE * 8).replace(b"\0", b"x")
    count = 0
    for _ in range(400):
        count += sum(map(len, lines.feed(piece)))
        splitter.feed(piece)
    splitter.close()
    assert heard[0] == 400 * len(piece)
    assert 0 <= 400 * len(piece) - count <= 2 << 20


def _document(element: bytes, size: int = 16 << 20) -> Callable[[Path], None]:
    """A document of many of these elements."""

    def make(path: Path) -> None:
        inner = element * ((size - 20) // len(element))
        array = struct.pack("<i", len(inner) + 5) + inner + b"\0"
        body = b"\x04a\0" + array
        path.write_bytes(struct.pack("<i", len(body) + 5) + body + b"\0")

    return make


DOCUMENTS = (
    "from pryv_tui.formats.bson_files import iterate_documents",
    "all(iterate_documents(path))",
)


@pytest.mark.parametrize(
    "element",
    [
        b"\x0b\0\0\0",  # expressions
        b"\xff\0",  # the smallest key of all
        b"\x0a\0",  # nothing
        b"\x03\0\5\0\0\0\0",  # empty documents
        b"\x05\0\0\0\0\0\x04",  # empty UUIDs
        b"\x0d\0\1\0\0\0\0",  # code
        b"\x07\0" + bytes(12),
        b"\x08\0\1",
    ],
    ids=lambda element: f"{element[0]:02x}",
)
def test_a_document_of_many_small_values(tmp_path: Path, element: bytes) -> None:
    _document(element, 6 << 20)(tmp_path / "events.bson")
    call = "all(iterate_documents(path, memory=16 << 20))"
    told = read(DOCUMENTS[0], call, tmp_path / "events.bson")
    assert "too many values" in told


def test_a_large_document_that_somebody_could_have_is_read(tmp_path: Path) -> None:
    """A series of numbers, and a picture."""
    _document(b"\x01123456\0" + bytes(8))(tmp_path / "numbers.bson")
    assert "READ" in read(*DOCUMENTS, tmp_path / "numbers.bson", memory=MEMORY)
    picture = b"\x05p\0" + struct.pack("<i", 15 << 20) + b"\0" + bytes(15 << 20)
    _document(picture)(tmp_path / "picture.bson")
    assert "READ" in read(*DOCUMENTS, tmp_path / "picture.bson", memory=MEMORY)


LISTS = 70_000


def test_lists_in_an_order_that_no_backup_writes(tmp_path: Path) -> None:
    """Of a hostile set: each line comes before its turn."""
    (tmp_path / "files").mkdir()
    with (tmp_path / "SHA256SUMS").open("wb") as sums:
        for number in range(LISTS, 0, -1):
            sums.write(b"0" * 64 + b"  files/%09d\n" % number)
    imports = "from pryv_tui.vault.lists.sums import ExpectedSums"
    call = (
        "[s := ExpectedSums(path, b'files/', memory=1 << 20), s.take(b'0'),"
        " sum(1 for _ in s.left())]"
    )
    assert "READ" in read(imports, call, tmp_path / "SHA256SUMS", memory=LESS)
    with (tmp_path / "TREE").open("wb") as tree:
        for number in range(LISTS, 0, -1):
            tree.write(b"d 755 0 0 files/%09d\0" % number)
    imports = "import hashlib\nfrom pryv_tui.vault.lists.tree import ExpectedTree"
    call = (
        "[tree := ExpectedTree(path, hashlib.sha256(path.read_bytes()).hexdigest(),"
        " memory=1 << 20), tree.meet(b'd 755 0 0 files/none'), sum(1 for _ in tree.left())]"
    )
    assert "READ" in read(imports, call, tmp_path / "TREE", memory=LESS)
