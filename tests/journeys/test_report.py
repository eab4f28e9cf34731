"""A result is one to paste: what was done and when, how old the data is, what was checked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers import copied
from tests.journeys.program import Ended, Practice

DOMAIN = "practice.pryv.example"
ORDER = (
    "Set: ",
    "Began: ",
    "Services stopped by this run: ",
    "Data as of: ",
    "Checked, expected and found:",
    "Timing gap of the set:",
    "What remains:",
    "What to do next:",
    "What may be removed later:",
)


def told(done: Ended) -> str:
    """The end of what the command line said."""
    return done.out[done.out.rindex("\nPRACTICE ") + 1 :]


def without(order: tuple[str, ...], *names: str) -> list[str]:
    return [name for name in order if not name.startswith(names)]


def in_order(text: str, parts: list[str]) -> bool:
    places = [text.find(f"\n{part}") for part in parts]
    return -1 not in places and places == sorted(places)


@pytest.fixture
def practice(tmp_path: Path) -> Practice:
    copied.new(tmp_path / "platform", users=2, attachments=1)
    return Practice(tmp_path / "platform")


def test_a_backup_a_restore_and_an_undo_are_told_alike(practice: Practice) -> None:
    backup = practice.run("backup")
    assert backup.exit == 0, backup
    said = told(backup)
    assert in_order(said, without(ORDER, "Services", "What remains", "What may")), said
    assert "Check it again at any time: pryv-tui" in said
    (listed,) = practice.sets()
    kept = practice.folder.with_name("platform-vault") / listed["id"] / "set.json"
    moments = json.loads(kept.read_bytes())["moments"]
    first = min(moment["started"] for moment in moments)
    as_of = f"Data as of: {first[:10]} {first[11:19]} UTC; what was written later is not in it"
    assert as_of in said

    restored = practice.run("restore", "latest", "--confirm", DOMAIN)
    assert restored.exit == 0, restored
    said = told(restored)
    assert said.startswith(f"PRACTICE Restore of {DOMAIN}: COMPLETE\n")
    assert in_order(said, list(ORDER)), said
    assert as_of in said
    # All of the platform's containers, once.
    names = json.loads(practice.run("status", "--json").out)
    total = len({c["name"] for role in names["hosts"][0]["roles"] for c in role["containers"]})
    assert [line for line in said.splitlines() if "and stay up" in line] == [
        f"  - single: {total} containers run and stay up"
    ]
    # Not "it cost nothing": nobody knows that of what came after the set.
    assert "inside the set no account, attachment or series lacks its other half" in said
    assert "  - the live platform, checked at the end: nothing lacks its other half" in said
    assert "cost nothing" not in said
    # What removes something stands last, by itself, and is confirmed by the domain that is meant.
    assert said.splitlines()[-1].endswith(f" --confirm {DOMAIN}")
    assert f"--confirm {DOMAIN}" not in "".join(said.splitlines()[:-1])

    undone = practice.run("undo", "latest")
    assert undone.exit == 0, undone
    said = told(undone)
    assert in_order(said, without(ORDER, "Timing", "What to do")), said
    assert said.splitlines()[-1].endswith(f" --confirm {DOMAIN}")
    # To undo it in turn needs the domain too, and removes nothing.
    assert " release " not in "".join(said.splitlines()[:-1])
