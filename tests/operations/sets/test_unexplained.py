"""Missing attachments: those that somebody deleted meanwhile, and those that nobody did."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pryv_tui.operations.sets.unexplained import unexplained
from pryv_tui.platform.gap import Moment
from pryv_tui.vault.manifest import SetHost
from tests.operations.kit import part

DUMPED = 1_767_225_600.0  # 2026-01-01T00:00:00Z
MOMENTS = [
    Moment(what="mongodb", role="core", host="co1", started="2026-01-01T00:00:00Z",
           finished="2026-01-01T00:01:00Z"),
]  # fmt: skip
DATA = "co1/files/pryv/core/data"
OLD, NEW = "attachments/cabc", "users/c/b/a/cabc"


def folder(base: Path, path: str, changed: float) -> None:
    made = base / DATA / path
    made.mkdir(parents=True, exist_ok=True)
    os.utime(made, (changed, changed))


def found(base: Path, *hosts: SetHost, moments: list[Moment] | None = None) -> bool:
    """Whether the file `cabc/e1/f1` is missing without a reason."""
    named = hosts or (part("co1", "core"),)
    known = MOMENTS if moments is None else moments
    return unexplained(base, named, known, ["cabc/e1/f1"]) == ["cabc/e1/f1"]


@pytest.mark.parametrize("path", [f"{OLD}/e1", OLD, f"{NEW}/attachments/e1", f"{NEW}/attachments"])
@pytest.mark.parametrize(("changed", "lost"), [(-3600, True), (-1, False), (30, False)])
def test_a_folder_tells_whether_something_was_deleted(
    tmp_path: Path, path: str, changed: float, lost: bool
) -> None:
    folder(tmp_path, path, DUMPED + changed)
    assert found(tmp_path) == lost


def test_a_disk_that_is_not_there_explains_nothing(tmp_path: Path) -> None:
    assert found(tmp_path)
    # The folder that it is mounted at, also where somebody touched it a moment ago.
    folder(tmp_path, "attachments", DUMPED + 10)
    folder(tmp_path, "users", DUMPED + 10)
    assert found(tmp_path)


def test_an_account_that_was_deleted_meanwhile(tmp_path: Path) -> None:
    folder(tmp_path, "users/c/b/a", DUMPED + 10)
    assert not found(tmp_path)


def test_a_quiet_event_below_a_busy_user(tmp_path: Path) -> None:
    """Other events of the user came and went; this one's own folder is as it was."""
    folder(tmp_path, f"{OLD}/e1", DUMPED - 3600)
    folder(tmp_path, OLD, DUMPED + 10)
    assert found(tmp_path)


def test_the_machines_own_clock(tmp_path: Path) -> None:
    folder(tmp_path, f"{OLD}/e1", DUMPED + 60)
    assert not found(tmp_path)
    assert found(tmp_path, part("co1", "core", clock_offset_seconds=3600.0))


def test_without_a_moment_or_with_a_strange_name_nothing_is_explained(tmp_path: Path) -> None:
    folder(tmp_path, f"{OLD}/e1", DUMPED + 60)
    assert found(tmp_path, moments=[])
    hosts = (part("co1", "core"),)
    for name in ("../../x", "cabc", "cabc//f", "../e1/f1", ""):
        assert unexplained(tmp_path, hosts, MOMENTS, [name]) == [name]
