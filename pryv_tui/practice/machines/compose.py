"""Compose files: they are written into a root when the platform is made, and read by the miniature
docker-compose.

Only the part of the format that Pryv's templates use. Volumes are relative to the compose file, so
that containers started from a restored root use that root and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.practice.services import COMPOSE_FILES, Project, Service
from pryv_tui.practice.state import ContainerRecord, MountRecord, now

_LABEL = "com.docker.compose"
FILE_LABEL = f"{_LABEL}.project.config_files"


@dataclass(frozen=True)
class Wanted:
    """A service as a compose file describes it."""

    name: str
    container: str
    image: str
    volumes: tuple[tuple[str, str, bool], ...]
    environment: tuple[tuple[str, str], ...]


def render(project: Project, services: Iterable[Service]) -> str:
    """Return the text of one compose file for these services."""
    import yaml

    base = COMPOSE_FILES[project].rpartition("/")[0]
    body = {}
    for service in services:
        body[service.name] = {
            "image": service.image,
            "container_name": service.container,
            "restart": "always",
            "networks": ["frontend", "backend"],
            "volumes": [
                f"{_relative(source, base)}:{inside}" + (":ro" if read_only else "")
                for source, inside, read_only in service.binds
            ],
        }
    tree = {
        "version": "3.5",
        "services": body,
        "networks": {
            "frontend": {"name": "pryv_frontend"},
            "backend": {"name": "pryv_backend"},
        },
    }
    head = "# A practice platform's file: it brings up nothing outside its own folder.\n"
    # The C dumper, if there is one: without it, YAML takes a fourth of the time to create a
    # platform.
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return head + str(yaml.dump(tree, Dumper=dumper, sort_keys=False))


def _relative(source: str, base: str) -> str:
    if source.startswith("/"):
        return source
    return "./" + os.path.relpath(source, base)


def parse(path: Path) -> tuple[Wanted, ...]:
    """Return the services of a compose file.

    Raises:
        PryvTuiError: `practice`, in docker-compose's words, the file can't be used.
    """
    # Loaded here: most commands don't use YAML, and its parser is slow to load.
    import yaml

    try:
        tree = yaml.load(path.read_bytes(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except FileNotFoundError:
        message = f"ERROR: .FileNotFoundError: [Errno 2] No such file or directory: '{path}'"
        raise PryvTuiError("practice", message) from None
    except (OSError, yaml.YAMLError) as error:
        raise PryvTuiError("practice", f"ERROR: {path}: {error}") from None
    services = tree.get("services") if isinstance(tree, dict) else None
    if not isinstance(services, dict):
        raise PryvTuiError("practice", f"ERROR: The Compose file '{path}' is invalid")
    wanted = []
    for name, body in services.items():
        volumes = []
        for text in body.get("volumes", ()):
            source, inside, *mode = str(text).split(":")
            volumes.append((source, inside, "ro" in mode))
        environment = body.get("environment") or {}
        wanted.append(
            Wanted(
                name=str(name),
                container=str(body.get("container_name", name)),
                image=str(body.get("image", "")),
                volumes=tuple(volumes),
                environment=tuple((str(k), str(v)) for k, v in dict(environment).items()),
            )
        )
    return tuple(wanted)


def container_record(wanted: Wanted, file: Path, root: Path) -> ContainerRecord:
    """Return the container that docker-compose creates for a service; it is not started yet.

    Raises:
        PryvTuiError: `practice`, a mount would be outside the machine's root.
    """
    folder = file.parent
    top = os.path.realpath(root)
    mounts = []
    for source, inside, read_only in wanted.volumes:
        if source.startswith("."):
            source = os.path.normpath(folder / source)
        place = os.path.realpath(source)
        if source != "/dev/log" and place != top and not place.startswith(f"{top}/"):
            raise PryvTuiError(
                "practice",
                f"{file} mounts {source}, which is outside this practice machine's root {root}",
                f"Name a folder in {root} there.",
            )
        mounts.append(MountRecord(source=source, destination=inside, read_only=read_only))
    labels = {
        f"{_LABEL}.project": folder.name,
        f"{_LABEL}.service": wanted.name,
        f"{_LABEL}.project.working_dir": str(folder),
        FILE_LABEL: str(file),
        f"{_LABEL}.container-number": "1",
    }
    return ContainerRecord(
        name=wanted.container,
        service=wanted.name,
        image=wanted.image,
        state="created",
        since=now(),
        mounts=mounts,
        labels=labels,
        environment=dict(wanted.environment),
    )
