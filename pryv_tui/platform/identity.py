"""Find the Pryv.io service that a container runs, from its name, mounts, labels and image. Pure.

The templates name every container `pryvio_<service>`, but the name can change. `docker-compose` 1.x
renames a container to `<first digits of its id>_pryvio_core` while it makes a new one, and leaves
that name if it fails (compose/service.py, `rename_to_tmp_name`). Compose v2 names a container
without `container_name` `<project>-<service>-<number>`. And anybody can rename one by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from pryv_tui.platform.services import WORDS

PREFIX = "pryvio_"
SERVICES = frozenset(WORDS)
"""Every service that a template declares."""

_LEFT_OVER = re.compile(r"^(?:[0-9a-f]{8,64}_)+(?=pryvio_)")
_FOLDERS = {"config-leader": "config_leader", "config-follower": "config_follower"}
_OWN_FOLDER = re.compile(
    r"/(?:pryv/(?P<service>[a-z0-9-]+)|(?P<top>config-leader|config-follower))"
    r"/(?P<kind>conf|data|backup)/*$"
)
_DATA_INSIDE = {
    ("mongodb", "data"): "/app/data",
    ("mongodb", "backup"): "/app/backup",
    ("redis", "data"): "/app/data",
    ("influxdb", "data"): "/var/lib/influxdb",
    ("influxdb", "backup"): "/pryv/backup",
}
"""Paths inside a container at which only a database mounts its own data folders."""
_COMPOSE_NAMES = {"reverse_proxy": "nginx"}
"""Services whose name in compose files differs from that of the container."""

COMPOSE_SERVICE = "com.docker.compose.service"


def canonical(service: str) -> str:
    """The name of a service's container in the templates."""
    return f"{PREFIX}{service}"


def named_by_template(name: str) -> bool:
    """Whether a container's name is one of the templates, with or without compose 1.x's prefix."""
    plain = _LEFT_OVER.sub("", name)
    return plain.startswith(PREFIX) and plain.removeprefix(PREFIX) in SERVICES


@lru_cache(maxsize=2048)
def service_in_name(name: str) -> str:
    """The service that a container's name stands for; other names are returned unchanged.

    Cached: each look at the platform asks this for each container.
    """
    return _LEFT_OVER.sub("", name).removeprefix(PREFIX)


def known_service(word: str) -> str:
    """Our name for a service that a compose file or an image names; empty if it is not
    Pryv.io's."""
    plain = word.strip().lower().replace("-", "_")
    plain = _COMPOSE_NAMES.get(plain, plain.removeprefix(PREFIX))
    return plain if plain in SERVICES else ""


def service_in_binds(binds: Iterable[tuple[str, str]]) -> str:
    """The service whose own folders are mounted as the templates mount them; empty if none.

    Args:
        binds: for each mount, the host folder and the path inside.
    """
    for source, inside in binds:
        match = _OWN_FOLDER.search(source)
        if match is None:
            continue
        service = _FOLDERS.get(match["top"] or "") or known_service(match["service"] or "")
        wanted = (
            "/app/conf" if match["kind"] == "conf" else _DATA_INSIDE.get((service, match["kind"]))
        )
        if service and wanted == inside.rstrip("/"):
            return service
    return ""


def service_in_image(image: str) -> str:
    """The service of a Pryv image, for example `pryvio/core:1.9.2`; empty for other images."""
    path = image.partition("@")[0]
    parts = path.split("/")
    if not any(part.startswith("pryv") for part in parts[:-1]):
        return ""
    return known_service(parts[-1].partition(":")[0])


def service_of(
    name: str, image: str, labels: Mapping[str, str], binds: Iterable[tuple[str, str]]
) -> str:
    """The service that a container runs, by its name, mounts, labels or image; empty if unknown.

    This does not say which installation the container belongs to: another installation, or another
    compose project, may have a service of that name.
    """
    if named_by_template(name):
        return service_in_name(name)
    return (
        service_in_binds(binds)
        or known_service(labels.get(COMPOSE_SERVICE, ""))
        or service_in_image(image)
    )
