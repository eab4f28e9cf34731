"""A drill that stands still: in its third decision, after a hint and a look."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from pryv_tui.drills.model import Measured, Objectives, Outcome, Record, SetOnRecord, When
from pryv_tui.drills.playing.page import Page
from pryv_tui.drills.scenarios.library import SHIPPED, read, shelf
from pryv_tui.drills.signing.checking import Signatures
from pryv_tui.drills.story.state import state_of
from pryv_tui.drills.story.turns import choose, hint, not_executed
from pryv_tui.drills.waiting import Known
from pryv_tui.incidents.events import Acted, AnyEvent
from pryv_tui.incidents.incident import Incident
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.tui.screens.drills.choose import Found

SAID = [
    "core: no role; 0 of 0 containers running",
    "register: register; 8 of 8 containers running",
    "FAILED: Core is gone: in the last backup, but not found here.",
]


class StillDrill:
    """As a played drill is, of which nothing is done."""

    has_a_platform = True
    id = "20260115T120000Z-drill-0a1b"

    @contextlib.contextmanager
    def acting(self) -> Iterator[None]:
        yield

    def settle(self, _tell: object = None) -> Page:
        return self.page()

    def page(self) -> Page:
        scenario = read(SHIPPED / "core-lost.toml")
        events: list[AnyEvent] = []

        def settle() -> None:
            while (state := state_of(scenario, events)).pending:
                effect = state.pending[0]
                events.extend(
                    [Acted(what="status", outcome="done", said=SAID)]
                    if effect.by == "you"
                    else not_executed(effect)
                )

        settle()
        events += choose(scenario, state_of(scenario, events), "declare")
        events += hint(scenario, state_of(scenario, events))
        events += choose(scenario, state_of(scenario, events), "status")
        settle()
        events += hint(scenario, state_of(scenario, events))
        return Page(
            "20260115T115730Z-drill-0001",
            scenario,
            state_of(scenario, events),
            tuple(events),
            "2026-01-15T11:57:30.000Z",
            {"night": "20260115T020000Z"},
            "2026-01-15T11:59:00.000Z",
            1,
            False,
        )


def look(_settings: Settings) -> Found:
    """The scenarios that are shipped; none is open. Two drills were held."""
    return Found(shelf(), None, HELD)


def _held(day: str, outcome: Outcome, *why: str, signed: bool) -> Known:
    name = f"202601{day}T020000Z-drill-0001"
    when = f"2026-01-{day}T02:00:00.000Z"
    return Known(
        Incident(id=name, folder=f"/var/lib/pryv-tui/drills/{name}", opened=when),
        Record(
            id=name,
            outcome=outcome,
            outcome_why=why,
            when=When(declared=when),
            set=SetOnRecord(id=f"202601{day}T010000Z"),
            objectives=Objectives(rto=Measured(seconds=421.0 if not why else None)),
        ),
        Signatures(signed=signed),
    )


HELD = (
    _held("12", "failed", "content, redis: 3 users, the set says 4", signed=False),
    _held("05", "passed", signed=True),
)


def begin(*_given: Any, **_more: Any) -> StillDrill:
    return StillDrill()
