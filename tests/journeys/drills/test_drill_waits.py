"""A drill that is asked for while the platform is busy: it refuses, or waits for its room."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from pryv_tui.cli.base.watching import follow_to_end
from pryv_tui.cli.drills import sandboxes
from pryv_tui.cli.main import cli
from pryv_tui.clock import utc_now
from pryv_tui.drills.cadence import attention, cadence
from pryv_tui.drills.model import NOT_MADE
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.operations.drilling.places import (
    FOLDER,
    Held,
    Kept,
    expiry,
    folder_of,
    keep_alone,
)
from pryv_tui.operations.steps.drilling.room import WAITS
from pryv_tui.runs.record.events import AnyEvent, Fingerprinted, Note, PhaseNoted, SandboxPlanned
from pryv_tui.who import Who
from tests.journeys.drills.busy import BACKUP, Busy
from tests.journeys.drills.rehearsed import Rehearsed, end, rehearsed, untouched

__all__ = ["rehearsed", "untouched"]


@pytest.fixture
def busy(rehearsed: Rehearsed) -> Iterator[Busy]:
    made = Busy(rehearsed.settings)
    yield made
    made.end()
    shutil.rmtree(Path(rehearsed.settings.state) / "runs" / BACKUP)


def waiting(event: AnyEvent) -> bool:
    return isinstance(event, Note) and event.text.startswith("waits since ")


def test_it_waits_until_the_backup_is_over_and_that_is_none_of_its_recovery(
    rehearsed: Rehearsed, busy: Busy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def over(event: AnyEvent) -> bool:
        if waiting(event):
            # Nothing was made yet.
            assert not list((Path(rehearsed.settings.state) / FOLDER).glob("*"))
            busy.end()
        return False

    events = rehearsed.drill(monkeypatch, wait=600.0, cancel=over)
    assert (end(events).outcome, end(events).exit) == ("complete", 0), end(events)
    (told,) = [one.text for one in events if isinstance(one, Note) and waiting(one)]
    assert f"10 minutes at most: runs: the backup {BACKUP} is running" in told
    waited = [one.phase for one in events if isinstance(one, PhaseNoted)]
    assert [one.of for one in waited if one.name == WAITS] == ["sandbox", "sandbox"]
    record = close_drill(rehearsed.settings, end(events).run).record
    assert record.passed
    parts = record.objectives.split
    assert parts.machine_ms + parts.decisions_ms + parts.waiting_ms == parts.whole_ms
    assert parts.whole_ms + parts.sandbox_ms == parts.passed_ms
    machine = [one for one in record.objectives.phases if one.of == "machine"]
    room = next(one for one in record.objectives.phases if one.name == WAITS)
    assert room.ended and all(one.began >= room.ended for one in machine)


def test_it_is_refused_when_the_time_is_over_and_says_that_it_waited(
    rehearsed: Rehearsed, busy: Busy, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = rehearsed.drill(monkeypatch, wait=0.5)
    last = end(events)
    assert (last.outcome, last.exit) == ("refused", 4)
    assert f"the backup {BACKUP} is running" in last.what and "the drill waited" in last.what
    assert not [one for one in events if isinstance(one, SandboxPlanned)]
    assert close_drill(rehearsed.settings, last.run).record.outcome == "refused"


def test_a_cancel_ends_it_while_it_waits(
    rehearsed: Rehearsed, busy: Busy, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = utc_now()
    before = cadence(rehearsed.settings, now)
    events = rehearsed.drill(monkeypatch, wait=600.0, cancel=waiting)
    last = end(events)
    assert (last.outcome, last.exit) == ("cancelled", 130)
    assert not [one for one in events if isinstance(one, SandboxPlanned)]
    # Its record says what is known: nothing was made, so nothing of it is in doubt.
    record = close_drill(rehearsed.settings, last.run).record
    cancelled = f"the run {last.run} was cancelled"
    assert (record.outcome, record.outcome_why) == ("broken off", (cancelled, NOT_MADE))
    assert record.disposal.why == NOT_MADE
    report = rehearsed.type("drill", "report", last.run).stdout
    assert NOT_MADE in report and "NOT known" not in report.partition("became of the sandbox")[2]
    # Nobody is warned of it, and it stays listed.
    after = cadence(rehearsed.settings, now)
    assert (after.last, after.words) == (before.last, before.words)
    assert "was broken off" not in " ".join(one.text for one in attention(after))
    assert last.run in rehearsed.type("drill", "list").stdout
    # Once its record is removed, it is none of other settings: it was on record here.
    (Path(rehearsed.settings.state) / "drills" / last.run / "record.json").unlink()
    said = rehearsed.type("drill", "list")
    assert (
        "has no record yet" not in said.output and "started with other settings" not in said.output
    )
    assert said.exit_code != 0 and last.run in said.output


def test_who_does_not_wait_is_told_how_and_what_is_told_waits(
    rehearsed: Rehearsed, busy: Busy, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = rehearsed.type("drill", "run")
    assert done.exit_code == 4 and f"the backup {BACKUP} is running" in done.stderr, done.output
    way = done.stderr.partition("Or let the drill wait: ")[2].splitlines()[0]
    # Nobody named a set: what it names then is the newest one when the wait is over.
    assert way.endswith("drill run --wait 30m")
    # What it says is done as it stands: it begins when the other one is over.
    told = follow_to_end

    def over(*words: object, **more: object) -> int:
        busy.end()
        return told(*words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(sandboxes, "follow_to_end", over)
    again = CliRunner().invoke(cli, shlex.split(way.partition("pryv-tui ")[2]))
    assert again.exit_code == 0, again.output
    record = next(line[12:] for line in again.output.splitlines() if "Its record:" in line)
    assert json.loads((Path(record) / "record.json").read_text())["outcome"] == "passed"


def test_of_two_that_find_room_at_one_moment_one_is_first(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one begins when this one has looked whether there is room."""
    state, other = Path(rehearsed.settings.state), "20250101T000000Z-drill-0009"
    kept = Kept(
        drill=other, folder=str(folder_of(state, other)), host="", made="", expires=expiry()
    )
    held: list[Held] = []

    def begins(event: AnyEvent) -> bool:
        if isinstance(event, Fingerprinted) and not held:
            held.append(keep_alone(state, kept))
        return False

    events = rehearsed.drill(monkeypatch, wait=600.0, cancel=begins)
    held[0].let_go()
    last = end(events)
    assert (last.outcome, last.exit) == ("refused", 4), last
    assert f"the drill {other}, which was started first, is still running" in last.what
    assert not [one for one in events if isinstance(one, SandboxPlanned)]
    record = close_drill(rehearsed.settings, last.run).record
    assert record.outcome == "refused", (record.checks, record.outcome_why)


