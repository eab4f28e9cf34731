"""The files of a Pryv.io installation that make it run: compose files, scripts, configuration."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Form = Literal["single-node", "cluster"]
RoleName = Literal["core", "register", "static-web"]

ROLE_SERVICES: dict[RoleName, tuple[str, ...]] = {
    "core": ("core", "mfa", "preview", "hfs", "webhooks", "mongodb", "influxdb"),
    "register": ("admin_panel", "register", "dns", "redis", "mail"),
    "static-web": ("app_web_auth3",),
}
TEMPLATE_NAME: dict[RoleName, str] = {
    "core": "core",
    "register": "reg-master",
    "static-web": "static",
}
BESIDE = ("mfa", "preview", "hfs", "webhooks", "admin_panel", "dns", "mail")
"""Services that hold no data and that no other needs: a small platform is one without them."""
IDLE = (*BESIDE, "app_web_auth3", "config_leader")
"""And those that serve on, but that neither a store nor core needs."""
ALL_BUT_DATABASES = (*IDLE, "nginx", "core", "register")
"""What is left without them: MongoDB, InfluxDB and Redis, and the follower that a backup holds."""
NEED_REGISTER = ("core", "preview", "hfs", "webhooks")
SYSLOG = "/dev/log"
"""What core has mounted by the vendor's templates (config-template-pryv.io, 1.6 to 1.9)."""


@dataclass(frozen=True)
class Settings:
    """What the files of one machine depend on."""

    form: Form
    release: str
    domain: str
    roles: tuple[RoleName, ...]
    address: str
    """The machine's own address, on which its ports are published."""
    register_address: str
    """Where `reg.DOMAIN` is: the address of the register's machine."""
    without: tuple[str, ...] = ()
    """Services that the roles here would have, and that this installation has not."""

    @property
    def numbers(self) -> tuple[int, ...]:
        """The release as numbers."""
        return tuple(int(part) for part in self.release.split("."))

    @property
    def services(self) -> tuple[str, ...]:
        """The services of pryv.yml on this machine."""
        all_of_them = ("nginx", *(s for role in self.roles for s in ROLE_SERVICES[role]))
        return tuple(service for service in all_of_them if service not in self.without)

    @property
    def leads(self) -> bool:
        """Whether the config leader lives here: beside register."""
        return "register" in self.roles and "config_leader" not in self.without

    @property
    def mongodb_backup(self) -> str:
        """Where MongoDB's dumps lie: up to 1.6.16 a cluster core had them under `core`."""
        if self.form == "cluster" and self.numbers < (1, 6, 17):
            return "pryv/core/mongodb/backup"
        return "pryv/mongodb/backup"


def image_of(service: str, release: str) -> str:
    """The image of a service; the repository says what is a stand-in and what is real."""
    if service == "influxdb":
        return "pryv-debian/influxdb:1.6.7"
    if service == "redis":
        return f"pryv-debian/redis:{release}"
    return f"pryv-standin/{service}:{release}"


def _volumes(service: str, settings: Settings) -> list[str]:
    def inside(*pairs: str) -> list[str]:
        return [f"${{PRYV_CONF_ROOT}}/pryv/{pair}" for pair in pairs]

    own_conf, own_log = f"{service}/conf/:/app/conf/:ro", f"{service}/log/:/app/log/"
    match service:
        case "mongodb":
            backup = f"${{PRYV_CONF_ROOT}}/{settings.mongodb_backup}/:/app/backup/"
            return [*inside(own_conf, "mongodb/data/:/app/data/", own_log), backup]
        case "influxdb":
            return inside("influxdb/data/:/var/lib/influxdb", "influxdb/backup/:/pryv/backup/")
        case "redis":
            return inside(own_conf, "redis/data/:/app/data/", own_log)
        case "core":
            data = inside(own_conf, "core/data/:/app/data/", own_log)
            return [*data, f"{SYSLOG}:/dev/log"]
        case "preview":
            return inside(own_conf, "core/data/:/app/data/", own_log)
        case "hfs" | "webhooks" if settings.numbers >= (1, 8):
            return inside(own_conf, "core/data/:/app/data/", own_log)
        case "hfs":
            return inside(own_conf, "hfs/data/:/app/data/", own_log)
        case "mail":
            templates = "mail/templates/:/app/bin/templates/:ro"
            return inside(own_conf, templates, own_log)
        case "admin_panel" | "app_web_auth3":
            return []
        case _:
            return inside(own_conf, own_log)


