"""What can't be read of an incident is no "none": of an emptied one, and of one that is closed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pryv_tui.incidents.acts import close, declare, resolve_incident
from pryv_tui.incidents.files import incidents_folder
from pryv_tui.incidents.gathering import gather
from pryv_tui.incidents.report.remaining import left_at_close
from tests.incidents.reported.test_unread_lines import cut_off, garbage, of_a_later_program, torn
from tests.remedies.shell import Shell, shell_line


@pytest.fixture
def declared(tmp_path: Path) -> tuple[Shell, str, Path]:
    """A platform that is well, of which a person has declared an incident; its journal."""
    shell = Shell.with_set(tmp_path / "p", users=1, attachments=0)
    made = declare(shell.settings, text="slow", roles=["core"]).incident
    return shell, made.id, Path(made.folder) / "journal.jsonl"


def emptied(journal: Path) -> None:
    journal.write_bytes(b"")


def taken(journal: Path) -> None:
    journal.unlink()


def a_file(journal: Path) -> None:
    journal.unlink()
    journal.parent.rmdir()
    journal.parent.write_text("")


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (emptied, "its journal.jsonl is empty"),
        (taken, "it has no journal.jsonl"),
        (a_file, "a file is in its place"),
    ],
)
def test_one_of_which_nothing_can_be_read_is_there_all_the_same(
    declared: tuple[Shell, str, Path], harm: Callable[[Path], None], why: str, tmp_path: Path
) -> None:
    shell, one, journal = declared
    harm(journal)
    assert one in shell.type("status").out
    for words in (
        ("report",), ("report", one), ("report", one[:-2]), ("report", "latest"),
        ("incident", "show"), ("incident", "show", one),
        ("incident", "note", "x"), ("incident", "note", "x", "--incident", one),
        ("incident", "close", "x"), ("incident", "close", "x", "--incident", one),
    ):  # fmt: skip
        told = shell.type(*words)
        assert told.exit in (2, 4), words
        assert f"the incident {one} can't be read: {why}" in told.err, words
    listed = shell.type("incident", "list")
    assert f"The incident {one} can't be read: {why}" in listed.out
    assert "No incident is known" not in listed.out
    # Its way out is one, and without it none is known.
    (move,) = [one for one in shell.type("report").remedy.split(": ") if one.startswith("mv ")]
    (tmp_path / "kept").mkdir()
    assert shell_line(move.replace("ELSEWHERE", str(tmp_path / "kept"))) == 0
    assert not (incidents_folder(Path(shell.settings.state)) / one).exists()
    assert "no incident of this platform is known" in shell.type("report").err


@pytest.mark.parametrize("harm", [garbage, of_a_later_program, cut_off, torn, None])
@pytest.mark.parametrize("as_json", [False, True])
def test_one_that_can_not_be_read_whole_is_not_closed_as_done(
    tmp_path: Path, harm: Callable[[Path], None] | None, as_json: bool
) -> None:
    shell = Shell.with_set(tmp_path / "p", users=1, attachments=0)
    made = declare(shell.settings, text="slow", roles=["core"]).incident
    assert shell.type("status").exit == 0, "all of it is seen to serve"
    if harm is not None:
        harm(Path(made.folder) / "journal.jsonl")
    closed = shell.type("incident", "close", "over", *(["--json"] if as_json else []))
    assert closed.exit == (3 if harm is not None else 0), closed
    said = "A part of its journal can't be read ("
    assert (said in closed.out + closed.err) is (harm is not None)
    if as_json and harm is None:
        assert json.loads(closed.out)["state"] == "closed"


def test_who_closes_it_on_a_screen_is_told_the_same(declared: tuple[Shell, str, Path]) -> None:
    shell, one, journal = declared
    torn(journal)
    state = Path(shell.settings.state)
    told = gather(state, resolve_incident(state, one))
    assert left_at_close(told)[-1].startswith("A part of its journal can't be read (")


@pytest.mark.parametrize("harm", [emptied, taken, a_file])
@pytest.mark.parametrize("closed", [True, False])
def test_one_that_is_later_is_not_passed_over_for_an_older_one(
    declared: tuple[Shell, str, Path], harm: Callable[[Path], None], closed: bool
) -> None:
    shell, older, _journal = declared
    close(shell.settings)
    # As if it were of yesterday.
    yesterday = f"20200101T000000Z{older[16:]}"
    folder = incidents_folder(Path(shell.settings.state))
    (folder / older).rename(folder / yesterday)
    later = Path(declare(shell.settings, text="dark").incident.folder)
    if not closed:
        # One that is open is reported all the same: that is what is asked for.
        (folder / yesterday / "journal.jsonl").write_text(
            "\n".join(
                line
                for line in (folder / yesterday / "journal.jsonl").read_text().splitlines()
                if '"event":"closed"' not in line
            )
            + "\n"
        )
    harm(later / "journal.jsonl")
    said = f"he incident {later.name} can't be read: "
    for words in (("report",), ("report", "--format", "json"), ("incident", "show")):
        told = shell.type(*words)
        assert said in told.err, words
        assert told.exit == (2 if closed else 0), (words, told)
        assert (yesterday in told.out) is not closed, words
    # By its name the older one is told, and what is refused names it.
    if closed:
        assert f"pryv-tui --practice {shell.settings.practice} report {yesterday}" in (
            shell.type("report").remedy
        )
    assert shell.type("report", yesterday).exit == 0
    assert shell.type("report", "latest").exit == 2
    listed = shell.type("incident", "list").out
    assert yesterday in listed and f"T{said}" in listed
    assert later.name in shell.type("status").out


def test_one_that_is_older_keeps_nobody_from_the_last_one(
    declared: tuple[Shell, str, Path],
) -> None:
    shell, older, journal = declared
    close(shell.settings)
    folder = incidents_folder(Path(shell.settings.state))
    journal.write_bytes(b"")
    (folder / older).rename(folder / f"20200101T000000Z{older[16:]}")
    last = declare(shell.settings, text="dark").incident
    close(shell.settings)
    for words in (("report",), ("report", "latest"), ("incident", "show")):
        told = shell.type(*words)
        assert told.exit == 0 and last.id in told.out and "can't be read" not in told.err, words
