"""A reorder buffer: workers finish in any order, the lists of a set are written in walk order.

A later walk reads the lists in step with its own (`ExpectedSums`), so they have to follow the
sorted walk. A result that arrives early waits here for those before it.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.paths import printable
from pryv_tui.vault.files.leaf import Checked, Leaf, Lines
from pryv_tui.vault.files.progress import Meter, Notes
from pryv_tui.vault.files.types import CopyNote
from pryv_tui.vault.lists.index import NO_STAT, IndexWriter, SourceStat
from pryv_tui.vault.lists.sums import ExpectedSums, SumsWriter, parse_line
from pryv_tui.vault.lists.tree import ExpectedTree, Owned, TreeWriter, path_of, record
from pryv_tui.vault.set_files import FILES_NAME

File = tuple[bytes, bytes, SourceStat | None]
"""A file's path, its digest, and what it was."""


Entry = tuple[bytes, Owned, bytes]
"""Of a folder, link or fifo: its path, what it is, and where a link leads."""


class Pending:
    """A result that is not there yet, of a file or a folder: its place in the order of the walk."""

    __slots__ = (
        "checked",
        "digest",
        "done",
        "entries",
        "files",
        "leaf",
        "lines",
        "notes",
        "path",
        "seen",
    )

    def __init__(
        self,
        path: bytes,
        digest: bytes | None = None,
        seen: SourceStat | None = None,
        *,
        done: bool = False,
    ) -> None:
        self.path = path
        self.seen = seen
        self.digest = digest
        """SHA-256 of what was written; None if there is nothing to list."""
        self.notes: tuple[tuple[bytes, str, bool], ...] = ()
        self.done = done
        self.leaf: Leaf | None = None
        """What became of a folder that was handed out as a whole."""
        self.checked: Checked | None = None
        """What a comparison of a set's folders with its lists found."""
        self.files: list[File] | None = None
        """The files of a folder that was handed out as a whole, with their paths."""
        self.lines: Lines | None = None
        """The same as lines for the lists, ready to be written."""
        self.entries: tuple[Entry, ...] = ()
        """Folders, links and fifos: what goes into the list of those."""

    def note(self, path: bytes, what: str, torn: bool = False) -> None:
        """Keep a note until it is this place's turn."""
        self.notes = (*self.notes, (path, what, torn))


class LateResults:
    """Results of what a worker left to do in a folder whose place in the order is taken already."""

    def __init__(self, place: Pending) -> None:
        self._place = place
        self._items: list[File | Pending] = []

    def add(self, path: bytes, digest: bytes, seen: SourceStat) -> None:
        """A file that is copied."""
        self._items.append((path, digest, seen))

    def note(self, path: bytes, what: str) -> None:
        """Something to be known."""
        self._place.note(path, what)

    def torn(self, path: bytes, what: str) -> None:
        """A copy that may mix several states."""
        self._place.note(path, what, True)

    def entry(self, path: bytes, owned: Owned, goal: bytes = b"") -> None:
        """A folder, link or fifo."""
        self._place.entries = (*self._place.entries, (path, owned, goal))

    def wait_for(self, path: bytes) -> Pending:
        """Keep a place for a file that a worker copies."""
        place = Pending(path)
        self._items.append(place)
        return place

    def files(self) -> list[File]:
        """All files; called when no result is awaited any more."""
        found: list[File] = []
        for item in self._items:
            if isinstance(item, tuple):
                found.append(item)
                continue
            if item.digest is not None:
                found.append((item.path, item.digest, item.seen))
            for note in item.notes:
                self._place.note(*note)
        return found


