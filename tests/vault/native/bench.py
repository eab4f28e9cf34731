"""Folders that are copied by the C library, and what came of it: for the tests beside it."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.vault.files.linking import Entry, Proof
from pryv_tui.vault.files.pieces import (
    BATCH_BYTES,
    BATCH_ENTRIES,
    FOLDER_KIND,
    LIST_BYTES,
    Ahead,
    CopyOptions,
    FormerList,
    Kind,
    Left,
    Lines,
    Piece,
)
from pryv_tui.vault.lists.sums import sums_line
from pryv_tui.vault.native import library as compiled
from pryv_tui.vault.native.library import load
from tests.vault.descriptors import none_left_open
from tests.vault.engine import copy_tree

ROOT = os.geteuid() == 0


FormerFiles = list[tuple[bytes, Entry]]
"""Names of files, and what a set says of each."""


def sums_of(run: Piece) -> bytes:
    """All lines of hashes that a call gave."""
    return b"".join(part.of_sums for part in run.parts if isinstance(part, Lines))


class Bench:
    """A folder that holds one of plain files, a destination, and a former set's."""

    def __init__(self, root: Path) -> None:
        self.source, self.target, self.former = root / "source", root / "target", root / "former"
        for folder in (self.source, self.target, self.former):
            folder.mkdir()
        self.leaf = self.source / "leaf"
        self.library = compiled.LIBRARY
        self.run = Piece(0, [])
        """What the last call gave."""
        self.leaf.mkdir()
        for name in ("a", "b", "c"):
            (self.leaf / name).write_text(name * 30)
            os.utime(self.leaf / name, ns=(5, 1_600_000_000_000_000_007))
        self.leaf.chmod(0o2750)
        os.utime(self.leaf, ns=(9, 1_600_000_000_000_000_001))

    @property
    def lines(self) -> Lines:
        """All lines that it gave."""
        found = [part for part in self.run.parts if isinstance(part, Lines)]
        return Lines(
            b"".join(lines.of_sums for lines in found),
            b"".join(lines.of_index for lines in found),
            b"".join(lines.of_tree for lines in found),
            sum(lines.files for lines in found),
        )

    @property
    def left(self) -> list[tuple[Kind, bytes, bytes]]:
        """What it left: kind, path, and where to go on."""
        found = [part for part in self.run.parts if isinstance(part, Left)]
        return [(Kind(one.kind), one.path, one.since[1:]) for one in found]

    def copy(
        self,
        name: bytes = b"leaf",
        *more: bytes,
        kind: bytes = FOLDER_KIND,
        former: FormerFiles | None = None,
        sqlite: tuple[str, ...] = ("*.db",),
        proof: Proof = Proof.TIMES,
        ahead: Ahead = Ahead.ALWAYS,
        list_bytes: int = LIST_BYTES,
        **options: Any,
    ) -> Lines | None:
        """One call of the library, after which nothing is open that was not; None if anything was
        left."""
        lists = self._lists(former or [])
        with none_left_open():
            ends = [
                os.open(folder, os.O_RDONLY) for folder in (self.source, self.target, self.former)
            ]
            engine = load(
                CopyOptions(
                    True,
                    2**63,
                    (proof,),
                    ahead,
                    list_bytes=list_bytes,
                    lists=lists if former is not None else (),
                    prefix=len(b"files/"),
                ),
                sqlite,
                self.library,
            )
            assert engine is not None
            try:
                names = [kind + one for one in (name, *more)]
                self.run = engine.do(
                    (ends[0], ends[1]),
                    {0: ends[2]} if former is not None else {},
                    names,
                    b"files/",
                    (0, 0, len(former or [])),
                    **{
                        "linkable": True,
                        "most": BATCH_BYTES,
                        "entries": BATCH_ENTRIES,
                        **options,
                    },
                )
                whole = self.run.begun == len(names) and not self.left
                return self.lines if whole else None
            finally:
                engine.close()
                for fd in ends:
                    os.close(fd)

    def _lists(self, former: FormerFiles) -> tuple[FormerList, ...]:
        """The lists of a set that holds such files of the folder."""
        sums, index = self.former / "SHA256SUMS", self.former / "INDEX"
        lines = [b"s %d %d %d %d %d\n" % at_source for _, (_, at_source) in former]
        index.write_bytes(b"".join(lines))
        sums.write_bytes(
            b"".join(sums_line(digest, b"files/leaf/" + name) for name, (digest, _) in former)
        )
        return (FormerList(0, os.fsencode(sums), os.fsencode(index), len(b"files/"), ()),)

    def kept(self) -> FormerFiles:
        """What a set says that holds a copy of the folder."""
        subprocess.run(["cp", "-a", self.leaf, self.former], check=True)
        found: FormerFiles = []
        for path in sorted(self.leaf.iterdir()):
            now = path.stat()
            at_source = (now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns)
            digest = hashlib.sha256(path.read_bytes()).digest()
            found.append((os.fsencode(path.name), (digest, at_source)))
        return found


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def five(bench: Bench) -> Bench:
    """Folders beside each other, of thirty bytes each."""
    for number in range(5):
        (bench.source / f"{number}").mkdir()
        (bench.source / f"{number}" / "file").write_text(f"{number}" * 30)
    return bench


FIVE = [b"0", b"1", b"2", b"3", b"4"]


def _acl(path: Path) -> None:
    subprocess.run(["setfacl", "-m", "u:1234:r", path], check=True)


def backup(source: Path, part: Path) -> None:
    part.mkdir()
    lists = {"sums": "SHA256SUMS", "index": "INDEX", "tree": "TREE"}
    copy_tree(source, part / "files", **{name: part / file for name, file in lists.items()})  # type: ignore[arg-type]
