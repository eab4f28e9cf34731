"""Find the newest record of a restored store by the times in its records, not those of files."""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pryv_tui.clock import timestamp
from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.influx.tsm_files import series
from pryv_tui.formats.influx_backup import INTERNAL
from pryv_tui.formats.sqlite.files import newest_row
from pryv_tui.operations.drilling.facts import Newest
from pryv_tui.platform.roles import ACCOUNTS_FOLDER
from pryv_tui.reading import lines_of, open_file
from pryv_tui.vault.lists.sums import parse_line
from pryv_tui.vault.set_files import FILES_NAME

AUDITS = 20
"""Maximum number of audit databases that are read."""
_AUDIT = b"/audit.sqlite"
_TIMES = ("modified", "created", "time")


def newest_of(store: str, host: str, moment: float | None, why: str = "") -> Newest:
    """Return the fact about a store's newest record.

    Args:
        host: the machine of the set that has the store.
        moment: seconds since 1970; None or 0 if no record in the store has a time.
        why: the reason why `moment` is None or 0.
    """
    if not moment:
        return Newest(store=store, host=host, moment="", why=why, timeless=True)
    try:
        found = datetime.fromtimestamp(moment, UTC)
    except (ValueError, OverflowError, OSError):
        why = f"its newest record has no valid time: {moment}"
        return Newest(store=store, host=host, moment="", why=why)
    return Newest(store=store, host=host, moment=timestamp(found, to="seconds"))


def newest_audited(root: Path, sums: Path, host: str) -> Newest:
    """Find the newest row of the audit databases (table `events`, 1.7 and later).

    Each account has one audit database. Only the `AUDITS` most recently modified files are read.
    No other SQLite database of a platform has a time in it.

    Args:
        root: the root in the sandbox.
        sums: the set's list of hashes, which names the databases.
        host: the machine of the set.
    """
    try:
        last = heapq.nlargest(AUDITS, _audits(root, sums))
        times = [newest_row(path, "events", _TIMES) for _, path in last]
    except (FormatError, OSError, ValueError) as error:
        return Newest(store="sqlite", host=host, moment="", why=f"its files can't be read: {error}")
    youngest = max(filter(None, times), default=None)
    return newest_of("sqlite", host, youngest, "no row in it has a time")


def _audits(root: Path, sums: Path) -> Iterator[tuple[float, Path]]:
    lead, users = f"{FILES_NAME}/".encode(), ACCOUNTS_FOLDER.encode()
    with open_file(sums, follow=False) as file:
        for raw in lines_of(file):
            if _AUDIT not in raw:
                continue
            place = parse_line(raw.rstrip(b"\n"))[0].removeprefix(lead)
            if place.startswith(users) and place.endswith(_AUDIT):
                path = Path(os.fsdecode(os.fsencode(root) + b"/" + place))
                yield path.lstat().st_mtime, path


def newest_point(data: Path, host: str) -> Newest:
    """Find the newest point of InfluxDB in the index of each TSM file.

    The entry of each block has the times of its first and last point
    (tsdb/engine/tsm1/DESIGN.md in InfluxDB's sources).

    Args:
        data: the server's data folder: `data/<database>/<retention policy>/<shard>/*.tsm`.
        host: the machine of the set.
    """
    found: int | None = None
    try:
        for path in sorted(data.glob("data/*/*/*/*.tsm")):
            # The server's own monitoring data is written after the restore, too.
            if path.relative_to(data).parts[1] == INTERNAL:
                continue
            with open_file(path, follow=False) as file:
                for one in series(file, path):
                    times = [block.newest for block in one.blocks]
                    found = max([*times, *([found] if found is not None else [])], default=found)
        if found is None:
            return newest_of("influxdb", host, None, "it holds no point")
        moment = datetime.fromtimestamp(found // 10**9, UTC)
    except (FormatError, OSError, ValueError, OverflowError) as error:
        why = f"its files can't be read: {error}"
        return Newest(store="influxdb", host=host, moment="", why=why)
    return Newest(store="influxdb", host=host, moment=timestamp(moment, to="seconds"))
