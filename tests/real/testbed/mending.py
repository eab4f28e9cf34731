"""How a platform that stood through a test comes back to what it was at first.

By what is cheap: documents, points and keys are written again where they differ, files are copied
from what was kept of the roots, and only a container that is not as it was is started again. Then
all of it is compared.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from docker.models.containers import Container

from . import files, people, stores
from .installation import Machine
from .platform import Platform

INDEX = "pryv/core/data/users/user-index.db"
"""Core holds it open: its rows are put right, not the file."""
OF_SERVERS = ("pryv/mongodb/data", "pryv/influxdb/data", "pryv/redis/data")
"""What is in these is asked of the servers."""
NOT_COPIED = ("log/", *(f"/{path}/" for path in OF_SERVERS), f"/{INDEX}*",
              "/config-leader/data/credentials.txt")  # fmt: skip
"""And logs, which may grow, and what the leader makes new at each start."""


class NotAsItWas(Exception):
    """What a platform has after all that was done to bring it back is not what it had."""


class Mended:
    """A filled platform, and what has to be known of it to bring it back.

    Args:
        folder: gets what is kept of the roots.
    """

    def __init__(self, platform: Platform, folder: Path) -> None:
        self.platform = platform
        self._folder = folder
        self._people = list(platform.people)
        self._contents = platform.contents()
        with stores.mongodb(platform.ip("mongodb")) as database:
            self._documents = {
                name: list(database[name].find()) for name in database.list_collection_names()
            }
        known = [machine.root / path for machine in platform.machines for path in OF_SERVERS]
        self._of_servers = [path for path in known if path.is_dir()]
        for machine in platform.machines:
            _copy(machine.root, folder / machine.name)

    def bring_back(self) -> None:
        """Make all of it as it was at first.

        Raises:
            NotAsItWas: something is gone that is not made again by this, or differs at the end.
            Exception: whatever an engine, a server or a file says when it is not well.
        """
        platform = self.platform
        if gone := [path for path in self._of_servers if not path.is_dir()]:
            raise NotAsItWas(f"{gone} are gone")
        platform.people[:] = self._people
        for machine in platform.machines:
            _copy(self._folder / machine.name, machine.root)
            _mend_containers(machine)
        if platform.pace:
            platform.set_pace(0)
        platform.wait_until_up()
        found = platform.contents()
        if found != self._contents:
            self._mend_stores(found)
            found = platform.contents()
        if differ := [name for name in found if found[name] != self._contents[name]]:
            raise NotAsItWas(", ".join(differ))

    def remove_files(self) -> None:
        """Leave no file of it."""
        for machine in self.platform.machines:
            shutil.rmtree(machine.root, ignore_errors=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _mend_stores(self, found: dict[str, Any]) -> None:
        platform, first = self.platform, self._contents
        for name in _differing(found["mongodb"], first["mongodb"]):
            with stores.mongodb(platform.ip("mongodb")) as database:
                database[name].drop()
                if documents := self._documents.get(name):
                    database[name].insert_many(documents)
        if found["mongodb"] != first["mongodb"]:
            with stores.mongodb(platform.ip("mongodb")) as database:
                stores.make_indexes(database)
        influx = stores.Influx(platform.ip("influxdb"))
        for name in _differing(found["influxdb"], first["influxdb"]):
            influx.query(f'DROP DATABASE "{name}"')
            for person in self._people:
                if person.influx == name:
                    platform.add_points(person, platform.points_each, first=0)
        if found["redis"] != first["redis"]:
            with stores.Redis(platform.ip("redis")) as redis:
                redis.keep_only(
                    [words for one in self._people for words in people.register_keys(one)]
                )
        platform.settle()
        index = platform.machine("core").data / Path(INDEX).relative_to("pryv/core/data")
        if index.exists():
            rows = [(one.username, one.id) for one in self._people]
            inserts = [("INSERT INTO id4name VALUES (?, ?)", row) for row in rows]
            files.write_database(index, "DELETE FROM id4name;", inserts)


def _differing(found: dict[str, Any], first: dict[str, Any]) -> list[str]:
    return [name for name in {**found, **first} if found.get(name) != first.get(name)]


def _copy(source: Path, target: Path) -> None:
    """Everything but what servers keep; what is not in the source goes."""
    target.mkdir(parents=True, exist_ok=True)
    left_out = [f"--exclude={pattern}" for pattern in NOT_COPIED]
    words = ["rsync", "-aHAXS", "--numeric-ids", "--checksum", "--delete", *left_out]
    done = subprocess.run(
        [*words, f"{source}/", f"{target}/"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NotAsItWas(done.stderr)


def _mend_containers(machine: Machine) -> None:
    containers = machine.engine.containers()
    if sorted(str(one.name) for one in containers) != machine.expected:
        raise NotAsItWas(f"containers: {sorted(str(one.name) for one in containers)}")
    for container in containers:
        if container.status == "paused":
            container.unpause()
        if container.attrs["HostConfig"]["RestartPolicy"]["Name"] != "always":
            container.update(restart_policy={"Name": "always"})
        if container.status != "running":
            container.start()
        elif not _sees_the_root(container):
            container.restart(timeout=5)


def _sees_the_root(container: Container) -> bool:
    """Whether what it has mounted is what lies there now, and not what was moved aside."""
    pid = container.attrs["State"]["Pid"]
    return all(
        Path(mount["Source"]).samefile(f"/proc/{pid}/root{mount['Destination']}")
        for mount in container.attrs["Mounts"]
    )
