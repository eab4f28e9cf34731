"""What a real InfluxDB writes down of deleted points is read: its other series are still told."""

from __future__ import annotations

import io
import tarfile
from itertools import count
from pathlib import Path

import pytest

from pryv_tui.formats.influx.some_points import Found, points_of
from tests.real.testbed import stores
from tests.real.testbed.platform import RealPlatform, wait_for

pytestmark = pytest.mark.engine

T0 = 1_700_000_000_000_000_000
SECOND = 1_000_000_000


def test_what_was_deleted_of_one_series_leaves_the_others_told(
    databases: RealPlatform, tmp_path: Path
) -> None:
    (machine,) = databases.machines
    influx, name = stores.Influx(databases.ip("influxdb")), databases.people[0].influx
    inside = machine.engine.client.containers.get("pryvio_influxdb")
    numbers = count(1)

    def backup(place: str) -> Path:
        assert inside.exec_run(["/usr/bin/influxd", "backup", "-portable", place]).exit_code == 0
        packed = io.BytesIO(b"".join(inside.get_archive(place)[0]))
        with tarfile.open(fileobj=packed) as archive:
            # Ours, so not filtered: an early Python 3.11 knows no filter.
            archive.extractall(tmp_path)
        inside.exec_run(["rm", "-rf", place])
        return tmp_path / Path(place).name

    found: list[Found] = []

    def seen() -> bool:
        """One try: a second later the server may have written its files anew, without a note."""
        number = next(numbers)
        gone = f"gone{number}"
        influx.write(name, [f"{gone} temperature={n}.5 {T0 + n * SECOND}" for n in range(10)])
        backup(f"/tmp/before{number}")
        influx.query(f'DELETE FROM "{gone}" WHERE time < {T0 + 5 * SECOND}', name)
        told = points_of(backup(f"/tmp/after{number}"), [name])[name]
        influx.query(f'DROP MEASUREMENT "{gone}"', name)
        found.append(told)
        return bool(told.untold)

    wait_for("a backup with a note of what was deleted", seen)
    told = found[-1]
    assert told.untold["some of their points were deleted"] >= 1
    assert set(told.untold) == {"some of their points were deleted"}
    (measurement,) = {key.measurement for key in told.series if key.measurement[:4] != "gone"}
    own = {key.field: one.many for key, one in told.series.items()
           if key.measurement == measurement}  # fmt: skip
    assert own == {"value": databases.points_each, "note": databases.points_each}
