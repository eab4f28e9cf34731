"""The names and labels that show that a container belongs to a drill. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from pryv_tui.hosts.engine import Container

PREFIX = "pryvdrill_"
DRILL = "pryv-tui.drill"
"""The drill's id."""
EXPIRES = "pryv-tui.drill.expires"
"""When anybody may remove the drill, RFC 3339 UTC."""
SERVICE = "pryv-tui.drill.service"
HOST = "pryv-tui.drill.host"
"""The machine of the set that the container stands for."""
ROOT = "pryv-tui.drill.root"
"""The sandbox's folder: nothing outside it is mounted."""
ALL = (DRILL, EXPIRES, SERVICE, HOST, ROOT)

_Text = TypeVar("_Text", bound=str)


def container_name(drill: str, service: str, host: str = "") -> str:
    """The name of a drill's container. No template and no other drill has this name.

    Args:
        host: the machine of the set, if the set has several.
    """
    return "_".join(word for word in (f"{PREFIX}{drill}", host, service) if word)


def network_name(drill: str, host: str = "") -> str:
    """The name of a drill's network.

    Args:
        host: the machine of the set whose containers are on it; empty for the network that connects
            the machines.
    """
    return "_".join(word for word in (f"{PREFIX}{drill}", host or "between", "net") if word)


def drill_of(labels: Mapping[str, _Text]) -> str:
    """The id of the drill that a container belongs to; empty for any other container."""
    return labels.get(DRILL, "")


def not_of_drills(containers: Iterable[Container]) -> list[Container]:
    """All containers except those of drills: a rehearsal is not part of any platform."""
    return [one for one in containers if not drill_of(one.labels)]
