"""A worker: a thread that copies and hashes the files that a walk hands out.

It ends with its orders, and within one chunk of the end of the copy.
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
    """Takes batches from a queue, one after the other, and answers on another."""

    def __init__(
        self,
        orders: SimpleQueue[list[Group] | None],
        replies: SimpleQueue[Sequence[Group] | PryvTuiError],
        board: Board,
        config: WorkerConfig,
        engine: CopyEngine,
    ) -> None:
        """Get ready.

        Args:
            orders: batches, whose descriptors it takes over; None ends it.
            replies: gets them when they are done, or what it failed of, which ends it too.
            board: see `Board`.
            config: what is copied.
            engine: how.
        """
        super().__init__(daemon=True)
        self._orders, self._replies = orders, replies
        self._board = board
        self._config, self._engine = config, engine
        self._native: native.NativeFolders | None = None
        self._bytes_read = self._bytes = self._entries = 0
        self._place = Pending(b"")
        """Where what is told now belongs."""
        self._at: bytes | None = None
        self._looks = 0
        self.done = 0
        """Bytes that it has done."""

    def is_set(self) -> bool:
        """Whether to stop."""
        self._looks += 1
        return self._board.stopped

    @property
    def moves(self) -> int:
        """Another number each time that it got on, also where the library works."""
        return self._looks + (self._native.entries if self._native is not None else 0)

    @property
    def at(self) -> bytes | None:
        """The path that it is at; None: it has nothing to do."""
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
            # Another one, that leads to nothing here.
            self._replies.put(PryvTuiError(error.name, error.what, error.remedy, path=error.path))
        except Exception as error:
            name = "copy-process-died" if isinstance(error, MemoryError) else "internal"
            what = f"a thread that copied ended by a fault ({type(error).__name__}: {error})"
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
        """Copy or read entries of a folder by the library; what it leaves is told."""
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

    def _files_of(self, group: Group) -> None:
        """Copy files, one by one."""
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
