"""The disaster can't be backed up away, and an undo that brings it back says so."""

from __future__ import annotations

import os
import pty
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.program import Practice, pryv_tui

DOMAIN = "practice.pryv.example"


@pytest.fixture
def lost(tmp_path: Path) -> tuple[Practice, str]:
    """A platform without core, and the set that holds it."""
    practice = Practice.with_set(tmp_path / "p", users=2, attachments=2)
    (only,) = practice.sets()
    practice.wipe("core")
    return practice, str(only["id"])


def levels(practice: Practice) -> dict[str, str]:
    items = practice.run("status", "--json").json["attention"]
    return {item["level"]: f"{item['text']} {item['remedy']}" for item in reversed(items)}


def test_a_backup_without_core_warns_and_hides_nothing(lost: tuple[Practice, str]) -> None:
    practice, holder = lost
    doctor = practice.run("doctor")
    assert doctor.exit == 3
    (line,) = [line for line in doctor.out.splitlines() if "missing roles" in line]
    assert line.startswith("FAILED")
    assert holder in line
    (here,) = [line for line in doctor.out.splitlines() if line.startswith("OK      roles:")]
    assert "core" not in here
    planned = practice.run("plan", "backup").out
    assert f"WITHOUT core, not found here now: the set {holder}" in planned
    assert "MongoDB" not in planned
    assert "This backup takes register without core" in planned

    for words in ((), ("--role", "register", "--role", "static-web")):
        taken = practice.run("backup", "--json", *words)
        assert taken.exit == 3, taken.out[-1500:]
        assert any("core" in text and holder in text for text in taken.end["warnings"])
    alarm = levels(practice)["failed"]
    assert alarm.startswith("Core is gone, and not in the last backup either")
    assert f"restore {holder}" in alarm


def test_a_restore_of_the_set_without_core_names_the_one_that_holds_it(
    lost: tuple[Practice, str],
) -> None:
    practice, holder = lost
    assert practice.run("backup", "--json").exit == 3
    newest = practice.sets()[-1]["id"]
    assert newest != holder
    planned = practice.run("plan", "restore", "latest").out
    assert f"not in {newest} either" in planned
    assert f"restore {holder}" in planned
    done = practice.restore()
    assert (done.exit, done.end["set"]) == (3, newest), "latest means the last one"
    assert any(holder in text for text in done.end["warnings"])
    assert practice.run("restore", holder, "--confirm", DOMAIN, "--json").exit == 0
    assert "failed" not in levels(practice)


def test_an_undo_that_takes_core_away_again_says_so(lost: tuple[Practice, str]) -> None:
    practice, holder = lost
    assert practice.restore().exit == 0
    done = practice.run("attach", "latest", "--json").end
    (undo,) = [line for line in done["next"] if "undo" in line]
    assert undo.endswith(f" --confirm {DOMAIN}"), "it can be run as it stands"
    told = practice.run("undo", "latest", "--detach", "--confirm", DOMAIN)
    assert "core on single will be gone again" in told.err
    run = told.out.strip()
    practice.run("attach", run)
    end = practice.run("attach", run, "--json").end
    assert (end["exit"], end["outcome"]) == (3, "warnings")
    assert end["warnings"] == ["core on single is gone again, as before the restore"]
    assert "WITHOUT core on single" in end["what"]
    down, aside = end["remains"]
    assert "pryvio_mongodb" in down
    assert "pryvio_register" not in down
    assert f"was moved aside to {practice.folder}/hosts/single/root/.pryv-tui/undone/{run}" in aside
    assert "bring it back, undo this run: pryv-tui " in aside
    assert f" undo {run} --confirm {DOMAIN}" in aside
    assert "release" not in aside, "what removes it stands last, by itself"
    assert any(line.endswith(f"release {run} --confirm {DOMAIN}") for line in end["removal"])
    assert any(f"restore {holder} --confirm {DOMAIN}" in line for line in end["next"])

    found = levels(practice)
    assert f"restore {holder}" in found["failed"]
    assert "none of the 7 containers of core is running" in found["warning"]
    doctor = practice.run("doctor").out
    assert "run-pryv" not in doctor
    assert f"Bring core back: pryv-tui --practice {practice.folder}" in doctor
    started = practice.run("containers", "start", "mongodb", "--detach")
    assert "It does NOT come back as it was" in started.err
    assert "It comes back:" not in started.err


