"""Build the plan that starts, stops or restarts one container, unless it would disturb a run.

`container_plan` is pure. `plan_switch` calls it after it has read the records of earlier runs, and
has looked into the roots.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.hosts.engine import NO_RESTART, Container, unpaused
from pryv_tui.operations.acts import ACTS as ACTS
from pryv_tui.operations.acts import Act as Act
from pryv_tui.operations.commands import container_command
from pryv_tui.operations.kind import Past
from pryv_tui.operations.plan import Plan, Step, numbered
from pryv_tui.operations.root.marker import read_marker
from pryv_tui.operations.sets.missing_roles import bare_roles, own_of, services_of
from pryv_tui.operations.steps.services.restart_policy import update
from pryv_tui.operations.steps.services.switch_container import StartContainer, StopContainer
from pryv_tui.platform.roles import (
    CONFIG_FOLLOWER,
    DATABASE_SERVICES,
    NEEDS_REGISTER,
    ROLES,
    RoleName,
)
from pryv_tui.platform.services import words_of


def possible(container: Container) -> tuple[Act, ...]:
    """Return the acts that a container's state allows.

    A paused container allows none: a run or a person has paused it on purpose.
    """
    if container.state in ("running", "restarting"):
        return ("stop", "restart")
    return () if container.state == "paused" else ("start",)


def roles_with(state: HostState, container: Container) -> tuple[RoleName, ...]:
    """Return those of a host's roles that this container's service is a part of."""
    return tuple(role for role in state.roles if container.service in ROLES[role].services)


def find_container(
    deployment: Deployment, name: str, host: str = ""
) -> tuple[HostState, Container]:
    """Find a container and its host by name.

    Args:
        name: the name of the container or of its service: `pryvio_core` or `core`.
        host: the host's name; needed if several hosts have such a container.

    Raises:
        PryvTuiError: `container-missing`; `engine-unreachable`; `usage`, several hosts have such a
            container, or there is no host of that name.
    """
    states = [state for state in deployment.hosts if host in ("", state.name)]
    if not states:
        known = ", ".join(state.name for state in deployment.hosts)
        raise PryvTuiError("usage", f"there is no machine {host!r}", f"Name one of: {known}")
    found = [(state, container) for state in states for container in _meant(state, name)]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(state.name for state, _ in found)
        raise PryvTuiError("usage", f"{name!r} is on {names}", "Say which with --host.")
    for state in states:
        if not state.reachable:
            raise PryvTuiError("engine-unreachable", state.problem, state.remedy)
    where = ", ".join(state.name for state in states)
    raise PryvTuiError(
        "container-missing",
        f"there is no container {name!r} on {where}",
        "To see which containers the platform has: pryv-tui status. To bring a role up: run-pryv in"
        " the root.",
    )


def _meant(state: HostState, name: str) -> list[Container]:
    """Return the containers of a host that a name may mean: those with this exact name, or else the
    one of the service with this name."""
    others = [other.container for other in state.others]
    exact = [c for c in (*state.containers, *others) if c.name == name]
    return exact or [c for c in (state.container(name),) if c is not None]


def plan_switch(
    deployment: Deployment, past: Past, act: Act, name: str, host: str = "", *, but: str = ""
) -> Plan:
    """Plan to start, stop or restart a container.

    Args:
        name: the name of the container or of its service.
        host: the host's name; needed if several hosts have such a container.
        but: the id of the present run, which is not an earlier run.

    Raises:
        PryvTuiError: `container-missing`, `usage`, `engine-unreachable`; `refused`, the container's
            state does not allow it, a root is half-restored, an earlier run has not put everything
            back, or a restore has removed the container's restart policy.
    """
    state, container = find_container(deployment, name, host)
    if left := past.half_done(but=but):
        raise PryvTuiError(
            "refused",
            f"{left} Until that is settled, single containers can't be started or stopped",
            "Finish it, or put back what was there before: pryv-tui recover",
        )
    for each in deployment.hosts:
        _whole(each)
    _policy(past, state, container)
    bare, empty = _without_files(state, container)
    return container_plan(deployment, act, state, container, bare=bare, empty=empty)


def _without_files(state: HostState, container: Container) -> tuple[list[str], str]:
    """Return the container's roles of which the files are missing, and the data folder of its
    database if that is empty (else an empty text)."""
    if not state.root or not state.root_exists:
        return [], ""
    bare = [
        role
        for role in bare_roles(state.root_path, roles_with(state, container), own_of(state))
        if container.service in services_of(state, role)
    ]
    layout = next((s for s in state.layout.stores.values() if s.container == container.name), None)
    if layout is None or not layout.data:
        return bare, ""
    folder = state.root_path / layout.data
    try:
        empty = not folder.is_dir() or not any(folder.iterdir())
    except OSError:
        empty = False  # if it can't be read, assume that it has content
    return bare, str(folder) if empty else ""


def _whole(state: HostState) -> None:
    marker = read_marker(Path(state.root)) if state.root and state.root_exists else None
    if marker is not None:
        raise PryvTuiError(
            "refused",
            f"{state.root} on {state.name} is half-restored (run {marker.run}): until that is"
            " settled, single containers can't be started or stopped",
            "Finish it, or put back what was there before: pryv-tui recover",
        )


def _policy(past: Past, state: HostState, container: Container) -> None:
    """Refuse if a run has removed the container's restart policy and not set it again, even if that
    run has ended."""
    owed = past.policies().get((state.name, container.name), NO_RESTART)
    if owed != NO_RESTART and container.restart_policy == NO_RESTART:
        raise PryvTuiError(
            "refused",
            f"a run has removed the restart policy of {container.name} on {state.name} ({owed})"
            " and has not set it again",
            f"Set it again first: {update({container.name: owed})[0]}",
        )


def container_plan(
    deployment: Deployment,
    act: Act,
    state: HostState,
    container: Container,
    *,
    bare: Sequence[str] = (),
    empty: str = "",
) -> Plan:
    """Plan the steps, and describe what users will notice.

    Args:
        bare: the container's roles of which the files are missing.
        empty: the data folder of its database, if that folder is empty; else an empty text.

    Raises:
        PryvTuiError: `refused`, the container's state does not allow it.
    """
    if act not in possible(container):
        raise PryvTuiError(
            "refused", _impossible(act, state, container), _instead(deployment, state, container)
        )
    named = {"host": state.name, "container": container.name}
    steps: list[Step] = []
    if act != "start":
        steps.append(StopContainer(**named, again=act == "restart"))
    if act != "stop":
        steps.append(StartContainer(**named))
    return Plan(
        kind=act,
        roles=roles_with(state, container),
        steps=numbered(steps),
        domain=deployment.domain,
        effects=tuple(_effects(deployment, act, state, container, bare, empty)),
    )


def _impossible(act: Act, state: HostState, container: Container) -> str:
    what = {"start": "started", "stop": "stopped", "restart": "restarted"}[act]
    return f"{container.name} on {state.name} is {container.state}, so it can't be {what} now"


def _instead(deployment: Deployment, state: HostState, container: Container) -> str:
    """The commands that the container's state allows instead, as a remedy."""
    if container.state == "paused":
        return unpaused(container.name, state.name, practice=deployment.practice)
    return "; or: ".join(
        container_command(act, container.name, state.name) for act in possible(container)
    )