def _networks(service: str) -> list[str]:
    if service in ("nginx", "admin_panel", "app_web_auth3", "mfa", "mail"):
        return ["frontend"]
    if service in ("dns", "redis", "mongodb", "influxdb", "webhooks"):
        return ["backend"]
    return ["frontend", "backend"]


_NETWORKS = """
networks:
  frontend:
    driver: bridge
    name: pryv_frontend
  backend:
    driver: bridge
    name: pryv_backend
"""


def pryv_yml(settings: Settings) -> str:
    """`pryv/pryv.yml`, in the shape of the templates."""
    lines = ["version: '3.5'", "services:"]
    for service in settings.services:
        key = "reverse_proxy" if service == "nginx" else service
        lines += [
            f"  {key}:",
            f'    image: "{image_of(service, settings.release)}"',
            f"    container_name: pryvio_{service}",
            "    networks:",
            *(f"      - {network}" for network in _networks(service)),
        ]
        if service == "nginx":
            lines += ["    ports:", *(f'      - "{settings.address}:{p}:{p}"' for p in (443, 80))]
        if service == "dns":
            lines += ["    ports:", f'      - "{settings.address}:53:5353/udp"']
        if volumes := _volumes(service, settings):
            lines += ["    volumes:", *(f"      - {volume}" for volume in volumes)]
        if service in NEED_REGISTER:
            # In the real world a name server knows this; here it is written down.
            lines += [
                "    extra_hosts:",
                f'      - "reg.{settings.domain}:{settings.register_address}"',
            ]
        lines += ["    restart: always", ""]
    return "\n".join(lines) + _NETWORKS


def config_leader_yml(settings: Settings) -> str:
    """`config-leader/config-leader.yml`."""
    return f"""version: "3.5"
services:
  config-leader:
    image: "{image_of("config_leader", settings.release)}"
    container_name: pryvio_config_leader
    networks:
      - frontend
      - backend
    volumes:
      - ./conf/:/app/conf/
      - ./log/:/app/log/
      - ./data/:/app/data/
      - ./database/:/app/database/
    restart: always
{_NETWORKS}"""


def config_follower_yml(settings: Settings) -> str:
    """`config-follower/config-follower.yml`; it gets no engine's socket here."""
    return f"""version: "3.5"
services:
  config-follower:
    image: "{image_of("config_follower", settings.release)}"
    container_name: pryvio_config_follower
    networks:
      - frontend
      - backend
    volumes:
      - ../pryv/:/app/pryv/
      - ./conf/:/app/conf/
      - ./log/:/app/log/
    restart: always
    environment:
      - PRYV_CONF_ROOT
{_NETWORKS}"""


def scripts(root: str, roles: Sequence[RoleName], *, leads: bool) -> dict[str, str]:
    """The scripts in the root, by name; like the templates' they name their root themselves."""
    head = f'#!/usr/bin/env bash\nset -e\nexport PRYV_CONF_ROOT="{root}"\ncd "$PRYV_CONF_ROOT"\n'
    made: dict[str, str] = {}
    projects = ["pryv", "config-follower"]
    if leads:
        projects.append("config-leader")
    for project in projects:
        compose = f"docker-compose -f {project}/{project}.yml"
        made[f"run-{project}"] = f"{head}{compose} up -d\n"
        made[f"stop-{project}"] = f"{head}{compose} down\n"
        made[f"restart-{project}"] = f"{head}{compose} down\n{compose} up -d\n"
    names = [f"ensure-permissions-{TEMPLATE_NAME[role]}" for role in roles]
    if len(roles) > 1:
        names = ["ensure-permissions"]
    for name in names:
        chown = "".join(f"chown -R 9999:9999 ./{folder}\n" for folder in projects)
        made[name] = f'{head}echo "Ensuring data and log folders permissions"\n{chown}'
    return made


