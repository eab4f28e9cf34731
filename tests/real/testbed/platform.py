"""A Pryv-like installation on real engines: made, filled, brought up, read, destroyed.

What of it is real and what is a stand-in stands in the README beside this file.
"""

from __future__ import annotations

import io
import json
import shutil
import ssl
import tarfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, Self

from . import compose, files, people, stores
from .compose import Form, RoleName
from .installation import ROLES, Machine, plan_machines, write_root
from .machines import TestEngine
from .people import Person

Disaster = Literal["containers", "root", "emptied", "everything", "machine"]
"""What `wipe` destroys.

`containers` removes them and leaves the files; `root` empties the root under containers that run
on; `emptied` stops the containers and empties the root; `everything` removes the containers and
empties the root; `machine` removes the root's folder itself as well.
"""

DOMAIN = "pryv-test.invalid"
START_SECONDS = 120.0
PACE_FILE = "/run/standin-pace"


@dataclass
class Platform:
    """The installation and everything the tests do to it."""

    form: Form
    release: str
    domain: str
    machines: list[Machine]
    people: list[Person] = field(default_factory=list)
    events_each: int = 0
    points_each: int = 0
    attachments_each: int = 0
    pace: float = 0.0

    @property
    def hosts(self) -> list[Machine]:
        """The machines, by the name that the tool's configuration has for them."""
        return self.machines

    # -- making ------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        folder: Path,
        engines: Sequence[TestEngine],
        *,
        form: Form = "single-node",
        release: str = "1.9.2",
        users: int = 3,
        events: int = 40,
        points: int = 50,
        attachments: int = 4,
        domain: str = DOMAIN,
        fill: bool = True,
        without: Sequence[str] = (),
        roles: tuple[RoleName, ...] = ROLES,
    ) -> Self:
        """Write an installation under a folder and, with `fill`, start it and fill its stores.

        Args:
            folder: gets a folder per machine, each machine's root.
            engines: one for `single-node`, three for `cluster`.
            users: accounts; events, points and attachments are for each of them.
            without: services that it has not, such as `compose.BESIDE`: most of what a test
                takes is the engine's work of starting and stopping containers.
            roles: of a single node; without core there are no accounts either.
        """
        machines = plan_machines(folder, engines, form, release, domain, without, roles)
        platform = cls(form, release, domain, machines)
        platform.events_each, platform.points_each = events, points
        platform.attachments_each = attachments
        for machine in platform.machines:
            machine.engine.remove_platform()
            write_root(machine)
        if fill:
            platform.up()
        if fill and "core" in roles:
            with stores.mongodb(platform.ip("mongodb")) as database:
                stores.make_indexes(database)
            for number in range(users):
                platform.add_user(f"user{number:03d}", events=events, points=points)
            platform.settle()
        return platform

    def machine(self, role: RoleName) -> Machine:
        """The machine on which a role lives."""
        return next(one for one in self.machines if role in one.settings.roles)

    def of_service(self, service: str) -> Machine:
        """The machine on which a service of one role lives."""
        for role, services in compose.ROLE_SERVICES.items():
            if service in services:
                return self.machine(role)
        raise KeyError(service)

    def ip(self, service: str) -> str:
        """The address of a service's container."""
        return self.of_service(service).engine.ip(f"pryvio_{service}")

    # -- starting and stopping ---------------------------------------------------------------

    def up(self, *, wait: bool = True) -> None:
        """Start every container with the installation's own compose files, register first."""
        order = sorted(self.machines, key=lambda one: "register" not in one.settings.roles)
        for machine in order:
            for project in machine.projects:
                machine.compose(project, "up", "-d", "--quiet-pull")
        if wait:
            self.wait_until_up()

    def down(self) -> None:
        """Remove every container, as the stop scripts do; the roots stay."""
        for machine in reversed(self.machines):
            # The networks are shared: compose refuses to remove them while others are in them, so
            # the last `down` does it.
            for project in reversed(machine.projects):
                if project != "pryv":
                    machine.compose(project, "rm", "--stop", "--force")
            down = partial(self._down, machine)
            wait_for(f"{machine.name} to be down", lambda go=down: go())  # type: ignore[misc]

    @staticmethod
    def _down(machine: Machine) -> bool:
        """Whether every container of a machine is gone.

        A busy engine keeps a container's endpoint after the container is gone, for a moment or for
        ever, and then refuses to remove the network ("has active endpoints"). Nothing is in it, and
        it serves the next platform as well.
        """
        try:
            machine.compose("pryv", "down", "--timeout", "5")
        except RuntimeError as error:
            if "has active endpoints" not in str(error):
                raise
        return not machine.engine.client.containers.list(all=True, filters={"name": "pryvio_"})

    def restart(self) -> None:
        """Restart every container where it stands."""
        for machine in self.machines:
            machine.engine.for_each(lambda one: one.restart(timeout=5))
        self.wait_until_up()

    def destroy(self) -> None:
        """Remove containers, networks and roots: nothing of the platform is left."""
        for machine in self.machines:
            machine.engine.remove_platform()
            shutil.rmtree(machine.root, ignore_errors=True)

    def wait_until_up(self) -> None:
        """Wait until every container runs and every store and front door answers."""
        for machine in self.machines:
            wait_for(f"containers of {machine.name}", machine.is_up)
        here = {role for machine in self.machines for role in machine.settings.roles}
        if "core" in here:
            wait_for("mongodb", self._ask_mongodb)
            wait_for("influxdb", lambda: stores.Influx(self.ip("influxdb")).databases() is not None)
        wait_for("redis", self._ask_redis)
        doors = (
            ("core", "co1", "/status"),
            ("register", "reg", "/service/info"),
            ("app_web_auth3", "sw", "/status"),
        )
        services = {one for machine in self.machines for one in machine.settings.services}
        for service, name, path in doors:
            if service in services and "nginx" in services:
                wait_for(f"{name}.{self.domain}", partial(self._is_open, name, path))

    def _is_open(self, name: str, path: str) -> bool:
        return self.get(name, path)[0] == 200

    def _ask_mongodb(self) -> bool:
        with stores.mongodb(self.ip("mongodb")) as database:
            database.command("ping")
        return True

    def _ask_redis(self) -> bool:
        with stores.Redis(self.ip("redis")) as redis:
            return bool(redis.call("PING") == "PONG")

    def get(self, name: str, path: str, *, seconds: float = 5) -> tuple[int, Any]:
        """Ask `https://<name>.DOMAIN<path>` through nginx: the status and the answer.

        Raises:
            OSError: nothing answers in that many seconds.
        """
        roles: dict[str, RoleName] = {"co1": "core", "sw": "static-web"}
        machine = self.machine(roles.get(name, "register"))
        request = urllib.request.Request(
            f"https://{machine.engine.address}{path}", headers={"Host": f"{name}.{self.domain}"}
        )
        try:
            context = ssl._create_unverified_context()
            with urllib.request.urlopen(request, timeout=seconds, context=context) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, None

    def exec_ok(self, service: str, *argv: str) -> bool:
        """Whether a program in a service's container ends well."""
        return self.of_service(service).engine.exec(f"pryvio_{service}", *argv).code == 0

    # -- life --------------------------------------------------------------------------------

    def add_user(
        self,
        username: str,
        *,
        events: int = 5,
        points: int = 5,
        where: Sequence[Literal["register", "core"]] = ("register", "core"),
    ) -> Person:
        """A new account with its data, in both places or in one of them only."""
        person = Person(username)
        numbers = self.machine("core").settings.numbers
        if "register" in where:
            with stores.Redis(self.ip("redis")) as redis:
                for words in people.register_keys(person):
                    redis.call(*words)
        if "core" in where:
            data = self.machine("core").data
            people.write_account_files(data, numbers, person)
            attached = range(min(self.attachments_each, events))
            for number in attached:
                people.write_attachment(data, numbers, person, number)
            people.store_in_mongodb(
                self.ip("mongodb"), person, range(events), attached, account=True
            )
            self.add_points(person, points, first=0)
        self.people.append(person)
        return person

    def add_events(self, person: Person, count: int, *, first: int = 100_000) -> list[str]:
        """More events of a person; their ids."""
        numbers = range(first, first + count)
        people.store_in_mongodb(self.ip("mongodb"), person, numbers, (), account=False)
        return [people.event_id(person, number) for number in numbers]

    def add_attachment(self, person: Person, *, number: int = 200_000, event: bool = True) -> Path:
        """A new file of a person, with its event or without."""
        machine = self.machine("core")
        path = people.write_attachment(
            machine.data, machine.settings.numbers, person, number, old=False
        )
        if event:
            people.store_in_mongodb(self.ip("mongodb"), person, [number], [number], account=False)
        return path

    def add_points(self, person: Person, count: int, *, first: int = 1_000_000) -> None:
        """More high-frequency points of a person; the database is made by the first write."""
        if not count:
            return
        influx = stores.Influx(self.ip("influxdb"))
        influx.create(person.influx)
        influx.write(person.influx, people.point_lines(person, first, count))

    def drop_points(self) -> None:
        """No high-frequency data of anybody, nor any database for it."""
        influx = stores.Influx(self.ip("influxdb"))
        for name in influx.databases():
            influx.query(f'DROP DATABASE "{name}"')

    def set_pace(self, seconds: float) -> None:
        """Make the MongoDB tools sleep after each document, whether its container runs or not."""
        self.pace = seconds
        content = f"{seconds}".encode()
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            entry = tarfile.TarInfo(PACE_FILE.lstrip("/"))
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        mongodb = self.machine("core").engine.client.containers.get("pryvio_mongodb")
        assert mongodb.put_archive("/", packed.getvalue())

    def settle(self) -> None:
        """Wait until what was written is where a stop of the container will not lose it."""
        with stores.Redis(self.ip("redis")) as redis:
            redis.call("BGREWRITEAOF")
            wait_for(
                "redis to rewrite its file",
                lambda: "aof_rewrite_in_progress:0" in redis.call("INFO", "persistence"),
            )

    # -- looking -----------------------------------------------------------------------------

    def contents(self) -> dict[str, Any]:
        """All that must be the same before a backup and after a restore, ready to be compared."""
        core = self.machine("core")
        with stores.Redis(self.ip("redis")) as redis:
            redis_contents = redis.contents()
        return {
            "mongodb": stores.mongodb_contents(self.ip("mongodb")),
            "influxdb": stores.Influx(self.ip("influxdb")).contents(),
            "redis": redis_contents,
            "sqlite": self._sqlite_contents(),
            "attachments": files.attachments_contents(core.data),
            "odd": self.odd_contents(),
            "conf": {
                machine.name: files.configuration_contents(machine.root)
                for machine in self.machines
            },
            "running": {machine.name: machine.engine.running() for machine in self.machines},
        }

    def _sqlite_contents(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for machine in self.machines:
            for folder in (machine.data / "users", machine.root / "config-leader/database"):
                for path in sorted(files.walk(folder) if folder.is_dir() else ()):
                    if path.suffix in (".db", ".sqlite"):
                        name = str(path.relative_to(machine.root))
                        found[name] = files.database_contents(path)
        return found

    def odd_contents(self) -> list[str]:
        """The odd files with everything a copy must keep, a line each: a difference shows."""
        folder = self.machine("core").data / "odd"
        if not folder.is_dir():
            return []
        return sorted(files.describe(path, folder.parent) for path in [folder, *files.walk(folder)])

    def previews(self) -> int:
        """How many previews there are; they are not part of a backup."""
        folder = self.machine("core").data / "previews"
        return sum(path.is_file() for path in files.walk(folder))

    # -- disasters ---------------------------------------------------------------------------

    def wipe(self, role: RoleName | Literal["all"] = "all", how: Disaster = "everything") -> None:
        """Destroy a machine (that of a role, or each of them) in one of several ways."""
        for machine in self.machines if role == "all" else [self.machine(role)]:
            if how == "emptied":
                machine.engine.for_each(lambda one: one.stop(timeout=5))
            if how in ("containers", "everything", "machine"):
                machine.engine.remove_platform()
            if how in ("root", "emptied", "everything"):
                files.empty_folder(machine.root)
            if how == "machine":
                shutil.rmtree(machine.root)

    @contextmanager
    def without(self, *services: str) -> Iterator[None]:
        """Some containers stopped for a while."""
        held = [
            self.of_service(name).engine.client.containers.get(f"pryvio_{name}")
            for name in services
        ]
        for one in held:
            one.stop(timeout=5)
        try:
            yield
        finally:
            for one in held:
                one.start()


def wait_for(what: str, ready: Callable[[], bool], *, seconds: float = START_SECONDS) -> None:
    """Wait until something is so; an error that says what was waited for, and the last problem."""
    deadline, problem = time.monotonic() + seconds, "it stayed untrue"
    while True:
        try:
            if ready():
                return
        except Exception as error:
            problem = repr(error)
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited for {what}: {problem}")
        time.sleep(0.1)


RealPlatform = Platform
