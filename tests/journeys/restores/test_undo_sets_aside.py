"""What is written after a restore and set aside by its undo: counted, named, and not forgotten
when the same set is restored once more. One platform, one story."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.runs.record.history import all_runs
from tests.remedies.shell import Shell, commands_in, paste, shell_line

DOMAIN = "practice.pryv.example"


def end_of(shell: Shell) -> Any:
    """The last word of the newest run."""
    return json.loads(shell.type("attach", "latest", "--json").out.splitlines()[-1])


def report(shell: Shell) -> Any:
    return json.loads(shell.type("report", "--format", "json").out)


def kept(shell: Shell) -> list[dict[str, Any]]:
    found = json.loads(shell.type("status", "--json").out)["attention"]
    return [one for one in found if "moved aside by the undo" in one["text"]]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell.with_set(tmp_path / "p", users=2, attachments=1)


def restore(shell: Shell, code: int = 0) -> None:
    done = shell.type("restore", shell.latest, "--confirm", DOMAIN)
    assert done.exit == code, done


def test_what_was_written_after_a_restore_is_followed_until_it_is_gone(shell: Shell) -> None:
    taken = shell.latest
    shell.platform.wipe("core")
    shell.platform.wipe("register")
    restore(shell)
    first = end_of(shell)["run"]
    shell.platform.grow(users=1, attachments=2)
    grown = shell.platform.contents()

    told = shell.type("undo", "latest", "--confirm", DOMAIN)
    assert told.exit == 3, told
    undo = end_of(shell)
    counts = {(one["role"], one["what"]): one["number"] for one in undo["newer"]}
    assert counts["core", "accounts"] == counts["register", "accounts"] == 1
    assert counts["core", "attachments"] == 2
    (name,) = next(one["names"] for one in undo["newer"] if one["what"] == "accounts")
    (warning,) = [line for line in undo["warnings"] if "is moved aside: " in line]
    assert first in warning and name in warning and "2 attachments" in warning
    (place,) = undo["asides"]
    assert place.endswith(f"/undone/{undo['run']}")
    assert shell_line(warning[warning.index("find ") :]) == 0
    (leaving,) = kept(shell)
    assert leaving["level"] == "warning" and name in leaving["text"]

    # It is brought back by undoing that undo: by name and word alone, each way as often as wanted.
    (back,) = [one for one in commands_in(warning) if "undo" in one.split()]
    assert undo["run"] in back and DOMAIN in back and back in leaving["remedy"]
    assert any(back in one for one in undo["next"]) and any(back in one for one in undo["remains"])
    bare = shell.platform.contents()
    latest = shell.type("undo", "latest", "--confirm", DOMAIN)
    assert latest.exit == 4 and back in latest.err, latest
    without = shell.type("undo", undo["run"])
    assert without.exit == 4 and "would be replaced" in without.err, without
    assert undo["run"] in shell.type("undo").err
    assert shell.platform.contents() == bare != grown, "nothing was changed"
    assert shell.type("status").exit == 3
    assert paste(back).exit in (0, 3)
    assert shell.platform.contents() == grown and kept(shell) == [], "it lies aside no more"
    again = end_of(shell)
    assert again["outcome"] in ("complete", "warnings")
    assert again["what"].startswith("The content from before the undo is back")
    assert Path(place).parent.joinpath(again["run"]).is_dir() and not Path(place).exists()
    undone = shell.type("undo", first)
    assert undone.exit == 4 and again["run"] in undone.err, "what the restore moved lies elsewhere"
    assert f"Undone by {again['run']}" in shell.type("attach", undo["run"]).out
    told = shell.type("undo", again["run"], "--confirm", DOMAIN)
    assert told.exit == 3 and shell.platform.contents() == bare, told
    undo = end_of(shell)
    (place,) = undo["asides"]
    assert place.endswith(f"/undone/{undo['run']}")
    (leaving,) = kept(shell)
    assert leaving["level"] == "warning" and name in leaving["text"]

    restore(shell)
    third = end_of(shell)
    (beside,) = [one for one in third["next"] if "Not in the content that was restored now" in one]
    assert name in beside and "2 attachments" in beside and place in beside
    (back,) = commands_in(beside)
    assert undo["run"] in back and DOMAIN in back
    told = report(shell)
    (line,) = [one for one in told["lost"] if "2 attachments" in one]
    assert place in line and undo["run"] in line
    (advice,) = [one for one in told["remains"] if place in one and "moved aside is in" in one]
    look, remove, _ = commands_in(advice)
    assert name in paste(look).out
    assert kept(shell) == [leaving]
    assert taken in leaving["remedy"]

    assert paste(remove).exit == 0
    told = report(shell)
    (line,) = [one for one in told["lost"] if "2 attachments" in one]
    assert "removed for good" in line and place not in line
    assert not any(place in one for one in told["remains"])
    assert kept(shell) == []

    # Once more, with a later set that holds a part of it, and stores that can't be asked.
    shell.platform.grow(users=1)
    later = shell.backup()
    shell.platform.grow(attachments=1)
    for name in ("pryvio_mongodb", "pryvio_redis"):
        assert shell.type("containers", "stop", name).exit == 0
    restored = [one.id for one in all_runs(Path(shell.settings.state)) if one.kind == "restore"]
    assert shell.type("undo", restored[-1], "--confirm", DOMAIN).exit == 3
    undo = end_of(shell)
    found = {(one["role"], one["what"]): one for one in undo["newer"]}
    assert found["core", "attachments"]["number"] == 1
    assert found["core", "events"]["number"] is None and found["core", "events"]["look"]
    registered = found["register", "accounts"]
    assert (registered["number"], registered["by_files"]) == (1, True), "its files tell"
    (warning,) = [line for line in undo["warnings"] if "is moved aside: " in line]
    assert f"the later set {later} may hold a part of it" in warning
    assert "no set" not in warning


def test_what_nobody_could_ask_is_said_to_be_not_known_until_somebody_looks(
    tmp_path: Path,
) -> None:
    shell = Shell.with_set(tmp_path / "c", form="cluster", users=1, attachments=0)

    def said(part: str) -> list[dict[str, Any]]:
        found = json.loads(shell.type("status", "--json").out)["attention"]
        return [one for one in found if part in one["text"]]

    shell.platform.wipe("all")
    restore(shell)
    whole = end_of(shell)["run"]
    (cost,) = said("is not known what data the restore")
    assert whole in cost["text"] and "points of core; accounts of register" in cost["text"]
    (empty,) = said("are empty now")
    assert empty["text"].startswith("3 folders") and whole in empty["text"]
    for words in ("content moved aside by the run", "the folder into which the run"):
        assert not said(words), "each is not told once more"
    (remove,) = commands_in(empty["remedy"])
    assert paste(remove).exit == 0
    assert not said("are empty now")

    shell.platform.wipe("core")
    done = shell.type("restore", shell.latest, "--confirm", DOMAIN, "--role", "core")
    assert done.exit == 0, done
    last = end_of(shell)["run"]
    assert "nothing newer was found" not in shell.type("attach", "latest").out
    former, cost = said("is not known what data the restore")
    # Of register the first one is in place still, and what that cost is as dark as it was.
    assert whole in former["text"] and "accounts of register" in former["text"]
    assert "of core" not in former["text"]
    assert last in cost["text"] and "accounts, events, attachments, points of core" in cost["text"]
    for command in commands_in(cost["remedy"]):
        assert paste(command).exit == 0
    assert said("the folder into which the run") and not said("are empty now")

    assert shell.type("undo", last, "--confirm", DOMAIN).exit == 3
    (cost,) = said("is not known what data the restore")
    assert whole in cost["text"] and "of core" not in cost["text"], "core is gone again"
    undo = end_of(shell)["run"]
    assert shell.type("undo", undo, "--confirm", DOMAIN).exit == 0
    assert said("is not known what data the restore")
    live = end_of(shell)["live"]
    assert (live["after"], live["run"]) == ("undo", end_of(shell)["run"])
    assert not said("has not been checked since the undo"), "it has asked itself"

    assert shell.type("containers", "stop", "pryvio_mongodb").exit == 0
    done = shell.type("restore", shell.latest, "--confirm", DOMAIN, "--role", "core")
    assert done.exit in (0, 3), done
    *_, cost = said("is not known what data the restore")
    assert "events of core" in cost["text"] and cost["remedy"].startswith(
        "The restore's result says how to look"
    )
    (result,) = commands_in(cost["remedy"])
    assert "docker exec pryv-look" in paste(result).out
