"""A key that a message names does what the command means that stands in the source: for all
messages that name one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pryv_tui.operations.commands import Typed, in_message
from pryv_tui.tui.text.hints import keyed
from tests.helpers.messages import filled, messages
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


def lost(command: Typed) -> list[str]:
    """What a command means and the words of its key do not say, nor those of its place."""
    words = keyed(command.text(), (), overview=True)
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


def named() -> Iterator[tuple[str, Typed]]:
    """Each command of each message, and where it stands."""
    for place, text in messages():
        for part in in_message(filled(text)):
            if isinstance(part, Typed):
                yield place, part


@searches
def test_what_a_command_is_about_is_in_the_words_of_its_key() -> None:
    every = [(place, each) for place, part in named() for each in lost(part)]
    assert every == []


@searches
def test_commands_of_messages_are_many_and_some_have_keys() -> None:
    found = list(named())
    keys = [part for _place, part in found if keyed(part.text(), ()).startswith("press")]
    assert len(found) > 200 and len(keys) > 80


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Accept it: pryv-tui accept set/X1", "Accept it: press A (accept), then Enter on set/X1"),
        ("Hold another: pryv-tui drill run", "Hold another: press t in the list of drills (D)"),
        ("See: pryv-tui drill run X1 holds it", "See: pryv-tui drill run X1 holds it"),
        ("See: pryv-tui verify X1 names it", "See: pryv-tui verify X1 names it"),
        ("See: pryv-tui verify X1; it names it", "See: press s, then v on X1; it names it"),
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
