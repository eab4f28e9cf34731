"""The choices of roles for a backup or a restore: roles that share a root go together. Pure."""

from __future__ import annotations

from typing import NamedTuple

from pryv_tui.hosts.deployment import Deployment
from pryv_tui.vault.manifest import SetManifest


class Choice(NamedTuple):
    """Roles that can only be chosen together, and the machine that they are on."""

    host: str
    roles: tuple[str, ...]

    @property
    def label(self) -> str:
        together = " (one root)" if len(self.roles) > 1 else ""
        return f"{', '.join(self.roles)} on {self.host}{together}"


def of_deployment(deployment: Deployment) -> tuple[Choice, ...]:
    return tuple(Choice(host.name, host.roles) for host in deployment.hosts if host.roles)


def of_set(manifest: SetManifest) -> tuple[Choice, ...]:
    return tuple(Choice(host.name, host.roles) for host in manifest.hosts if host.roles)
