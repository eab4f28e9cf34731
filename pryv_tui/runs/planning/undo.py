"""Build the plans that give former content back, or let it go: undo and release."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

import msgspec

from pryv_tui import own_folder
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.hosts.discovery import MACHINE_NAME
from pryv_tui.operations.acts import act_words
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.plans.release import release_plan
from pryv_tui.operations.plans.undo import undo_plan
from pryv_tui.operations.root.aside import (
    MOVING,
    RELEASING,
    RETURNING,
    kept_folders,
    parts_of,
    still_aside,
)
from pryv_tui.operations.root.marker import read_marker
from pryv_tui.operations.sets.gone_again import gone_by_host, undo_arguments
from pryv_tui.operations.site import Site
from pryv_tui.runs.record.chain import (
    asides_of,
    asides_on_disk,
    chain_of,
    known_or_aside,
    ran_before,
    taken_over,
    undoable,
    unwell_before,
)
from pryv_tui.runs.record.history import (
    Debts,
    RunRecord,
    all_runs,
    debts_of,
    policies_owed,
    request_of,
    resolve_run,
)


def plan_undo(
    site: Site, deployment: Deployment, run: str, *, run_id: str = "RUN", goes_on: bool = False
) -> Plan:
    """The plan that puts back what a restore moved aside.

    Args:
        goes_on: it brings an undo to its end that died, maybe after its last rename.

    Raises:
        PryvTuiError: `refused` when that run still goes on, or nothing of it is left to put back.
    """
    record = known_or_aside(site, deployment, run)
    if record.kind == "restore":
        _ended(record, "Cancel it, and what it moved aside comes back by itself: pryv-tui cancel")
    chain = chain_of(site.state, record)
    # Its journal may be lost or damaged: what lies aside under its name was moved by it.
    told = asides_of(chain)
    asides = told or asides_on_disk(deployment, record.id)
    if not asides:
        newest = next(reversed(undoable(site.state)), None)
        raise PryvTuiError(
            "refused",
            f"the run {record.id} can't be undone: {_why_not(record)}",
            f"The newest that can be undone is the restore {newest.id}:"
            f" {undo_words(site, deployment, newest)}"
            if newest is not None
            else "Only a restore that changed something can be undone: pryv-tui runs",
        )
    if not goes_on and not any(still_aside(Path(owed.where)) for owed in asides):
        raise PryvTuiError(
            "refused",
            f"what the run {record.id} moved aside is not there any more: it was put back"
            " before, or released",
            "What lies aside is named by: pryv-tui status",
        )
    if (last := taken_over(site.state).get(record.id)) and not goes_on:
        raise PryvTuiError(
            "refused",
            f"the restore {last} went on with what {record.id} had moved aside",
            "Both are undone together:"
            f" {undo_words(site, deployment, resolve_run(site.state, last))}",
        )
    returned = {
        owed.where
        for other in all_runs(site.state)
        if (asked := request_of(other)) and asked.undone_run == record.id
        for owed in debts_of(other).settled
        if owed.kind == "return"
    }
    return undo_plan(
        _told(deployment, record),
        undone_run=record.id,
        owed=asides,
        ran=ran_before(chain) or _all_of(deployment, asides, chain, told=bool(told)),
        unwell=unwell_before(chain),
        returned=returned,
        policies=policies_owed(site.state),
        run_id=run_id,
        set_id=record.set,
        without=gone_by_host(deployment, asides),
    )


def undo_words(site: Site, deployment: Deployment, record: RunRecord) -> str:
    """Our command that undoes a restore, with the word where a role would be gone again."""
    return f"pryv-tui undo {arguments_of(site, deployment, record)}"


def arguments_of(site: Site, deployment: Deployment, record: RunRecord) -> str:
    """What that command is given."""
    asides = asides_of(chain_of(site.state, record)) or asides_on_disk(deployment, record.id)
    gone = [role for roles in gone_by_host(deployment, asides).values() for role in roles]
    return undo_arguments(record.id, _told(deployment, record).domain, gone)


def _told(deployment: Deployment, record: RunRecord) -> Deployment:
    """The platform with the domain that a run knows it by, where the root that tells it is in the
    middle of being replaced."""
    if deployment.domain_source != MACHINE_NAME or not record.domain:
        return deployment
    return msgspec.structs.replace(
        deployment, domain=record.domain, domain_source=f"the run {record.id}"
    )


def _all_of(
    deployment: Deployment, asides: Sequence[Owed], chain: Sequence[RunRecord], *, told: bool
) -> dict[str, list[str]]:
    """The containers of the machines of an undo, where no journal tells which of them ran before:
    it has to leave the platform running, whatever was lost. Empty where the journals are whole:
    then none ran.

    Args:
        told: the journals tell what was moved aside.
    """
    whole = all(not record.problems and _readable(debts_of(record)) for record in chain)
    if told and whole:
        return {}
    hosts = {owed.host for owed in asides}
    return {
        state.name: sorted(container.name for container in state.containers)
        for state in deployment.hosts
        if state.name in hosts
    }


def _readable(debts: Debts) -> bool:
    return not debts.unread and not debts.doubted


def _ended(record: RunRecord, way: str) -> None:
    """See that a run is over.

    Args:
        way: what to do where it is not, without its name.

    Raises:
        PryvTuiError: `refused`, it still goes on.
    """
    if record.state in ("running", "starting"):
        raise PryvTuiError(
            "refused", f"the run {record.id} still goes on", " ".join([way, record.id])
        )


def _why_not(record: RunRecord) -> str:
    """Why nothing of a run can be put back."""
    if record.kind == "restore":
        return "it moved nothing aside"
    if record.kind == "undo":
        return "what an undo moved aside comes back by restoring its set again"
    return f"it was no restore ({act_words(record.kind)}), and moved nothing aside"


def plan_release(site: Site, deployment: Deployment, run: str) -> Plan:
    """The plan that removes what a restore or an undo moved aside for good.

    Raises:
        PryvTuiError: `run-unknown`; `refused` when the run goes on, or nothing of it is kept, or
            what is kept may be needed yet.
    """
    record = known_or_aside(site, deployment, run)
    if record.kind not in ("restore", "undo"):
        raise PryvTuiError(
            "refused",
            f"the run {record.id} was no restore and no undo ({act_words(record.kind)}): it moved"
            " nothing aside",
            "What lies aside is named by: pryv-tui status",
        )
    _ended(record, "Wait for its end: pryv-tui attach")
    if record.kind == "restore" and (last := taken_over(site.state).get(record.id)):
        raise PryvTuiError(
            "refused",
            f"the restore {last} went on with what {record.id} had moved aside",
            "Both are let go together, since one alone could not be undone any more: pryv-tui"
            f" release {last} --confirm {shlex.quote(deployment.domain)}",
        )
    chain = chain_of(site.state, record) if record.kind == "restore" else [record]
    asides = {Path(o.where) for each in chain for o in debts_of(each).owed if o.kind == "aside"}
    asides |= {Path(owed.where) for owed in asides_on_disk(deployment, record.id)}
    names_of_chain = {each.id for each in chain}
    folders: dict[str, list[str]] = {}
    half_done: list[str] = []
    for state in deployment.hosts:
        if not state.root or not state.root_exists:
            continue
        root = Path(state.root)
        own = {*(own_folder.undone(root, name) for name in names_of_chain), *asides}
        # The root may have been called by another name then.
        own = {Path(os.path.realpath(path)) for path in own}
        names = []
        for path in kept_folders(root):
            plain = path.with_name(path.name.removesuffix(RELEASING))
            name, _, ending = plain.name.partition(".")
            if Path(os.path.realpath(plain.with_name(name))) not in own:
                continue
            if ending in (MOVING[1:], RETURNING[1:]):
                half_done.append(f"{state.root} on {state.name}")
            else:
                names.append(str(plain))
        if names:
            folders[state.name] = sorted(set(names))
            if read_marker(root) is not None:
                half_done.append(f"{state.root} on {state.name}")
    on_disks = {
        name: [str(part) for part in parts_of(Path(name)) if part.name == Path(name).name][1:]
        for names in folders.values()
        for name in names
    }
    return release_plan(
        deployment, run=record.id, folders=folders, half_done=half_done, on_disks=on_disks
    )
