"""Which containers did not do their work before a run touched them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from pryv_tui.operations.services.wellbeing import unwell, unwell_among
from tests.hosts.machines import machine

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "facts"),
    [
        ("", {"state": "running"}),
        ("keeps restarting", {"state": "restarting", "restarts": 900}),
        ("(7 times)", {"state": "running", "restarts": 7, "since": "2026-01-01T11:59:59Z"}),
        ("(7 times)", {"state": "running", "restarts": 7, "since": "2026-01-01T12:59:59+01:00"}),
        ("", {"state": "running", "restarts": 7, "since": "2026-01-01T11:00:00Z"}),
        ("", {"state": "running", "restarts": 7, "since": "0001-01-01T00:00:00Z"}),
        ("", {"state": "running", "restarts": 7, "since": "no time"}),
        ("exit code 1", {"state": "exited", "exit_code": 1}),
        ("exit code 139", {"state": "dead", "exit_code": 139}),
        ("", {"state": "exited", "exit_code": 143}),
        ("", {"state": "exited", "exit_code": None}),
        ("", {"state": "created", "exit_code": 0}),
        ("", {"state": "paused", "restarts": 3, "since": "2026-01-01T11:59:59Z"}),
    ],
)
def test_one_that_is_broken_is_told_from_one_that_was_stopped(
    words: str, facts: dict[str, Any]
) -> None:
    one = msgspec.structs.replace(machine("core")[0], **facts)
    found = unwell(one, beside_others=True, at=NOW)
    assert words in found if words else found == ""


def test_on_a_machine_where_nothing_runs_nothing_is_broken() -> None:
    """Who was shut down with its machine ended with whatever code it had."""
    ended = [
        msgspec.structs.replace(each, state="exited", exit_code=255) for each in machine("core")
    ]
    assert unwell_among(ended) == {}
    ended[0] = msgspec.structs.replace(ended[0], state="running", exit_code=None)
    assert set(unwell_among(ended)) == {each.name for each in ended[1:]}
