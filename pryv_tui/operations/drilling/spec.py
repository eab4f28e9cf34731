"""Decide from a set's manifest and compose files which containers a sandbox has. Pure.

The containers are like those in the compose files, but docker compose never runs those files: they
name networks and containers of the live platform.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import msgspec

from pryv_tui.hosts.engine import Mount
from pryv_tui.hosts.sandbox.labels import container_name
from pryv_tui.hosts.sandbox.making import Limits, Wanted
from pryv_tui.platform.compose_text import TooLong, filled
from pryv_tui.platform.identity import known_service, service_in_name
from pryv_tui.platform.powers import READ_ONLY, mounts
from pryv_tui.platform.roles import DATABASE_SERVICES
from pryv_tui.vault.manifest import SetHost, SetImage

SINKS = ("/dev/log", "/etc/localtime", "/etc/timezone")
"""Mounts from the machine that compose files may declare, and that no sandbox gets. With `/dev/log`
the drill's lines would go into the machine's log; a time zone changes no data."""
APPLICATIONS = ("register", "nginx", "core", "core_router", "hfs")
"""Services that a sandbox starts after its data is restored, in this order: when the others start,
they ask register through nginx. Up to 1.7 the templates have a router for core."""
LEFT_OFF = {
    "webhooks": "it calls every registered web address when it starts",
    "mail": "it writes to people",
    "dns": (
        "it answers name queries from outside, and a sandbox's names are only in its containers"
    ),
    "ssl_certificate": "it renews certificates at an authority outside",
    "config_leader": "it rewrites configuration when it starts, and tells others about it",
    "config_follower": "it rewrites the compose files, and restarts containers",
    "preview": "pictures' previews are made again",
    "mfa": "it is only used at log-in, which needs a person's password",
    "admin_panel": "administrators' pages hold no data",
    "app_web_auth3": "the pages for signing in hold no data",
    "nginx": "none of the services that serve the platform's data on its machine needs it",
}
"""Services that a sandbox does not have, with the reason."""
OTHERS = "it is no service of Pryv.io that this program knows"
NO_DATA = "the set holds no data of it"
NO_ROLE = "the set holds neither core nor register of its machine"
"""The reasons why a sandbox lacks a service that other sandboxes have: the set is without its
data, or without its role."""
LOG = "/dev/log"
SINK = "sink"
"""The folder in a sandbox with its own `/dev/log`; lines written there are dropped."""
LEAST_MEMORY = 512 << 20
LEAST_OF_APPLICATION = 256 << 20
MOST_MEMORY = 4 << 30
_PIDS = 4096
"""Maximum number of threads: enough for a mongod or influxd with thousands of databases, and it
stops a fork bomb."""


class Declared(NamedTuple):
    """A container as a compose file of the set declares it."""

    file: str
    """Relative to the root."""
    powers: tuple[str, ...]
    body: Mapping[str, Any]
    key: str = ""
    """The container's service name in the file."""


class Place(NamedTuple):
    """A sandbox's folders and its time of expiry."""

    drill: str
    expires: str
    folder: str
    """The folder with all of the sandbox's files."""
    root: str
    """The folder that takes the place of the root of one machine of the set."""


class NotMade(msgspec.Struct, frozen=True, kw_only=True):
    """A container that can't be made, with the reason."""

    service: str
    why: str
    image: str = ""
    """The missing image, if that is the reason; else empty."""


class Spec(NamedTuple):
    """One machine's containers in a sandbox: those to make, and those that can't be made."""

    wanted: tuple[Wanted, ...] = ()
    not_made: tuple[NotMade, ...] = ()


