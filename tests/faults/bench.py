"""A practice platform with a set, on which faults are tried; what it holds, counted and compared.

Runs are the program's own worker, performed in this process: a tenth of a new one's time.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any
from unittest.mock import patch

from pryv_tui import own_folder
from pryv_tui.operations.plan import PlanKind
from pryv_tui.operations.sets.verify import verify_set
from pryv_tui.operations.settings.patience import PRACTICE, Patience
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.operations.site import Site, open_site
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs import start
from pryv_tui.runs.record.events import Note, RunFinished
from pryv_tui.runs.record.history import Debts, all_runs, debts_of
from pryv_tui.runs.record.journal import JournalReader
from pryv_tui.runs.worker import process as worker
from pryv_tui.vault.parallel.engine import USUAL, CopyEngine
from pryv_tui.vault.sets import BackupSet
from tests.helpers import copied
from tests.vault.trees import seen

Held = Mapping[str, object]
"""What there is, by its name: a number of things, or all that a file is."""

_SQLITE = (".db", ".sqlite", ".sqlite3")
_NOT_LOOKED_AT = (
    ".pryv-tui",
    "pryv/mongodb/data",
    "pryv/mongodb/backup",
    "pryv/influxdb/data",
    "pryv/influxdb/backup",
    "pryv/redis/data",
    "pryv/core/data/previews",
)
"""Ours, what is left out, and the stores, which are counted by what they hold."""
_TOPS = tuple(f"{top}/" for top in _NOT_LOOKED_AT)


def files_of(root: Path) -> dict[str, object]:
    """Every file, folder and link of a root with all that it is; logs may change."""
    found: dict[str, object] = {}
    for name, facts in seen(root, _counts).items():
        path = os.fsdecode(name)
        mode, *rest = facts
        if stat.S_ISDIR(int(str(mode), 8)):
            rest = [*rest[:2], *rest[3:]]  # a folder's time changes with what is in it
        elif path.endswith(_SQLITE):
            rest = [*rest[:2], _rows(root / path)]  # SQLite's backup lays the pages out again
        found[f"file {path}"] = (mode, *rest)
    return found


def _counts(path: str) -> bool:
    parts = path.split("/")
    return not (
        path == "."
        or own_folder.NAME in parts
        or "log" in parts[:-1]
        or f"{path}/".startswith(_TOPS)
        or path.endswith(("-wal", "-shm", "-journal"))
    )


def _rows(path: Path) -> str:
    """What SQLite finds in a file; where it can't read it, what the file is."""
    try:
        return _dumped(path)
    except sqlite3.Error:
        pass
    # What a writer left that died is taken back, in a copy; a damaged file stays one.
    with tempfile.TemporaryDirectory() as place:
        for beside in path.parent.glob(f"{path.name}*"):
            shutil.copy(beside, place)
        try:
            return _dumped(Path(place) / path.name, mode="rw")
        except sqlite3.Error:
            return hashlib.sha256(path.read_bytes()).hexdigest()


def _dumped(path: Path, mode: str = "ro") -> str:
    with closing(sqlite3.connect(f"file:{path}?mode={mode}", uri=True)) as connection:
        return "\n".join(connection.iterdump())


def lost(before: Held, after: Held) -> list[str]:
    """What was there before and is not, or not all of it, or not as it was."""
    found = []
    for name, what in before.items():
        now = after.get(name)
        if isinstance(what, int) and isinstance(now, int):
            found += [name] * (what - now)
        elif now != what:
            found += [name] * (what if isinstance(what, int) else 1)
    return found


@contextmanager
def performed_here(
    copy_engine: CopyEngine = USUAL, patience: Patience | None = None
) -> Iterator[None]:
    """While it lasts, runs that are started are performed in this process, to their end."""

    def here(command: Sequence[str], *, run: str, log: Path) -> None:
        worker.work(Path(command[-1]), copy_engine, patience)

    handlers = {n: signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    with patch.object(start, "launch", here):
        try:
            yield
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)


