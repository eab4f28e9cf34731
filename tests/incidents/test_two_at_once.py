"""While one terminal has a run going on, another looks at the incident and closes it: what goes on
is told as going on, and neither forgotten nor taken for what it may come to."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import msgspec
import pytest

from pryv_tui.incidents.files import all_incidents
from pryv_tui.incidents.report.remaining import lost_lines, unsettled_lines
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.start import start_run
from tests.helpers.waiting import until
from tests.incidents.reported.told import told_of
from tests.incidents.scripted import at, run
from tests.remedies.shell import Shell, commands_in, paste

DOMAIN = "practice.pryv.example"


@pytest.mark.parametrize("kind", ["restore", "undo", "start"])
@pytest.mark.parametrize("state", ["running", "ended", "died"])
def test_what_goes_on_is_told_of_an_incident_and_of_one_that_was_closed(
    kind: str, state: str
) -> None:
    ends = 150.0 if state == "ended" else None
    one = msgspec.structs.replace(
        run(kind, 100, ends=ends, outcome="failed"), state=state, set="S",
        finished=at(150) if ends else "",
    )  # fmt: skip

    def told(closed: str = "") -> str:
        return "; ".join(unsettled_lines(told_of(one, closed=closed)))

    assert (f"The {kind} {one.id} is running; to follow it: pryv-tui attach" in told()) == (
        state == "running"
    )
    went_on = f"When the incident was closed, the {kind} {one.id} was running"
    assert (went_on in told(closed=at(120))) == (state != "died")
    assert (went_on in told(closed=at(200))) == (state == "running")
    assert went_on not in told(closed=at(90)), "it had not begun"
    lost = " ".join(lost_lines(told_of(one)))
    assert (f"the restore {one.id} is running" in lost) == (
        kind == "restore" and state == "running"
    )
    assert ("no restore is in place" in lost) == (not (kind == "restore" and state == "running"))


def test_a_backup_that_goes_on_is_none_of_it() -> None:
    one = msgspec.structs.replace(run("backup", 100, ends=None), state="running", finished="")
    assert not [line for line in unsettled_lines(told_of(one)) if "is running" in line]


def test_closed_pinned_and_pruned_by_another_while_a_restore_goes_on(tmp_path: Path) -> None:
    shell = Shell.on_new(tmp_path / "p", form="cluster")
    old = shell.backup()
    newer = shell.backup()
    shell.platform.wipe("core")
    assert shell.type("status").exit == 3
    worker = (sys.executable, "-m", "tests.real.pausing", json.dumps(["copy-back"]))
    record = start_run(
        shell.settings, "restore", worker=worker, set_id=old, roles=("core",), confirmed="option"
    )
    folder = Path(record.folder)
    until((folder / "at-copy-back").exists, lambda: "the end of the copy")

    assert shell.type("pin", newer).exit == 0
    kept = shell.type("prune", "--keep-last", "1", "--confirm", DOMAIN)
    assert (kept.exit, "There is nothing to remove" in kept.out) == (0, True), kept
    assert shell.type("unpin", old).exit == 4, "the incident that names it is open"
    noted = shell.type("incident", "note", "it goes on")
    assert noted.exit == 0
    again = shell.type("incident", "declare", "core is gone")
    assert (again.exit, len(all_incidents(Path(shell.settings.state)))) == (0, 1), again
    closed = shell.type("incident", "close", "too early")
    assert closed.exit == 3
    assert f"The restore {record.id} is running" in closed.out
    # What it is about stays, whatever comes of it; let go, it can't be taken now all the same.
    assert f"pinned by the incident {all_incidents(Path(shell.settings.state))[0].id}" in (
        shell.type("prune", "--keep-last", "1", "--dry-run").out
    )
    assert shell.type("unpin", old).exit == 0
    pruned = shell.type("prune", "--keep-last", "1", "--confirm", DOMAIN)
    assert pruned.exit == 5, pruned
    report = shell.type("report").out
    assert f"When the incident was closed, the restore {record.id} was running" in report
    assert f"the restore {record.id} is running. What is newer than the set {old}" in report
    status = shell.type("status")
    assert status.exit == 3 and "core on core is down" in status.out

    (folder / "go-copy-back").touch()
    (line,) = [one for one in closed.out.splitlines() if f"{record.id} is running" in one]
    (watch,) = commands_in(f"{line}.")
    watched = paste(watch)
    assert watched.exit in (0, 3) and record.id in watched.out, watched
    (done,) = [one for one in all_runs(Path(shell.settings.state)) if one.id == record.id]
    assert done.outcome in ("complete", "warnings")
    status = shell.type("status")
    assert "core on core is up" in status.out
    report = shell.type("report").out
    assert f"When the incident was closed, the restore {record.id} was running" in report
    assert f"{record.id} is running" not in report
    # Its record goes some day; what it came to is kept.
    shutil.rmtree(record.folder)
    (told,) = json.loads(shell.type("report", "--format", "json").out)["runs"]
    assert (told["id"], told["state"], told["outcome"]) == (record.id, "ended", done.outcome)
    assert {old, newer} <= {one["id"] for one in json.loads(shell.type("list", "--json").out)}
