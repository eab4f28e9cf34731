"""Workers that copy files while the walk goes on.

What the C library does is done beside the interpreter: there they are threads, which start at once.
Where Python does all, part of it is done under its lock, and they are processes. The walk makes the
folders and hands out batches of files with the folders' descriptors. All workers read from one
socket: whoever is free takes the next batch, and a large file delays only whoever copies it.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

from pryv_tui.errors import PryvTuiError
from pryv_tui.vault.files.pieces import Piece
from pryv_tui.vault.lists.index import SourceStat
from pryv_tui.vault.parallel.engine import USUAL, CopyEngine, CopyProcess
from pryv_tui.vault.parallel.messages import (
    BATCH_ENDS,
    BATCH_FILES,
    BATCH_FOLDERS,
    MESSAGE_BYTES,
    Board,
    Order,
    Reply,
    Task,
    WorkerConfig,
    WorkFolder,
    is_log,
    receive,
    send,
)
from pryv_tui.vault.parallel.results import Pending
from pryv_tui.vault.parallel.sizing import FEW_FILES, ahead_here

AHEAD = 4
"""Batches that may wait in the socket while every worker is busy."""
NAME_BYTES = 264
"""Most bytes that a file takes in a message; a name has at most 255 (NAME_MAX, limits.h)."""
PLACES_BYTES = 300
"""Most bytes that the places in the lists of earlier copies take in a message."""
STOP_SECONDS = 5.0
"""Seconds that workers may take to end their chunks; then those that are processes are killed.

