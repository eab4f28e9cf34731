"""Hashing the files that a walk meets: in this process, or in workers if there are many.

Hashing releases the interpreter's lock, but the walk does not: in threads, each file's hash waits
for its turn between two steps of the walk.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

from pryv_tui.errors import Cancelled
from pryv_tui.reading import need_word
from pryv_tui.vault.files.content import ContentCopier, digest_of
from pryv_tui.vault.files.pieces import Checked
from pryv_tui.vault.files.progress import Meter
from pryv_tui.vault.files.types import CancelToken
from pryv_tui.vault.parallel.engine import USUAL, CopyEngine
from pryv_tui.vault.parallel.messages import BATCH_FILES, Task, WorkFolder
from pryv_tui.vault.parallel.pool import Pool, processes_of
from pryv_tui.vault.parallel.results import Pending


class Hasher:
    """Reads files and compares them with their expected digests."""

    def __init__(
        self,
        meter: Meter,
        cancel: CancelToken | None,
        wrong: Callable[[bytes], None],
        engine: CopyEngine = USUAL,
    ) -> None:
        """Compare with one process or several.

        Args:
            meter: counts.
            cancel: ends it.
            wrong: receives the path of a file that differs or can't be read.
            engine: how it is done.
        """
        self._engine = engine
        self._meter = meter
        self._cancel = cancel
        self._wrong = wrong
        self._content = ContentCopier(cancel, meter.bytes_done, most_holes=engine.most_holes)
        self._processes = processes_of(engine)
        self._pool: Pool | None = None
        self._native = False
        self._folder: bytes | None = None
        self._end = -1
        self._names: list[tuple[bytes, bool]] = []
        self._wanted: list[tuple[Pending, bytes]] = []
        self._bytes = 0

    def compares(self) -> bool:
        """Whether workers are running that have the C library; starts them if there is enough to
        do."""
        if self._pool is None and self._worth_processes(0):
            self._start()
        return self._pool is not None and self._native

    def check(self, holder: int, path: bytes, digest: bytes) -> None:
        """Compare one file, at once or in a worker.

        Args:
            holder: the folder that it lies in, open.
            path: its path in the tree.
            digest: what its SHA-256 should be.

        Raises:
            Cancelled: the operator cancelled.
            PryvTuiError: `copy-process-died`.
        """
        self.tick()
        folder, _, name = path.rpartition(b"/")
        try:
            size = os.stat(name, dir_fd=holder, follow_symlinks=False).st_size
        except OSError as error:
            need_word(error, path)
            return self._compare(path, digest, None)
        if self._pool is None and self._worth_processes(size):
            self._start()
        if self._pool is None or not self._pool.fits(folder):
            return self._compare(path, digest, digest_of(self._content, holder, name, path))
        if folder != self._folder:
            self._hand_out()
            self._folder, self._end = folder, os.dup(holder)
        self._names.append((name, False))
        self._wanted.append((Pending(path), digest))
        self._bytes += size
        if len(self._names) == BATCH_FILES or self._bytes >= self._engine.batch_bytes:
            self._hand_out()
        return None

    def check_folders(
        self, holder: int, work: WorkFolder, checked: Callable[[Checked], None]
    ) -> None:
        """Have workers compare leaf folders; only after `compares` said that they can.

        Args:
            holder: the folder that they lie in, open.
            work: a `CHECK`, of `BATCH_FILES` folders and `LINES_BYTES` at most.
            checked: receives what is said of each.

        Raises:
            Cancelled: the operator cancelled.
            PryvTuiError: `copy-process-died`.
        """
        self._hand_out()
        self.tick()
        assert self._pool is not None
        place = Pending(work.path)
        self._pool.give(
            work,
            [place],
            size=0,
            ends=(os.dup(holder),),
            finished=lambda: checked(place.checked or []),
        )

    def finish(self) -> None:
        """Wait for the workers' results."""
        self._hand_out()
        if self._pool is not None:
            self._pool.drain()

    def close(self) -> None:
        """End the workers, and count what they did."""
        if self._end >= 0:
            os.close(self._end)
        if self._pool is not None:
            pool, self._pool = self._pool, None
            self._meter.bytes += pool.done_bytes()
            self._meter.elsewhere = lambda: 0
            pool.close()

    def _worth_processes(self, size: int) -> bool:
        if not self._processes:
            return False
        total = self._meter.total
        files = max(total.files, self._meter.files)
        size = max(total.bytes, self._meter.bytes + size)
        return files > self._engine.alone_files or size > self._engine.alone_bytes

    def _start(self) -> None:
        try:
            self._pool = Pool(self._processes, self.tick, lambda: 0, engine=self._engine)
        except OSError:
            self._processes = 0
        else:
            from pryv_tui.vault.native.library import fits  # late: a start's time

            self._native = self._engine.native and fits(())
            self._meter.elsewhere = self._pool.done_bytes

    def tick(self) -> None:
        """Report progress; raises `Cancelled` if the operator cancelled."""
        self._meter.report()
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled()

    def _hand_out(self) -> None:
        """Hand out the files that were collected of the last folder."""
        if self._folder is None or self._pool is None:
            return
        self.tick()
        wanted, size, ends = self._wanted, self._bytes, (self._end,)
        work = WorkFolder(self._folder, self._names, Task.HASH)
        self._folder, self._end = None, -1
        self._names, self._wanted, self._bytes = [], [], 0
        places = [place for place, _ in wanted]
        self._pool.give(work, places, size=size, ends=ends, finished=partial(self._done, wanted))

    def _done(self, wanted: list[tuple[Pending, bytes]]) -> None:
        for place, digest in wanted:
            self._compare(place.path, digest, place.digest)

    def _compare(self, path: bytes, wanted: bytes, found: bytes | None) -> None:
        if found != wanted:
            self._wrong(path)
        self._meter.files_done(1)
