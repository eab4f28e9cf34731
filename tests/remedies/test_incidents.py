"""What is said about incidents is done, as it is printed."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from pryv_tui.incidents.files import incidents_folder
from pryv_tui.incidents.report.naming import told_by
from pryv_tui.incidents.report.remaining import remains_lines
from pryv_tui.operations.audit.afterwards import ON_A_PAGE
from pryv_tui.practice.people import account
from tests.remedies.shell import Shell, commands_in, paste


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return Shell.on_new(tmp_path_factory.mktemp("incidents") / "p")


def test_what_a_refusal_says_of_an_incident_can_be_done(shell: Shell) -> None:
    refused = shell.type("incident", "note", "core is slow")
    assert refused.exit == 4
    (declare,) = commands_in(refused.remedy)
    assert commands_in(shell.type("incident", "list").out.strip()) == [declare]
    unknown = shell.type("incident", "declare", "--lost-at", "10m")
    assert (unknown.exit, unknown.remedy) == (2, "Say which role: --role core")
    assert shell.type("incident", "declare", "--lost-at", "in a week", "--role", "core").exit == 2

    opened = paste(declare.replace("TEXT", "'core does not answer' --role core --lost-at 10m"))
    assert opened.exit == 0
    (write,) = commands_in(opened.out.splitlines()[-1].strip())
    assert paste(write.replace("TEXT", "'core is slow'")).exit == 0
    refused = shell.type("incident", "declare")
    assert refused.exit == 4
    note, close = commands_in(refused.remedy)
    assert paste(note.replace("TEXT", "'it is the disk'")).exit == 0
    assert shell.type("incident", "declare", "core, and register", "--role", "register").exit == 0

    empty = shell.type("incident", "note", " ")
    assert empty.exit == 2
    long = shell.type("incident", "note", "x" * 5000)
    assert (long.exit, long.remedy) == (2, "Write it in several notes.")
    assert shell.type("incident", "note", "x" * 2500, "--decision").exit == 0
    unknown = shell.type("incident", "show", "2099")
    assert unknown.exit == 2
    (known,) = json.loads(shell.type("incident", "list", "--json").out)
    assert known["roles"] == ["core", "register"]
    assert 600 <= known["down"]["core"]["seconds"] < 700
    at_a_glance = shell.type("incident", "show", known["id"][:12])
    assert at_a_glance.exit == 0
    for part in ("OPEN: ", "  - core: ", "What remains:", "  - core is down since"):
        assert part in at_a_glance.out, part
    following = at_a_glance.out.partition("What to do next:")[2].splitlines()
    commands = [command for one in following for command in commands_in(one)]
    assert [paste(command).exit for command in commands] == [3, 0, 0], commands
    assert known["id"] in commands[-1]
    closed = paste(close)
    # By then both are seen to run: that is written down before it is closed. They had never been
    # down, so that nothing tells since when.
    assert closed.exit == 0, closed
    assert "seen to serve at " in closed.out and "serves again since" not in closed.out
    assert json.loads(shell.type("incident", "show", "--json").out)["state"] == "closed"
    assert shell.type("incident", "close").exit == 4


def test_a_state_folder_that_can_not_be_written_is_told_and_another_takes_it(
    shell: Shell, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    incidents_folder(state).write_text("a file in its place")
    refused = shell.type("incident", "declare", "core is slow", "--state", str(state))
    assert refused.exit == 1
    assert f"{incidents_folder(state)} can't be written" in refused.err
    assert "nothing of the incident was written" in refused.err
    taken = shell.type("incident", "declare", "core is slow", "--state", str(tmp_path / "other"))
    assert taken.exit == 0


def test_what_a_report_says_remains_can_be_done(shell: Shell) -> None:
    taken = shell.backup()
    assert shell.type("incident", "declare", "core answers nobody", "--role", "core").exit == 0
    domain = shell.platform.domain
    assert shell.type("restore", taken, "--confirm", domain).exit == 0
    for words in (
        " did not serve; if somebody knows it: ",
        "No complete backup of core was taken since ",
        "The incident is open: ",
    ):
        said = [line for line in shell.type("report").out.splitlines() if words in line]
        assert len(said) == 1, words
        typed = said[0][said[0].index("pryv-tui") :]
        done = paste(typed.partition(",")[0].replace("TIME", "5m"))
        assert done.exit == 0, done
        assert words not in shell.type("report").out
    # A restore ends with that by now; those of an older program did not.
    told = told_by(shell.settings, ())
    older = told._replace(runs=tuple(msgspec.structs.replace(r, audit=None) for r in told.runs))
    one = msgspec.structs.replace(older.incident, audits=())
    (said_once,) = (
        line for line in remains_lines(older._replace(incident=one)) if "not checked" in line
    )
    assert shell.type(*said_once.partition(": pryv-tui ")[2].split()).exit == 0
    assert ": at least" not in shell.type("report").out


def test_a_backup_of_another_role_is_none_of_what_was_lost(tmp_path: Path) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=1, attachments=0)
    words = "No complete backup of core was taken since all roles serve again"
    shell.platform.wipe("core")
    assert shell.type("status").exit == 3
    confirmed = ("--role", "core", "--confirm", shell.platform.domain)
    assert shell.type("restore", shell.latest, *confirmed).exit in (0, 3)
    for role in ((), ("--role", "static-web")):
        if role:
            shell.backup(*role)
        assert words in shell.type("report").out, role
    shell.backup()
    assert words not in shell.type("report").out


def test_a_report_names_whose_data_is_lost_and_how_the_others_are_told(tmp_path: Path) -> None:
    shell = Shell.on_new(tmp_path / "p")
    many = ON_A_PAGE + 3
    strangers = [account(2, number) for number in range(100, 100 + many)]
    for one in strangers:
        shell.platform._life().register(one)
    names = sorted(one.username for one in strangers)
    assert shell.type("incident", "declare", "nobody can log in").exit == 0
    taken = shell.backup()
    for set_id in ("", taken):
        assert shell.type("audit", *filter(None, [set_id]), "--live").exit == 3
        (line,) = (one for one in shell.type("report").out.splitlines() if "by name" in one)
        shown, _, more = line.partition("by name: ")[2].partition(" and ")
        assert shown.split(", ") == names[:ON_A_PAGE]
        (command,) = commands_in(more)
        assert f"3 more: {command}" in line and (set_id in command)
        told = paste(command)
        assert told.exit == 3
        assert not [name for name in names if f"  - {name}\n" not in told.out]


def test_a_report_of_what_is_not_there_says_how_there_is_one(shell: Shell, tmp_path: Path) -> None:
    empty = ("--state", str(tmp_path / "s"))
    none = shell.type("report", *empty)
    assert none.exit == 2
    *_, declare = commands_in(none.remedy)
    assert paste(declare.replace("TEXT", "x")).exit == 0
    unknown = shell.type("report", "20990101", *empty)
    assert unknown.exit == 2
    ids = [one["id"] for one in json.loads(shell.type("incident", "list", *empty, "--json").out)]
    assert len(ids) == 1
    assert shell.type("report", *ids, *empty).exit == 0
    assert shell.type("incident", "close", *empty).exit == 0
    assert shell.type("incident", "declare", "y", *empty).exit == 0
    both = [one["id"] for one in json.loads(shell.type("incident", "list", *empty, "--json").out)]
    two = shell.type("report", *both, *empty)
    assert (two.exit, two.remedy) == (2, "Make a separate report of each.")
    assert all(shell.type("report", one, *empty).exit == 0 for one in both)
