"""Build the plan of a drill: make a sandbox, run a restore's own plan in it, remove it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.hosts.host import Host
from pryv_tui.hosts.sandbox.making import Maker, Network, Wanted
from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.drilling.configuration import asked_of
from pryv_tui.operations.drilling.facts import Depth
from pryv_tui.operations.drilling.places import expiry, folder_of
from pryv_tui.operations.drilling.platform import narrowed, need_machine, planned
from pryv_tui.operations.drilling.spec import (
    LEAST_OF_APPLICATION,
    Declared,
    NotMade,
    Place,
    declared_services,
    left_off,
    limits_for,
    service_of_image,
    services_in,
    specify,
)
from pryv_tui.operations.drilling.wiring import Machine, wire
from pryv_tui.operations.guards.drill import available_memory
from pryv_tui.operations.plan import Likeness, Plan, Step, expected_of, numbered
from pryv_tui.operations.plans.restore import restore_plan
from pryv_tui.operations.root.compose_files import read_compose
from pryv_tui.operations.site import Site
from pryv_tui.operations.steps.drilling.build_sandbox import BuildSandbox
from pryv_tui.operations.steps.drilling.check_drill import CHECK, CheckDrill
from pryv_tui.operations.steps.drilling.check_sandbox import CheckSandbox
from pryv_tui.operations.steps.drilling.fingerprint import TakeFingerprint
from pryv_tui.operations.steps.drilling.in_sandbox import wrapped
from pryv_tui.operations.steps.drilling.prove_isolation import ProveIsolation
from pryv_tui.operations.steps.drilling.remove_sandbox import RemoveSandbox
from pryv_tui.operations.steps.drilling.serving import checks_of, serving_steps
from pryv_tui.platform.roles import DATABASE_SERVICES
from pryv_tui.vault.manifest import SetHost, SetImage
from pryv_tui.vault.set_files import FILES_NAME
from pryv_tui.vault.sets import BackupSet


def drill_plan(
    site: Site,
    deployment: Deployment,
    backup: BackupSet,
    *,
    drill: str,
    root: str = "",
    depth: Depth = "data",
    wait: float = 0.0,
    latest: bool = False,
    late: Sequence[str] = (),
    going_on: GoingOn | None = None,
    expected: Mapping[Likeness, float] | None = None,
) -> Plan:
    """Plan a sandbox drill.

    Args:
        drill: the drill's id.
        root: the folder that a person named for the sandbox; empty: one in the state folder.
        wait: the longest time, in seconds, that the drill waits until it can begin.
        latest: whether nobody named the set, so that it is the newest one.
        late: notes about the choice of the set that were not shown to the person who started it.

    Raises:
        PryvTuiError: `refused`, the set is not complete, or no sandbox can be made.
    """
    manifest = backup.need("restore")
    host = need_machine(site.hosts)
    folder = str(folder_of(site.state, drill, root))
    roots = {part.name: f"{folder}/{part.name}" for part in manifest.hosts}
    made = _containers(deployment, backup, host, drill, folder, roots, depth)
    wanted = tuple(one for one in made.wanted if one.service in DATABASE_SERVICES)
    services = tuple(one for one in made.wanted if one not in wanted)
    # The time that the last drill waited is no estimate for this one.
    seconds = {like: took for like, took in (expected or {}).items() if like[0] != CHECK}
    whole = sum(took for like, took in seconds.items()) or None
    restore = restore_plan(
        planned(manifest, wanted, roots, practice=site.practice),
        narrowed(backup, wanted),
        run_id=drill,
    )
    middle = [wrapped(step, manifest) for step in restore.steps]
    look = CheckSandbox(set_id=backup.id)
    serving = serving_steps(manifest, made.wanted)
    compared = [check for one in middle for check in one.checks]
    checks = tuple(dict.fromkeys((*compared, *look.checks(manifest), *checks_of(serving))))
    before: list[Step] = [
        CheckDrill(
            set_id=backup.id,
            folder=folder,
            wait=wait,
            latest=latest,
            late=tuple(late),
            containers=len(wanted),
            services=len(services),
            not_made=made.not_made,
            unread=made.unread,
            going_on=going_on,
            expected_seconds=whole,
        ),
        TakeFingerprint(phase="before"),
        BuildSandbox(
            set_id=backup.id,
            drill=drill,
            folder=folder,
            expires=wanted[0].expires if wanted else expiry(),
            roots=roots,
            wanted=wanted,
            expected=checks,
            services=services,
            networks=made.networks,
            left_off=made.left_off,
            depth=depth,
        ),
        ProveIsolation(
            containers=tuple((one.host, one.name) for one in made.wanted),
            subnets=tuple(one.subnet for one in made.networks),
            doors=made.doors,
            walls=tuple(one.name for one in services),
        ),
    ]
    after: list[Step] = [
        look,
        *serving,
        RemoveSandbox(
            folder=folder,
            names=tuple(one.name for one in made.wanted),
            networks=tuple(one.name for one in made.networks),
            expected=checks,
        ),
        TakeFingerprint(phase="after"),
    ]
    steps = numbered([*before, *middle, *after])
    return Plan(
        kind="drill",
        roles=restore.roles,
        steps=steps,
        domain=manifest.domain,
        set_id=backup.id,
        notice=restore.notice,
        effects=(
            f"The set is restored in {folder}, beside the platform: nothing of the platform is"
            " stopped or changed.",
            f"{_HAS[depth]} It is removed at the end, whatever the drill's result.",
        ),
        expected=expected_of(steps, seconds),
    )


_HAS: dict[Depth, str] = {
    "data": "The sandbox has the databases alone, without any network.",
    "services": "The sandbox has the databases, then register, core and hfs behind nginx, on"
    " networks of its own without a way out.",
}


class _Made(NamedTuple):
    """The planned parts of a sandbox."""

    wanted: tuple[Wanted, ...] = ()
    not_made: tuple[NotMade, ...] = ()
    networks: tuple[Network, ...] = ()
    doors: tuple[str, ...] = ()
    left_off: tuple[tuple[str, str, str], ...] = ()
    unread: tuple[str, ...] = ()
    """Descriptions of the parts of its services' configuration that were not read."""


