"""What plans say of what is stopped, brought up and removed: where it is so, and where it is
otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.discovery import discover
from pryv_tui.hosts.engine import Container, ContainerState, Mount
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import Lack, Plan, Step
from pryv_tui.operations.plans.backup import backup_plan
from pryv_tui.operations.plans.container import ACTS, Act, container_plan, find_container
from pryv_tui.operations.plans.prune import prune_plan
from pryv_tui.operations.plans.undo import undo_plan
from pryv_tui.operations.root.kept import lack_line
from pryv_tui.operations.sets.retention import KeepRules
from pryv_tui.operations.steps import AnyStep
from pryv_tui.operations.steps.services.start_services import StartServices
from pryv_tui.operations.steps.services.stop_services import StopServices
from pryv_tui.platform.gap import GapChoices
from pryv_tui.runs.worker.closing import undo_leaves
from pryv_tui.tui.text.plan import prune_text, steps_text
from tests.hosts.machines import StillHost, container, machine
from tests.journeys.restores.test_undo_sets_aside import DOMAIN
from tests.operations.kit import SET, context, deployed
from tests.operations.overview.served import changed
from tests.operations.plans.planned import ROLES, backup_of
from tests.operations.sets.kept_sets import a_set, decided
from tests.remedies.shell import Shell

STATES: tuple[ContainerState, ...] = get_args(ContainerState)


# --- containers that are none of the platform's ---------------------------------------------------


def with_other(state: ContainerState, source: str, read_only: bool = False, **more: Any) -> Any:
    """A platform of one machine, beside which somebody else has a folder mounted."""
    other = Container(
        name="exporter", image="exporter:1", state=state,  # type: ignore[arg-type]
        mounts=(Mount(source, "/data", read_only),), **more,
    )  # fmt: skip
    containers = [*machine("core", root="/var/pryv"), other]
    return discover([StillHost("core", containers, root=Path("/var/pryv"))], domain=DOMAIN)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("source", ["/var/pryv/pryv/core/data", "/var/pryv", "/elsewhere"])
def test_who_writes_into_a_root_and_is_not_stopped_is_none_of_the_platforms(
    source: str, read_only: bool, state: ContainerState
) -> None:
    found = with_other(state, source, read_only)
    plan = backup_plan(found, vault="/v", set_id=SET, run_id="RUN")
    told = [one for one in plan.effects if "Not part of the platform, and not stopped" in one]
    writes = state in ("running", "restarting", "paused") and not read_only
    assert bool(told) is (writes and source != "/elsewhere")
    assert not any("pryvio_" in one for one in told)
    stopped = [one for step in plan.steps for line in step.command for one in line.split()]
    assert "exporter" not in stopped, "what it changes meanwhile may be in the set"


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("source", ["/var/pryv/pryv/core/data", "/var/pryv", "/elsewhere"])
@pytest.mark.parametrize(("own", "passing"), [(False, False), (True, False), (False, True)])
def test_who_is_stopped_too_and_started_again_though_none_of_the_platforms(
    own: bool, passing: bool, source: str, read_only: bool, state: ContainerState
) -> None:
    """What was made with --rm goes as it stops: it is not said to be started again."""
    found = with_other(state, source, read_only, own=own, passing=passing)
    owed = [Owed(kind="aside", host="core", what="/var/pryv", where="/var/pryv/aside")]
    plan = undo_plan(found, undone_run="OLD", owed=owed, ran={}, run_id="RUN")
    told = " ".join(plan.effects)
    stopped = any(isinstance(s, StopServices) and "exporter" in s.others for s in plan.steps)
    again = any(isinstance(s, StartServices) and "exporter" in s.containers for s in plan.steps)
    up = state in ("running", "restarting", "paused")
    in_the_way = source == "/var/pryv/pryv/core/data" or (source == "/var/pryv" and not read_only)
    assert stopped is again is (up and in_the_way and not own)
    back = "and started again at the end: exporter ("
    assert (back in told) is (stopped and not passing)
    assert ("and then removed by Docker, since made with --rm" in told) is (stopped and passing)


# --- a hold, and one container --------------------------------------------------------------------


@pytest.mark.parametrize("hold", [None, "registrations", "everything"])
@pytest.mark.parametrize("roles", [("core",), ("register",), ("core", "register"), ("static-web",)])
def test_that_holding_everything_serves_cores_data_is_said_where_core_is_not_taken(
    roles: tuple[str, ...], hold: Any
) -> None:
    try:
        backup_of(*ROLES, roles=roles, gap=GapChoices(hold=hold))
        said = ""
    except PryvTuiError as error:
        said = error.what
    refused = hold == "everything" and "core" not in roles
    assert ("--hold everything protects core's data, and this backup" in said) is refused
    assert ("does not include core" in said) is (
        refused or (hold == "registrations" and "core" not in roles)
    )


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("service", ["core", "mongodb", "redis"])
@pytest.mark.parametrize(("bare", "empty"), [((), ""), (("core",), ""), ((), "/data")])
def test_what_is_up_again_after_a_restart_is_told_to_lack_its_files(
    bare: tuple[str, ...], empty: str, service: str, act: Act
) -> None:
    """A restart is a stop and a start: without its files a container does not come back as it was.
    Redis is asked for what it holds before it is stopped, and starts from that if it answers."""
    state: ContainerState = "exited" if act == "start" else "running"
    found = changed(deployed("single-node"), service, state=state)
    plan = container_plan(found, act, *find_container(found, service), bare=bare, empty=empty)
    told = " ".join(plan.effects)
    assert ("Until it is up again, users notice" in told) is (act == "restart")
    lacks = bool(bare or empty) and act != "stop"
    lost = lacks and not (act == "restart" and service == "redis")
    assert ("It does NOT come back as it was" in told) is lost
    saved = lacks and not lost
    assert ("only if its data can be saved before it is stopped" in told) is saved
    assert ("restore a set. To see the sets: pryv-tui list" in told) is lacks
    assert ("It comes back: " in told) is (act == "start" and not lacks)


# --- a role that is gone again --------------------------------------------------------------------


@pytest.mark.parametrize("containers", [(), ("pryvio_redis",), ("pryvio_redis", "pryvio_mail")])
def test_no_run_is_said_to_have_brought_up_what_somebody_else_may_have_made(
    containers: tuple[str, ...],
) -> None:
    """That they did not run before is all that is known of them."""
    line = lack_line(Lack(host="h", role="register", containers=containers), SET)
    assert "brought up" not in line
    assert ("did not run before the restore, will not run" in line) is bool(containers)


@pytest.mark.parametrize("state", [*STATES, None])
def test_a_container_that_somebody_started_since_is_not_said_to_be_left_stopped(
    tmp_path: Path, state: ContainerState | None
) -> None:
    there = [container("redis", state=state)] if state is not None else []
    host = StillHost("h", there)
    ctx, _ = context(tmp_path, host)
    lack = Lack(host="h", role="register", containers=("pryvio_redis",))
    plan = Plan(kind="undo", roles=(), steps=(), domain="d", lacks=(lack,))
    told = " ".join(undo_leaves(plan, ctx))
    assert ("were left stopped: pryvio_redis" in told) is (state != "running")
    assert ("the files of register are not there any more" in told) is (state != "running")
    assert "start with no data" not in told


def test_where_no_engine_tells_what_an_undo_stopped_is_left_stopped(tmp_path: Path) -> None:
    host = StillHost("h", [container("redis")])
    engine: Any = host.engine
    ctx, _ = context(tmp_path, host)

    def away() -> list[Container]:
        raise PryvTuiError("engine-unreachable", "it is away")

    engine.containers = away
    lack = Lack(host="h", role="register", containers=("pryvio_redis",))
    plan = Plan(kind="undo", roles=(), steps=(), domain="d", lacks=(lack,))
    assert "were left stopped: pryvio_redis" in " ".join(undo_leaves(plan, ctx))


@pytest.mark.parametrize("policy", ["no", "always", "unless-stopped", "on-failure:3"])
def test_a_restart_of_the_engine_is_told_of_where_it_brought_something_up(policy: str) -> None:
    found = deployed("core")
    for service in [one.service for one in found.hosts[0].containers]:
        found = changed(found, service, restart_policy=policy)
    owed = [Owed(kind="aside", host="core", what="/var/pryv", where="/var/pryv/aside")]
    plan = undo_plan(found, undone_run="OLD", owed=owed, ran={}, run_id="RUN")
    words = "containers that a restart of the engine does not bring up"
    left = {view.kind for view in plan.views() if view.leaves == words}
    assert left == (set() if policy == "no" else {"no-restarts", "give-restarts"})


# --- steps as they are shown ----------------------------------------------------------------------


class Quiet(Step, frozen=True, kw_only=True, tag="quiet"):
    title = "See"


class Loud(Quiet, frozen=True, kw_only=True, tag="loud"):
    destructive = True


class Leaving(Quiet, frozen=True, kw_only=True, tag="leaving"):
    leaves = "a part of it"


class Typed(Quiet, frozen=True, kw_only=True, tag="typed"):
    command = ("ls",)


@pytest.mark.parametrize(
    ("step", "said"), [(Quiet(), True), (Loud(), False), (Leaving(), False), (Typed(), False)]
)
def test_a_step_changes_nothing_of_the_platform_where_it_is_a_check_alone(
    step: Step, said: bool
) -> None:
    plan = Plan(kind="restore", roles=(), steps=(step,), domain="d")
    told = steps_text(plan, commands=True).plain
    assert ("it changes nothing of the platform" in told) is said
    assert "it changes nothing of the platform" not in steps_text(plan, commands=False).plain
    assert ("without a command" in told) is (not said and not step.command)


def test_what_is_called_a_check_that_changes_nothing_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step of a backup, a restore and an undo that is shown with those words."""
    shell = Shell.with_set(tmp_path / "p", users=1, attachments=1)
    looked: list[str] = []
    for kind in get_args(AnyStep):
        if kind.command is Step.command and kind.leaves is Step.leaves:
            monkeypatch.setattr(kind, "perform", watched(kind.perform, shell, looked))
    done = shell.type("restore", shell.backup(), "--confirm", DOMAIN)
    assert done.exit == 0, done.out + done.err
    assert shell.type("undo", "latest", "--confirm", DOMAIN).exit in (0, 3)
    assert {"audit-gap", "check", "check-restore", "ask-newer", "audit-live", "try-moves"} <= {
        *looked
    }


