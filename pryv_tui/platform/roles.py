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
StoreName = Literal["mongodb", "influxdb", "redis", "sqlite"]
Form = Literal["single-node", "cluster", "unknown"]

ROLE_NAMES: tuple[RoleName, ...] = ("core", "register", "static-web")
"""In the documented order of a backup: core first, so that the gap errs on the harmless side."""


class Folder(msgspec.Struct, frozen=True):
    """A folder under the root and what a backup does with it."""

    path: str
    kind: FolderKind
    why: str = ""


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """What one role means on its machine."""

    name: RoleName
    title: str
    template: str
    """The folder name of this role in Pryv's templates."""
    services: tuple[str, ...]
    marks: frozenset[str]
    """Services that only this role has: their presence says that the role lives here."""
    needed: frozenset[str]
    """Services without which it is of no use to anybody, whatever else of it runs. Who tells the
    platform's names (`dns`) may be another machine."""
    stores: tuple[StoreName, ...]
    folders: tuple[Folder, ...]
    apart: tuple[str, ...] = ()
    """Folders that it alone has where its containers have them mounted: not every template gives it
    one."""


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
        Folder("pryv/mongodb/data", "recreated", "its content travels as a dump"),
        Folder("pryv/influxdb", "travels"),
        Folder("pryv/influxdb/data", "recreated", "its content travels as a dump"),
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
"""A machine with these and no register service is a register replica: redeployed, not restored."""

ALWAYS_LEFT_OUT = (own_folder.NAME,)
"""Folders of ours under the root: content moved aside, markers. They never travel."""

CONFIG_FOLLOWER = "config_follower"
"""Overwrites pryv.yml and conf from the leader when it starts, and can restart every service: it
is held during a backup or restore and started last."""

DATABASE_SERVICES = ("mongodb", "influxdb", "redis")
"""Started alone, before anything that would write to them."""

NEEDS_REGISTER = ("core", "hfs", "preview", "webhooks")
"""These fetch /service/info from register at boot and crash-loop without it."""

STORE_SERVICE: dict[StoreName, str] = {
    "mongodb": "mongodb",
    "influxdb": "influxdb",
    "redis": "redis",
}

LOG_GLOBS = ("*/log/*", "log/*", "*.log")
"""Files that change and vanish while they are copied; that is a note, not a failure."""

SQLITE_GLOBS = ("*.sqlite", "*.sqlite3", "*.db")
"""From 1.8 under core/data/users (WAL), and config-leader/database: torn when copied live."""

ACCOUNTS_FOLDER = "pryv/core/data/users"
"""From 1.8 the SQLite files that lie in it directly say which accounts core knows (the username
index) and which e-mails are taken; what lies deeper belongs to one account."""

ACCOUNTS_FILES = ("user-index.db", "platform-wide.db")
"""Their names as 1.8 and 1.9 have them; either may be made only when it is first needed."""


def roles_of(services: Iterable[str]) -> tuple[RoleName, ...]:
    """Which roles the services of one machine amount to, in the documented backup order."""
    present = set(services)
    return tuple(name for name in ROLE_NAMES if ROLES[name].marks & present)


def is_replica(services: Iterable[str]) -> bool:
    """Whether a machine with these services is a register replica."""
    present = set(services)
    return present >= REPLICA_MARKS and not roles_of(present)


def form_of(roles_by_host: Iterable[Iterable[RoleName]]) -> Form:
    """The platform's form from the roles that each of its machines has.

    One machine with several roles is a single node, also when one of them is lost.
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
    """The place of a service among those that are started.

    Databases first, then register and what answers for it (the core applications crash-loop
    without its /service/info), then the rest, nginx after what it serves, the config follower last.
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
    """The place of a service among those that are stopped.

    The follower first (it could restart the others), then nginx (no new requests), then the
    applications, and the databases last, when nothing writes to them any more.
    """
    if service == CONFIG_FOLLOWER:
        return (0, service)
    if service == "nginx":
        return (1, service)
    return (3 if service in DATABASE_SERVICES else 2, service)


def stop_phase(service: str) -> int:
    """Services with the same number are stopped at once, those with a lower one before them.

    The follower and nginx go together: neither works for the other. What the follower had begun to
    start again by then is found running afterwards, and stopped once more.
    """
    return max(1, stop_rank(service)[0])


def start_phase(service: str) -> int:
    """The same of services that are started.

    What neither asks register nor is asked for it (mail, the panels) goes along with register: it
    waits for nobody, and nobody for it.
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
"""Relative to the root, in the order in which they are brought up."""


def by_file(services: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Services by the compose file that the templates declare them in; empty groups left out."""
    own = {"config_leader": COMPOSE_FILES[0], CONFIG_FOLLOWER: COMPOSE_FILES[2]}
    groups: dict[str, list[str]] = {file: [] for file in COMPOSE_FILES}
    for service in services:
        groups[own.get(service, COMPOSE_FILES[1])].append(service)
    return [(file, names) for file, names in groups.items() if names]
