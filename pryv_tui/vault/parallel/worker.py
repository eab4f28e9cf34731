"""A worker: a thread that copies and hashes the files that a walk hands out.

It ends with its orders, and within one chunk of the end of the copy.
"""

from __future__ import annotations

import os
import stat
from contextlib import nullcontext
from queue import SimpleQueue
from threading import Thread

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.filesystem.folders import folder_beneath
from pryv_tui.filesystem.paths import write_failed
from pryv_tui.vault.files.content import ContentCopier, digest_of
from pryv_tui.vault.files.copier import CHANGED, VANISHED, Changed, FileCopier, Vanished
from pryv_tui.vault.files.held import Place
from pryv_tui.vault.files.pieces import FOLDER_KIND, Kind, Left, Lines, Piece, Work, in_part
from pryv_tui.vault.lists.index import source_stat
from pryv_tui.vault.lists.sums import DIGITS, sums_line
from pryv_tui.vault.native import library as native
from pryv_tui.vault.parallel.engine import CopyEngine
from pryv_tui.vault.parallel.messages import (
    SHARES,
    About,
    Board,
    Group,
    Reply,
    Result,
    Task,
    WorkerConfig,
    WorkFolder,
)


class Worker(Thread):
    """Takes batches from a queue, one after the other, and answers on another."""

    def __init__(
        self,
        orders: SimpleQueue[list[Group] | None],
        replies: SimpleQueue[Reply],
        board: Board,
        number: int,
        config: WorkerConfig,
        engine: CopyEngine,
    ) -> None:
        """Get ready.

        Args:
            orders: batches, whose descriptors it takes over; None ends it.
            replies: gets what became of them.
            board: see `Board`.
            number: which of the workers this is, from 0 on.
            config: what is copied.
            engine: how.
        """
        super().__init__(daemon=True)
        self._orders, self._replies = orders, replies
        self._board, self._number = board, number
        self._config, self._engine = config, engine
        self._native: native.NativeFolders | None = None
        self._bytes_read = self._bytes = self._entries = 0
        self._results: list[Result] = []
        self._notes: list[tuple[bytes, str, bool]] = []

    def is_set(self) -> bool:
        """Whether to stop."""
        return self._board.stopped

    def run(self) -> None:
        """Work until the orders end."""
        try:
            self._begin()
            while (groups := self._orders.get()) is not None:
                try:
                    reply = self._batch(groups)
                finally:
                    for group in groups:
                        for fd in group.ends:
                            os.close(fd)
                self._replies.put(reply)
        except Exception as error:
            what = f"a thread that copied ended by a fault ({type(error).__name__}: {error})"
            self._replies.put(Reply(failure=("copy-process-died", what, "", "")))
            _tell_log()
        finally:
            self._results = []
            if self._native is not None:
                self._native.close()

    def _begin(self) -> None:
        options, engine = self._config.options, self._engine
        selection = self._config.selection
        self._content = ContentCopier(self, self._read, most_holes=engine.most_holes)
        self._files = FileCopier(
            b"",
            hooks=None,
            cancel=self,
            note=self._note,
            torn=self._torn,
            tell=self._tell,
            calm_ns=options.calm_ns,
            pass_hollow=selection.pass_hollow,
            most_holes=engine.most_holes,
            waits=engine.sqlite,
        )
        if self._config.native:
            self._native = native.load(options, selection.sqlite)

    def _batch(self, groups: list[Group]) -> Reply:
        self._results, self._notes = [], []
        self._bytes_read = self._bytes = self._entries = 0
        try:
            for group in groups:
                if self.is_set():
                    raise Cancelled()
                if group.folder.task == Task.COPY:
                    self._folder(group.folder, *group.ends)
                else:
                    self._piece(group.folder, group.ends)
        except PryvTuiError as error:
            return Reply(failure=(error.name, error.what, error.remedy, error.path))
        except Exception as error:
            _tell_log()
            return Reply(failure=("internal", f"{type(error).__name__}: {error}", "", ""))
        return Reply(groups, self._results)

    def _piece(self, folder: WorkFolder, ends: tuple[int, ...]) -> None:
        """Copy or read entries of a folder by the library; what it leaves is told."""
        lead = folder.path + b"/" if folder.path else b""
        names = [bytes((kind,)) + name for name, kind in folder.files]
        reads = folder.task == Task.READ
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
                    self._config.listed_in + lead,
                    folder.places,
                    linkable=folder.linkable,
                    most=self._engine.batch_bytes - self._bytes,
                    entries=self._engine.batch_entries - self._entries,
                    stop=self._board.address,
                    work=Work.READ if reads else Work.COPY,
                )
            except OSError as error:
                raise write_failed(error.filename, error) from error
            self._bytes += piece.read
            self._entries += piece.entries
            self._tell(piece.size)
            if reads:
                parts = [
                    self._read_left(ends[0], lead, part) if isinstance(part, Left) else part
                    for part in piece.parts
                ]
                piece = piece._replace(parts=parts)
        self._results.append(Result(piece=piece))

    def _is_much(self) -> bool:
        """Whether what is left of a batch is for others."""
        shares = SHARES if self._board.shared else 1
        much = self._bytes * shares >= self._engine.batch_bytes
        return much or self._entries * shares >= self._engine.batch_entries

    def _without_library(self, lead: bytes, names: list[bytes], reads: int | None) -> Piece:
        """What becomes of entries where there is none: all is left, but for files that are only
        read, in the open folder `reads`."""
        parts: list[Lines | Left] = []
        for name in names:
            if self._bytes_read >= self._engine.batch_bytes:
                break  # others should have a share
            kind = Kind.FOLDER if name[:1] == FOLDER_KIND else Kind.FILE
            left = Left(kind, lead + name[1:], b"", (0, 0))
            parts.append(left if reads is None else self._read_left(reads, lead, left))
        return Piece(len(parts), parts, entries=len(parts))

    def _read_left(self, holder: int, lead: bytes, left: Left) -> Lines | Left:
        """Read a file that the library left, as it is large; the same again, if it is none that can
        be read."""
        path = left.path
        if left.kind != Kind.FILE or not in_part(path, self._config.options.part):
            return left
        try:
            below = path[len(lead) :]
            with folder_beneath(holder, below) if b"/" in below else nullcontext(holder) as folder:
                name = path.rpartition(b"/")[2]
                if not stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                    return left
                digest = digest_of(self._content, folder, name, path)
                # What could not be read once has no hash, whatever it would be the next time.
                if digest is None and stat.S_ISREG(
                    os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
                ):
                    digest = bytes(DIGITS // 2)
        except Cancelled:
            raise
        except (OSError, PryvTuiError):
            return left
        if digest is None:
            return left
        return Lines(sums_line(digest, self._config.listed_in + path), b"", b"", 1)

    def _folder(self, folder: WorkFolder, source: int, target: int) -> None:
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
                    seen = source_stat(
                        copied.status, steady=copied.steady, log=copied.log, rights=copied.rights
                    )
            except Changed:
                self._note(path, CHANGED)
            except Vanished as gone:
                if not gone.told:
                    self._note(path, VANISHED)
            self._results.append(Result(digest, seen, self._notes))
            self._notes = []

    def _note(self, path: bytes, what: str) -> None:
        self._notes.append((path, what, False))

    def _torn(self, path: bytes, what: str) -> None:
        self._notes.append((path, what, True))

    def _read(self, count: int) -> None:
        self._bytes_read += count
        self._tell(count)

    def _tell(self, count: int) -> None:
        self._board.add(self._number, count)


def _tell_log() -> None:
    """Tell where the present fault is in the file that is kept of what is printed, as a run's log
    is: on a terminal it would lie across whatever is shown there, and who reads a pipe takes it
    for ours."""
    try:
        is_log = stat.S_ISREG(os.fstat(2).st_mode)
    except OSError:
        is_log = False
    if is_log:
        import traceback  # late: a start's time

        traceback.print_exc()
