"""Trees of one shape each: `python -m benchmarks.shapes DEST users --sqlite`.

The tree of `benchmarks/tree.py` has many attachments a user, and what is fast on it may be slow on
another: many users with little each, chains of folders, one folder with all files, a few large
ones. Each shape at scale 1 has some ten thousand entries or more; the same every time.
"""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from benchmarks.tree import EPOCH, LETTERS

USERS = 2_000
SMALL = 20_000
LARGE = 6
LARGE_BYTES = 200 << 20
FILES_OF_ONE_FOLDER = 200_000
_ROWS = 12
"""Of a database: with a table and an index some 16 kB."""


class Shaper:
    """Makes one shape below a folder that does not exist yet."""

    def __init__(self, root: Path, scale: float, seed: int = 5) -> None:
        self._root = root
        self._scale = scale
        self._random = random.Random(seed)
        root.mkdir(parents=True)

    def _count(self, whole: int) -> int:
        return max(1, round(whole * self._scale))

    def _name(self) -> str:
        return "c" + "".join(self._random.choices(LETTERS, k=24))

    def _file(self, folder: Path, name: str, size: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        path.write_bytes(self._random.randbytes(size))
        self._date(path)

    def _date(self, path: Path) -> None:
        moment = (EPOCH + self._random.randrange(3 * 365 * 86_400)) * 10**9
        os.utime(path, ns=(moment, moment))

    def users(self, attachments: int, databases: int, *, logs: bool) -> None:
        """Users of 1.9 in their folders `<c>/<b>/<a>/<id>`.

        Args:
            attachments: of each, each in a folder of its own; one has some 15 kB.
            databases: of each.
            logs: each has a write-ahead log that is not empty, as one has that core holds open.
        """
        template = self._template(logs=logs) if databases else {}
        for _ in range(self._count(USERS if attachments < 50 else USERS // 20)):
            user = self._name()
            home = self._root.joinpath("pryv/core/data/users", *user[:-4:-1], user)
            home.mkdir(parents=True)
            for number in range(databases):
                for ending, content in template.items():
                    path = home / f"{('account', 'audit', 'more')[number % 3]}.sqlite{ending}"
                    path.write_bytes(content)
                    self._date(path)
            for _ in range(attachments):
                folder = home / "attachments" / self._name()
                self._file(folder, self._name(), self._random.randrange(1, 30_000))

    def _template(self, *, logs: bool) -> dict[str, bytes]:
        """What a database is, by the ends of the names of its files."""
        path = self._root / "template.sqlite"
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute("PRAGMA journal_mode=wal")
            database.execute("CREATE TABLE events (time REAL, content BLOB)")
            database.execute("CREATE INDEX by_time ON events (time)")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            for number in range(_ROWS):
                row = (number, self._random.randbytes(600))
                database.execute("INSERT INTO events VALUES (?, ?)", row)
            if not logs:
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            endings = ("", "-wal", "-shm") if logs else ("",)
            return {end: Path(f"{path}{end}").read_bytes() for end in endings}

    def wide(self) -> None:
        """One folder with all folders, each of one file."""
        for _ in range(self._count(SMALL)):
            self._file(self._root / "wide" / self._name(), "file", 200)

    def deep(self) -> None:
        """Each file below two folders of its own."""
        for _ in range(self._count(SMALL)):
            self._file(self._root / "deep" / self._name() / "folder", "file", 200)

    def texts(self) -> None:
        """Small texts, some hundred in each folder."""
        for number in range(self._count(SMALL)):
            folder = self._root / f"texts/part{number % 200}"
            self._file(folder, f"{number}.json", self._random.randrange(40, 1200))

    def large(self) -> None:
        """Few large files, that differ in size."""
        for number in range(LARGE):
            path = self._root / f"dumps/database{number}/events.bson"
            path.parent.mkdir(parents=True)
            with path.open("xb") as file:
                for _ in range(max(1, round(LARGE_BYTES * self._scale * (number + 1) / 4) >> 20)):
                    file.write(self._random.randbytes(1 << 20))
            self._date(path)

    def one(self) -> None:
        """All files in one folder."""
        for number in range(self._count(FILES_OF_ONE_FOLDER)):
            self._file(self._root / "one", f"{number:07}", 100)


def _users(attachments: int, databases: int = 0, *, logs: bool = False) -> Callable[[Shaper], None]:
    return lambda shaper: shaper.users(attachments, databases, logs=logs)


SHAPES: dict[str, Callable[[Shaper], None]] = {
    "users-1": _users(1),
    "users-5": _users(5),
    "users-100": _users(100),
    "sqlite": _users(1, 2),
    "sqlite-logs": _users(1, 2, logs=True),
    "wide": Shaper.wide,
    "deep": Shaper.deep,
    "texts": Shaper.texts,
    "large": Shaper.large,
    "one-folder": Shaper.one,
}
"""By the name that `benchmarks.copy --shape` takes."""


def make_shape(root: Path, shape: str, scale: float = 1.0) -> None:
    """Make one of `SHAPES`; `root` must not exist yet."""
    SHAPES[shape](Shaper(root, scale))
    (root / "template.sqlite").unlink(missing_ok=True)


def main() -> None:
    """Make one."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shapes", description=__doc__)
    parser.add_argument("dest", type=Path)
    parser.add_argument("shape", choices=["users", *SHAPES])
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--attachments-per-user", type=int, default=1, help="of the shape users")
    parser.add_argument("--sqlite", action="store_true", help="users have two databases each")
    parser.add_argument("--logs", action="store_true", help="with write-ahead logs")
    asked = parser.parse_args()
    if asked.shape != "users":
        make_shape(asked.dest, asked.shape, asked.scale)
        return
    shaper = Shaper(asked.dest, asked.scale)
    shaper.users(asked.attachments_per_user, 2 * asked.sqlite, logs=asked.logs)
    (asked.dest / "template.sqlite").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