def specify(
    part: SetHost,
    declared: Mapping[str, Declared],
    place: Place,
    limits: Limits,
    image_here: Callable[[SetImage], str],
    *,
    several: bool = False,
    applications: Limits | None = None,
) -> Spec:
    """Specify a sandbox's containers for one machine's part of a set.

    Args:
        declared: by service, its container in the set's compose files.
        limits: memory, processors and threads of each database server.
        image_here: returns the id of the image to use; empty if the image is not here.
        several: whether the set has several machines.
        applications: the limits of each other service; None if only databases are wanted.
    """
    wanted: list[Wanted] = []
    not_made: list[NotMade] = []
    for service in services_in(part, declared, applications=applications is not None):
        may_take = limits if service in DATABASE_SERVICES or applications is None else applications
        images = [image for image in part.images if service_of_image(image) == service]
        said = declared.get(service)
        if not images:
            not_made.append(NotMade(service=service, why="the set names no image of it"))
        elif said is None:
            not_made.append(NotMade(service=service, why="no compose file of the set declares it"))
        elif why := _refused(said) or _takes_variables(said, service):
            not_made.append(NotMade(service=service, why=why))
        elif not (ident := image_here(images[0])):
            not_made.append(
                NotMade(
                    service=service,
                    why=f"its image {images[0].image} is not on this machine, and none is pulled",
                    image=images[0].image,
                )
            )
        else:
            try:
                wanted.append(
                    _wanted(part, service, images[0], said, place, may_take, ident, several)
                )
            except (TooLong, ValueError) as error:
                not_made.append(NotMade(service=service, why=str(error)))
    return Spec(tuple(wanted), tuple(not_made))


def services_in(
    part: SetHost, declared: Mapping[str, Declared], *, applications: bool
) -> list[str]:
    """Return the services of one machine that a sandbox starts, in the order of their start."""
    found = [service for service in DATABASE_SERVICES if service in part.stores]
    if not applications:
        return found
    needed = {"nginx"} if {"register", "core"} & set(part.roles) else set()
    needed |= {"register"} & set(part.roles) | {"core"} & set(part.roles)
    for service in APPLICATIONS:
        if service in needed or (needed and service in declared):
            found.append(service)
    return found


def left_off(declared: Iterable[str], brought: Iterable[str]) -> dict[str, str]:
    """Return the services of a machine's compose files that the sandbox leaves out, with reasons.

    Args:
        declared: the services in the compose files.
        brought: the services that the sandbox has, and those that it should have but that can't be
            made.

    Returns:
        by service, the reason.
    """
    there = {*declared}
    served = bool(there & {*APPLICATIONS} - {"nginx"})
    return {each: _why_left_off(each, served) for each in sorted(there - {*brought})}


def _why_left_off(service: str, served: bool) -> str:
    """Return the reason why a sandbox does not have a service.

    Args:
        served: whether the machine has a service that serves the platform's data.
    """
    if service in DATABASE_SERVICES:
        return NO_DATA
    if service in APPLICATIONS and (service != "nginx" or served):
        return NO_ROLE
    return LEFT_OFF.get(service, OTHERS)


def service_of_image(image: SetImage) -> str:
    """Return the service whose container was made from an image."""
    return image.known_as or service_in_name(image.container)


def declared_services(
    files: Iterable[tuple[str, str, str, tuple[str, ...], Mapping[str, Any]]],
    images: Sequence[SetImage],
) -> dict[str, Declared]:
    """Return by service its container in the compose files of a set.

    Args:
        files: of each container its file, service, container name, powers and body.
        images: the images that the set names; they tell which service a container is.
    """
    by_container = {image.container: service_of_image(image) for image in images}
    found: dict[str, Declared] = {}
    for file, service, container, powers, body in files:
        known = by_container.get(container) or known_service(service) or service_in_name(container)
        found[known] = Declared(file, powers, body, service)
    return found


def limits_for(available: int, containers: int, cores: int, least: int = LEAST_MEMORY) -> Limits:
    """Return each container's limits: together, the containers get half of the free memory.

    Args:
        available: bytes of free memory.
        containers: the number of containers that share it.
        cores: the machine's processors; a container may use half of them, and at least one.
        least: bytes that each container gets at least, even if that makes more than half in all.
    """
    share = available // 2 // max(containers, 1)
    return Limits(
        memory=max(least, min(MOST_MEMORY, share)),
        cpus=max(1.0, cores / 2),
        pids=_PIDS,
    )


