"""A reorder buffer: workers finish in any order, the lists of a set are written in walk order.

A later walk reads the lists in step with its own order (`ExpectedSums`), so the lists have to be in
walk order. A result that arrives early waits here for those before it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.paths import printable
from pryv_tui.vault.files.pieces import Left, Lines, Piece
from pryv_tui.vault.files.progress import KEPT_NOTES, Meter, Notes
from pryv_tui.vault.files.types import CopyNote
from pryv_tui.vault.lists.index import NO_STAT, IndexWriter, SourceStat
from pryv_tui.vault.lists.sums import ExpectedSums, SumsWriter, parse_line
from pryv_tui.vault.lists.tree import ExpectedTree, Owned, TreeWriter, path_of, record
from pryv_tui.vault.set_files import FILES_NAME

Entry = tuple[bytes, Owned, bytes]
"""A folder, link or fifo: its path, its owner and mode, and the target of a link."""


class Pending:
    """The place of a file's or folder's result in walk order. The result may still be missing."""

    __slots__ = (
        "after",
        "before",
        "digest",
        "done",
        "entries",
        "folder",
        "left",
        "lines",
        "missed",
        "notes",
        "path",
        "piece",
        "seen",
    )
    before: Pending
    after: Pending
    """The neighbouring places in walk order; all places form a ring."""

    def __init__(
        self, path: bytes, digest: bytes | None = None, seen: SourceStat | None = None
    ) -> None:
        self.path = path
        self.seen = seen
        self.digest = digest
        """SHA-256 of the content that was written; None if there is nothing to list."""
        self.notes: tuple[tuple[bytes, str, bool], ...] = ()
        self.done = False
        self.piece: Piece | None = None
        """The result of entries that were handed out together."""
        self.left: list[Left] | None = None
        """Entries that the walk has to copy here, before it is this place's turn."""
        self.missed: list[bytes] | None = None
        """As in `WalkedFolder`, for a folder that was partly handed out early."""
        self.folder: Any = None
        """The walk's folder, which is not finished before this place."""
        self.lines: Lines | None = None
        """Lines for the lists, ready to be written."""
        self.entries: tuple[Entry, ...] = ()
        """Folders, links and fifos to be written to `TREE`."""

    @property
    def weight(self) -> int:
        """What this place adds to `OrderedResults.held`: 1 + the files in its lines."""
        return 1 + (self.lines.files if self.lines is not None else 0)

    def put_before(self, other: Pending) -> None:
        """Insert this place right before another one."""
        self.before, self.after = other.before, other
        other.before.after = other.before = self

    def take_out(self) -> None:
        """Remove this place from the order."""
        self.before.after, self.after.before = self.after, self.before

    def note(self, path: bytes, what: str, torn: bool = False) -> None:
        """Keep a note until this place's turn."""
        self.notes = (*self.notes, (path, what, torn))


