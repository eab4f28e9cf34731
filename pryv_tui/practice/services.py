"""The machines of a practice platform and their containers, as data.

The table follows the templates of release 1.9: names, bind mounts, compose files. The programs are
those that a backup or a restore calls inside a container; there are no others.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from pryv_tui.platform.roles import ROLE_NAMES, ROLES, RoleName
from pryv_tui.practice.settings import RELEASE, PracticeForm

Project = Literal["pryv", "config-leader", "config-follower"]

COMPOSE_FILES: dict[Project, str] = {
    "pryv": "pryv/pryv.yml",
    "config-leader": "config-leader/config-leader.yml",
    "config-follower": "config-follower/config-follower.yml",
}


class Service(msgspec.Struct, frozen=True):
    """One container of the templates."""

    name: str
    binds: tuple[tuple[str, str, bool], ...]
    """For each mount: the folder under the root (or an absolute path), the path inside the
    container, and whether it is read-only."""
    project: Project = "pryv"
    programs: tuple[str, ...] = ()
    needs_register: bool = False
    uid: int | None = None
    """The user id that owns the service's data folder; the service chowns that folder at every
    start."""

    @property
    def container(self) -> str:
        return f"pryvio_{self.name}"

    @property
    def image(self) -> str:
        return f"pryvio/{self.name}:{RELEASE}"


def _own(folder: str, *, log: bool = True) -> tuple[tuple[str, str, bool], ...]:
    conf = ((f"pryv/{folder}/conf", "/app/conf", True),)
    return (*conf, (f"pryv/{folder}/log", "/app/log", False)) if log else conf


_CORE_DATA = ("pryv/core/data", "/app/data", False)

SERVICES: dict[str, Service] = {
    service.name: service
    for service in (
        Service("nginx", _own("nginx")),
        Service(
            "core",
            (*_own("core"), _CORE_DATA, ("/dev/log", "/dev/log", False)),
            needs_register=True,
        ),
        Service("mfa", _own("mfa")),
        Service("preview", (*_own("preview"), _CORE_DATA), needs_register=True),
        Service("hfs", (*_own("hfs"), _CORE_DATA), needs_register=True),
        Service("webhooks", (*_own("webhooks"), _CORE_DATA), needs_register=True),
        Service(
            "mongodb",
            (
                *_own("mongodb"),
                ("pryv/mongodb/data", "/app/data", False),
                ("pryv/mongodb/backup", "/app/backup", False),
            ),
            programs=(
                "/app/bin/mongodb/bin/mongodump",
                "/app/bin/mongodb/bin/mongorestore",
                "/app/bin/mongodb/bin/mongo",
            ),
            uid=999,
        ),
        Service(
            "influxdb",
            (
                ("pryv/influxdb/data", "/var/lib/influxdb", False),
                ("pryv/influxdb/backup", "/pryv/backup", False),
            ),
            programs=("/usr/bin/influxd", "/usr/bin/influx"),
        ),
        Service(
            "redis",
            (*_own("redis"), ("pryv/redis/data", "/app/data", False)),
            programs=("/usr/local/bin/redis-cli", "/usr/local/bin/redis-check-aof"),
            uid=999,
        ),
        Service("admin_panel", _own("admin-panel", log=False)),
        Service("register", _own("register")),
        Service("dns", _own("dns")),
        Service("mail", _own("mail")),
        Service("app_web_auth3", _own("app-web-auth3", log=False)),
        Service(
            "config_leader",
            (
                ("config-leader/conf", "/app/conf", False),
                ("config-leader/log", "/app/log", False),
                ("config-leader/data", "/app/data", False),
                ("config-leader/database", "/app/database", False),
            ),
            project="config-leader",
        ),
        Service(
            "config_follower",
            (
                ("config-follower/conf", "/app/conf", False),
                ("config-follower/log", "/app/log", False),
            ),
            project="config-follower",
        ),
    )
}

PRYV_UID = 9999
"""The user id that owns nearly everything in a root."""

COMMON_PROGRAMS = ("/bin/kill", "/bin/true", "/bin/bash", "/usr/bin/getent", "/usr/bin/curl")
"""Programs of every container that a backup or a drill needs."""


def program_of(service: str, argv0: str) -> str | None:
    """Return the tool for a program's name or path in a container; None if the container does not
    have that program."""
    known = SERVICES[service].programs if service in SERVICES else ()
    for path in (*known, *COMMON_PROGRAMS):
        name = path.rsplit("/", 1)[1]
        if argv0 in (path, name):
            return name
    return None


def hosts_of(form: PracticeForm) -> dict[str, tuple[RoleName, ...]]:
    """Return the machines of a form: the name of each machine and its roles."""
    if form == "single-node":
        return {"single": ROLE_NAMES}
    return {role: (role,) for role in ROLE_NAMES}


def services_of(roles: tuple[RoleName, ...]) -> tuple[Service, ...]:
    """Return the containers of a machine with these roles, in the order of the table."""
    wanted = {service for role in roles for service in ROLES[role].services}
    return tuple(service for service in SERVICES.values() if service.name in wanted)