def watched(perform: Any, shell: Shell, looked: list[str]) -> Any:
    def performed(step: Any, ctx: Any) -> None:
        root = ctx.deployment.hosts[0].root_path
        before = in_root(root)
        perform(step, ctx)
        assert in_root(root) == before, step.title
        looked.append(step.__struct_config__.tag)

    return performed


def in_root(root: Path) -> dict[str, tuple[int, int]]:
    """Every file of a root, with its length and when it was last changed; but for the memory that
    those who read a SQLite file share: it holds no data."""
    return {
        str(path): (path.lstat().st_size, path.lstat().st_mtime_ns)
        for path in root.rglob("*")
        if path.is_file() and not path.name.endswith("-shm")
    }


@pytest.mark.parametrize(("sets", "rest"), [(2, ()), (2, ("x",)), (1, ("x",)), (1, ())])
def test_no_undo_brings_a_set_back_is_said_where_one_is_removed(
    sets: int, rest: tuple[str, ...]
) -> None:
    judged = decided([a_set(hour) for hour in range(sets)], KeepRules(last=1))
    plan = prune_plan(judged, vault="/v", domain=DOMAIN, begun=rest)
    told = prune_text(plan, "/v").plain
    assert ("No undo brings a removed set back" in told) is (sets == 2)
    assert ("the rest of x" in told) is bool(rest)
