"""A role that counts as serving since a person has accepted what it lacks: since when, by whom."""

from __future__ import annotations

from pryv_tui.incidents.events import AnyEvent, Noted, Serving, Stopped
from pryv_tui.incidents.opening import with_accepted
from pryv_tui.operations.acceptance import Acceptance
from pryv_tui.who import Who

SAID = Acceptance(
    time="2026-03-04T10:00:00Z",
    event="accepted",
    key="gone/core/core",
    text="core: the data of mongodb is gone (pryv/mongodb/data, the data of mongodb, is empty).",
    why="begun anew",
    by="anna",
    who=Who(user="anna", how="login"),
)
OTHERS: list[AnyEvent] = [
    Serving(role="register", since="2026-03-04T09:00:00Z"),
    Stopped(role="core"),
]


def since(events: list[AnyEvent]) -> str:
    (one,) = [one.since for one in events if isinstance(one, Serving) and one.role == "core"]
    return one


def test_it_is_a_decision_of_the_one_who_accepted_it_in_the_incident_that_is_open() -> None:
    fresh = [*OTHERS, Serving(role="core", since="2026-03-04T08:00:00Z")]
    found = with_accepted(fresh, {"core": SAID}, open_now=True)
    assert found[:2] == OTHERS
    (note,) = [one for one in found if isinstance(one, Noted)]
    assert note.decision and note.by == SAID.who and "begun anew" in note.text
    assert "the data of mongodb is gone" in note.text and "accepted by anna" in note.text
    # Its containers ran all the time; it counts as serving from that word on.
    assert since(found) == "2026-03-04T10:00:00.000Z"


def test_of_one_that_is_closed_only_the_time_is_told() -> None:
    found = with_accepted([Serving(role="core")], {"core": SAID}, open_now=False)
    assert [type(one) for one in found] == [Serving]
    assert since(found) == "2026-03-04T10:00:00.000Z"


def test_what_began_to_run_later_serves_since_then_and_what_nobody_accepted_is_as_it_was() -> None:
    later = [Serving(role="core", since="2026-03-04T11:00:00Z")]
    found = with_accepted(later, {"core": SAID}, open_now=False)
    assert since(found) == "2026-03-04T11:00:00Z"
    assert with_accepted([*OTHERS, *later], {}, open_now=True) == [*OTHERS, *later]
