"""What lies in a copy made by hand beside what was copied, left there by file servers."""

from __future__ import annotations

import gzip
import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from pryv_tui.formats.bson_files import read_dump
from pryv_tui.operations.plans.adopt import adopt_plan
from tests.hosts.machines import StillHost, machine
from tests.operations.adopting.test_adopting import core, found_in, refusal, write
from tests.operations.kit import context

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
    remedy = refusal(packed).partition("Unpack it first: ")[2]
    commands, _, adopt = remedy.partition(", then pryv-tui adopt ")
    subprocess.run(["sh", "-c", commands], check=True)
    (unpacked,) = shlex.split(adopt)
    found = found_in(Path(unpacked))
    assert set(found.parts[0].dumps) == {"mongodb", "influxdb"}


@pytest.mark.parametrize("name", ["odd \udcff", "new\nline", "\x1b[2J"])
@pytest.mark.parametrize("where", ["folder", "copy", "dump"])
def test_a_name_that_is_no_text_is_a_refusal(tmp_path: Path, name: str, where: str) -> None:
    folder = tmp_path / "by hand"
    odd = folder if where == "folder" else folder / where
    core(folder / "copy" if where == "copy" else folder)
    if where == "dump":
        shutil.move(folder / "pryv/mongodb/backup", odd)
    shutil.move(odd, odd.with_name(name))
    text = refusal(odd.with_name(name) if where == "folder" else folder)
    assert "a set that names it could not be read again" in text
    shutil.move(odd.with_name(name), odd)
    assert found_in(folder).parts


def warned(folder: Path, place: Path) -> list[str]:
    """What an adoption into a vault in this place warns of."""
    ctx, heard = context(place, StillHost("core", machine("core"), root=place / "root"))
    vault = ctx.site.settings.vault
    for step in adopt_plan(found_in(folder), vault=vault, set_id="20260101T000000Z").steps[:2]:
        step.perform(ctx)
    return [text for level, text in heard.notes if level == "warning"]


@pytest.mark.parametrize("path", ["pryv/core/data", "pryv/core", "pryv/core/data/users"])
@pytest.mark.parametrize("release", ["1.9.2", "1.7.3"])
def test_what_a_copy_lacks_is_told(tmp_path: Path, path: str, release: str) -> None:
    """It is adopted all the same: the rest is worth having."""
    folder = core(tmp_path / "by hand")
    file = f"services: {{core: {{image: 'pryvsa/core:{release}', container_name: pryvio_core}}}}"
    write(folder / "pryv/pryv.yml", file.encode())
    index = write(folder / "pryv/core/data/users/user-index.db")
    assert warned(folder, tmp_path / "1") == []
    (folder / path).rename(tmp_path / "elsewhere")
    (folder / path).symlink_to(tmp_path / "elsewhere")
    (link,) = warned(folder, tmp_path / "2")
    assert f"{folder / path} is a symbolic link" in link
    (folder / path).unlink()
    (tmp_path / "elsewhere").rename(folder / path)
    index.unlink()
    told = warned(folder, tmp_path / "3")
    assert [f"there is no {index}" in text for text in told] == ([True] if "1.9" in release else [])
    write(index)
    assert warned(folder, tmp_path / "4") == []
