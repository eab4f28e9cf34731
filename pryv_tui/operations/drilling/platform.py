"""Build the site, deployment and set of a sandbox, which refer to nothing of the live platform."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.hosts.endpoint import DEFAULT_SOCKET
from pryv_tui.hosts.engine import NO_RESTART, Container
from pryv_tui.hosts.host import Host
from pryv_tui.hosts.sandbox.guard import DrillEngine
from pryv_tui.hosts.sandbox.host import SandboxHost
from pryv_tui.hosts.sandbox.making import Wanted
from pryv_tui.operations.drilling.others import is_here
from pryv_tui.operations.drilling.spec import service_of_image
from pryv_tui.operations.site import Site
from pryv_tui.platform.identity import canonical
from pryv_tui.platform.layout import resolve_layout
from pryv_tui.platform.roles import ROLE_NAMES, form_of
from pryv_tui.sanitize import one_line
from pryv_tui.vault.manifest import SetHost, SetManifest
from pryv_tui.vault.sets import BackupSet
from pryv_tui.vault.vault import Vault


class OneSet(Vault):
    """A vault for a drill's steps: its only set is the drilled one, as `narrowed` returns it."""

    def __init__(self, folder: Path, backup: BackupSet) -> None:
        super().__init__(folder)
        self._backup = backup

    def sets(self) -> list[BackupSet]:
        return [self._backup]


def narrowed(backup: BackupSet, wanted: Sequence[Wanted]) -> BackupSet:
    """Return the set with only the images that the sandbox runs, and the names of its containers.

    Args:
        wanted: the sandbox's containers.
    """
    manifest = backup.need("restore")
    hosts = tuple(_narrowed(part, wanted) for part in manifest.hosts)
    return msgspec.structs.replace(
        backup, manifest=msgspec.structs.replace(manifest, hosts=hosts), snapshot="", repository=""
    )


def _narrowed(part: SetHost, wanted: Sequence[Wanted]) -> SetHost:
    mine = {one.service: one for one in wanted if one.host == part.name}
    images = tuple(
        msgspec.structs.replace(
            image,
            container=mine[service].name,
            known_as=service,
            running=True,
            unwell="",
        )
        for image in part.images
        if (service := service_of_image(image)) in mine
    )
    return msgspec.structs.replace(part, images=images)


def planned(
    manifest: SetManifest, wanted: Sequence[Wanted], roots: Mapping[str, str], *, practice: bool
) -> Deployment:
    """Return the deployment that a sandbox will be; the sandbox need not exist yet.

    Args:
        roots: by machine of the set, the sandbox's folder that takes the place of its root.
    """
    hosts = tuple(_state(part, wanted, roots[part.name]) for part in manifest.hosts)
    return Deployment(
        domain=one_line(manifest.domain),
        domain_source="the set",
        release=manifest.release,
        form=form_of(state.roles for state in hosts),
        practice=practice,
        hosts=hosts,
    )


def _state(part: SetHost, wanted: Sequence[Wanted], root: str) -> HostState:
    mine = [one for one in wanted if one.host == part.name]
    containers = tuple(
        Container(
            name=one.name,
            image=one_line(one.reference),
            image_digest=one_line(one.image),
            state="running",
            restart_policy=one_line(NO_RESTART),
            mounts=one.mounts,
            environment=one.environment,
            known_as=one.service,
        )
        for one in mine
    )
    roles = tuple(role for role in ROLE_NAMES if role in part.roles)
    return HostState(
        name=part.name,
        engine="the drill's",
        reachable=True,
        root=root,
        root_source="the sandbox",
        root_exists=True,
        mount_root=root,
        roles=roles,
        containers=containers,
        layout=resolve_layout(
            roles,
            root,
            {canonical(one.service): {m.destination: m.source for m in one.mounts} for one in mine},
            {one.service: one.name for one in mine},
        ),
    )


def sandbox_site(
    site: Site,
    host: Host,
    backup: BackupSet,
    wanted: Sequence[Wanted],
    roots: Mapping[str, str],
    drill: str,
    folder: str,
) -> Site:
    """Return a site that has only the sandbox's machines, so that no step can act on another.

    Args:
        site: the live platform's site, whose copy engine and patience are used.
        host: the machine whose engine runs the containers.
        backup: the set, narrowed to the sandbox (`narrowed`).
        wanted: the sandbox's containers.
        roots: by machine of the set, the sandbox's folder that takes the place of its root.
        folder: the folder with all of the sandbox's files.
    """
    machines = tuple(
        SandboxHost(
            name,
            DrillEngine(
                host.engine, drill, [one.name for one in wanted if one.host == name], folder
            ),
            Path(root),
            practice=site.practice,
        )
        for name, root in roots.items()
    )
    settings = msgspec.structs.replace(
        site.settings,
        state=str(Path(folder) / "state"),
        repository=None,
        hosts=(),
        root_variable=None,
        domain=backup.need("restore").domain,
        without_disks=(),
    )
    made = Site(
        settings,
        machines,
        copy_hooks=site.copy_hooks,
        copy_engine=site.copy_engine,
        patience=site.patience,
    )
    made.vault = OneSet(site.vault.folder, backup)
    return made


def machine_for(hosts: Collection[Host]) -> Host | None:
    """Return a machine whose engine can run a sandbox, or None. Its engine must be on this machine,
    because the sandbox's files are."""
    for host in hosts:
        if host.maker is not None and is_here(host):
            return host
    return None


def need_machine(hosts: Collection[Host]) -> Host:
    """Return the machine that `machine_for` returns.

    Raises:
        PryvTuiError: `refused`, there is none.
    """
    found = machine_for(hosts)
    if found is None:
        raise PryvTuiError(
            "refused",
            "no Docker Engine of this platform is reached by a socket of this machine (unix://): a"
            " sandbox needs one, since its files lie here",
            "Run the drill on a machine of the platform, and name that machine's own engine by its"
            f' socket: docker = "{DEFAULT_SOCKET}" for its host in the configuration file.',
        )
    return found
