"""What InfluxDB's client answers to several questions at once, as the real one does (1.6.7)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.audit.live_stores import points_since
from tests.hosts.machines import machine
from tests.operations.kit import TellingEngine

POLICY = {"series": [{"columns": ["name", "duration", "default"], "values": [["a", "0s", True]]}]}


def measured(name: str, *counts: int) -> dict[str, Any]:
    columns = ["time", *(f"count_{at}" for at in range(len(counts)))]
    return {"series": [{"name": name, "columns": columns, "values": [[0, *counts]]}]}


def told(*results: dict[str, Any]) -> dict[str, int]:
    def answer(argv: Sequence[str]) -> tuple[int, str, str]:
        assert argv[2].count("SELECT COUNT") == argv[2].count("SHOW RETENTION POLICIES") == 2
        return 0, json.dumps({"results": results}), ""

    engine = TellingEngine(machine("single-node"), answer)
    names = ["user.a", "user.b"]
    return dict(points_since(engine, "pryvio_influxdb", names, 0, lambda: False))  # type: ignore[arg-type]


def test_points_of_several_measurements_are_those_of_their_database() -> None:
    """An item a measurement, of which nothing says to which question it is the answer."""
    several = (measured("event.1", 2), measured("event.2", 3, 4), POLICY)
    assert told(*several, {}, POLICY) == {"user.a": 6, "user.b": 0}
    assert told({}, POLICY, *several) == {"user.a": 0, "user.b": 6}
    together = {"series": [one["series"][0] for one in several[:2]]}
    assert told(together, POLICY, measured("event.3", 1), POLICY) == {"user.a": 6, "user.b": 1}


@pytest.mark.parametrize(
    ("results", "why"),
    [
        ((measured("event.1", 2), POLICY), "1 answer"),
        ((measured("event.1", 2), measured("event.2", 2)), "0 answers to 2 questions"),
        (({"error": "timeout"}, POLICY, {}, POLICY), "timeout"),
    ],
)
def test_an_answer_that_is_missing_makes_no_number(
    results: tuple[dict[str, Any], ...], why: str
) -> None:
    with pytest.raises(PryvTuiError, match=why):
        told(*results)