def test_who_takes_core_away_again_by_hand_is_asked(lost: tuple[Practice, str]) -> None:
    practice, holder = lost
    lacking = practice.run("restore")
    assert f"restore {holder} --confirm {DOMAIN}" in lacking.err, "it can be run as it stands"
    restored = practice.restore()
    assert restored.exit == 0
    here = practice.contents()
    kept = next(text for text in levels(practice).values() if "moved aside" in text)
    assert "it has no core, as before that run" in kept
    assert "or put it back (core will be gone again):" in kept

    for words, typed in (
        *(((), typed) for typed in ("yes\n", "\n", "\x04", "")),
        (("--json",), ""),
        (("--detach",), ""),
        (("--confirm", "yes"), ""),
    ):
        refused = practice.run("undo", "latest", *words, typed=typed)
        assert refused.exit == 4, refused.out + refused.err
        assert "nothing was changed" in " ".join(refused.err.split())
        assert practice.contents() == here
    ours, gone = pty.openpty()
    os.close(ours)
    argv = ["-m", "pryv_tui", "undo", "latest", "--practice", str(practice.folder)]
    hung_up = subprocess.run([sys.executable, *argv], stdin=gone, capture_output=True, check=False)
    os.close(gone)
    assert hung_up.returncode == 4, "a person whose connection went is no script"
    assert f"Type {DOMAIN} to continue" in practice.run("undo", "latest", typed="no\n").err
    assert len(practice.run("runs", "--json").json) == 2
    undone = practice.run("undo", "latest", typed=f"{DOMAIN}\n")
    assert undone.exit == 3
    assert "Roles: register, static-web" in undone.out
    assert practice.contents() != here

    # Its containers are there again, and none of its files: no role to restore onto.
    again = practice.run("restore", holder, "--confirm", DOMAIN)
    assert again.exit == 0
    assert "core not here now: made again from the set" in " ".join(again.out.split())
    assert practice.contents() == here

    # And away once more, as the refusal says.
    refused = practice.run("undo", "latest")
    remedy = refused.err.rstrip().splitlines()[-1].strip()
    assert remedy.startswith("To do it anyway: pryv-tui ")
    assert pryv_tui(*shlex.split(remedy.partition(": pryv-tui ")[2])).exit == 3
    assert practice.contents() != here


def test_what_was_half_done_of_a_lost_role_needs_the_word(lost: tuple[Practice, str]) -> None:
    """However the loss comes back: by an undo, by recover, in what is printed."""
    practice, _holder = lost
    practice.fault("mongorestore-failures")
    failed = practice.restore()
    assert failed.exit == 1
    here = practice.contents()
    (back,) = [line for line in failed.end["next"] if " recover --roll-back" in line]
    assert f" recover --roll-back --confirm {DOMAIN}: " in back
    assert back.endswith("core will be gone again.")
    # To finish it fails in the same way: nothing is advised, since going back is the loss.
    assert practice.run("recover").exit == 1
    unsaid = practice.run("recover")
    assert unsaid.exit == 4
    assert "finishing it stopped 2 times for the same reason" in " ".join(unsaid.err.split())
    assert "By hand, step by step, from the set itself" in " ".join(unsaid.err.split())
    told = unsaid.err.partition("Say which: ")[2].strip()
    finish, _, again = told.partition("; or: pryv-tui ")
    assert finish.endswith(" recover --finish")
    practice.fault("--clear")
    here = practice.contents()
    for words in (("--json",), (), ("--confirm", "practice")):
        refused = practice.run("recover", "--roll-back", *words)
        assert refused.exit == 4
        assert practice.contents() == here
    remedy = refused.err.rstrip().splitlines()[-1].partition(": pryv-tui ")[2]
    assert remedy == again
    rolled = pryv_tui(*shlex.split(remedy))
    assert rolled.exit == 3, rolled.out + rolled.err
    assert "core on single is gone again" in rolled.out
    assert "Core is gone" in levels(practice)["failed"]


