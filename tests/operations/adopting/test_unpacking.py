"""A compressed dump is unpacked as far as there is room for it."""

from __future__ import annotations

import gzip
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.adopting.dumps import FoundDump
from pryv_tui.operations.guards.place import SPACE_RESERVE
from pryv_tui.operations.steps.taking import adopt_copy
from pryv_tui.operations.steps.taking.adopt_copy import unpack
from pryv_tui.operations.steps.taking.adopt_set import CopyAdopted
from pryv_tui.reading import SMALL

CTX: Any = SimpleNamespace(check_cancelled=lambda: None)


def bomb(path: Path, size: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(size >> 20):
            file.write(bytes(1 << 20))


def test_it_ends_where_there_is_no_room_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb(tmp_path / "dump/events.bson.gz", 40 << 20)
    out = tmp_path / "out"
    start = SPACE_RESERVE + (8 << 20)

    def free(_place: Path) -> int:
        return start - sum(path.stat().st_size for path in out.rglob("*") if path.is_file())

    monkeypatch.setattr(adopt_copy, "free_bytes", free)
    with pytest.raises(PryvTuiError, match=r"events\.bson\.gz holds more than") as caught:
        unpack(CTX, tmp_path / "dump", out)
    assert caught.value.name == "disk-full"
    assert (out / "events.bson").stat().st_size < 12 << 20


def test_what_was_unpacked_goes_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb(tmp_path / "dump/pryv-node/events.bson.gz", 4 << 20)
    monkeypatch.setattr(adopt_copy, "free_bytes", lambda _place: 0)
    target = tmp_path / "part"
    target.mkdir()
    dump = FoundDump(
        folder=str(tmp_path / "dump"), only=(), time="2026-01-01T00:00:00Z", compressed=True
    )
    with pytest.raises(PryvTuiError, match="no room"):
        CopyAdopted._dump(CTX, CTX, target, target / "inside", dump)
    assert not (target / ".unpacked").exists()


def test_words_of_a_collection_are_short(tmp_path: Path) -> None:
    bomb(tmp_path / "dump/events.metadata.json.gz", SMALL + (2 << 20))
    with pytest.raises(PryvTuiError, match=f"holds more than {SMALL} bytes"):
        unpack(CTX, tmp_path / "dump", tmp_path / "out")
