"""Attached files that are missing from a set, and that no deletion during the backup explains.

An event may be in the dump and its file gone by the time when files are copied: somebody deleted it
in between. A deletion changes its folder, and a copy keeps the times of folders; so a folder that
nobody has changed since the dump began is one from which nothing was deleted meanwhile.
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
"""Seconds: clocks of two machines, and file systems that keep times coarsely."""
DATA = "pryv/core/data"


def unexplained(
    folder: Path, hosts: Sequence[SetHost], moments: Iterable[Moment], missing: Iterable[str]
) -> list[str]:
    """Those of the missing files that the time between dump and copy does not explain.

    Args:
        folder: the set's.
        moments: when each thing was taken.
        missing: `<userId>/<eventId>/<fileId>`, as the audit names them.
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
    """When the dump of each machine began, by that machine's own clock; seconds since 1970."""
    ahead = {host.name: host.clock_offset_seconds or 0.0 for host in hosts}
    return {
        one.host: datetime.fromisoformat(one.started).timestamp() + ahead.get(one.host, 0.0)
        for one in moments
        if one.what == "mongodb"
    }


def _deleted(files: Path, name: str, began: float | None) -> bool:
    """Whether the folder that the file would lie in, or the nearest one above it that is the
    user's own, was changed since."""
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
            break  # it is there, and nobody has changed it: what lies above says no more
    return False


def _places(data: Path, user: str, event: str) -> list[list[Path]]:
    """Per layout of attachments, the folders from the event's up to the user's.

    Until 1.8 `attachments/<userId>/<eventId>`; from 1.9
    `users/<c>/<b>/<a>/<userId>/attachments/<eventId>`, by the last letters of the user's id. The
    user's folder is gone with the user: there the one above counts, which few users share.
    """
    old = data / "attachments" / user
    found = [[old / event, old]]
    if len(user) >= 3:
        above = data / "users" / user[-1] / user[-2] / user[-3]
        own = above / user
        found.append([own / "attachments" / event, own / "attachments", own, above])
    return found
