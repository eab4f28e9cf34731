"""One loss on a practice platform, from the moment it happens to the filed report."""

from __future__ import annotations

import json
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.drills.cadence import Cadence, attention, cadence
from pryv_tui.drills.files import drills_folder
from pryv_tui.incidents.acts import sets_named
from pryv_tui.incidents.files import all_incidents, incidents_folder
from pryv_tui.practice.platform import PracticePlatform
from tests.remedies.shell import Shell

DOMAIN = "practice.pryv.example"


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_a_loss_is_one_incident_from_the_first_look_to_the_report(tmp_path: Path) -> None:
    shell = Shell.on_new(tmp_path / "p", users=2, attachments=1)
    taken = shell.backup()
    state = Path(shell.settings.state)
    assert json.loads(shell.type("status", "--json").out)["incident"] is None
    assert not incidents_folder(state).exists(), "a look at what is well writes nothing"

    began = time.time()
    shell.platform.wipe("core")
    wiped = time.time()
    assert shell.type("doctor").exit == 3
    told = json.loads(shell.type("status", "--json").out)["incident"]
    assert (told["roles"], told["how"], told["lost_source"]) == (["core"], "found", "files")
    # A file system's clock ticks some times in a hundredth of a second.
    assert began - 1 < seconds(told["lost"]) < wiped + 1
    assert "Incident since" in shell.type("status").out
    assert len(all_incidents(state)) == 1, "each look finds the same one"

    shell.platform.faults.set("mongorestore-failures")
    assert shell.type("restore", taken, "--confirm", DOMAIN).exit == 1
    shell.platform.faults.clear()
    # On a half-restored root one way leads out: nothing there is started, or accepted.
    _, _, after = shell.type("doctor").out.partition("role core single: ")
    (remedy,) = after.splitlines()[1:2]
    assert "recover" in remedy and "run-pryv" not in after and "accept role" not in after
    assert shell.type("incident", "note", "once more", "--decision").exit == 0
    # It is half-done: that is told with the way out, and nothing says that all is as it was.
    told = report(shell)
    (half,) = (line for line in told["remains"] if "half-restored" in line)
    assert half.endswith(" recover") and str(tmp_path) in half
    assert "stopped half-way" in told["lost"][0]
    assert shell.type("recover", "--finish").exit == 0
    assert not [line for line in report(shell)["remains"] if "half-" in line]
    settled = shell.type("audit", taken, "--live")
    assert settled.exit == 0, settled.out
    assert shell.type("status").exit in (0, 3)
    (one,) = all_incidents(state)
    assert taken in sets_named(state).by

    told = report(shell)
    assert told["incident"]["id"] == one.id
    runs = {run["id"]: run for run in told["runs"]}
    failed, finish = (run for run in told["runs"] if run["kind"] == "restore")
    assert (failed["outcome"], finish["outcome"]) == ("failed", "complete")
    assert failed["by"]["user"]
    assert failed["confirmed"] == "option"
    down = told["down"]["core"]
    (span,) = down["spans"]
    served = seconds(finish["finished"])
    assert seconds(finish["started"]) <= seconds(span["end"]) <= served
    assert abs(down["seconds"] - (seconds(span["end"]) - seconds(told["times"]["lost"]))) < 0.01
    assert told["down"]["register"]["seconds"] < down["seconds"]
    assert told["times"]["proved"] == told["audits"][-1]["time"]
    assert [one["run"] for one in told["audits"]][-2:] == [finish["id"], ""]
    # What was planted is told apart from what was found, and its own clock says when.
    planted = [one for one in told["timeline"] if one["kind"] == "simulated"]
    assert "lost: core" in planted[0]["what"]
    # The files tell the loss to the tick of their clock, which lags by some milliseconds.
    for when in (planted[0]["time"], told["times"]["lost"]):
        assert began - 0.1 < seconds(when) < wiped + 0.1
    assert any("fault set: mongorestore-failures" in one["what"] for one in planted)
    assert told["any_down"]["seconds"] > told["in_runs_seconds"] > 0
    assert any("37" in line or "documents" in line for line in told["checked"])
    assert len(runs) == len(told["runs"])
    # Core and its stores were gone: what was newer in them nobody can say any more.
    assert finish["newer"] and set(finish["newer"]) <= set(told["lost"])
    assert any("core" in line and "not known" in line for line in finish["newer"])

    closed = shell.type("incident", "close", "core is back")
    assert closed.exit == 0
    assert shell.type("status").out.count("Incident since") == 0
    assert report(shell)["incident"]["closed_text"] == "core is back"
    assert {run["id"] for run in report(shell, failed["id"])["runs"]} == {failed["id"]}

    # It is lost again: another incident. Closed as it is, no third one opens for that.
    shell.platform.wipe("core")
    assert shell.type("status").exit == 3
    assert len(all_incidents(state)) == 2
    assert shell.type("restore", taken, "--confirm", DOMAIN).exit == 0
    assert report(shell)["down"]["core"]["since"] is None
    # An undo brings the disaster back: the same incident goes on, and each look adds nothing.
    assert shell.type("undo", "latest", "--confirm", DOMAIN).exit == 3
    assert shell.type("status").exit == 3
    known = all_incidents(state)
    assert shell.type("status").exit == 3
    assert all_incidents(state) == known
    again = report(shell)["down"]["core"]
    assert again["since"] is not None
    assert len(again["spans"]) == 2
    assert shell.type("incident", "close", "moved to another machine").exit == 3
    assert shell.type("status").exit == 3
    assert shell.type("doctor").exit != 0
    assert len(all_incidents(state)) == 2


