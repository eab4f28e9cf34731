"""A key that a message names does what the command means that stands in the source: for all
messages that name one."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import pytest

from pryv_tui.operations.commands import SENTENCE, Typed, in_message
from pryv_tui.tui.text.hints import keyed
from tests.helpers.messages import HOLE, PLACE, messages
from tests.helpers.parsed import searches

ASKED_THERE = frozenset({"--confirm", "--key"})
"""What is said with these is asked for where the key leads."""
WRITTEN_THERE = ("TEXT",)
"""What stands for what is written in the dialog to which the key leads."""
CHOSEN = {"--finish": "Finish", "--roll-back": "Roll back"}
LIVE = ("audit", "--live")
"""L asks the running platform; who shows it means the newest set, or the result's own."""
OPEN = ("drill", "--scenario")
"""D leads to the scenario that is open, which alone is gone on with by this command."""
JOINS = re.compile(
    "and|or|then|if|in|where|with|of|for|as|beside|at|on|it|there|after|before|which|whose|is|to"
    "|from|by|without|but|than"
)
"""Words that go on with a sentence in which a command is to be typed, or is only named."""


def lost(command: Typed, after: str = "") -> list[str]:
    """What a command means and the words of its key do not say, nor those of its place."""
    words = keyed(command.text() + after, (), overview=True).removesuffix(after)
    if words.startswith("pryv-tui "):
        return []
    wanted = list(command.about)
    for option, value in command.options:
        if option in CHOSEN:
            wanted.append(CHOSEN[option])
        elif option not in ASKED_THERE and (command.name, option) not in (LIVE, OPEN):
            wanted.append(value or option)
    if "--live" in command.asked and "latest" in wanted:
        wanted.remove("latest")
    wanted = [each for each in wanted if each not in WRITTEN_THERE]
    return [f"{words}: {each}" for each in wanted if each not in words]


def named() -> Iterator[tuple[str, Typed, str]]:
    """Each command of each message, where it stands, and what follows it."""
    for place, text in messages():
        parts = [*in_message(text.replace(HOLE, PLACE)), ""]
        for part, after in itertools.pairwise(parts):
            if isinstance(part, Typed):
                yield place, part, after if isinstance(after, str) else ""


@searches
def test_what_a_command_is_about_is_in_the_words_of_its_key() -> None:
    every = [(place, each) for place, part, after in named() for each in lost(part, after)]
    assert every == []


@searches
def test_commands_of_messages_are_many_and_some_have_keys() -> None:
    found = list(named())
    keys = [part for _place, part, _after in found if keyed(part.text(), ()).startswith("press")]
    assert len(found) > 200 and len(keys) > 80


@searches
def test_what_goes_on_behind_a_command_is_a_word_that_the_reader_knows() -> None:
    """Whether a sentence says what a command is for, and nobody has to type it, hangs on this."""
    unknown = set()
    for place, part, after in named():
        word = re.match(r" ([a-z]+)\b", after)
        if part.name == "plan" or (part.name, part.act) == ("drill", "actions"):
            continue  # what comes next is more of the command
        if word is not None and not JOINS.fullmatch(word[1]) and not part.is_noun:
            unknown.add((place, part.rest, word[1]))
    assert unknown == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Accept it: pryv-tui accept set/X1", "Accept it: press A (accept), then Enter on set/X1"),
        (
            "Of nothing: pryv-tui drill run holds another",
            "Of nothing: a drill (D, then t) holds another",
        ),
        ("See: pryv-tui drill run X1 holds it", "See: pryv-tui drill run X1 holds it"),
        ("See: pryv-tui verify X1 names it", "See: a verification (s, then v on X1) names it"),
        ("See: pryv-tui verify names it", "See: a verification (s, then v) names it"),
        (
            "Start it: pryv-tui containers start nginx --host co1.x",
            "Start it: press Enter on nginx of co1.x, then S",
        ),
        (
            "Read it: pryv-tui containers logs nginx --host co2.x, then wait",
            "Read it: press l on nginx of co2.x, then wait",
        ),
    ],
)
def test_the_words_name_the_thing_and_its_machine(text: str, expected: str) -> None:
    assert keyed(text, (), overview=True) == expected
    assert keyed(expected, (), overview=True) == expected


def test_each_verb_makes_a_place_of_a_command() -> None:
    for verb in SENTENCE:
        (_before, found, _after) = in_message(f"See: pryv-tui list {verb} it")
        assert isinstance(found, Typed) and found.is_noun, verb
