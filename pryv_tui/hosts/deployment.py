"""The platform found on its machines: their roles, containers and roots."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import msgspec

from pryv_tui.filesystem.mounts import Below
from pryv_tui.hosts.engine import UP, Container
from pryv_tui.hosts.ownership import Found, Other, by_service
from pryv_tui.platform.identity import canonical
from pryv_tui.platform.layout import Layout
from pryv_tui.platform.roles import CONFIG_FOLLOWER, ROLE_NAMES, Form, RoleName
from pryv_tui.sanitize import OneLine


class HostState(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One machine as discovery found it."""

    name: str
    engine: str
    """The engine's name and version; if it did not answer, the URL that was tried."""
    reachable: bool
    problem: str = ""
    remedy: str = ""
    root: str | None = None
    root_source: str = ""
    """What the root was read from: `--root`, `PRYV_CONF_ROOT`, mounts, compose labels, default."""
    root_exists: bool = False
    disagreements: tuple[str, ...] = ()
    mount_root: str | None = None
    """The root that the containers' mounts point to, even if another one was chosen."""
    roles: tuple[RoleName, ...] = ()
    replica: bool = False
    containers: tuple[Container, ...] = ()
    """The platform's own containers, whatever their names."""
    others: tuple[Other, ...] = ()
    """Containers that don't belong to the platform but have the root, or a part of it, mounted."""
    release: str | None = None
    releases: dict[str, str] = {}
    """The release of each service, from its image's tag."""
    layout: Layout = Layout()
    mounted: Below = Below()
    """The file system that the root is on, and those mounted below it."""

    def container(self, service: str) -> Container | None:
        """The container of a service, or None."""
        return self._by_service.get(service)

    @cached_property
    def _by_service(self) -> dict[str, Container]:
        return by_service(self.containers)

    def name_of(self, service: str) -> str:
        """The name of a service's container; if there is none, the name that it would get."""
        found = self.container(service)
        return found.name if found is not None else canonical(service)

    def named(self, name: str) -> Container | None:
        """A container by its present or former name, also of others than the platform; or None."""
        return Found(ours=self.containers, others=self.others).find(name)

    @property
    def running(self) -> tuple[str, ...]:
        """Names of the containers that are up. One that crash-loops counts: it is meant to run."""
        return tuple(c.name for c in self.containers if c.state in UP)

    @property
    def others_running(self) -> tuple[str, ...]:
        """Names of others' containers that are up and must be stopped before folders are
        replaced."""
        return tuple(other.name for other in self.others if other.up and other.in_the_way)

    @property
    def follower(self) -> Container | None:
        return self.container(CONFIG_FOLLOWER)

    @cached_property
    def root_path(self) -> Path:
        """The root as a path. Raises ValueError for a host without one."""
        if self.root is None:
            raise ValueError(f"{self.name} has no root")
        return Path(self.root)


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """The platform as discovery found it on its machines."""

    domain: OneLine
    domain_source: str
    release: str | None
    form: Form
    practice: bool = False
    hosts: tuple[HostState, ...] = ()

    @property
    def roles(self) -> tuple[RoleName, ...]:
        """All roles that were found, in the documented order."""
        found = {role for host in self.hosts for role in host.roles}
        return tuple(role for role in ROLE_NAMES if role in found)

    @property
    def releases(self) -> dict[str, str]:
        """The release of each service, from its image's tag.

        If a service's release is not the same on all machines, there is an entry for each machine,
        `SERVICE on HOST`.
        """
        found: dict[str, set[str]] = {}
        for host in self.hosts:
            for service, release in host.releases.items():
                found.setdefault(service, set()).add(release)
        alike = {service for service, all_of_it in found.items() if len(all_of_it) == 1}
        return {
            service if service in alike else f"{service} on {host.name}": release
            for host in self.hosts
            for service, release in host.releases.items()
        }

    def host(self, name: str) -> HostState | None:
        return next((h for h in self.hosts if h.name == name), None)

    def hosts_of(self, role: str) -> tuple[HostState, ...]:
        """All machines with a role: a platform can have several cores."""
        return tuple(host for host in self.hosts if role in host.roles)
