"""The roles of a Pryv.io platform, their services, stores and folders, as data.

Sources: Pryv's configuration templates 1.6 to 1.9.2 and the customer guide on backups. Another
release is another row here, not another branch in the code.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from pryv_tui import own_folder

RoleName = Literal["core", "register", "static-web"]
FolderKind = Literal["travels", "left_out", "recreated"]
FOLDER_WORDS: dict[str, str] = {
    "travels": "backed up",
    "left_out": "left out",
    "recreated": "recreated",
}
"""What a backup and a restore do with a folder of each kind (`FolderKind`), in a word or two."""

StoreName = Literal["mongodb", "influxdb", "redis", "sqlite"]
Form = Literal["single-node", "cluster", "unknown"]

ROLE_NAMES: tuple[RoleName, ...] = ("core", "register", "static-web")
"""The roles in the documented order of a backup: core first, so that casualties are harmless."""


class Folder(msgspec.Struct, frozen=True):
    """A folder under the root and what a backup does with it."""

    path: str
    kind: FolderKind
    why: str = ""


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """A role, with the services, stores and folders of its machine."""

    name: RoleName
    title: str
    template: str
    """The folder of this role in Pryv's templates."""
    services: tuple[str, ...]
    marks: frozenset[str]
    """Services that only this role has: one of them shows that the role lives here."""
    needed: frozenset[str]
    """Services without which the role is useless, even if the others run.

    `dns` is not among them: another machine may serve the platform's names.
    """
    stores: tuple[StoreName, ...]
    folders: tuple[Folder, ...]
    apart: tuple[str, ...] = ()
    """Folders that belong to this role only if its containers mount them: some templates lack
    them."""


_FOLLOWER = Folder("config-follower", "travels")
_NGINX = Folder("pryv/nginx", "travels")

CORE = Role(
    name="core",
    title="Core",
    template="core",
    services=(
        "nginx",
        "core",
        "mfa",
        "preview",
        "hfs",
        "webhooks",
        "mongodb",
        "influxdb",
        "config_follower",
    ),
    marks=frozenset({"core", "mongodb", "influxdb", "hfs"}),
    needed=frozenset({"nginx", "core", "mongodb"}),
    stores=("mongodb", "influxdb", "sqlite"),
    folders=(
        Folder("pryv/core", "travels"),
        Folder("pryv/core/data/previews", "recreated", "made again from the attachments"),
        Folder("pryv/mongodb", "travels"),
        Folder("pryv/mongodb/data", "recreated", "its content is backed up as a dump"),
        Folder("pryv/influxdb", "travels"),
        Folder("pryv/influxdb/data", "recreated", "its content is backed up as a dump"),
        Folder("pryv/hfs", "travels"),
        Folder("pryv/preview", "travels"),
        Folder("pryv/webhooks", "travels"),
        Folder("pryv/mfa", "travels"),
        _NGINX,
        _FOLLOWER,
    ),
)

REGISTER = Role(
    name="register",
    title="Register",
    template="reg-master",
    services=(
        "nginx",
        "admin_panel",
        "register",
        "dns",
        "redis",
        "mail",
        "config_leader",
        "config_follower",
    ),
    marks=frozenset({"register", "admin_panel", "mail"}),
    needed=frozenset({"nginx", "register", "redis"}),
    stores=("redis", "sqlite"),
    folders=(
        Folder("pryv/redis", "travels"),
        Folder("pryv/register", "travels"),
        Folder("pryv/dns", "travels"),
        Folder("pryv/mail", "travels"),
        _NGINX,
        Folder("config-leader", "travels"),
        _FOLLOWER,
    ),
)

STATIC_WEB = Role(
    name="static-web",
    title="Static web",
    template="static",
    services=("nginx", "app_web_auth3", "config_follower"),
    marks=frozenset({"app_web_auth3"}),
    needed=frozenset({"nginx", "app_web_auth3"}),
    stores=(),
    folders=(_NGINX, _FOLLOWER),
    apart=("pryv/app-web-auth3",),
)

ROLES: dict[RoleName, Role] = {role.name: role for role in (CORE, REGISTER, STATIC_WEB)}

REPLICA_MARKS = frozenset({"dns", "redis"})
"""A machine with these services and without register is a register replica.

A replica is deployed again, not restored.
"""

ALWAYS_LEFT_OUT = (own_folder.NAME,)
"""This program's folders under the root (content moved aside, markers); never part of a backup."""

CONFIG_FOLLOWER = "config_follower"
"""The service that copies pryv.yml and conf from the leader when it starts.

It can restart every service. So it is stopped during a backup or restore, and started last.
"""

