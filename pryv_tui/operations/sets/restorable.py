"""Check in advance what a restore reads of a set, except the content of its files.

The checks use the restore's own functions. A fault that no check finds makes the restore fail after
the root was moved aside: then the platform is down for nothing.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.errors import FormatError
from pryv_tui.operations.root.recreated import in_its_way
from pryv_tui.operations.stores.base import Holds
from pryv_tui.phrases import counted, cut
from pryv_tui.platform.disks import ROOT
from pryv_tui.platform.roles import ALWAYS_LEFT_OUT
from pryv_tui.vault.lists.index import IndexReader
from pryv_tui.vault.lists.tree import counted as folders_and_links
from pryv_tui.vault.manifest import RecreatedFolder, SetHost
from pryv_tui.vault.redis_saved import place_form, saved_form
from pryv_tui.vault.set_files import FILES_NAME, SET_JSON, TREE_NAME
from pryv_tui.vault.verify import VerifyResult


def stumbles(folder: Path, host: SetHost, found: VerifyResult) -> Iterator[str]:
    """Yield a sentence for each fault on which a restore of one machine's part would fail.

    Args:
        folder: the folder of the part, with `files` and the lists. The hashes of the lists have
            been checked already.
        found: the result of the check of the part's files.

    Raises:
        PryvTuiError: `set-damaged`, a list is not well-formed.
    """
    # Missing files are added, because the check reports each of them by name.
    if (listed := found.listed + found.missing_count) != host.files:
        yield f"{counted(listed, 'file')}, {SET_JSON} says {host.files}"
    if host.index:
        # Every line of both lists is read: a restore fails if they don't match.
        with closing(IndexReader(folder, FILES_NAME.encode() + b"/")) as lists:
            deque(lists.all(), maxlen=0)
    if host.tree:
        folders, links = folders_and_links(folder / TREE_NAME)
        for what, said, there in (
            ("folders", host.folders, folders),
            ("links", host.links, links),
        ):
            if said != there:
                yield f"{there} {what}, {SET_JSON} says {said}"
    files = folder / FILES_NAME
    tops = [disk.path for disk in host.mounts if disk.path != ROOT]
    for own in (*ALWAYS_LEFT_OUT, *(f"{top}/{name}" for top in tops for name in ALWAYS_LEFT_OUT)):
        if os.path.lexists(files / own) and os.fsencode(own) not in found.strange:
            yield f"{own} is a folder of this program in a root, and never part of a set"
    for recreated in host.recreated:
        if reason := in_its_way(files, recreated):
            yield f"the folder {recreated.path} can't be made again: {reason}"
    try:
        redis = host.stores.get("redis", {})
        for form in (saved_form(redis), place_form(redis)):
            if form is None or not form.folder.strip("./"):
                continue
            reason = in_its_way(files, RecreatedFolder(path=form.folder, uid=0, gid=0, mode=0))
            if reason:
                yield f"the folder of Redis {form.folder}: {reason}"
    except FormatError as error:
        yield f"what it says about Redis: {error}"


def need_same(store: str, said: Holds, found: Holds) -> None:
    """Refuse a store's files that differ from the set's record, with which a restore compares.

    Only keys that are in both `said` and `found` are compared: older sets record less.

    Args:
        said: the set's record of the store's content.
        found: the content of the store's files in the set.

    Raises:
        PryvTuiError: `check-failed`, a value differs.
    """
    for key in sorted(said.keys() & found.keys()):
        if not _holds(key, said[key], found[key]):
            raise PryvTuiError(
                "check-failed",
                f"{store}: {SET_JSON} says {key} {_short(said[key])}, its files hold"
                f" {_short(found[key])}",
            )


def _holds(key: str, said: Any, found: Any) -> bool:
    if key == "lasting":  # a restore has to bring back at least these counts
        return all(count <= found.get(name, 0) for name, count in said.items())
    if key == "metadata" and said is None:  # the backup did not know its format
        return True
    if isinstance(said, list):
        return sorted(map(repr, said)) == sorted(map(repr, found))
    return bool(said == found)


def _short(value: Any) -> str:
    return cut(repr(value), 60)
