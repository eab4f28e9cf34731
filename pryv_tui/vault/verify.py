"""Checking what lies in a backup set against the hashes that lie beside it."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.vault.content import ContentCopier
from pryv_tui.vault.copy_types import CancelToken, Progress, TreeCount
from pryv_tui.vault.folders import FolderStack, open_quietly
from pryv_tui.vault.names import printable
from pryv_tui.vault.progress import TELL_SECONDS, Meter
from pryv_tui.vault.sums import SUMS_NAME, ExpectedSums
from pryv_tui.vault.tree_list import FILES_NAME, TREE_NAME, ExpectedTree, entries

THREADS = 2
"""Hashing releases the interpreter's lock, so each thread keeps a core busy."""
WAITING = 64
"""Files opened ahead of the hashing."""
NAMED = 1000
"""Names kept in each list of a result."""
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class VerifyResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found. The lists hold at most `NAMED` printable paths, the counts are whole."""

    files: int
    """Files read."""
    bytes: int
    wrong: tuple[str, ...] = ()
    """Files whose content is not what was copied, or that can't be read any more."""
    missing: tuple[str, ...] = ()
    """Listed, but not there as a regular file."""
    extra: tuple[str, ...] = ()
    """There, but not listed."""
    wrong_count: int = 0
    missing_count: int = 0
    extra_count: int = 0
    odd: tuple[str, ...] = ()
    """What is wrong with folders and links, in words; empty where the set has no list of them."""
    odd_count: int = 0

    @property
    def sound(self) -> bool:
        """Whether everything is as it was."""
        return not (self.wrong_count or self.missing_count or self.extra_count or self.odd_count)


def verify_sums(
    folder: Path,
    *,
    tree: str = "",
    total: TreeCount | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: CancelToken | None = None,
) -> VerifyResult:
    """Read every file of `<folder>/files` and compare it with `<folder>/SHA256SUMS`.

    Folders, links and fifos are compared with `<folder>/TREE` where `tree` is given.

    Symbolic links are never followed. Memory: see `ExpectedSums`.

    Args:
        folder: a host's part of a set.
        tree: the SHA-256 of the list of folders and links, as the set says; older sets have none.
        total: what the set says it holds, to give progress its totals.
        progress: called some times a second, and once at the end, in the calling thread.
        cancel: ends the check between two files or two chunks of one.

    Raises:
        PryvTuiError: `set-damaged`, the list or the folder is missing or the list is no list;
            `unreadable`, a folder can't be read.
        Cancelled: `cancel` was set.
    """
    root = os.fsencode(folder / FILES_NAME)
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    expected = ExpectedSums(folder / SUMS_NAME, FILES_NAME.encode() + b"/")
    listed: ExpectedTree | None = None
    try:
        if tree:
            listed = ExpectedTree(folder / TREE_NAME, tree)
        try:
            stack = FolderStack(open_quietly(root, flags))
        except OSError as error:
            what = f"{printable(root)} is no folder: {error.strerror}"
            raise PryvTuiError("set-damaged", what) from error
        try:
            return _Check(Meter(total, progress), cancel).run(stack, expected, listed)
        finally:
            stack.close()
    finally:
        expected.close()
        if listed is not None:
            listed.close()


class _Job(NamedTuple):
    fd: int
    path: bytes
    digest: bytes


class _Names:
    def __init__(self) -> None:
        self.count = 0
        self._names: list[bytes] = []
        self.words: list[str] = []

    def add(self, path: bytes) -> None:
        self.count += 1
        if len(self._names) < NAMED:
            self._names.append(path)

    def say(self, words: str) -> None:
        self.count += 1
        if len(self.words) < NAMED:
            self.words.append(words)

    def shown(self) -> tuple[str, ...]:
        return tuple(printable(path) for path in sorted(self._names))


class _Check:
    """One run: this thread walks and opens, the others read and hash."""

    def __init__(self, meter: Meter, cancel: CancelToken | None) -> None:
        self._meter = meter
        self._cancel = cancel
        self._lock = threading.Lock()
        self._files = self._bytes = 0
        self._jobs: queue.Queue[_Job | None] = queue.Queue(WAITING)
        self._failure: BaseException | None = None
        self._wrong, self._missing, self._extra = _Names(), _Names(), _Names()
        self._odd = _Names()

    def run(
        self, stack: FolderStack, expected: ExpectedSums, listed: ExpectedTree | None
    ) -> VerifyResult:
        threads = [threading.Thread(target=self._hash, daemon=True) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        try:
            for path, other in entries(stack, listed is not None):
                self._stop_if_asked()
                if other is not None:
                    self._meet(listed, other)
                    continue
                digest = expected.take(path)
                if digest is None:
                    self._extra.add(path)
                    continue
                self._open(stack.fd, path, digest)
        finally:
            for _ in threads:
                self._put(None)
            for thread in threads:
                while thread.is_alive():
                    thread.join(TELL_SECONDS)
                    self._report()
        self._stop_if_asked()
        for path in expected.left():
            self._missing.add(path)
        for words in listed.left() if listed is not None else ():
            self._odd.say(words)
        self._report()
        self._meter.finish()
        return VerifyResult(
            files=self._meter.files,
            bytes=self._meter.bytes,
            wrong=self._wrong.shown(),
            missing=self._missing.shown(),
            extra=self._extra.shown(),
            wrong_count=self._wrong.count,
            missing_count=self._missing.count,
            extra_count=self._extra.count,
            odd=tuple(self._odd.words),
            odd_count=self._odd.count,
        )

    def _meet(self, listed: ExpectedTree | None, entry: bytes) -> None:
        words = listed.meet(entry) if listed is not None else None
        if words is not None:
            self._odd.say(words)

    def _open(self, folder: int, path: bytes, digest: bytes) -> None:
        try:
            fd = open_quietly(path.rpartition(b"/")[2], _READ, folder)
        except OSError:
            with self._lock:
                self._wrong.add(path)
            return
        self._put(_Job(fd, path, digest))

    def _put(self, job: _Job | None) -> None:
        """Hand a job to the other threads; while they are busy, this one tells how far they are."""
        while True:
            try:
                self._jobs.put(job, timeout=TELL_SECONDS)
            except queue.Full:
                self._report()
            else:
                return self._report()

    def _report(self) -> None:
        with self._lock:
            self._meter.files, self._meter.bytes = self._files, self._bytes
        self._meter.report()

    def _hash(self) -> None:
        content = ContentCopier(self._cancel, self._tell)
        while (job := self._jobs.get()) is not None:
            try:
                if self._failure is None:
                    self._one(content, job)
            except BaseException as error:
                self._failure = error
            finally:
                os.close(job.fd)

    def _one(self, content: ContentCopier, job: _Job) -> None:
        try:
            same = content.digest(job.fd, job.path) == job.digest
        except Cancelled:
            raise
        except PryvTuiError:  # the disk can't read it any more
            same = False
        with self._lock:
            if not same:
                self._wrong.add(job.path)
            self._files += 1

    def _tell(self, count: int) -> None:
        with self._lock:
            self._bytes += count

    def _stop_if_asked(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled()
