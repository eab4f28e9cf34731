"""Compare the live platform before and after a drill, which must not change it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pryv_tui import own_folder
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.hosts.engine import Container
from pryv_tui.hosts.sandbox.labels import not_of_drills
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.drilling.facts import STAYED, Fingerprint
from pryv_tui.operations.plan import Step
from pryv_tui.operations.root.marker import read_marker
from pryv_tui.operations.site import Site
from pryv_tui.operations.steps.drilling.rehearsal import note_check, phase, rehearsal
from pryv_tui.phrases import counted

START = ", its start"


class TakeFingerprint(Step, frozen=True, kw_only=True, tag="fingerprint"):
    """Record digests of the live containers (state, image, start, mounts, …), networks and roots.

    After the drill, compare them with those from before.
    """

    phase: Literal["before", "after"]

    @property
    def title(self) -> str:
        if self.phase == "before":
            return "Record the state of the live platform"
        return "Compare the live platform with its state before the drill"

    @property
    def in_any_case(self) -> bool:
        return self.phase == "after"

    def perform(self, ctx: RunContext) -> None:
        now = rehearsal(ctx)
        if self.phase == "after" and now.before is None:
            return
        with phase(ctx, f"fingerprint {self.phase}", "sandbox"):
            found = fingerprint(ctx.site, ctx.deployment, self.phase)
            ctx.report.drilled(found)
        if now.before is None:
            now.before = found
            return
        beside = {f"{h} {name}": run for (h, name), run in ctx.beside(now.began).items()}
        names = different(now.before, found)
        starts = {n for n in names if n.endswith(START) and n.removesuffix(START) in beside}
        differs = [name for name in names if name not in starts]
        many = sum(not name.endswith(START) for name in found.details)
        told = counted(many, "container, root or network", "containers, roots and networks")
        if not differs:
            also = sorted(
                f"{n.removesuffix(START)} by {beside[n.removesuffix(START)]}" for n in starts
            )
            but = f"; stopped and started again during the drill: {', '.join(also)}" if also else ""
            note_check(ctx, STAYED, "", "passed", expected=told, found=f"{told}{but}")
            return
        why = f"changed: {', '.join(differs)}"
        note_check(ctx, STAYED, "", "failed", expected=told, why=why)
        raise PryvTuiError(
            "check-failed",
            f"the live platform changed during the drill ({why}). The drill itself reaches none of"
            " it: find out who else worked on the platform",
        )


def fingerprint(
    site: Site, deployment: Deployment, moment: Literal["before", "after"]
) -> Fingerprint:
    """Return the fingerprint of the live platform at this moment."""
    containers: dict[str, Any] = {}
    networks: dict[str, Any] = {}
    roots: dict[str, Any] = {}
    for state in deployment.hosts:
        host = site.host(state.name)
        for one in not_of_drills(host.engine.containers()):
            containers[f"{state.name} {one.name}"] = container_facts(one)
            containers[f"{state.name} {one.name}{START}"] = start_facts(one)
        if host.maker is not None:
            for name, facts in host.maker.surroundings().networks.items():
                networks[f"{state.name} network {name}"] = facts
        roots[f"{state.name} root"] = root_facts(state)
    return Fingerprint(
        moment=moment,
        containers=digest(containers),
        networks=digest(networks),
        root=digest(roots),
        details={
            name: digest(facts) for name, facts in {**containers, **networks, **roots}.items()
        },
    )


def container_facts(one: Container) -> dict[str, Any]:
    """Return the properties of a container that change only if somebody changes the container."""
    return {
        "id": one.id,
        "image": [one.image, one.image_digest],
        "labels": dict(one.labels),
        "policy": one.restart_policy,
        "powers": sorted(one.powers),
        "mounts": sorted([m.source, m.destination, m.read_only] for m in one.mounts),
        "volumes": sorted([m.source, m.destination, m.read_only] for m in one.volumes),
        "networks": sorted(one.networks),
        "ports": sorted(one.ports),
        "environment": one.environment,
        "command": one.command,
    }


def start_facts(one: Container) -> dict[str, Any]:
    """Return the state of a container, and the time at which that state began.

    The time is left out for a container that keeps restarting, because each restart changes it.
    """
    if one.state == "restarting":
        return {"state": one.state}
    return {"state": one.state, "since": one.since}


def root_facts(state: HostState) -> dict[str, Any]:
    """Return the identity of a root's folder, its top entries, and this program's marker in it."""
    if state.root is None:
        return {}
    root = Path(state.root)
    try:
        status = root.stat()
        # Without this program's own folder: a backup may run during the drill and change it.
        entries = [entry for entry in os.scandir(root) if entry.name != own_folder.NAME]
        top = sorted([entry.name, entry.inode()] for entry in entries)
    except OSError as error:
        return {"root": str(root), "problem": error.errno}
    marker = read_marker(root)
    return {
        "root": str(root),
        "device": status.st_dev,
        "inode": status.st_ino,
        "top": top,
        "marked": marker.run if marker is not None else "",
    }


def digest(facts: Mapping[str, Any]) -> str:
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def different(before: Fingerprint, after: Fingerprint) -> list[str]:
    """Return the names of containers, networks and roots that changed, were added or removed."""
    names = sorted({*before.details, *after.details})
    return [name for name in names if before.details.get(name) != after.details.get(name)]
