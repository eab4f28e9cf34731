"""What can be done with a container, and what is said of it before and after."""

from __future__ import annotations

from pathlib import Path
from typing import cast, get_args

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.hosts.engine import ContainerState
from pryv_tui.operations.acts import act_words
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.kinds.containers.restart import Restart
from pryv_tui.operations.kinds.containers.stop import Stop
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.plans.container import (
    ACTS,
    Act,
    _without_files,
    container_plan,
    find_container,
    possible,
)
from pryv_tui.platform.roles import ROLES
from pryv_tui.platform.services import WORDS
from tests.hosts.machines import container
from tests.operations.kit import deployed


def in_state(found: Deployment, name: str, **changed: object) -> Deployment:
    """The same platform with one of its containers changed."""
    hosts = tuple(
        msgspec.structs.replace(
            host,
            containers=tuple(
                msgspec.structs.replace(c, **changed) if c.service == name else c
                for c in host.containers
            ),
        )
        for host in found.hosts
    )
    return msgspec.structs.replace(found, hosts=hosts)


def planned(found: Deployment, act: Act, name: str, host: str = "") -> Plan:
    return container_plan(found, act, *find_container(found, name, host))


@pytest.mark.parametrize("state", get_args(ContainerState))
def test_a_state_allows_what_makes_sense_in_it(state: ContainerState) -> None:
    allowed = {
        "running": ("stop", "restart"),
        "restarting": ("stop", "restart"),
        "paused": (),
    }.get(state, ("start",))
    assert possible(container("core", state=state)) == allowed
    found = in_state(deployed("single-node"), "core", state=state)
    for act in ACTS:
        if act in allowed:
            assert planned(found, act, "core").steps
        else:
            with pytest.raises(PryvTuiError) as refused:
                planned(found, act, "core")
            assert refused.value.name == "refused"
            assert state in refused.value.what
            assert ("unpause" in refused.value.remedy) == (state == "paused")


@pytest.mark.parametrize(
    ("act", "commands"),
    [
        ("stop", ["docker stop -t 30 pryvio_nginx"]),
        ("restart", ["docker stop -t 30 pryvio_nginx", "docker start pryvio_nginx"]),
    ],
)
def test_the_exact_commands_are_there(act: Act, commands: list[str]) -> None:
    plan = planned(deployed("core"), act, "pryvio_nginx")
    assert [line for view in plan.views() for line in view.command] == commands
    assert {view.host for view in plan.views()} == {"core"}
    assert plan.views()[0].destructive
    assert plan.domain == "pryv.example"


def test_what_users_notice_is_said_of_every_service_of_every_role() -> None:
    for service in {name for role in ROLES.values() for name in role.services}:
        found = deployed("single-node")
        effects = planned(found, "stop", service).effects
        assert any(WORDS[service].missed in line for line in effects), service
    accounts = " ".join(planned(deployed("core"), "stop", "mongodb").effects)
    assert "nobody can log in" in accounts
    assert "No backup can be taken" in accounts


@pytest.mark.parametrize(
    ("policy", "until"),
    [
        ("always", "or Docker or the machine restarts"),
        ("unless-stopped", "even after a restart of the machine"),
        ("no", "even after a restart of the machine"),
        ("on-failure:3", "until somebody starts it."),
    ],
)
def test_how_long_it_stays_down_depends_on_its_policy(policy: str, until: str) -> None:
    found = in_state(deployed("core"), "core", restart_policy=policy)
    assert any(until in line for line in planned(found, "stop", "core").effects)


def test_a_core_that_waits_for_its_register_is_foretold() -> None:
    found = in_state(deployed("single-node"), "core", state="exited")
    waits = "Register is not running"
    assert not any(waits in line for line in planned(found, "start", "core").effects)
    down = in_state(found, "register", state="exited")
    assert any(waits in line for line in planned(down, "start", "core").effects)
    # Where register lives on a machine that is not looked at, nothing is known of it.
    alone = in_state(deployed("core"), "core", state="exited")
    assert not any(waits in line for line in planned(alone, "start", "core").effects)


@pytest.mark.parametrize("filled", [True, False])
def test_a_database_that_has_its_files_does_not_begin_with_nothing(
    tmp_path: Path, filled: bool
) -> None:
    """Also where all else of its role is gone."""
    data = tmp_path / "core/pryv/mongodb/data"
    data.mkdir(parents=True)
    if filled:
        (data / "WiredTiger").touch()
    found = in_state(deployed("core", root=str(tmp_path)), "mongodb", state="exited")
    bare, empty = _without_files(*find_container(found, "mongodb"))
    plan = container_plan(found, "start", *find_container(found, "mongodb"), bare=bare, empty=empty)
    told = " ".join(plan.effects)
    assert "does NOT come back as it was" in told
    assert ("the files of core are missing, so it begins without them" in told) is filled
    assert ("so it begins with an empty database" in told) is not filled


def test_a_name_means_one_container_or_none() -> None:
    cluster = deployed("core", "register")
    assert find_container(cluster, "redis")[0].name == "register"
    assert find_container(cluster, "nginx", "register")[1].name == "pryvio_nginx"
    for name, host, error, words in (
        ("nginx", "", "usage", "core, register"),
        ("core", "elsewhere", "usage", "elsewhere"),
        ("no-such", "", "container-missing", "core, register"),
        ("redis", "core", "container-missing", "on core"),
    ):
        with pytest.raises(PryvTuiError) as wrong:
            find_container(cluster, name, host)
        assert wrong.value.name == error
        assert words in wrong.value.what


def test_an_engine_that_does_not_answer_is_not_a_missing_container() -> None:
    found = deployed("core")
    away = msgspec.structs.replace(
        found.hosts[0], reachable=False, problem="nothing answers", containers=()
    )
    with pytest.raises(PryvTuiError) as wrong:
        find_container(msgspec.structs.replace(found, hosts=(away,)), "core")
    assert wrong.value.name == "engine-unreachable"


def test_a_stop_is_never_called_the_stop_of_a_platform() -> None:
    assert act_words("stop") == "stop of a container"
    assert act_words("backup") == "backup"
    plan, ctx = planned(deployed("core"), "stop", "core"), cast("RunContext", None)
    assert Stop.done(plan, ctx) == "pryvio_core on core is stopped."
    then = "Start it again: pryv-tui containers start pryvio_core --host core"
    assert Stop.then(plan, ctx) == [then]
    assert Restart.then(planned(deployed("core"), "restart", "core"), ctx) == []
