"""A hint that is pasted means the platform that was asked for."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from pryv_tui.cli.main import MODULES
from pryv_tui.operations import commands
from pryv_tui.operations.commands import Typed, completed, given_words, in_message, typed
from tests.helpers.parsed import trees, walked

GIVEN = ("--practice", "/p/one two")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Take one: pryv-tui backup",
            "Take one: pryv-tui --practice '/p/one two' backup",
        ),
        (
            "pryv-tui undo R; or pryv-tui restore S --confirm d.example",
            "pryv-tui --practice '/p/one two' undo R;"
            " or pryv-tui --practice '/p/one two' restore S --confirm d.example",
        ),
        # Wherever it stands: also in a sentence of an older version, which is no command to type.
        (
            "pryv-tui list shows the sets (pryv-tui status), as `pryv-tui doctor` and pryv-tui"
            " runs' page do",
            "pryv-tui --practice '/p/one two' list shows the sets (pryv-tui --practice '/p/one two'"
            " status), as `pryv-tui --practice '/p/one two' doctor` and pryv-tui --practice"
            " '/p/one two' runs' page do",
        ),
        (
            "It's pryv-tui drill that 'holds' it, or pryv-tui incident note as you go",
            "It's pryv-tui --practice '/p/one two' drill that 'holds' it, or"
            " pryv-tui --practice '/p/one two' incident note as you go",
        ),
        (
            "More than it takes: pryv-tui undo R S; none such: pryv-tui list --jsn",
            "More than it takes: pryv-tui --practice '/p/one two' undo R S;"
            " none such: pryv-tui --practice '/p/one two' list --jsn",
        ),
        # What is quoted is not another command.
        (
            "Note it: pryv-tui incident note 'then pryv-tui list failed', then pryv-tui list",
            "Note it: pryv-tui --practice '/p/one two' incident note 'then pryv-tui list failed',"
            " then pryv-tui --practice '/p/one two' list",
        ),
        (
            "Of another: pryv-tui --vault '/a pryv-tui list' runs",
            "Of another: pryv-tui --vault '/a pryv-tui list' runs",
        ),
        ("Another file: /srv/pryv-tui list", "Another file: /srv/pryv-tui list"),
        ("pryv-tui practice create DIR", "pryv-tui practice create DIR"),
        ("Look at it: pryv-tui --practice X", "Look at it: pryv-tui --practice X"),
        ("pryv-tui backups are kept", "pryv-tui backups are kept"),
        ("the restored one", "the restored one"),
    ],
)
def test_commands_carry_the_given_options(text: str, expected: str) -> None:
    made = completed(text, GIVEN)
    assert made == expected
    assert completed(made, GIVEN) == made, "twice is once"


def test_without_options_nothing_changes() -> None:
    assert completed("pryv-tui backup", ()) == "pryv-tui backup"


def test_paths_are_absolute_urls_are_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    words = given_words(practice=None, root="../x", docker="tcp://a:1", vault="v", state=None)
    parent = tmp_path.parent
    assert words == ("--root", f"{parent}/x", "--docker", "tcp://a:1", "--vault", f"{tmp_path}/v")


@pytest.mark.parametrize("command", sorted({name for names in MODULES.values() for name in names}))
def test_every_command_that_means_a_platform_is_made_whole(command: str) -> None:
    """Of a command that is added too: without its options a hint would mean the real platform."""
    made = completed(f"Do it: pryv-tui {command} x", ("--practice", "/p"))
    if command == "practice":
        assert made == "Do it: pryv-tui practice x"  # it names its folder itself
    else:
        assert made == f"Do it: pryv-tui --practice /p {command} x"


def command_in(text: str) -> Typed:
    """The one command that a message names."""
    (found,) = [part for part in in_message(text) if isinstance(part, Typed)]
    return found


def test_a_command_of_a_message_is_a_value() -> None:
    text = "Or: pryv-tui --practice '/a b' restore S1 --role core --role register --confirm 'a b'."
    found = command_in(text)
    assert (found.name, found.act, found.about) == ("restore", "", ("S1",))
    assert found.options == (("--role", "core"), ("--role", "register"), ("--confirm", "a b"))
    assert found.values("--role") == ["core", "register"]
    assert found.given == "--practice '/a b'"
    assert found.text(("--practice", "/other")) == text.removeprefix("Or: ").removesuffix(".")


@pytest.mark.parametrize(
    ("text", "about", "asked", "rest"),
    [
        ("See: pryv-tui audit latest --live --all; then", ("latest",), {"--live", "--all"},
         "audit latest --live --all"),
        ("In it: pryv-tui restore <set> --files <path>)", ("<set>",), {"--files"},
         "restore <set> --files <path>"),
        ("pryv-tui containers logs pryvio_core --host co1.x.", ("pryvio_core",), {"--host"},
         "containers logs pryvio_core --host co1.x"),
        ("Write: pryv-tui incident note --decision 'TEXT'", ("TEXT",), {"--decision"},
         "incident note --decision 'TEXT'"),
        ("pryv-tui report, or I", (), set(), "report"),
        ("pryv-tui recover --finish: Go on", (), {"--finish"}, "recover --finish"),
        ("Then pryv-tui status.", (), set(), "status"),
        ("See it, then pryv-tui status ; or wait", (), set(), "status"),
        ("- pryv-tui attach R (in a terminal)", ("R",), set(), "attach R"),
        ("What is left:\n  - pryv-tui undo R\nand more", ("R",), set(), "undo R"),
        ("To type:\n  $ pryv-tui undo R", ("R",), set(), "undo R"),
        ("It was asked for. $ pryv-tui undo R", ("R",), set(), "undo R"),
        ("Done: pryv-tui drill actions close D A1 'it was done'; then", ("D", "A1", "it was done"),
         set(), "drill actions close D A1 'it was done'"),
        ("See: pryv-tui plan restore S", ("restore", "S"), set(), "plan restore S"),
        ("Accept: pryv-tui accept a/b c/d.", ("a/b", "c/d"), set(), "accept a/b c/d"),
        ("Verify a word: pryv-tui verify list", ("list",), set(), "verify list"),
        ("Its name: pryv-tui fetch 'a. b; c'.", ("a. b; c",), set(), "fetch 'a. b; c'"),
    ],
)  # fmt: skip
def test_where_a_command_ends(
    text: str, about: tuple[str, ...], asked: set[str], rest: str
) -> None:
    found = command_in(text)
    assert (found.about, set(found.asked), found.rest) == (about, asked, rest)


@pytest.mark.parametrize(
    "text",
    ["pryv-tui backups are kept", "pryv-tui --help lists them", "Journal: /var/lib/pryv-tui list",
     "pryv-tui 4.2", "pryv-tui  list", "pryv-tui",
     # Sentences of older versions, as journals have them, and others that only name a command.
     "pryv-tui list shows the sets of this vault.", "See: pryv-tui list shows the sets",
     "Use another set; pryv-tui verify names every file that differs.",
     "Write the domain as pryv-tui status shows it.", "Name a run (pryv-tui runs lists them)",
     "See what is running (pryv-tui status), then try again.", "As pryv-tui status's line says",
     "`pryv-tui report`, or I", "3 accounts; pryv-tui audit 20260101T020000Z names them",
     "If nobody can: pryv-tui unpin S1 lets that set go", "It was pryv-tui undo R that failed",
     # No such subcommand, more arguments than it takes, an option without its value, no end.
     "See: pryv-tui incident", "See: pryv-tui drill over", "See: pryv-tui containers pause x",
     "See: pryv-tui undo R S", "See: pryv-tui list all", "Go on: pryv-tui backup --label",
     "Go on: pryv-tui backup --label --json", "Go on: pryv-tui backup - or wait",
     "Write: pryv-tui incident note 'it is open"],
)  # fmt: skip
def test_what_is_no_command(text: str) -> None:
    assert list(in_message(text)) == [text]


def _texts() -> Iterator[str]:
    for tree in trees().values():
        for node in walked(tree):
            if isinstance(node, ast.Constant) and "pryv-tui" in str(node.value):
                yield str(node.value)


def test_a_message_is_never_another_for_having_been_read() -> None:
    texts = list(_texts())
    assert len(texts) > 200
    for text in texts:
        parts = [part if isinstance(part, str) else part.text() for part in in_message(text)]
        assert "".join(parts) == text


def test_one_behind_another_is_read_too() -> None:
    text = "Stop them: pryv-tui undo A; pryv-tui undo B ; pryv-tui runs; mv a b; pryv-tui list"
    found = [part.rest for part in in_message(text) if isinstance(part, Typed)]
    assert found == ["undo A", "undo B", "runs", "list"]


def test_a_command_is_printed_from_its_words() -> None:
    assert typed(("--practice", "/a b"), "pin", "S") == "pryv-tui --practice '/a b' pin S"
    assert command_in(typed((), "accept", "a key")).about == ("a key",)


def _all_commands() -> Iterator[click.Command]:
    for module in MODULES:
        yield from importlib.import_module(f"pryv_tui.cli.{module}").COMMANDS


def _below(command: click.Command) -> Iterator[click.Command]:
    yield command
    if isinstance(command, click.Group):
        for one in command.commands.values():
            yield from _below(one)


def test_what_the_reader_knows_of_commands_is_what_they_are() -> None:
    """Of one that is added too: whether an option has a value decides where a command ends."""
    every = [each for one in _all_commands() for each in _below(one)]
    options = [option for each in every for option in each.params]
    switches = {
        name
        for option in options
        if isinstance(option, click.Option) and option.is_flag
        for name in (*option.opts, *option.secondary_opts)
        if name.startswith("--")
    }
    assert switches <= commands.SWITCHES
    valued = {
        name
        for option in options
        if isinstance(option, click.Option) and not option.is_flag
        for name in option.opts
    }
    assert not valued & commands.SWITCHES
    takes = {name: _most(each) for one in _all_commands() for name, each in _named(one)}
    # `practice` names its folder itself.
    ours = {name: most for name, most in takes.items() if not name.startswith("practice")}
    assert ours == commands.ARGUMENTS


def _named(command: click.Command, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """A command and those below it by their whole names, without groups that do nothing alone."""
    name = f"{before}{command.name}"
    if not isinstance(command, click.Group) or command.invoke_without_command:
        yield name, command
    if isinstance(command, click.Group):
        for one in command.commands.values():
            yield from _named(one, f"{name} ")


def _most(command: click.Command) -> int:
    """How many arguments a command takes at most; the words of a text are one, in quotes."""
    given = [one for one in command.params if isinstance(one, click.Argument)]
    if any(one.nargs < 0 and one.name != "words" for one in given):
        return commands.MANY
    return len(given)
