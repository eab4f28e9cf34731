"""An incident of which a line can't be read: no report says of it that nothing is lost or down."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.remedies.shell import Shell

NOTHING = (
    "nothing is known to be down",
    "nothing is known to be lost",
    "nothing is known to have been down",
    "All that was down serves again",
)


def _replaced(journal: Path, at: int, text: str) -> None:
    lines = journal.read_text().splitlines()
    lines[at] = text
    journal.write_text("\n".join([*lines, ""]))


def garbage(journal: Path) -> None:
    """In the place of the line that says what was lost."""
    _replaced(journal, 1, "no line of a journal")


def of_a_later_program(journal: Path) -> None:
    _replaced(journal, 1, '{"v": 1, "event": "of_tomorrow"}')


def cut_off(journal: Path) -> None:
    """In the middle of the line that says what was lost, where the disk was full."""
    lines = journal.read_text().splitlines()
    journal.write_text(f"{lines[0]}\n{lines[1][:40]}")


def torn(journal: Path) -> None:
    """Behind all that was written."""
    with journal.open("a") as file:
        file.write('{"type":"')


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shell, Path, str]:
    """A platform that has lost core, the journal of its incident, and what that held."""
    shell = Shell.with_set(tmp_path_factory.mktemp("unread") / "p", users=1, attachments=0)
    shell.platform.wipe("core")
    assert shell.type("status").exit == 3
    (journal,) = (Path(shell.settings.state) / "incidents").glob("*/journal.jsonl")
    return shell, journal, journal.read_text()


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (garbage, "1 line of journal.jsonl can't be read"),
        (of_a_later_program, "1 line of journal.jsonl was written by a later version"),
        (cut_off, "journal.jsonl ends in the middle of a line"),
        (torn, "journal.jsonl ends in the middle of a line"),
        (None, ""),
    ],
)
def test_where_a_line_can_not_be_read_each_view_says_so_and_none_says_nothing(
    lost: tuple[Shell, Path, str], harm: Callable[[Path], None] | None, why: str
) -> None:
    shell, journal, whole = lost
    journal.write_text(whole)
    if harm is not None:
        harm(journal)
    one = journal.parent.name
    views = [
        ("incident", "show", one),
        *(("report", one, "--format", form) for form in ("text", "md", "html")),
    ]
    for view in views:
        told = shell.type(*view).out.replace("&#x27;", "'").replace("\\", "")
        assert told, view
        assert (f"a part of its journal can't be read ({why})" in told) is bool(why), view
        if why:
            assert not [text for text in NOTHING if text in told], view
            assert told.count(why) == 2, "at its head, and in what is not known"
            assert ": declared" not in told, "nobody has"
    report = json.loads(shell.type("report", one, "--format", "json").out)
    assert (why in report["not_known"]) is bool(why)
    assert report["incident"]["problems"] == ([why] if why else [])
    (row,) = json.loads(shell.type("incident", "list", "--json").out)
    assert row["problems"] == ([why] if why else [])
    if why:
        assert why in shell.type("incident", "list").out
