"""A tree like a platform's root, the same every time: what the measurements copy.

At scale 1 it has 60,000 attachments, each in a folder of its own as Pryv.io keeps them, with
log-normal sizes (median 20 kB, mean 67 kB, 4 GB in all), 20,000 small configuration files and logs,
five dumps of 200 MB, some of everything that is awkward to copy, and the three folders that a
backup leaves out. Content does not compress, and no two files are alike.
"""

from __future__ import annotations

import math
import os
import random
import sqlite3
import string
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

LEFT_OUT = ("pryv/mongodb/data", "pryv/influxdb/data", "pryv/core/data/previews")
"""What a backup leaves out, as `pryv_tui.platform.layout` declares it."""

ATTACHMENTS = 60_000
TEXTS = 20_000
DUMPS = 5
DUMP_BYTES = 200 << 20
PREVIEWS = 10_000
MEDIAN = 20_000
MEAN = 67_000
EPOCH = 1_500_000_000
"""Seconds; times of files lie in the three years after it."""
LETTERS = string.ascii_lowercase + string.digits
_CHUNK = 8 << 20


class Maker:
    """Makes one tree."""

    def __init__(self, root: Path, scale: float, seed: int) -> None:
        self._root = root
        self._scale = scale
        self._random = random.Random(seed)

    def make(self, *, left_out: bool) -> None:
        """Make everything; `root` must not exist yet."""
        self._root.mkdir(mode=0o755, parents=True)
        self._attachments()
        self._texts()
        self._dumps()
        self._odd()
        if left_out:
            self._left_out()

    def _count(self, whole: int) -> int:
        return max(1, round(whole * self._scale))

    def _name(self) -> str:
        """A name as Pryv.io's cuid makes them."""
        return "c" + "".join(self._random.choices(LETTERS, k=24))

    def _file(self, path: Path, size: int, mode: int = 0o644) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            for start in range(0, size, _CHUNK):
                file.write(self._random.randbytes(min(_CHUNK, size - start)))
        path.chmod(mode)
        self._date(path)

    def _date(self, path: Path) -> None:
        moment = EPOCH * 10**9 + self._random.randrange(3 * 365 * 86_400 * 10**9)
        os.utime(path, ns=(moment, moment))

    def _attachments(self) -> None:
        sigma = math.sqrt(2 * math.log(MEAN / MEDIAN))
        left = self._count(ATTACHMENTS)
        while left:
            user = self._name()
            home = self._root.joinpath("pryv/core/data/users", *user[:-4:-1], user, "attachments")
            mine = min(left, self._random.randint(20, 200))
            left -= mine
            for _ in range(mine):
                size = int(self._random.lognormvariate(math.log(MEDIAN), sigma))
                self._file(home / self._name() / self._name(), max(1, size))

    def _texts(self) -> None:
        parts = ("core", "register", "mfa", "nginx", "dns", "static-web", "mail")
        for number in range(self._count(TEXTS)):
            kind = self._random.choice(("conf", "log", "templates", "secrets"))
            folder = self._root / "pryv" / self._random.choice(parts) / kind / f"part{number % 89}"
            path = folder / f"entry{number}.{self._random.choice(('yml', 'json', 'log'))}"
            size = self._random.randint(40, 1200)
            self._file(path, size, self._random.choice((0o644, 0o640, 0o600)))

    def _dumps(self) -> None:
        for number in range(DUMPS):
            path = self._root / f"pryv/mongodb/backup/database{number}/events.bson"
            self._file(path, self._count(DUMP_BYTES))

    def _odd(self) -> None:
        odd = self._root / "pryv/odd"
        names = (
            "two words",
            "née-名前",
            "line\nbreak",
            "it's",
            "--help",
            "blank ",
            ".dot",
            "n" * 200,
        )
        for name in names:
            self._file(odd / name, 30)
        raw = os.fsencode(odd) + b"/\xfe\xfd.bin"
        self._file(Path(os.fsdecode(raw)), 30)
        for number in range(200):
            path = odd / "owned" / f"file{number}"
            self._file(path, number)
            if os.geteuid() == 0:
                os.chown(path, 9999, 9999)
            if number % 2:
                os.setxattr(path, "user.origin", b"device %d" % number)
                (odd / "linked").mkdir(exist_ok=True)
                (odd / "linked" / f"name{number}").hardlink_to(path)
            (odd / "pointing").mkdir(exist_ok=True)
            (odd / "pointing" / f"to{number}").symlink_to(f"../owned/file{number}")
        (odd / "dangling").symlink_to("/nowhere/at/all")
        for mode in (0o000, 0o400, 0o777, 0o4755, 0o2755):
            self._file(odd / f"mode{mode:04o}", 10, mode)
        os.mkfifo(odd / "fifo")
        (odd / "empty").mkdir()
        with (odd / "sparse").open("wb") as file:
            file.truncate(4 << 20)

    def _left_out(self) -> None:
        for number in range(4):
            path = self._root / LEFT_OUT[0] / f"collection-{number}.wt"
            self._file(path, self._count(64 << 20))
        for number in range(self._count(200)):
            self._file(self._root / LEFT_OUT[1] / f"{number}.tsm", 500_000)
        for number in range(self._count(PREVIEWS)):
            self._file(self._root / LEFT_OUT[2] / f"{number % 100}" / f"{number}.jpg", 4000)


def make_tree(root: Path, scale: float, seed: int = 5, *, left_out: bool = True) -> None:
    """Make a tree, at scale 1 with about 80,000 files and 5 GB that travel; `root` is created.

    Without `left_out` it holds just what travels, for programs that would copy the rest too.
    """
    Maker(root, scale, seed).make(left_out=left_out)


def change_one_percent(root: Path, seed: int) -> tuple[int, int]:
    """Change one file of a hundred in place, remove a few and add as many; dumps stay.

    Returns:
        files changed, and the bytes of these files.
    """
    chance = random.Random(seed)
    files = sorted(_changeable(root))
    picked = chance.sample(files, max(1, len(files) // 100))
    size = 0
    for path in picked:
        if path.suffix == ".sqlite":
            with closing(sqlite3.connect(path, isolation_level=None)) as database:
                database.execute("INSERT INTO events VALUES (?, ?)", (seed, chance.randbytes(8)))
            size += path.stat().st_size
            continue
        with path.open("r+b") as file:
            file.write(chance.randbytes(8))
            size += file.seek(0, os.SEEK_END)
    gone = set(picked)
    for path in chance.sample([path for path in files if path not in gone], len(picked) // 10):
        path.unlink()
        path.with_name(f"new-{seed}-{path.name}").write_bytes(chance.randbytes(500))
    return len(picked), size


def _changeable(root: Path) -> Iterator[Path]:
    """Files below the root that are no dumps, nor what lies beside a database."""
    tops = ["pryv/core/data/users", "pryv/core/conf", "pryv/register", "pryv/nginx"]
    if not (root / "pryv/odd").exists():  # one shape alone
        tops = ["."]
    for top in tops:
        for path in (root / top).rglob("*"):
            if not path.name.endswith(("-wal", "-shm")) and path.is_file():
                yield path
