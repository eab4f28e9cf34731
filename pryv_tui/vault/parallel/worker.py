"""A worker: a thread that copies and hashes the files that a walk hands out.

The thread ends when the queue gives None, or within one chunk after the end of the copy.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
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
from pryv_tui.vault.parallel.messages import SHARES, About, Board, Group, WorkerConfig
from pryv_tui.vault.parallel.results import Pending


class Worker(Thread):
    """Take batches from a queue, one by one, and put the results on another queue."""

    def __init__(
        self,
        orders: SimpleQueue[list[Group] | None],
        replies: SimpleQueue[Sequence[Group] | PryvTuiError],
        board: Board,
        config: WorkerConfig,
        engine: CopyEngine,
    ) -> None:
        """Prepare the thread.

        Args:
            orders: batches, whose descriptors the worker takes over; None ends the worker.
            replies: receives each finished batch, or the error that ended the worker.
            board: see `Board`.
            config: what the worker needs to know about the copy.
            engine: settings of the copy.
        """
        super().__init__(daemon=True)
        self._orders, self._replies = orders, replies
        self._board = board
        self._config, self._engine = config, engine
        self._native: native.NativeFolders | None = None
        self._bytes_read = self._bytes = self._entries = 0
        self._place = Pending(b"")
        """The place to which notes are added now."""
        self._at: bytes | None = None
        self._looks = 0
        self.done = 0
        """Bytes that this worker has done."""

    def is_set(self) -> bool:
        """Whether to stop. Each call counts as progress."""
        self._looks += 1
        return self._board.stopped

    @property
    def moves(self) -> int:
        """A counter that changes with each sign of progress, also inside the library."""
        return self._looks + (self._native.entries if self._native is not None else 0)

    @property
    def at(self) -> bytes | None:
        """The path that is being worked on; None while the worker is idle."""
        native = self._native.at if self._native is not None and self._at is not None else b""
        return native or self._at

    def run(self) -> None:
        """Work until the orders end."""
        try:
            self._begin()
            while (groups := self._orders.get()) is not None:
                try:
                    self._batch(groups)
                finally:
                    self._at = None
                    for group in groups:
                        for fd in group.ends:
                            os.close(fd)
                self._replies.put(groups)
        except PryvTuiError as error:
            # A new error, since this one's traceback refers to the worker and its batch.
            self._replies.put(PryvTuiError(error.name, error.what, error.remedy, path=error.path))
        except Exception as error:
            name = "copy-process-died" if isinstance(error, MemoryError) else "internal"
            what = f"a copying thread failed ({type(error).__name__}: {error})"
            self._replies.put(PryvTuiError(name, what))
            _tell_log()
        finally:
            if self._native is not None:
                self._native.close()

    def _begin(self) -> None:
        options, engine = self._config.options, self._engine
        selection = self._config.selection
        self._content = ContentCopier(self, self._read, most_holes=engine.most_holes)
        self._copier = FileCopier(
            b"",
            hooks=None,
            cancel=self,
            note=lambda *told: self._place.note(*told),
            tell=self._tell,
            calm_ns=options.calm_ns,
            pass_hollow=selection.pass_hollow,
            most_holes=engine.most_holes,
            waits=engine.sqlite,
        )
        if self._config.native:
            self._native = native.load(options, selection.sqlite)

    def _batch(self, groups: list[Group]) -> None:
        self._bytes_read = self._bytes = self._entries = 0
        for group in groups:
            if self.is_set():
                raise Cancelled()
            self._at = group.path
            if group.work is None:
                self._files_of(group)
            else:
                group.places[0].piece = self._piece(group, group.work)

    def _piece(self, group: Group, work: Work) -> Piece:
        """Copy or read entries of a folder with the library. Entries that the library leaves are in
        the result."""
        lead, ends = _lead(group), group.ends
        reads = group.work == Work.READ
        if self._native is None:
            piece = self._without_library(lead, group.names, ends[0] if reads else None)
        elif self._is_much():
            piece = Piece(0, [])
        else:
            try:
                piece = self._native.do(
                    (ends[0], -1 if reads else ends[1]),
                    dict(zip(group.formers, ends[2:], strict=True)),
                    group.names,
                    self._config.listed_in + lead,
                    group.listed,
                    linkable=group.linkable,
                    most=self._engine.batch_bytes - self._bytes,
                    entries=self._engine.batch_entries - self._entries,
                    stop=self._board.address,
                    work=work,
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
        return piece

    def _is_much(self) -> bool:
        """Whether a batch has taken enough time, so that its rest is left for other workers."""
        shares = SHARES if self._board.shared else 1
        much = self._bytes * shares >= self._engine.batch_bytes
        return much or self._entries * shares >= self._engine.batch_entries

    def _without_library(self, lead: bytes, names: list[bytes], reads: int | None) -> Piece:
        """Return the result for entries if there is no library.

        All entries are left to the walk, except files to be read in the open folder `reads`: these
        are read here."""
        parts: list[Lines | Left] = []
        for name in names:
            if self._bytes_read >= self._engine.batch_bytes:
                break  # others should have a share
            kind = Kind.FOLDER if name[:1] == FOLDER_KIND else Kind.FILE
            left = Left(kind, lead + name[1:], b"", (0, 0))
            parts.append(left if reads is None else self._read_left(reads, lead, left))
        return Piece(len(parts), parts, entries=len(parts))

    def _read_left(self, holder: int, lead: bytes, left: Left) -> Lines | Left:
        """Read a file that the library left because of its size. Return its line for the sums.

        A regular file that can't be read gets an all-zero hash. For any other entry, `left` itself
        is returned."""
        self._at = path = left.path
        if left.kind != Kind.FILE or not in_part(path, self._config.options.part):
            return left
        try:
            below = path[len(lead) :]
            with folder_beneath(holder, below) if b"/" in below else nullcontext(holder) as folder:
                name = path.rpartition(b"/")[2]
                if not stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                    return left
                digest = digest_of(self._content, folder, name, path)
                # Recorded as unreadable, even if a second attempt might succeed.
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

    def _files_of(self, group: Group) -> None:
        """Copy files one by one."""
        source, target = group.ends
        whole = b""
        for self._place, one in zip(group.places, group.names, strict=True):
            about, name = one[0], one[1:]
            self._at = path = _lead(group) + name
            try:
                if not (about & About.BESIDE and name.rpartition(b"-")[0] == whole):
                    copied = self._copier.copy(
                        Place(source, target, name, path),
                        may_change=bool(about & About.MAY_CHANGE),
                        sqlite=bool(about & About.DATABASE),
                    )
                    whole = name if copied.whole else whole
                    self._place.digest = copied.digest
                    self._place.seen = source_stat(
                        copied.status, steady=copied.steady, log=copied.log, rights=copied.rights
                    )
            except Changed:
                self._place.note(path, CHANGED)
            except Vanished as gone:
                if not gone.told:
                    self._place.note(path, VANISHED)

    def _read(self, count: int) -> None:
        self._bytes_read += count
        self._tell(count)

    def _tell(self, count: int) -> None:
        self.done += count


def _lead(group: Group) -> bytes:
    return group.path + b"/" if group.path else b""


def _tell_log() -> None:
    """Print the present traceback if stderr is a file, such as a run's log.

    On a terminal the traceback would spoil the screen, and a program that reads a pipe would take
    it for output."""
    try:
        is_log = stat.S_ISREG(os.fstat(2).st_mode)
    except OSError:
        is_log = False
    if is_log:
        import traceback  # imported here to keep start-up fast

        traceback.print_exc()
