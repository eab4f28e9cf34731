"""The times of an incident, by a script's own clock; and that no clock that is wrong breaks it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from pryv_tui.clock import timestamp
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.hosts.engine import Container
from pryv_tui.incidents.events import AnyEvent, Audited, Closed, Lost, Noted, Opened, Serving
from pryv_tui.incidents.facts import Audit, RunFacts
from pryv_tui.incidents.gathering import Known, Told, belongs
from pryv_tui.incidents.incident import Incident, incident_of
from pryv_tui.incidents.looking import serves_since
from pryv_tui.incidents.marks import marks_of
from pryv_tui.incidents.opening import Gone, Seen, news, opens
from pryv_tui.incidents.reckoning import Times, reckon
from pryv_tui.incidents.report.remaining import restores
from pryv_tui.incidents.report.timeline import timeline
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.facts import SeenContainer
from pryv_tui.runs.record.events import (
    AnyEvent as RunEvent,
)
from pryv_tui.runs.record.events import (
    ContainersFound,
    ContainersLeft,
    OwedNoted,
    RunFinished,
    RunStarted,
    SettledNoted,
)
from pryv_tui.sanitize import OneLine

ZERO = datetime(2026, 3, 4, 9, 0, 0, tzinfo=UTC)
HERE = ("core", "mongodb", "nginx", "register", "redis", "config_follower")


def at(seconds: float) -> str:
    """A moment of the script, in seconds since its beginning."""
    return timestamp(ZERO + timedelta(seconds=seconds))


def incident(*events: AnyEvent) -> Incident:
    return incident_of("20260304T090000Z-incident-abcd", "/nowhere", events)


def opened(seconds: float, *, after: str = "") -> Opened:
    return Opened(time=at(seconds), platform="here", domain="a.b", after=after or at(-100))


def lost(
    seconds: float, role: str = "core", *, since: float | None = None, again: bool = False
) -> Lost:
    known = at(since) if since is not None else ""
    return Lost(
        time=at(seconds), role=role, since=known, source="engine" if known else "", again=again
    )


def debt(name: str) -> Owed:
    return Owed(kind="start", host="h", what=name)


def run(
    kind: str,
    begins: float,
    *,
    ends: float | None,
    outcome: str = "complete",
    stops: Sequence[tuple[float, str]] = (),
    starts: Sequence[tuple[float, str]] = (),
    serves: float | None = None,
    roles: tuple[str, ...] = ("core",),
    left: Sequence[SeenContainer] | None = None,
) -> RunFacts:
    """A run of the script: when it stopped and started which containers, by its own journal."""
    events: list[RunEvent] = [
        RunStarted(time=at(begins), kind=kind, roles=list(roles), plan=[], pid=1),
        ContainersFound(
            host="h",
            containers=[SeenContainer(name=one, service=one, state="running") for one in HERE],
        ),
    ]
    changes: list[RunEvent] = [
        *(OwedNoted(time=at(t), owed=debt(name)) for t, name in stops),
        *(SettledNoted(time=at(t), owed=debt(name)) for t, name in starts),
    ]
    events += sorted(changes, key=lambda one: one.time)
    down_to = at(serves) if serves is not None else ""
    if left is not None and ends is not None:
        events.append(ContainersLeft(time=at(ends), host="h", containers=[*left]))
    if ends is not None:
        end = RunFinished(outcome=outcome, exit=0, down_to=down_to)  # type: ignore[arg-type]
        events.append(msgspec.structs.replace(end, time=at(ends)))
    return RunFacts(
        id=f"{begins}-{kind}",
        kind=kind,
        state="ended" if ends is not None else "died",
        outcome=outcome if ends is not None else "",
        asked=at(begins),
        started=at(begins),
        finished=at(ends) if ends is not None else at(begins + 1),
        roles=roles,
        checks=("37 documents; expected 37",),
        marks=marks_of(events),
    )


def test_downtime_is_the_incidents_over_a_failed_a_killed_and_a_finished_restore() -> None:
    runs = (
        run("restore", 60, ends=80, outcome="failed", stops=[(62, "nginx"), (63, "register")]),
        run("restore", 100, ends=None),
        run("restore", 200, ends=260, serves=250,
            starts=[(240, "register"), (250, "nginx")]),
    )  # fmt: skip
    told = incident(
        opened(30), lost(30, since=0), Noted(time=at(50), text="restore it", decision=True),
        Audited(time=at(300), outcome="remains", remains={"accounts.register_only": 1}),
        Audited(time=at(330), outcome="settled"),
    )  # fmt: skip
    times = reckon(told, runs, at(400))
    assert times == Times(
        lost=at(0),
        lost_source="engine",
        noticed=at(30),
        decided=at(50),
        serving=at(250),
        proved=at(330),
        down=times.down,
        any_down=times.any_down,
        in_runs=20 + 1 + 50,
    )
    assert {role: down.seconds for role, down in times.down.items()} == {
        "core": 250,
        "register": 250 - 62,
    }
    assert times.any_down.seconds == 250
    assert times.any_down.exact


def test_each_stage_tells_what_is_so_by_then() -> None:
    told = incident(opened(30), lost(30, since=0))
    times = reckon(told, (), at(40))
    assert (times.serving, times.proved, times.decided) == ("", "", "")
    assert times.down["core"].still
    assert times.any_down.seconds == 40
    left = run("restore", 60, ends=None, stops=[(61, "register")])
    times = reckon(told, [left], at(100))
    assert times.down["register"].since == at(61), "its worker is gone, and nothing started it"
    assert times.down["register"].seconds == 39
    unaudited = run("restore", 110, ends=130, serves=120, starts=[(120, "register")])
    times = reckon(told, [left, unaudited], at(140))
    assert (times.serving, times.proved) == (at(120), at(130))
    remains = incident(
        opened(30), lost(30, since=0), Audited(time=at(135), outcome="remains", remains={"a.b": 2})
    )
    assert reckon(remains, [left, unaudited], at(140)).proved == "", "something remains"


def test_a_loss_of_unknown_time_is_at_least_so_long_until_somebody_says_since_when() -> None:
    told = incident(opened(30), lost(30), Serving(time=at(90), role="core", since=at(80)))
    times = reckon(told, (), at(100))
    assert times.lost == ""
    assert times.any_down.seconds == 50
    assert not times.any_down.exact
    said = Lost(time=at(60), role="core", since=at(-20), source="asked")
    told = incident(
        opened(30), lost(30), said, lost(70), Serving(time=at(90), role="core", since=at(80))
    )
    times = reckon(told, (), at(100))
    assert (times.lost, times.lost_source) == (at(-20), "asked")
    assert times.any_down.seconds == 100
    assert times.any_down.exact


def test_a_later_role_s_loss_is_not_the_incident_s() -> None:
    first, later = lost(30, "static-web"), lost(60, "register", since=50)
    times = reckon(incident(opened(30), first, later), (), at(100))
    assert (times.lost, times.lost_source) == ("", "")
    # Once somebody says since when the first was gone, that is the incident's.
    said = Lost(time=at(70), role="static-web", since=at(-20), source="asked")
    times = reckon(incident(opened(30), first, later, said), (), at(100))
    assert (times.lost, times.lost_source) == (at(-20), "asked")
    # One that is known to have gone before the other was found did go first.
    before = lost(60, "register", since=20)
    assert reckon(incident(opened(30), first, before), (), at(100)).lost == at(20)
    doubt = msgspec.structs.replace(first, doubt=True, at_least=True)
    assert reckon(incident(opened(30), doubt, later), (), at(100)).lost == ""


def test_a_role_that_goes_again_is_down_twice_and_the_time_between_is_none() -> None:
    told = incident(
        opened(10), lost(10, since=0), Serving(time=at(20), role="core"),
        lost(100, since=90, again=True),
    )  # fmt: skip
    times = reckon(told, (), at(110))
    assert [span.seconds for span in times.down["core"].spans] == [20, 20]
    assert times.serving == ""


@pytest.mark.parametrize("outcome", ["complete", "failed"])
def test_no_role_serves_while_a_restore_of_it_is_half_done(outcome: str) -> None:
    half = run("restore", 60, ends=80, outcome="failed")
    half = msgspec.structs.replace(half, half=("h:/var/pryv",))
    finish = run("restore", 200, ends=260, serves=250, outcome=outcome)
    finish = msgspec.structs.replace(finish, started=at(205), recovers=(half.id,))
    told = incident(opened(30), lost(30, since=0), Serving(time=at(202), role="core", since=at(90)))
    down = reckon(told, (half, finish), at(400)).down["core"]
    assert down.seconds == (250 if outcome == "complete" else 400)
    # One that is seen when nothing is half-done counts.
    told = incident(
        opened(30), lost(30, since=0), Serving(time=at(300), role="core", since=at(290))
    )
    whole = reckon(told, (half, finish), at(400)).down["core"]
    assert whole.seconds == (250 if outcome == "complete" else 290)


def test_a_role_serves_where_all_that_its_users_need_is_there_and_runs() -> None:
    def seen(*services: str, down: str = "") -> str | None:
        state = HostState(
            name="h", engine="e", reachable=True, roles=("core",),
            containers=tuple(
                Container(name=f"pryvio_{one}", image=OneLine("i"),
                          state="exited" if one == down else "running", since=OneLine(at(number)))
                for number, one in enumerate(services)
            ),
        )  # fmt: skip
        here = Deployment(
            domain=OneLine("a.b"),
            domain_source="",
            release=None,
            form="single-node",
            hosts=(state,),
        )
        return serves_since("core", here)

    assert seen("mongodb", "core", "nginx", "hfs") == at(2)
    for lacking in (("mongodb", "influxdb"), ("mongodb", "core"), ("core", "nginx"), ()):
        assert seen(*lacking) is None
    assert seen("mongodb", "core", "nginx", down="nginx") is None


def test_an_undo_takes_a_role_away_again_from_when_it_stopped_it() -> None:
    restore = msgspec.structs.replace(run("restore", 40, ends=60, serves=50), undone_by="U")
    undo = run("undo", 100, ends=110, stops=[(102, "core"), (103, "register")],
               starts=[(108, "core"), (109, "register")], roles=("register",))  # fmt: skip
    undo = msgspec.structs.replace(undo, id="U")
    first = lost(30, since=0)
    times = reckon(incident(opened(30), first), [restore, undo], at(200))
    assert [span.seconds for span in times.down["core"].spans] == [50, 98]
    assert times.down["register"].seconds == 6
    # A look that finds it gone has nothing to add, and the folder that came back is as old as ever.
    seen = lost(150, since=0, again=True)
    assert reckon(incident(opened(30), first, seen), [restore, undo], at(200)).down == times.down
    again = reckon(incident(opened(30), first, seen), [restore], at(200)).down["core"]
    assert [(span.seconds, span.exact) for span in again.spans] == [(50, True), (50, False)]


def test_what_an_undo_moved_aside_proves_nothing_of_what_is_there() -> None:
    def proved(*runs: RunFacts) -> str:
        return reckon(incident(opened(30), lost(30)), runs, at(400)).proved

    def restored(start: int, **more: Any) -> RunFacts:
        made = run("restore", start, ends=start + 20, serves=start + 10)
        audit = Audit(time=at(start + 20), outcome="settled")
        return msgspec.structs.replace(made, id=f"R{start}", checks=("x",), audit=audit, **more)

    undo = run("undo", 200, ends=210, starts=[(208, "core")])
    undo = msgspec.structs.replace(undo, id="U")
    first, second = restored(40), restored(100)
    assert proved(first, second) == at(120)
    # The second is gone again, and so is all that was asked while it was there.
    undone = restored(100, undone_by="U")
    assert proved(first, undone, undo) == at(60)
    asked = msgspec.structs.replace(undo, audit=Audit(time=at(230), outcome="settled"))
    assert proved(first, undone, asked) == at(230), "asked since the undo: that counts"
    assert proved(undone, undo) == ""


def test_what_an_undo_took_away_is_down_until_the_undo_of_it_and_both_are_told() -> None:
    restore = run("restore", 40, ends=60, serves=50)
    undo = run("undo", 100, ends=110, stops=[(102, "core"), (103, "register")],
               starts=[(109, "register")], roles=("register",))  # fmt: skip
    undo = msgspec.structs.replace(undo, recovers=(restore.id,))
    again = run("undo", 200, ends=220, stops=[(202, "register")],
                starts=[(212, "register"), (215, "core")], roles=("register", "core"))  # fmt: skip
    again = msgspec.structs.replace(again, recovers=(undo.id,))
    third = run("undo", 300, ends=320, stops=[(301, "core")], roles=("register",))
    third = msgspec.structs.replace(third, recovers=(again.id,))
    known = incident(opened(30), lost(30, since=0))

    def down(*runs: RunFacts, now: int = 400) -> list[float]:
        return [span.seconds for span in reckon(known, runs, at(now)).down["core"].spans]

    assert down(restore, undo) == [50, 298]
    assert down(restore, undo, again) == [50, 113]
    assert down(restore, undo, again, third) == [50, 113, 99]
    failed = msgspec.structs.replace(again, outcome="failed", marks=())
    assert down(restore, undo, failed) == [50, 298]
    runs = (restore, undo, again)
    told = timeline(Told(known, runs, reckon(known, runs, at(400)), ""))
    # Another restore between the undo and its own undo is set aside by that.
    later = run("restore", 150, ends=160, serves=155)

    def stand(*of: RunFacts) -> list[str]:
        return [one.id for one in restores(Told(known, of, reckon(known, of, at(400)), ""))]

    assert stand(restore) == stand(restore, undo, again) == [restore.id]
    assert stand(restore, undo) == stand(restore, undo, again, third) == []
    assert stand(restore, undo, later) == [later.id]
    assert stand(restore, undo, later, again) == [restore.id], "what came later lies aside"
    lines = [(moment.time, moment.what) for moment in told if moment.kind in ("lost", "serving")]
    assert [what.partition(":")[0] for _, what in lines] == [
        "core is lost, as the engine tells",
        "core serves again",
        "core is gone again",
        "All that was down serves again",
    ]
    assert [time for time, _ in lines] == [at(0), at(50), at(102), at(215)]


def test_a_healthy_role_that_a_run_stops_counts_and_its_config_follower_does_not() -> None:
    follower = run("backup", 10, ends=20, stops=[(12, "config_follower")])
    assert follower.marks == ()
    stop = run("stop", 10, ends=12, stops=[(11, "register")], roles=("register",))
    back = run("start", 40, ends=42, starts=[(41, "register")], roles=("register",))
    times = reckon(incident(opened(0)), [stop, back], at(50))
    assert {role: one.seconds for role, one in times.down.items()} == {"register": 30}


def test_a_clock_that_goes_back_makes_no_time_less_than_nothing_and_is_told() -> None:
    told = incident(opened(0), lost(0, since=-30), Closed(time=at(-3000)))
    back = msgspec.structs.replace(run("restore", -3500, ends=-3400, serves=-3410), asked=at(-99))
    times = reckon(told, [back], at(-2900))
    assert times.clock_back == 3500
    assert not times.down["core"].still
    assert times.any_down.seconds == 30 + 90
    assert all(span.seconds >= 0 for one in times.down.values() for span in one.spans)


@pytest.mark.parametrize("nonsense", ["", "yesterday", "9999-99-99T00:00:00Z", "0001-01-01"])
def test_times_that_are_none_end_in_no_error(nonsense: str) -> None:
    told = incident(
        Opened(time=nonsense), Lost(time=nonsense, role="x\x1b[2J", since=nonsense),
        Serving(time=nonsense, role="core", since=nonsense),
    )  # fmt: skip
    spoiled = msgspec.structs.replace(run("restore", 0, ends=5), asked=nonsense, started=nonsense)
    assert reckon(told, [spoiled], at(10)).any_down.seconds >= 0


# Which runs are its own.


def known(kind: str, asked: float, **more: object) -> Known:
    given = {"finished": at(asked + 5), "going": False, "platform": "here", "domain": "a.b"} | more
    return Known(id=f"{kind}{asked}", kind=kind, asked=at(asked), **given)  # type: ignore[arg-type]


def test_runs_are_gathered_by_time_and_platform_and_by_name() -> None:
    open_one = incident(opened(30, after=at(-100)), lost(30, since=0))
    assert belongs(open_one, known("restore", 40))
    assert belongs(open_one, known("backup", 5)), "it was asked for after the loss"
    ended_after = known("backup", -200, finished=at(3))
    assert belongs(open_one, ended_after), "it went on when the loss happened"
    assert not belongs(open_one, known("backup", -200))
    assert belongs(open_one, known("backup", -200, going=True, finished=""))
    assert not belongs(open_one, known("restore", 40, platform="other", domain="c.d"))
    assert belongs(open_one, known("restore", 40, platform="other", domain="a.b"))
    assert not belongs(open_one, known("restore", 40, platform="other", domain=""))
    closed = msgspec.structs.replace(open_one, closed=at(90), upto=at(50))
    assert belongs(closed, known("restore", 50))
    assert not belongs(closed, known("restore", 60))
    named = msgspec.structs.replace(closed, named=("restore60",))
    assert belongs(named, known("restore", 60, platform="other", domain=""))


# Whether one opens.


def test_one_opens_for_what_is_gone_and_not_again_for_what_was_known() -> None:
    gone = Seen({"core": Gone(at(0), "engine", "set")}, {})
    (loss,) = opens(gone, known=())
    assert (loss.role, loss.since, loss.source, loss.set) == ("core", at(0), "engine", "set")
    assert opens(gone, known=("core",)) == []
    more = Seen({"core": Gone(), "register": Gone()}, {})
    assert [one.role for one in opens(more, known=("core",))] == ["core", "register"]
    assert opens(Seen({}, {"core": ""}), known=()) == []


def test_what_is_new_in_the_open_one_is_written_once() -> None:
    gone = Seen({"core": Gone()}, {"register": at(5)})
    assert news(gone, open_now=True, down={"core"}, was_lost={"core"}) == []
    (again,) = news(gone, open_now=True, down=(), was_lost={"core"})
    assert isinstance(again, Lost)
    assert again.again
    (back,) = news(gone, open_now=False, down={"core", "register"}, was_lost={"core"})
    assert back == Serving(role="register", since=at(5))


def left(*down: str, since: float | None = None, gone: Sequence[str] = ()) -> list[SeenContainer]:
    """What the engine says at a run's end: all runs but these, some of which are not there."""
    told = at(since) if since is not None else ""
    return [
        SeenContainer(
            name=one,
            service=one,
            state="exited" if one in down else "running",
            since=told if one in down else "",
        )
        for one in HERE
        if one not in gone
    ]


