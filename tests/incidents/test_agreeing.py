"""What is told of one role beside each other, by results, the overview and an incident, agrees."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pryv_tui.clock import moment_of
from pryv_tui.incidents.facts import RunFacts
from pryv_tui.incidents.files import all_incidents
from pryv_tui.incidents.gathering import Told, gather
from pryv_tui.incidents.incident import Incident
from pryv_tui.incidents.reckoning import Times
from pryv_tui.incidents.times.spans import Down, Span
from pryv_tui.incidents.words import known_since
from pryv_tui.operations.overview.serving import Lack, RoleState, Serving, with_known
from pryv_tui.operations.overview.serving_words import down_in, role_words
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.record.events import OwedNoted, RunFinished
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.record.journal import JournalReader
from tests.journeys.program import Practice, pryv_tui

DOMAIN = "practice.pryv.example"
GONE, STOPPED = "2026-03-04T17:32:06.000Z", "2026-03-04T17:34:17.000Z"


def told(since: str, *, exact: bool = True, role: str = "core", doubted: bool = False) -> Told:
    span = Span(start=since, exact=exact)
    times = Times(down={role: Down(spans=(span,))}, doubted=(role,) if doubted else ())
    runs: tuple[RunFacts, ...] = ()
    return Told(Incident(id="20260304T173206Z-incident-abcd", folder="/"), runs, times, "")


def since_known(found: Serving, told: Told | None) -> Serving:
    return with_known(found, known_since(told))


def core(host: str = "single") -> RoleState:
    """A container is not there any more, another one was stopped by a run."""
    lacks = (
        Lack(service="core", why="absent", needed=True),
        Lack(service="nginx", why="exited", needed=True, since=STOPPED),
    )
    return RoleState(role="core", host=host, word="down", lacks=lacks)


def test_a_role_has_one_since_beside_its_incident() -> None:
    alone = Serving(roles=(core(),))
    at = moment_of(STOPPED)
    assert "by 17:34:17" in down_in(alone, 40, at), "no engine tells it of what is gone"
    known = since_known(alone, told(GONE))
    assert "since 17:32:06" in down_in(known, 40, at) and "17:34" not in down_in(known, 40, at)
    said = role_words(known.roles[0])
    assert "17:32:06" in said and "or before" not in said
    before = since_known(alone, told(GONE, exact=False))
    assert "by 17:32:06" in down_in(before, 40, at), "the incident does not know it either"


def test_what_an_incident_does_not_know_of_it_is_not_said() -> None:
    alone = Serving(roles=(core(),))
    assert since_known(alone, None) == alone
    assert since_known(alone, told(GONE, role="register")) == alone
    assert since_known(alone, told(GONE, doubted=True)) == alone
    serves = Serving(roles=(msgspec.structs.replace(core(), word="up", lacks=()),))
    assert since_known(serves, told(GONE)).roles[0].since == ""
    two = Serving(roles=(core("a"), core("b")))
    assert since_known(two, told(GONE)) == two, "which of the two it was is not known there"


@pytest.fixture(scope="module")
def tries(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The results of two tries that failed and of a third one that finished them, what `recover`
    said between them, and the platform."""
    practice = Practice.with_set(tmp_path_factory.mktemp("tries") / "p", users=1)
    practice.wipe("core")
    assert practice.run("status").exit == 3
    practice.fault("mongorestore-failures")
    found = [practice.run("restore", "latest", "--confirm", DOMAIN).out]
    found.append(practice.run("recover", "--finish").out)
    found.append(practice.run("recover").out)
    practice.fault("--clear")
    found.append(practice.run("recover", "--finish").out)
    return [*found, str(practice.folder)]


def stopped(result: str) -> str:
    (line,) = [one for one in result.splitlines() if one.startswith("Services stopped")]
    return line


def test_what_an_earlier_try_had_stopped_is_counted(tries: list[str]) -> None:
    first, second, third = stopped(tries[0]), stopped(tries[1]), stopped(tries[3])
    begun = first.partition("since ")[2].partition(" UTC")[0]
    assert first.startswith("Services stopped by this run: since ")
    with_earlier = "Services stopped by this run and those that it continued: "
    assert second.startswith(f"{with_earlier}since {begun} UTC, by this run since ")
    assert third.startswith(with_earlier)
    assert f"from {begun.partition(' ')[2]} to " in third and " of it by this run)" in third


def test_the_sum_over_all_tries_is_the_incident_s(tries: list[str]) -> None:
    """Register was stopped by the first of them, and serves since the last one."""
    state = Path(f"{tries[-1]}-state")
    (incident,) = all_incidents(state)
    first, _second, third = [one for one in all_runs(state) if one.kind == "restore"][:3]
    (span,) = gather(state, incident).times.down["register"].spans
    end = last_word(third.journal)
    owed = [
        event.time
        for event in JournalReader(first.journal).read()
        if isinstance(event, OwedNoted) and event.owed.kind == "start"
    ]
    assert end.stopped_since == owed[0]
    assert owed[0] <= span.start <= owed[-1], "as soon as something was stopped that it needs"
    assert span.end and third.started < span.end <= end.time
    assert last_word(first.journal).down_from <= span.start


def last_word(journal: Path) -> RunFinished:
    return next(one for one in JournalReader(journal).read() if isinstance(one, RunFinished))


def test_what_is_left_half_done_is_said_with_since_when_what_is_lost_is_down(
    tries: list[str],
) -> None:
    (line,) = [one for one in tries[2].splitlines() if one.startswith("Incident since ")]
    assert "core found gone; core is down since " in line


def test_an_undo_goes_on_with_none(tries: list[str]) -> None:
    """It is told what it stopped itself: the earlier runs had come to their end."""
    done = pryv_tui("undo", "latest", "--confirm", DOMAIN, "--practice", tries[-1])
    assert stopped(done.out).startswith("Services stopped by this run: ")


def test_doctor_and_half_done_say_no_other_moment_than_the_incident(tmp_path: Path) -> None:
    practice = Practice.with_set(tmp_path / "p", users=1)
    PracticePlatform.open(practice.folder).hosts[0].engine.stop("pryvio_core")
    words = ("incident", "declare", "core lost", "--lost-at", "10m", "--role", "core")
    declared = practice.run(*words)
    assert declared.exit == 0, declared.err
    (said,) = [one for one in practice.run("doctor").out.splitlines() if "role core single" in one]
    (line,) = [one for one in practice.run("status").out.splitlines() if "core on single is" in one]
    assert said.split("since ")[1][:8] == line.split("since ")[1][:8]
    assert "(10 minutes ago)" in said and "(10 minutes ago)" in line
    assert "since" not in role_words(core(), clock=False)
