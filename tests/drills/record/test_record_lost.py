"""What would have been lost, as a record tells it: of idle stores, and of a set that was made while
the drill waited; and what is said of why it was that set."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from pryv_tui.drills.model import Record
from pryv_tui.drills.noting.accounts import held_until
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
    assert "the set was made after the drill was asked for" in lost_of(record)


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
    assert "Reckoned" not in lost_of(record)


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
    monkeypatch.setattr(closing, "held_until", lambda _: dict.fromkeys(stores, at(-HOUR)))
    events = run_events([*(one for one in facts() if not isinstance(one[1], Newest)), *told])
    record = close_drill(hold(tmp_path, events=events), RUN).record
    assert {one.seconds for one in record.objectives.stores} == {HOUR}
    assert {one.newest for one in record.objectives.stores} == {at(-40 * DAY)}
    assert (record.objectives.rpo.met, record.objectives.rpo.seconds) == (True, HOUR)
    text = lost_of(record)
    assert text.count("; the set has it as of ") == len(stores)
    assert text.count("its newest record is of ") == len(stores)


@pytest.mark.parametrize("state", ["failed", "could not verify"])
def test_where_a_check_did_not_pass_its_newest_record_judges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: CheckState
) -> None:
    """What came back may lack what the set has, or the set what it says."""
    bad = Check(name="events", about="core", state=state, why="x")
    told = [(400.0, Newest(store="mongodb", moment=at(-3 * DAY)))]
    monkeypatch.setattr(closing, "held_until", lambda _: {"mongodb": at(-HOUR)})
    of = [one for one in facts([*checks(), bad]) if not isinstance(one[1], Newest)]
    record = close_drill(hold(tmp_path, events=run_events([*of, *told])), RUN).record
    assert [one.held_until for one in record.objectives.stores] == [""]
    assert record.objectives.rpo.met is False


def test_an_old_set_misses_the_target_and_a_younger_record_or_a_later_moment_counts() -> None:
    one = [Newest(store="redis", moment=at(-40 * DAY))]
    old = recovery_point(gone(at(0), one, {"redis": at(-2 * DAY)}), DAY)
    assert (old.met, old.seconds) == (False, 2 * DAY)
    (younger,) = gone(at(0), [Newest(store="redis", moment=at(-5))], {"redis": at(-HOUR)})
    assert (younger.seconds, younger.held_until) == (5.0, "")
    # A moment after the declaration tells of no time that was lost.
    (later,) = gone(at(0), one, {"redis": at(5)})
    assert (later.seconds, later.held_until) == (40 * DAY, "")


def test_up_to_when_a_set_holds_a_store_is_when_it_began_to_be_taken() -> None:
    def moment(what: str, began: float) -> Moment:
        return Moment(what=what, host="core", started=at(began), finished=at(began + 60))

    taken = (moment("mongodb", -500), moment("influxdb", -400), moment("files", -300))
    core = part("core", "core", stores={"mongodb": {}, "sqlite": {}})
    made = manifest_of(core, moments=taken)

    def held(of: SetManifest) -> dict[str, str]:
        return held_until(set_of(of))

    assert held(made) == {"mongodb": at(-500), "sqlite": at(-300), "attachments": at(-500)}
    # Of one of which no moment is known, or that was taken by hand, nobody saw it.
    assert held(msgspec.structs.replace(made, moments=())) == {}
    by_hand = Adopted(folder="/x", when=at(0))
    assert held(msgspec.structs.replace(made, adopted=by_hand)) == {}
    assert held_until(None) == {}
