"""Each practice command says in one line what it did."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from pryv_tui.cli.practice import practice
from pryv_tui.practice.home import Home
from tests.helpers.waiting import until
from tests.journeys.program import pryv_tui
from tests.remedies.shell import Shell, commands_in, paste, type_in

SAID = {
    "create": ([], "PRACTICE platform"),
    "grow": (["--users", "1", "--points", "1200"], "Made: 1 account, 1,200 points."),
    "wipe": (["static-web"], "static-web is gone. "),
    "fault": (["dump-fails"], "Set: "),
    "pace": (["0.5"], "Each store takes 0.5 s from now on"),
    "start": ([], "The engines answer again."),
    "container": (
        ["pryvio_mail", "--rename", "old_mail"],
        "Renamed: pryvio_mail is called old_mail",
    ),
    "contents": ([], "mongodb: "),
    "simulated": ([], "when"),
}


@pytest.mark.parametrize("name", sorted(practice.commands))
def test_every_command_says_what_it_did(tmp_path: Path, name: str) -> None:
    from pryv_tui.practice.faults import FAULTS

    words, told = SAID[name]
    folder = str(tmp_path / "p")
    if name != "create":
        Shell.on_new(tmp_path / "p", users=1)
    if name == "fault":
        words = [next(iter(FAULTS))]
    done = type_in("practice", name, folder, *words)
    assert done.exit == 0, done
    assert told in done.out
    assert len(done.out.splitlines()) <= 2 or name in ("contents", "simulated")


def test_a_foreign_container_is_told(tmp_path: Path) -> None:
    Shell.on_new(tmp_path / "p", users=1)
    done = type_in("practice", "container", str(tmp_path / "p"), "other", "--mount", ".")
    assert done.out == "Added: other runs, with 1 folder of the root mounted.\n"


@pytest.mark.parametrize("form", ["single-node", "cluster"])
@pytest.mark.parametrize("role", ["core", "register", "static-web", "all"])
def test_what_a_loss_advises_is_done(tmp_path: Path, form: str, role: str) -> None:
    shell = Shell.on_new(tmp_path / "p", form=form, users=1, attachments=1)
    nothing = type_in("practice", "wipe", str(tmp_path / "p"), role)
    assert nothing.exit == 0 and "has no set of this platform that brings it back" in nothing.out
    assert " restore " not in nothing.out
    (another,) = commands_in(nothing.out.strip())
    assert paste(another.replace("FOLDER", str(tmp_path / "another"))).exit == 0

    shell = Shell.on_new(tmp_path / "q", form=form, users=1, attachments=1)
    before = shell.platform.contents()
    shell.backup()
    done = type_in("practice", "wipe", str(tmp_path / "q"), role)
    assert done.exit == 0, done
    commands = commands_in(done.out.strip())
    assert commands, done.out
    for command in commands:
        back = paste(command)
        assert back.exit in (0, 3), (command, back)
    assert shell.platform.contents() == before


def test_a_loss_while_a_run_goes_on(tmp_path: Path) -> None:
    """The backup fails in a word of its own; what is advised is done, in its order."""
    folder = str(tmp_path / "p")
    shell = Shell.on_new(tmp_path / "p", users=1, attachments=1)
    before = shell.platform.contents()
    taken = shell.backup()
    assert type_in("practice", "pace", folder, "30").exit == 0
    begun = pryv_tui("--practice", folder, "backup", "--detach")
    assert begun.exit == 0, begun
    run = begun.out.split()[-1]
    engine = Home(tmp_path / "p").home_of("core").engine
    until(lambda: engine.read().processes or None, "the dump of a store")
    wiped = pryv_tui("practice", "wipe", folder, "core")
    assert wiped.exit == 0 and "Traceback" not in wiped.err, wiped
    # The run may have failed of it before the words are made: then nobody has to wait for it.
    *follow, back = commands_in(wiped.out.strip())
    assert f"restore {taken}" in back
    assert follow == [] or [f"attach {run}" in one for one in follow] == [True]
    words = shlex.split(follow[0])[1:] if follow else ["--practice", folder, "attach", run]
    ended = pryv_tui(*words)
    assert ended.exit == 1 and "Traceback" not in ended.out + ended.err
    assert type_in("practice", "pace", folder, "0").exit == 0
    assert paste(back).exit in (0, 3)
    assert shell.platform.contents() == before
