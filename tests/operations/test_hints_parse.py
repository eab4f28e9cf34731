"""Each command that a message names is one that the program takes: read by its own parser."""

from __future__ import annotations

import itertools
import re
import shlex
from pathlib import Path

import pytest

from pryv_tui.operations.commands import Typed, in_message
from tests.drills.test_scenarios import refused
from tests.helpers.messages import HOLE, PLACE, messages
from tests.helpers.parsed import searches

_SHELL = ("|", ">", ">>", "&&", "||", ";", "<")
_META = re.compile(r"<[^<>]*>")


def wrong_in(text: str) -> list[str]:
    """The commands of a message that the program does not take, each with what it says to it."""
    found = []
    for part in in_message(text.replace(f" {HOLE}", f" {PLACE}")):
        if not isinstance(part, Typed):
            continue
        line = _META.sub(PLACE, part.text())
        if re.search(rf"--[a-z-]*{HOLE}|--\S+ \S*{HOLE}|{HOLE}{{2}}", line):
            continue  # an option, or its value, is put in
        if told := refused(line.replace(HOLE, PLACE)):
            found.append(f"{line}: {told}")
    return found


@searches
def test_each_command_of_a_message_is_one_that_the_program_takes() -> None:
    every = list(messages())
    assert len(every) > 150
    assert [(place, wrong) for place, text in every for wrong in wrong_in(text)] == []


@pytest.mark.parametrize(
    "text",
    ["Do it: pryv-tui backup --rolle core", "See: pryv-tui list --jsn x",
     "pryv-tui report X1 --form page", "pryv-tui containers stop X1 --on Y1"],
)  # fmt: skip
def test_one_that_it_does_not_take_is_found(text: str) -> None:
    assert wrong_in(text)


def test_the_pages_name_commands_that_the_program_takes() -> None:
    top = Path(__file__).parents[2]
    wrong = []
    for page in (top / "README.md", *sorted((top / "docs").glob("*.md"))):
        for block in re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.S):
            for line in _META.sub(PLACE, block.replace("\\\n", " ")).splitlines():
                lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
                lexer.whitespace_split = True
                words = list(itertools.takewhile(lambda word: word not in _SHELL, lexer))
                if words[:1] == ["pryv-tui"] and words[1:] and (told := refused(shlex.join(words))):
                    wrong.append((page.name, line, told))
    assert wrong == []