def _refused(said: Declared) -> str:
    """Return the reason why a container is not allowed in a sandbox: it wants powers that no
    container there gets. Empty if it is allowed."""
    harmless = {mounts(path) for path in SINKS} | {mounts(path, read_only=True) for path in SINKS}
    beyond = [power for power in said.powers if power not in harmless]
    if not beyond:
        return ""
    told = ", ".join(power.removesuffix(READ_ONLY) for power in beyond)
    return f"the set's {said.file} gives it what no sandbox has: {told}"


def _takes_variables(said: Declared, service: str) -> str:
    """Return the reason why a service can't be made: it takes variables from an `env_file`, which a
    sandbox does not read. Empty if it can be made, as every database server can."""
    if service in DATABASE_SERVICES or not said.body.get("env_file"):
        return ""
    return (
        f"the set's {said.file} gives it variables from another file, which a sandbox does not read"
    )


def _wanted(
    part: SetHost,
    service: str,
    image: SetImage,
    said: Declared,
    place: Place,
    limits: Limits,
    ident: str,
    several: bool,
) -> Wanted:
    known = {"PRYV_CONF_ROOT": part.root}
    body = said.body
    return Wanted(
        name=container_name(place.drill, service, part.name if several else ""),
        drill=place.drill,
        expires=place.expires,
        host=part.name,
        service=service,
        image=ident,
        reference=image.image,
        folder=place.folder,
        mounts=tuple(_mounts(part, said, place, known, sink=service not in DATABASE_SERVICES)),
        command=_words(body.get("command"), known),
        entrypoint=_words(body.get("entrypoint"), known),
        environment=_environment(body.get("environment"), known),
        user=filled(str(body.get("user") or ""), known),
        working_dir=str(body.get("working_dir") or ""),
        ulimits=_ulimits(body.get("ulimits")),
        limits=limits,
    )


def _mounts(
    part: SetHost, said: Declared, place: Place, known: Mapping[str, str], *, sink: bool
) -> Iterable[Mount]:
    base = PurePosixPath(part.root, said.file).parent
    volumes = said.body.get("volumes")
    for each in volumes if isinstance(volumes, list) else ():
        if isinstance(each, dict):
            if each.get("type") == "tmpfs":
                continue
            source, inside = str(each.get("source", "")), str(each.get("target", ""))
            read_only = str(each.get("read_only")).lower() == "true"
        else:
            source, _, rest = filled(str(each), known).partition(":")
            inside, _, mode = rest.partition(":")
            read_only = "ro" in mode.split(",")
        source = filled(source, known)
        if source == LOG and sink:
            yield Mount(str(PurePosixPath(place.folder, SINK, "log")), inside, False)
        if source in SINKS:
            continue
        if not source.startswith(("/", ".")) or not inside.startswith("/"):
            raise ValueError(f"it mounts {source or inside}, which is not a folder of the root")
        real = PurePosixPath(os.path.normpath(base / source))
        if PurePosixPath(part.root) not in real.parents:
            raise ValueError(f"it mounts {real}, which lies outside the root")
        below = real.relative_to(part.root)
        yield Mount(str(PurePosixPath(place.root, below)), inside, read_only)


def _words(said: Any, known: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return a command's words: a string is split as by a shell, a list is not split."""
    if said is None:
        return None
    if isinstance(said, list):
        return tuple(filled(str(each), known) for each in said)
    return tuple(shlex.split(filled(str(said), known)))


def _environment(said: Any, known: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that the compose file gives a value; those without one would come from
    the environment of docker compose."""
    if isinstance(said, dict):
        return {str(k): filled(str(v), known) for k, v in said.items() if v is not None}
    found = {}
    for each in said if isinstance(said, list) else ():
        name, sign, value = str(each).partition("=")
        if sign:
            found[name] = filled(value, known)
    return found


def _ulimits(said: Any) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for name, value in said.items() if isinstance(said, dict) else ():
        soft, hard = (
            (value.get("soft"), value.get("hard")) if isinstance(value, dict) else (value, value)
        )
        found[str(name)] = (int(soft or 0), int(hard or 0))
    return found
