"""A hint that is pasted means the platform that was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.cli.main import MODULES
from pryv_tui.operations.commands import completed, given_words

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
