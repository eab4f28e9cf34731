"""A report of runs that somebody names says what they know, and what their incident does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.incidents.gathering import Told
from pryv_tui.incidents.incident import Incident
from pryv_tui.incidents.reckoning import reckon
from pryv_tui.incidents.report.as_text import as_text
from pryv_tui.incidents.report.cost import cost_lines
from pryv_tui.incidents.report.page import page
from pryv_tui.incidents.report.remaining import remains_lines
from pryv_tui.incidents.words import state_words
from tests.incidents.scripted import at, incident, lost, opened, run
from tests.remedies.shell import Shell, paste

DOMAIN = "practice.pryv.example"


def test_runs_alone_tell_no_news_of_the_platform() -> None:
    back = run("restore", 60, ends=90, serves=80, stops=[(62, "register")],
               starts=[(80, "register")])  # fmt: skip
    back = msgspec.structs.replace(back, as_of=at(0), set="S")
    alone = Incident(id="", folder="", kind="runs", opened=at(60))
    told = Told(alone, (back,), reckon(alone, (back,), at(400)), "")
    text = as_text(page(told, now=at(400), by="x", tool="x"))
    assert "All roles that were down" not in text
    others = text.replace("The roles that these runs stopped serve again", "")
    assert not re.search("erves? again", others)
    assert "these runs belong to no incident known here" in " ".join(text.split())
    # Core was gone when it began: it stopped nothing of it, and does not know when it went.
    (line,) = cost_lines(told, back)
    assert line.endswith(
        "what was written from then on is gone; it is not known when it was lost or stopped"
    )
    assert not [one for one in remains_lines(told) if "complete backup" in one]


def test_nothing_written_is_said_of_what_lay_there_and_not_of_what_was_lost_before() -> None:
    first = msgspec.structs.replace(
        run("restore", 60, ends=90, serves=80), as_of=at(-40), set="S", asked=at(60)
    )
    second = msgspec.structs.replace(
        run("restore", 200, ends=230, serves=220, stops=[(205, "core")], starts=[(220, "core")]),
        as_of=at(-40), set="S", asked=at(200), nothing_newer=("core",),
    )  # fmt: skip
    one = incident(opened(30), lost(30, since=0))

    def said(*runs: Any) -> str:
        told = Told(one, runs, reckon(one, runs, at(400)), "")
        (line,) = cost_lines(told, runs[-1])
        return line

    line = said(first, second)
    assert f"in the 1 min 55 s from the end of the restore {first.id}" in line
    assert "2 min" not in line and "from then" not in line
    assert line.endswith("data written earlier could not be compared")
    # One that failed and put all back changed nothing of what lay there.
    failed = msgspec.structs.replace(first, outcome="failed", as_of="")
    alone = incident(opened(30), lost(30, "register", since=0))
    runs = (failed, second)
    told = Told(alone, runs, reckon(alone, runs, at(400)), "")
    (line,) = cost_lines(told, second)
    assert line.endswith(
        "in the 4 min 5 s from then to the restore's stop, nothing was written in what was compared"
    )
    # One that left the root half-changed did.
    half = msgspec.structs.replace(failed, half=("h:/var/pryv",))
    assert f"from the end of the restore {half.id}" in said(half, second)
    # Of one that is set aside since, too: what an undo puts back is not what was there before.
    undo = msgspec.structs.replace(
        run("undo", 100, ends=110, roles=("core",)), recovers=(first.id,)
    )
    other = msgspec.structs.replace(first, undone_by=undo.id)
    assert f"from the end of the undo {undo.id}" in said(other, undo, second)


def report(shell: Shell, *names: str) -> Any:
    return json.loads(shell.type("report", *names, "--format", "json").out)


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shell, list[str]]:
    """Core was lost after something was written, was restored, and is restored once more."""
    shell = Shell.with_set(tmp_path_factory.mktemp("twice") / "p", form="cluster")
    shell.platform.grow(users=1, attachments=1)
    shell.platform.wipe("core")
    assert shell.type("status").exit == 3
    words = ("restore", "latest", "--role", "core", "--confirm", DOMAIN)
    for _ in range(2):
        assert shell.type(*words).exit in (0, 3)
    shell.type("status")
    return shell, [run["id"] for run in report(shell)["runs"] if run["kind"] == "restore"]


def test_what_was_lost_before_the_first_is_not_said_to_be_nothing_by_the_second(
    twice: tuple[Shell, list[str]],
) -> None:
    shell, (first, _second) = twice
    lines = [one for one in report(shell)["lost"] if "nothing was written" in one]
    assert all(f"from the end of the restore {first}" in one for one in lines), lines


def test_runs_take_the_outage_from_their_incident(twice: tuple[Shell, list[str]]) -> None:
    shell, runs = twice
    whole = report(shell)
    assert len(whole["down"]["core"]["spans"]) == 2
    for names in (runs, runs[:1]):
        part = report(shell, *names)
        assert part["down"] == whole["down"]
        assert part["any_down"] == whole["any_down"]
        assert part["times"]["lost"] == whole["times"]["lost"]
    text = shell.type("report", runs[0]).out
    (way,) = [line for line in text.splitlines() if "to which this belongs" in line]
    typed = paste(way[way.index("pryv-tui") :])
    assert typed.exit == 0 and whole["incident"]["id"] in typed.out
    assert "down before, between and after these runs" not in text and "no incident" not in text
    assert "to the loss is gone" in text and "to the restore's stop is gone" not in text


def test_what_is_not_aside_any_more_does_not_remain(tmp_path: Path) -> None:
    shell = Shell.with_set(tmp_path / "p")
    shell.platform.wipe("core")
    assert shell.type("status").exit == 3
    assert shell.type("restore", "latest", "--confirm", DOMAIN).exit in (0, 3)
    run_id = report(shell)["runs"][-1]["id"]
    assert [one for one in report(shell)["remains"] if "aside" in one]
    assert shell.type("undo", run_id, "--confirm", DOMAIN).exit in (0, 3)
    undo = report(shell)["runs"][-1]["id"]
    assert shell.type("undo", undo, "--confirm", DOMAIN).exit in (0, 3)
    # What the restore had moved aside is the undo's by now, or where that moved it.
    said = [line for line in report(shell)["remains"] if run_id in line and "aside" in line]
    assert said == [one for one in said if "is not there any more" in one], said
    assert said


@pytest.mark.parametrize("state", ["running", "ended"])
def test_what_goes_on_is_not_told_as_ended(state: Any) -> None:
    """A run that belongs to no incident, asked about while it goes on."""
    going = run("backup", 60, ends=None if state == "running" else 90, stops=[(62, "core")])
    going = msgspec.structs.replace(going, state=state)
    alone = Incident(id="", folder="", kind="runs", opened=at(60))
    said = state_words(Told(alone, (going,), reckon(alone, (going,), at(100)), ""))
    assert ("are down by now, while the runs are running" in said) == (state == "running"), said
    assert ("were down when they ended" in said) == (state == "ended"), said
