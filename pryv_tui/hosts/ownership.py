"""Decide to whom a container belongs: the platform, or others who use its root. Pure.

First the mounts decide (is the root, or a part of it, mounted?), and the compose file in the labels
(is it in the root?). A container's name decides only if these name no other root, or if no
container has this root.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Literal, NamedTuple

import msgspec

from pryv_tui.filesystem.mounts import other_ways_here
from pryv_tui.hosts.engine import UP, Container, Mount
from pryv_tui.hosts.sandbox.labels import not_of_drills
from pryv_tui.platform.identity import (
    canonical,
    named_by_template,
    service_in_binds,
    service_in_name,
    service_of,
)

TOP_FOLDERS = ("pryv", "config-leader", "config-follower")
"""The folders directly under a root."""

WORKING_DIR = "com.docker.compose.project.working_dir"
CONFIG_FILES = "com.docker.compose.project.config_files"

Relation = Literal["part", "root", "above"]


class Other(msgspec.Struct, frozen=True, kw_only=True):
    """A container that is not the platform's but has the platform's root, or a part of it,
    mounted."""

    container: Container
    sees: tuple[Mount, ...]
    """Its mounts that include the root or a part of it, with the host's folders."""
    part: bool
    """Whether one of these mounts is below the root.

    If that folder is replaced, the container continues with the folder that was there when it
    started.
    """

    @property
    def name(self) -> str:
        return self.container.name

    @property
    def writes(self) -> bool:
        return any(not mount.read_only for mount in self.sees)

    @property
    def up(self) -> bool:
        return self.container.state in UP

    @property
    def in_the_way(self) -> bool:
        """Whether folders can't be replaced while this container runs.

        A container that only reads the whole root, or a folder above it, always sees the folders
        that are there now. The container of this program itself is never stopped: that would end
        the program.
        """
        return (self.writes or self.part) and not self.container.own

    @property
    def words(self) -> str:
        """The container and the folders that it has mounted, in a few words."""
        folders = ", ".join(
            f"{mount.source} ({'read-only' if mount.read_only else 'writable'})"
            for mount in self.sees
        )
        return f"{self.name} ({self.container.image}) has {folders} mounted"


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The containers of a machine, sorted by their owner."""

    ours: tuple[Container, ...] = ()
    others: tuple[Other, ...] = ()
    elsewhere: dict[str, int] = {}
    """Other installations on the same engine: each root, and its number of containers."""

    @property
    def in_the_way(self) -> tuple[Container, ...]:
        """All containers that must not run while folders are replaced; others' containers first."""
        return (*(o.container for o in self.others if o.in_the_way), *self.ours)

    def find(self, name: str, service: str = "") -> Container | None:
        """A container by its present or former name, or by the service that it runs."""
        return find(self.in_the_way, name, service)


class Ways(NamedTuple):
    """The paths that lead into a root."""

    roots: tuple[str, ...]
    """Paths to the whole root: its own, the one without symbolic links, and those of other
    mounts."""
    parts: tuple[str, ...] = ()
    """Paths outside the root to parts of it, for example on a disk that is mounted twice."""


def ways_to(root: str) -> Ways:
    """All paths by which a container may have a root, or a part of it, mounted."""
    real = os.path.realpath(root)
    others, parts = other_ways_here(real)
    return Ways(tuple(dict.fromkeys((os.path.normpath(root), real, *others))), parts)


def relation(source: str, roots: Collection[str], parts: Collection[str] = ()) -> Relation | None:
    """Compare a folder of the host with roots: it may be one, be below one, or contain one.

    Args:
        source: the folder's path, as in a container's mount.
        parts: other paths, for example of links, that lead to folders below one of the roots.

    Returns:
        `root`, `part` or `above`; None if none of these is true.
    """
    if not source.startswith("/"):
        return None
    spelled = os.path.normpath(source)
    # Links are resolved last: a stop asks this for each mount of each container.
    if found := _relation(spelled, roots) or _relation(os.path.realpath(spelled), roots):
        return found
    if parts:
        found = relation(source, parts)
        return "part" if found == "root" else found
    return None


def _relation(path: str, roots: Collection[str]) -> Relation | None:
    for root in roots:
        if path == root:
            return "root"
        if path.startswith(f"{root.rstrip('/')}/"):
            return "part"
        if root.startswith(f"{path.rstrip('/')}/"):
            return "above"
    return None


def reaches(container: Container) -> tuple[Mount, ...]:
    """All host folders that a container sees, including those of its volumes."""
    return (*container.mounts, *container.volume_folders)


def service_told(container: Container) -> str:
    """The Pryv.io service that a container runs, whichever platform the container belongs to; empty
    if unknown."""
    return service_of(container.name, container.image, container.labels, _binds(container))


def root_told(container: Container) -> str:
    """The root that a container's mounts or labels name; empty if they name none."""
    votes: Counter[str] = Counter()
    for mount in reaches(container):
        if root := root_in(mount.source):
            votes[root] += 1
    if votes:
        return votes.most_common(1)[0][0]
    return label_root(container)


