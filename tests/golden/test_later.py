"""Incidents, drills, pins and schedules as they were first written: they are read,
kept and gone on with by every later version, and programs see what they saw.

`later.py` says how the files were made. No released version had these formats, so each folder is
called by its day; none is made again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.drills.files import read_record
from pryv_tui.incidents.events import decode_event
from pryv_tui.incidents.files import FOLDER as INCIDENTS
from pryv_tui.vault.beside.pins import read_pins
from tests.golden.golden import HERE, Answer, Golden, differences, told
from tests.golden.later import ACTS, NAME
from tests.journeys.program import Ended

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="owners of files come back only for root; without, each set differs"
)

DAYS = tuple(sorted(file.parent.name for file in HERE.glob("later/*/answers.json.xz")))
PEOPLE = frozenset({"text", "remedy", "words", "next", "remains"})
"""What is written for people: its words may become better."""
OF_NOW = frozenset({"seconds", "down_seconds", "age_seconds", "made", "accepted"})
"""What is reckoned up to the moment at which it is asked; and that the vault, which was unpacked,
is to be the one that it was."""


@pytest.fixture(scope="module", params=DAYS)
def golden(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Golden:
    return Golden.unpack(f"later/{request.param}", tmp_path_factory.mktemp("later"))


@pytest.fixture
def state(golden: Golden) -> Path:
    return golden.folder / f"{NAME}-state"


@pytest.fixture(scope="module")
def now(golden: Golden) -> list[Ended]:
    """What is said now at the place where the files were made: to all that only looks, then to what
    goes on with them."""
    inside = 'hostname practice; mount -t tmpfs none /srv; exec "$@"'
    words = ["unshare", "--uts", "--mount", "sh", "-c", inside, "-"]
    if subprocess.run([*words, "true"], capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount anything for one program alone")
    ask = [sys.executable, "-m", "tests.golden.inside", golden.version]
    done = subprocess.run([*words, *ask], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return [Ended(*each) for each in json.loads(done.stdout)]


def test_there_are_some_of_each_kind(golden: Golden, state: Path) -> None:
    assert len(list(state.glob(f"{INCIDENTS}/*/journal.jsonl"))) == 2
    assert len(list(state.glob("drills/*/record.json"))) == 2
    assert {file.name for file in state.glob("drills/*/*.sig")} >= {"record.json.sig"}
    assert len(list((golden.folder / f"{NAME}-vault").rglob("pins.json"))) == 2
    assert {answer.words[0] for answer in golden.answers} >= {
        "status",
        "incident",
        "drill",
        "unpin",
    }


def test_each_record_is_read_and_loses_nothing(state: Path) -> None:
    for file in state.glob("drills/*/record.json"):
        filed = read_record(file.parent)
        assert filed is not None
        same(json.loads(file.read_bytes()), filed.record)


def test_each_line_of_a_journal_is_read_and_loses_nothing(state: Path) -> None:
    lines = [
        line
        for home in (INCIDENTS, "drills")
        for file in state.glob(f"{home}/*/journal.jsonl")
        for line in file.read_bytes().splitlines()
    ]
    assert len(lines) > 15
    for line in lines:
        event = decode_event(line)
        assert event is not None, line
        same(json.loads(line), event)


def test_each_pin_is_read_and_loses_nothing(golden: Golden) -> None:
    for file in (golden.folder / f"{NAME}-vault").rglob("pins.json"):
        pins = read_pins(file.parent)
        assert not pins.unread
        written = told(file.read_text())
        lines = written if isinstance(written, list) else [written]
        assert len(lines) == len(pins.lines) > 0
        for line, pin in zip(lines, pins.lines, strict=True):
            same(line, pin)


def same(written: Any, read: msgspec.Struct) -> None:
    """Whether all that is written is there, and would be written again."""
    assert differences(written, json.loads(msgspec.json.encode(read))) == []


def test_what_was_said_is_said_still_and_exits_are_the_same(
    golden: Golden, now: list[Ended]
) -> None:
    pairs = zip(golden.answers, now, strict=False)
    assert [one for answer, said in pairs for one in _otherwise(answer, said)] == []


def _otherwise(answer: Answer, now: Ended) -> list[tuple[tuple[str, ...], str, Any, Any]]:
    found: list[tuple[tuple[str, ...], str, Any, Any]] = []
    if now.exit != answer.exit:
        found.append((answer.words, "exit", answer.exit, (now.exit, now.out[-500:], now.err)))
    if answer.told is None:
        return found
    for place, old, new in differences(answer.told, told(now.out)):
        names = set(place.replace("[]", "").split("."))
        if names & PEOPLE:
            told_so = type(old) is type(new) and bool(old) == bool(new)
            assert told_so, (answer.words, place, old, new)
        elif not names & OF_NOW:
            found.append((answer.words, place, old, new))
    return found


def test_they_are_gone_on_with(golden: Golden, now: list[Ended]) -> None:
    """The open incident is written into and closed, a finding is closed, and the pinned set
    outlives every rule."""
    known = json.loads((golden.kept / "known.json").read_text())
    done = dict(zip(ACTS, now[len(golden.answers) :], strict=True))
    assert [
        (words, one.exit, one.err) for words, one in done.items() if one.exit not in (0, 3)
    ] == []
    incidents, actions, sets = (told(each.out) for each in list(done.values())[-3:])
    assert len(incidents) == 2 and all(one["closed"] for one in incidents)
    assert len(actions) == 2 and all(one["closed"] for one in actions)
    assert known["first"] in {one["id"] for one in sets}