@pytest.mark.parametrize(
    ("how", "words", "waits"),
    [
        ("terminal", (), 0.0),
        ("no terminal", (), 0.0),
        ("cron", (), 1800.0),
        ("systemd", (), 1800.0),
        ("systemd", ("--wait", "0"), 0.0),
        ("terminal", ("--wait", "2h"), 7200.0),
    ],
)
def test_a_timers_waits_by_itself(
    rehearsed: Rehearsed,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
    words: tuple[str, ...],
    waits: float,
) -> None:
    asked: list[float] = []
    newest: list[object] = []

    class Started(Exception):
        pass

    def start(*_settings: object, wait: float, **_more: object) -> None:
        asked.append(wait)
        newest.append(_more["latest"])
        raise Started

    monkeypatch.setattr(sandboxes, "start_run", start)
    monkeypatch.setattr(sandboxes, "who_is_here", lambda: Who(user="anna", how=how))
    for named in ((), ("latest",), (rehearsed.set,)):
        done = rehearsed.type("drill", "run", *named, *words)
        assert isinstance(done.exception, Started)
    assert (asked, newest) == ([waits] * 3, [True, True, False])


def test_what_is_no_duration_and_a_scenario_are_refused(rehearsed: Rehearsed) -> None:
    for words in (("--wait", ""), ("--wait", "soon"), ("--wait", "-5m")):
        done = rehearsed.type("drill", "run", *words)
        assert done.exit_code == 2 and "--wait" in done.stderr, words
    done = rehearsed.type("drill", "run", "--scenario", "core-lost", "--wait", "5m")
    assert done.exit_code == 2 and "no --wait" in done.stderr


def test_a_second_one_that_had_no_room_is_not_told_that_it_will_be_so_again(
    rehearsed: Rehearsed, busy: Busy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        last = end(rehearsed.drill(monkeypatch, wait=0.2))
        assert (last.outcome, last.exit) == ("refused", 4)
        assert last.failure is not None and last.failure.passes
        assert not [line for line in last.next if "in a row" in line or "again" in line], last.next
