"""What would have been lost, as a record tells it: of idle stores, and of a set that was made while
the drill waited; and what is said of why it was that set."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from pryv_tui.drills.model import Record
from pryv_tui.drills.noting.accounts import held_until, stores_in
from pryv_tui.drills.record import closing
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.report.page import page
from pryv_tui.drills.signing.checking import Signatures
from pryv_tui.drills.times import gone, recovery_point
from pryv_tui.operations.drilling.facts import Check, CheckState, Newest, Phase, Sandbox
from pryv_tui.operations.kinds.drill import Drill
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.steps.drilling.room import WAITS
from pryv_tui.platform.gap import Moment
from pryv_tui.runs.record.events import AnyEvent, RunPlanned, RunStarted
from pryv_tui.vault.manifest import Adopted, SetManifest
from tests.drills.held import RUN, at, checks, facts, hold, run_events
from tests.operations.kit import manifest_of, part, set_of

HOUR = 3600.0
DAY = 24 * HOUR
OLD, NEW = "20260301T030000Z", "20260302T050000Z"


def request(settings: Settings, set_id: str = OLD) -> None:
    """As a timer asks for it: of the newest set, and it waits."""
    asked = Drill(settings=settings, run=RUN, asked=at(-2), set_id=set_id, latest=True, wait=7200.0)
    place = Path(settings.state) / "runs" / RUN / "request.json"
    place.write_bytes(msgspec.json.encode(asked))
    # A young one without a worker is taken to be starting.
    os.utime(place, (0, 0))


def waited(*newest: Newest, planned: bool, ran: str = NEW) -> list[AnyEvent]:
    """A run that waited for a backup; by a version that plans anew after that, or by an earlier."""
    told = [one for one in facts() if not isinstance(one[1], Newest | Sandbox)]
    told.append((0.5, Phase(name=WAITS, began=at(0), ended=at(30), of="sandbox")))
    told += [(401.0, one) for one in newest]
    events = run_events(told)
    first = next(one for one in events if isinstance(one, RunStarted))
    tree = msgspec.structs.asdict(first) | {"time": at(30), "set": ran}
    events.remove(first)
    begun: list[AnyEvent] = [msgspec.structs.replace(first, set="" if planned else ran)]
    if planned:
        begun.append(RunPlanned(**tree))
    return sorted([*begun, *events], key=lambda one: one.time)


def lost_of(record: Record) -> str:
    told = page(record, Signatures(signed=False))
    lines = [one.lines for one in told.sections if one.heading == "What would have been lost"]
    return "\n".join(*lines)


def test_of_a_set_that_was_made_while_it_waited_the_loss_is_reckoned_to_the_end_of_the_wait(
    tmp_path: Path,
) -> None:
    settings = hold(tmp_path, events=waited(Newest(store="mongodb", moment=at(20)), planned=True))
    request(settings)
    record = close_drill(settings, RUN).record
    (store,) = record.objectives.stores
    assert (store.seconds, store.why) == (10.0, "")
    assert record.objectives.rpo.met is True
    assert record.objectives.lost_from == at(30)
    assert f"{at(30)[11:16]}" in lost_of(record) and "clock" not in lost_of(record)
    assert "the set was made after the drill was requested" in lost_of(record)


def test_a_record_of_after_the_wait_is_still_of_a_wrong_clock(tmp_path: Path) -> None:
    settings = hold(tmp_path, events=waited(Newest(store="mongodb", moment=at(40)), planned=True))
    request(settings)
    (store,) = close_drill(settings, RUN).record.objectives.stores
    assert store.seconds is None and "a clock is wrong" in store.why


def test_of_the_set_of_before_the_wait_it_is_reckoned_to_the_declaration(tmp_path: Path) -> None:
    newest = Newest(store="mongodb", moment=at(-100))
    settings = hold(tmp_path, events=waited(newest, planned=True, ran=OLD))
    request(settings)
    record = close_drill(settings, RUN).record
    (store,) = record.objectives.stores
    assert (store.seconds, record.objectives.lost_from) == (98.0, "")
    assert "was requested" not in lost_of(record)


@pytest.mark.parametrize(("planned", "chosen"), [(False, ""), (True, "newest")])
def test_that_it_was_the_newest_is_said_only_where_that_was_looked_for_after_the_wait(
    tmp_path: Path, planned: bool, chosen: str
) -> None:
    settings = hold(tmp_path, events=waited(planned=planned, ran=OLD))
    request(settings)
    found = close_drill(settings, RUN).record.set
    assert (found.id, found.chosen, found.newest_when_asked) == (OLD, chosen, "")


def test_one_that_did_not_wait_was_of_the_newest(tmp_path: Path) -> None:
    settings = hold(tmp_path)
    request(settings)
    assert close_drill(settings, RUN).record.set.chosen == "newest"


def test_an_old_record_in_a_young_set_is_idle_and_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores = ("redis", "attachments", "sqlite", "influxdb")
    told = [(400.0, Newest(store=one, moment=at(-40 * DAY))) for one in stores]
    monkeypatch.setattr(closing, "held_until", lambda _: {("h", one): at(-HOUR) for one in stores})
    events = run_events([*(one for one in facts() if not isinstance(one[1], Newest)), *told])
    record = close_drill(hold(tmp_path, events=events), RUN).record
    assert {one.seconds for one in record.objectives.stores} == {HOUR}
    assert {one.newest for one in record.objectives.stores} == {at(-40 * DAY)}
    assert (record.objectives.rpo.met, record.objectives.rpo.seconds) == (True, HOUR)
    text = lost_of(record)
    assert text.count("; the set has its data until ") == len(stores)
    assert text.count("its newest record is of ") == len(stores)


@pytest.mark.parametrize("state", ["failed", "could not verify"])
def test_where_a_check_did_not_pass_its_newest_record_judges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: CheckState
) -> None:
    """What came back may lack what the set has, or the set what it says."""
    bad = Check(name="events", about="core", state=state, why="x")
    told = [(400.0, Newest(store="mongodb", moment=at(-3 * DAY)))]
    monkeypatch.setattr(closing, "held_until", lambda _: {("h", "mongodb"): at(-HOUR)})
    of = [one for one in facts([*checks(), bad]) if not isinstance(one[1], Newest)]
    record = close_drill(hold(tmp_path, events=run_events([*of, *told])), RUN).record
    assert [one.held_until for one in record.objectives.stores] == [""]
    assert record.objectives.rpo.met is False


def test_of_a_store_on_several_machines_the_worst_judges_and_each_is_told(tmp_path: Path) -> None:
    """Whichever of them was told last."""
    told = [
        (400.0, Newest(store="mongodb", host="co1", moment=at(-3 * DAY))),
        (401.0, Newest(store="mongodb", host="co2", moment=at(-HOUR))),
        (401.0, Newest(store="redis", host="reg", moment=at(-HOUR))),
        # Asked again, as a step that goes on is: the last word of that machine counts.
        (402.0, Newest(store="redis", host="reg", moment=at(-60))),
    ]
    for number, facts_told in enumerate((told, [told[1], told[0], *told[2:]])):
        of = [one for one in facts() if not isinstance(one[1], Newest)]
        events = run_events([*of, *facts_told])
        record = close_drill(hold(tmp_path / str(number), events=events), RUN).record
        objectives = record.objectives
        assert {(one.host, one.store): one.seconds for one in objectives.stores} == {
            ("co1", "mongodb"): 3 * DAY,
            ("co2", "mongodb"): HOUR,
            ("reg", "redis"): 60.0,
        }
        assert (objectives.rpo.met, objectives.rpo.seconds) == (False, 3 * DAY)
        assert objectives.rpo.why == "mongodb of co1 is beyond the target"
        text = lost_of(record)
        assert "mongodb of co1: at most 3 days" in text and "mongodb of co2: at most 1 h" in text
        assert "redis: at most 1 min" in text


def test_a_store_of_one_machine_that_is_not_known_is_not_hidden_by_another_machines(
    tmp_path: Path,
) -> None:
    told = [
        (400.0, Newest(store="mongodb", host="co1", moment="", why="it did not answer")),
        (401.0, Newest(store="mongodb", host="co2", moment=at(-HOUR))),
    ]
    of = [one for one in facts() if not isinstance(one[1], Newest)]
    record = close_drill(hold(tmp_path, events=run_events([*of, *told])), RUN).record
    assert (record.objectives.rpo.met, record.objectives.rpo.seconds) == (None, None)
    assert record.objectives.rpo.why == "the newest record of mongodb of co1 is not known"


def test_what_a_drill_did_not_come_to_is_not_known_beside_what_it_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = frozenset({("co1", "mongodb"), ("co2", "mongodb"), ("reg", "redis")})
    monkeypatch.setattr(closing, "stores_in", lambda _: there)
    told = [(400.0, Newest(store="mongodb", host="co1", moment=at(-HOUR)))]
    of = [one for one in facts() if not isinstance(one[1], Newest)]
    record = close_drill(hold(tmp_path / "a", events=run_events([*of, *told])), RUN).record
    assert (record.objectives.rpo.met, record.objectives.rpo.seconds) == (None, None)
    assert record.objectives.rpo.why == ("the newest record of mongodb of co2, redis is not known")
    # Of one that told none, and of an older journal, no list is made up.
    none = close_drill(hold(tmp_path / "b", events=run_events(of)), RUN).record
    assert none.objectives.stores == ()
    older = [(400.0, Newest(store="mongodb", moment=at(-HOUR)))]
    old = close_drill(hold(tmp_path / "c", events=run_events([*of, *older])), RUN).record
    assert [one.store for one in old.objectives.stores] == ["mongodb"]


def test_which_stores_of_a_set_tell_a_newest_record() -> None:
    core = part("core", "core", stores={"mongodb": {}, "influxdb": {}, "sqlite": {}})
    made = set_of(manifest_of(core, part("reg", "register", stores={"redis": {}})))
    assert stores_in(made) == {
        ("core", "mongodb"),
        ("core", "influxdb"),
        ("core", "sqlite"),
        ("reg", "redis"),
    }
    assert stores_in(None) == frozenset()


def test_a_set_holds_each_machines_store_up_to_a_moment_of_its_own() -> None:
    idle = [Newest(store="redis", host=host, moment=at(-40 * DAY)) for host in ("a", "b", "c")]
    held = {("a", "redis"): at(-HOUR), ("b", "redis"): at(-2 * DAY)}
    found = {one.host: one.seconds for one in gone(at(0), idle, held)}
    assert found == {"a": HOUR, "b": 2 * DAY, "c": 40 * DAY}
    # An older journal does not tell which machine's it was: none may look better than it is.
    (unnamed,) = gone(at(0), [Newest(store="redis", moment=at(-40 * DAY))], held)
    assert unnamed.seconds == 2 * DAY


def test_an_old_set_misses_the_target_and_a_younger_record_or_a_later_moment_counts() -> None:
    one = [Newest(store="redis", moment=at(-40 * DAY))]
    old = recovery_point(gone(at(0), one, {("h", "redis"): at(-2 * DAY)}), DAY)
    assert (old.met, old.seconds) == (False, 2 * DAY)
    held = {("h", "redis"): at(-HOUR)}
    (younger,) = gone(at(0), [Newest(store="redis", moment=at(-5))], held)
    assert (younger.seconds, younger.held_until) == (5.0, "")
    # A moment after the declaration tells of no time that was lost.
    (later,) = gone(at(0), one, {("h", "redis"): at(5)})
    assert (later.seconds, later.held_until) == (40 * DAY, "")


def test_up_to_when_a_set_holds_a_store_is_when_it_began_to_be_taken() -> None:
    def moment(what: str, began: float) -> Moment:
        return Moment(what=what, host="core", started=at(began), finished=at(began + 60))

    taken = (moment("mongodb", -500), moment("influxdb", -400), moment("files", -300))
    core = part("core", "core", stores={"mongodb": {}, "sqlite": {}})
    made = manifest_of(core, moments=taken)

    def held(of: SetManifest) -> dict[tuple[str, str], str]:
        return held_until(set_of(of))

    assert held(made) == {
        ("core", "mongodb"): at(-500),
        ("core", "sqlite"): at(-300),
        ("core", "attachments"): at(-500),
    }
    # Of a second machine of the set its own moments count, or none.
    other = msgspec.structs.replace(core, name="co2")
    two = msgspec.structs.replace(made, hosts=(*made.hosts, other))
    assert {host for host, _store in held(two)} == {"core"}
    late = msgspec.structs.replace(taken[0], host="co2", started=at(-90))
    both = msgspec.structs.replace(two, moments=(*taken, late))
    assert (held(both)["core", "mongodb"], held(both)["co2", "mongodb"]) == (at(-500), at(-90))
    # Of one of which no moment is known, or that was taken by hand, nobody saw it.
    assert held(msgspec.structs.replace(made, moments=())) == {}
    by_hand = Adopted(folder="/x", when=at(0))
    assert held(msgspec.structs.replace(made, adopted=by_hand)) == {}
    assert held_until(None) == {}
