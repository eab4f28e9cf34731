"""Discovery: find a platform from its containers (labels, mounts, images) and its roots' files.

The result is a `Deployment`.
"""

from __future__ import annotations

import os
import re
import socket
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

import msgspec

from pryv_tui.decoding import Undecodable
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.deep_trees import walk
from pryv_tui.filesystem.mounts import disks_of
from pryv_tui.filesystem.same_file import same_place
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.hosts.engine import Container
from pryv_tui.hosts.host import Host
from pryv_tui.hosts.ownership import (
    Found,
    by_service,
    label_root,
    root_in,
    service_told,
    sort_out,
)
from pryv_tui.hosts.sandbox.labels import not_of_drills
from pryv_tui.platform.disks import own_paths
from pryv_tui.platform.identity import canonical
from pryv_tui.platform.layout import resolve_layout
from pryv_tui.platform.release import SPEAKERS, release_of, releases_of
from pryv_tui.platform.roles import ROLE_NAMES, RoleName, form_of, is_replica, roles_of
from pryv_tui.reading import LINE, read_whole
from pryv_tui.sanitize import one_line
from pryv_tui.yaml_trees import LARGEST, Tree, decode_yaml

DEFAULT_ROOT = "/var/pryv"
ROOT_VARIABLE = "PRYV_CONF_ROOT"


def root_from_mounts(containers: Iterable[Container]) -> str | None:
    """The root that most bind mounts are below; None if none is below a root."""
    votes: Counter[str] = Counter()
    for container in containers:
        for mount in container.mounts:
            if root := root_in(mount.source):
                votes[root] += 1
    return votes.most_common(1)[0][0] if votes else None


def root_from_labels(containers: Iterable[Container]) -> str | None:
    """The root that most compose labels name; None if none names one."""
    votes: Counter[str] = Counter()
    for container in containers:
        if root := label_root(container):
            votes[root] += 1
    return votes.most_common(1)[0][0] if votes else None


def choose_root(
    *,
    given: Path | None,
    variable: str | None,
    containers: Sequence[Container],
    default: str = DEFAULT_ROOT,
) -> tuple[str, str, tuple[str, ...]]:
    """Choose the root; return it, where it was read from, and sentences on what disagrees with it.

    In this order: `--root` (or the config file), `PRYV_CONF_ROOT`, the containers' mounts, the
    compose labels, `/var/pryv`.
    """
    candidates = [
        (str(given) if given else None, "the configuration"),
        (variable or None, ROOT_VARIABLE),
        (root_from_mounts(containers), "the containers' mounts"),
        (root_from_labels(containers), "the compose labels"),
    ]
    known = [(str(PurePosixPath(path)), source) for path, source in candidates if path]
    if not known:
        return default, "the default", ()
    root, source = known[0]
    disagreements = tuple(
        f"{other_source} say {other}, {source} says {root}"
        for other, other_source in known[1:]
        if not same_place(other, root)
    )
    # A folder may have several paths. Containers and compose files use the path in the mounts, so
    # that path is used everywhere, even if the operator gave another.
    mounted = candidates[2][0]
    if mounted and same_place(mounted, root):
        root = str(PurePosixPath(mounted))
    return root, source, disagreements


def spelled(containers: Iterable[Container], root: str) -> list[Container]:
    """Return the containers with the root's one path in all mounts below it.

    A mount may have been made through symbolic links, with another path.
    """
    return [_with_spelled(one, root) for one in containers]


def _with_spelled(container: Container, root: str) -> Container:
    sources = [_spelled(mount.source, root) for mount in container.mounts]
    if sources == [mount.source for mount in container.mounts]:
        return container
    mounts = tuple(
        msgspec.structs.replace(mount, source=source)
        for mount, source in zip(container.mounts, sources, strict=True)
    )
    return msgspec.structs.replace(container, mounts=mounts)


def _spelled(source: str, root: str) -> str:
    # Compared as text first: each look asks this for each mount of each container.
    if source == root or source.startswith(f"{root}/"):
        return source
    path = PurePosixPath(source)
    if PurePosixPath(root) in (path, *path.parents):
        return source
    real = os.path.realpath(root)
    for parent in (path, *path.parents):
        if os.path.realpath(parent) == real:
            return str(PurePosixPath(root) / path.relative_to(parent))
    return source


def mounts_of(containers: Iterable[Container]) -> Mapping[str, Mapping[str, str]]:
    """The host folder behind each path in a container.

    Keys: the container's name in the templates, then the path inside.
    """
    return {canonical(c.service): {m.destination: m.source for m in c.mounts} for c in containers}


def roles_from_files(root: Path) -> tuple[RoleName, ...]:
    """The roles that a root's folders show; services whose containers were removed are found
    too."""
    services = {
        "core": root / "pryv/core/conf",
        "register": root / "pryv/register/conf",
        "app_web_auth3": root / "pryv/app-web-auth3",
    }
    return roles_of(name for name, folder in services.items() if folder.is_dir())


