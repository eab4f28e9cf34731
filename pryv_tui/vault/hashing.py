"""Hashing the files that a walk meets, by other processes where there is more than a little.

Hashing releases the interpreter's lock, but the walk does not: in threads, each file's hash waits
for its turn between two steps of the walk.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

from pryv_tui.errors import Cancelled
from pryv_tui.vault.content import ContentCopier, digest_of
from pryv_tui.vault.copy_messages import BATCH_BYTES, BATCH_FILES, ListedFiles, Task, WorkFolder
from pryv_tui.vault.copy_order import Awaited
from pryv_tui.vault.copy_pool import (
    ALONE_BYTES,
    ALONE_FILES,
    FORMER_BYTES,
    Pool,
    processes_here,
)
from pryv_tui.vault.copy_types import CancelToken
from pryv_tui.vault.progress import Meter


class Hasher:
    """Compares files with the digests that they should have."""

    def __init__(
        self,
        meter: Meter,
        cancel: CancelToken | None,
        wrong: Callable[[bytes], None],
        checked: Callable[[bytes, list[int] | None], None],
    ) -> None:
        """Compare with one process or several.

        Args:
            meter: counts.
            cancel: ends it.
            wrong: receives the path of a file that differs or can't be read.
            checked: receives what `check_folder` was asked for: the folder's path, and what
                `check_leaf` says.
        """
        self._meter = meter
        self._cancel = cancel
        self._wrong = wrong
        self._content = ContentCopier(cancel, meter.bytes_done)
        self._processes = processes_here()
        self._pool: Pool | None = None
        self._checked = checked
        self._folder: bytes | None = None
        self._end = -1
        self._listed: list[ListedFiles] = []
        """Of `_names`, where they are folders."""
        self._length = 0
        self._names: list[tuple[bytes, bool]] = []
        self._wanted: list[tuple[Awaited, bytes]] = []
        self._bytes = 0

    def together(self) -> bool:
        """Whether others do it by now."""
        if self._pool is not None:
            return True
        if self._much(0):
            self._start()
        return self._pool is not None

    def check(self, holder: int, path: bytes, digest: bytes) -> None:
        """Compare one file, now or later.

        Args:
            holder: the folder that it lies in, open.
            path: its path in the tree.
            digest: what its SHA-256 should be.

        Raises:
            Cancelled: the operator cancelled.
            PryvTuiError: `copy-process-died`.
        """
        self.look()
        folder, _, name = path.rpartition(b"/")
        try:
            size = os.stat(name, dir_fd=holder, follow_symlinks=False).st_size
        except OSError:
            return self._compare(path, digest, None)
        if self._pool is None and self._much(size):
            self._start()
        if self._pool is None or not self._pool.fits(folder):
            return self._compare(path, digest, digest_of(self._content, holder, name, path))
        if folder != self._folder or self._listed:
            self._hand_out()
            self._folder, self._end = folder, os.dup(holder)
        self._names.append((name, False))
        self._wanted.append((Awaited(path), digest))
        self._bytes += size
        if len(self._names) == BATCH_FILES or self._bytes >= BATCH_BYTES:
            self._hand_out()
        return None

    def check_folder(self, holder: int, path: bytes, listed: ListedFiles) -> bool:
        """Have others compare a folder that holds no folders; false: its files are to be checked.

        Args:
            holder: the folder that it lies in, open.
            path: its path in the tree.
            listed: what is listed of it.

        Raises:
            Cancelled: the operator cancelled.
            PryvTuiError: `copy-process-died`.
        """
        length = len(listed)
        if self._pool is None or length > FORMER_BYTES or not self._pool.fits(path):
            return False
        folder, _, name = path.rpartition(b"/")
        if (
            folder != self._folder
            or not self._listed
            or len(self._names) == BATCH_FILES
            or self._length + length > FORMER_BYTES
        ):
            self._hand_out()
            self._folder, self._end = folder, os.dup(holder)
        self._names.append((name, False))
        self._listed.append(listed)
        self._length += length
        return True

    def finish(self) -> None:
        """Wait for what was given to others."""
        self._hand_out()
        if self._pool is not None:
            self._pool.drain()

    def close(self) -> None:
        """End the other processes; what they did is counted."""
        if self._end >= 0:
            os.close(self._end)
        if self._pool is not None:
            pool, self._pool = self._pool, None
            self._meter.bytes += pool.done_bytes()
            self._meter.elsewhere = lambda: 0
            pool.close()

    def _much(self, size: int) -> bool:
        if not self._processes:
            return False
        total = self._meter.total
        files = max(total.files, self._meter.files)
        return files > ALONE_FILES or max(total.bytes, self._meter.bytes + size) > ALONE_BYTES

    def _start(self) -> None:
        try:
            self._pool = Pool(self._processes, self.look, lambda: 0)
        except OSError:
            self._processes = 0
        else:
            self._meter.elsewhere = self._pool.done_bytes

    def look(self) -> None:
        """Tell how far it is; `Cancelled` if that is wanted."""
        self._meter.report()
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled()

    def _hand_out(self) -> None:
        """Give the files of the last folder to whoever is free."""
        if self._folder is None or self._pool is None:
            return
        self.look()
        folder, names, wanted, listed = self._folder, self._names, self._wanted, self._listed
        size, ends = self._bytes, (self._end,)
        self._folder, self._end = None, -1
        self._names, self._wanted, self._listed = [], [], []
        self._bytes = self._length = 0
        if listed:
            work = WorkFolder(folder, names, Task.CHECK, listed=listed)
            places = [Awaited(folder)]
            finished = partial(self._folders_done, work, places[0])
        else:
            work = WorkFolder(folder, names, Task.HASH)
            places = [place for place, _ in wanted]
            finished = partial(self._done, wanted)
        self._pool.give(work, places, size=size, ends=ends, finished=finished)

    def _done(self, wanted: list[tuple[Awaited, bytes]]) -> None:
        for place, digest in wanted:
            self._compare(place.path, digest, place.digest)

    def _folders_done(self, work: WorkFolder, place: Awaited) -> None:
        lead = work.path + b"/" if work.path else b""
        for (name, _), wrong in zip(work.files, place.checked or (), strict=True):
            self._checked(lead + name, wrong)
        self._meter.report()

    def _compare(self, path: bytes, wanted: bytes, found: bytes | None) -> None:
        if found != wanted:
            self._wrong(path)
        self._meter.files_done(1)
