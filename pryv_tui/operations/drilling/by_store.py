"""The faults that a check of a set's files found, grouped by store. Pure."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from fnmatch import translate
from functools import lru_cache

from pryv_tui.platform.layout import Layout
from pryv_tui.platform.roles import ACCOUNTS_FOLDER

ATTACHMENTS, OTHER, LISTS = "attachments", "other files", "lists and folders"
"""Groups for faults that concern no store: in attachments of events, in any other file, and in the
set's lists, folders and links. A missing folder counts to the store that has its files in it."""
_SAID = 5
"""The number of faults of one group that are described; any others are only counted."""


def kept_apart(stores: Iterable[Mapping[str, object]]) -> tuple[str, ...]:
    """Return the names of a set's groups: first its stores, then the groups for everything else.

    Args:
        stores: for each machine of the set, its stores by name.
    """
    names = dict.fromkeys(name for each in stores for name in each)
    attached = (ATTACHMENTS,) if "mongodb" in names else ()
    return (*names, *attached, OTHER, LISTS)


def store_of(path: bytes, layout: Layout) -> str:
    """Return the store or the group that a file or folder belongs to.

    Args:
        path: relative to its machine's root; a folder's path ends with `/`.
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
        return holders.pop()  # a parent folder of this one store's folders
    if path.startswith(_OLD) or (path.startswith(_ACCOUNTS) and b"/attachments/" in path):
        return ATTACHMENTS
    if _globs(layout.sqlite)(os.fsdecode(path)):
        return "sqlite"
    return OTHER


_OLD = b"pryv/core/data/attachments/"
"""The attachments' folder up to 1.8; from 1.9 each account's folder has its attachments."""
_ACCOUNTS = f"{ACCOUNTS_FOLDER}/".encode()


@lru_cache
def _globs(globs: tuple[str, ...]) -> Callable[[str], object]:
    return re.compile("|".join(map(translate, globs)) or r"(?!)").match


class ByStore:
    """Collects faults by group while a set is read.

    Args:
        kept: the groups, as `kept_apart` returns them; a fault of any other counts to `OTHER`.
    """

    def __init__(self, kept: tuple[str, ...] = ()) -> None:
        self._kept = kept
        self._wrong: dict[str, list[str]] = {}
        self._more: dict[str, int] = {}
        self._unread: list[str] = []

    def wrong(self, about: str, words: str) -> None:
        """Note a fault of the group `about`, described by `words`."""
        about = about if about in self._kept else OTHER
        said = self._wrong.setdefault(about, [])
        if len(said) < _SAID:
            said.append(words)
        else:
            self._more[about] = self._more.get(about, 0) + 1

    def unread(self, words: str) -> None:
        """Note that a machine's part was not read to its end: the rest of it is unchecked."""
        self._unread.append(words)

    def why_wrong(self, about: str) -> str:
        """Describe the faults of a group; empty if none was found."""
        said = list(self._wrong.get(about, ()))
        if more := self._more.get(about, 0):
            said.append(f"and {more} more of these")
        return "; ".join(said)

    @property
    def why_unread(self) -> str:
        """The reason why a group without faults is not proven good; empty if all was read."""
        return "; ".join(self._unread)
