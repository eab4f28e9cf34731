"""What one look says of a role is one thing, that it is lost, or stopped, or serves; it is written
once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from pryv_tui.clock import timestamp
from pryv_tui.hosts.engine import Container
from pryv_tui.incidents.acts import close
from pryv_tui.incidents.events import Serving
from pryv_tui.incidents.files import all_incidents
from pryv_tui.incidents.looking import notice
from pryv_tui.incidents.opening import Gone, Seen, news, opens
from pryv_tui.incidents.reckoning import lost_by_now
from pryv_tui.operations.site import open_site
from pryv_tui.runs.recovery import FirstLook, first_look
from tests.incidents.downtime.test_by_hand import switched
from tests.incidents.scripted import at, incident, lost, opened
from tests.remedies.shell import Shell

DOMAIN = "practice.pryv.example"


def events(shell: Shell) -> list[dict[str, Any]]:
    """All that is written into incidents, in order."""
    found = sorted(Path(shell.settings.state, "incidents").rglob("*.jsonl"))
    return [json.loads(one) for path in found for one in path.read_text("utf-8").splitlines()]


def looked(shell: Shell, **changed: Any) -> FirstLook:
    """A look that finds core's own container so."""
    found = first_look(open_site(shell.settings))

    def seen(one: Container) -> Container:
        return replace(one, **changed) if one.name == "pryvio_core" else one

    deployment = found.overview.deployment
    hosts = tuple(
        replace(host, containers=tuple(map(seen, host.containers))) for host in deployment.hosts
    )
    deployment = replace(deployment, hosts=hosts)
    overview = replace(found.overview, deployment=deployment)
    return replace(found, overview=overview)


@pytest.mark.parametrize("how", ["starting", "unhealthy", "restarted"])
@pytest.mark.parametrize("before", ["it ran", "it was stopped"])
def test_what_runs_and_is_not_well_is_written_once(tmp_path: Path, how: str, before: str) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster")
    shell.platform.wipe("register")
    assert shell.type("status").exit == 3
    site = open_site(shell.settings)
    if before == "it was stopped":
        notice(site, looked(shell, state="exited"))
        assert [one["event"] for one in events(shell)].count("stopped") == 1
    known = len(events(shell))
    changed: dict[str, Any] = {"health": how}
    if how == "restarted":
        changed = {"restarts": 3}
    for _ in range(10):
        if how == "restarted":
            changed["since"] = timestamp()
        look = looked(shell, **changed)
        assert look.overview.serving.of("down"), "it is not called up"
        assert not notice(site, look).problem
    fresh = [one["event"] for one in events(shell)[known:]]
    if how == "restarted":
        # It may end again at once, as it has three times: it is down, and that is written once.
        assert fresh == (["stopped"] if before == "it ran" else [])
    else:
        assert fresh == ([] if before == "it ran" else ["serving"])


def empty(shell: Shell, folder: str) -> None:
    place = shell.platform.folder / "hosts/core/root" / folder
    shutil.rmtree(place)
    place.mkdir()


def test_a_role_that_lacks_what_it_can_serve_without_is_not_lost(tmp_path: Path) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=3)
    empty(shell, "pryv/influxdb/data")
    said = shell.type("status")
    assert said.exit == 3 and "the data of influxdb is gone" in said.out
    assert "core is down" not in said.out and not events(shell)
    # In one that is open for something else it counts no downtime either.
    shell.platform.wipe("register")
    assert "core is down" not in shell.type("status").out
    told = json.loads(shell.type("report", "--format", "json").out)
    assert set(told["down"]) == {"register"} and told["incident"]["roles"] == ["register"]
    # What it can't serve without is lost, and with that both are named.
    empty(shell, "pryv/mongodb/data")
    assert "core" in shell.type("status").out
    (loss,) = [one for one in events(shell) if one["event"] == "lost" and one["role"] == "core"]
    assert "mongodb" in loss["why"] and "influxdb" in loss["why"]


def core_stops(shell: Shell, by: str) -> None:
    if by == "the program":
        assert shell.type("containers", "stop", "pryvio_core").exit in (0, 3)
    else:
        for engine in (one.engine for one in shell.platform.hosts):
            if "pryvio_core" in [container.name for container in engine.containers()]:
                engine.stop("pryvio_core")
    shell.type("status")


@pytest.mark.parametrize("by", ["the program", "docker"])
@pytest.mark.parametrize("closed", [False, True])
def test_what_was_stopped_and_is_lost_then_is_told_as_lost(
    tmp_path: Path, by: str, closed: bool
) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster")
    shell.platform.wipe("register")
    shell.type("status")
    core_stops(shell, by)
    if closed:
        close(shell.settings, "register is given up")
    shell.platform.wipe("core")
    for _ in range(3):
        shell.type("status")
    losses = [one for one in events(shell) if one["event"] == "lost" and one["role"] == "core"]
    assert len(losses) == 1
    assert len(all_incidents(Path(shell.settings.state))) == 1 + closed
    told = json.loads(shell.type("report", "--format", "json").out)
    assert told["incident"]["roles"] == (["core", "register"] if closed else ["register", "core"])
    assert len(told["down"]["core"]["spans"]) == 1, "it was down from its stop on"


def test_a_role_that_came_back_and_was_stopped_is_lost_again() -> None:
    """Stopped by a run, which leaves no event of its own."""
    one = incident(opened(0), lost(0, "register", since=0), Serving(time=at(50), role="register"))
    by_hand = [switched("stop", 100)]
    assert lost_by_now(one, by_hand) == (frozenset(), ())
    assert lost_by_now(incident(opened(0), lost(0, "register")), by_hand)[0] == {"register"}
    seen = Seen({"register": Gone()}, {})
    (found,) = news(seen, open_now=True, down={"register"}, lost=(), was_lost=one.roles)
    assert getattr(found, "again", False)
    assert [each.role for each in opens(seen, open_now=False, known=())] == ["register"]
