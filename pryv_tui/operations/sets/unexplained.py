"""Find attachments that are missing from a set but were not deleted during the backup.

An event can be in the dump although its file is not in the set: somebody deleted the event before
the files were copied. Deleting a file changes the mtime of its folder, and a copy keeps the mtimes
of folders. So if a folder's mtime is before the dump began, no file in it was deleted during the
backup.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from pryv_tui.platform.gap import Moment
from pryv_tui.vault.manifest import SetHost
from pryv_tui.vault.set_files import FILES_NAME

TOLERANCE = 2.0
"""Seconds by which an mtime may be too early: clocks differ, and file systems round times."""
DATA = "pryv/core/data"


def unexplained(
    folder: Path, hosts: Sequence[SetHost], moments: Iterable[Moment], missing: Iterable[str]
) -> list[str]:
    """The missing files that no deletion between the dump and the copy explains.

    Args:
        folder: the set's folder.
        moments: when each store and each root was backed up.
        missing: the missing files, `<userId>/<eventId>/<fileId>`, as the audit lists them.
    """
    began = _dumped(hosts, moments)
    cores = [host for host in hosts if "core" in host.roles]
    return [
        name
        for name in missing
        if not any(
            _deleted(folder / host.name / FILES_NAME, name, began.get(host.name)) for host in cores
        )
    ]


def _dumped(hosts: Sequence[SetHost], moments: Iterable[Moment]) -> Mapping[str, float]:
    """When each machine's MongoDB dump began, by that machine's clock, in seconds since 1970."""
    ahead = {host.name: host.clock_offset_seconds or 0.0 for host in hosts}
    return {
        one.host: datetime.fromisoformat(one.started).timestamp() + ahead.get(one.host, 0.0)
        for one in moments
        if one.what == "mongodb"
    }


def _deleted(files: Path, name: str, began: float | None) -> bool:
    """Whether the file may have been deleted since the dump began.

    That is so if the nearest existing folder above the file has changed since: see `_places`. False
    if the start of the dump is unknown.
    """
    user, _, rest = name.partition("/")
    event = rest.partition("/")[0]
    if began is None or not all((user, event)) or {user, event} & {".", ".."}:
        return False
    for places in _places(files / DATA, user, event):
        for place in places:
            try:
                changed = os.lstat(place).st_mtime
            except OSError:
                continue
            if changed >= began - TOLERANCE:
                return True
            break  # this folder exists and is unchanged, so those above it show nothing
    return False


def _places(data: Path, user: str, event: str) -> list[list[Path]]:
    """For each layout of attachments, the folders to check, from the event's folder upwards.

    Until 1.8 `attachments/<userId>/<eventId>`; from 1.9
    `users/<c>/<b>/<a>/<userId>/attachments/<eventId>`, by the last letters of the user's id. If the
    user was deleted, the user's folder is gone too: so the last one is the folder above it, which
    few users share.
    """
    old = data / "attachments" / user
    found = [[old / event, old]]
    if len(user) >= 3:
        above = data / "users" / user[-1] / user[-2] / user[-3]
        own = above / user
        found.append([own / "attachments" / event, own / "attachments", own, above])
    return found
