"""A worker process: copies and hashes the files that another process hands out on its walk.

Started by `pool`, as a fresh interpreter rather than a fork: the process that runs a backup has
threads. It ends when its socket does, and within one chunk of the death of
the process that started it.
"""

from __future__ import annotations

import gc
import os
import socket
import sys
from contextlib import closing
from typing import Any

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.filesystem.paths import read_failed
from pryv_tui.formats.sqlite.inside import Waits
from pryv_tui.reading import need_word
from pryv_tui.vault.files.content import ContentCopier, digest_of
from pryv_tui.vault.files.copier import CHANGED, VANISHED, Changed, FileCopier, Vanished
from pryv_tui.vault.files.held import Place
from pryv_tui.vault.files.leaf import Checked, ListedFiles
from pryv_tui.vault.lists.index import source_stat
from pryv_tui.vault.native import library as native
from pryv_tui.vault.parallel.leaf_checker import check_leaf
from pryv_tui.vault.parallel.leaf_copier import Ends, LeafCopier
from pryv_tui.vault.parallel.messages import (
    BATCH_FOLDERS,
    LENGTH_BYTES,
    MESSAGE_BYTES,
    About,
    Board,
    Order,
    Reply,
    Task,
    WorkerConfig,
    WorkFolder,
)


class Worker:
    """Takes batches from a socket, one after the other, and answers on another."""

    def __init__(
        self, orders: socket.socket, replies: socket.socket, board: Board, number: int
    ) -> None:
        self._orders = orders
        self._replies = replies
        self._board = board
        self._number = number
        self._parent_pid = os.getppid()
        self._bytes_read = 0
        self._digests: list[bytes | None] = []
        self._seen: list[tuple[int, ...] | None] = []
        self._notes: list[tuple[int, bytes, str, bool]] = []
        config = WorkerConfig.decode(_received(replies))
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
        self._leaves: dict[int, tuple[Any, ...] | None] = {}
        self._checked: dict[int, Checked] = {}
        self._native = None
        if config.native:
            options = native.CopyOptions(
                config.links_tell,
                config.settled_ns,
                config.proof,
                ahead=config.ahead,
                calm_ns=config.calm_ns,
            )
            self._native = native.load(options, config.sqlite)
        self._leaf = LeafCopier(
            self._files,
            config,
            self,
            note=self._note,
            torn=self._torn,
            tell=self._tell,
            native=self._native,
        )

    def is_set(self) -> bool:
        """Whether to stop: because we are told to, or because the process that asked is gone."""
        return self._board.stopped or os.getppid() != self._parent_pid

    def run(self) -> None:
        """Work until the orders end."""
        while True:
            data, fds, _, _ = socket.recv_fds(self._orders, MESSAGE_BYTES, 3 * BATCH_FOLDERS)
            if not data:
                break
            try:
                reply = self._batch(Order.decode(data), fds)
            finally:
                for fd in fds:
                    os.close(fd)
            message = reply.encode()
            self._replies.sendall(len(message).to_bytes(LENGTH_BYTES, "big") + message)
        if self._native is not None:
            self._native.close()

    def _batch(self, order: Order, fds: list[int]) -> Reply:
        self._digests, self._seen, self._notes, self._leaves = [], [], [], {}
        self._checked = {}
        self._leaf.bytes = self._bytes_read = at = 0
        try:
            for folder in order.folders:
                ends = fds[at : at + folder.descriptors]
                at += folder.descriptors
                if folder.task == Task.LEAVES:
                    self._leaves_of(
                        folder, Ends(ends[0], ends[1], ends[2] if len(ends) == 3 else None)
                    )
                elif folder.task == Task.CHECK:
                    self._check(folder, ends[0])
                elif folder.task == Task.HASH:
                    self._hash(folder, ends[0])
                else:
                    self._folder(folder, *ends)
        except PryvTuiError as error:
            return Reply(order.batch, [], [], (error.name, error.what, error.remedy))
        except Exception as error:
            import traceback  # late: each process would take its time for it at its start

            traceback.print_exc()
            return Reply(order.batch, [], [], ("internal", f"{type(error).__name__}: {error}", ""))
        return Reply(
            order.batch,
            self._digests,
            self._notes,
            seen=self._seen,
            leaves=self._leaves,
            checked=self._checked,
        )

    def _leaves_of(self, folder: WorkFolder, ends: Ends) -> None:
        names = [name for name, _ in folder.files]
        leaves = self._leaf.copy(ends, names, folder.path, folder.parent or [])
        for _ in names:
            leaf = next(leaves, None)
            self._leaves[len(self._digests)] = tuple(leaf) if leaf is not None else None
            self._digests.append(None)
            self._seen.append(None)

    def _check(self, folder: WorkFolder, holder: int) -> None:
        names = [name for name, _ in folder.files]
        listed, heads = folder.listed or [], folder.heads
        found: Checked = []
        while (at := len(found)) < len(names):
            if self.is_set():
                raise Cancelled()
            if self._native is not None:
                try:
                    wrong, count = self._native.check(
                        holder, names[at:], listed[at:], heads and heads[at:], self._batch_bytes
                    )
                except OSError as error:
                    for name, lines in zip(names[at:], listed[at:], strict=True):
                        # Which file it was that can't be read tells only this.
                        self._check_one(folder.path, holder, name, lines, None)
                    need_word(error, folder.path)
                    raise read_failed(folder.path, error) from error
                self._read(count)
                if wrong:
                    found += wrong
                    continue
            head = heads[at] if heads else None
            found.append(self._check_one(folder.path, holder, names[at], listed[at], head))
        self._checked[len(self._digests)] = found
        self._digests.append(None)
        self._seen.append(None)

    def _check_one(
        self, path: bytes, holder: int, name: bytes, listed: ListedFiles, head: bytes | None
    ) -> list[int] | None:
        """Compare one folder below an open one; `path`: that of the open one in the tree."""
        path = path + b"/" + name if path else name
        return check_leaf(
            self._content, holder, name, listed, head, path=path, most=self._batch_bytes
        )

    def _hash(self, folder: WorkFolder, holder: int) -> None:
        lead = folder.path + b"/" if folder.path else b""
        for name, _ in folder.files:
            self._digests.append(digest_of(self._content, holder, name, lead + name))
            self._seen.append(None)

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
                    whole = name if copied.by_backup else whole
                    digest = copied.digest
                    seen = tuple(source_stat(copied.status, steady=copied.steady, log=copied.log))
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


def _received(replies: socket.socket) -> bytes:
    """The `WorkerConfig` that is sent before the first order, encoded."""
    length = int.from_bytes(_exactly(replies, LENGTH_BYTES), "big")
    return _exactly(replies, length)


def _exactly(replies: socket.socket, length: int) -> bytes:
    data = bytearray()
    while len(data) < length:
        part = replies.recv(length - len(data))
        if not part:
            raise SystemExit(1)  # nobody is left to work for
        data += part
    return bytes(data)


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
