"""The times of an incident, by a script's own clock; and that no clock that is wrong breaks it."""

from __future__ import annotations

import msgspec
import pytest

from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.hosts.engine import Container
from pryv_tui.incidents.events import Audited, Closed, Lost, Noted, Opened, Serving
from pryv_tui.incidents.gathering import belongs
from pryv_tui.incidents.opening import Gone, Seen, news, opens
from pryv_tui.incidents.parts import serves_since
from pryv_tui.incidents.reckoning import Times, reckon
from pryv_tui.sanitize import OneLine
from tests.incidents.scripted import at, incident, known, lost, opened, run


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


@pytest.mark.parametrize(
    ("kind", "asked", "started", "decided"),
    [
        ("restore", 55, 60, 55),
        ("undo", 55, 60, 55),
        ("recover", 55, None, 55),
        # A clock that went back: no run is noted as asked for before those that are known.
        ("restore", 90, 60, 60),
        # A backup decides nothing, and a note does where it is earlier.
        ("backup", 55, 60, None),
        ("restore", 80, 90, 70),
    ],
)
def test_what_is_decided_is_so_when_a_person_confirms_it_and_not_when_it_begins(
    kind: str, asked: float, started: float | None, decided: float | None
) -> None:
    begun = run(kind, 60, ends=120, serves=110)
    begun = msgspec.structs.replace(
        begun, asked=at(asked), started=at(started) if started is not None else ""
    )
    said = [Noted(time=at(70), text="restore it", decision=True)] if decided == 70 else []
    one = incident(opened(30), lost(30, since=0), *said)
    told = reckon(one, (begun,), at(400)).decided
    assert told == (at(decided) if decided is not None else "")


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
    (loss,) = opens(gone, open_now=False, known=())
    assert (loss.role, loss.since, loss.source, loss.set) == ("core", at(0), "engine", "set")
    assert opens(gone, open_now=False, known=("core",)) == []
    more = Seen({"core": Gone(), "register": Gone()}, {})
    found = opens(more, open_now=False, known=("core",))
    assert [one.role for one in found] == ["core", "register"]
    assert opens(more, open_now=True, known=("core",)) == []
    assert opens(Seen({}, {"core": ""}), open_now=False, known=()) == []


def test_what_is_new_in_the_open_one_is_written_once() -> None:
    gone = Seen({"core": Gone()}, {"register": at(5)})
    assert news(gone, open_now=True, down={"core"}, lost={"core"}, was_lost={"core"}) == []
    (again,) = news(gone, open_now=True, down=(), lost=(), was_lost={"core"})
    assert isinstance(again, Lost)
    assert again.again
    (back,) = news(
        gone, open_now=False, down={"core", "register"}, lost={"core"}, was_lost={"core"}
    )
    assert back == Serving(role="register", since=at(5))
