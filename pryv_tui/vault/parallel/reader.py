"""Read a tree in place, in the order of a copy's walk, with several workers.

The walk hands out the next entries, and folders with everything below them, in pieces as a copy
does (`copying/pieces.py`). Workers let the C library read the pieces, and return lines for the
lists of a set (`Lines`). Entries that workers leave (`Left`) are walked when their turn comes.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from functools import partial

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.filesystem.folders import FolderStack
from pryv_tui.filesystem.paths import printable, read_failed
from pryv_tui.filesystem.standstill import Watch
from pryv_tui.reading import need_word
from pryv_tui.vault.files.pieces import (
    DEEPEST,
    FOLDER_KIND,
    PATH_BYTES,
    Kind,
    Left,
    Lines,
    Piece,
    Work,
)
from pryv_tui.vault.files.progress import Meter
from pryv_tui.vault.lists.tree import HANDED_OUT, entries, entry_of
from pryv_tui.vault.parallel.engine import CopyEngine
from pryv_tui.vault.parallel.messages import BATCH_FILES, FEW, Group, WorkerConfig
from pryv_tui.vault.parallel.pool import Pool
from pryv_tui.vault.parallel.results import Pending
from pryv_tui.vault.parallel.sizing import workers_of, worth_workers

MOST_MET = 1000
"""Most entries that a walk collects while it waits for workers."""
MOST_OUT = 16
MOST_AHEAD = 16
"""Most pieces that workers have while more walks are continued early, and most walks that are
continued early."""
Found = Lines | tuple[bytes, bytes | None]
"""Lines for the lists, or a pair from `entries`."""


class _Given:
    """Entries of a folder that a worker reads."""

    __slots__ = ("identity", "names", "place", "rest", "size")

    def __init__(
        self, path: bytes, names: list[bytes], identity: tuple[int, int], size: int = 0
    ) -> None:
        self.names = names
        self.identity = identity
        """Device and inode of the folder."""
        self.size = size
        """For entries that were not given to a worker yet: how many to hand out at a time."""
        self.place = Pending(path)
        self.rest: list[_Given] = []
        """The entries of the piece that were not begun, handed out again."""

    @property
    def piece(self) -> Piece | None:
        """The result; None until it came back."""
        return self.place.piece if self.place.done else None


class _Walk:
    """The walk of a folder with everything below it."""

    def __init__(self, stack: FolderStack, top: bytes) -> None:
        self.stack, self.top = stack, top
        self.entries: Iterator[tuple[bytes, bytes | None]] = iter(())
        self.over = False
        """Whether the walk has no more entries."""
        self.met: deque[_Given | Left | _Walk | Found] = deque()
        """Entries and pieces of the walk that were not returned yet, in walk order."""


class Reader:
    """Reads one tree."""

    def __init__(
        self,
        stack: FolderStack,
        others_too: bool,
        meter: Meter,
        watch: Watch,
        engine: CopyEngine,
        config: WorkerConfig,
    ) -> None:
        """Prepare to read; workers are started later, if there is enough to do.

        Args:
            stack: the tree's root; it is closed at the end.
            others_too: as for `entries`.
            meter: counts what workers read; its totals tell whether workers are useful.
            watch: ends the reading, and sees whether it makes progress.
            engine: settings of the reading.
            config: what workers need to know about the reading.
        """
        self._others_too = others_too
        self._meter, self._watch, self._engine, self._config = meter, watch, engine, config
        self._workers = workers_of(engine)
        self._pool: Pool | None = None
        self._native = False
        """Whether the workers have the C library."""
        self._root = os.dup(stack.fd)
        self._walks: list[_Walk] = []
        """The walks that are being read, each inside the one before; the last is read now."""
        self._again: deque[_Given] = deque()
        """Pieces that came back with entries that were not begun."""
        self._out = 0
        """Number of pieces that workers have."""
        self._held = 0
        """Number of files and folders that workers have read, and that wait for their turn."""
        self._walks.append(self._walk(stack, b""))

    def all(self) -> Iterator[tuple[int, Found]]:
        """Yield everything in walk order, each with the descriptor of its folder.

        Raises:
            PryvTuiError: `unreadable`; `means`, `rights`; `copy-process-died`.
            Cancelled: the operator cancelled.
        """
        try:
            while self._walks:
                while self._again and not self._crowded:
                    self._give_again(self._again.popleft())
                walk = self._walks[-1]
                met = walk.met[0] if walk.met else None
                if met is None and walk.over:
                    self._walks.pop().stack.close()
                    continue
                if met is None or (isinstance(met, _Given) and met.piece is None):
                    self._go_on(walk)
                    continue
                walk.met.popleft()
                if isinstance(met, _Given):
                    self._take(walk, met)
                elif isinstance(met, (Left, _Walk)):
                    self._walks.append(self._walk_of(met))
                else:
                    yield walk.stack.fd, met
        finally:
            for one in (one for walk in self._walks for one in (walk, *walk.met)):
                if isinstance(one, _Walk):
                    one.stack.close()
                    one.met.clear()
            self._again.clear()
            os.close(self._root)
            if self._pool is not None:
                self._pool.close()

    @property
    def _crowded(self) -> bool:
        """Whether too many results wait for their turn. If so, nothing is begun early."""
        return self._held > self._engine.most_pending

    def tick(self) -> None:
        """Report progress. Raise `Cancelled` if the operator cancelled."""
        self._watch.at = self._walks[-1].top if self._walks else b""
        self._meter.report()
        if self._watch.is_set():
            raise Cancelled()

    def _start_if_worth(self) -> None:
        """Start workers once there is enough to do."""
        total, meter, engine = self._meter.total, self._meter, self._engine
        if self._pool is not None or not self._workers:
            return
        files, size = max(total.files, meter.files), max(total.bytes, meter.bytes)
        if not worth_workers(engine, files, size):
            return
        try:
            held = lambda: self._held  # noqa: E731
            who = meter, self._watch
            self._pool = Pool(self._workers, *who, held, self._config, engine)
        except RuntimeError:
            self._workers = 0
        else:
            self._native = self._pool.native

    def _walk(self, stack: FolderStack, top: bytes, since: bytes = b"") -> _Walk:
        """Return a walk that starts in the stack's present folder."""
        walk = _Walk(stack, top)
        elsewhere = partial(self._hand_out, walk)
        walk.entries = entries(stack, self._others_too, top=top, since=since, elsewhere=elsewhere)
        return walk

    def _go_on(self, walk: _Walk) -> None:
        """Advance this walk, or a later one; if neither can, wait for workers."""
        if not (self._crowded and walk.met):
            if self._meet(walk):
                return
            if self._out < MOST_OUT and any(map(self._meet, self._ahead())):
                return
        if walk.met:
            assert self._pool is not None
            self._pool.wait()

    def _meet(self, walk: _Walk) -> bool:
        """Take one more entry of a walk. Return False if there is none, or it has to wait."""
        # The caller reads a file with its folder open: don't go on to other folders before that.
        last = walk.met[-1] if walk.met else None
        if (isinstance(last, tuple) and last[1] is None) or len(walk.met) >= MOST_MET:
            return False
        found = next(walk.entries, None)
        if found is None:
            walk.over = True
        elif found[1] != HANDED_OUT:
            walk.met.append(found)
        return found is not None

    def _ahead(self) -> Iterator[_Walk]:
        """Yield later walks, the next ones first, to be continued early, so that workers aren't
        idle at the end of a folder."""
        number = 0
        for walk in reversed(self._walks):
            for at, met in enumerate(list(walk.met)):
                if isinstance(met, Left) and met.kind != Kind.FILE:
                    walk.met[at] = met = self._walk_of(met)
                if isinstance(met, _Walk):
                    yield met
                    if (number := number + 1) == MOST_AHEAD:
                        return

    def _hand_out(self, walk: _Walk, holder: bytes, names: list[bytes]) -> int:
        """Hand out the last of these entries in the walk's present folder. Return how many were
        handed out."""
        self._start_if_worth()
        if self._pool is None or len(holder) > PATH_BYTES or holder.count(b"/") > DEEPEST:
            return 0
        if not self._native and names[-1][:1] == FOLDER_KIND:
            return 0
        ahead = names[: -BATCH_FILES - 1 : -1]
        if not self._native:
            ahead = [name for name in ahead if name[:1] != FOLDER_KIND]  # files come first
        walk.met.append(self._give(walk.stack, holder, ahead))
        return len(ahead)

    def _give(self, stack: FolderStack, path: bytes, names: list[bytes], size: int = 0) -> _Given:
        assert self._pool is not None
        self._out += 1
        self.tick()
        given = _Given(path, names, stack.identity)
        back = partial(self._came_back, given)
        ends = (os.dup(stack.fd),)
        self._pool.give(Group(path, names, Work.READ, [given.place], ends, back), size=size)
        return given

    def _came_back(self, given: _Given) -> None:
        given.place.done = True
        assert given.piece is not None
        self._out -= 1
        self._held += given.piece.entries
        if given.piece.begun < len(given.names):
            self._again.append(given)

    def _give_again(self, given: _Given) -> None:
        """Hand out the entries that a piece did not begin, in pieces as large as what it did.

        A few pieces go into one batch, since each may be enough work for a worker. No more are
        handed out when too many results wait."""
        assert given.piece is not None
        path, begun = given.place.path, given.piece.begun
        rest, size = given.names[begun:], given.size or max(1, begun)
        few = self._engine.batch_bytes // FEW
        stack = self._below(path, given.identity)
        try:
            while rest and not (given.rest and self._crowded):
                given.rest.append(self._give(stack, path, rest[:size], few))
                del rest[:size]
        finally:
            stack.close()
        if rest:
            later = _Given(path, rest, given.identity, size)
            later.place.piece, later.place.done = Piece(0, []), True
            given.rest.append(later)
            self._again.append(later)

    def _take(self, walk: _Walk, given: _Given) -> None:
        """Replace a piece by its results, at its place in the walk."""
        assert given.piece is not None
        self._held -= given.piece.entries
        if given in self._again:
            self._again.remove(given)
            self._give_again(given)
        walk.met.extendleft(reversed(given.rest))
        walk.met.extendleft(reversed(given.piece.parts))

    def _walk_of(self, left: Left | _Walk) -> _Walk:
        """Return the walk of an entry that a worker left; the existing walk if it was begun
        early."""
        if isinstance(left, _Walk):
            return left
        if left.kind != Kind.FILE:
            stack = self._below(left.path, left.identity if left.kind == Kind.BEGUN else None)
            return self._walk(stack, left.path, left.since)
        folder = left.path.rpartition(b"/")[0]
        walk = _Walk(self._below(folder, left.identity), folder)
        try:
            if (found := entry_of(walk.stack.fd, left.path, self._others_too)) is not None:
                walk.met.append(found)
        except OSError as error:
            if not isinstance(error, FileNotFoundError):  # a vanished file is found missing later
                walk.stack.close()
                need_word(error, folder or b".")
                raise read_failed(folder or b".", error) from error
        return walk

    def _below(self, path: bytes, identity: tuple[int, int] | None = None) -> FolderStack:
        """Open a folder of the tree, without following links.

        If `identity` (device, inode) is known, the folder must be the one with that identity."""
        try:
            stack = FolderStack.beneath(self._root, path)
        except OSError as error:
            need_word(error, path or b".")
            raise read_failed(path or b".", error) from error
        if identity not in (None, (0, 0), stack.identity):
            stack.close()
            what = f"{printable(path or b'.')}: another folder took its place while it was read"
            raise PryvTuiError("unreadable", what)
        return stack