DATABASE_SERVICES = ("mongodb", "influxdb", "redis")
"""Services that are started alone, before anything that would write to them."""

NEEDS_REGISTER = ("core", "hfs", "preview", "webhooks")
"""Services that fetch /service/info from register at boot, and crash-loop without it."""

STORE_SERVICE: dict[StoreName, str] = {
    "mongodb": "mongodb",
    "influxdb": "influxdb",
    "redis": "redis",
}

LOG_GLOBS = ("*/log/*", "log/*", "*.log")
"""Files that may change or vanish while they are copied; this gives a note, not a failure."""

SQLITE_GLOBS = ("*.sqlite", "*.sqlite3", "*.db")
"""SQLite files: from 1.8 under core/data/users (WAL), and config-leader/database.

A plain copy of one in use could be torn.
"""

ACCOUNTS_FOLDER = "pryv/core/data/users"
"""From 1.8, the SQLite files directly in this folder say which accounts core knows (the username
index) and which e-mails are taken. Deeper files belong to one account each."""

ACCOUNTS_FILES = ("user-index.db", "platform-wide.db")
"""The names of these files in 1.8 and 1.9; core may make either of them only when first needed."""


def roles_of(services: Iterable[str]) -> tuple[RoleName, ...]:
    """The roles of one machine, told by its services, in the documented backup order."""
    present = set(services)
    return tuple(name for name in ROLE_NAMES if ROLES[name].marks & present)


def is_replica(services: Iterable[str]) -> bool:
    """Whether a machine with these services is a register replica."""
    present = set(services)
    return present >= REPLICA_MARKS and not roles_of(present)


def form_of(roles_by_host: Iterable[Iterable[RoleName]]) -> Form:
    """The platform's form, from the roles of each of its machines.

    A machine with several roles is a single node, also when one of its roles is lost.
    """
    groups = [tuple(roles) for roles in roles_by_host if tuple(roles)]
    if not groups:
        return "unknown"
    if len(groups) == 1 and len(groups[0]) > 1:
        return "single-node"
    return "cluster"


def start_order(services: Iterable[str]) -> list[str]:
    """Services in the order in which a restored machine starts them."""
    return sorted(services, key=start_rank)


def start_rank(service: str) -> tuple[int, str]:
    """The place of a service in the order of starts.

    Databases first. Then register and what it needs to answer, because the core applications
    crash-loop without its /service/info. Then the rest, nginx after what it serves, and the config
    follower last.
    """
    if service in DATABASE_SERVICES:
        return (0, service)
    if service in ("config_leader", "dns", "register"):
        return (1, service)
    if service == CONFIG_FOLLOWER:
        return (9, service)
    if service == "nginx":
        return (4, service)
    if service in NEEDS_REGISTER:
        return (3, service)
    return (2, service)


def stop_rank(service: str) -> tuple[int, str]:
    """The place of a service in the order of stops.

    The follower first (it could restart the others), then nginx (no new requests), then the
    applications. The databases come last, when nothing writes to them any more.
    """
    if service == CONFIG_FOLLOWER:
        return (0, service)
    if service == "nginx":
        return (1, service)
    return (3 if service in DATABASE_SERVICES else 2, service)


def stop_phase(service: str) -> int:
    """The number of the phase in which a service is stopped; each phase is stopped in parallel.

    The follower and nginx stop together: neither serves the other. If the follower was about to
    restart a service, that one is found running afterwards and stopped again.
    """
    return max(1, stop_rank(service)[0])


def start_phase(service: str) -> int:
    """The number of the phase in which a service is started; each phase is started in parallel.

    Services that neither ask register nor are asked by it (mail, the panels) start with register:
    they depend on no service of that phase, and none depends on them.
    """
    rank = start_rank(service)[0]
    return 1 if rank == 2 else rank


def stop_order(services: Iterable[str]) -> list[str]:
    """Services in the order in which a running machine is stopped."""
    return sorted(services, key=stop_rank)


COMPOSE_FILES = (
    "config-leader/config-leader.yml",
    "pryv/pryv.yml",
    "config-follower/config-follower.yml",
)
"""Compose files relative to the root, in the order in which they are brought up."""


def by_file(services: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Services grouped by the compose file that declares them in the templates; no empty groups."""
    own = {"config_leader": COMPOSE_FILES[0], CONFIG_FOLLOWER: COMPOSE_FILES[2]}
    groups: dict[str, list[str]] = {file: [] for file in COMPOSE_FILES}
    for service in services:
        groups[own.get(service, COMPOSE_FILES[1])].append(service)
    return [(file, names) for file, names in groups.items() if names]
