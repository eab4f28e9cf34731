"""A process that copies files for a walk that another process makes.

Started by `copy_pool`, a fresh interpreter rather than a fork: the process that runs a backup has
threads. It ends when its socket does, and within one chunk of the death of its parent.
"""

from __future__ import annotations

import gc
import os
import socket
import sys
import traceback
from contextlib import closing

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.vault.attributes import keep_mode_and_times, keep_xattrs
from pryv_tui.vault.content import ContentCopier, digest_of
from pryv_tui.vault.copy_messages import (
    BATCH_FOLDERS,
    LENGTH_BYTES,
    MESSAGE_BYTES,
    Board,
    Order,
    Reply,
    Task,
    WorkFolder,
)
from pryv_tui.vault.file_copier import CHANGED, VANISHED, Changed, FileCopier, Place, Vanished
from pryv_tui.vault.index import seen_of


class Worker:
    """Copies batch after batch."""

    def __init__(
        self, orders: socket.socket, replies: socket.socket, board: Board, number: int
    ) -> None:
        self._orders = orders
        self._replies = replies
        self._board = board
        self._number = number
        self._parent = os.getppid()
        self._content = ContentCopier(self, self._tell)
        self._digests: list[bytes | None] = []
        self._seen: list[tuple[int, ...] | None] = []
        self._notes: list[tuple[int, bytes, str, bool]] = []
        self._files = FileCopier(
            b"", hooks=None, cancel=self, note=self._note, torn=self._torn, tell=self._tell
        )

    def is_set(self) -> bool:
        """Whether to stop: we were told to, or nobody is left to tell us."""
        return self._board.stopped or os.getppid() != self._parent

    def run(self) -> None:
        """Work until there is no more to do."""
        while True:
            data, fds, _, _ = socket.recv_fds(self._orders, MESSAGE_BYTES, 2 * BATCH_FOLDERS)
            if not data:
                return
            try:
                reply = self._batch(Order.decode(data), fds)
            finally:
                for fd in fds:
                    os.close(fd)
            message = reply.encode()
            self._replies.sendall(len(message).to_bytes(LENGTH_BYTES, "big") + message)

    def _batch(self, order: Order, fds: list[int]) -> Reply:
        self._digests, self._seen, self._notes = [], [], []
        try:
            for at, folder in enumerate(order.folders):
                self._folder(folder, fds[2 * at], fds[2 * at + 1])
        except PryvTuiError as error:
            return Reply(order.batch, [], [], (error.name, error.what, error.remedy))
        except Exception as error:
            traceback.print_exc()
            return Reply(order.batch, [], [], ("internal", f"{type(error).__name__}: {error}", ""))
        return Reply(order.batch, self._digests, self._notes, seen=self._seen)

    def _folder(self, folder: WorkFolder, source: int, target: int) -> None:
        if self.is_set():
            raise Cancelled()
        lead = folder.path + b"/" if folder.path else b""
        for name, may_change in folder.files:
            path = lead + name
            if folder.task == Task.HASH:
                self._digests.append(digest_of(self._content, source, name, path))
                self._seen.append(None)
                continue
            digest = seen = None
            try:
                place = Place(source, target, name, path)
                copied = self._files.copy(place, may_change=may_change, sqlite=False)
                digest = copied.digest
                seen = tuple(seen_of(copied.status, steady=copied.steady))
            except Changed:
                self._note(path, CHANGED)
            except Vanished:
                self._note(path, VANISHED)
            self._digests.append(digest)
            self._seen.append(seen)
        if folder.task == Task.FILL:
            path = folder.path
            keep_xattrs(source, target, path, self._note_folder)
            keep_mode_and_times(target, path, os.fstat(source))

    def _note(self, path: bytes, what: str) -> None:
        self._notes.append((len(self._digests), path, what, False))

    def _torn(self, path: bytes, what: str) -> None:
        self._notes.append((len(self._digests), path, what, True))

    def _note_folder(self, path: bytes, what: str) -> None:
        """What is noted of a folder when it is finished goes with its last file."""
        self._notes.append((len(self._digests) - 1, path, what, False))

    def _tell(self, count: int) -> None:
        self._board.add(self._number, count)


def serve(orders: int, replies: int, board: int, count: int, number: int) -> None:
    """Work until the orders end.

    Args:
        orders: a socket that all processes read batches from.
        replies: this process's own socket for what became of them.
        board: what `Board.create` made.
        count: how many processes there are.
        number: which of them this is, from 0 on.
    """
    shared = Board(board, count)
    os.close(board)
    with (
        closing(shared),
        socket.socket(fileno=orders) as incoming,
        socket.socket(fileno=replies) as outgoing,
    ):
        Worker(incoming, outgoing, shared, number).run()


def main() -> None:
    """Work with the descriptors and numbers that the command line names."""
    gc.freeze()  # what was imported stays: it needs no second look
    orders, replies, board, count, number = map(int, sys.argv[1:6])
    serve(orders, replies, board, count, number)