def _effects(
    deployment: Deployment,
    act: Act,
    state: HostState,
    container: Container,
    bare: Sequence[str],
    empty: str,
) -> list[str]:
    words = words_of(container.service)
    said = []
    if act == "stop":
        said.append(f"Users notice: {words.missed}.")
        said.append(_until(container))
        if container.service in DATABASE_SERVICES:
            said.append("No backup can be taken while it is stopped.")
    elif act == "restart":
        said.append(f"Until it is up again, users notice: {words.missed}.")
    if act != "stop" and (bare or empty):
        if act == "restart" and container.service == "redis":
            # Before Redis is stopped, its data in memory is saved; but Redis may not answer.
            said.append(
                "It comes back as it was only if its data can be saved before it is stopped."
                f" Otherwise {_nothing_there(bare, empty)}."
            )
        else:
            said.append(f"It does NOT come back as it was: {_nothing_there(bare, empty)}.")
        said.append("To bring its data back, restore a set. To see the sets: pryv-tui list")
    elif act == "start":
        said.append(f"It comes back: {words.does}.")
    if act != "stop" and container.service in NEEDS_REGISTER and _register_is_down(deployment):
        said.append(
            "Register is not running: this container keeps restarting until register answers."
        )
    if act != "stop" and container.service == CONFIG_FOLLOWER:
        said.append("It fetches the configuration again, and may restart this machine's services.")
    said.append("The data in its folders stays there.")
    return said


def _nothing_there(bare: Sequence[str], empty: str) -> str:
    if empty:
        return f"there is nothing in its data folder {empty}, so it begins with an empty database"
    return f"the files of {', '.join(bare)} are missing, so it begins without them"


def _until(container: Container) -> str:
    """The sentence about how long a container stays stopped.

    With the restart policy `always` the engine starts it when the engine restarts, and with
    `unless-stopped` it does not (docs.docker.com, "Start containers automatically").
    """
    if container.restart_policy == "always":
        return "It stays stopped until somebody starts it, or Docker or the machine restarts."
    if container.restart_policy == NO_RESTART or container.restart_policy == "unless-stopped":
        return "It stays stopped until somebody starts it, even after a restart of the machine."
    return "It stays stopped until somebody starts it."


def _register_is_down(deployment: Deployment) -> bool:
    """Whether there are containers of register here, and none of them is running."""
    found = [state.container("register") for state in deployment.hosts]
    known = [container for container in found if container is not None]
    return bool(known) and not any(container.running for container in known)


def switched(plan: Plan) -> tuple[str, str]:
    """Return the container that a plan starts or stops, and its host."""
    for step in plan.steps:
        if isinstance(step, StartContainer | StopContainer):
            return step.container, step.host
    raise PryvTuiError("internal", f"a plan of the kind {plan.kind} has no container")