def test_what_became_of_a_restore_stands_before_its_result(lost: tuple[Practice, str]) -> None:
    practice, _ = lost
    assert practice.restore().exit == 0
    first, second = (run["id"] for run in practice.run("runs", "--json").json)
    told = practice.run("attach", second).out
    assert "undone" not in told.splitlines()[0]
    undone = practice.run("undo", second, "--confirm", DOMAIN)
    assert undone.exit == 3
    last = practice.run("runs", "--json").json[-1]["id"]
    assert practice.run("attach", second).out.startswith(f"Undone by {last}.")
    refused = practice.run("undo", "latest")
    assert refused.exit == 4
    assert "Bring back what it moved aside: pryv-tui " in refused.err
    assert f" undo {last} --confirm {DOMAIN}" in refused.err
    refused = practice.run("release", first, "--confirm", DOMAIN)
    assert "was not a restore or an undo (backup)" in " ".join(refused.err.split())

    assert practice.restore().exit == 0
    third = practice.run("runs", "--json").json[-1]["id"]
    assert practice.run("release", third, "--confirm", DOMAIN).exit == 0
    told = practice.run("attach", third).out
    assert told.startswith(
        "The content that it had moved aside is not there any more; the text below"
    )
    assert "it can't be undone." in told.splitlines()[0] + told.splitlines()[1]
    told = practice.run("attach", last).out
    assert not told.startswith("The content that it had moved aside"), (
        "that of the undo is still there"
    )
    assert practice.run("release", last, "--confirm", DOMAIN).exit == 0
    assert practice.run("attach", last).out.startswith(
        "The content that it had moved aside is not there"
    )


def test_an_undo_that_takes_nothing_away_says_nothing_of_it(tmp_path: Path) -> None:
    practice = Practice.with_set(tmp_path / "p", users=1, attachments=0)
    assert practice.restore().exit == 0
    end = practice.run("undo", "latest", "--json").end
    assert "WITHOUT" not in end["what"]
    assert len(end["remains"]) == 1
    assert end["next"] == []


def test_when_everything_is_lost_the_command_is_there(lost: tuple[Practice, str]) -> None:
    practice, holder = lost
    assert practice.run("status").exit == 3, "core alone is lost by now"
    practice.wipe("all")
    status = practice.run("status")
    assert status.exit == 3
    line = next(line for line in status.out.splitlines() if line.startswith("FAILED"))
    command = f"pryv-tui --practice {practice.folder} restore {holder} --confirm {DOMAIN}"
    assert line.endswith(command)
    assert command in practice.run("doctor").out
    assert practice.run("restore", holder, "--confirm", DOMAIN).exit == 0
    assert practice.run("status").exit == 0


def test_on_a_cluster_core_comes_back_and_register_stays(tmp_path: Path) -> None:
    practice = Practice.with_set(tmp_path / "c", form="cluster", users=1, attachments=0)
    practice.wipe("core")
    words = levels(practice)["failed"].partition("pryv-tui ")[2].partition(";")[0].split()
    assert words[-2:] == ["--role", "core"]
    at = words.index("restore")
    done = practice.run(*words[at:], "--json")
    assert done.exit == 0, done.out[-1500:]
    assert not any("register" in step["title"] for step in done.events[0]["plan"][:8])
    aside = [folder.name for folder in (tmp_path / "c/hosts").glob("*/root/.pryv-tui/aside/*")]
    assert len(aside) == 1
    undone = practice.run("undo", "latest", "--confirm", DOMAIN, "--json")
    assert undone.events[0]["roles"] == [], "nothing of the others was moved"
    (back,) = (line for line in undone.end["next"] if line.startswith("Bring core back: "))
    assert back.endswith(f" --confirm {DOMAIN} --role core"), "register is as it was"
    info = levels(practice)["info"].partition("restoring the set again: ")[2]
    assert info.partition(";")[0] == back.partition(": ")[2]


