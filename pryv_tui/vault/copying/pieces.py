"""Hand out plain parts of the tree to the C library as pieces, and do what the library leaves.

A piece is a few entries of one folder, in walk order, with everything below them. A worker's C
library copies a piece until it has done enough, and then stops so that other workers get a share.
Entries that it did not begin are handed out again, in pieces as large as what it did. Entries that
it began and did not finish, and those that are not plain, come back by path, with their place in
the order (`Left`), and the walk visits them again. Files among them are copied at once; a folder
only when everything before it is done, so that no walk waits for another.
"""

from __future__ import annotations

import errno
import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from pryv_tui.errors import Cancelled
from pryv_tui.filesystem.folders import FolderStack, folder_beneath, listing
from pryv_tui.filesystem.paths import read_failed, reading, write_failed
from pryv_tui.filesystem.same_file import MOVED
from pryv_tui.filesystem.snapshots import LEFT_OUT, named_so
from pryv_tui.formats.sqlite.names import COMPANIONS
from pryv_tui.vault.copying.dispatch import Dispatcher, duplicates
from pryv_tui.vault.copying.folder import NO_FOLDER, WalkedFolder, joined, kind_in
from pryv_tui.vault.files.copier import CHANGED, GONE, MISSED, VANISHED
from pryv_tui.vault.files.pieces import (
    DEEPEST,
    FOLDER_KIND,
    PATH_BYTES,
    Kind,
    Left,
    Lines,
    Places,
    Work,
)
from pryv_tui.vault.files.selection import Verdict
from pryv_tui.vault.lists.tree import Owned
from pryv_tui.vault.parallel.messages import BATCH_FILES, FEW, Group
from pryv_tui.vault.parallel.results import Pending

MOST_LOOKED_AT = 256
"""Number of pending places searched for a folder that can be handed out early."""
ALL_GIVEN = FOLDER_KIND + b"\xff" * 256
"""Where to continue in a folder that was handed out completely: after every possible name."""
COPIED = (stat.S_IFREG, stat.S_IFLNK, stat.S_IFIFO)
"""The types of entries that are copied, besides folders."""


