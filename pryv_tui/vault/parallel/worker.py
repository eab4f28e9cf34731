"""A worker: copies and hashes the files that a walk hands out.

Started by `pool`, as a thread, or as a fresh interpreter rather than a fork, since a run has
threads. It ends when its socket does, and within one chunk of the death of who started it.
"""

from __future__ import annotations

import gc
import os
import socket
import stat
import sys
import threading
from contextlib import closing, nullcontext, suppress
from typing import Any

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.filesystem.folders import folder_beneath
from pryv_tui.filesystem.paths import write_failed
from pryv_tui.formats.sqlite.inside import Waits
from pryv_tui.vault.files.content import ContentCopier, digest_of
from pryv_tui.vault.files.copier import CHANGED, VANISHED, Changed, FileCopier, Vanished
from pryv_tui.vault.files.held import Place
from pryv_tui.vault.files.pieces import FOLDER_KIND, FormerList, Kind, Piece, Work, in_part
from pryv_tui.vault.lists.index import source_stat
from pryv_tui.vault.lists.sums import DIGITS, sums_line
from pryv_tui.vault.native import library as native
from pryv_tui.vault.parallel.messages import (
    SHARES,
    About,
    Board,
    Order,
    Reply,
    Task,
    WorkerConfig,
    WorkFolder,
    is_log,
    receive,
    receive_order,
    send,
)


