"""What a whole backup makes of a root that has snapshots in it, of a disk that has another number
by now, and of the login that the vendor's follower has mounted: one platform for all of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from pryv_tui.filesystem import mounts
from pryv_tui.operations.sets.verify import verify_set
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.practice.state import MountRecord
from pryv_tui.runs.record.events import Note, RunFinished
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.record.journal import JournalReader
from pryv_tui.vault.lists.index import digest_of_list
from pryv_tui.vault.parallel.engine import CopyEngine
from pryv_tui.vault.seal import seal
from tests.faults.bench import Bench, lost
from tests.vault.copying.test_devices import renumbered
from tests.vault.engine import at_once

KEPT = "pryv/core/data/.snapshots/1/snapshot/letter"
LOGIN = "/home/docker/.docker/config.json"
IDENTITY = "ext4:0123"


def with_snapshots(root: Path) -> None:
    for path in (KEPT, ".snapshot/hourly/run-pryv"):
        (root / path).parent.mkdir(parents=True)
        (root / path).write_text("as it once was")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    platform = PracticePlatform.create(
        tmp_path_factory.mktemp("second") / "platform", users=2, attachments=2
    )
    machine = next(iter(platform._home.machines.values()))
    with machine.engine.change() as engine:
        login = MountRecord(source=LOGIN, destination="/root/.docker/config.json")
        engine.containers["pryvio_config_follower"].mounts.append(login)
    return Bench(
        platform.folder.parent,
        before_the_set=with_snapshots,
        made=platform,
        copy_engine=CopyEngine(settled_ns=-(10**20), sync=at_once),
    )


def said(bench: Bench) -> list[str]:
    """The notes of the last run."""
    events = JournalReader(all_runs(bench.site.state)[-1].journal).read()
    return [event.text for event in events if isinstance(event, Note)]


def part_of(bench: Bench, set_id: str) -> Path:
    return Path(bench.site.vault.resolve(set_id).path) / "single"


def backed_up(bench: Bench) -> tuple[RunFinished, Any]:
    end = bench.run("backup")
    assert end is not None and (end.outcome, end.exit) == ("complete", 0), end
    manifest = bench.site.vault.resolve(end.set).manifest
    assert manifest is not None
    return end, manifest.hosts[0]


def rewritten(bench: Bench, set_id: str, told: list[dict[str, Any]]) -> None:
    """Have a set say that its disk had another number when it was made.

    Args:
        told: the disks that it says it was copied from, but for that number.
    """
    part = part_of(bench, set_id)
    number = renumbered(part)
    file = part.parent / "set.json"
    tree = json.loads(file.read_bytes())
    tree["hosts"][0]["index"] = digest_of_list(part / "INDEX")
    tree["hosts"][0]["mounts"] = [{**one, "device": number} for one in told]
    file.write_text(json.dumps(tree))
    seal(part.parent)
    vault = bench.site.vault
    assert verify_set(vault, vault.resolve(set_id)).outcome == "good", "a set to link to"


def test_snapshots_are_in_no_set_and_stay_where_they_are(bench: Bench) -> None:
    end, host = backed_up(bench)
    assert end.warnings == [], "nor is the follower's login one: `backup && verify` verifies"
    held = {str(path) for path in (part_of(bench, end.set) / "files").rglob("*")}
    assert not [path for path in held if "snapshot" in path]
    notes = [note for note in host.notes if "snapshots of the file system" in note]
    assert {note.partition(":")[0] for note in notes} == {".snapshot", "pryv/core/data/.snapshots"}
    assert any("snapshots of the file system" in note for note in said(bench))
    done = bench.run("restore", set_id=bench.set_id)
    assert done is not None and done.outcome == "complete", done
    undone = bench.run("undo", undone_run=done.run)
    assert undone is not None and undone.outcome == "complete", undone
    assert (bench.root / KEPT).read_text() == "as it once was"
    assert not lost(bench.lived, bench.held())


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ([{"path": ".", "identity": IDENTITY}], "it is the same disk"),
        ([], "it is not known whether"),
    ],
    ids=["the same", "of an older set"],
)
def test_a_disk_by_another_number_doubles_no_vault(
    bench: Bench, told: list[dict[str, Any]], words: str
) -> None:
    """Also where a part was copied ahead of the rest, as it is wherever core and register share a
    machine."""
    made = bench.complete()[-1].id
    rewritten(bench, made, told)
    with patch.object(mounts, "_identity", lambda *_given: IDENTITY):
        _end, host = backed_up(bench)
    assert host.linked_from == made
    assert host.linked_files, "what did not change is the same file"
    (note,) = [text for text in said(bench) if "number" in text and "disk" in text]
    assert words in note and made in note
