"""The walk of a copy: enter each folder that is copied, and copy it entry by entry."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.filesystem.attributes import keep_owner
from pryv_tui.filesystem.folders import folder_beneath, listing
from pryv_tui.filesystem.paths import printable, read_failed, reading, writing
from pryv_tui.filesystem.same_file import MOVED
from pryv_tui.filesystem.snapshots import LEFT_OUT, is_snapshot, named_so
from pryv_tui.formats.sqlite.names import COMPANIONS
from pryv_tui.vault.copying.count import Counting, count_tree
from pryv_tui.vault.copying.dispatch import UNFINISHED, duplicates
from pryv_tui.vault.copying.entry import Here
from pryv_tui.vault.copying.folder import (
    NO_FOLDER,
    WalkedFolder,
    close_ends,
    finish_folder,
    joined,
    kind_in,
    make_folder,
)
from pryv_tui.vault.copying.parent import Parent, ParentWalk
from pryv_tui.vault.copying.pieces import PieceDispatcher
from pryv_tui.vault.files.content import ContentCopier
from pryv_tui.vault.files.copier import CHANGED, GONE, VANISHED, Changed, Vanished
from pryv_tui.vault.files.linking import Proof
from pryv_tui.vault.files.pieces import FILE_KIND, FOLDER_KIND, OTHER_KIND
from pryv_tui.vault.files.selection import Verdict
from pryv_tui.vault.files.types import CopyResult
from pryv_tui.vault.lists.tree import Owned
from pryv_tui.vault.parallel.sizing import worth_workers
from pryv_tui.vault.strangers import topmost

TIMES = (
    "the destination stores timestamps less precisely than the source, so later backups will copy"
    " these files again instead of linking them"
)


class TreeCopy(PieceDispatcher):
    """One run of `copy_tree`."""

    def __enter__(self) -> TreeCopy:
        return self

    def use_parent(self, parent: Parent, proof: Proof) -> None:
        """Hard-link files that are unchanged since the parent was made."""
        content = ContentCopier(
            self._watch, lambda _: self._meter.report(), most_holes=self._engine.most_holes
        )
        self._parent = ParentWalk(parent, content, proof)
        if parent.partial is not None:
            self._partial = ParentWalk(parent.partial, content, proof)

    def count(self, source: Path) -> None:
        """Find totals for progress: the parent's totals, or else a count of the tree.

        If this thread copies alone, the count is done before the copy, otherwise in parallel."""
        known = self._parent.totals if self._parent is not None else None
        if known is not None and not self._selection.only:
            self._meter.total, self._meter.reckoned = known, True
        elif self._workers:
            self._counting = Counting(source, self._selection, self._meter, self._engine)
        else:
            self._meter.total = count_tree(
                source, self._selection, cancel=self._watch, engine=self._engine
            )

    def set_hard_links(self, names: frozenset[bytes] | None) -> None:
        """Set the files that have several names; None: each file's link count decides."""
        self._entries.names = names
        self._hard_links.hashed = names is not None
        self._parents_of_names = frozenset(
            path[:at] for path in names or () for at, byte in enumerate(path) if byte == 0x2F
        )

    def __exit__(self, *_: object) -> None:
        if self._counting is not None:
            self._counting.end()
        try:
            self._end_pool()
        finally:
            for parent in self._parents():
                parent.close()
            self._from.close()
            self._to.close()
            os.close(self._source_root)
            self._hard_links.close()
            self.results.close()
            for folder in self._unfinished:
                close_ends(folder)

    def run(self) -> CopyResult:
        """Walk the tree, and finish the copy. Each folder gets its times after its content."""
        keep_owner(self._to.fd, b".", os.fstat(self._from.fd), self.results.note)
        total = self._meter.total
        much = total.files, total.bytes
        if self._parent is not None:  # most is linked: the walk shows how much is not
            much = max(total.files, self._parent.files) // self._engine.linked_per_copied, 0
        if self._workers and worth_workers(self._engine, *much):
            self._start_pool()
        self._walk(WalkedFolder(b"", self.chooser.root))
        self._end_pool()
        self._watch.at = None  # the disk may be slow now, since it writes what was copied
        self.results.finish()
        strangers = self._without_strangers()
        self._engine.sync(self._hard_links.root, self._destination)
        self._meter.finish()
        entries = self._entries
        return CopyResult(
            files=self._meter.files,
            bytes=self._meter.bytes,
            folders=self._folders - sum(kind == b"d" for kind, _ in strangers),
            links=entries.links - sum(kind == b"l" for kind, _ in strangers),
            notes=self.results.notes.all(),
            linked_files=entries.linked_files,
            linked_bytes=entries.linked_bytes,
            tree=self.results.tree.digest if self.results.tree is not None else "",
            strangers=tuple(topmost(path for _, path in strangers)),
            rights=tuple(self.results.rights),
            rights_count=self.results.rights_count,
        )

    def _without_strangers(self) -> list[tuple[bytes, bytes]]:
        """Remove entries that are in no list of the set from the copy, and return them.

        They were added to the source during the copy; strangers that were there before were not
        copied.
        """
        strangers = self.results.strangers or []
        for kind, path in strangers:
            name = path.rpartition(b"/")[2]
            with writing(path), folder_beneath(self._hard_links.root, path) as holder:
                times = os.fstat(holder)
                (os.rmdir if kind == b"d" else os.unlink)(name, dir_fd=holder)
                os.utime(holder, ns=(times.st_atime_ns, times.st_mtime_ns))
        return strangers

    def _walk(self, top: WalkedFolder) -> None:
        """Copy the walk's present folder, and everything below it."""
        way = [top]
        while way:
            folder = way[-1]
            if folder.pending is None:
                folder.pending = self._content(folder)
            if folder.pending:
                name, verdict = folder.pending.pop()
                path = joined(folder.path, name)
                plain = verdict is Verdict.INCLUDED
                if plain and self._in_piece(folder, FOLDER_KIND, name, path):
                    continue
                if self._enter(name, path):
                    way.append(WalkedFolder(path, verdict))
            else:
                self._leave(folder, last=folder.path == b"")
                way.pop()

    def _content(self, folder: WalkedFolder) -> list[tuple[bytes, Verdict]]:
        """Copy the files of the present folder, and return the subfolders to walk, last first."""
        path = folder.path
        with reading(path or b"."):
            others, folders, odd = listing(self._from.fd)
        if folder.since.startswith(FOLDER_KIND):
            before, others = others, []
            folders = [name for name in folders if name >= folder.since[1:]]
        else:
            before = [name for name in others if name < folder.since[1:]]
            others = others[len(before) :]
        if folder.since:
            folders = [name for name in folders if not self._was_no_folder(path, name)]
            self._note_missed(path, before if folder.missed is None else folder.missed)
        self._files(folder, others, frozenset(others), odd)
        if self._selection.no_snapshots:
            for name in filter(named_so, folders):
                self._entries.sink.note(joined(path, name), LEFT_OUT)
            folders = [name for name in folders if not named_so(name)]
        verdict = self.chooser.verdict
        below: list[tuple[bytes, Verdict]] = [
            (name, own)
            for name in reversed(folders)
            if (own := verdict(joined(path, name), folder.verdict)) is not Verdict.EXCLUDED
        ]
        self._hand_out_all()
        return below

    def _files(
        self,
        folder: WalkedFolder,
        names: list[bytes],
        present: frozenset[bytes],
        odd: set[bytes] | None = None,
    ) -> None:
        """Copy the entries of the present folder that are not folders.

        Args:
            folder: the present folder.
            names: the entries.
            present: all names among which a database's companion files may be found.
            odd: those of `names` that are not regular files; None if `names` were tried before.
        """
        first = odd is not None
        if first or self._by_backup[0] != folder.path:
            self._by_backup = folder.path, set()
        done = self._by_backup[1]
        here = self._here(folder.path)
        for at, name in enumerate(names):
            full = joined(folder.path, name)
            if self.chooser.verdict(full, folder.verdict) is not Verdict.INCLUDED:
                continue
            if name.endswith(COMPANIONS) and (
                name.rpartition(b"-")[0] in done or self._is_of_another_moment(full, names)
            ):
                continue  # its content is in the database's copy, or will be
            kind = FILE_KIND if not odd or name not in odd else OTHER_KIND
            if first and self._in_piece(folder, kind, name, full):
                continue
            self._give_piece()
            beside: list[bytes] | None = []
            if self.chooser.rules.through_sqlite(full):
                beside = self._beside(folder, names, at, present)
            linked = self._entries.linked_files
            whole = self._entry(folder, here, name, full, beside)
            if whole:
                done.add(name)
            if beside is None or (beside and not whole):
                self._apart[full] = whole
            elif not (beside or first) and self.chooser.rules.through_sqlite(full):
                self._apart[full] = True
            if self._entries.linked_files > linked:
                self._apply_backpressure()  # may copy other left files of this folder

    def _is_of_another_moment(self, path: bytes, names: list[bytes]) -> bool:
        """Whether a companion file was created after its database (not in `names`) was copied.

        The database was closed when it was copied, and a later log would spoil its copy."""
        database = path.rpartition(b"-")[0]
        name = database.rpartition(b"/")[2]
        if name in names or not self.chooser.rules.through_sqlite(database):
            return False
        if database in self._apart:
            return self._apart[database]
        return kind_in(self._to.fd, name) == stat.S_IFREG

    def _beside(
        self, folder: WalkedFolder, others: list[bytes], at: int, present: frozenset[bytes]
    ) -> list[bytes] | None:
        """Return the names of a database's companion files, if they follow it in the walk and all
        are plain files that are copied; None otherwise."""
        name = others[at]
        found = [name + ending for ending in sorted(COMPANIONS) if name + ending in present]
        if others[at + 1 : at + 1 + len(found)] != found:
            return None
        for one in found:
            path = joined(folder.path, one)
            if self.chooser.verdict(path, folder.verdict) is not Verdict.INCLUDED:
                return None
            try:
                status = os.stat(one, dir_fd=self._from.fd, follow_symlinks=False)
            except FileNotFoundError:
                continue  # whoever copies the database sees whether it returns
            except OSError:
                return None
            if not stat.S_ISREG(status.st_mode) or self._entries.several_names(path, status):
                return None
        return found

    def _here(self, path: bytes) -> Here:
        parent = self._parent.here(path) if self._parent is not None else None
        partial = self._partial.here(path) if self._partial is not None else None
        if parent is not None:
            parent.partial = partial
        return Here(self._from.fd, self._to.fd, parent or partial)

    def _entry(
        self,
        folder: WalkedFolder,
        here: Here,
        name: bytes,
        path: bytes,
        beside: Sequence[bytes] | None = (),
    ) -> bool:
        """Copy one entry that is not a folder.

        Return True if it is a database whose companion files are in its copy, or are copied with
        it.

        Args:
            beside: names of its companion files, if they follow it in the walk; None if they don't.
        """
        self._watch.at = path
        if self._watch.is_set():
            raise Cancelled()
        entries = self._entries
        alone = beside is not None and not beside
        try:
            status = os.stat(name, dir_fd=here.source, follow_symlinks=False)
            if entries.another_name(here, name, path, status):
                return False
            if not stat.S_ISREG(status.st_mode):
                entries.other(here, name, path, status)
            elif entries.unchanged(here, name, path, status, alone=alone):
                return not alone and entries.has_all(here, name, path)
            elif beside is not None and self._for_others(path, status):
                self._collect(folder, name, path, status.st_size, beside)
                return bool(beside)
            else:
                return entries.file(here, name, path)
        except Changed:
            entries.sink.note(path, CHANGED)
        except Vanished as gone:
            if not gone.told:
                entries.sink.note(path, VANISHED)
        except OSError as error:
            if error.errno not in GONE:
                raise read_failed(path, error) from error
            entries.sink.note(path, VANISHED)
        return False

    def _enter(self, name: bytes, path: bytes) -> bool:
        """Enter a folder at the source, in the copy and the parent.

        Return False if the folder is skipped, with a note: it is gone, is no longer a folder, or is
        a snapshot.
        """
        self._dispatch_ready()
        self._watch.at = path
        if self._watch.is_set():
            raise Cancelled()
        try:
            self._from.enter(name)
        except OSError as error:
            if error.errno in GONE:
                self._entries.sink.note(path, VANISHED)
            elif error.errno in NO_FOLDER:
                self._entries.sink.note(path, CHANGED)
            else:
                raise read_failed(path, error) from error
            return False
        folder = self._from.fd, self._from.status, self._from.holder
        if self._selection.no_snapshots and is_snapshot(*folder):
            self._entries.sink.note(path, LEFT_OUT)
            self._from.leave()
            return False
        if self._from.identity == self._root_identity:
            what = f"the copy would be inside the folder that is copied: {printable(path)}"
            raise PryvTuiError("refused", what, "Name a vault outside of it with --vault.")
        self._to.take(make_folder(self._to.fd, name, path))
        keep_owner(self._to.fd, path, self._from.status, self._entries.sink.note)
        for parent in self._parents():
            parent.enter(name)
        self._folders += 1
        return True

    def _leave(self, folder: WalkedFolder, *, last: bool) -> None:
        """Set the present folder's attributes and times now, or later if parts of it are still
        being copied, and go up."""
        path = folder.path or b"."
        folder.holder = None if last else self._from.holder
        self._dispatch_ready()
        if last:
            while self._pool is not None and self._wait():
                pass
        for parent in self._parents() if not last else ():
            parent.leave()
        if folder.awaited:
            folder.ends = duplicates([self._from.fd, self._to.fd], path)
            folder.place = self.results.wait_for(path)
            self._unfinished.add(folder)
        else:
            sink = self._entries.sink
            status = finish_folder(self._from.fd, self._to.fd, path, sink.note)
            if last and os.fstat(self._to.fd).st_mtime_ns != status.st_mtime_ns:
                sink.note(path, TIMES)
            if self._moved(folder, self._from.fd, status):
                sink.note(path, MOVED, True)
            sink.entry(folder.path, Owned.of(status))
        if last:
            return
        with reading(path):
            self._from.leave()
        with writing(path):
            self._to.leave()
        while (
            self._pool is not None
            and len(self._unfinished) - self._elsewhere_unfinished >= UNFINISHED
            and self._wait()
        ):
            pass
