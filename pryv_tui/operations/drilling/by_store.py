"""What the check of a set's files found, told apart by what they are of. Pure."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from fnmatch import translate
from functools import lru_cache

from pryv_tui.platform.layout import Layout
from pryv_tui.platform.roles import ACCOUNTS_FOLDER

ATTACHMENTS, OTHER, LISTS = "attachments", "other files", "lists and folders"
"""What is no store's own: the files of events, all that is left, and what the set says of all
files, and how their folders and links are; one that is gone is of what lay in it."""
_SAID = 5
"""Lines of one of them that are told; the rest is counted."""


def kept_apart(stores: Iterable[Mapping[str, object]]) -> tuple[str, ...]:
    """What is told apart of a set.

    Args:
        stores: of each of its machines the stores, by name.
    """
    names = dict.fromkeys(name for each in stores for name in each)
    attached = (ATTACHMENTS,) if "mongodb" in names else ()
    return (*names, *attached, OTHER, LISTS)


def store_of(path: bytes, layout: Layout) -> str:
    """Of what a file is.

    Args:
        path: below its machine's root; a folder's has `/` behind it.
    """
    holders = set()
    for name, store in layout.stores.items():
        for place in (store.data, store.dump):
            folder = os.fsencode(place) + b"/"
            if place and path.startswith(folder):
                return name
            if place and path.endswith(b"/") and folder.startswith(path):
                holders.add(name)
    if len(holders) == 1:
        return holders.pop()  # the folder that its own folders lie in
    if path.startswith(_OLD) or (path.startswith(_ACCOUNTS) and b"/attachments/" in path):
        return ATTACHMENTS
    if _globs(layout.sqlite)(os.fsdecode(path)):
        return "sqlite"
    return OTHER


_OLD = b"pryv/core/data/attachments/"
"""Up to 1.8; from 1.9 they lie in the folder of each account."""
_ACCOUNTS = f"{ACCOUNTS_FOLDER}/".encode()


@lru_cache
def _globs(globs: tuple[str, ...]) -> Callable[[str], object]:
    return re.compile("|".join(map(translate, globs)) or r"(?!)").match


class ByStore:
    """Collects what is wrong while a set is read.

    Args:
        kept: what is told apart, of `kept_apart`; what is of nothing there is of `OTHER`.
    """

    def __init__(self, kept: tuple[str, ...] = ()) -> None:
        self._kept = kept
        self._wrong: dict[str, list[str]] = {}
        self._more: dict[str, int] = {}
        self._unread: list[str] = []

    def wrong(self, about: str, words: str) -> None:
        """Something of this is not what the set says."""
        about = about if about in self._kept else OTHER
        said = self._wrong.setdefault(about, [])
        if len(said) < _SAID:
            said.append(words)
        else:
            self._more[about] = self._more.get(about, 0) + 1

    def unread(self, words: str) -> None:
        """A machine's part was not read, or not to its end: of nothing in it more is known."""
        self._unread.append(words)

    def why_wrong(self, about: str) -> str:
        """What is wrong with it; empty where nothing was found."""
        said = list(self._wrong.get(about, ()))
        if more := self._more.get(about, 0):
            said.append(f"and {more} more of these")
        return "; ".join(said)

    @property
    def why_unread(self) -> str:
        """Why of what was not found wrong nothing can be told; empty where all was read."""
        return "; ".join(self._unread)
