"""What each release's compose files mount, and what a backup then does with it. Nothing runs here:
the containers are described by the compose files that the real test platform has for the release.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from pryv_tui.hosts.discovery import discover
from pryv_tui.hosts.engine import Container, Mount
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.plans.backup import backup_plan
from pryv_tui.operations.steps.taking.dump_store import DumpStore
from pryv_tui.operations.steps.taking.prepare_dump import PrepareDump
from tests.hosts.machines import StillHost
from tests.real.testbed import compose
from tests.real.testbed.compose import Form, RoleName
from tests.real.testbed.installation import ROLES

RELEASES = ("1.6.12", "1.6.16", "1.6.17", "1.6.21", "1.6.23", "1.7.0", "1.7.10", "1.7.14",
            "1.8.0", "1.8.1", "1.9.0", "1.9.1", "1.9.2")  # fmt: skip
"""The first and the last of each line, and those between which something changed."""
MACHINES: dict[Form, tuple[tuple[RoleName, ...], ...]] = {
    "single-node": (ROLES,),
    "cluster": (("core",), ("register",), ("static-web",)),
}


def containers(form: Form, release: str, roles: tuple[RoleName, ...], root: str) -> list[Container]:
    """As an engine tells them that has run the release's compose files."""
    settings = compose.Settings(
        form=form, release=release, domain="pryv.example", roles=roles, address="10.0.0.1",
        register_address="10.0.0.2",
    )  # fmt: skip
    texts = {"pryv": compose.pryv_yml(settings)}
    texts["config-follower"] = compose.config_follower_yml(settings)
    if settings.leads:
        texts["config-leader"] = compose.config_leader_yml(settings)
    made = []
    for project, text in texts.items():
        for service in yaml.safe_load(text)["services"].values():
            made.append(_container(service, root, f"{root}/{project}"))
    return made


def _container(service: dict[str, Any], root: str, folder: str) -> Container:
    mounts = []
    for volume in service.get("volumes", ()):
        source, inside, *how = volume.replace("${PRYV_CONF_ROOT}", root).split(":")
        place = Path(source if source.startswith("/") else f"{folder}/{source}")
        mounts.append(Mount(str(place), inside.rstrip("/"), not how))
    return Container(
        name=service["container_name"], image=service["image"], state="running",
        mounts=tuple(mounts),
    )  # fmt: skip


def planned(form: Form, release: str) -> tuple[Plan, str | None]:
    hosts = []
    for number, roles in enumerate(MACHINES[form]):
        root = f"/srv/root-{number}"
        hosts.append(StillHost(roles[0], containers(form, release, roles, root), root=Path(root)))
    found = discover(hosts, domain="pryv.example")
    plan = backup_plan(found, vault="/vault", set_id="20260101T000000Z", run_id="RUN")
    return plan, found.release


@pytest.mark.parametrize("form", ["single-node", "cluster"])
@pytest.mark.parametrize("release", RELEASES)
def test_a_backup_dumps_where_the_release_has_its_dumps(release: str, form: Form) -> None:
    plan, found = planned(form, release)
    assert found == release
    assert plan.roles == ROLES
    old = form == "cluster" and tuple(map(int, release.split("."))) <= (1, 6, 16)
    dumps = {"mongodb": "pryv/core/mongodb/backup" if old else "pryv/mongodb/backup",
             "influxdb": "pryv/influxdb/backup"}  # fmt: skip
    prepared = {s.store: s.folder for s in plan.steps if isinstance(s, PrepareDump)}
    assert prepared == {store: f"/srv/root-0/{folder}" for store, folder in dumps.items()}
    dumped = [step.store for step in plan.steps if isinstance(step, DumpStore)]
    assert {"mongodb", "influxdb", "redis"} <= set(dumped)
