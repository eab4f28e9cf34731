"""The files of one machine of a platform: its root as an installation leaves it."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from . import compose, files
from .compose import Form, RoleName, Settings
from .machines import TestEngine

ROLES: tuple[RoleName, ...] = ("core", "register", "static-web")


@dataclass
class Machine:
    """One machine of the platform: an engine, a root, and the roles that live there."""

    name: str
    engine: TestEngine
    root: Path
    settings: Settings

    @property
    def data(self) -> Path:
        """Core's data folder."""
        return self.root / "pryv/core/data"

    @property
    def projects(self) -> list[str]:
        """The compose projects, in the order of a start."""
        leader = ["config-leader"] if self.settings.leads else []
        return [*leader, "pryv", "config-follower"]

    def compose(self, project: str, *arguments: str) -> str:
        """Run docker-compose on one of the installation's own compose files."""
        return self._run(["docker-compose", *self._words(project, arguments)])

    def _words(self, project: str, arguments: Sequence[str]) -> list[str]:
        return ["-f", str(self.root / project / f"{project}.yml"), *arguments]

    def _run(self, argv: Sequence[str]) -> str:
        return self.engine.run(
            argv,
            self.root,
            PRYV_CONF_ROOT=str(self.root),
            COMPOSE_HTTP_TIMEOUT="120",
            COMPOSE_IGNORE_ORPHANS="1",
        )

    @property
    def expected(self) -> list[str]:
        """The names of all containers of this machine."""
        services = [*self.settings.services, "config_follower"]
        if self.settings.leads:
            services.append("config_leader")
        return sorted(f"pryvio_{service}" for service in services)

    def is_up(self) -> bool:
        """Whether all of them run."""
        return self.engine.running() == self.expected


def plan_machines(
    folder: Path,
    engines: Sequence[TestEngine],
    form: Form,
    release: str,
    domain: str,
    without: Sequence[str] = (),
    roles: tuple[RoleName, ...] = ROLES,
) -> list[Machine]:
    """The machines of a form, register's address known to all.

    Args:
        roles: what a single node has of them.
    """
    groups: list[tuple[str, tuple[RoleName, ...]]]
    if form == "single-node":
        groups = [("single-node", roles)]
    else:
        groups = [("core", ("core",)), ("register", ("register",)), ("static", ("static-web",))]
    if len(engines) < len(groups):
        raise ValueError(f"{form} needs {len(groups)} engines, got {len(engines)}")
    register = next(n for n, (_, here) in enumerate(groups) if "register" in here)
    made = []
    for engine, (name, here) in zip(engines, groups, strict=False):
        settings = Settings(
            form=form,
            release=release,
            domain=domain,
            roles=here,
            address=engine.address,
            register_address=engines[register].address,
            without=tuple(without),
        )
        made.append(Machine(name, engine, folder / name, settings))
    return made


def write_root(machine: Machine) -> None:
    """Write everything that is there before the first start."""
    settings, root = machine.settings, machine.root
    files.make_folder(root, owner=0, mode=0o755)
    _make_socket(Path(compose.SYSLOG))
    for project in machine.projects:
        files.make_folder(root / project)
    files.write(root / "pryv/pryv.yml", compose.pryv_yml(settings))
    files.write(root / "config-follower/config-follower.yml", compose.config_follower_yml(settings))
    if settings.leads:
        files.write(root / "config-leader/config-leader.yml", compose.config_leader_yml(settings))
    for name, text in compose.scripts(str(root), settings.roles, leads=settings.leads).items():
        files.write(root / name, text, mode=0o755, owner=0)
    for path, text in compose.conf_files(settings).items():
        files.write(root / path, text, mode=0o644)
    files.make_certificate(root / "pryv/nginx/conf/secret", settings.domain)
    for folder in _folders(settings):
        files.make_folder(root / folder)
    if settings.leads:
        files.write_database(
            root / "config-leader/database/users.db",
            "CREATE TABLE IF NOT EXISTS users (username TEXT PRIMARY KEY, password TEXT);",
            [("INSERT INTO users VALUES (?, ?)", ("admin", "not-a-real-hash"))],
        )
    if "core" in settings.roles:
        for number in range(3):
            files.write(machine.data / "previews" / f"p{number}.jpg", b"preview" * 100)
        files.write(root / settings.mongodb_backup / ".gitkeep", b"")
        files.write(root / "pryv/influxdb/backup/.gitkeep", b"")
        if settings.numbers >= (1, 8):
            files.write_database(
                machine.data / "users/user-index.db",
                "CREATE TABLE IF NOT EXISTS id4name (username TEXT PRIMARY KEY, userId TEXT);",
                [],
            )
        files.make_odd_files(machine.data / "odd")


def _folders(settings: Settings) -> list[str]:
    own = [s for s in settings.services if s not in ("influxdb", "admin_panel", "app_web_auth3")]
    found = [f"pryv/{service}/{name}" for service in own for name in ("conf", "log")]
    found.append("config-follower/log")
    if "core" in settings.roles:
        found += ["pryv/mongodb/data", "pryv/influxdb/data", "pryv/core/data/previews"]
        if settings.numbers < (1, 8):
            found.append("pryv/hfs/data")
    if "register" in settings.roles:
        found.append("pryv/redis/data")
    if settings.leads:
        found += [f"config-leader/{name}" for name in ("log", "data", "database")]
    return found


def _make_socket(path: Path) -> None:
    """A socket that stands for the machine's syslog where it has none (core mounts it, nobody
    listens): it is left there, as a machine that has one has it for longer than a test."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as made, suppress(OSError):
        if not path.exists():
            made.bind(str(path))
