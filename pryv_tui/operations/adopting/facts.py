"""Work out facts of a backup made by hand: its platform, its time, and what remains unknown."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pryv_tui.clock import utc_now
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.deep_trees import walk
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.hosts.discovery import (
    MACHINE_NAME,
    read_domain,
)
from pryv_tui.operations.adopting.dumps import (
    AdoptChoices,
    file_time,
    refused,
)
from pryv_tui.platform.roles import ROLE_NAMES
from pryv_tui.vault.manifest import unspeakable

if TYPE_CHECKING:
    from pryv_tui.operations.adopting.folder import FoundPart


def domain_of(choices: AdoptChoices, copies: Sequence[Path], deployment: Deployment) -> str:
    found = {read[0] for copy in copies if (read := read_domain(copy))}
    if choices.domain:
        found = {choices.domain}
    odd = sorted(filter(unspeakable, found))
    if odd:
        raise refused(
            f"{odd[0]!r} can't be the name of a platform", "Say which it is: --domain NAME"
        )
    if len(found) > 1:
        raise refused(
            f"the copies are of several platforms: {', '.join(sorted(found))}",
            "Name the folder of one platform only, or say which platform it is: "
            + " or ".join(f"--domain {shlex.quote(one)}" for one in sorted(found)),
        )
    if found:
        return found.pop()
    if deployment.domain_source == MACHINE_NAME:
        raise refused(
            "the folder does not tell which platform it is of, and none is configured here",
            "Name the platform: --domain NAME",
        )
    return deployment.domain


def taken_at(choices: AdoptChoices, parts: Sequence[FoundPart]) -> str:
    """Return when the backup was made, RFC 3339.

    What the operator said; else the latest time of its dumps, and of the newest file of each part
    without a dump.
    """
    if choices.taken:
        try:
            said = datetime.fromisoformat(choices.taken)
        except ValueError:
            raise PryvTuiError(
                "usage",
                f"--taken {choices.taken!r} is not a time",
                "Write it like 2025-11-20T03:00:00+00:00",
            ) from None
        if said.tzinfo is None or said > utc_now():
            raise PryvTuiError(
                "usage",
                f"--taken {choices.taken!r} has no time zone, or is in the future",
                "Write it like 2025-11-20T03:00:00+00:00",
            )
        return said.astimezone(UTC).isoformat(timespec="seconds")
    times = [dump.time for part in parts for dump in part.dumps.values()]
    times += [_newest(Path(part.copy)) for part in parts if not part.dumps]
    return max(times, key=datetime.fromisoformat)


def _newest(copy: Path) -> str:
    """Return when the newest file of a copied root was written, RFC 3339."""
    newest = 0.0
    for folder, _folders, names in walk(copy):
        for name in names:
            newest = max(newest, os.lstat(Path(folder) / name).st_mtime)
    return file_time(newest)


def not_known(choices: AdoptChoices, parts: Sequence[FoundPart]) -> tuple[str, ...]:
    lines = []
    if not choices.taken:
        lines.append(
            "When it was made: the time is taken from its dumps' files (without dumps, from its"
            " newest file). If the copying did not keep the files' times, it is the time of the"
            " copying."
        )
    lines += [
        "The timing gap: accounts, attachments and series that were made between the dumps and"
        " the copies are in only one of them.",
        "Whether it is complete: nobody wrote down what was left out, changed or vanished while"
        " it was copied. Its files are hashed as they are now.",
    ]
    have = {role for part in parts for role in part.roles}
    lines += [
        f"The role {role}: it is not in the backup." for role in ROLE_NAMES if role not in have
    ]
    lines += [f"The data of {store}: it was left out." for store in choices.without]
    return tuple(lines)
