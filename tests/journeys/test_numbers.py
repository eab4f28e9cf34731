"""Numbers of one thing are the same wherever they are said; where they differ, it says why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pryv_tui.hosts.discovery import discover
from pryv_tui.operations.overview.folders import folder_sizes
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.tui.text.words import age, short_age
from tests.helpers import copied
from tests.journeys.program import Practice


@pytest.fixture
def practice(tmp_path: Path) -> Practice:
    copied.new(tmp_path / "platform", users=2, attachments=1)
    return Practice(tmp_path / "platform")


def test_a_set_its_check_and_what_travels(practice: Practice) -> None:
    backup = practice.run("backup", "--json")
    assert backup.exit == 0, backup
    said = " ".join(backup.end["checks"])
    assert "3 users, 1 of them register's own" in said, "core has two accounts"
    assert "Redis in the set of single: 3 users, 1 of them register's own" in said
    (listed,) = practice.run("list", "--json").json
    # The practice platform has a file with two names.
    assert practice.run("verify", "latest", "--json").json["bytes"] > listed["bytes"]
    assert (
        "(a file with several names is read once for each), every hash"
        in practice.run("verify", "latest").out
    )
    restored = practice.run("restore", "latest", "--confirm", listed["domain"], "--json")
    # One thing, one figure: what was verified, and what was copied back.
    figure = f"{listed['files']} files, {listed['bytes']} bytes"
    assert sum(figure in line for line in restored.end["checks"]) == 2, restored.end["checks"]
    # What SQLite keeps beside its databases is in no set, so it does not travel either.
    platform = PracticePlatform.open(practice.folder)
    (state,) = discover(tuple(platform.hosts)).hosts
    sizes = {found.path: found for found in folder_sizes(state)}
    kept = Path(practice.folder.with_name("platform-vault")) / listed["id"] / "single/files"
    for name in ("pryv/core", "config-leader"):
        held = [p for p in (kept / name).rglob("*") if p.is_file() and not p.is_symlink()]
        assert sizes[name].files == len(held)


@pytest.mark.parametrize("seconds", [12, 59, 61, 95, 119, 3500, 3601, 5500, 86_000, 130_000, 1e7])
def test_an_age_is_the_same_in_few_words_and_in_many(seconds: float) -> None:
    then = (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()
    many, unit = short_age(then).split()
    words = age(then)
    assert words.startswith(f"{many} {unit[0]}"), words
    assert words.endswith(" ago")
    assert ("s ago" in words) == (many != "1")
