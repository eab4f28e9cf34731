"""Checking what lies in a backup set against the hashes that lie beside it."""

from __future__ import annotations

import os
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from itertools import takewhile
from pathlib import Path

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.folders import FolderStack, folder_beneath, open_quietly
from pryv_tui.filesystem.paths import printable, read_failed
from pryv_tui.reading import need_word
from pryv_tui.vault.copying.folder import joined
from pryv_tui.vault.files.pieces import UNREAD, Checked, ListedFiles
from pryv_tui.vault.files.progress import Meter
from pryv_tui.vault.files.types import CancelToken, Paths, Progress, TreeCount
from pryv_tui.vault.lists.index import check_list
from pryv_tui.vault.lists.sums import ExpectedSums
from pryv_tui.vault.lists.tree import ExpectedTree, entries, path_of
from pryv_tui.vault.parallel.engine import USUAL, CopyEngine
from pryv_tui.vault.parallel.hasher import Hasher
from pryv_tui.vault.parallel.messages import BATCH_FILES, Task, WorkFolder
from pryv_tui.vault.parallel.pool import LINES_BYTES, Pool
from pryv_tui.vault.set_files import FILES_NAME, INDEX_NAME, SUMS_NAME, TREE_NAME
from pryv_tui.vault.strangers import topmost

NAMED = 1000
"""Names kept in each list of a result."""


class VerifyResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found. The lists hold at most `NAMED` printable paths, the counts are whole."""

    files: int
    """Files read."""
    bytes: int
    listed: int = 0
    """Files that are listed and there, read or not."""
    wrong: tuple[str, ...] = ()
    """Files whose content is not what was copied, or that can't be read any more."""
    missing: tuple[str, ...] = ()
    """Listed, but not there as a regular file."""
    extra: tuple[str, ...] = ()
    """Files that are there, but not listed."""
    wrong_count: int = 0
    missing_count: int = 0
    extra_count: int = 0
    odd: tuple[str, ...] = ()
    """What is wrong with folders and links, in words; empty where the set has no list of them."""
    odd_count: int = 0
    changed: tuple[str, ...] = ()
    """Of `odd`, what is listed."""
    changed_count: int = 0
    strange: Paths = ()
    """What is in no list, files and others: their paths, all of them, but for what lies in one of
    these folders. What is listed may be whole all the same."""

    @property
    def sound(self) -> bool:
        """Whether everything is as it was, and nothing beside it."""
        return self.whole and not (self.extra_count or self.odd_count)

    @property
    def whole(self) -> bool:
        """Whether all that is listed is as it was, whatever lies beside it."""
        return not (self.wrong_count or self.missing_count or self.changed_count)


def verify_sums(
    folder: Path,
    *,
    tree: str = "",
    index: str = "",
    sums: str = "",
    part: int = 1,
    parts: int = 1,
    total: TreeCount | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: CancelToken | None = None,
    engine: CopyEngine = USUAL,
) -> VerifyResult:
    """Read every file of `<folder>/files` and compare it with `<folder>/SHA256SUMS`.

    Folders, links and fifos are compared with `<folder>/TREE` where `tree` is given.

    Symbolic links are never followed. Memory: see `ExpectedSums`.

    Args:
        folder: a host's part of a set.
        tree: the SHA-256 of the list of folders and links, as the set says; older sets have none.
        index: the SHA-256 of the index; likewise.
        sums: the SHA-256 of the list of hashes; likewise.
        part: read only this part of the files' content, from 1 on; names, folders and links are
            compared all the same.
        parts: of so many; each file is in one of them, always the same.
        total: what the set says it holds, to give progress its totals.
        progress: called some times a second, and once at the end, in the calling thread.
        cancel: ends the check between two files or two chunks of one.
        engine: how it is done.

    Raises:
        PryvTuiError: `set-damaged`, the list or the folder is missing or the list is no list;
            `unreadable`, a folder can't be read; `means`, `rights`, this process can't, or its
            user may not, which says nothing of the set.
        Cancelled: `cancel` was set.
    """
    root = os.fsencode(folder / FILES_NAME)
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    for name, digest in ((SUMS_NAME, sums), (INDEX_NAME, index)):
        if digest:
            check_list(folder / name, digest)
    expected = ExpectedSums(folder / SUMS_NAME, FILES_NAME.encode() + b"/")
    listed: ExpectedTree | None = None
    try:
        if tree:
            listed = ExpectedTree(folder / TREE_NAME, tree)
        try:
            stack = FolderStack(open_quietly(root, flags))
        except OSError as error:
            need_word(error, root)
            what = f"{printable(root)} is no folder: {error.strerror}"
            raise PryvTuiError("set-damaged", what) from error
        try:
            check = _Check(Meter(total, progress), cancel, part, parts, expected, listed, engine)
            return check.run(stack)
        finally:
            stack.close()
    finally:
        expected.close()
        if listed is not None:
            listed.close()