class OrderedResults:
    """Count files, compare them with the expected ones and write them to the lists, in walk
    order."""

    def __init__(self, meter: Meter) -> None:
        self.sums: SumsWriter | None = None
        self.expected: ExpectedSums | None = None
        self.index: IndexWriter | None = None
        self.tree: TreeWriter | None = None
        self.linkable: Callable[[bytes], bool] = lambda _: True
        """Returns whether a later set may link to the file with a path."""
        self.listed: ExpectedTree | None = None
        """The set's list of folders and links, if the copy is compared with it."""
        self.strangers: list[tuple[bytes, bytes]] | None = None
        """Copied entries that are in no list: kind (`f`, or as in the list of folders and links)
        and path, in an order in which they can be removed. None: such an entry is an error."""
        self.rights: list[CopyNote] = []
        """Notes on the rights that files grant to whoever executes them; only the first files."""
        self.rights_count = 0
        """Number of files that grant rights."""
        self._meter = meter
        self.notes = Notes()
        self._ring = Pending(b"")
        """The beginning and the end of the order, which is a ring."""
        self._ring.before = self._ring.after = self._ring
        self._turn = self._ring
        """The place before which new results are inserted."""
        self.held = 0
        """Number of results that wait for an earlier one; a result that is a piece counts with its
        files."""

    @property
    def first(self) -> Pending | None:
        """The place whose turn it is; None if no result waits."""
        return self._ring.after if self._ring.after is not self._ring else None

    def waiting(self, most: int) -> Iterator[Pending]:
        """Yield the next places in order, at most `most`."""
        place = self._ring.after
        while place is not self._ring and (most := most - 1) >= 0:
            yield place
            place = place.after

    @contextlib.contextmanager
    def at(self, place: Pending) -> Iterator[None]:
        """For a block, insert new results before `place`, which is not done yet."""
        before, self._turn = self._turn, place
        try:
            yield
        finally:
            self._turn = before

    def _put(self, place: Pending) -> Pending:
        place.put_before(self._turn)
        self.held += place.weight
        return place

    def add(self, path: bytes, digest: bytes, seen: SourceStat) -> None:
        """Record a copied file, when its turn comes."""
        self._come(Pending(path, digest, seen))

    def entry(self, path: bytes, owned: Owned, goal: bytes = b"") -> None:
        """Record a copied folder, link or fifo, when its turn comes."""
        if self.tree is None and self.listed is None:
            return
        place = Pending(path)
        place.entries = ((path, owned, goal),)
        self._come(place)

    def _keep_entry(self, path: bytes, owned: Owned, goal: bytes) -> None:
        if self.tree is not None:
            self.tree.entry(path, owned, goal)
        if self.listed is not None:
            self._meet(record(b"/".join(filter(None, (FILES_NAME.encode(), path))), owned, goal))

    def _meet(self, entry: bytes) -> None:
        """Compare the record of a folder, link or fifo with the set's list of them."""
        odd = self.listed.meet(entry) if self.listed is not None else None
        if odd is None:
            return
        if odd.listed or self.strangers is None:
            raise PryvTuiError("set-damaged", odd.words)
        self.strangers.append((entry[:1], path_of(entry)))

    def note(self, path: bytes, what: str, torn: bool = False) -> None:
        """Record a note, when its turn comes; `torn`: the copy may mix several states of the
        file."""
        place = Pending(path)
        place.note(path, what, torn)
        self._come(place)

    def wait_for(self, path: bytes) -> Pending:
        """Reserve a place for a result. Whoever puts the result there sets `done` and calls
        `advance`."""
        return self._put(Pending(path))

    def lines(self, lines: Lines) -> None:
        """Write lines to the lists, when their turn comes."""
        place = Pending(b"")
        place.lines = lines
        self._come(place)

    def advance(self) -> None:
        """Record results in order, up to the first that is still pending.

        Raises:
            PryvTuiError: `set-damaged`: a file differs from what was expected; or a list can't be
                written.
        """
        while (place := self._ring.after).done:
            place.take_out()
            self.held -= place.weight
            self._take(place)

    def _come(self, place: Pending) -> None:
        """Record a finished result: at once if nothing before it is pending, else when its turn
        comes."""
        place.done = True
        if self._ring.after is self._turn:
            self._take(place)
        else:
            self._put(place)

    def _take(self, place: Pending) -> None:
        if place.digest is not None:
            self._record(place.path, place.digest, place.seen)
        if place.lines is not None:
            self._write(place.lines)
        for note in place.notes:
            self.notes.add(*note)
        for entry in place.entries:
            self._keep_entry(*entry)

    def listed_in(self) -> bytes | None:
        """Return the prefix of paths in the lists, empty if there are no lists; None if the lists
        have different prefixes."""
        lists = (self.sums, self.expected, self.tree)
        found = {one.prefix for one in lists if one is not None} or {b""}
        return found.pop() if len(found) == 1 else None

    def finish(self) -> None:
        """Check that nothing expected is missing, and finish the lists.

        Raises:
            PryvTuiError: `set-damaged`: something is missing; or a list can't be written.
        """
        if self.expected is not None:
            for path in self.expected.left():
                raise PryvTuiError("set-damaged", f"{printable(path)} is missing")
        if self.listed is not None:
            for _, words in self.listed.left():
                raise PryvTuiError("set-damaged", words)
        for writer in (self.sums, self.index, self.tree):
            if writer is not None:
                writer.close()

    def close(self) -> None:
        """Close the lists, finished or not, and drop the results that still wait."""
        while (place := self.first) is not None:
            place.take_out()
            place.piece = None
        for one in (self.expected, self.listed):
            if one is not None:
                one.close()
        for writer in (self.sums, self.index, self.tree):
            if writer is not None:
                # The copy has failed already, and its error is the one reported.
                with contextlib.suppress(PryvTuiError):
                    writer.close()

    def _write(self, lines: Lines) -> None:
        """Record the files and folders in lines from a worker."""
        files = lines.files
        if self.expected is not None and not self.expected.take_lines(lines.of_sums):
            for line in lines.of_sums.split(b"\n")[:-1]:
                path, digest = parse_line(line)
                files -= not self._compare(path[len(self.expected.prefix) :], digest)
        if self.sums is not None:
            self.sums.write(lines.of_sums)
        if self.index is not None:
            self.index.write(lines.of_index)
        if self.tree is not None:
            self.tree.write(lines.of_tree)
        if self.listed is not None:
            for entry in lines.of_tree.split(b"\0")[:-1]:
                self._meet(entry)
        self._meter.files_done(files)

    def _record(self, path: bytes, digest: bytes, seen: SourceStat | None) -> None:
        """Count a file, compare it with the expected one, and list it."""
        if not self._compare(path, digest):
            return
        if self.sums is not None:
            self.sums.add(path, digest)
        if self.index is not None:
            # Always a line: the index has one for each line of the sums.
            self.index.add(seen or NO_STAT, linkable=self.linkable(path))
        if seen is not None and seen.rights:
            self.rights_count += 1
            if self.rights_count <= KEPT_NOTES:
                self.rights.append(CopyNote(printable(path), seen.rights))
        self._meter.files_done(1)

    def _compare(self, path: bytes, digest: bytes) -> bool:
        """Compare a file with the list. Return False if it is in no list and that is allowed.

        Raises:
            PryvTuiError: `set-damaged`: the file differs, or is in no list and this is not allowed.
        """
        if self.expected is None:
            return True
        wanted = self.expected.take(path)
        if wanted is None and self.strangers is not None:
            self.strangers.append((b"f", path))
            return False
        if wanted != digest:
            how = "is not in the list of its set" if wanted is None else "differs from its hash"
            raise PryvTuiError("set-damaged", f"{printable(path)} {how}")
        return True