class PieceDispatcher(Dispatcher, ABC):
    """The part of a copy that hands out pieces and processes their results."""

    @abstractmethod
    def _enter(self, name: bytes, path: bytes) -> bool:
        """Enter a folder in the source, the copy and the parent. Return False if it is skipped."""

    @abstractmethod
    def _walk(self, top: WalkedFolder) -> None:
        """Copy the walk's present folder, and everything below it."""

    @abstractmethod
    def _files(self, folder: WalkedFolder, names: list[bytes], present: frozenset[bytes]) -> None:
        """Copy files of the present folder that the C library left."""

    def _hand_out_all(self) -> None:
        """Hand out everything collected from the present folder."""
        self._give_piece()
        if self._group:
            self._hand_out()

    def _dispatch_ready(self) -> None:
        """Hand out the collected piece, and process the pieces that came back."""
        if self._native:
            self._give_piece()
            self._pump()

    def _wait(self) -> bool:
        """Wait until one batch is done. Return False if no batch is being worked on."""
        assert self._pool is not None
        # Other results may be waiting for what is collected and not handed out yet.
        self._hand_out_all()
        return self._pump() or self._pool.wait()

    def _apply_backpressure(self) -> None:
        """Wait while too many results are kept back for an earlier one that is still pending."""
        while self._pool is not None and self.results.held > self._engine.most_pending:
            if not self._wait():
                return

    def _in_piece(self, folder: WalkedFolder, kind: bytes, name: bytes, path: bytes) -> bool:
        """Add an entry of the present folder to a piece. Return False if the walk has to copy it.

        Args:
            kind: the entry's type as listed: `FILE_KIND`, `FOLDER_KIND`, `OTHER_KIND`.
        """
        self._start_pool_if_worth()
        if not self._native or len(path) > PATH_BYTES or path.count(b"/") > DEEPEST:
            return False
        rules, linkable = self.chooser.rules, True
        if kind == FOLDER_KIND:
            below = rules.linkable_in(path + b"/")
            if below is None or path in self._parents_of_names or not self.chooser.whole(path):
                return False
            linkable = below
        elif path in (self._entries.names or ()) or rules.through_sqlite(path):
            return False
        else:
            linkable = rules.linkable(path)
        if self._watch.is_set():
            raise Cancelled()
        if self._piece and (len(self._piece) == BATCH_FILES or linkable != self._piece_linkable):
            self._give_piece()
        if not self._piece:
            self._piece_of, self._piece_linkable = folder, linkable
        self._piece.append(kind + name)
        return True

    def _give_piece(self) -> None:
        """Hand out the collected piece."""
        if self._piece:
            names, self._piece = self._piece, []
            folder, linkable = self._piece_of, self._piece_linkable
            self._give(folder, names, linkable, self.results.wait_for(folder.path))
            self._apply_backpressure()

    def _give(
        self,
        folder: WalkedFolder,
        names: list[bytes],
        linkable: bool,
        place: Pending,
        size: int = 0,
    ) -> None:
        """Hand out entries of the walk's present folder as one piece."""
        assert self._pool is not None
        first = joined(folder.path, names[0][1:]) + b"/" * (names[0][:1] == FOLDER_KIND)
        formers, fds = [], [self._from.fd, self._to.fd]
        places: Places = ()
        for number, parent in enumerate(self._parents()):
            places += parent.places(first)
            if parent.fd is not None and linkable:
                formers.append(number)
                fds.append(parent.fd)
        folder.awaited += 1
        folder.identity = self._from.identity if folder.identity == (0, 0) else folder.identity
        back = partial(self._came_back, folder, names, linkable, place)
        ends, former = duplicates(fds, folder.path), (linkable, tuple(formers), places)
        group = Group(folder.path, names, Work.COPY, [place], ends, back, *former)
        self._pool.give(group, size=size)

    def _came_back(
        self, folder: WalkedFolder, names: list[bytes], linkable: bool, place: Pending
    ) -> None:
        """Process a piece that a worker returned: its list lines, the entries it left, and those it
        did not begin."""
        piece = place.piece
        assert piece is not None
        self._folders += piece.folders
        self._entries.linked_files += piece.linked_files
        self._entries.linked_bytes += piece.linked_size
        last: Pending | None = None
        with self.results.at(place):
            for part in piece.parts:
                if isinstance(part, Lines):
                    self.results.lines(part)
                    last = None
                    continue
                if last is not None and last.left is not None and part.is_beside(last.left[-1]):
                    last.left.append(part)
                    continue
                last = self.results.wait_for(part.path)
                last.left, last.folder = [part], folder
                folder.awaited += 1
                if part.kind == Kind.FILE:
                    self._files_left.append(last)
        if rest := names[piece.begun :]:
            self._again.append((folder, rest, linkable, place, max(1, piece.begun)))
        else:
            self._group_done(folder, [place])

    def _pump(self) -> bool:
        """Process what came back. Return False if nothing came back, or all of it has to wait."""
        busy = False
        while True:  # each branch can create work for the others; left files come first
            if self._files_left:
                self._do_files(self._files_left.popleft())
            elif self._again and self._has_room():
                self._give_again(*self._again.popleft())
            elif (place := self.results.first) is not None and place.left:
                self._do_folder(place)
            elif (early := self._next_early()) is not None:
                self._hand_out_early(early)
            else:
                break
            busy = True
        return busy

    def _has_room(self) -> bool:
        """Whether entries may be handed out again: not while too many results are kept back for one
        that no worker is working on."""
        if self.results.held <= self._engine.most_pending:
            return True
        first = self.results.first
        for at, (_, _, _, place, _) in enumerate(self._again):
            if place is first:
                self._again.rotate(-at)
                return True
        assert self._pool is not None
        return self._pool.idle and first is not self._elsewhere_for and not (first and first.left)

    def _give_again(
        self, folder: WalkedFolder, names: list[bytes], linkable: bool, place: Pending, size: int
    ) -> None:
        """Hand out the entries of a piece that were not begun, in pieces of `size` entries, while
        there is room for their results."""
        at, most = 0, self._engine.most_pending
        with self._elsewhere(folder.path, place, folder.identity) as there:
            while there and at < len(names) and (not at or self.results.held <= most):
                some, place_of_it = names[at : at + size], self.results.wait_for(folder.path)
                self._give(folder, some, linkable, place_of_it, self._engine.batch_bytes // FEW)
                at += size
        if there and at < len(names):
            self._again.appendleft((folder, names[at:], linkable, place, size))
        else:
            self._group_done(folder, [place])

    def _next_early(self) -> Pending | None:
        """Return a place whose remaining subfolders can be handed out before its turn; None if
        there is none, or no worker is idle."""
        if self._pool is None or not self._pool.somebody_idle:
            return None
        if self.results.held > self._engine.most_pending:
            return None  # handing out would wait for other results, and these for this place
        for place in self.results.waiting(MOST_LOOKED_AT):
            since = place.left[0].since if place.left and place.missed is None else b""
            if since.startswith(FOLDER_KIND):
                return place
        return None

    def _hand_out_early(self, place: Pending) -> None:
        """Hand out the remaining subfolders of a folder; the folder is finished in its turn."""
        ((kind, path, since, identity),), place.left = place.left or [], None
        notes = place.notes
        with self._elsewhere(path, place) as there:
            if there and self._from.identity == identity:
                folder = WalkedFolder(path, Verdict.INCLUDED)
                since, place.missed = self._hand_out_since(folder, since)
        place.notes = notes  # when its turn comes, the same notes are made again
        place.missed = place.missed or []
        place.left = [Left(kind, path, since, identity)]

    def _hand_out_since(self, folder: WalkedFolder, since: bytes) -> tuple[bytes, list[bytes]]:
        """Hand out the present folder's subfolders, from `since` on, until one can't be handed out.

        Return where to continue, and the entries other than folders that are not copied so far."""
        with reading(folder.path):
            others, names, _ = listing(self._from.fd)
        missed = [name for name in others if not kind_in(self._to.fd, name)]
        names = [name for name in names if name >= since[1:]]
        for at, name in enumerate(names):
            if at % -(-len(names) // FEW) == 0:
                self._give_piece()
            there = kind_in(self._to.fd, name) in (0, stat.S_IFDIR)
            path = joined(folder.path, name)
            if not there or not self._in_piece(folder, FOLDER_KIND, name, path):
                return FOLDER_KIND + name, missed
        return ALL_GIVEN, missed

    def _do_files(self, place: Pending) -> None:
        """Copy files that the C library left, all in one folder, or hand them out one by one."""
        left, place.left = place.left or [], None
        path = left[0].path.rpartition(b"/")[0]
        names = [one.path.rpartition(b"/")[2] for one in left]
        folder = place.folder
        assert folder is not None
        own = folder if path == folder.path else WalkedFolder(path, Verdict.INCLUDED)
        with self._elsewhere(path, place, left[0].identity) as there:
            if there:
                beside = [
                    name + end
                    for name in names
                    if self.chooser.rules.through_sqlite(joined(path, name))
                    for end in COMPANIONS
                ]
                # A companion that is there now may vanish and return before its turn.
                self._files(own, names, frozenset((*filter(self._is_there, beside), *names)))
        self._group_done(folder, [place])

    def _is_there(self, name: bytes) -> bool:
        try:
            os.stat(name, dir_fd=self._from.fd, follow_symlinks=False)
        except OSError:
            return False
        return True

    def _do_folder(self, place: Pending) -> None:
        """Walk a folder that was left, or the rest of it, or finish it. All before it is done."""
        ((kind, path, since, identity),), place.left = place.left or [], None
        done = False
        holder, _, name = path.rpartition(b"/")
        folder = place.folder
        assert folder is not None
        above = identity if kind == Kind.FOLDER else (0, 0)
        with self._elsewhere(holder, place, above) as there:
            if there and self._selection.no_snapshots and named_so(name):
                self.results.note(path, LEFT_OUT)
            elif there and self._enter(name, path):
                top = WalkedFolder(path, Verdict.INCLUDED, since)
                top.missed = place.missed
                if kind == Kind.BEGUN:
                    if self._from.identity != identity:
                        self.results.note(path, MOVED, True)
                    top.pending = None if since else []
                self._walk(top)
                done = True
        if kind == Kind.BEGUN and not done:  # its copy exists, and stays unchanged
            with self.results.at(place), folder_beneath(self._hard_links.root, path + b"/") as made:
                self.results.entry(path, Owned.of(os.fstat(made)))
            self._folders += 1
        self._group_done(folder, [place])

    def _note_missed(self, holder: bytes, names: list[bytes]) -> None:
        """Note which entries were missed in a folder that was continued.

        Their turn in the lists is over, and they were not copied: when the folder was listed, they
        were folders or did not exist."""
        for name in names:
            path = joined(holder, name)
            if name.endswith(COMPANIONS) and self.chooser.rules.through_sqlite(
                path.rpartition(b"-")[0]
            ):
                continue  # copied with its database
            kind = kind_in(self._from.fd, name)
            if kind in COPIED and not kind_in(self._to.fd, name):
                self._entries.sink.note(path, MISSED)

    def _was_no_folder(self, holder: bytes, name: bytes) -> bool:
        """Whether an entry that is a folder now was copied as something else; if so, a note is
        made."""
        kind = kind_in(self._to.fd, name)
        if kind not in (0, stat.S_IFDIR):
            self._entries.sink.note(joined(holder, name), CHANGED)
        return kind not in (0, stat.S_IFDIR)

    @contextmanager
    def _elsewhere(
        self, path: bytes, place: Pending, identity: tuple[int, int] = (0, 0)
    ) -> Iterator[bool]:
        """Move the walk to another folder for a block; its results are put before `place`.

        Yields False, after a note, if the folder is gone. If the folder is not the one with
        `identity` (device, inode; zeros: any), this is only noted."""
        self._hand_out_all()
        try:
            ends = self._ends(path)
        except FileNotFoundError:
            place.note(place.path, VANISHED)
            yield False
            return
        there = self._from, self._to, self._parent, self._partial, self._elsewhere_unfinished
        before, self._elsewhere_for = self._elsewhere_for, place
        self._from, self._to = ends
        if identity not in ((0, 0), self._from.identity):
            place.note(path or b".", MOVED, True)
        opened = [parent.beneath(path) for parent in self._parents()]
        self._parent, self._partial = [*opened, None, None][:2]
        self._elsewhere_unfinished = len(self._unfinished)
        try:
            with self.results.at(place):
                yield True
                self._hand_out_all()
        finally:
            self._from.close()
            self._to.close()
            for parent in opened:
                parent.part()
            self._from, self._to, self._parent, self._partial, self._elsewhere_unfinished = there
            self._elsewhere_for = before

    def _ends(self, path: bytes) -> tuple[FolderStack, FolderStack]:
        """Open a folder at the source and at the destination, without following links.

        Raises:
            FileNotFoundError: the folder no longer exists at the source.
            PryvTuiError: `unreadable`, `disk-full`, `step-failed`: any other error ends the copy.
        """
        try:
            source = FolderStack.beneath(self._source_root, path)
        except OSError as error:
            if error.errno in (*GONE, *NO_FOLDER):
                raise FileNotFoundError(errno.ENOENT, "gone") from error
            raise read_failed(path or b".", error) from error
        try:
            return source, FolderStack.beneath(self._hard_links.root, path)
        except OSError as error:
            source.close()
            raise write_failed(path or b".", error) from error
