"""Hand out files to workers one by one, in groups of files from one folder.

A folder's mode and times are set after the last file handed out from it is finished, which may be
after the walk has left the folder. Until then its descriptors stay open, for a few dozen folders at
most.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from pryv_tui.filesystem.folders import FOLDER_FLAGS, FolderStack, open_quietly
from pryv_tui.filesystem.paths import read_failed, reading, write_failed
from pryv_tui.filesystem.same_file import MOVED, calm_before, was_moved
from pryv_tui.filesystem.standstill import Watch
from pryv_tui.ownership import make_private
from pryv_tui.vault.copying.count import Counting
from pryv_tui.vault.copying.entry import Entries
from pryv_tui.vault.copying.folder import WalkedFolder, close_ends, finish_folder, joined
from pryv_tui.vault.copying.parent import ParentWalk
from pryv_tui.vault.files.hard_links import HardLinks
from pryv_tui.vault.files.pieces import LISTS, CopyOptions
from pryv_tui.vault.files.progress import Meter
from pryv_tui.vault.files.selection import Chooser
from pryv_tui.vault.files.types import CopyHooks, Selection
from pryv_tui.vault.lists.tree import Owned
from pryv_tui.vault.parallel.engine import CopyEngine
from pryv_tui.vault.parallel.messages import BATCH_FILES, About, Group, WorkerConfig
from pryv_tui.vault.parallel.pool import Pool
from pryv_tui.vault.parallel.results import OrderedResults, Pending
from pryv_tui.vault.parallel.sizing import workers_of, worth_workers

UNFINISHED = 32
"""Most folders that the walk has left while files of them are still being copied. Each keeps two
descriptors open."""
_ROOT = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class Dispatcher:
    """The part of a copy that hands out files to workers, and takes their results."""

    def __init__(
        self,
        source: Path,
        destination: Path,
        selection: Selection,
        hooks: CopyHooks | None,
        meter: Meter,
        watch: Watch,
        engine: CopyEngine,
    ) -> None:
        self._engine = engine
        self._calm_ns = calm_before()
        self.chooser = Chooser(selection)
        self.results = OrderedResults(meter)
        self.results.linkable = self.chooser.rules.linkable
        self._selection = selection
        self._destination = os.fsencode(destination.absolute())
        self._watch = watch
        self._meter = meter
        self._folders = 0
        self._parent: ParentWalk | None = None
        self._partial: ParentWalk | None = None
        """The partial copy of a later backup that did not finish."""
        self._pool: Pool | None = None
        self._workers = 0 if hooks is not None else workers_of(engine)
        self._group: list[bytes] = []
        self._places: list[Pending] = []
        self._group_bytes = 0
        self._group_of = self._piece_of = WalkedFolder(b"", self.chooser.root)
        """The folders that the present group and the present piece belong to."""
        self._native = False
        """Whether the workers have the C library, which copies pieces."""
        self._piece: list[bytes] = []
        self._piece_linkable = True
        self._by_backup: tuple[bytes, set[bytes]] = b"", set()
        """The folder whose files were copied last, and the names of its databases whose companion
        files are in the database's copy or were copied with it."""
        self._apart: dict[bytes, bool] = {}
        """For each path of a database whose companion files are met separately: whether to skip
        them, because the database's copy includes them or they were created after it was copied."""
        self._files_left: deque[Pending] = deque()
        self._again: deque[tuple[WalkedFolder, list[bytes], bool, Pending, int]] = deque()
        """Pieces to continue: folder, entries that are not begun, whether they are linkable, place,
        number of entries to hand out at a time."""
        self._unfinished: set[WalkedFolder] = set()
        self._elsewhere_unfinished = 0
        """Number of unfinished folders whose files come after the folder that is walked now."""
        self._elsewhere_for: Pending | None = None
        """The place whose results the walk produces now, out of turn."""
        self._counting: Counting | None = None
        self._parents_of_names: frozenset[bytes] = frozenset()
        root = os.fsencode(source.absolute())
        with reading(root):
            self._from = FolderStack(open_quietly(root, _ROOT))
        self._source_root = os.dup(self._from.fd)
        try:
            make_private(destination)
            self._to = FolderStack(os.open(destination, _ROOT))
        except OSError as error:
            self._from.close()
            os.close(self._source_root)
            raise write_failed(self._destination, error) from error
        self._root_identity = self._to.identity
        self._hard_links = HardLinks(os.dup(self._to.fd))
        self._entries = Entries(
            root,
            self._hard_links,
            self.chooser.rules,
            self.results,
            hooks=hooks,
            cancel=watch,
            tell=meter.bytes_done,
            pass_hollow=self._selection.pass_hollow,
            engine=engine,
        )

    def _parents(self) -> list[ParentWalk]:
        return [parent for parent in (self._parent, self._partial) if parent is not None]

    def _start_pool(self) -> None:
        """Start the workers; if none can be started, this thread continues alone."""
        parents = self._parents()
        lists = [one for number, parent in enumerate(parents) for one in parent.lists(number)]
        listed_in = self.results.listed_in()
        native = listed_in is not None and len(lists) <= LISTS
        options = CopyOptions(
            links_tell=self._entries.names is None,
            settled_ns=self.results.index.settled_ns if self.results.index is not None else 0,
            proofs=tuple(parent.proof for parent in parents),
            calm_ns=self._calm_ns,
            lists=tuple(lists) if native else (),
            never=self._root_identity,
            no_snapshots=self._selection.no_snapshots,
            prefix=len(listed_in or b""),
        )
        config = WorkerConfig(options, listed_in or b"", self._selection, native)
        try:
            held = lambda: self.results.held  # noqa: E731
            who = self._meter, self._watch
            self._pool = Pool(self._workers, *who, held, config, self._engine)
        except RuntimeError:
            self._workers = 0
        else:
            self._native = self._pool.native

    def _end_pool(self) -> None:
        self._native = False
        if self._pool is not None:
            pool, self._pool = self._pool, None
            pool.close()

    def _start_pool_if_worth(self, size: int = 0) -> None:
        """Start the workers once there is enough to copy. `size`: bytes about to be added."""
        if self._pool is None:
            linked = self._entries.linked_files
            files = self._meter.files - linked + linked // self._engine.linked_per_copied
            size += self._meter.bytes - self._entries.linked_bytes
            if self._workers and worth_workers(self._engine, files, size):
                self._start_pool()

    def _for_others(self, path: bytes, status: os.stat_result) -> bool:
        """Whether a worker copies this file. A file that may have several names is copied here."""
        self._start_pool_if_worth(status.st_size)
        return self._pool is not None and not self._entries.several_names(path, status)

    def _collect(
        self,
        folder: WalkedFolder,
        name: bytes,
        path: bytes,
        size: int,
        beside: Sequence[bytes] = (),
    ) -> None:
        """Add a file to the group of its folder.

        Args:
            beside: names of a database's companion files, in walk order. They go into the same
                group, since whoever copies the database knows whether they are in its copy.
        """
        if self._group and len(self._group) + 1 + len(beside) > BATCH_FILES:
            self._hand_out()
        self._group_of = folder
        self._group.append(self._about(path) + name)
        self._places.append(self.results.wait_for(path))
        for other in beside:
            full = joined(folder.path, other)
            self._group.append(self._about(full, About.BESIDE) + other)
            self._places.append(self.results.wait_for(full))
        self._group_bytes += size
        if len(self._group) == BATCH_FILES or self._group_bytes >= self._engine.batch_bytes:
            self._hand_out()

    def _about(self, path: bytes, about: About = About.NOTHING) -> bytes:
        """Return a worker's flags for a file, as one byte."""
        rules = self.chooser.rules
        about |= About.MAY_CHANGE if rules.may_change(path) else About.NOTHING
        about |= About.DATABASE if rules.through_sqlite(path) else About.NOTHING
        return bytes((about,))

    def _hand_out(self) -> None:
        """Hand out the collected group of files."""
        assert self._pool is not None
        folder = self._group_of
        folder.awaited += 1
        names, places, self._group, self._places = self._group, self._places, [], []
        size, self._group_bytes = self._group_bytes, 0
        ends = duplicates([self._from.fd, self._to.fd], folder.path)
        done = partial(self._group_done, folder, places)
        self._pool.give(Group(folder.path, names, None, places, ends, done), size=size)

    def _group_done(self, folder: WalkedFolder, places: list[Pending]) -> None:
        """Record that a part of a folder is done, and finish the folder after its last part."""
        for place in places:
            place.done = True
        folder.awaited -= 1
        if folder.ends is not None and folder.place is not None and not folder.awaited:
            self._unfinished.discard(folder)
            place = folder.place
            try:
                source, target = folder.ends
                status = finish_folder(source, target, place.path, place.note)
                if self._moved(folder, source, status):
                    place.note(place.path, MOVED, True)
            finally:
                close_ends(folder)
            place.entries = (*place.entries, (folder.path, Owned.of(status), b""))
            folder.place.done = True
        self.results.advance()

    def _moved(self, folder: WalkedFolder, source: int, status: os.stat_result) -> bool:
        """Whether an open folder of the source was moved or renamed while it was copied. The
        folders above it are checked separately."""
        if folder.holder is None or status.st_ctime_ns < self._calm_ns:
            return False
        try:
            above = os.open(b"..", FOLDER_FLAGS, dir_fd=source)
        except OSError:
            return status.st_nlink > 0
        try:
            name = folder.path.rpartition(b"/")[2]
            elsewhere = not os.path.samestat(os.fstat(above), folder.holder)
            return elsewhere or was_moved(above, name, status, self._calm_ns)
        finally:
            os.close(above)


def duplicates(fds: Sequence[int], path: bytes) -> tuple[int, ...]:
    """Duplicate open descriptors (dup(2)). If one can't be duplicated, none stays open.

    Raises:
        PryvTuiError: `means`: the process has no descriptors left; `path` is named in the error.
    """
    made: list[int] = []
    try:
        for fd in fds:
            made.append(os.dup(fd))
    except OSError as error:
        for fd in made:
            os.close(fd)
        raise read_failed(path or b".", error) from error
    return tuple(made)