A thread can't be: where it hangs in a disk that does not answer it is waited for, as a killed
process is, which is told after as long again. Until then nobody goes on, and nothing is taken away
below where it writes.
"""
DEFAULT_CONFIG = WorkerConfig()
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv.pop());"
    "from pryv_tui.vault.parallel.worker import main; main()"
)


class Group(NamedTuple):
    """Files of one folder, as a part of a batch."""

    folder: WorkFolder
    places: list[Pending]
    ends: tuple[int, ...]
    finished: Callable[[], None]


def launch(
    orders: int, replies: int, board: int, count: int, number: int, *, before: str = ""
) -> CopyProcess:
    """Start a worker process; for the numbers see `worker.serve`.

    Args:
        before: Python statements, each with its `;`, that it runs first.

    Raises:
        OSError: none can be made.
    """
    import json  # late, both: a start's time
    import subprocess

    numbers = [str(value) for value in (orders, replies, board, count, number)]
    return subprocess.Popen(
        # Isolated and without site: what it can import is what this process can.
        [sys.executable, "-I", "-S", "-c", before + _START, *numbers, json.dumps(sys.path)],
        pass_fds=(orders, replies, board),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=None if is_log(2) else subprocess.DEVNULL,
        # An interrupt at the terminal is this process's to handle.
        process_group=0,
    )


class Pool:
    """The workers of one copy."""

    def __init__(
        self,
        count: int,
        tick: Callable[[], None],
        held: Callable[[], int],
        stuck: Callable[[], None],
        config: WorkerConfig = DEFAULT_CONFIG,
        engine: CopyEngine = USUAL,
    ) -> None:
        """Start them.

        Args:
            count: processes.
            tick: called while they are waited for; may raise to end the copy.
            held: how many results wait for their turn.
            stuck: called when it is over and one of them does not end; raises nothing.
            config: what they have to know.
            engine: how they work; what of it they have to know is told with `config`.

        Raises:
            OSError, RuntimeError: no process, or no thread, can be made.
        """
        from pryv_tui.vault.native.library import fits  # late: a start's time

        self._tick = tick
        self._held, self._stuck = held, stuck
        self._engine = engine
        self.native = config.native and engine.native and fits(config.sqlite)
        self._config = config._replace(
            native=self.native,
            ahead=ahead_here(engine.ahead),
            batch_bytes=engine.batch_bytes,
            batch_entries=engine.batch_entries,
            most_holes=engine.most_holes,
            waits=tuple(engine.sqlite),
        ).encode()
        self._batch: list[Group] = []
        self._batch_files = self._batch_bytes = self._batch_length = 0
        self._number = 0
        self._given: dict[int, list[Group]] = {}
        self._count = count
        self._orders, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._replies: list[socket.socket] = []
        self._poll = select.poll()
        self._processes: list[CopyProcess] = []
        self._board_fd = Board.create(count)
        self._board = Board(self._board_fd, count)
        # A thread is there at once: another one starts when those before it have something to do.
        one = self.native and engine.launch is None
        try:
            for _ in range(1 if one else count):
                self._start()
        except BaseException:
            self.close()
            raise

    def _start(self) -> None:
        from pryv_tui.vault.parallel.worker import WorkerThread  # late: a start's time

        ours, theirs = socket.socketpair()
        self._replies.append(ours)
        with theirs:
            send(ours, self._config)
            start = self._engine.launch or (WorkerThread if self.native else launch)
            fds = (self._theirs.fileno(), theirs.fileno(), self._board_fd)
            self._processes.append(start(*fds, self._count, len(self._processes)))
        self._poll.register(ours, select.POLLIN)

    def done_bytes(self) -> int:
        """Bytes that all workers have done so far."""
        return self._board.total()

    def give(
        self,
        folder: WorkFolder,
        places: list[Pending],
        *,
        size: int,
        ends: tuple[int, ...],
        finished: Callable[[], None],
    ) -> None:
        """Put files into the batch that goes to a worker next.

        Args:
            folder: the files, at most `BATCH_FILES`; `fits` has to hold for it.
            places: where their results go: one for each, of `PIECE` and `READ` one for all.
            size: their bytes.
            ends: the folder's descriptors at the source and, for a copy, at the destination, and of
                its earlier copies that the work names; taken over.
            finished: called when the results are there; sets `done` of the places.

        Raises:
            PryvTuiError: what an earlier batch failed of, or a process that died.
        """
        group = Group(folder, places, ends, finished)
        try:
            self._make_room(len(folder.files), size, _length(folder), len(ends))
        except BaseException:
            _close([group])
            raise
        self._batch.append(group)
        # Each piece may be work enough for one; of a few files all together are not.
        begun = self._number > 0 or self._batch_files > FEW_FILES
        if self.somebody_idle and folder.task != Task.COPY and begun:
            self.flush()

    @property
    def somebody_idle(self) -> bool:
        """Whether somebody has nothing to do."""
        return len(self._given) < self._count

    def _make_room(self, files: int, size: int, length: int, ends: int) -> None:
        """Count new files into the batch; one that has no room for them is handed out first."""
        if self._batch and (
            self._batch_files + files > BATCH_FILES
            or self._batch_bytes + size > self._engine.batch_bytes
            or self._batch_length + length > MESSAGE_BYTES
            or len(self._batch) == BATCH_FOLDERS
            or sum(len(group.ends) for group in self._batch) + ends > BATCH_ENDS
        ):
            self.flush()
        self._batch_files += files
        self._batch_bytes += size
        self._batch_length += length

    @property
    def idle(self) -> bool:
        """Whether nobody has anything to do."""
        return not self._given and not self._batch

    @staticmethod
    def fits(path: bytes) -> bool:
        """Whether a folder's path is short enough for a message that also names its files."""
        return len(path) < MESSAGE_BYTES // 4

    def flush(self) -> None:
        """Hand out the batch, as soon as there is room for it."""
        if not self._batch:
            return
        while len(self._given) >= self._count + AHEAD or (
            self._given and self._held() > self._engine.most_pending
        ):
            self._wait()
        groups, self._batch = self._batch, []
        self._batch_files = self._batch_bytes = self._batch_length = 0
        self._number += 1
        order = Order(self._number, [group.folder for group in groups])
        fds = [fd for group in groups for fd in group.ends]
        try:
            if len(self._processes) < self._count and len(self._given) >= len(self._processes):
                self._start_another()
            self._send(order.encode(), fds)
        finally:
            _close(groups)
        self._given[self._number] = groups
        self._board.share(False)

    def _start_another(self) -> None:
        try:
            self._start()
        except (OSError, RuntimeError):  # those that are there do it
            self._count = len(self._processes)

    def _send(self, order: bytes, fds: list[int]) -> None:
        """Send an order; while the socket is full, take results."""
        while True:
            try:
                socket.send_fds(self._orders, [order], fds, socket.MSG_DONTWAIT)
                return
            except BlockingIOError:
                if not self._given:
                    raise
                self._wait()

    def wait(self) -> bool:
        """Wait until one batch is done; false if there is none."""
        if self.somebody_idle:
            self.flush()
        if not self._given:
            return False
        self._wait()
        return True

    def _wait(self) -> None:
        before = len(self._given)
        self._board.share(self.somebody_idle)
        while len(self._given) == before:
            self._tick()
            ready = {fd for fd, _ in self._poll.poll(self._engine.wait_seconds * 1000)}
            for replies in self._replies:
                if replies.fileno() in ready:
                    self._take(replies)

    def _take(self, replies: socket.socket) -> None:
        message = receive(replies)
        if message is None:
            raise self._died()
        reply = Reply.decode(message)
        if reply.failure is not None:
            name, what, remedy, about = reply.failure
            raise PryvTuiError(name, what, remedy, path=about)
        groups = self._given.pop(reply.batch)
        places = [place for group in groups for place in group.places]
        told = reply.seen or [None] * len(places)
        for place, digest, seen in zip(places, reply.digests, told, strict=True):
            place.digest = digest
            place.seen = SourceStat._make(seen) if seen is not None else None
        for number, piece in (reply.pieces or {}).items():
            places[number].piece = Piece._make(piece)
        for at, path, what, torn in reply.notes:
            places[at].note(path, what, torn)
        for group in groups:
            group.finished()

    def _died(self) -> PryvTuiError:
        """The error for a worker that is gone: how it ended."""
        end = time.monotonic() + STOP_SECONDS
        while time.monotonic() < end:
            for process in self._processes:
                code = process.poll()
                if code is not None:
                    how = getattr(process, "failure", "") or _how(code)
                    return PryvTuiError("copy-process-died", f"a process that copied {how}")
            time.sleep(0.01)
        return PryvTuiError("copy-process-died", "a process that copied closed its connection")

    def close(self) -> None:
        """End the workers; those with work left stop at their next chunk."""
        self._board.stop()
        self._orders.close()
        self._theirs.close()
        os.close(self._board_fd)
        _close(self._batch)
        self._batch, self._given = [], {}
        for replies in self._replies:
            replies.close()  # who waits with a long reply ends as well
        end = time.monotonic() + STOP_SECONDS
        for process in self._processes:
            for instead in (process.kill, self._stuck):
                try:
                    process.wait(max(0.0, end - time.monotonic()))
                    break
                except Exception:  # `subprocess.TimeoutExpired`, or a thread's `TimeoutError`
                    instead()
                    end = time.monotonic() + STOP_SECONDS
            else:
                process.wait()
        self._board.close()


def _length(folder: WorkFolder) -> int:
    """Upper bound of the bytes that a folder takes in a message."""
    return len(folder.path) + NAME_BYTES * len(folder.files) + PLACES_BYTES + 32


def _close(groups: list[Group]) -> None:
    for group in groups:
        for fd in group.ends:
            os.close(fd)


def _how(code: int) -> str:
    if code >= 0:
        return f"ended by itself (exit {code})"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"was killed ({name})"
