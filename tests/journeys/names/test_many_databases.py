"""A platform with more InfluxDB databases than `influxd restore` can take: it comes back."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pryv_tui.formats.influx_offline import PARTIAL
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.practice.state import EngineStore
from pryv_tui.practice.stores.influx import InfluxStore
from pryv_tui.practice.stores.tsm import series_key
from pryv_tui.runs.left import left_behind
from pryv_tui.runs.recovery import start_recovery
from pryv_tui.runs.start import start_run
from tests.helpers import copied
from tests.journeys.program import Practice
from tests.kill.killing import wait

DATABASES = 2600
DATA = "hosts/single/root/pryv/influxdb/data"


def make_many(folder: Path) -> None:
    """Fill the server of a practice platform: one in a hundred databases holds points."""
    when = 1_700_000_000 * 10**9
    points = {series_key("event.c1", "value"): [(when, 60), (when + 10**18, 61)]}
    InfluxStore(folder / DATA).write_all(
        {
            f"user.somebody{number:05d}": points if number % 100 == 0 else {}
            for number in range(DATABASES)
        }
    )
    assert (folder / DATA / "meta/meta.db").stat().st_size > 128 << 10


def test_a_platform_of_many_databases_comes_back(tmp_path: Path) -> None:
    practice = Practice.create(tmp_path / "platform", "--users", 3, "--attachments", 4)
    make_many(practice.folder)
    before = practice.contents()
    assert len(before["influxdb"]) > DATABASES
    doctor = practice.run("doctor")
    assert "too much for `influxd restore`" in doctor.out
    backup = practice.run("backup", "--json")
    assert backup.exit == 0, "that it is large needs nobody: it is no warning"
    assert "the set's RESTORE.md says how to do it by hand" in backup.out
    plan = practice.run("plan", "restore", "latest").out
    assert "tail -c +" in plan
    assert "influxd restore -portable" not in plan

    practice.wipe("all")
    restore = practice.restore()
    # Nobody owns most of them here: that is what is said, and all that is.
    assert restore.exit == 3, restore.out[-3000:]
    assert [said.partition(":")[0] for said in restore.end["warnings"]] == [
        "High-frequency databases whose account core does not know",
        "High-frequency series without their event",
    ]
    assert practice.contents() == before
    said = " ".join(restore.end["checks"])
    assert f"holds {len(before['influxdb'])} user databases" in said
    assert "every shard" in said


@pytest.mark.parametrize(
    ("moment", "choice"), [("3", "finish"), ("between", "finish"), ("between", "roll-back")]
)
def test_killed_while_the_files_are_put_in_place(tmp_path: Path, moment: str, choice: str) -> None:
    place = tmp_path / "platform"
    platform = copied.with_set(place, users=3, attachments=2)
    settings = resolve_settings(practice=str(place), environment={})
    site = open_site(settings)
    (backup,) = site.vault.sets()
    of_set = platform.contents()
    platform.grow(users=1, points=5)
    lived = platform.contents()

    worker = (sys.executable, "-m", "tests.kill.offline_worker", moment)
    killed = start_run(settings, "restore", set_id=backup.id, worker=worker)
    assert wait(killed) is None, "it was killed"
    left = {path.name for path in (place / DATA).iterdir()}
    assert left == ({"data", PARTIAL} if moment == "between" else {PARTIAL})
    (found,) = left_behind(site, site.discover())
    assert set(found.choices) == {"finish", "roll-back"}
    end = wait(start_recovery(site, found, "finish" if choice == "finish" else "roll-back"))
    assert end is not None
    assert end.outcome == "complete", end
    assert platform.contents() == (of_set if choice == "finish" else lived)
    assert not left_behind(site, site.discover())


def test_a_server_with_its_index_on_disk_is_restored_the_documented_way(tmp_path: Path) -> None:
    """And so it can meet a database that exists already, which an offline restore can't."""
    practice = Practice.create(tmp_path / "platform", "--users", 3, "--attachments", 4)
    with EngineStore(practice.folder / "hosts/single").change() as record:
        server = record.containers["pryvio_influxdb"]
        server.environment["INFLUXDB_DATA_INDEX_VERSION"] = "tsi1"
    before = practice.contents()
    assert practice.run("backup", "--json").exit == 0
    practice.fault("influx-database-exists")
    restore = practice.restore()
    assert restore.exit == 1
    assert "already exist" in restore.end["what"]
    practice.fault("--clear")
    retry = practice.restore()
    assert retry.exit == 0, retry.out[-2000:]
    assert practice.contents() == before
