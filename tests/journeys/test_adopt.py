"""A backup that was made by hand, after the vendor's guide, becomes a set and can be restored."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.practice.platform import PracticePlatform
from tests.journeys.program import Practice
from tests.practice.kit import DUMP, INFLUX_BACKUP, run
from tests.vault.trees import seen

LEFT_OUT = ("pryv/mongodb/data", "pryv/influxdb/data", "pryv/core/data/previews")


def dump_by_hand(practice: Practice) -> None:
    """What the guide has typed on core's machine."""
    for host in PracticePlatform.open(practice.folder).hosts:
        names = {c.name for c in host.engine.containers()}
        if "pryvio_mongodb" in names:
            assert run(host, "pryvio_mongodb", DUMP).code == 0
            assert run(host, "pryvio_influxdb", INFLUX_BACKUP).code == 0


def copy_by_hand(root: Path, target: Path) -> Path:
    """The root but for what the guide leaves out."""

    subprocess.run(["cp", "-a", root, target], check=True)
    for path in LEFT_OUT:
        shutil.rmtree(target / path, ignore_errors=True)
    shutil.rmtree(target / ".pryv-tui", ignore_errors=True)
    return target


def roots(practice: Practice) -> dict[str, Path]:
    return {path.name: path / "root" for path in (practice.folder / "hosts").iterdir()}


def adopted(practice: Practice) -> dict[str, Any]:
    (found,) = practice.sets()
    folder = practice.folder.with_name(practice.folder.name + "-vault") / str(found["id"])
    made: dict[str, Any] = json.loads((folder / "set.json").read_text())
    return made


def made_by_hand(tmp_path: Path, form: str = "single-node") -> tuple[Practice, Path, Any]:
    practice = Practice.create(tmp_path / "platform", "--form", form)
    before = practice.contents()
    dump_by_hand(practice)
    by_hand = tmp_path / "by-hand"
    found = roots(practice)
    if form == "single-node":
        copy_by_hand(found["single"], by_hand)
    else:
        by_hand.mkdir()
        for name, root in found.items():
            copy_by_hand(root, by_hand / f"copy-of-{name}")
    return practice, by_hand, before


@pytest.mark.parametrize("form", ["single-node", "cluster"])
def test_what_was_made_by_hand_is_restored(tmp_path: Path, form: str) -> None:
    practice, by_hand, before = made_by_hand(tmp_path, form)
    was = seen(by_hand)
    done = practice.run("adopt", by_hand, "--json")
    assert done.exit == 0, done.out[-2000:] + done.err
    assert done.end["outcome"] == "complete"
    assert seen(by_hand) == was, "the original is only read"
    made = adopted(practice)
    assert made["adopted"]["folder"] == str(by_hand)
    assert any("gap" in line for line in made["adopted"]["unknown"])
    assert made["moments"] == [] and made["gap"]["accounts_seconds"] is None
    counts = {k: v for host in made["hosts"] for k, v in host["stores"].items()}
    assert counts["mongodb"]["collections"] == before["mongodb"]
    assert counts["redis"]["users"] == before["redis"]["users"] + 1, "with register's own"
    assert practice.run("verify", "latest").exit == 0
    planned = practice.run("plan", "restore", "latest").out
    assert "made by hand" in planned and "does not hold both" not in planned
    practice.wipe("all")
    restored = practice.restore()
    assert restored.exit == 0, restored.out[-3000:]
    # Of the gap the same is told wherever it is: core and register were taken, nobody saw when.
    gaps = [*done.end["gap"], *practice.run("attach", "latest", "--json").end["gap"]]
    assert sum("not known, since the backup was made by hand" in line for line in gaps) == 2, gaps
    assert not [line for line in gaps if "not taken in one backup" in line]
    after = practice.contents()
    assert {**after, "running": sorted(after["running"])} == {
        **before,
        "running": sorted(before["running"]),
    }


def test_dumps_that_were_left_elsewhere(tmp_path: Path) -> None:
    practice, by_hand, before = made_by_hand(tmp_path)
    elsewhere = tmp_path / "dumps"
    elsewhere.mkdir()
    shutil.move(by_hand / "pryv/mongodb/backup/pryv-node", elsewhere / "pryv-node")
    (by_hand / "influx").mkdir()
    for path in (by_hand / "pryv/influxdb/backup").iterdir():
        if path.name != ".gitkeep":
            shutil.move(path, by_hand / "influx")
    refused = practice.run("adopt", by_hand)
    assert refused.exit == 4
    assert "no dump of mongodb" in refused.err and "--dump mongodb=FOLDER" in refused.err
    assert practice.sets() == []
    done = practice.run("adopt", by_hand, "--dump", f"mongodb={elsewhere}", "--json")
    assert done.exit == 0, done.out[-2000:] + done.err
    made = adopted(practice)
    assert made["hosts"][0]["stores"]["mongodb"]["collections"] == before["mongodb"]
    assert made["hosts"][0]["stores"]["influxdb"]["databases"]
    practice.wipe("all")
    assert practice.restore().exit == 0
    assert practice.contents()["mongodb"] == before["mongodb"]


def test_a_compressed_dump_is_unpacked(tmp_path: Path) -> None:
    practice, by_hand, before = made_by_hand(tmp_path)
    for path in list((by_hand / "pryv/mongodb/backup/pryv-node").iterdir()):
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    done = practice.run("adopt", by_hand, "--json")
    assert done.exit == 0, done.out[-2000:] + done.err
    assert adopted(practice)["hosts"][0]["stores"]["mongodb"]["collections"] == before["mongodb"]
    assert practice.run("verify", "latest").exit == 0


def test_an_old_one_is_not_the_latest(tmp_path: Path) -> None:
    practice, by_hand, _before = made_by_hand(tmp_path)
    assert practice.run("backup").exit == 0
    (own,) = practice.sets()
    taken = "2025-01-02T03:04:05+00:00"
    done = practice.run("adopt", by_hand, "--taken", taken, "--label", "from the shelf", "--json")
    assert done.exit == 0, done.out[-2000:] + done.err
    assert done.end["set"] == "20250102T030405Z-from-the-shelf"
    assert [found["id"] for found in practice.sets()][-1] == own["id"]
    status = practice.run("status", "--json").json
    assert own["id"] in json.dumps(status)
    again = practice.run("adopt", by_hand, "--taken", taken, "--label", "from the shelf", "--json")
    assert again.end["set"].endswith("-2")


@pytest.mark.parametrize("part", ["bson", "influx-shard"])
def test_half_of_one_is_no_set(tmp_path: Path, part: str) -> None:
    practice, by_hand, _before = made_by_hand(tmp_path)
    if part == "bson":
        path = by_hand / "pryv/mongodb/backup/pryv-node/events.bson"
        path.write_bytes(path.read_bytes()[:-3])
    else:
        next((by_hand / "pryv/influxdb/backup").glob("*.tar.gz")).unlink()
    done = practice.run("adopt", by_hand, "--json")
    assert (done.exit, done.end["outcome"]) == (1, "failed")
    assert "damaged" in done.end["what"] or "not whole" in done.end["what"]
    assert done.end["set"] == ""
    assert "Nothing was changed" not in done.end["what"], "there is a folder in the vault now"
    assert "is not a set" in done.end["remains"][0]
    assert done.end["removal"][0].endswith(".partial")
    assert [found["state"] for found in practice.sets()] == ["partial"]
