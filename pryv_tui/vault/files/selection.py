"""Decide for each entry of a tree whether it is copied."""

from __future__ import annotations

import os
import re
from enum import Enum
from fnmatch import translate
from functools import lru_cache

from pryv_tui.vault.files.types import Selection


class Verdict(Enum):
    """The decision on one entry."""

    INCLUDED = "included"
    ON_THE_WAY = "on the way"
    """A folder above a selected subtree: it is created, but only some of its entries are copied."""
    EXCLUDED = "excluded"


class FileRules:
    """Rules for files that are treated differently, by path."""

    def __init__(
        self, sqlite: tuple[str, ...], may_change: tuple[str, ...], never_link: tuple[str, ...]
    ) -> None:
        """Take the arguments from the fields of `Selection` with the same names."""
        self._never_link = tuple(_path(text) + b"/" for text in never_link)
        self._sqlite = globs(sqlite)
        self._may_change = globs(may_change)

    def through_sqlite(self, path: bytes) -> bool:
        """Whether to copy this file with SQLite's online backup, if it is a database."""
        return self._sqlite is not None and self._sqlite.match(path) is not None

    def linkable(self, path: bytes) -> bool:
        """Whether a set may link to this file of another set, if it is unchanged."""
        return not path.startswith(self._never_link)

    def linkable_in(self, folder: bytes) -> bool | None:
        """Whether all files in a folder are `linkable`; None if only some are. `folder` ends with
        `/`."""
        if folder.startswith(self._never_link):
            return False
        return None if any(path.startswith(folder) for path in self._never_link) else True

    def may_change(self, path: bytes) -> bool:
        """Whether this file changes in normal operation."""
        return self._may_change is not None and self._may_change.match(path) is not None


class Chooser:
    """A `Selection`, prepared to decide on each entry of a walk."""

    def __init__(self, selection: Selection) -> None:
        self._leave_out = frozenset(_path(text) for text in selection.leave_out)
        self._only = frozenset(_path(text) for text in selection.only)
        if b"" in self._only:
            self._only = frozenset()
        self._parents = frozenset(
            path[:at] for path in self._only for at, byte in enumerate(path) if byte == 0x2F
        )
        self._special = frozenset(
            path[:at]
            for path in self._leave_out | self._only
            for at, byte in enumerate(path)
            if byte == 0x2F
        )
        self.rules = FileRules(selection.sqlite, selection.may_change, selection.never_link)

    @property
    def root(self) -> Verdict:
        """The verdict on the tree's root."""
        return Verdict.ON_THE_WAY if self._only else Verdict.INCLUDED

    def verdict(self, path: bytes, folder: Verdict) -> Verdict:
        """Return the verdict on an entry, given the verdict on its folder."""
        if path in self._leave_out:
            return Verdict.EXCLUDED
        if folder is Verdict.INCLUDED or path in self._only:
            return Verdict.INCLUDED
        return Verdict.ON_THE_WAY if path in self._parents else Verdict.EXCLUDED

    def includes(self, path: bytes) -> bool:
        """Whether a file is included, decided by its path alone. For lists that are read without a
        walk."""
        at, verdict = -1, self.root
        while (at := path.find(b"/", at + 1)) >= 0:
            verdict = self.verdict(path[:at], verdict)
            if verdict is Verdict.EXCLUDED:
                return False
        return self.verdict(path, verdict) is Verdict.INCLUDED

    def whole(self, path: bytes) -> bool:
        """Whether everything below a folder has the same verdict as the folder; not for the
        root."""
        return path not in self._special


def _path(text: str) -> bytes:
    path = os.fsencode(text).strip(b"/")
    return b"" if path == b"." else path


@lru_cache(maxsize=64)
def globs(patterns: tuple[str, ...]) -> re.Pattern[bytes] | None:
    """Return one expression that matches any of the globs. It works on bytes, since names need not
    be UTF-8. Cached, since each count of a folder needs it first."""
    if not patterns:
        return None
    # latin-1 maps every byte to one character and back: `?` and `*` then see bytes.
    texts = (os.fsencode(pattern).decode("latin-1") for pattern in patterns)
    return re.compile("|".join(translate(text) for text in texts).encode("latin-1"))