@pytest.mark.parametrize("form", ["cluster", "single-node"])
def test_static_web_goes_away_again_only_by_the_word_and_is_told_as_gone(
    tmp_path: Path, form: str
) -> None:
    """On a machine of its own it is told by what it shares with others, and beside them by the
    folder that its container has mounted."""
    practice = Practice.with_set(tmp_path / "p", form=form, users=1)
    practice.wipe("static-web")
    assert practice.run("status").exit == 3
    roles = ("--role", "static-web") if form == "cluster" else ()
    restored = practice.run("restore", "latest", "--confirm", DOMAIN, *roles, "--json").end
    assert restored["exit"] == 0
    (undo,) = [line for line in restored["next"] if " undo " in line]
    assert f" --confirm {DOMAIN}" in undo
    here = practice.contents()
    refused = practice.run("undo", "latest", "--json")
    assert refused.exit == 4, refused.out
    machine = "static-web" if form == "cluster" else "single"
    assert f"static-web on {machine} would be gone again" in refused.err
    assert practice.contents() == here

    end = practice.run("undo", "latest", "--confirm", DOMAIN, "--json").end
    assert (end["exit"], end["outcome"]) == (3, "warnings")
    assert end["warnings"] == [f"static-web on {machine} is gone again, as before the restore"]
    (back,) = [line for line in end["next"] if " restore " in line]
    found = levels(practice)
    assert found["failed"].startswith("Static web is gone: in the last backup, but not found here")
    command = back.partition(": ")[2].partition(" (with core")[0]
    assert command in found["failed"]
    assert "serves again" not in practice.run("incident", "show").out
    if form == "single-node":
        # On a machine of its own all its containers are told of in one line.
        told = practice.run("status").out
        assert "it would start with no data. Restore a set that holds static-web" in told
    doctor = " ".join(practice.run("doctor").out.split())
    assert "FAILED missing roles: static-web: in the set" in doctor
    assert f"Bring it back: {command}" in doctor
    assert "Name the root with --root" not in doctor
    report = practice.run("report").out
    assert "OPEN: static-web is down since" in report
    assert "Serving again: not yet" in report
    assert "static-web is gone again: the former content is put back by" in report
    closed = practice.run("incident", "close")
    assert closed.exit == 3
    assert "static-web is down since" in closed.out

    # What is told brings it back, and nothing of all that is told any more.
    assert pryv_tui(*shlex.split(command.partition("pryv-tui ")[2])).exit == 0
    assert practice.contents() == here
    assert "failed" not in levels(practice)


def test_what_did_not_run_before_the_restore_is_told_when_it_stops_again(tmp_path: Path) -> None:
    """Its files are there: nothing is lost, but its users have it no more."""
    practice = Practice.with_set(tmp_path / "p", users=1)
    for name in ("pryvio_app_web_auth3", "pryvio_mail"):
        assert practice.run("containers", "stop", name, "--host", "single").exit == 0
    practice.wipe("core")
    assert practice.run("status").exit == 3
    assert practice.run("restore", "latest", "--confirm", DOMAIN, "--json").exit == 0
    assert "static-web on single is up" in practice.run("status").out

    undone = practice.run("undo", "latest", "--confirm", DOMAIN)
    assert undone.exit == 3
    told = "pryvio_app_web_auth3, pryvio_mail on single"
    assert f"{told} are not started again: they did not run before the restore. static-web on" in (
        undone.out
    )
    assert (
        f"{told} stay stopped, as before the restore: static-web on single is down." in undone.out
    )
    assert "2 containers that did not run then do not run now; static-web on single is down" in (
        undone.out
    )
    told = practice.run("incident", "show").out
    assert "static-web" in told.partition("OPEN:")[2].splitlines()[0], told
    # What it names starts it, and then it is told to serve: core alone is gone.
    (way,) = {
        line.strip().removesuffix(";").partition("pryv-tui ")[2]
        for part in undone.out.split(": ")
        for line in part.split("; ")
        if line.strip().startswith("pryv-tui ") and "start pryvio_app_web_auth3" in line
    }
    assert pryv_tui(*shlex.split(way)).exit == 0
    told = practice.run("incident", "show").out
    assert "static-web" not in told.partition("OPEN:")[2].splitlines()[0], told
