"""The manifest of an InfluxDB backup: read whole however large a platform is, and within bounds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.influx_manifest import Limits, read_manifest
from pryv_tui.reading import SMALL

AROUND: dict[str, Any] = {"meta": {"fileName": "x.meta", "size": 224}, "limited": False}


def entry(number: int, database: str = "user.a") -> dict[str, Any]:
    return {
        "database": database,
        "policy": "autogen",
        "shardID": number,
        "fileName": f"20261123T014531Z.s{number}.tar.gz",
        "size": 2048,
        "lastModified": 1_606_085_371_000_000_000,
    }


def written(folder: Path, files: object, *, indent: int | None = 2, **more: Any) -> Path:
    path = folder / "x.manifest"
    path.write_text(json.dumps({**AROUND, "files": files, **more}, indent=indent))
    return path


def test_that_of_a_large_platform(tmp_path: Path) -> None:
    """Some seven hundred users with two years of series each."""
    names = [f"user.patient-{number // 104:05d}" for number in range(70_000)]
    path = written(tmp_path, [entry(at, name) for at, name in enumerate(names)])
    assert path.stat().st_size > SMALL
    found = read_manifest(path)
    assert found.files is not None
    assert [shard.database for shard in found.files] == names
    assert found.files[-1].file_name == "20261123T014531Z.s69999.tar.gz"
    assert (found.meta.file_name, found.meta.size, found.limited) == ("x.meta", 224, False)


NAMES = ['a}b{"c', "a\\", '"', "]", ",", "[{", "ä\u2028\t", "", "{}"]


@pytest.mark.parametrize("indent", [None, 0, 2])
def test_whatever_a_database_is_called_and_wherever_a_piece_ends(
    tmp_path: Path, indent: int | None
) -> None:
    path = written(tmp_path, [entry(at, name) for at, name in enumerate(NAMES)], indent=indent)
    for piece in (1, 7, 1 << 20):
        limits = Limits(piece=piece, head=400 if piece == 7 else 1 << 20)
        found = read_manifest(path, limits)
        assert found.files is not None
        assert [shard.database for shard in found.files] == NAMES
        assert [shard.shard for shard in found.files] == list(range(len(NAMES)))


@pytest.mark.parametrize(("files", "count"), [([], 0), (None, None), ([entry(1)], 1)])
def test_few_or_none(tmp_path: Path, files: list[Any] | None, count: int | None) -> None:
    found = read_manifest(written(tmp_path, files, database="user.a")).files
    assert (found if found is None else len(found)) == count


def test_what_is_cut_off_is_none(tmp_path: Path) -> None:
    path = written(tmp_path, [entry(1), entry(2)])
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(FormatError, match="can't be read as a manifest"):
            read_manifest(path)


@pytest.mark.parametrize(
    "text",
    [
        '{"meta":{"fileName":"x","size":1},"limited":false,"files":[1]}',
        '{"meta":{"fileName":"x","size":1},"limited":false,"files":[{"database":[]}]}',
        '{"meta":{"fileName":"x","size":1},"limited":false,"files":[{}]}',
        '{"limited":false,"files":[]}',
        '{"files":[' + "[" * 100_000,
        '{"files":[{' + '"a":1,' * 20_000,
        '{"files":[' + " " * 200_000,
        '{"files":[{"database":"\\ud800"}]}',
        '{"meta":{"fileName":"x","size":1},"limited":false,"files":[]' + " " * (1 << 20) + "}",
        " " * (1 << 20) + "{}",
    ],
    ids=range(10),
)
def test_what_is_no_manifest_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.manifest"
    path.write_text(text)
    with pytest.raises(FormatError, match="can't be read as a manifest"):
        read_manifest(path)


def test_it_has_bounds(tmp_path: Path) -> None:
    path = written(tmp_path, [entry(at) for at in range(20)])
    with pytest.raises(FormatError, match="lists more than 19 shards"):
        read_manifest(path, Limits(shards=19))
    with pytest.raises(FormatError, match="is larger than 2000 bytes"):
        read_manifest(path, Limits(shards=20, head=400, piece=400, bytes=2000))
