"""Handing out parts of the tree that look plain, and doing what the C library leaves of them.

A piece is some entries of one folder, in the order of the walk, with all that is below them. A
worker's library copies it until it has done so much that others should have a share. What it did
not begin is handed out again, in pieces as large as what it did. What it began and did not end, and
what is not plain, comes back by its path, and has its place in the order (`Left`): there the walk
goes down once more. Files are copied as soon as they are told; a folder when all that comes before
it is done, so that no walk waits for another.
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
"""Places among which something is looked for that can be begun before its turn."""
ALL_GIVEN = FOLDER_KIND + b"\xff" * 256
"""Where to go on in a folder of which all is handed out: behind every name."""
COPIED = (stat.S_IFREG, stat.S_IFLNK, stat.S_IFIFO)
"""What is copied, of all that is no folder."""


class PieceDispatcher(Dispatcher, ABC):
    """The part of a copy that deals with pieces."""

    @abstractmethod
    def _enter(self, name: bytes, path: bytes) -> bool:
        """Enter a folder at the source, the destination and the parent; false if it is gone."""

    @abstractmethod
    def _walk(self, top: WalkedFolder) -> None:
        """Copy the folder that the walk is in, and everything below."""

    @abstractmethod
    def _files(self, folder: WalkedFolder, names: list[bytes], present: frozenset[bytes]) -> None:
        """Copy files of the present folder that were left."""

    def _hand_out_all(self) -> None:
        """Hand out what was collected of the present folder."""
        self._give_piece()
        if self._group:
            self._hand_out()

    def _dispatch_ready(self) -> None:
        """Hand out a piece that was collected, and process those that came back."""
        if self._native:
            self._give_piece()
            self._pump()

    def _wait(self) -> bool:
        """Wait until one batch is done; false if there is none."""
        assert self._pool is not None
        # Others may wait for what was not handed out yet.
        self._hand_out_all()
        return self._pump() or self._pool.wait()

    def _apply_backpressure(self) -> None:
        """Wait while too many results are kept because earlier ones are pending."""
        while self._pool is not None and self.results.held > self._engine.most_pending:
            if not self._wait():
                return

    def _in_piece(self, folder: WalkedFolder, kind: bytes, name: bytes, path: bytes) -> bool:
        """Have an entry of the present folder copied as a part of a piece; false if the walk has to
        do it.

        Args:
            kind: what it is (`FILE_KIND`, `FOLDER_KIND`, `OTHER_KIND`), or what it should be.
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
        """Hand out what was collected of the present folder."""
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
        """Hand out entries of the folder that the walk is in."""
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
        """Take what became of a piece."""
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
        """Go on with what came back; false if nothing did, or what did has to wait."""
        busy = False
        while True:  # each of them can bring more of the others, and files that are left come first
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
        """Whether more may be handed out once more: not while too many results wait for something
        else, that is not in anybody's hands."""
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
        """Hand out what was not begun of a piece, in pieces as large as what was, as far as there
        is room for what becomes of it."""
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
        """A folder of which folders are left that can be handed out before its turn, since somebody
        has nothing to do."""
        if self._pool is None or not self._pool.somebody_idle:
            return None
        if self.results.held > self._engine.most_pending:
            return None  # to hand out would have to wait for others, and they for this
        for place in self.results.waiting(MOST_LOOKED_AT):
            since = place.left[0].since if place.left and place.missed is None else b""
            if since.startswith(FOLDER_KIND):
                return place
        return None

    def _hand_out_early(self, place: Pending) -> None:
        """Hand out the folders that are left of one; in its turn it is finished."""
        ((kind, path, since, identity),), place.left = place.left or [], None
        notes = place.notes
        with self._elsewhere(path, place) as there:
            if there and self._from.identity == identity:
                folder = WalkedFolder(path, Verdict.INCLUDED)
                since, place.missed = self._hand_out_since(folder, since)
        place.notes = notes  # in its turn it is told what became of it
        place.missed = place.missed or []
        place.left = [Left(kind, path, since, identity)]

    def _hand_out_since(self, folder: WalkedFolder, since: bytes) -> tuple[bytes, list[bytes]]:
        """Hand out folders of the one that the walk is in, as far as they are for others; returns
        where to go on, and what is none and not in the copy so far."""
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
        """Copy what is no folder, or have it copied: neighbours in one folder."""
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
                # What was there a moment ago may be there again, when it has its turn.
                self._files(own, names, frozenset((*filter(self._is_there, beside), *names)))
        self._group_done(folder, [place])

    def _is_there(self, name: bytes) -> bool:
        try:
            os.stat(name, dir_fd=self._from.fd, follow_symlinks=False)
        except OSError:
            return False
        return True

    def _do_folder(self, place: Pending) -> None:
        """Walk a folder, or the rest of it, or finish it: all that comes before it is done."""
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
        if kind == Kind.BEGUN and not done:  # what was made of it stays, as it is
            with self.results.at(place), folder_beneath(self._hard_links.root, path + b"/") as made:
                self.results.entry(path, Owned.of(os.fstat(made)))
            self._folders += 1
        self._group_done(folder, [place])

    def _note_missed(self, holder: bytes, names: list[bytes]) -> None:
        """Tell what is no folder in one that is gone on with, whose turn in the lists is over, and
        that was not copied: it was a folder when its folder was listed, or was not there."""
        for name in names:
            path = joined(holder, name)
            if name.endswith(COMPANIONS) and self.chooser.rules.through_sqlite(
                path.rpartition(b"-")[0]
            ):
                continue  # it was copied with its database
            kind = kind_in(self._from.fd, name)
            if kind in COPIED and not kind_in(self._to.fd, name):
                self._entries.sink.note(path, MISSED)

    def _was_no_folder(self, holder: bytes, name: bytes) -> bool:
        """Whether a folder of one that is gone on with was copied before as what it was then."""
        kind = kind_in(self._to.fd, name)
        if kind not in (0, stat.S_IFDIR):
            self._entries.sink.note(joined(holder, name), CHANGED)
        return kind not in (0, stat.S_IFDIR)

    @contextmanager
    def _elsewhere(
        self, path: bytes, place: Pending, identity: tuple[int, int] = (0, 0)
    ) -> Iterator[bool]:
        """Have the walk be in another folder, whose results come before a place; false, and it is
        noted, if that is gone. It is noted too where another one lies there by now than that of
        this device and inode, zeros aside."""
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
        """A folder at the source and at the destination, reached without following a link.

        Raises:
            FileNotFoundError: it is not at the source any more.
            PryvTuiError: `unreadable`, `disk-full`, `step-failed`: anything else is no reason to
                leave it out.
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