class OrderedResults:
    """Counts files, compares them and writes them into the lists, in the order of the walk."""

    def __init__(self, meter: Meter) -> None:
        self.sums: SumsWriter | None = None
        self.expected: ExpectedSums | None = None
        self.index: IndexWriter | None = None
        self.tree: TreeWriter | None = None
        self.linkable: Callable[[bytes], bool] = lambda _: True
        """Whether a later set may link to a file, by its path."""
        self.listed: ExpectedTree | None = None
        """The set's list of folders and links, if what is copied is compared with it."""
        self.strangers: list[tuple[bytes, bytes]] | None = None
        """What was copied and is in no list: its kind (`f`, or as in the list of folders and links)
        and its path, in an order in which it can be removed again. None: that is an error."""
        self._meter = meter
        self._notes = Notes()
        self._waiting: deque[Pending] = deque()
        self._files = 0
        """How many files the waiting folders hold that were copied as a whole."""

    @property
    def held(self) -> int:
        """How many results wait because an earlier one is still pending."""
        return len(self._waiting) + self._files

    def add(self, path: bytes, digest: bytes, seen: SourceStat) -> None:
        """Record a file that is copied, in its turn."""
        if self._waiting:
            self._waiting.append(Pending(path, digest, seen, done=True))
        else:
            self._record(path, digest, seen)

    def entry(self, path: bytes, owned: Owned, goal: bytes = b"") -> None:
        """Record a folder, link or fifo that is copied, in its turn."""
        if self.tree is None and self.listed is None:
            return
        if self._waiting:
            place = Pending(path, done=True)
            place.entries = ((path, owned, goal),)
            self._waiting.append(place)
        else:
            self._keep_entry(path, owned, goal)

    def _keep_entry(self, path: bytes, owned: Owned, goal: bytes) -> None:
        if self.tree is not None:
            self.tree.entry(path, owned, goal)
        if self.listed is not None:
            self._meet(record(b"/".join(filter(None, (FILES_NAME.encode(), path))), owned, goal))

    def _meet(self, entry: bytes) -> None:
        """Compare the record of a folder, link or fifo with the list."""
        odd = self.listed.meet(entry) if self.listed is not None else None
        if odd is None:
            return
        if odd.listed or self.strangers is None:
            raise PryvTuiError("set-damaged", odd.words)
        self.strangers.append((entry[:1], path_of(entry)))

    def note(self, path: bytes, what: str) -> None:
        """Record a note, in its turn."""
        self._note(path, what, False)

    def torn(self, path: bytes, what: str) -> None:
        """Record a note about a copy that may mix several states of its file, in its turn."""
        self._note(path, what, True)

    def _note(self, path: bytes, what: str, torn: bool) -> None:
        if self._waiting:
            place = Pending(path, done=True)
            place.note(path, what, torn)
            self._waiting.append(place)
        else:
            self._keep(path, what, torn)

    def _keep(self, path: bytes, what: str, torn: bool) -> None:
        if torn:
            self._notes.torn(path, what)
        else:
            self._notes.add(path, what)

    def wait_for(self, path: bytes) -> Pending:
        """Keep a place for a result; whoever has it sets `done` and calls `advance`."""
        place = Pending(path)
        self._waiting.append(place)
        return place

    def advance(self) -> None:
        """Record results in order, up to the first that is still pending.

        Raises:
            PryvTuiError: `set-damaged`, a file is not what was expected; what can't be written.
        """
        waiting = self._waiting
        while waiting and waiting[0].done:
            place = waiting.popleft()
            if place.digest is not None:
                self._record(place.path, place.digest, place.seen)
            if place.files is not None:
                self._files -= len(place.files)
                for file in place.files:
                    self._record(*file)
            if place.lines is not None:
                self._files -= place.lines.files
                self._write(place.lines)
            for note in place.notes:
                self._keep(*note)
            for entry in place.entries:
                self._keep_entry(*entry)

    def take_files(self, place: Pending, files: list[File]) -> None:
        """Take the files of a folder that is copied; `advance` records them in their turn."""
        place.files = files
        place.done = True
        self._files += len(files)

    def take_lines(self, place: Pending, lines: Lines) -> None:
        """Take a copied folder's lines for the lists; `advance` records them in their turn."""
        place.lines = lines
        place.done = True
        self._files += lines.files

    def listed_in(self) -> bytes | None:
        """The prefix of paths in the lists; None if the lists don't all have the same."""
        lists = (self.sums, self.expected, self.tree)
        found = {one.prefix for one in lists if one is not None}
        return found.pop() if len(found) == 1 else None

    def finish(self) -> None:
        """Check that nothing expected is missing, and finish the lists.

        Raises:
            PryvTuiError: `set-damaged`, something is missing; what can't be written.
        """
        if self.expected is not None:
            for path in self.expected.left():
                raise PryvTuiError("set-damaged", f"{printable(path)} is missing")
        if self.listed is not None:
            for words in self.listed.left():
                raise PryvTuiError("set-damaged", words)
        if self.sums is not None:
            sums, self.sums = self.sums, None
            sums.close()
        if self.index is not None:
            index, self.index = self.index, None
            index.close()
        if self.tree is not None:
            tree, self.tree = self.tree, None
            tree.close()

    def notes(self) -> tuple[CopyNote, ...]:
        """All notes."""
        return self._notes.all()

    def close(self) -> None:
        """Close the lists, done or not."""
        for one in (self.expected, self.listed):
            if one is not None:
                one.close()
        if self.sums is not None:
            # After a failure: what could not be written is said by that already.
            with contextlib.suppress(PryvTuiError):
                self.sums.close()
        if self.index is not None:
            with contextlib.suppress(PryvTuiError):
                self.index.close()
        if self.tree is not None:
            with contextlib.suppress(PryvTuiError):
                self.tree.close()

    def _write(self, lines: Lines) -> None:
        """List the files of a folder, and the folder."""
        files = lines.files
        if self.expected is not None and not self.expected.take_lines(lines.of_sums):
            for line in lines.of_sums.split(b"\n")[:-1]:
                path, digest = parse_line(line)
                files -= not self._compare(path[len(self.expected.prefix) :], digest)
        if self.sums is not None:
            self.sums.add_lines(lines.of_sums)
        if self.index is not None:
            self.index.add_lines(lines.of_index)
        if self.tree is not None:
            self.tree.add_records(lines.of_tree)
        if self.listed is not None:
            for entry in lines.of_tree.split(b"\0")[:-1]:
                self._meet(entry)
        self._meter.files_done(files)

    def _record(self, path: bytes, digest: bytes, seen: SourceStat | None) -> None:
        """Count a file, compare it with what was expected, and list it."""
        if not self._compare(path, digest):
            return
        if self.sums is not None:
            self.sums.add(path, digest)
        if self.index is not None:
            # A line for each line of the sums, whatever is known.
            self.index.add(seen or NO_STAT, linkable=self.linkable(path))
        self._meter.files_done(1)

    def _compare(self, path: bytes, digest: bytes) -> bool:
        """Whether a file is what is listed; false for one that is in no list."""
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
