"""That each decision of each scenario's file is played: counted from the files themselves, as TOML,
and not from what the program reads of them."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pryv_tui.drills.scenarios.library import SHIPPED
from tests.drills.test_all_ways import EVERY, PLAYED, in_words

Turn = tuple[str, str, str]
"""Scenario, decision, option."""


def in_files(folder: Path = SHIPPED) -> dict[Turn, bool]:
    """Each option that a file has, and whether it is a wrong one."""
    found = {}
    for path in sorted(folder.glob("*.toml")):
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        for decision in told["decision"]:
            for option in decision["option"]:
                turn = told["name"], decision["id"], option["id"]
                found[turn] = option.get("wrong", False)
    return found


def turns(name: str, way: list[str]) -> set[Turn]:
    return {(name, *one.split(".")) for one in way}  # type: ignore[misc]


def missed(files: dict[Turn, bool], played: set[Turn]) -> list[Turn]:
    return sorted(turn for turn in files if turn not in played)


PERFORMED = {turn for one in PLAYED for turn in turns(one.values[0], one.values[1])}  # type: ignore[arg-type]
TOLD = {turn for one, way in EVERY if in_words(one, way) for turn in turns(one.name, way)}


def test_every_option_of_every_file_is_played() -> None:
    files = in_files()
    assert len(files) > 100 and sum(files.values()) > 50, "not all files are read any more"
    assert missed(files, PERFORMED | TOLD) == []
    # And nothing is played that no file has.
    assert (PERFORMED | TOLD) - files.keys() == set()


def test_a_wrong_turn_that_does_something_is_really_done() -> None:
    """What acts on a platform is never told in words alone."""
    acting = set()
    for path in sorted(SHIPPED.glob("*.toml")):
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        for decision in told["decision"]:
            acting |= {
                (told["name"], decision["id"], option["id"])
                for option in decision["option"]
                if option.get("wrong", False) and "act" in option
            }
    assert len(acting) > 10
    assert acting - PERFORMED == set()


def test_one_that_nobody_plays_is_named() -> None:
    files = in_files()
    for turn in files:
        assert missed(files, (PERFORMED | TOLD) - {turn}) == [turn]
