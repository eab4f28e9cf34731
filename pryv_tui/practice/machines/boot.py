"""What happens when a container of a practice platform starts.

Missing mount sources are created, as the engine does for binds. Databases set up an empty store in
an empty folder. Applications that fetch register's service info crash-loop until register runs;
whether they still do is computed when the containers are listed, since nothing runs in the
background here.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from pryv_tui.practice.home import Home, Machine
from pryv_tui.practice.inodes import identity
from pryv_tui.practice.machines import console
from pryv_tui.practice.services import SERVICES
from pryv_tui.practice.settings import running_as_root
from pryv_tui.practice.state import ContainerRecord, EngineRecord, MountRecord, now
from pryv_tui.practice.stores.influx import InfluxStore
from pryv_tui.practice.stores.redis import RedisStore
from pryv_tui.practice.stores.resp import Broken

_BOOT_LINES = {
    "mongodb": "waiting for connections on port 27017",
    "influxdb": "Listening on HTTP [::]:8086",
    "redis": "Ready to accept connections",
    "nginx": "start worker processes",
    "core": "core server ready, listening on 3000",
    "hfs": "hfs server ready, listening on 4000",
    "preview": "preview server ready, listening on 9000",
    "webhooks": "webhooks service ready",
    "register": "register server ready, listening on 9000",
    "config_leader": "leader ready, listening on 7000",
    "config_follower": "configuration is up to date, nothing written",
}


def start(home: Home, machine: Machine, container: ContainerRecord) -> None:
    """Start a container: change its record, and create its folders and empty stores."""
    root = _own_root(machine, container)
    for mount in container.mounts:
        if _is_in(mount, root):
            folder = Path(mount.source)
            if not folder.is_socket():
                folder.mkdir(parents=True, exist_ok=True)
            mount.seen = identity(folder)
    container.since = now()
    container.exit_code = None
    container.boots += 1
    container.restarts = 0
    _prepare_store(machine, container)
    container.waits_for = _obstacle(home, machine, container)
    container.state = "restarting" if container.waits_for else "running"
    _say_hello(machine, container)


def look(home: Home, machine: Machine, record: EngineRecord) -> bool:
    """Update containers that crash-loop to the present moment. Return whether anything changed."""
    changed = False
    for container in record.containers.values():
        fault = home.faults.active("container-loops", container.service)
        if container.state != "restarting" and not (fault and container.state == "running"):
            continue
        changed = True
        container.waits_for = _obstacle(home, machine, container)
        if container.waits_for:
            container.state = "restarting"
            container.restarts += 1
        else:
            container.state = "running"
            container.since = now()
        _say_hello(machine, container)
    return changed


def _obstacle(home: Home, machine: Machine, container: ContainerRecord) -> str:
    service = SERVICES.get(container.service)
    if service and home.faults.active("container-loops", container.service):
        return "fork: Cannot allocate memory"
    if container.service == "redis" and (problem := _unreadable(container)):
        return problem
    for mount in container.mounts:
        if mount.destination == "/app/conf" and inside_root(mount, machine, container):
            conf = Path(mount.source)
            if not conf.is_dir() or not any(conf.iterdir()):
                return f"no configuration in {mount.destination}"
    if container.idle:
        return ""
    if service and service.needs_register and not _register_runs(home, machine, container):
        return f"GET https://reg.{home.settings.domain}/service/info: connect ECONNREFUSED"
    return ""


def _unreadable(container: ContainerRecord) -> str:
    for mount in container.mounts:
        if mount.destination == "/app/data":
            try:
                RedisStore(Path(mount.source)).load()
            except Broken:
                return (
                    "Bad file format reading the append only file: make a backup of your AOF file,"
                    " then use ./redis-check-aof --fix <filename>"
                )
    return ""


def _say_hello(machine: Machine, container: ContainerRecord) -> None:
    if container.waits_for:
        line = f"fatal: {container.waits_for}"
    else:
        line = _BOOT_LINES.get(container.service, f"{container.service} ready")
    console.log(machine, container, line)


def _register_runs(home: Home, machine: Machine, container: ContainerRecord) -> bool:
    """Whether the register that a container uses is running. A drill's container uses the drill's
    own register."""
    if not container.sandbox:
        return home.runs("register")
    return any(
        one.service == "register" and one.state == "running" and not one.idle
        for one in _of_drill(machine, container)
    )


def _of_drill(machine: Machine, container: ContainerRecord) -> list[ContainerRecord]:
    every = machine.engine.read().containers.values()
    return [one for one in every if one.sandbox == container.sandbox]


def _prepare_store(machine: Machine, container: ContainerRecord) -> None:
    if container.idle:
        return
    data = {m.destination: Path(m.source) for m in container.mounts}
    if container.service == "mongodb":
        # Loaded here: most tools use containers only, and need no database code.
        from pryv_tui.practice.stores.mongo import MongoStore

        MongoStore(data["/app/data"]).ensure()
    elif container.service == "influxdb":
        InfluxStore(data["/var/lib/influxdb"]).ensure()
    elif container.service == "redis":
        RedisStore(data["/app/data"]).ensure()
    elif container.service == "register":
        _register_boots(machine, container)
    service = SERVICES.get(container.service)
    if service and service.uid is not None and running_as_root():
        for mount in container.mounts:
            if mount.destination == "/app/data":
                _chown_all(Path(mount.source), service.uid)


def _register_boots(machine: Machine, container: ContainerRecord) -> None:
    """Create the user `wactiv`, as every boot of register does; register's own health check asks
    for it."""
    redis = machine.root / "pryv/redis/data"
    if container.sandbox:
        stores = [one for one in _of_drill(machine, container) if one.service == "redis"]
        found = [m for one in stores for m in one.mounts if m.destination == "/app/data"]
        if not found:
            return
        redis = Path(found[0].source)
    if (redis / "appendonly.aof").exists():
        with suppress(Broken):  # Then Redis itself does not run.
            RedisStore(redis).make_wactiv()


def _chown_all(folder: Path, uid: int) -> None:
    os.chown(folder, uid, uid)
    for path in folder.rglob("*"):
        os.chown(path, uid, uid, follow_symlinks=False)


def inside_root(mount: MountRecord, machine: Machine, container: ContainerRecord) -> bool:
    """Whether a mount is in this machine's root, or in the container's own sandbox. `/dev/log`, for
    example, is not."""
    return _is_in(mount, _own_root(machine, container))


def _own_root(machine: Machine, container: ContainerRecord) -> str:
    return os.path.realpath(container.sandbox or machine.root)


def _is_in(mount: MountRecord, root: str) -> bool:
    # Compared as text: this is called for each mount of each container, and Path objects are slow.
    place = os.path.realpath(mount.source)
    return place == root or place.startswith(f"{root}/")
