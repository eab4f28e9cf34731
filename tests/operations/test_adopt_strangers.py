"""What lies in a copy made by hand beside what was copied, left there by file servers."""

from __future__ import annotations

import gzip
import os
import shlex
import subprocess
from pathlib import Path

import pytest

from pryv_tui.operations.adopt import adopt_plan
from pryv_tui.vault.formats.bson_files import read_dump
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import context
from tests.operations.test_adopting import core, found_in, refusal, write

LEFT = [
    "._events.bson",
    "._events.metadata.json",
    ".DS_Store",
    "events.bson:Zone.Identifier",
    ".nfs000000000a1b2c3d00000001",
    "@eaDir/events.bson",
]


@pytest.mark.parametrize("compressed", [False, True])
def test_what_a_file_server_left_among_a_dump_stays_out(tmp_path: Path, compressed: bool) -> None:
    folder = core(tmp_path / "by hand")
    dump = folder / "pryv/mongodb/backup/pryv-node"
    if compressed:
        for path in list(dump.iterdir()):
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()
        write(dump / "._events.bson.gz", b"\0\5\x16\7 of a Mac")
    for path in dump.iterdir():
        os.utime(path, (1e9, 1e9))
    for name in LEFT:
        write(dump / name, b"\0\5\x16\7 of a Mac")
    write(folder / "pryv/influxdb/backup/._20261123T014520Z.manifest", b"\0\5\x16\7 of a Mac")
    found = found_in(folder)
    (part,) = found.parts
    assert part.dumps["mongodb"].time.startswith("2001-09-09"), "not by what was left there later"
    ctx, heard = context(tmp_path, StillHost("core", machine("core"), root=tmp_path / "root"))
    steps = adopt_plan(found, vault=ctx.site.settings.vault, set_id="20260101T000000Z").steps
    for step in steps[:2]:
        step.perform(ctx)
    (kept,) = (tmp_path / "vault").glob("*.partial/*/files/pryv/mongodb/backup/pryv-node")
    assert read_dump(kept).counts == {"events": 1}
    assert sorted(path.name for path in kept.iterdir()) == ["events.bson", "events.metadata.json"]
    told = [text for _level, text in heard.notes if "left out of the dump" in text]
    assert len(told) == (0 if compressed else 1)


@pytest.mark.parametrize("how", ["-czf", "-cf"])
def test_a_packed_copy_is_unpacked_as_it_is_told(tmp_path: Path, how: str) -> None:
    folder = core(tmp_path / "by hand")
    packed = tmp_path / "it's of May.tgz"
    subprocess.run(["tar", how, packed, "-C", tmp_path, folder.name], check=True)
    remedy = refusal(packed).partition(" unpacked first: ")[2]
    commands, _, adopt = remedy.partition(", then pryv-tui adopt ")
    subprocess.run(["sh", "-c", commands], check=True)
    (unpacked,) = shlex.split(adopt)
    found = found_in(Path(unpacked))
    assert set(found.parts[0].dumps) == {"mongodb", "influxdb"}