STOPS = [(62, "nginx"), (63, "core"), (64, "register")]
STARTS = [(80, "register"), (81, "core"), (82, "nginx")]


def down_spans(*runs: RunFacts) -> dict[str, list[tuple[str, str]]]:
    times = reckon(incident(opened(30)), runs, at(400))
    return {
        role: [(span.start, span.end) for span in one.spans] for role, one in times.down.items()
    }


@pytest.mark.parametrize("kind", ["backup", "undo", "recover"])
def test_what_was_settled_and_does_not_run_at_the_end_is_down(kind: str) -> None:
    def one(ends: Sequence[SeenContainer] | None) -> dict[str, list[tuple[str, str]]]:
        return down_spans(run(kind, 60, ends=90, stops=STOPS, starts=STARTS, left=ends))

    whole = {"core": [(at(62), at(82))], "register": [(at(62), at(82))]}
    assert one(None) == one(left()) == whole
    # It was settled since nobody starts it again.
    never = one(left("core"))
    assert never == {"core": [(at(62), "")], "register": [(at(62), at(82))]}
    assert one(left(gone=["core"])) == never, "it does not exist any more"
    # It ran in between: somebody stopped it, or it fell.
    assert one(left("core", since=85))["core"] == [(at(62), at(82)), (at(85), "")]
    # Another machine's clock tells nothing of when.
    assert one(left("core", since=5000)) == never


def test_what_was_never_settled_and_runs_at_the_end_serves() -> None:
    half = run("undo", 60, ends=90, outcome="failed", stops=STOPS, starts=STARTS[:2], left=left())
    assert down_spans(half) == {"core": [(at(62), at(90))], "register": [(at(62), at(90))]}


@pytest.mark.parametrize("ends", [left("core"), left(gone=["core"])])
def test_a_restore_that_came_to_its_end_serves_only_where_all_that_is_needed_runs(
    ends: Sequence[SeenContainer],
) -> None:
    def times(told: Sequence[SeenContainer]) -> Times:
        done = run("restore", 60, ends=90, serves=85, outcome="warnings", left=told)
        return reckon(incident(opened(30), lost(30, since=0)), (done,), at(400))

    assert times(left()).serving == at(85)
    assert times(left("config_follower")).serving == at(85), "nobody needs that one"
    down = times(ends)
    assert down.serving == "" and down.down["core"].since == at(0), "its data alone is back"
