"""What a restore says of what was newer than its set: never "nothing" of what was not compared."""

from __future__ import annotations

from typing import Any

import pytest

from pryv_tui.operations.comparing.amounts import counted
from pryv_tui.operations.comparing.model import Newer
from pryv_tui.operations.comparing.newer_words import newer_words
from pryv_tui.operations.facts import NewerFound
from pryv_tui.operations.steps.bringing_back.ask_newer import at_least
from pryv_tui.runs.record.events import RunFinished
from pryv_tui.runs.record.report import report

AT = "2026-11-29T09:11:51.000Z"


def found(what: str, number: int | None, **more: Any) -> NewerFound:
    return NewerFound(host="one", role="core", what=what, number=number, since=AT, **more)


NONE = [found(what, 0) for what in ("accounts", "events", "attachments", "points")]


def test_nothing_was_newer_only_where_all_was_compared() -> None:
    (told,) = newer_words(NONE, ["/aside"])
    assert "nothing was newer" in told
    assert "points of core on one" in told
    assert newer_words([]) == []


@pytest.mark.parametrize(
    "one",
    [
        found("points", None, why="InfluxDB is down"),
        found("points", None),
        found("points", 0, why="3 of 9 databases were asked"),
        found("points", 4),
    ],
)
def test_a_store_that_was_not_compared_or_has_more_is_not_nothing(one: NewerFound) -> None:
    told = "\n".join(newer_words([*NONE[:3], one]))
    assert "nothing" not in told
    assert "core on one: " in told
    assert one.why in told
    assert ("not known" in told) == (not one.number)


def test_what_is_newer_has_its_number_its_names_since_when_and_how_it_is_looked_at() -> None:
    names = ["anna", "bela"]
    end = RunFinished(
        outcome="complete",
        exit=0,
        newer=[found("accounts", 2, names=names), found("events", 1, why="it was cut off"),
               *(found(what, None, why="core was gone") for what in ("attachments", "points"))],
        asides=["/var/pryv/.pryv-tui/aside/RUN it"],
    )  # fmt: skip
    told = report(None, end)
    assert "core on one: 2 accounts: anna, bela, since 2026-11-29 09:11:51 UTC" in told
    assert "core on one: at least 1 event, since" in told
    assert "core on one: attachments, points: not known (core was gone)" in told
    assert "find '/var/pryv/.pryv-tui/aside/RUN it' -type f -newermt '2026-11-29 09:11:51" in told


def test_more_than_the_set_holds_is_newer_whatever_its_time_says() -> None:
    def events(by_time: int, now: int, saved: int) -> int | None:
        one = Newer(
            host="one", role="core", what="events", since=AT, amount=counted(by_time),
            now=counted(now), in_set=counted(saved),
        )  # fmt: skip
        return at_least(one).number

    assert events(0, 12, 10) == 2
    assert events(5, 12, 10) == 5
    assert events(1, 8, 10) == 1