def discover_host(host: Host, *, variable: str | None = None) -> HostState:
    """Look at one machine, and return its state.

    An engine that does not answer is part of the state, not an exception.
    """
    problem, remedy, engine, reachable = "", "", host.engine.url, True
    every: list[Container] = []
    try:
        info = host.engine.info()
        engine = f"{info.name} {info.version}"
        every = not_of_drills(host.engine.containers())
    except PryvTuiError as error:
        reachable, problem, remedy = False, error.what, error.remedy
    given = str(host.root_hint) if host.root_hint else variable
    # If the root is known, the containers of other installations on this engine don't count.
    first = sort_out(every, given) if given else None
    voices = first.ours if first is not None else [c for c in every if service_told(c)]
    root, source, disagreements = choose_root(
        given=host.root_hint, variable=variable, containers=voices
    )
    again = spelled(every, root)
    found = first
    # Usually the mounts have the root's one path already, and nothing has to be sorted again.
    if found is None or (root, again) != (given, every):
        found = sort_out(again, root)
    if not given:
        disagreements += _elsewhere(found, root)
    # One container per service, even if compose has left two.
    containers = by_service(found.ours).values()
    exists = _is_dir(Path(root))
    # After `docker compose down` only the follower is left: the root's folders still show the
    # roles.
    from_files = roles_from_files(Path(root)) if exists else ()
    known = {*roles_of(c.service for c in found.ours), *from_files}
    roles = tuple(role for role in ROLE_NAMES if role in known)
    mounted = disks_of(Path(root))
    layout = resolve_layout(
        roles, root, mounts_of(containers), {c.service: c.name for c in containers}
    )
    own = own_paths(mounted.disks, root_is_mounted=mounted.root_is_mounted)
    return HostState(
        name=host.name,
        engine=engine,
        reachable=reachable,
        problem=problem,
        remedy=remedy,
        root=root,
        root_source=source,
        root_exists=exists,
        disagreements=disagreements,
        mount_root=root_from_mounts(found.ours),
        roles=roles,
        replica=is_replica(c.service for c in found.ours),
        containers=found.ours,
        others=found.others,
        release=release_of((c.service, c.image) for c in containers),
        releases=releases_of((c.service, c.image) for c in containers),
        layout=msgspec.structs.replace(layout, left_out=(*layout.left_out, *own)),
        mounted=mounted,
    )


def _elsewhere(found: Found, root: str) -> tuple[str, ...]:
    """A sentence for each other installation on this engine.

    Used only if nobody has named the root.
    """
    return tuple(
        f"another installation is on this engine too ({many} of its containers), in {other}"
        for other, many in sorted(found.elsewhere.items())
    )


MACHINE_NAME = "the machine's name"
"""The source of a domain that is not configured: then it is the machine's host name."""


def discover(
    hosts: Sequence[Host], *, domain: str | None = None, variable: str | None = None
) -> Deployment:
    """Find the platform on these hosts.

    Args:
        hosts: all machines of the platform.
        domain: the configured domain; if None, it is read from the roots' own configuration; if
            that has none, it is the host name.
        variable: the value of `PRYV_CONF_ROOT`. It is used only if the platform has one host, since
            it belongs to the machine on which this program runs.
    """
    states = tuple(
        discover_host(host, variable=variable if len(hosts) == 1 else None) for host in hosts
    )
    found, source = domain, "the configuration"
    if not found:
        for state in states:
            if state.root_exists and (read := read_domain(Path(state.root or ""))):
                found, source = read
                break
    if not found:
        found, source = socket.gethostname(), MACHINE_NAME
    return Deployment(
        domain=one_line(found),
        domain_source=source,
        release=_release(states),
        form=form_of(state.roles for state in states),
        practice=any(host.practice for host in hosts),
        hosts=states,
    )


def _release(states: Sequence[HostState]) -> str | None:
    """The platform's release: that of the machine with core or register; else that of most
    machines."""
    speaking = [state for service in SPEAKERS for state in states if service in state.releases]
    votes = Counter(state.release for state in states if state.release)
    if speaking:
        return speaking[0].release
    return votes.most_common(1)[0][0] if votes else None


_SERVER_NAME = re.compile(r"server_name\s+(?:reg|co\d+|sw|core|adm|lead)\.([A-Za-z0-9.-]+?)\s*;")


def read_domain(root: Path) -> tuple[str, str] | None:
    """The platform's domain and the file it was read from; None if not found.

    Sources: the leader's `platform.yml` (setting DOMAIN, every release), else a `server_name` in
    nginx's configuration, which every role's machine has.
    """
    platform = root / "config-leader/conf/platform.yml"
    try:
        value = _domain_setting(decode_yaml(read_whole(platform, limit=LARGEST)))
    except (OSError, Undecodable):
        value = None
    if value:
        return value, str(platform)
    confs = (
        Path(folder, name)
        for folder, _below, names in walk(root / "pryv/nginx/conf")
        for name in names
        if name.endswith(".conf")
    )
    for conf in sorted(confs):
        try:
            match = _SERVER_NAME.search(read_whole(conf, limit=LINE).decode("utf-8", "replace"))
        except OSError:
            continue
        if match:
            return match[1], str(conf)
    return None


def _domain_setting(tree: Tree) -> str | None:
    """The value of the setting DOMAIN, at any depth of the tree."""
    pending: list[Tree] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            setting = node.get("DOMAIN")
            if isinstance(setting, dict):
                setting = setting.get("value")
            # YAML values without quotes are read as text here: a number is not a domain.
            if isinstance(setting, str) and any(char.isalpha() for char in setting):
                return setting.strip()
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)
    return None


def _is_dir(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False
