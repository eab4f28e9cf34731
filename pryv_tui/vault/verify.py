"""Check the files of a backup set against the hashes stored beside them."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.folders import FolderStack, folder_beneath, open_quietly
from pryv_tui.filesystem.paths import printable
from pryv_tui.filesystem.standstill import Watch
from pryv_tui.reading import need_word
from pryv_tui.vault.files.content import ContentCopier, digest_of
from pryv_tui.vault.files.pieces import UNREAD, CopyOptions, Lines, in_part
from pryv_tui.vault.files.progress import Meter
from pryv_tui.vault.files.types import CancelToken, Paths, Progress, TreeCount
from pryv_tui.vault.lists.index import check_list
from pryv_tui.vault.lists.sums import DIGITS, ExpectedSums, parse_line
from pryv_tui.vault.lists.tree import ExpectedTree, path_of
from pryv_tui.vault.parallel.engine import USUAL, CopyEngine, watched
from pryv_tui.vault.parallel.messages import WorkerConfig
from pryv_tui.vault.parallel.reader import Reader
from pryv_tui.vault.set_files import FILES_NAME, INDEX_NAME, SUMS_NAME, TREE_NAME
from pryv_tui.vault.strangers import topmost

NAMED = 1000
"""Most names in each list of a result."""
WRONG, MISSING = "differs from its hash", "is missing"
"""What can be wrong with a file, in words."""
Told = Callable[[bytes, str], None]


class VerifyResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a check. Each list has at most `NAMED` printable paths; the counts include
    all."""

    files: int
    """Number of files read."""
    bytes: int
    listed: int = 0
    """Number of listed files that exist, read or not."""
    wrong: tuple[str, ...] = ()
    """Files whose content is not what was copied, or can't be read."""
    missing: tuple[str, ...] = ()
    """Listed files that are missing, or are not regular files."""
    extra: tuple[str, ...] = ()
    """Files that exist and are not listed."""
    wrong_count: int = 0
    missing_count: int = 0
    extra_count: int = 0
    odd: tuple[str, ...] = ()
    """Differences of folders and links, in words; empty if the set has no list of them."""
    odd_count: int = 0
    changed: tuple[str, ...] = ()
    """Those differences of `odd` that are about listed entries."""
    changed_count: int = 0
    altered: tuple[str, ...] = ()
    """Those differences of `changed` that are about entries that exist, but differ."""
    strange: Paths = ()
    """Paths of all strangers, files and others; a stranger inside another stranger is not named.
    The listed files may still be good."""

    @property
    def sound(self) -> bool:
        """Whether everything is as it was copied, and there are no strangers."""
        return self.whole and not (self.extra_count or self.odd_count)

    @property
    def whole(self) -> bool:
        """Whether everything listed is as it was copied, with or without strangers."""
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
    told: Told | None = None,
) -> VerifyResult:
    """Read each file in `<folder>/files`, and compare it with `<folder>/SHA256SUMS`.

    If `tree` is given, folders, links and fifos are compared with `<folder>/TREE`. Symbolic links
    are never followed. Memory: see `ExpectedSums`.

    Args:
        folder: a host's part of a set.
        tree: the SHA-256 of the list of folders and links, from `set.json`; older sets have none.
        index: the SHA-256 of the index, from `set.json`; older sets have none.
        sums: the SHA-256 of the list of hashes, from `set.json`; older sets have none.
        part: read only this part of the files' content, numbered from 1. Names, folders and links
            are all compared.
        parts: number of parts; a file is always in the same part.
        total: what the set should contain, as progress totals.
        progress: called a few times a second, and once at the end, in the calling thread.
        cancel: ends the check between two files or two chunks of one.
        engine: settings of the check.
        told: called for each file that is wrong or missing, and each folder (path ends with `/`) or
            link that is missing, with the path below `files` and the words; not limited to `NAMED`.

    Raises:
        PryvTuiError: `set-damaged`: the list or the folder is missing, or the list is invalid;
            `unreadable`: a folder can't be read; `means`, `rights`: this process or user can't read
            it, which says nothing about the set.
        Cancelled: `cancel` was set.
    """
    root = os.fsencode(folder / FILES_NAME)
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    for name, digest in ((SUMS_NAME, sums), (INDEX_NAME, index)):
        if digest:
            check_list(folder / name, digest)
    with ExitStack() as opened:
        prefix = FILES_NAME.encode() + b"/"
        expected = opened.enter_context(closing(ExpectedSums(folder / SUMS_NAME, prefix)))
        listed = ExpectedTree(folder / TREE_NAME, tree) if tree else None
        if listed is not None:
            opened.callback(listed.close)
        try:
            stack = opened.enter_context(closing(FolderStack(open_quietly(root, flags))))
        except OSError as error:
            need_word(error, root)
            what = f"{printable(root)} can't be opened as a folder: {error.strerror}"
            raise PryvTuiError("set-damaged", what) from error
        meter = Meter(total, progress, where=str(folder))
        watch = opened.enter_context(watched(meter, cancel, engine))
        return _Check(meter, watch, (part, parts), expected, listed, engine, stack, told).run()


