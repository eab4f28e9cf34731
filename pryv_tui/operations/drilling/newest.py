"""The newest point of a restored InfluxDB, by the times that its files hold: not those of files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pryv_tui.clock import timestamp
from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.influx.tsm_files import series
from pryv_tui.formats.influx_backup import INTERNAL
from pryv_tui.operations.drilling.facts import Newest
from pryv_tui.reading import open_file


def newest_point(data: Path) -> Newest:
    """What the index of each TSM file says (tsdb/engine/tsm1/DESIGN.md in InfluxDB's sources: each
    block's entry has the times of its first and last point).

    Args:
        data: the server's data folder: `data/<database>/<retention policy>/<shard>/*.tsm`.
    """
    found: int | None = None
    try:
        for path in sorted(data.glob("data/*/*/*/*.tsm")):
            # What the server writes about itself is of now.
            if path.relative_to(data).parts[1] == INTERNAL:
                continue
            with open_file(path, follow=False) as file:
                for one in series(file, path):
                    times = [block.newest for block in one.blocks]
                    found = max([*times, *([found] if found is not None else [])], default=found)
        if found is None:
            return Newest(store="influxdb", moment="", why="it holds no point")
        moment = datetime.fromtimestamp(found // 10**9, UTC)
    except (FormatError, OSError, ValueError, OverflowError) as error:
        return Newest(store="influxdb", moment="", why=f"its files can't be read: {error}")
    return Newest(store="influxdb", moment=timestamp(moment, to="seconds"))
