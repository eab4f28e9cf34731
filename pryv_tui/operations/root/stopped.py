"""Refuse to replace folders that a running container has bind-mounted.

A bind mount follows the inode: a container that runs while the folder is replaced continues to use
the former folder, and what it writes is in no copy of the root. A run stops all containers first,
but an operator, a timer or another tool may start one again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import HostState
from pryv_tui.hosts.engine import UP, Container, Engine, Mount, unpaused
from pryv_tui.operations.commands import container_command
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import quote
from pryv_tui.platform.layout import plain

_WITHOUT_PROCESS = ("created", "exited")
"""States in which no process of a container runs: its mounts are those of its next start.

For other states the engine is asked: it has no process of a dead container, or of one between two
starts.
"""


def must_be_stopped(ctx: RunContext, host: str, except_for: Sequence[str] = ()) -> None:
    """Check that all containers of a stopped host are stopped, and others that mount its root.

    Args:
        except_for: services that may be running.

    Raises:
        PryvTuiError: `step-failed`, with the names of the containers that were started.
    """
    # Each container is inspected: an engine's list may not show a start that is just happening.
    found = ctx.found_on(host)
    theirs = {other.name for other in found.others}
    up = sorted(
        c.name
        for c in found.in_the_way
        if c.state in UP and (c.name in theirs or c.service not in except_for)
    )
    if up:
        names = ", ".join(up)
        raise PryvTuiError(
            "step-failed",
            f"{names} was started on {host} by somebody else, after this run had stopped it: it"
            " would keep using the former folders, or write to databases that are not restored"
            " yet",
            "Find out who or what starts it (a person, a timer, another tool) and prevent that."
            " The next attempt stops it again before it continues.",
        )


def former_folder(engine: Engine, container: Container, root: Path) -> str:
    """The first folder of a root of which a container still uses a former version; empty if
    none."""
    mount = former_mount(engine, container, root)
    return mount.source if mount is not None else ""


def former_mount(engine: Engine, container: Container, root: Path) -> Mount | None:
    """The first mount of a folder of a root through which a container uses a former one, or
    None."""
    return next(former_mounts(engine, container, root), None)


def former_mounts(engine: Engine, container: Container, root: Path) -> Iterator[Mount]:
    """Yield each mount of a folder of a root through which a container uses a former one.

    The engine says whether the container has a process that uses anything. A paused one has. One
    that was only created, has ended or waits for its next start has none: it will use the present
    folder.
    """
    if container.state in _WITHOUT_PROCESS:
        return
    # Text, not Path: each look asks this for each mount of each container.
    top = str(root).rstrip("/")
    for mount in container.mounts:
        source = plain(mount.source)
        inside = source == str(root) or source.startswith(f"{top}/")
        # Single files are replaced in normal operation; folders are not.
        if mount.read_only or not inside or Path(source).is_file():
            continue
        if engine.shows(container.name, mount) is False:
            yield mount


LIVING = ("mongodb", "influxdb")
"""Databases that continue on their data if their folder is removed, and that no step saves.

Redis is saved before it is stopped (`operations/services/rescue.py`).
"""


def living_elsewhere(
    engine: Engine, containers: Iterable[Container], state: HostState
) -> list[tuple[Container, Mount]]:
    """Containers that use a data folder that is no longer in its place, each with that mount.

    Their data may be in no other file, or in one that nobody would find once they are stopped.
    """
    if state.root is None:
        return []
    return [
        (container, mount)
        for container in containers
        if container.service != "redis"
        for mount in former_mounts(engine, container, state.root_path)
        if keeps_data(mount, state)
        and (container.service in LIVING or engine.former(container.name, mount))
    ]


def keeps_data(mount: Mount, state: HostState) -> bool:
    """Whether a container writes data through a mount that is written nowhere else.

    Logs and configuration are not such data: a restarted container makes or reads them again.
    """
    root = state.root_path
    path = Path(mount.source)
    data = [root / layout.data for layout in state.layout.stores.values()]
    data += [root / "pryv/core/data", root / "config-leader/data", root / "config-leader/database"]
    return any(path == each or path in each.parents or each in path.parents for each in data)


def go_on_first(container: Container, host: str, *, practice: bool) -> str:
    """The first words of a remedy for a paused container; empty if it is not paused.

    A paused container can be neither stopped nor restarted.
    """
    if container.state != "paused":
        return ""
    return f"It is paused. {unpaused(container.name, host, practice=practice)}. Then: "


def save_first(
    engine: Engine, container: Container, mount: Mount, state: HostState, *, practice: bool
) -> str:
    """The remedy for a container that uses a former folder, so that no data is lost."""
    first = go_on_first(container, state.name, practice=practice)
    return first + _save(engine, container, mount, state)


def _save(engine: Engine, container: Container, mount: Mount, state: HostState) -> str:
    restart = container_command("restart", container.name, state.name)
    if not keeps_data(mount, state):
        return f"Let it use the present folder: {restart}"
    if container.service == "redis":
        return (
            "Its data may be only in its memory, or in a folder that its next start does not"
            f" use. This saves the data first, and restarts Redis with it: {restart}"
        )
    users = [c.name for c in state.containers if any(m.source == mount.source for m in c.mounts)]
    stop = "; ".join(container_command("stop", name, state.name) for name in users)
    start = "; ".join(container_command("start", name, state.name) for name in users)
    former = engine.former(container.name, mount)
    if former:
        beside = quote("mv", mount.source, f"{mount.source}.not-in-use")
        return (
            f"Its data is in {former}, and a start on the present folder would lose that data. Put"
            f" the former folder back: {stop}; {beside}; {quote('mv', former, mount.source)};"
            f" {start}"
        )
    return (
        "No path here leads to the folder that it writes to: that folder was removed, or another"
        " disk is mounted over it. Data that is in no other file may be lost when the container"
        " stops. Export what you still can from the running database before you restore the newest"
        f" set (to see it: pryv-tui list) or restart it: {restart}"
    )