def report(shell: Shell, *names: str) -> Any:
    return json.loads(shell.type("report", *names, "--format", "json").out)


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    shell = Shell.with_set(tmp_path_factory.mktemp("lost") / "p")
    shell.platform.wipe("core")
    return shell


def test_where_it_can_not_be_written_down_whoever_looks_sees_all_the_same(lost: Shell) -> None:
    home = incidents_folder(Path(lost.settings.state))
    home.write_text("in its place")
    try:
        for words in (("status",), ("doctor",)):
            done = lost.type(*words)
            assert done.exit == 3
            assert "The incident can't be followed:" in done.out
            assert "Core is gone" in done.out or "missing roles" in done.out
        assert json.loads(lost.type("status", "--json").out)["incident"] is None
        # Nothing that asks for them takes "not to be read" for "none".
        asking: tuple[tuple[str, ...], ...] = (
            ("incident", "list"),
            ("incident", "show"),
            ("incident", "close"),
            ("report",),
            ("prune", "--keep-last", "1", "--dry-run"),
            ("list", "--json"),
        )
        for one in asking:
            done = lost.type(*one)
            assert done.exit == 1, one
            assert f"{home} can't be read: Not a directory" in done.err, one
            assert "No incident" not in done.out + done.err
        done = lost.type("list")
        assert done.exit == 3 and "complete" in done.out, "the sets are shown all the same"
        assert "It is not known which sets incidents keep" in done.err
    finally:
        home.unlink()
    assert lost.type("list").exit == 0


def test_drills_that_can_not_be_listed_are_not_said_to_be_none(lost: Shell) -> None:
    place = drills_folder(Path(lost.settings.state))
    expected = msgspec.structs.replace(lost.settings, drill_every=86_400.0)

    def told() -> tuple[str, Cadence]:
        found = cadence(expected)
        return "\n".join(one.text for one in attention(found)), found

    text, found = told()
    assert "A drill is overdue" in text and found.overdue
    place.write_text("in its place")
    try:
        assert "It is not known which drills were held" in lost.type("status").out
        why = lost.type("drill", "list")
        assert why.exit == 1 and f"{place} can't be read: Not a directory" in why.err
        text, found = told()
        assert "overdue" not in text and found.overdue is None
        assert found.words == "drills not known" and "not known" in found.told
    finally:
        place.unlink()
    assert "Which drills were held" not in lost.type("status").out


def test_a_report_of_nothing_says_how_there_is_one(lost: Shell, tmp_path: Path) -> None:
    none = lost.type("report", "--state", str(tmp_path / "s"))
    assert none.exit == 2
    assert "incident declare TEXT" in none.remedy
    for form in ("text", "md", "html"):
        done = lost.type("report", "nothing", "--format", form)
        assert (done.exit, done.out) == (2, "")
    assert isinstance(lost.platform, PracticePlatform)
