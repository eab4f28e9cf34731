"""Workers that copy files while the walk continues.

They are threads: the C library, hashing, reading and writing all run outside Python's interpreter
lock. The walk creates the folders, and hands out batches of files with the folders' descriptors.
All workers take batches from one queue, so a large file delays only the worker that copies it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.filesystem.standstill import Watch
from pryv_tui.vault.files.progress import Meter
from pryv_tui.vault.parallel.engine import USUAL, CopyEngine
from pryv_tui.vault.parallel.messages import (
    BATCH_ENDS,
    BATCH_FILES,
    BATCH_FOLDERS,
    Board,
    Group,
    WorkerConfig,
)
from pryv_tui.vault.parallel.sizing import FEW_FILES, ahead_here

if TYPE_CHECKING:
    from pryv_tui.vault.parallel.worker import Worker

AHEAD = 2
"""Most batches in the queue, with their descriptors, while all workers are busy."""


class Pool:
    """The workers of one copy."""

    def __init__(
        self,
        count: int,
        meter: Meter,
        watch: Watch,
        held: Callable[[], int],
        config: WorkerConfig,
        engine: CopyEngine = USUAL,
    ) -> None:
        """Start the first worker. Each further worker starts when all before it are busy.

        Args:
            count: most workers.
            meter: counts what the workers do.
            watch: ends the copy, and sees whether the workers make progress.
            held: returns the number of results that wait for an earlier one.
            config: what the workers need to know about the copy.
            engine: settings of the copy.

        Raises:
            RuntimeError: no thread can be made.
        """
        from pryv_tui.vault.native.library import fits  # imported here to keep start-up fast

        self._meter, self._watch, self._held = meter, watch, held
        self._engine = engine
        self.native = config.native and engine.native and fits(config.selection.sqlite)
        ahead = ahead_here(engine.ahead)
        options = config.options._replace(ahead=ahead, largest=engine.batch_bytes)
        self._config = config._replace(options=options, native=self.native)
        self._batch: list[Group] = []
        self._batch_files = self._batch_bytes = 0
        self._begun = False
        """Whether any batch was handed out."""
        self._given = 0
        """Number of batches that are handed out and did not come back yet."""
        self._count = count
        self._orders: SimpleQueue[list[Group] | None] = SimpleQueue()
        self._replies: SimpleQueue[Sequence[Group] | PryvTuiError] = SimpleQueue()
        self._workers: list[Worker] = []
        self._board = Board()
        meter.elsewhere = self._done
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def _start(self) -> None:
        from pryv_tui.vault.parallel.worker import Worker  # imported here to keep start-up fast

        queues = self._orders, self._replies
        worker = Worker(*queues, self._board, self._config, self._engine)
        # Before its start: if an interrupt comes right after that, `close` ends it too.
        self._watch.movers.append(worker)
        self._workers.append(worker)
        try:
            worker.start()
        except RuntimeError:
            self._workers.remove(worker)
            self._watch.movers.remove(worker)
            raise

    def _done(self) -> int:
        return sum(worker.done for worker in self._workers)

    def give(self, group: Group, *, size: int) -> None:
        """Add files to the next batch.

        Args:
            group: at most `BATCH_FILES` files; the pool takes over its descriptors.
            size: bytes of the files.

        Raises:
            PryvTuiError: the error of an earlier batch, or of a worker that ended.
        """
        try:
            self._make_room(len(group.names), size, len(group.ends))
        except BaseException:
            _close([group])
            raise
        self._batch.append(group)
        # A single piece may be enough work for a worker; a few files together are not.
        begun = self._begun or self._batch_files > FEW_FILES
        if self.somebody_idle and group.work is not None and begun:
            self.flush()

    @property
    def somebody_idle(self) -> bool:
        """Whether a worker has nothing to do."""
        return self._given < self._count

    def _make_room(self, files: int, size: int, ends: int) -> None:
        """Count new files as part of the batch. If the batch has no room for them, hand it out
        first."""
        if self._batch and (
            self._batch_files + files > BATCH_FILES
            or self._batch_bytes + size > self._engine.batch_bytes
            or len(self._batch) == BATCH_FOLDERS
            or sum(len(group.ends) for group in self._batch) + ends > BATCH_ENDS
        ):
            self.flush()
        self._batch_files += files
        self._batch_bytes += size

    @property
    def idle(self) -> bool:
        """Whether no worker has anything to do, and no batch is collected."""
        return not self._given and not self._batch

    def flush(self) -> None:
        """Hand out the batch, once there is room for it."""
        if not self._batch:
            return
        while self._given >= self._count + AHEAD or (
            self._given and self._held() > self._engine.most_pending
        ):
            self._wait()
        if len(self._workers) < self._count and self._given >= len(self._workers):
            try:
                self._start()
            except RuntimeError:  # no more threads: the present workers do it
                self._count = len(self._workers)
        groups, self._batch = self._batch, []
        self._batch_files = self._batch_bytes = 0
        self._orders.put(groups)
        self._begun = True
        self._given += 1
        self._board.share(False)

    def wait(self) -> bool:
        """Wait until one batch is back. Return False if none is handed out."""
        if self.somebody_idle:
            self.flush()
        if not self._given:
            return False
        self._wait()
        return True

    def _wait(self) -> None:
        self._board.share(self.somebody_idle)
        while True:
            self._meter.report()
            if self._watch.is_set():
                raise Cancelled()
            try:
                reply = self._replies.get(timeout=self._engine.wait_seconds)
            except Empty:
                # A worker reports why it ends, if it has enough memory for that.
                if not all(one.is_alive() for one in self._workers) and self._replies.empty():
                    what = "a copying thread ended without an error"
                    raise PryvTuiError("copy-process-died", what) from None
                continue
            if isinstance(reply, PryvTuiError):
                try:
                    raise reply
                finally:
                    del reply  # breaks a reference cycle: its traceback refers to the whole copy
            self._given -= 1
            for group in reply:
                group.finished()
            return

    def close(self) -> None:
        """End the workers; busy ones stop at their next chunk.

        A worker that hangs in a disk can't be ended, so this waits for it. Until it returns,
        nothing is removed where it writes.
        """
        self._watch.ending = True
        self._meter.bytes += self._done()
        self._meter.elsewhere = lambda: 0
        self._board.stop()
        _close(self._batch)
        self._batch = []
        for _ in self._workers:
            self._orders.put(None)
        for worker in self._workers:
            while worker.is_alive():
                worker.join(self._engine.wait_seconds)
                self._watch.is_set()  # waiting counts as progress of this thread
            self._watch.movers.remove(worker)
        self._watch.ending = False
        # A worker whose start was interrupted may read the queue only now; the last None ends the
        # loop below.
        for _ in range(len(self._workers) + 1):
            self._orders.put(None)
        for groups in iter(self._orders.get, None):  # left by workers that failed
            _close(groups)
        while not self._replies.empty():  # each refers to the whole copy
            self._replies.get()


def _close(groups: list[Group]) -> None:
    for group in groups:
        for fd in group.ends:
            os.close(fd)
