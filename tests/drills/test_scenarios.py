"""Scenarios are read strictly: what is wrong in a file is told with its line and the way out."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path

import click
import msgspec
import pytest

from pryv_tui.cli.main import cli
from pryv_tui.drills.scenarios import library
from pryv_tui.drills.scenarios.library import SHIPPED, named, read, shelf
from pryv_tui.drills.scenarios.model import PLACE
from pryv_tui.errors import PryvTuiError
from tests.drills.kit import SMALL, write
from tests.remedies.shell import commands_in, paste, shell_line, type_in

END_OF_STORY = 'id = "well"\ngood = true'


def test_a_small_one_is_read_whole(tmp_path: Path) -> None:
    it = read(write(tmp_path / "own"))
    assert [one.id for one in it.decisions] == ["look", "act"]
    assert it.decisions[0].hints[0].minutes == 3
    assert it.decisions[1].options[0].act[0].expect == ("failed",)
    assert it.happenings[0].act[0].fault == "mongorestore-failures"


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("minutes = 5", "minuets = 5", 4, "`minuets`"),
        ("minutes = 5", 'minutes = "5"', 4, "`minutes` is a text, where a number has to be"),
        ("minutes = 5", "minutes = -5", 4, "negative"),
        ("minutes = 5\n", "", 0, "`minutes` is missing"),
        ("format = 1", "format = 2", 1, "`format` is 2"),
        ('name = "small"', 'name = "other"', 2, "called small.toml"),
        ('story = "Something is lost."', 'story = " "', 6, "`story` is empty"),
        ("[[before]]", "[[befor]]", 11, "`before`?"),
        ('[[before]]\ndo = "backup"', '[[before]]\ndo = "backups"', 12, "`backup`?"),
        ("[[end]]", "[end]", 0, ""),
        ('phase = "restore"', 'phase = "sign"', 74, "after the story"),
        ('phase = "restore"', 'phase = "restored"', 74, "`restore`?"),
        ('why = "It is quicker."\n', "", 61, "`why` is missing in decision[1].option[2]"),
        # Ways of the story.
        ('then = "well"', 'then = "wel"', 0, "leads nowhere"),
        ('first = "look"', 'first = "lok"', 9, "no decision is called 'lok'"),
        ('then = "act"', 'then = "gone"', 0, "no way leads to the decision 'act'"),
        (END_OF_STORY, 'id = "well"\ngood = false\nred = ["back"]', 0, "to a good end"),
        ('safe = true\nthen = "well"', 'safe = true\nwrong = true\nthen = "well"', 0, "is a wrong"),
        ('safe = true\nthen = "well"', 'then = "well"', 0, "0 safe options"),
        ('then = "well"', 'then = "look"', 0, "no way leads to"),
        ('id = "gone"', 'id = "well"', 0, "already used"),
        ('id = "skip"', 'id = "status"', 0, "already used"),
        ('id = "skip"', 'id = "Skip it"', 0, "lower-case letters"),
        # What it names.
        ('"mongorestore-failures"', '"mongorestore-fails"', 0, "no fault is called"),
        ('"mongorestore-failures"', '"container-dies:mongo"', 0, "no service is called 'mongo'"),
        ('set = "night"', 'set = "day"', 0, "no backup before it is named 'day'"),
        ('set = "night"', "", 0, "needs `set`"),
        ('do = "status"', 'do = "status"\nset = "night"', 0, "takes no `set`"),
        ('do = "restore"', 'do = "restore"\nroles = ["cor"]', 0, "no role is called 'cor'"),
        ("{night}", "{day}", 0, "in the place of 'day'"),
        ('opened_by = ["look.status"]', 'opened_by = ["look.stat"]', 0, "'look.stat'"),
        ('before = ["act.restore"]', "before = []", 0, "names nothing"),
        ('at = "act.restore"', 'at = "act.restored"', 0, "'act.restored'"),
        ('name = "whole"\nsays', 'name = "hole"\nsays', 0, "nothing is remembered as 'hole'"),
        ('red = ["back"]', 'red = ["bad"]', 0, "no check is called 'bad'"),
        ('good = false\ntext = "It is gone."\nred = ["back"]', 'good = false\ntext = "x"', 0,
         "nothing shows that"),
        ('red = ["back"]\n\n[[end]]\nid = "well"', '\n[[end]]\nid = "well"\nred = ["back"]', 0,
         "every check is passed"),
        ('do = "status"', 'do = "grow"', 0, "makes nothing"),
        ("expect = [\"failed\"]", "expect = []", 0, "names no outcome"),
        ("title = ", "title ", 0, "small.toml"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_file_key_and_way_out(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    assert old in SMALL
    text = SMALL.replace(old, new, 1) if "then" not in old else SMALL.replace(old, new)
    path = write(tmp_path / "own", text)
    with pytest.raises(PryvTuiError) as caught:
        read(path)
    assert caught.value.name == "scenario"
    told = f"{caught.value.what} {caught.value.remedy}"
    assert str(path) in told and words in told, told
    assert caught.value.remedy
    if line:
        assert f"{path}, line {line}: " in told, told


def test_all_that_are_shipped_can_be_played() -> None:
    assert [(one.name, one.problem) for one in shelf() if one.problem is not None] == []
    assert {one.name for one in shelf()} == {path.stem for path in SHIPPED.glob("*.toml")}


def test_no_page_of_those_that_are_shipped_has_a_place_left_to_fill() -> None:
    for one in shelf(None):
        assert one.scenario is not None
        # What is filled is filled whole, with a set that was never taken too.
        for decision in one.scenario.decisions:
            for option in decision.options:
                for sets in ({}, dict.fromkeys(PLACE.findall(option.undo), "SET")):
                    told = (option.typed("d.example", sets), option.undone("d.example", sets))
                    assert not PLACE.search(" ".join(told)), (one.name, option.id)
        bare = msgspec.to_builtins(one.scenario)
        for decision in bare["decisions"]:
            for option in decision["options"]:
                # Shown filled: the two that are.
                option["command"] = option["undo"] = ""
        assert not PLACE.findall(msgspec.json.encode(bare["decisions"]).decode()), one.name
        texts = [bare["story"], bare["note"], *bare["symptoms"], *bare["objectives"]]
        texts += [each["text"] for each in bare["ends"]]
        assert not any(PLACE.search(text) for text in texts), one.name


def refused(line: str) -> str:
    """What the program says to the form of a command; empty where it takes it."""
    for command in line.split("&&"):
        words = shlex.split(command)
        if words[:1] == ["sudo"]:
            words = words[1:]
        if words[:1] != ["pryv-tui"]:
            continue
        group: click.Command = cli
        # Its words are read, and nothing is performed.
        try:
            context = group.make_context("pryv-tui", words[1:])
            while isinstance(group, click.Group):
                left = [*context._protected_args, *context.args]
                if not left and group.invoke_without_command:
                    break
                name, found, left = group.resolve_command(context, left)
                assert found is not None
                group, context = found, found.make_context(name, left, parent=context)
        except click.exceptions.Exit:
            continue  # it asks for its help
        except click.ClickException as error:
            return error.format_message()
    return ""


def test_each_command_that_a_story_shows_is_one_that_the_program_takes() -> None:
    wrong = []
    for one in shelf(None):
        assert one.scenario is not None
        for decision in one.scenario.decisions:
            for option in decision.options:
                sets = dict.fromkeys(
                    PLACE.findall(option.command + option.undo), "20261101T020000Z"
                )
                typed = option.typed("d.example", sets)
                # What an undo says beyond a command stands after a colon.
                undone = option.undone("d.example", sets).split(": ")[0]
                for line in (typed, undone):
                    told = refused(line) if "pryv-tui " in line else ""
                    if told:
                        wrong.append((one.name, option.id, line, told))
    assert wrong == []


def test_a_command_that_the_program_does_not_take_is_seen() -> None:
    assert "unexpected extra arguments" in refused("pryv-tui pin SET last good set")
    assert "No such command" in refused("sudo pryv-tui pins SET")
    assert "No such option" in refused("systemctl start docker && pryv-tui recover --finishing")
    assert refused("sudo pryv-tui restore SET --role core --confirm d && pryv-tui status") == ""


def test_a_site_has_its_own(tmp_path: Path) -> None:
    own = tmp_path / "own"
    write(own)
    write(own, SMALL.replace('name = "small"', 'name = "core-lost"', 1), "core-lost")
    config = tmp_path / "pryv-tui.toml"
    config.write_text(f"scenarios = '{own}'")
    told = type_in("drill", "scenarios", "--json", "--config", str(config))
    assert told.exit == 0, told.err
    found = {one["name"]: one for one in json.loads(told.out)}
    assert found["small"]["from"] == found["core-lost"]["from"] == "site"
    assert found["core-lost"]["title"] == "A small one", "the site's comes in place of the shipped"
    assert named("small", own).name == "small"

    # One that can't be played keeps nobody from the others, and is told.
    write(own, "format = 1\n", "broken")
    told = type_in("drill", "scenarios", "--config", str(config))
    assert told.exit == 3
    assert "broken.toml" in told.err and "Fix it there" in told.err and "A small one" in told.out
    assert named("small", own).name == "small"
    with pytest.raises(PryvTuiError, match=r"small\?"):
        named("smal", own)
    with pytest.raises(PryvTuiError, match="empty"):
        named(" ", own)


def test_what_was_refused_is_mended_as_it_says(tmp_path: Path) -> None:
    """Each remedy, from the state in which it is printed."""
    own = tmp_path / "none"
    config = tmp_path / "pryv-tui.toml"
    config.write_text(f"scenarios = '{own}'")
    told = type_in("drill", "scenarios", "--config", str(config))
    assert told.exit == 2 and str(own) in told.err and told.out == ""
    assert "Make it, or take `scenarios` out" in told.remedy
    own.mkdir()
    assert type_in("drill", "scenarios", "--config", str(config)).exit == 0

    path = write(own, SMALL.replace("minutes", "minuets"))
    told = type_in("drill", "scenarios", "--config", str(config))
    (look,) = commands_in(told.remedy)
    assert told.exit == 3 and paste(look).exit == 3
    path.write_text(SMALL)
    path.chmod(0o666)
    told = type_in("drill", "scenarios", "--config", str(config))
    assert told.exit == 3 and shell_line(told.remedy) == 0, told.err
    assert type_in("drill", "scenarios", "--config", str(config)).exit == 0
    path.chmod(0o600)
    with pytest.raises(PryvTuiError) as caught:
        named("smal", own)
    (command,) = commands_in(caught.value.remedy)
    assert paste(f"{command} --config {config}").exit == 0


def test_a_file_that_others_can_write_shows_nobody_its_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "own")
    path.chmod(0o666)
    with pytest.raises(PryvTuiError) as caught:
        read(path)
    assert caught.value.name == "not-private" and caught.value.remedy
    path.chmod(0o600)
    assert read(path).name == "small"
    assert os.access(library.SHIPPED, os.R_OK)


def test_no_word_of_a_story_is_broken_at_its_hyphen() -> None:
    for path in sorted(SHIPPED.glob("*.toml")):
        broken = re.findall(r"\w+- \w+", read(path).story)
        assert not broken, f"{path.name}: {broken}"


@pytest.mark.parametrize("more", [(), ("--answers", "none")])
def test_a_scenario_that_can_not_be_played_is_told_before_answers_are_asked_for(
    tmp_path: Path, more: tuple[str, ...]
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    path = write(own, SMALL.replace("minutes", "minuets"))
    config = tmp_path / "pryv-tui.toml"
    config.write_text(f"scenarios = '{own}'\nstate = '{tmp_path / 'state'}'")
    for name, why in ((path.stem, "minuets"), ("nosuch", "nosuch")):
        told = type_in("drill", "run", "--scenario", name, *more, "--config", str(config))
        assert told.exit == 2 and why in told.err, told.err
        assert "terminal" not in told.err and "answers" not in told.err