class _Names:
    def __init__(self, words: str = "", told: Told | None = None) -> None:
        self.count = 0
        self._is, self._told = words, told
        self._names: list[bytes] = []
        self.words: list[str] = []

    def add(self, path: bytes) -> None:
        self.count += 1
        if self._told is not None:
            self._told(path, self._is)
        if len(self._names) < NAMED:
            self._names.append(path)

    def say(self, words: str) -> None:
        self.count += 1
        if len(self.words) < NAMED:
            self.words.append(words)

    def shown(self) -> tuple[str, ...]:
        return tuple(printable(path) for path in sorted(self._names))


class _Check:
    """One check. The lists are read in step with the walk, in the same order."""

    def __init__(
        self,
        meter: Meter,
        watch: Watch,
        part: tuple[int, int],
        expected: ExpectedSums,
        tree: ExpectedTree | None,
        engine: CopyEngine,
        stack: FolderStack,
        told: Told | None,
    ) -> None:
        self._meter = meter
        self._part = part
        self._expected, self._tree = expected, tree
        self._listed = 0
        self._told = told
        self._wrong, self._missing = _Names(WRONG, told), _Names(MISSING, told)
        self._extra = _Names()
        self._odd, self._changed = _Names(), _Names()
        self._strange: set[bytes] = set()
        self._content = ContentCopier(watch, meter.bytes_done, most_holes=engine.most_holes)
        options = CopyOptions(prefix=len(expected.prefix), part=part)
        config = WorkerConfig(options, expected.prefix)
        self._reader = Reader(stack, tree is not None, meter, watch, engine, config)
        self._watch = watch
        self._root = os.dup(stack.fd)

    def run(self) -> VerifyResult:
        try:
            for folder, found in self._reader.all():
                self._reader.tick()
                if isinstance(found, Lines):
                    self._lines(found)
                else:
                    self._entry(folder, *found)
        finally:
            os.close(self._root)
        self._watch.at = None  # nothing more is read from the set
        for path in self._expected.left():
            self._missing.add(path)
        altered = tuple(self._changed.words)
        for path, words in self._tree.left() if self._tree is not None else ():
            self._odd.say(words)
            self._changed.say(words)
            if self._told is not None:
                self._told(path, MISSING)
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
            altered=altered,
            changed_count=self._changed.count,
            strange=tuple(topmost(self._strange)),
        )

    def _lines(self, lines: Lines) -> None:
        """Compare the lines that workers returned."""
        if self._expected.take_lines(lines.of_sums):
            self._listed += lines.files
            self._meter.files += lines.files
            if self._part[1] > 1:
                its = lines.of_sums.split(b"\n")
                self._meter.files -= sum(UNREAD in line[: DIGITS + 1] for line in its)
        else:
            for line in lines.of_sums.split(b"\n")[:-1]:
                self._line(line)
        for entry in lines.of_tree.split(b"\0")[:-1]:
            self._meet(entry)

    def _line(self, line: bytes) -> None:
        read = UNREAD not in line[: DIGITS + 1]
        path, digest = parse_line(line if read else line.replace(UNREAD, b"0" * DIGITS, 1))
        path = path[len(self._expected.prefix) :]
        wanted = self._take(path)
        if read and wanted is not None:
            self._meter.files += 1
            if digest != wanted:
                self._wrong.add(path)
        elif read:  # a stranger: its bytes were counted, and are subtracted here
            with suppress(OSError), folder_beneath(self._root, path) as holder:
                name = path.rpartition(b"/")[2]
                status = os.stat(name, dir_fd=holder, follow_symlinks=False)
                self._meter.bytes -= status.st_size

    def _take(self, path: bytes) -> bytes | None:
        """Return the hash that a file should have. A file in no list is recorded as extra, and None
        is returned."""
        digest = self._expected.take(path)
        if digest is None:
            self._extra.add(path)
            self._strange.add(path)
        else:
            self._listed += 1
        return digest

    def _entry(self, folder: int, path: bytes, other: bytes | None) -> None:
        """Compare an entry of an open folder, or that folder itself."""
        if other is not None:
            self._meet(other)
        elif (digest := self._take(path)) is not None and in_part(path, self._part):
            if digest_of(self._content, folder, path.rpartition(b"/")[2], path) != digest:
                self._wrong.add(path)
            self._meter.files_done(1)

    def _meet(self, entry: bytes) -> None:
        odd = self._tree.meet(entry) if self._tree is not None else None
        if odd is None:
            return
        self._odd.say(odd.words)
        if odd.listed:
            self._changed.say(odd.words)
        else:
            self._strange.add(path_of(entry))
