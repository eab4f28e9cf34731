"""Containers that are called otherwise than when a run wrote them down: the same ones, as they are
called now."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pryv_tui.hosts.deployment import HostState
from pryv_tui.hosts.discovery import discover
from pryv_tui.operations.services.standing import standing
from tests.hosts.machines import StillHost, machine

ROOT = "/var/pryv"
LEFT_OVER = "0123456789ab_pryvio_core"


def renamed(**names: str) -> HostState:
    """A stopped machine, some of its services' containers renamed."""
    containers = [
        msgspec.structs.replace(
            c, name=names.get(c.name.removeprefix("pryvio_"), c.name), state="exited"
        )
        for c in machine("single-node", root=ROOT)
    ]
    return discover([StillHost("single", containers, root=Path(ROOT))]).hosts[0]


@pytest.mark.parametrize(
    ("then", "now", "service"),
    [
        ("pryvio_core", LEFT_OVER, "core"),
        (LEFT_OVER, "pryvio_core", "core"),
        ("pryvio_mongodb", "mongo-prod", "mongodb"),
        ("fedcba987654_0123456789ab_pryvio_redis", "pryvio_redis", "redis"),
    ],
)
def test_what_ran_before_is_started_again_by_its_name_of_now(
    then: str, now: str, service: str
) -> None:
    state = renamed(**{service: now})
    found = standing(state, [then], unwell={then: "it restarted again and again"})
    assert (found.running, found.others) == ((now,), ())
    assert found.service(now) == service
    assert found.unwell == {now: "it restarted again and again"}


def test_one_that_is_nowhere_any_more_keeps_the_name_that_it_had() -> None:
    found = standing(renamed(), ["pryvio_core", "exporter"])
    assert (found.running, found.others) == (("pryvio_core",), ("exporter",))


def test_databases_are_stopped_last_whatever_they_are_called() -> None:
    state = renamed(mongodb="aa-first-by-its-name", core="zz-last-by-its-name")
    found = standing(state, ["pryvio_mongodb", "pryvio_core"])
    assert found.running == ("zz-last-by-its-name", "aa-first-by-its-name")