def label_root(container: Container) -> str:
    """The root whose compose files declare a container; empty if its labels name none."""
    return _root_of_project(container.labels.get(WORKING_DIR, ""))


# Both are cached: each look asks this for each container and each of its mounts, which seldom
# change.


@lru_cache(maxsize=512)
def _root_of_project(folder: str) -> str:
    path = PurePosixPath(folder)
    return str(path.parent) if path.name in TOP_FOLDERS else ""


@lru_cache(maxsize=2048)
def root_in(source: str) -> str:
    """The root that a mount's source is below, found by the names of a root's folders.

    Empty if the path has none of these names.
    """
    # The last match: the root itself may be below a folder called `pryv`.
    at = max(source.rfind(f"/{name}/") for name in TOP_FOLDERS)
    parts = PurePosixPath(source[at + 1 :]).parts
    known = at > 0 and len(parts) >= 2 and (parts[0] != "pryv" or len(parts) >= 3)
    return source[:at] if known else ""


def sort_out(containers: Iterable[Container], root: str | None) -> Found:
    """Sort containers by their owner.

    Args:
        root: the machine's root, by the path that this program uses; None if unknown.
    """
    every = not_of_drills(containers)
    if root is None:
        return Found(ours=tuple(_known(c) for c in every if named_by_template(c.name)))
    roots, parts = ways_to(root)
    ours = [c for c in every if _belongs(c, roots)]
    if not ours:
        # The containers may have the root under another path; a guard compares the two.
        ours = [c for c in every if named_by_template(c.name)]
        roots = tuple(dict.fromkeys((*roots, *filter(None, map(root_told, ours)))))
    rest = [c for c in every if c not in ours]
    elsewhere: Counter[str] = Counter(
        there for c in rest if service_told(c) and (there := root_told(c)) and there not in roots
    )
    return Found(
        ours=tuple(_known(c) for c in ours),
        others=tuple(other for c in rest if (other := _other(c, roots, parts)) is not None),
        elsewhere=dict(elsewhere),
    )


def find(containers: Sequence[Container], name: str, service: str = "") -> Container | None:
    """A container by its present or former name, or by the service that it runs; None if missing.

    Args:
        service: the container's service, in case its name has changed.
    """
    for container in containers:
        if container.name == name:
            return container
    return of_service(containers, service or service_in_name(name))


def of_service(containers: Iterable[Container], service: str) -> Container | None:
    """The container of a service. Of several, one that runs under the usual name is preferred.

    Compose 1.x leaves two if it failed to replace one: `<digits>_pryvio_core` beside `pryvio_core`.
    """
    return by_service(c for c in containers if c.service == service).get(service)


def by_service(containers: Iterable[Container]) -> dict[str, Container]:
    """The container of each service, chosen as in `of_service`, in the order of the containers."""
    every: dict[str, list[Container]] = {}
    for container in containers:
        every.setdefault(container.service, []).append(container)
    return {
        service: found[0] if len(found) == 1 else max(found, key=_preference)
        for service, found in every.items()
    }


def _preference(container: Container) -> tuple[bool, ...]:
    return (
        named_by_template(container.name),
        container.state in UP,
        # A container that can't start because the other one runs keeps restarting.
        container.state != "restarting",
        container.name == canonical(container.service),
    )


def _binds(container: Container) -> list[tuple[str, str]]:
    return [(mount.source, mount.destination) for mount in container.mounts]


def _known(container: Container) -> Container:
    """The container; with `known_as` set if its name does not show its service."""
    told = service_told(container)
    if not told or told == service_in_name(container.name):
        return container
    return msgspec.structs.replace(container, known_as=told)


def _belongs(container: Container, roots: Sequence[str]) -> bool:
    """Whether a container belongs to the platform with this root."""
    if any(relation(path, roots) in ("part", "root") for path in _declared_in(container)):
        return True
    inside = [m for m in container.mounts if relation(m.source, roots) == "part"]
    if named_by_template(container.name):
        there = root_told(container)
        return bool(inside) or not there or there in roots
    return bool(service_in_binds((m.source, m.destination) for m in inside))


def _declared_in(container: Container) -> list[str]:
    """The folder and files of the compose project that made a container, from its labels.

    Several files are separated by commas (docs.docker.com, compose labels).
    """
    files = container.labels.get(CONFIG_FILES, "").split(",")
    return [path for path in (container.labels.get(WORKING_DIR, ""), *files) if path]


def _other(container: Container, roots: Sequence[str], parts: Sequence[str]) -> Other | None:
    found = [(m, relation(m.source, roots, parts)) for m in reaches(container)]
    sees = tuple(mount for mount, how in found if how is not None)
    if not sees:
        return None
    return Other(container=container, sees=sees, part=any(how == "part" for _, how in found))
