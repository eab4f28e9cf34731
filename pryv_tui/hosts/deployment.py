"""A platform as it was found: its roles on these hosts, what runs, where the roots are."""

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
    """One machine as it was found."""

    name: str
    engine: str
    """The engine's name and version, or the URL that was tried."""
    reachable: bool
    problem: str = ""
    remedy: str = ""
    root: str | None = None
    root_source: str = ""
    """Which evidence gave the root: `--root`, `PRYV_CONF_ROOT`, mounts, compose labels, default."""
    root_exists: bool = False
    disagreements: tuple[str, ...] = ()
    mount_root: str | None = None
    """The root that the containers' mounts point to, even if another one was chosen."""
    roles: tuple[RoleName, ...] = ()
    replica: bool = False
    containers: tuple[Container, ...] = ()
    """The platform's own containers, under any name."""
    others: tuple[Other, ...] = ()
    """Containers that are not the platform's but mount the root or a part of it."""
    release: str | None = None
    releases: dict[str, str] = {}
    """The release of each service, from its image's tag."""
    layout: Layout = Layout()
    mounted: Below = Below()
    """The file systems on which the root lies and that are mounted below it."""

    def container(self, service: str) -> Container | None:
        """The container of a service, or None."""
        return self._by_service.get(service)

    @cached_property
    def _by_service(self) -> dict[str, Container]:
        return by_service(self.containers)

    def name_of(self, service: str) -> str:
        """The name of a service's container; where there is none, the name that it would get."""
        found = self.container(service)
        return found.name if found is not None else canonical(service)

    def named(self, name: str) -> Container | None:
        """A container by its present or former name, also one that is not the platform's; None for
        none."""
        return Found(ours=self.containers, others=self.others).find(name)

    @property
    def running(self) -> tuple[str, ...]:
        """Names of containers that run. One that crash-loops counts: it is meant to run."""
        return tuple(c.name for c in self.containers if c.state in UP)

    @property
    def others_running(self) -> tuple[str, ...]:
        """Names of other containers that run and must not run while folders are swapped."""
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
    """The platform as it was found on its hosts."""

    domain: OneLine
    domain_source: str
    release: str | None
    form: Form
    practice: bool = False
    hosts: tuple[HostState, ...] = ()

    @property
    def roles(self) -> tuple[RoleName, ...]:
        """Every role that was found, in the documented order."""
        found = {role for host in self.hosts for role in host.roles}
        return tuple(role for role in ROLE_NAMES if role in found)

    @property
    def releases(self) -> dict[str, str]:
        """The release of each service, from its image's tag. Where machines differ in it, each
        machine has its own entry, `SERVICE on HOST`."""
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
        """Every machine with a role: a platform can have several cores."""
        return tuple(host for host in self.hosts if role in host.roles)