class Worker:
    """Takes batches from a socket, one after the other, and answers on another."""

    def __init__(
        self,
        orders: socket.socket,
        replies: socket.socket,
        board: Board,
        number: int,
        parent: int | None = None,
    ) -> None:
        """See `serve`."""
        self._orders = orders
        self._replies = replies
        self._board = board
        self._number = number
        self._parent = parent
        self._bytes_read = 0
        self._digests: list[bytes | None] = []
        self._seen: list[tuple[object, ...] | None] = []
        self._notes: list[tuple[int, bytes, str, bool]] = []
        config = WorkerConfig.decode(receive(replies) or sys.exit(1))  # nobody to work for
        self._batch_bytes = config.batch_bytes
        self._content = ContentCopier(self, self._read, most_holes=config.most_holes)
        self._files = FileCopier(
            b"",
            hooks=None,
            cancel=self,
            note=self._note,
            torn=self._torn,
            tell=self._tell,
            calm_ns=config.calm_ns,
            pass_hollow=config.pass_hollow,
            most_holes=config.most_holes,
            waits=Waits._make(config.waits),
        )
        self._pieces: dict[int, tuple[Any, ...]] = {}
        self._native = None
        if config.native:
            options = native.CopyOptions(
                config.links_tell,
                config.settled_ns,
                config.proofs,
                ahead=config.ahead,
                calm_ns=config.calm_ns,
                lists=tuple(map(FormerList._make, config.lists)),
                never=config.never,
                no_snapshots=config.no_snapshots,
                prefix=len(config.listed_in or b""),
                part=config.part,
                largest=config.batch_bytes,
            )
            self._native = native.load(options, config.sqlite)
        self._listed_in = config.listed_in or b""
        self._batch_entries = config.batch_entries
        self._part = config.part

    def is_set(self) -> bool:
        """Whether to stop: because we are told to, or because the process that asked is gone."""
        return self._board.stopped or self._parent not in (None, os.getppid())

    def run(self) -> None:
        """Work until the orders end."""
        try:
            self._work()
        finally:
            self._pieces = {}
            if self._native is not None:
                self._native.close()

    def _work(self) -> None:
        while True:
            data, fds = receive_order(self._orders)
            if not data:
                break
            try:
                reply = self._batch(Order.decode(data), fds)
            finally:
                for fd in fds:
                    os.close(fd)
            with suppress(BrokenPipeError, ConnectionResetError):  # nobody waits for it any more
                send(self._replies, reply.encode())

    def _batch(self, order: Order, fds: list[int]) -> Reply:
        self._digests, self._seen, self._notes, self._pieces = [], [], [], {}
        self._bytes_read = self._bytes = self._entries = at = 0
        try:
            for folder in order.folders:
                ends = fds[at : at + folder.descriptors]
                at += folder.descriptors
                if folder.task in (Task.PIECE, Task.READ):
                    self._piece(folder, ends)
                else:
                    self._folder(folder, *ends)
        except PryvTuiError as error:
            told = (error.name, error.what, error.remedy, error.path)
            return Reply(order.batch, [], [], told)
        except Exception as error:
            _tell_log()
            what = f"{type(error).__name__}: {error}"
            return Reply(order.batch, [], [], ("internal", what, "", ""))
        return Reply(order.batch, self._digests, self._notes, seen=self._seen, pieces=self._pieces)

    def _piece(self, folder: WorkFolder, ends: list[int]) -> None:
        """Copy or read entries of a folder by the library; what it leaves is told."""
        lead = folder.path + b"/" if folder.path else b""
        names = [bytes((kind,)) + name for name, kind in folder.files]
        reads = folder.task == Task.READ
        if self.is_set():
            raise Cancelled()
        if self._native is None:
            piece = self._without_library(lead, names, ends[0] if reads else None)
        elif self._is_much():
            piece = Piece(0, [])
        else:
            try:
                piece = self._native.do(
                    (ends[0], -1 if reads else ends[1]),
                    dict(zip(folder.formers, ends[2:], strict=True)),
                    names,
                    self._listed_in + lead,
                    folder.places,
                    linkable=folder.linkable,
                    most=self._batch_bytes - self._bytes,
                    entries=self._batch_entries - self._entries,
                    stop=self._board.address,
                    work=Work.READ if reads else Work.COPY,
                )
            except OSError as error:
                raise write_failed(error.filename, error) from error
            self._bytes += piece.read
            self._entries += piece.entries
            self._tell(piece.size)
            if reads:
                parts = [self._read_left(ends[0], lead, part) for part in piece.parts]
                piece = piece._replace(parts=parts)
        self._pieces[len(self._digests)] = tuple(piece)
        self._digests.append(None)
        self._seen.append(None)

    def _is_much(self) -> bool:
        """Whether what is left of a batch is for others."""
        shares = SHARES if self._board.shared else 1
        much = self._bytes * shares >= self._batch_bytes
        return much or self._entries * shares >= self._batch_entries

    def _without_library(self, lead: bytes, names: list[bytes], reads: int | None) -> Piece:
        """What becomes of entries where there is none: all is left, but for files that are only
        read, in the open folder `reads`."""
        parts: list[tuple[Any, ...]] = []
        for name in names:
            if self._bytes_read >= self._batch_bytes:
                break  # others should have a share
            kind = Kind.FOLDER if name[:1] == FOLDER_KIND else Kind.FILE
            left = (int(kind), lead + name[1:], b"", (0, 0))
            parts.append(left if reads is None else self._read_left(reads, lead, left))
        return Piece(len(parts), parts, entries=len(parts))

    def _read_left(self, holder: int, lead: bytes, part: tuple[Any, ...]) -> tuple[Any, ...]:
        """Read a file that the library left, as it is large; the same again, if it is none that can
        be read."""
        if part[0] != Kind.FILE or not in_part(path := part[1], self._part):
            return part
        try:
            below = path[len(lead) :]
            with folder_beneath(holder, below) if b"/" in below else nullcontext(holder) as folder:
                name = path.rpartition(b"/")[2]
                if not stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                    return part
                digest = digest_of(self._content, folder, name, path)
                # What could not be read once has no hash, whatever it would be the next time.
                if digest is None and stat.S_ISREG(
                    os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
                ):
                    digest = bytes(DIGITS // 2)
        except Cancelled:
            raise
        except (OSError, PryvTuiError):
            return part
        return part if digest is None else (sums_line(digest, self._listed_in + path), b"", b"", 1)

    def _folder(self, folder: WorkFolder, source: int, target: int) -> None:
        if self.is_set():
            raise Cancelled()
        lead = folder.path + b"/" if folder.path else b""
        whole = b""
        for name, about in folder.files:
            path = lead + name
            digest = seen = None
            try:
                if not (about & About.BESIDE and name.rpartition(b"-")[0] == whole):
                    copied = self._files.copy(
                        Place(source, target, name, path),
                        may_change=bool(about & About.MAY_CHANGE),
                        sqlite=bool(about & About.DATABASE),
                    )
                    whole = name if copied.whole else whole
                    digest = copied.digest
                    seen = tuple(
                        source_stat(
                            copied.status,
                            steady=copied.steady,
                            log=copied.log,
                            rights=copied.rights,
                        )
                    )
            except Changed:
                self._note(path, CHANGED)
            except Vanished as gone:
                if not gone.told:
                    self._note(path, VANISHED)
            self._digests.append(digest)
            self._seen.append(seen)

    def _note(self, path: bytes, what: str) -> None:
        self._notes.append((len(self._digests), path, what, False))

    def _torn(self, path: bytes, what: str) -> None:
        self._notes.append((len(self._digests), path, what, True))

    def _read(self, count: int) -> None:
        self._bytes_read += count
        self._tell(count)

    def _tell(self, count: int) -> None:
        self._board.add(self._number, count)


def serve(
    orders: int, replies: int, board: int, count: int, number: int, parent: int | None = None
) -> None:
    """Work until the orders end.

    Args:
        orders: a socket that all processes read batches from.
        replies: this process's own socket for what became of them.
        board: what `Board.create` made.
        count: how many processes there are.
        number: which of them this is, from 0 on.
        parent: the process that asked, which may end; None: this one. Whoever started that may go.
    """
    shared = Board(board, count)
    os.close(board)
    with (
        closing(shared),
        socket.socket(fileno=orders) as incoming,
        socket.socket(fileno=replies) as outgoing,
    ):
        Worker(incoming, outgoing, shared, number, parent).run()


def _tell_log() -> None:
    """Tell where the present fault is, where nobody else reads it."""
    if is_log(2):
        import traceback  # late: each process would take its time for it at its start

        traceback.print_exc()


class WorkerThread(threading.Thread):
    """A worker in a thread of this process: the C library works beside the interpreter, and needs
    none of its own."""

    def __init__(self, orders: int, replies: int, board: int, count: int, number: int) -> None:
        """Start it; as for `worker.serve`; raises `RuntimeError` if none can be made."""
        fds = [os.dup(fd) for fd in (orders, replies, board)]
        super().__init__(target=self._serve, args=(*fds, count, number), daemon=True)
        self.failure = ""
        """What it ended of, in words, if it did not end with its orders."""
        try:
            self.start()
        except BaseException:
            for fd in fds:
                os.close(fd)
            raise

    def _serve(self, *numbers: int) -> None:
        try:
            serve(*numbers)
        except Exception as error:
            self.failure = f"ended by a fault ({type(error).__name__}: {error})"
            _tell_log()

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; raises `TimeoutError` if that has not come by then."""
        self.join(timeout)
        if self.is_alive():
            raise TimeoutError
        return 0

    def poll(self) -> int | None:
        """0 if it has ended."""
        return None if self.is_alive() else 0

    def kill(self) -> None:
        """It ends with its orders: nobody else can end it."""


def main() -> None:
    """Work with the descriptors and numbers that the command line names."""
    gc.freeze()  # what was imported stays: it needs no second look
    orders, replies, board, count, number = map(int, sys.argv[1:6])
    serve(orders, replies, board, count, number, os.getppid())
