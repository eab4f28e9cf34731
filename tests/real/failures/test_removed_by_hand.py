"""Somebody removes a container of a drill's sandbox, or its network, by hand while it is at work
(`docker rm -f`, `docker network rm`): it is told, the rest goes, and the platform is as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.drills.record.closing import close_drill
from pryv_tui.hosts.sandbox.labels import DRILL, PREFIX
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.runs.record.events import AnyEvent, DrillChecked, RunFinished, StepStarted
from tests.journeys.performing import perform
from tests.real.operator import Operator
from tests.real.testbed.platform import RealPlatform

pytestmark = pytest.mark.engine

RUN = "20260101T000002Z-drill-0001"


@pytest.fixture
def cleared(small: RealPlatform) -> Iterator[RealPlatform]:
    """Whatever a test finds, no drill is left on an engine that others use after it."""
    yield small
    (machine,) = small.machines
    for one in machine.engine.client.containers.list(all=True, filters={"label": DRILL}):
        one.remove(force=True, v=True)
    for net in machine.engine.client.networks.list(filters={"label": DRILL}):
        net.remove()


def around(client: Any) -> list[Any]:
    """Containers with their starts, networks and volumes: a drill's would be among them."""
    every = client.containers.list(all=True)
    found: list[Any] = [(one.name, one.id, one.attrs["State"]["StartedAt"]) for one in every]
    found += [(one.name, one.id) for one in client.networks.list()]
    return sorted(found + [(one.name,) for one in client.volumes.list()])


def a_database(client: Any) -> str:
    (found,) = (
        one for one in client.containers.list(filters={"label": DRILL}) if "mongodb" in one.name
    )
    found.remove(force=True)
    return str(found.name)


def the_network(client: Any) -> str:
    (found,) = client.networks.list(names=[PREFIX], filters={"label": DRILL})
    for one in client.containers.list(filters={"label": DRILL}):
        if found.name in one.attrs["NetworkSettings"]["Networks"]:
            found.disconnect(one, force=True)
    found.remove()
    return str(found.name)


REMOVALS: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("data", "mongodb-restore", a_database),
    ("data", "check-sandbox", a_database),
    ("services", "bring-up", the_network),
)
"""How deep the drill is, as which step begins, and what is removed then."""


def test_what_is_removed_by_hand_is_told_and_the_rest_collected(
    cleared: RealPlatform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one set, in one drill after the other: each has to leave the platform as it was."""
    operator = Operator(cleared, tmp_path)
    assert operator.backup().exit == 0
    cleared.settle()
    before = cleared.contents()
    for number, (depth, at, remove) in enumerate(REMOVALS):
        run = RUN.replace("02Z", f"0{2 + number}Z")
        try:
            drilled_without(operator, before, run, depth, at, remove, monkeypatch)
        except Exception as error:
            error.add_note(f"{depth}, {at}: {remove.__name__}")
            raise


def drilled_without(
    operator: Operator,
    before: dict[str, Any],
    run: str,
    depth: str,
    at: str,
    remove: Callable[[Any], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A drill from which something is removed as that step begins.

    Args:
        before: what the platform holds.
    """
    platform, folder = operator.platform, operator.vault.parent
    (machine,) = platform.machines
    client = machine.engine.client
    there = around(client)
    gone: list[str] = []

    def by_hand(event: AnyEvent) -> bool:
        if isinstance(event, StepStarted) and at in event.step and not gone:
            gone.append(remove(client))
        return False

    settings = resolve_settings(
        docker=machine.engine.url,
        root=str(machine.root),
        vault=str(operator.vault),
        state=str(folder / "state"),
        environment={},
    )
    (set_id,) = (one.parent.name for one in operator.vault.glob("*/set.json"))
    events = perform(
        settings, run, "drill", monkeypatch, cancel=by_hand, set_id=set_id, depth=depth
    )
    (end,) = [one for one in events if isinstance(one, RunFinished)]
    assert gone and end.exit in (1, 3), end
    # It is told by its name what is not there, by the step that wanted it.
    states = {one.check.name: one.check for one in events if isinstance(one, DrillChecked)}
    wrong = [one for one in states.values() if one.state != "passed" and not one.beyond]
    assert wrong and any(gone[0] in text for text in (end.what, *(one.why for one in wrong))), end
    assert states["production unchanged"].state == states["sandbox removed"].state == "passed"
    record = close_drill(settings, run).record
    assert record.outcome == "failed" and record.disposal.complete == "yes"
    assert gone[0] not in [one.what.rpartition(" ")[2] for one in record.disposal.what]
    # Nothing of it is left, and of the platform nothing was touched.
    assert around(client) == there
    assert not list((folder / "state/sandboxes").iterdir())
    platform.settle()
    assert platform.contents() == before
