"""Guard about register's Redis: does it answer, and will its next start load its present data?"""

from __future__ import annotations

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import HostState
from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.commands import container_command
from pryv_tui.operations.guards.line import GuardLine, failed, ok, warning
from pryv_tui.operations.site import Site
from pryv_tui.operations.stores.redis import could_not_write, differs
from pryv_tui.operations.stores.redis_places import folder_in_root
from pryv_tui.operations.stores.redis_server import asking, connect


def redis_guard(site: Site, state: HostState, going_on: GoingOn | None = None) -> GuardLine | None:
    """Check register's Redis; None if it is not running, which another line reports.

    Args:
        going_on: the run that is using the platform now. Redis is not asked then, because the run
            may be using it.
    """
    container = state.container("redis")
    if container is None or not container.running:
        return None
    name = f"redis {state.name}"
    if going_on is not None:
        return ok(name, f"not asked while the {going_on.kind} is running")
    engine = site.host(state.name).engine
    try:
        server = connect(
            asking(engine, container.name), container, lambda: engine.processes(container.name)
        )
        info = server.told
        now = server.form()
        then = server.next_form(now)
        if now.folder:
            folder_in_root(container, state.root_path, now)
            folder_in_root(container, state.root_path, then)
    except PryvTuiError as error:
        return failed(name, error.what, error.remedy)
    if info.get("loading") == "1":
        return warning(
            name,
            "Redis is still loading its files",
            "Wait until that is done: a backup waits for it too.",
        )
    if now.truth != then.truth:
        return warning(
            name,
            f"Redis {differs(now, then)}",
            "Restart Redis from what it holds in memory, which is saved first:"
            f" {container_command('restart', container.name, state.name)}",
        )
    if now.kind == "rdb":
        return warning(
            name,
            "Redis has no append-only file: what is written after its last snapshot is lost when it"
            " is killed",
            "Write `appendonly yes` into redis.conf in the root, then restart Redis from what it"
            f" holds in memory: {container_command('restart', container.name, state.name)}",
        )
    failing = [
        key
        for key in ("aof_last_write_status", "aof_last_bgrewrite_status")
        if info.get(key, "ok") != "ok"
    ]
    if failing:
        return warning(
            name,
            f"Redis could not write its append-only file ({', '.join(failing)})",
            could_not_write(state, container.name),
        )
    whose = ", as a replica of another Redis" if info.get("role") == "slave" else ""
    return ok(name, f"Redis answers{whose}; it keeps its data in {now.folder}/{now.name}")
