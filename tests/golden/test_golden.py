"""What older versions left behind is read, used and gone on with, and programs see what they saw.

`make.py` says how the files were made. Where something is said otherwise today, it stands in
`OTHERWISE` with the reason, which is in the changelog; what stands there and is not needed fails.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.golden.golden import PLACE, VERSIONS, Answer, Golden, differences, told
from tests.journeys.program import Practice

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="owners of files come back only for root; without, each set differs"
)

PEOPLE = frozenset({"text", "remedy"})
"""What is written for people in what `status` and `doctor` say: its words may become better."""

OTHERWISE: dict[tuple[str, str, str], str] = {
    ("v0.1.0", "single status", "exit"): "a backup that died needs a person",
    ("v0.1.0", "single doctor", "exit"): "a backup that died needs a person",
    ("v0.1.0", "cluster status", "exit"): "a warning that nobody has accepted needs a person",
    ("v0.1.0", "cluster doctor", "exit"): "a newest set without a role needs a person",
    ("v0.1.0", "single status", "hosts[].roles[].folders[].bytes"): (
        "a MongoDB whose files are younger than the set is asked what it holds: the practice one of"
        " that version makes its tables of today then"
    ),
    ("v0.1.0", "cluster status", "hosts[].roles[].folders[].bytes"): (
        "a MongoDB that was written to since the set is asked what it holds, as above"
    ),
    ("v0.1.0", "half-done status", "exit"): "a root that is half-restored needs a person",
}
"""By version, platform with command, and place (`exit`, or where in the JSON)."""


@pytest.fixture(scope="module", params=VERSIONS)
def golden(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Golden:
    return Golden.unpack(request.param, tmp_path_factory.mktemp("golden"))


def test_there_are_golden_files_with_looks_refusals_and_acts_of_each_form() -> None:
    assert "v0.1.0" in VERSIONS
    for version in VERSIONS:
        answers = Golden(version, Path(PLACE)).answers
        assert {"single", "cluster", "half-done"} == {answer.platform for answer in answers}
        assert {0, 1, 2, 4, 130} <= {answer.exit for answer in answers}
        assert len({answer.words[0] for answer in answers}) >= 14


def test_what_was_said_is_said_still_and_exits_are_the_same(golden: Golden) -> None:
    found = [one for answer in golden.of("look") for one in _otherwise(golden, answer)]
    known = {place for place in OTHERWISE if place[0] == golden.version}
    assert [one for one in found if one[0] not in known] == []
    assert known - {one[0] for one in found} == set(), "no longer otherwise: take it out"


def _otherwise(
    golden: Golden, answer: Answer
) -> Iterator[tuple[tuple[str, str, str], tuple[str, ...], Any, Any]]:
    """Each place where today's program says another thing, with what it said and says."""
    command = f"{answer.platform} {answer.words[0]}"
    now = golden.ask(answer)
    if now.exit != answer.exit:
        yield (golden.version, command, "exit"), answer.words, answer.exit, (now.exit, now.err)
    if answer.told is not None:
        before, after = (_by_name(answer, one) for one in (answer.told, told(now.out)))
        for place, old, new in differences(before, after):
            if answer.words[0] in ("status", "doctor") and place.rpartition(".")[2] in PEOPLE:
                assert isinstance(new, str), place  # still there, and still a sentence
                assert bool(new) == bool(old), (place, old, new)
            else:
                yield (golden.version, command, place), answer.words, old, new


def _by_name(answer: Answer, said: Any) -> Any:
    """Lists that may become longer, so that an old line is held to the new line of its name."""
    if answer.words[0] == "doctor":
        return {line["name"].replace(".", " "): line for line in said}
    if answer.words[0] == "status" and "attention" in said:
        # A line has no name; its first words say what it is about.
        lines = {" ".join(line["text"].split()[:3]): line for line in said["attention"]}
        return said | {"attention": lines}
    return said


def test_a_new_set_is_linked_to_an_old_one(golden: Golden) -> None:
    # Of the single node nothing lies there that was not copied back since its last set.
    linking = next(a for a in golden.of("act") if a.platform == "cluster" and "backup" in a.words)
    made = told(golden.ask(linking).out)[-1]["set"]
    vault = golden.folder / "cluster-vault"
    old, new = _files(vault / _newest_whole(golden, "cluster")), _files(vault / made)
    assert len(old & new) > len(new) / 2


@pytest.mark.parametrize("platform", ["single", "cluster", "half-done"])
def test_sets_verify_and_come_back_whole_and_a_dead_run_is_gone_on_with(
    golden: Golden, platform: str
) -> None:
    practice = Practice(golden.folder / platform)
    whole = practice.contents()
    restored = ""
    for answer in golden.of("act"):
        if answer.platform != platform:
            continue
        words = answer.words
        if words[0] == "undo":
            words = ("undo", restored, *words[2:])
        now = golden.ask(answer, words)
        assert now.exit == answer.exit, (words, now.out[-2000:], now.err)
        said, before = _last(told(now.out)), _last(answer.told)
        if words[0] == "verify":
            same = ("id", "outcome", "problems", "files", "bytes", "part", "parts")
            assert [said[key] for key in same] == [before[key] for key in same]
        if words[0] in ("restore", "undo"):
            restored = said["run"]
            assert said["outcome"] == before["outcome"] == "complete"
            assert practice.contents() == whole
        if words[:2] == ("recover", "--finish"):
            assert said["outcome"] == before["outcome"] == "complete"
            assert said["remains"] == before["remains"], "it goes on where the dead run was"
            assert practice.contents() != whole, "the dead run was half-way through it"


def _last(said: Any) -> Any:
    return said[-1] if isinstance(said, list) and said else said


def _newest_whole(golden: Golden, platform: str) -> str:
    """The newest set of all roles that the older program made."""
    asked = [a for a in golden.of("look") if a.words == ("list", "--json")]
    sets = next(a.told for a in asked if a.platform == platform)
    whole = [one["id"] for one in sets if one["state"] == "complete" and "core" in one["roles"]]
    return str(whole[-1])


def _files(made: Path) -> set[int]:
    """The inodes of a set's files."""
    return {file.lstat().st_ino for file in made.glob("*/files/**/*") if file.is_file()}