class Bench:
    """The platform, its vault and its state folder, and one set from before life went on."""

    def __init__(
        self,
        folder: Path,
        *,
        before_the_set: Callable[[Path], None] | None = None,
        vault: Path | None = None,
        state: Path | None = None,
        made: PracticePlatform | None = None,
        exits: Collection[int] = (0,),
        copy_engine: CopyEngine = USUAL,
    ) -> None:
        """Make all that.

        Args:
            before_the_set: receives the root before the set is taken.
            vault: where it is to lie, if not beside the platform; the state folder alike.
            exits: how the backup may end that makes the set.
            copy_engine: how runs copy files.
        """
        self.copy_engine = copy_engine
        self.patience = PRACTICE
        place = folder / "platform"
        usual = (before_the_set, made, vault, state, copy_engine) == (None, None, None, None, USUAL)
        if usual:
            made = copied.with_set(place, users=4, attachments=6)
        self.platform = made or copied.new(place, users=4, attachments=6)
        self.noted = ""
        """What the last run noted on its way."""
        (host,) = self.platform.hosts
        assert host.root_hint is not None
        self.root = host.root_hint
        if before_the_set is not None:
            before_the_set(self.root)
        self.settings: Settings = resolve_settings(
            practice=str(self.platform.folder),
            vault=str(vault) if vault else None,
            state=str(state) if state else None,
            environment={},
        )
        if usual:
            (one,) = self.complete()
            self.set_id = one.id
        else:
            end = self.run("backup")
            assert end is not None and end.exit in exits, end
            self.set_id = end.set
        self.of_set = self.held()
        self.platform.grow(users=1, attachments=1, points=5)
        self.lived = self.held()
        assert lost(self.lived, self.of_set), "a restore has something to lose"

    @property
    def site(self) -> Site:
        return open_site(self.settings)

    def run(self, kind: PlanKind, **words: Any) -> RunFinished | None:
        """Perform a run; how it ended, or None if its worker died."""

        with performed_here(self.copy_engine, self.patience):
            record = start.start_run(self.settings, kind, **words)
        events = JournalReader(record.journal).read()
        self.noted = "\n".join(event.text for event in events if isinstance(event, Note))
        return events[-1] if isinstance(events[-1], RunFinished) else None

    def held(self) -> dict[str, Any]:
        """All that must not get lost."""
        contents = PracticePlatform.open(self.platform.folder).contents()
        found: dict[str, Any] = {f"mongodb {k}": v for k, v in contents["mongodb"].items()}
        found.update({f"influxdb {k}": v for k, v in contents["influxdb"].items()})
        found["redis users"] = contents["redis"]["users"]
        found.update(files_of(self.root))
        return found

    def running(self) -> set[str]:
        """The containers that run."""
        engine = self.platform.hosts[0].engine
        return {one.name for one in engine.containers() if one.state == "running"}

    def complete(self) -> list[BackupSet]:
        return [found for found in self.site.vault.sets() if found.state == "complete"]

    def of_backup(self, backup: BackupSet) -> dict[str, Any]:
        """What a set holds, found by checking it in full."""
        assert verify_set(self.site.vault, backup).outcome == "good"
        assert backup.manifest is not None
        (host,) = backup.manifest.hosts
        found = {f"mongodb {k}": v for k, v in host.stores["mongodb"]["collections"].items()}
        found["redis users"] = host.stores["redis"]["users"]
        found.update({f"influxdb {name}": True for name in host.stores["influxdb"]["databases"]})
        found.update(files_of(backup.host_folder(host.name) / "files"))
        return found

    def last_run(self, kind: PlanKind) -> str:
        """The newest run of this kind."""
        return [record.id for record in all_runs(self.site.state) if record.kind == kind][-1]

    def last_debts(self) -> Debts:
        """What the last run wrote down."""
        return debts_of(all_runs(self.site.state)[-1])


class NoDisk(Exception):
    """No small file system can be made here; says why."""


@contextmanager
def small_disk(folder: Path, megabytes: float) -> Iterator[Path]:
    """A real file system of that size.

    Raises:
        NoDisk: it needs root, and a kernel that lets it mount.
    """
    folder.mkdir(parents=True, exist_ok=True)
    options = ["-t", "tmpfs", "-o", f"size={int(megabytes * 1024)}k,mode=755", "tmpfs", str(folder)]
    if os.geteuid() != 0:
        raise NoDisk("a small file system needs root")
    done = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NoDisk(f"no file system can be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def remount(folder: Path, how: str) -> None:
    """Mount a small disk again, `ro` or `rw`."""
    subprocess.run(["mount", "-o", f"remount,{how}", folder], check=True)


class Filler:
    """Fills a disk to its last byte, and empties it again."""

    def __init__(self, disk: Path) -> None:
        self._disk = disk
        self._file = disk / "filler"
        self._open: IO[bytes] | None = None

    def fill(self, *, leave: int = 0) -> None:
        free = os.statvfs(self._disk)
        size = free.f_bavail * free.f_bsize - leave
        self._open = self._file.open("ab")
        if size > 0:
            os.posix_fallocate(self._open.fileno(), 0, size)
        left = os.statvfs(self._disk)
        assert left.f_bavail * left.f_bsize <= leave, "the disk is full"

    def empty(self) -> None:
        if self._open is not None:
            # By its descriptor: an undo moves what it finds in a root.
            self._open.truncate(0)
            self._open.close()
        self._open = None
        self._file.unlink(missing_ok=True)


class AtFile:
    """A copier's hooks: does something as a file is begun to be written."""

    def __init__(self, number: int, do: Callable[[], object]) -> None:
        """Do it at the file of that number, from 1 on."""
        self._left = number
        self._do = do

    def before_read(self, path: bytes) -> None: ...

    def before_write(self, path: bytes, size: int) -> None:
        self._left -= 1
        if self._left == 0:
            self._do()


class AtName:
    """A copier's hooks: does something as files of a name are about to be read."""

    def __init__(self, end: str, do: Callable[[Path], object]) -> None:
        self._end = os.fsencode(end)
        self._do = do

    def before_read(self, path: bytes) -> None:
        if path.endswith(self._end):
            self._do(Path(os.fsdecode(path)))

    def before_write(self, path: bytes, size: int) -> None: ...


@contextmanager
def hooked(hooks: object) -> Iterator[None]:
    """While it lasts, copies on a practice platform have these hooks."""
    with patch.object(PracticePlatform, "copy_hooks", lambda _self: hooks):
        yield
