"""The overview and the sets in the form of `status --json` and `list --json` (docs/formats.md)."""

from __future__ import annotations

from typing import Any

import msgspec

from pryv_tui.operations.overview.attention import (
    attention_json,
)
from pryv_tui.operations.overview.backup_words import backup_json
from pryv_tui.operations.overview.folders import folder_sizes, store_states
from pryv_tui.operations.overview.overview import Overview
from pryv_tui.operations.overview.serving_words import role_json
from pryv_tui.platform.roles import ROLES
from pryv_tui.vault.checks import Verification
from pryv_tui.vault.sets import BackupSet


def set_json(backup: BackupSet, made_by: str = "") -> dict[str, Any]:
    """A set in the form of `list --json`.

    Args:
        made_by: the run that is making this set now; empty for a set that is finished.
    """
    manifest = backup.manifest
    return {
        "id": backup.id,
        "label": manifest.label if manifest else "",
        "created": manifest.created if manifest else "",
        "roles": list(manifest.roles) if manifest else [],
        "domain": manifest.domain if manifest else "",
        "release": manifest.release if manifest else None,
        "files": manifest.files if manifest else 0,
        "bytes": manifest.bytes if manifest else 0,
        "state": backup.state,
        "verified": backup.verification.time
        if backup.verification and backup.verification.outcome == "good"
        else None,
        "last_check": _check_json(backup.checks[-1]) if backup.checks else None,
        "pin": msgspec.to_builtins(backup.pin),
        "gap_seconds": manifest.gap.accounts_seconds if manifest else None,
        "warnings": list(manifest.warnings) if manifest else [],
        "practice": bool(manifest and manifest.practice),
        "adopted": msgspec.to_builtins(manifest.adopted) if manifest else None,
        "problem": backup.problem,
        "unread": list(backup.unread),
        "repository": backup.repository or None,
        "snapshot": backup.snapshot or None,
        "here": backup.here,
        "made_by": made_by or None,
    }


def _check_json(check: Verification) -> dict[str, Any]:
    return {
        "time": check.time,
        "outcome": check.outcome,
        "part": check.part,
        "parts": check.parts,
        "files": check.files,
        "bytes": check.bytes,
    }


def status_json(found: Overview) -> dict[str, Any]:
    """The overview in the form of `status --json`."""
    deployment = found.deployment
    serving = found.serving
    states = {(one.host, one.role): one for one in serving.roles}
    hosts = []
    for state in deployment.hosts:
        sizes = folder_sizes(state)
        stores = store_states(state)
        roles = []
        for role in state.roles:
            services = ROLES[role].services
            paths = {folder.path for folder in ROLES[role].folders}
            paths |= {layout.data for layout in state.layout.stores.values()}
            roles.append(
                {
                    "role": role,
                    **role_json(states[state.name, role]),
                    "containers": [
                        {
                            "name": c.name,
                            "service": c.service,
                            "image": c.image,
                            "state": c.state,
                            "since": c.since,
                            "restarts": c.restarts,
                        }
                        for c in state.containers
                        if c.service in services
                    ],
                    "folders": [msgspec.to_builtins(size) for size in sizes if size.path in paths],
                    "stores": [s for s in stores if s["store"] in ROLES[role].stores],
                }
            )
        hosts.append(
            {
                "name": state.name,
                "engine": state.engine,
                "reachable": state.reachable,
                "root": state.root,
                "roles": roles,
                "others": [
                    {
                        "name": other.name,
                        "image": other.container.image,
                        "state": other.container.state,
                        "mounts": [msgspec.to_builtins(mount) for mount in other.sees],
                        "stopped_by_a_restore": other.in_the_way,
                    }
                    for other in state.others
                ],
            }
        )
    return {
        "platform": {
            "domain": deployment.domain,
            "release": deployment.release,
            "releases": deployment.releases,
            "form": deployment.form,
            "practice": deployment.practice,
            "state": serving.word,
            "roles_elsewhere": list(serving.elsewhere),
        },
        "hosts": hosts,
        "last_backup": set_json(found.last) if found.last else None,
        "overdue": found.backup.overdue if found.backup else None,
        "backup": backup_json(found.backup) if found.backup else None,
        "attention": [attention_json(item) for item in found.attention],
    }
