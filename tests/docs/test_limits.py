"""The bounds of what is read are those that the operator's guide tells."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.formats import bson_files, influx_backup, rdb
from pryv_tui.formats.influx_manifest import LIMITS
from pryv_tui.reading import SMALL

GUIDE = Path(__file__).parents[2] / "docs/operators-guide.md"


def test_the_guide_tells_each() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in GUIDE.read_text().splitlines()
        if line.startswith("|")
    ]
    told = {row[0]: row[1] for row in rows if len(row) == 3}
    assert told["accounts in register's Redis"] == f"{rdb.HELD >> 20} MB of keys"
    assert told["accounts in core's index, as an audit reads it"] == f"{rdb.HELD >> 20} MB of names"
    assert told["shards in an InfluxDB backup"] == f"{LIMITS.shards:,}"
    assert told["the manifest of an InfluxDB backup"] == f"{LIMITS.bytes >> 20} MB"
    assert told["the metadata of InfluxDB"] == f"{influx_backup.META >> 20} MB"
    assert told["`set.json`"] == f"{SMALL >> 20} MB"
    assert told["a document of MongoDB"] == f"{bson_files.LARGEST >> 20} MB"
