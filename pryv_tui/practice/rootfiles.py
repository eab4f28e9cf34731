"""The files of a root besides its stores: configuration, secrets, scripts, logs, unusual files.

The layout is that of release 1.9. It includes what can go wrong when files are copied: names with a
space, a newline or bytes that are not UTF-8, both kinds of links, a sparse file, an extended
attribute.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path

from pryv_tui.platform.roles import RoleName
from pryv_tui.practice.machines import compose
from pryv_tui.practice.machines.docker_compose import SCRIPTS
from pryv_tui.practice.people import BIRTH
from pryv_tui.practice.services import COMPOSE_FILES, PRYV_UID, Service
from pryv_tui.practice.settings import Settings, running_as_root
from pryv_tui.practice.stores import sqlite

_NGINX_NAMES: dict[RoleName, tuple[str, ...]] = {
    "core": ("co1", "core"),
    "register": ("reg", "lead", "adm"),
    "static-web": ("sw",),
}


def fill(
    root: Path, settings: Settings, roles: tuple[RoleName, ...], services: tuple[Service, ...]
) -> None:
    """Write everything in a machine's root except its stores."""
    chance = random.Random(f"{settings.seed}/files/{'+'.join(roles)}")
    for service in services:
        for source, _, _ in service.binds:
            if not source.startswith("/"):
                (root / source).mkdir(parents=True, exist_ok=True)
    for path, text, mode in _texts(settings, roles, services, chance):
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)
    for service in services:
        for source, inside, _ in service.binds:
            if inside in ("/app/backup", "/pryv/backup"):
                (root / source / ".gitkeep").touch()
    if "register" in roles:
        _leader_databases(root / "config-leader/database", settings)
    _odd_things(root, roles, chance)
    _finish(root)


def _texts(
    settings: Settings,
    roles: tuple[RoleName, ...],
    services: tuple[Service, ...],
    chance: random.Random,
) -> Iterator[tuple[str, str, int]]:
    domain = settings.domain
    for project, file in COMPOSE_FILES.items():
        members = [service for service in services if service.project == project]
        if members:
            yield file, compose.render(project, members), 0o644
    for name, calls in SCRIPTS.items():
        if any((file.startswith("config-leader") and "register" not in roles) for file, _ in calls):
            continue
        yield name, _script(calls), 0o755
    for role in roles:
        yield (
            f"ensure-permissions-{role}",
            "#!/bin/bash\n# A practice platform's: nothing.\n",
            0o755,
        )
    for service in services:
        for source, inside, _ in service.binds:
            if inside == "/app/conf" and service.name != "nginx":
                suffix = "yml" if service.name == "mongodb" else "json"
                yield f"{source}/{service.name}.{suffix}", _conf(service, domain, chance), 0o644
    for role in roles:
        for name in _NGINX_NAMES[role]:
            text = f"server {{\n  listen 443 ssl;\n  server_name {name}.{domain};\n}}\n"
            yield f"pryv/nginx/conf/site-443-{name}.conf", text, 0o644
    yield f"pryv/nginx/conf/secret/{domain}-bundle.crt", _pem("CERTIFICATE", chance), 0o644
    yield f"pryv/nginx/conf/secret/{domain}-key.pem", _pem("PRIVATE KEY", chance), 0o600
    yield "pryv/nginx/log/access.log", "203.0.113.7 - GET /status 200\n", 0o644
    if "register" in roles:
        yield "config-leader/conf/platform.yml", _platform_yml(domain), 0o644
        yield "config-leader/conf/config-leader.json", "{}\n", 0o644
        yield "config-leader/data/credentials.txt", f"admin {chance.randbytes(9).hex()}\n", 0o600


def _script(calls: tuple[tuple[str, str], ...]) -> str:
    lines = [
        f'docker-compose -f "$HERE/{file}" {"up -d" if action == "up" else action}'
        for file, action in calls
    ]
    head = ["#!/bin/bash", "# A practice platform's script; only its own host runs it."]
    return "\n".join([*head, 'HERE="$(dirname "$0")"', *lines]) + "\n"


def _conf(service: Service, domain: str, chance: random.Random) -> str:
    if service.name == "mongodb":
        return "storage:\n  dbPath: /app/data\nnet:\n  port: 27017\n"
    tree = {"service": service.name, "domain": domain, "key": chance.randbytes(12).hex()}
    return json.dumps(tree) + "\n"


def _pem(kind: str, chance: random.Random) -> str:
    # Not a real key: it has only the form of a key, and its text says so.
    body = hashlib.sha512(chance.randbytes(16)).hexdigest()
    return f"-----BEGIN PRACTICE {kind}-----\n{body}\n-----END PRACTICE {kind}-----\n"


def _platform_yml(domain: str) -> str:
    return f"""\
vars:
  MACHINES_AND_PLATFORM_SETTINGS:
    name: "Machines and platform settings"
    settings:
      DOMAIN:
        description: "The domain of the platform"
        value: {domain}
      SINGLE_MACHINE_IP_ADDRESS:
        description: "Address of the machine"
        value: 192.0.2.10
"""


def _leader_databases(folder: Path, settings: Settings) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    schema = "CREATE TABLE IF NOT EXISTS users (username TEXT PRIMARY KEY, permissions TEXT);"
    rows = [("admin", "all"), ("operator", "read")]
    sqlite.write_plain(
        folder / "config-leader.db",
        schema,
        [("INSERT OR REPLACE INTO users VALUES (?, ?)", row) for row in rows],
    )
    (folder / "config-leader.db").chmod(0o600)


def _odd_things(root: Path, roles: tuple[RoleName, ...], chance: random.Random) -> None:
    conf = root / "pryv/nginx/conf"
    (conf / "notes of the operator.txt").write_text("call before 17:00\n", encoding="utf-8")
    (conf / "two\nlines.conf").write_text("# a name with a newline\n", encoding="utf-8")
    odd = os.path.join(os.fsencode(conf), b"r\xe9sum\xe9.txt")  # noqa: PTH118 - bytes, no Path
    try:
        with open(odd, "wb") as file:
            file.write(b"a name in Latin-1\n")
    except OSError:
        pass  # The file system takes only UTF-8 names.
    first = f"site-443-{_NGINX_NAMES[roles[0]][0]}.conf"
    (conf / "current.conf").symlink_to(first)
    (conf / "hard-link.conf").hardlink_to(conf / first)
    if "core" in roles:
        reserve = root / "pryv/core/data/reserve.img"
        with reserve.open("wb") as image:
            image.write(b"head")
            image.seek(4 * 1024 * 1024)
            image.write(b"tail")
    try:
        os.setxattr(conf / "notes of the operator.txt", "user.practice", b"kept")
    except (OSError, AttributeError):
        pass  # This file system, or this operating system, has no extended attributes.


def _finish(root: Path) -> None:
    """Set times in the past, the same on every platform, and set owners if this process may do
    so."""
    for folder, _, files in os.walk(os.fsencode(root), topdown=False):
        for name in (*files, b"."):
            path = os.path.join(folder, name)  # noqa: PTH118 - bytes, no Path
            if running_as_root():
                os.chown(path, PRYV_UID, PRYV_UID, follow_symlinks=False)
            os.utime(path, (BIRTH, BIRTH), follow_symlinks=False)