def _containers(
    deployment: Deployment,
    backup: BackupSet,
    host: Host,
    drill: str,
    folder: str,
    roots: Mapping[str, str],
    depth: Depth,
) -> _Made:
    manifest = backup.need("restore")
    maker = host.maker
    assert maker is not None
    if not backup.here:
        return _Made()
    files = {part.name: backup.host_folder(part.name) / FILES_NAME for part in manifest.hosts}
    declared = {part.name: _declared(files[part.name], part) for part in manifest.hosts}
    serve = depth == "services"
    every = [
        service
        for part in manifest.hosts
        for service in services_in(part, declared[part.name], applications=serve)
    ]
    may_take = available_memory() or 0, len(every), os.cpu_count() or 1
    running = {
        one.service: one.image_digest for state in deployment.hosts for one in state.containers
    }
    expires = expiry()
    not_made: list[NotMade] = []
    meant: dict[str, list[str]] = {}
    machines: list[Machine] = []
    for part in manifest.hosts:
        found = specify(
            part,
            declared[part.name],
            Place(drill, expires, folder, roots[part.name]),
            limits_for(*may_take),
            _images(maker, running),
            several=len(manifest.hosts) > 1,
            applications=limits_for(*may_take, LEAST_OF_APPLICATION) if serve else None,
        )
        not_made += found.not_made
        meant[part.name] = [
            *(one.service for one in found.wanted),
            *(one.service for one in found.not_made),
        ]
        asked = (
            asked_of(found.wanted, declared[part.name], files[part.name], roots[part.name])
            if serve
            else {}
        )
        machines.append(Machine(part.name, part.roles, found.wanted, declared[part.name], asked))
    wanted = tuple(one for machine in machines for one in machine.wanted)
    if not wanted and not not_made:
        raise PryvTuiError(
            "refused",
            f"the set {backup.id} holds no database: a drill would have nothing to start",
            f"Check its files instead: pryv-tui verify {backup.id}",
        )
    if not serve:
        return _Made(wanted, tuple(not_made))
    with_any = [machine for machine in machines if machine.wanted]
    net = wire(with_any, manifest.domain, drill, expires, maker.surroundings().subnets)
    off = tuple(
        (service, machine.name, why)
        for machine in machines
        for service, why in left_off(machine.declared, meant[machine.name]).items()
    )
    unread = tuple(
        f"{file} of {machine.name}: {asked.unread}"
        for machine in machines
        for by_file in machine.asked.values()
        for file, asked in by_file.items()
        if asked.unread
    )
    refused = (*not_made, *net.refused)
    return _Made(
        net.wanted, refused, net.networks, tuple(net.doors), off, tuple(dict.fromkeys(unread))
    )


class _images:
    """Finds the image for a container: the one that is running now, else the one in the set."""

    def __init__(self, maker: Maker, running: Mapping[str, str]) -> None:
        self._maker = maker
        self._running = running

    def __call__(self, image: SetImage) -> str:
        now = self._running.get(service_of_image(image), "")
        return self._maker.image(*filter(None, (now, image.digest, image.image)))


def _declared(files: Path, part: SetHost) -> dict[str, Declared]:
    """Return the services in the set's compose files, with their paths on the platform."""
    return declared_services(
        (
            (file.file, one.service, one.container, one.powers, file.bodies.get(one.service, {}))
            for file in read_compose(files, part.root, {})
            for one in file.services
        ),
        part.images,
    )
