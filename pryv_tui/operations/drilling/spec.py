"""Which containers a sandbox has, by what a set says of itself and of its platform. Pure.

They are made after the set's compose files, and never by those: what these name, networks and
containers, is the live platform's.
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
"""What containers may have from the machine and no drill gives them: its log would hold the drill's
lines, and a time zone changes no data."""
APPLICATIONS = ("register", "nginx", "core", "core_router", "hfs")
"""What a sandbox brings up when its data is in it, in this order: all others ask register through
the front door when they start. Up to 1.7 the templates' core has a router of its own."""
LEFT_OFF = {
    "webhooks": "it calls every registered web address when it starts",
    "mail": "it writes to people",
    "dns": "it tells names to the outside, and a sandbox's names lie in its containers",
    "ssl_certificate": "it renews certificates at an authority outside",
    "config_leader": "it writes configuration anew when it starts, and tells others of it",
    "config_follower": "it writes the compose files anew, and restarts containers",
    "preview": "pictures' previews are made again, and nothing else needs it",
    "mfa": "second factors are asked for at log-in alone, which takes a person's password",
    "admin_panel": "administrators' pages hold no data",
    "app_web_auth3": "the pages for signing in hold no data",
    "nginx": "nothing of its machine that serves the platform's data is behind it",
}
"""Services that a sandbox has not, and why."""
OTHERS = "it is none that the platform's data is served by"
LOG = "/dev/log"
SINK = "sink"
"""The folder of a sandbox in which its own `/dev/log` lies: what is written there is dropped."""
LEAST_MEMORY = 512 << 20
LEAST_OF_APPLICATION = 256 << 20
MOST_MEMORY = 4 << 30
_PIDS = 4096
"""Threads of a mongod or influxd with thousands of databases; a fork bomb stops there."""


class Declared(NamedTuple):
    """What a compose file of a set says of one container."""

    file: str
    """Relative to the root."""
    powers: tuple[str, ...]
    body: Mapping[str, Any]
    key: str = ""
    """What the file calls it."""


class Place(NamedTuple):
    """Where a sandbox is, and until when."""

    drill: str
    expires: str
    folder: str
    """All of it lies below this."""
    root: str
    """What stands for the root of one machine of the set."""


class NotMade(msgspec.Struct, frozen=True, kw_only=True):
    """A container that can't be made, and why."""

    service: str
    why: str
    image: str = ""
    """The image that is not here, where that is why."""


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
    """The containers that the data of one machine's part of a set needs.

    Args:
        applications: what each of those may take that serve it; None where they are not wanted.
        declared: by service, what the set's compose files say.
        image_here: the id of the image that is to be used; empty where none is here.
        several: whether the set has several machines.
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
    """What of one machine a sandbox brings up, in this order."""
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
    """By service that one machine's compose files declare, why the sandbox does not have it.

    Args:
        brought: those that it has.
    """
    return {each: LEFT_OFF.get(each, OTHERS) for each in sorted({*declared} - {*brought})}


def service_of_image(image: SetImage) -> str:
    """The service whose container had an image."""
    return image.known_as or service_in_name(image.container)


def declared_services(
    files: Iterable[tuple[str, str, str, tuple[str, ...], Mapping[str, Any]]],
    images: Sequence[SetImage],
) -> dict[str, Declared]:
    """By service, what the compose files of a set say.

    Args:
        files: file, service, container, powers and body of each.
    """
    by_container = {image.container: service_of_image(image) for image in images}
    found: dict[str, Declared] = {}
    for file, service, container, powers, body in files:
        known = by_container.get(container) or known_service(service) or service_in_name(container)
        found[known] = Declared(file, powers, body, service)
    return found


def limits_for(available: int, containers: int, cores: int, least: int = LEAST_MEMORY) -> Limits:
    """What each container may take: all of them together half of what is free now.

    Args:
        available: bytes of memory.
        least: bytes that each of them needs.
    """
    share = available // 2 // max(containers, 1)
    return Limits(
        memory=max(least, min(MOST_MEMORY, share)),
        cpus=max(1.0, cores / 2),
        pids=_PIDS,
    )


def _refused(said: Declared) -> str:
    """Why a container may not be in a sandbox; empty where it may."""
    harmless = {mounts(path) for path in SINKS} | {mounts(path, read_only=True) for path in SINKS}
    beyond = [power for power in said.powers if power not in harmless]
    if not beyond:
        return ""
    told = ", ".join(power.removesuffix(READ_ONLY) for power in beyond)
    return f"the set's {said.file} gives it what no sandbox has: {told}"


def _takes_variables(said: Declared, service: str) -> str:
    """Why a service would not be what it is: it has variables that no compose file holds."""
    if service in DATABASE_SERVICES or not said.body.get("env_file"):
        return ""
    return f"the set's {said.file} gives it variables of another file, which no sandbox reads"


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
            raise ValueError(f"it mounts {source or inside}, which is no folder of the root")
        real = PurePosixPath(os.path.normpath(base / source))
        if PurePosixPath(part.root) not in real.parents:
            raise ValueError(f"it mounts {real}, which lies outside the root")
        below = real.relative_to(part.root)
        yield Mount(str(PurePosixPath(place.root, below)), inside, read_only)


def _words(said: Any, known: Mapping[str, str]) -> tuple[str, ...] | None:
    """A command: a text is taken apart as a shell would, a list is what it is."""
    if said is None:
        return None
    if isinstance(said, list):
        return tuple(filled(str(each), known) for each in said)
    return tuple(shlex.split(filled(str(said), known)))


def _environment(said: Any, known: Mapping[str, str]) -> dict[str, str]:
    """Variables with their values; those that whoever brings it up would hand on are left out."""
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
