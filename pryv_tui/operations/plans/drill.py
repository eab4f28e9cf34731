"""The plan of a sandbox drill: a restore's own plan, between a sandbox that is made and removed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.hosts.host import Host
from pryv_tui.hosts.sandbox.making import Maker, Wanted
from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.drilling.places import expiry, folder_of
from pryv_tui.operations.drilling.platform import narrowed, need_machine, planned
from pryv_tui.operations.drilling.spec import (
    Declared,
    NotMade,
    Place,
    declared_services,
    limits_for,
    service_of_image,
    specify,
)
from pryv_tui.operations.guards.drill import available_memory
from pryv_tui.operations.plan import Likeness, Plan, Step, expected_of, numbered
from pryv_tui.operations.plans.restore import restore_plan
from pryv_tui.operations.root.compose_files import read_compose
from pryv_tui.operations.site import Site
from pryv_tui.operations.steps.drilling.build_sandbox import BuildSandbox
from pryv_tui.operations.steps.drilling.check_drill import CheckDrill
from pryv_tui.operations.steps.drilling.check_sandbox import CheckSandbox
from pryv_tui.operations.steps.drilling.fingerprint import TakeFingerprint
from pryv_tui.operations.steps.drilling.in_sandbox import wrapped
from pryv_tui.operations.steps.drilling.prove_isolation import ProveIsolation
from pryv_tui.operations.steps.drilling.remove_sandbox import RemoveSandbox
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
    going_on: GoingOn | None = None,
    expected: Mapping[Likeness, float] | None = None,
) -> Plan:
    """The steps of a sandbox drill at the depth of the data.

    Args:
        drill: its id.
        root: the folder that a person named for the sandbox; empty for the state folder's.

    Raises:
        PryvTuiError: `refused` for a set that is not complete, or where no sandbox can be made.
    """
    manifest = backup.need("restore")
    host = need_machine(site.hosts)
    folder = str(folder_of(site.state, drill, root))
    roots = {part.name: f"{folder}/{part.name}" for part in manifest.hosts}
    wanted, not_made = _containers(deployment, backup, host, drill, folder, roots)
    seconds = expected or {}
    whole = sum(took for like, took in seconds.items()) or None
    restore = restore_plan(
        planned(manifest, wanted, roots, practice=site.practice),
        narrowed(backup, wanted),
        run_id=drill,
        workers=site.settings.mongorestore_workers,
    )
    middle = [wrapped(step, manifest.casualties) for step in restore.steps]
    look = CheckSandbox(set_id=backup.id)
    compared = [one.check for one in middle if one.check is not None]
    checks = tuple(dict.fromkeys((*compared, *look.checks(manifest))))
    before: list[Step] = [
        CheckDrill(
            set_id=backup.id,
            folder=folder,
            containers=len(wanted),
            not_made=not_made,
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
        ),
        ProveIsolation(containers=tuple((one.host, one.name) for one in wanted)),
    ]
    after: list[Step] = [
        look,
        RemoveSandbox(
            folder=folder,
            names=tuple(one.name for one in wanted),
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
            f"The set is restored in {folder}, beside the platform, which goes on: nothing of it is"
            " stopped or changed.",
            "The sandbox has the databases alone, without any network. It is removed at the end,"
            " whatever comes of the drill.",
        ),
        expected=expected_of(steps, seconds),
    )


def _containers(
    deployment: Deployment,
    backup: BackupSet,
    host: Host,
    drill: str,
    folder: str,
    roots: Mapping[str, str],
) -> tuple[tuple[Wanted, ...], tuple[NotMade, ...]]:
    manifest = backup.need("restore")
    if not backup.here:
        return (), ()
    many = sum(len(_data_services(part)) for part in manifest.hosts)
    limits = limits_for(available_memory() or 0, many, os.cpu_count() or 1)
    running = {
        one.service: one.image_digest for state in deployment.hosts for one in state.containers
    }
    expires = expiry()
    wanted: list[Wanted] = []
    not_made: list[NotMade] = []
    for part in manifest.hosts:
        maker = host.maker
        assert maker is not None
        found = specify(
            part,
            _declared(backup.host_folder(part.name) / FILES_NAME, part),
            Place(drill, expires, folder, roots[part.name]),
            limits,
            _images(maker, running),
            several=len(manifest.hosts) > 1,
        )
        wanted += found.wanted
        not_made += found.not_made
    if not wanted and not not_made:
        raise PryvTuiError(
            "refused",
            f"the set {backup.id} holds no database: a drill has nothing to bring up",
            f"Check its files instead: pryv-tui verify {backup.id}",
        )
    return tuple(wanted), tuple(not_made)


class _images:
    """Finds the image of a container: as it runs now, else as the set names it."""

    def __init__(self, maker: Maker, running: Mapping[str, str]) -> None:
        self._maker = maker
        self._running = running

    def __call__(self, image: SetImage) -> str:
        now = self._running.get(service_of_image(image), "")
        return self._maker.image(*filter(None, (now, image.digest, image.image)))


def _data_services(part: SetHost) -> Sequence[str]:
    return [service for service in DATABASE_SERVICES if service in part.stores]


def _declared(files: Path, part: SetHost) -> dict[str, Declared]:
    """What the set's compose files say, with the paths that they had on the platform."""
    return declared_services(
        (
            (file.file, one.service, one.container, one.powers, file.bodies.get(one.service, {}))
            for file in read_compose(files, part.root, {})
            for one in file.services
        ),
        part.images,
    )