def part_of(path: bytes, parts: int) -> int:
    """Which of so many parts a file is in, from 1 on: by its name, so that it stays there."""
    return zlib.crc32(path) % parts + 1


def _names(listed: ListedFiles) -> Iterator[tuple[bytes, bytes]]:
    """Each line, with its newline, and the name of its file."""
    for line in listed.splitlines(keepends=True):
        yield line, line[:-1].rpartition(b"/")[2]


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
    """One run: a walk that reads the lists along, while others hash."""

    def __init__(
        self,
        meter: Meter,
        cancel: CancelToken | None,
        part: int,
        parts: int,
        expected: ExpectedSums,
        tree: ExpectedTree | None,
        engine: CopyEngine,
    ) -> None:
        self._engine = engine
        self._lines_bytes = LINES_BYTES if engine.lines_bytes is None else engine.lines_bytes
        self._meter = meter
        self._part, self._parts = part, parts
        self._expected, self._tree = expected, tree
        self._listed = 0
        self._wrong, self._missing, self._extra = _Names(), _Names(), _Names()
        self._odd, self._changed = _Names(), _Names()
        self._strange: set[bytes] = set()
        self._hasher = Hasher(meter, cancel, self._wrong.add, engine)
        self._root = -1
        self._again: deque[bytes] = deque()
        """Folders that others were to compare, and that are not what is listed."""

    def run(self, stack: FolderStack) -> VerifyResult:
        self._root = os.dup(stack.fd)
        try:
            elsewhere = partial(self._leaves, stack)
            for path, other in entries(stack, self._tree is not None, elsewhere=elsewhere):
                self._entry(stack, path, other)
                self._look_again()
            self._hasher.finish()
            while self._again:
                self._look_again()
                self._hasher.finish()
        finally:
            os.close(self._root)
            self._hasher.close()
        for path in self._expected.left():
            self._missing.add(path)
        for words in self._tree.left() if self._tree is not None else ():
            self._odd.say(words)
            self._changed.say(words)
        self._meter.finish()
        return VerifyResult(
            files=self._meter.files,
            bytes=self._meter.bytes,
            listed=self._listed,
            wrong=self._wrong.shown(),
            missing=self._missing.shown(),
            extra=self._extra.shown(),
            wrong_count=self._wrong.count,
            missing_count=self._missing.count,
            extra_count=self._extra.count,
            odd=tuple(self._odd.words),
            odd_count=self._odd.count,
            changed=tuple(self._changed.words),
            changed_count=self._changed.count,
            strange=tuple(topmost(self._strange)),
        )

    def _entry(self, stack: FolderStack, path: bytes, other: bytes | None) -> None:
        """Compare what lies in the folder that the stack is in, or that folder itself."""
        if other is not None:
            self._hasher.tick()
            self._meet(other)
            return
        digest = self._expected.take(path)
        if digest is None:
            self._extra.add(path)
            self._strange.add(path)
            return
        self._listed += 1
        if self._read_here(path):
            self._hasher.check(stack.fd, path, digest)
        else:
            self._hasher.tick()

    def _is_leaf(self, holder: int, name: bytes) -> bool:
        """Whether a folder certainly holds no folders; asked for sets without a list of them."""
        try:
            return self._engine.is_leaf(os.stat(name, dir_fd=holder, follow_symlinks=False))
        except OSError:
            return False

    def _read_here(self, path: bytes) -> bool:
        """Whether a file's content is in the part that is read."""
        return self._parts == 1 or part_of(path, self._parts) == self._part

    def _leaves(self, stack: FolderStack, holder: bytes, folders: list[bytes]) -> int:
        """Have others compare folders that hold no folders; how many, from the last of these on.

        Those of which nothing is listed next, in the order of the walk, have to be walked.
        """
        self._look_again()
        if not self._hasher.compares() or not Pool.fits(holder):
            return 0
        ahead = folders[: -BATCH_FILES - 1 : -1]
        heads = None
        if self._tree is not None:  # the record of one that holds folders comes after theirs
            heads = self._tree.take_below(holder, ahead)
            ahead = ahead[: len(heads)]
        else:
            ahead = list(takewhile(partial(self._is_leaf, stack.fd), ahead))
        listed = self._expected.take_below(holder, ahead, self._lines_bytes) if ahead else []
        if self._tree is not None and heads is not None:
            self._tree.put_back(holder, ahead[len(listed) :], heads[len(listed) :])
            heads = heads[: len(listed)]
        if not listed:
            return 0
        work = WorkFolder(
            holder,
            [(name, False) for name, _ in listed],
            Task.CHECK,
            listed=[self._wanted(holder, name, lines) for name, lines in listed],
            heads=heads,
        )
        self._hasher.check_folders(stack.fd, work, partial(self._checked, work, listed))
        return len(listed)

    def _wanted(self, holder: bytes, name: bytes, lines: ListedFiles) -> ListedFiles:
        """What is listed of a folder's files, those marked that are not read."""
        if self._parts == 1:
            return lines
        path = joined(holder, name)
        return b"".join(
            line if self._read_here(path + b"/" + file) else UNREAD + line[1:]
            for line, file in _names(lines)
        )

    def _checked(
        self, work: WorkFolder, listed: list[tuple[bytes, ListedFiles]], checked: Checked
    ) -> None:
        """Others have compared folders, or found that they are not what is listed."""
        heads = work.heads or [b""] * len(listed)
        for (name, lines), head, wrong in zip(listed, heads, checked, strict=True):
            if wrong is None:
                path = joined(work.path, name)
                self._expected.give_back(lines)
                if self._tree is not None:
                    self._tree.give_back(head, path)
                self._again.append(path)
                continue
            count = lines.count(b"\n")
            self._listed += count
            if self._parts > 1:
                path = joined(work.path, name)
                count = sum(self._read_here(joined(path, file)) for _, file in _names(lines))
            self._meter.files += count
            if wrong:
                path, names = joined(work.path, name), [file for _, file in _names(lines)]
                for number in wrong:
                    self._wrong.add(joined(path, names[number]))

    def _look_again(self) -> None:
        """Walk the folders that are not what is listed."""
        while self._again:
            top = self._again.popleft()
            try:
                with folder_beneath(self._root, top + b"/") as folder:
                    stack = FolderStack(os.dup(folder))
            except OSError as error:
                need_word(error, top)
                raise read_failed(top, error) from error
            try:
                for path, other in entries(stack, self._tree is not None, top=top):
                    self._entry(stack, path, other)
            finally:
                stack.close()

    def _meet(self, entry: bytes) -> None:
        odd = self._tree.meet(entry) if self._tree is not None else None
        if odd is None:
            return
        self._odd.say(odd.words)
        if odd.listed:
            self._changed.say(odd.words)
        else:
            self._strange.add(path_of(entry))
