"""Build the plan that a request asks for; a preview and the worker get the same plan."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.acts import Act
from pryv_tui.operations.adopting.folder import AdoptChoices
from pryv_tui.operations.kind import Request, World
from pryv_tui.operations.kinds.adopt import Adopt
from pryv_tui.operations.kinds.backup import Backup
from pryv_tui.operations.kinds.containers.restart import Restart
from pryv_tui.operations.kinds.containers.start import OfAContainer, Start
from pryv_tui.operations.kinds.containers.stop import Stop
from pryv_tui.operations.kinds.fetch import Fetch
from pryv_tui.operations.kinds.files import Files
from pryv_tui.operations.kinds.prune import Prune
from pryv_tui.operations.kinds.release import Release
from pryv_tui.operations.kinds.restore import Restore
from pryv_tui.operations.kinds.send import Send
from pryv_tui.operations.kinds.undo import Undo
from pryv_tui.operations.kinds.verify import Verify
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.sets.retention import KeepRules
from pryv_tui.operations.site import Site
from pryv_tui.runs.lock import check_free, lock_path
from pryv_tui.runs.planning.past import Journals

PREVIEW = "RUN"
"""Stands for the id of a run that is not requested yet."""


def plan_request(site: Site, deployment: Deployment, request: Request) -> Plan:
    """Return the plan of a run that was requested, or of one that may be requested.

    Raises:
        PryvTuiError: see the `plan` method of the request's kind.
    """
    past = Journals(site, deployment)
    return request.plan(World(site, deployment, past, request.run or PREVIEW))


def plan_backup(site: Site, deployment: Deployment, **asked: Any) -> Plan:
    """Return the plan of a backup as it would be made now.

    Args:
        asked: the fields of the request, see `kinds.backup`.
    """
    return plan_request(site, deployment, Backup(settings=site.settings, **asked))


def plan_restore(
    site: Site,
    deployment: Deployment,
    set_name: str,
    *,
    roles: Sequence[str] = (),
    continues: str = "",
    while_copying: bool = False,
) -> Plan:
    """Return the plan of a restore as it would be done now."""
    request = Restore(
        settings=site.settings,
        set_id=set_name,
        roles=tuple(roles),
        continues=continues,
        while_copying=while_copying,
    )
    return plan_request(site, deployment, request)


def plan_files(
    site: Site, deployment: Deployment, set_name: str, patterns: Sequence[str], *, to: str = ""
) -> Plan:
    """Return the plan that brings back single files of a set."""
    request = Files(settings=site.settings, set_id=set_name, files=tuple(patterns), to=to)
    return plan_request(site, deployment, request)


def plan_prune(
    site: Site,
    deployment: Deployment,
    rules: KeepRules,
    shown: Collection[str] | None = None,
    also_kept: Mapping[str, str] = {},
) -> Plan:
    """Return the plan that removes sets which no rule keeps, and the remains of unfinished sets.

    Args:
        also_kept: sets that are kept for other reasons than rules and pins: the reason by set id.
    """
    sets = tuple(shown) if shown is not None else None
    asked = Prune(settings=site.settings, keep=rules, shown=sets, also_kept=dict(also_kept))
    return plan_request(site, deployment, asked)


def plan_send(site: Site, deployment: Deployment, set_name: str) -> Plan:
    """Return the plan that sends a set which exists on this machine only."""
    return plan_request(site, deployment, Send(settings=site.settings, set_id=set_name))


def plan_fetch(site: Site, deployment: Deployment, set_name: str) -> Plan:
    """Return the plan that brings a set's files to this machine."""
    return plan_request(site, deployment, Fetch(settings=site.settings, set_id=set_name))


def plan_verify(site: Site, set_name: str, parts: int = 1) -> Plan:
    """Return the plan of a check of a set. Nothing of the platform is looked at."""
    request = Verify(settings=site.settings, set_id=set_name, parts=parts)
    return plan_request(site, site.unseen(), request)


def plan_adopt(
    site: Site, deployment: Deployment, choices: AdoptChoices, *, label: str = ""
) -> Plan:
    """Return the plan that makes a set from a folder which was backed up by hand."""
    return plan_request(site, deployment, Adopt(settings=site.settings, adopt=choices, label=label))


def plan_undo(site: Site, deployment: Deployment, run: str) -> Plan:
    """Return the plan that puts back what a restore moved aside, as it would be done now."""
    return plan_request(site, deployment, Undo(settings=site.settings, undone_run=run))


def plan_release(site: Site, deployment: Deployment, run: str) -> Plan:
    """Return the plan that removes for good what a restore or an undo moved aside."""
    return plan_request(site, deployment, Release(settings=site.settings, released_run=run))


def plan_switch(
    site: Site,
    deployment: Deployment,
    act: Act,
    name: str,
    host: str = "",
) -> Plan:
    """Return the plan of an act on one container, made before the act is requested.

    Raises:
        PryvTuiError: `busy`: a run is using the platform; and what `plan_request` raises.
    """
    check_free(lock_path(site.settings))
    asked = _ACTS[act](settings=site.settings, container=name, host=host)
    return plan_request(site, deployment, asked)


_ACTS: dict[Act, type[OfAContainer]] = {"start": Start, "stop": Stop, "restart": Restart}