def platform_yml(settings: Settings) -> str:
    """`config-leader/conf/platform.yml`: the settings from which all other files are made."""
    machine = "SINGLE_MACHINE_IP_ADDRESS" if settings.form == "single-node" else "REG_MASTER_IP"
    return f"""vars:
  MACHINES_AND_PLATFORM_SETTINGS:
    name: "Machines and platform settings"
    settings:
      DOMAIN:
        description: "Domain and name of the platform"
        value: {settings.domain}
      {machine}:
        description: "IP address of the machine"
        value: {settings.register_address}
      REGISTER_ADMIN_KEY:
        description: "Admin key of the register machine"
        value: not-a-real-admin-key
  MISCELLANEOUS_SETTINGS:
    name: "Miscellaneous settings"
    settings:
      LICENSE_NAME:
        description: "License name provided with the installation files"
        value: test-platform
      TEMPLATE_VERSION:
        description: "Version of the configuration template"
        value: 1.9.0
"""


def site_conf(settings: Settings) -> str:
    """nginx's site configuration: names and certificates are what matters here."""
    names = {"core": "*.", "register": "reg.", "static-web": "sw."}
    blocks = []
    for role in settings.roles:
        blocks.append(
            f"""server {{
  listen               443 ssl;
  server_name          {names[role]}{settings.domain};
  ssl_certificate      /app/conf/secret/{settings.domain}-bundle.crt;
  ssl_certificate_key  /app/conf/secret/{settings.domain}-key.pem;
}}
"""
        )
    return "\n".join(blocks)


def conf_files(settings: Settings) -> dict[str, str]:
    """Configuration of every service of a machine, by path under the root."""
    info = f"https://reg.{settings.domain}/service/info"
    domain = settings.domain
    files = {
        "pryv/nginx/conf/nginx.conf": "worker_processes 1;\ninclude /app/conf/site-443.conf;\n",
        "pryv/nginx/conf/site-443.conf": site_conf(settings),
        "config-follower/conf/config-follower.json": json.dumps(
            {"leader": {"url": f"https://lead.{domain}", "auth": "not-a-real-token"}}, indent=2
        ),
    }
    if "core" in settings.roles:
        for service in NEED_REGISTER:
            files[f"pryv/{service}/conf/{service}.yml"] = (
                f"domain: {domain}\nserviceInfoUrl: {info}\nadminAccessKey: not-a-real-key\n"
            )
        files["pryv/mfa/conf/service-mfa.yml"] = f"core:\n  url: https://co1.{domain}\n"
        mongodb = "mongodb.yml" if settings.numbers >= (1, 9) else "mongodb.conf"
        files[f"pryv/mongodb/conf/{mongodb}"] = "storage:\n  dbPath: /app/data\n"
    if "register" in settings.roles:
        files["pryv/register/conf/register.json"] = json.dumps({"dns": {"domain": domain}})
        files["pryv/dns/conf/dns.json"] = json.dumps({"dns": {"domain": domain, "port": 5353}})
        files["pryv/mail/conf/mail.json"] = json.dumps({"domain": domain})
        files["pryv/mail/templates/welcome-email/en/subject.pug"] = "| Welcome\n"
        files["pryv/redis/conf/redis.conf"] = (
            "bind 0.0.0.0\nprotected-mode no\nport 6379\ndir /app/data\n"
            "dbfilename redis_dump.rdb\nappendonly yes\nsave 900 1\n"
        )
    if settings.leads:
        files["config-leader/conf/platform.yml"] = platform_yml(settings)
        files["config-leader/conf/config-leader.json"] = json.dumps({"port": 7000})
        files["config-leader/data/credentials.txt"] = "made again at each start\n"
        template = "singlenode" if settings.form == "single-node" else "reg-master"
        files[f"config-leader/data/{template}/pryv.yml"] = pryv_yml(settings)
    return files
