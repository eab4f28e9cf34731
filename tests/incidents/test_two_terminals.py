"""An incident on two real terminals, one of which is lost: the report, by the script's clock."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from pryv_tui.incidents.marks import needed_services
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.practice import settings
from pryv_tui.practice.people import account
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.record.history import RunRecord, all_runs
from tests.helpers.tmux import HELD, NEEDS, START, Terminal, at_pace, begin_restore
from tests.helpers.tmux import terminals as terminals_in
from tests.journeys.program import Practice

pytestmark = NEEDS
DOMAIN = "practice.pryv.example"
WITHIN = 1.0
"""Seconds by which the report and the script may differ."""


class Clock:
    """When the script saw each thing happen: it did between two looks."""

    def __init__(self) -> None:
        self.spans: dict[str, tuple[float, float]] = {}
        self._last = time.time()

    def before(self) -> None:
        self._last = time.time()

    def saw(self, what: str) -> None:
        self.spans[what] = (self._last, time.time())
        self._last = time.time()

    def fits(self, what: str, moment: str) -> bool:
        began, ended = self.spans[what]
        return began - WITHIN <= seconds(moment) <= ended + WITHIN


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@pytest.fixture
def terminals(tmp_path: Path) -> Iterator[tuple[Terminal, Terminal]]:
    with terminals_in(tmp_path) as make:
        yield make(), make()


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[Practice]:
    made = Practice(PracticePlatform.create(tmp_path / "p", users=2, attachments=1).folder)
    assert made.run("backup", "--quiet").exit == 0
    yield made
    made.run("cancel", "latest")


def newest(practice: Practice) -> RunRecord:
    return max(all_runs(Path(f"{practice.folder}-state")), key=lambda one: one.asked)


def finish(terminal: Terminal) -> None:
    """By the dialog of what was left half-done."""
    terminal.sees("Left half-done")
    terminal.keys("Right", "Enter")
    terminal.sees("Finish the restore")
    terminal.keys(DOMAIN, "Tab", "Tab", "Enter")


def test_a_scripted_incident_is_reported_as_the_scripts_clock_has_it(
    terminals: tuple[Terminal, Terminal], practice: Practice
) -> None:
    first, second = terminals
    platform = PracticePlatform.open(practice.folder)
    (taken,) = (one["id"] for one in practice.sets())
    before = platform.contents()["redis"]["users"]
    platform.grow(users=1)
    late = account(settings.load(platform.folder).seed, before).username
    script = Clock()
    platform.wipe("core")
    script.saw("lost")
    first.open(practice.folder)
    first.sees("Incident: core down")
    script.saw("noticed")
    second.run("env", "SSH_CONNECTION=10.1.2.3 50000 10.0.0.1 22", *interface(practice))
    second.sees("Incident: core down")
    ours, theirs = (one.tmux("display-message", "-p", "#{pane_tty}").strip() for one in terminals)

    platform.faults.set("mongorestore-failures")
    script.before()
    begin_restore(first)
    first.sees("FAILED")
    script.saw("failed")
    failed = newest(practice)
    platform.faults.clear()
    first.keys("Escape")
    # The other terminal is asked about what the failed one left, too; it looks every few seconds,
    # and would not if the next one had begun by then.
    second.sees("Left half-done")
    # The next one is killed while the other terminal watches, and the first one is gone.
    at_pace(practice.folder, HELD)
    script.before()
    finish(first)
    first.sees("reading metadata")
    script.saw("begun again")
    killed = newest(practice)
    first.close()
    # It left the answer to the first one.
    second.keys("Escape")
    second.loses("Left half-done")
    second.keys("u")
    second.sees("▶ running")
    second.keys("Enter")
    second.sees("reading metadata")
    script.before()
    assert killed.pid is not None
    os.kill(killed.pid, signal.SIGKILL)
    second.sees("DIED")
    script.saw("died")
    at_pace(practice.folder, 0)
    second.keys("Escape", "Escape")
    script.before()
    finish(second)
    second.sees("COMPLETE")
    script.saw("served")
    finished = newest(practice)
    second.keys("L")
    second.sees("as it is now")
    script.saw("settled")
    second.keys("Escape", "Escape")
    second.sees("was down")
    noted = practice.run("incident", "close", "core is back")
    script.saw("closed")
    assert noted.exit == 0, noted.out

    told = practice.run("report", "--format", "json").json
    assert [run["id"] for run in told["runs"]] == [failed.id, killed.id, finished.id]
    assert [run["state"] for run in told["runs"]] == ["ended", "died", "ended"]
    for what, moment in (
        ("lost", told["times"]["lost"]),
        ("noticed", told["times"]["noticed"]),
        ("failed", told["runs"][0]["started"]),
        ("failed", told["runs"][0]["finished"]),
        ("begun again", told["runs"][1]["started"]),
        ("served", told["runs"][2]["started"]),
        ("served", told["times"]["serving"]),
        ("settled", told["times"]["proved"]),
        ("closed", told["times"]["closed"]),
    ):
        assert script.fits(what, moment), (what, moment, script.spans[what], told["times"])
    # When it died nobody saw: what is told is when it was heard of for the last time.
    heard = seconds(told["runs"][1]["finished"])
    assert script.spans["begun again"][0] - WITHIN <= heard <= script.spans["died"][1] + WITHIN
    # Each role was down from when it went to when the engine started the last that its users need.
    for role, down in told["down"].items():
        began = up_since(platform, role) - down["seconds"]
        first_down, last_down = script.spans["lost" if role == "core" else "failed"]
        assert first_down - WITHIN <= began <= last_down + WITHIN, (role, down)
        assert down["exact"] and down["since"] is None
    assert set(told["down"]) == {"core", "register", "static-web"}
    # What is gone: the account that was made after the set; nothing else is said to be.
    assert any(late in line for line in told["lost"]), told["lost"]
    assert any(taken in line for line in told["lost"])
    assert platform.contents()["redis"]["users"] == before
    (audit,) = (one for one in told["audits"] if not one["run"])
    assert audit["outcome"] == "settled"
    # Who: by the terminals on which it was done, one of them over SSH.
    by = [(run["by"]["terminal"], run["by"]["address"]) for run in told["runs"]]
    mine, other = ours.removeprefix("/dev/"), theirs.removeprefix("/dev/")
    assert by == [(mine, ""), (mine, ""), (other, "10.1.2.3")]
    assert (audit["by"]["terminal"], audit["by"]["address"]) == (other, "10.1.2.3")
    assert told["incident"]["opened_by"]["terminal"] == mine
    assert all(run["confirmed"] == "dialog" for run in told["runs"])

    text = practice.run("report").out
    assert (
        late in text
        and "10.1.2.3" in text
        and f"{killed.id} writes to its journal for the last time" in text
    )
    assert "core is back" in text


def interface(practice: Practice) -> tuple[str, ...]:
    return (sys.executable, "-c", START, str(practice.folder))


def up_since(platform: PracticePlatform, role: str) -> float:
    """When the last of what a role's users need was started, as the engine tells."""
    site = open_site(resolve_settings(practice=str(platform.folder), environment={}))
    (state,) = site.discover().hosts
    mine = needed_services(role)
    return max(seconds(one.since) for one in state.containers if one.service in mine)
