"""What dead runs left, which choices are safe, and doing one of them.

A dead run's debts are in its journal: it wrote each one down before it changed the thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.hosts.discovery import MACHINE_NAME
from pryv_tui.hosts.engine import NO_RESTART
from pryv_tui.operations.activity import Doing
from pryv_tui.operations.context import Owed
from pryv_tui.operations.overview.attention import Attention
from pryv_tui.operations.overview.overview import Overview, overview
from pryv_tui.operations.plan import Plan, PlanKind
from pryv_tui.operations.root.aside import still_aside
from pryv_tui.operations.root.kept import Story
from pryv_tui.operations.root.marker import read_marker
from pryv_tui.operations.site import Site
from pryv_tui.runs.left import Choice, Left, half_root, set_is_there, unread
from pryv_tui.runs.now import DOWN_DEBTS, ROOT_DEBTS, going_on, newest_running
from pryv_tui.runs.on_disk import half_roots
from pryv_tui.runs.record.chain import taken_over
from pryv_tui.runs.record.history import (
    RunRecord,
    all_runs,
    debts_of,
    read_run,
    request_of,
    runs_folder,
    undone_by,
)
from pryv_tui.runs.record.request import RunRequest


class FirstLook(msgspec.Struct, frozen=True, kw_only=True):
    """The overview, and what can be recovered."""

    overview: Overview
    left: tuple[Left, ...]
    changed_by: str
    """The last run that came to an end: what lies in a root may be something else since."""
    domain: str = ""
    """The platform's, where no root tells it now because a restore or an undo is half-way."""


def left_behind(site: Site, deployment: Deployment, *, but: str = "") -> list[Left]:
    """What earlier runs left half-done, the newest first; nothing while a run goes on.

    Args:
        but: a run that is not looked at: the one that asks.
    """
    records = [record for record in all_runs(site.state) if record.id != but]
    if any(record.state in ("running", "starting") for record in records):
        return []
    later: list[tuple[RunRecord, RunRequest]] = []
    found: list[Left] = []
    for record in reversed(records):
        request = request_of(record)
        if request is None:
            continue
        if not _taken_care_of(record, later):
            left = _left(site, deployment, record, request)
            if left is not None:
                found.append(left)
        later.append((record, request))
    told = {(owed.host, owed.what) for left in found for owed in left.outstanding
            if owed.kind in ROOT_DEBTS}  # fmt: skip
    # Whether a root is whole is for the root to say, whatever the journals have lost.
    found += [half_root(site, half) for half in half_roots(deployment, told)]
    # While a root is half-restored nothing is started on it, whatever another run still owes: the
    # finish or the roll-back of that root starts what has to run.
    halves = [left for left in found if any(o.kind in ROOT_DEBTS for o in left.outstanding)]
    return halves or found


def _taken_care_of(record: RunRecord, later: list[tuple[RunRecord, RunRequest]]) -> bool:
    """Whether a later run that came to its end took this one's debts over."""
    for other, request in later:
        if other.outcome not in ("complete", "warnings"):
            continue
        if record.id in (request.recovers, request.continues, request.undone_run):
            return True
        # A whole restore or undo of the same roots says what they are; what it left is history.
        if record.kind in ("restore", "undo") and other.kind in ("restore", "undo"):
            roots = _roots(record)
            if roots and roots <= _roots(other):
                return True
    return False


def _roots(record: RunRecord) -> set[tuple[str, str]]:
    return {(owed.host, owed.what) for owed in debts_of(record).owed if owed.kind in ROOT_DEBTS}


def _left(
    site: Site, deployment: Deployment, record: RunRecord, request: RunRequest
) -> Left | None:
    debts = debts_of(record)
    outstanding = tuple(owed for owed in debts.owed if owed not in debts.settled)
    moved = [
        owed
        for owed in outstanding
        if (owed.kind in ROOT_DEBTS and _half_done(owed, record.id))
        or (owed.kind == "return" and still_aside(Path(owed.where)))
    ]
    died = record.state == "died"
    if moved:
        # Late: as a rule nothing is left, and the first screen waits for this.
        from pryv_tui.runs.record.resume import copied_back

        kept = all(
            (state := deployment.host(owed.host)) is not None and copied_back(record, state)
            for owed in moved
        )
        return _half_restored(site, record, request, moved, outstanding, died=died, kept=kept)
    small = tuple(owed for owed in outstanding if _still_owed(owed, deployment))
    if not died:
        # It has told of what else it left; what lay in a dump folder is seen by nobody any more,
        # and no other command of ours lets a container go on.
        small = tuple(owed for owed in small if owed.kind in ("dump", "unpause"))
    if not small:
        return None
    names = ", ".join(_in_words(small))
    how = "died. It still had to" if died else "has ended and could not"
    return Left(
        run=record.id,
        kind=record.kind,
        died=died,
        set_id=record.set,
        text=f"The {record.kind} {record.id} {how} put back: {names}.",
        outstanding=small,
        choices={"roll-back": "Start what ran before, give the dump folders back as they were."},
        default="roll-back",
    )


def _in_words(debts: Sequence[Owed]) -> list[str]:
    """What is owed, restart policies as one thing a host: they are as many as its containers."""
    words = [f"{owed.what} on {owed.host}" for owed in debts if owed.kind != "restart-policy"]
    hosts = [owed.host for owed in debts if owed.kind == "restart-policy"]
    words += [f"{hosts.count(host)} restart policies on {host}" for host in dict.fromkeys(hosts)]
    return words


def _half_restored(
    site: Site,
    record: RunRecord,
    request: RunRequest,
    moved: list[Owed],
    outstanding: tuple[Owed, ...],
    *,
    died: bool,
    kept: bool,
) -> Left:
    """What a restore or an undo left on these roots.

    Args:
        kept: all its files are back, and nothing has run on them since but the databases.
    """
    roots = ", ".join(f"{owed.what} on {owed.host}" for owed in moved)
    how = "died" if died else f"ended ({record.outcome})"
    choices: dict[str, str] = {}
    default: Choice = "roll-back"
    if record.kind == "undo":
        choices["finish"] = "Go on putting the former content back, then start what ran."
        default = "finish"
    else:
        if all(still_aside(Path(owed.where)) for owed in moved):
            choices["roll-back"] = "Put back what was there before the restore, start what ran."
        if set_is_there(site, request.set_id):
            choices["finish"] = f"Restore the set {request.set_id} to the end; " + (
                "files and databases that are back are kept and compared."
                if kept
                else "files are verified and copied again where they are not known to be back; what"
                " was written there since it stopped is moved aside."
            )
            default = "finish"
    return Left(
        run=record.id,
        kind=record.kind,
        died=died,
        set_id=record.set,
        text=f"The {record.kind} {record.id} {how} half-way: {roots}.",
        outstanding=outstanding,
        choices=choices,
        default=default,
    )


def _half_done(owed: Owed, run: str) -> bool:
    """Whether a root is marked because of this very run, or of one that went on with it."""
    root = Path(owed.what)
    marker = read_marker(root) if root.is_dir() else None
    if marker is None:
        return False
    theirs = owed.kind == "aside" and marker.aside == owed.where
    return theirs or marker.run in (run, "unknown")


def _still_owed(owed: Owed, deployment: Deployment) -> bool:
    if owed.kind == "dump":
        return still_aside(Path(owed.where))
    if owed.kind in ("start", "unpause"):
        state = deployment.host(owed.host)
        container = state.named(owed.what) if state else None
        if container is None:
            return False
        return container.state == "paused" if owed.kind == "unpause" else not container.running
    if owed.kind == "restart-policy":
        state = deployment.host(owed.host)
        container = state.named(owed.what) if state else None
        return container is not None and container.restart_policy == NO_RESTART
    return False


def _kind_and_more(
    site: Site, left: Left, choice: Choice | None
) -> tuple[PlanKind, dict[str, Any]]:
    """The run that does a choice: its kind, and what it is asked for."""
    chosen = choice or left.default
    if chosen not in left.choices:
        raise PryvTuiError(
            "refused",
            f"{chosen} is not safe for what the run {left.run} left",
            f"Safe is: {', or '.join(f'pryv-tui recover --{name}' for name in left.choices)}"
            if left.choices
            else "Restore a set; it is complete again then: pryv-tui list",
        )
    recovers = "" if left.untold else left.run
    record = None if left.untold else read_run(runs_folder(site.state) / left.run)
    request = request_of(record) if record is not None else None
    back = [owed for owed in left.outstanding if owed.kind == "return"]
    if back:
        undone = request.undone_run if request else Path(back[0].where).name
        return "undo", {"undone_run": undone, "recovers": recovers}
    if any(owed.kind == "aside" for owed in left.outstanding):
        if chosen == "roll-back":
            return "undo", {"undone_run": left.run, "recovers": recovers}
        return "restore", {
            "set_id": left.set_id,
            "roles": request.roles if request else (),
            "continues": recovers,
            "recovers": recovers,
        }
    return "recover", {"recovers": left.run}


def start_recovery(site: Site, left: Left, choice: Choice | None = None) -> RunRecord:
    """Start the run that finishes or rolls back what another left.

    Raises:
        PryvTuiError: `refused` for a choice that is not safe here.
    """
    # Late: whoever only looks at the platform plans and starts nothing.
    from pryv_tui.runs.start import start_run

    kind, more = _kind_and_more(site, left, choice)
    record = None if left.untold else read_run(runs_folder(site.state) / left.run)
    asked = request_of(record) if record is not None else None
    # What a person has said of disks that are not there any more was said of this.
    without = {*site.settings.without_disks, *(asked.settings.without_disks if asked else ())}
    settings = msgspec.structs.replace(site.settings, without_disks=tuple(sorted(without)))
    return start_run(settings, kind, **more)


def plan_recovery(
    site: Site, deployment: Deployment, left: Left, choice: Choice | None = None
) -> Plan:
    """The plan of that run, to be shown before it is asked for.

    Raises:
        PryvTuiError: `refused` for a choice that is not safe here, or what planning raises.
    """
    from pryv_tui.runs.planning.request import plan_request

    kind, more = _kind_and_more(site, left, choice)
    request = RunRequest(run="RUN", kind=kind, settings=site.settings, **more)
    return plan_request(site, deployment, request)


def first_look(site: Site) -> FirstLook:
    """What an operator sees first: a run that goes on, or what an earlier one left half-done,
    before all the rest."""
    records = all_runs(site.state)
    deployment = site.discover()
    left = tuple(left_behind(site, deployment))
    running, over = newest_running(records), taken_over(site.state, records)
    found = overview(
        site,
        deployment,
        going_on(running) if running is not None else None,
        [_doing(one) for one in left],
        {
            one.id: Story(
                kind=one.kind, outcome=one.outcome, set_id=one.set, taken_by=over.get(one.id, "")
            )
            for one in records
        },
    )
    for one in left:
        words = "; or ".join(
            f"pryv-tui recover --{name}: {what}" for name, what in one.choices.items()
        )
        item = Attention("failed", f"{one.text}{_down(one, deployment)}", words)
        found = msgspec.structs.replace(found, attention=(item, *found.attention))
    lost = unread(site, records)
    if lost:
        found = msgspec.structs.replace(found, attention=(*found.attention, *lost))
    done = [r for r in records if r.kind == "restore" and r.outcome in ("complete", "warnings")]
    undone = set(undone_by(site.state)) if done else set()
    undone |= {run for run, last in over.items() if last in undone}
    found = msgspec.structs.replace(
        found,
        restored=next((r.finished for r in reversed(done) if r.id not in undone), ""),
        then_undone=next((r.finished for r in reversed(done) if r.id in undone), ""),
    )
    changed = [r.id for r in records if r.state == "ended"]
    return FirstLook(
        overview=found,
        left=left,
        changed_by=changed[-1] if changed else "",
        domain=_half_known(site, deployment, records),
    )


def _half_known(site: Site, deployment: Deployment, records: Sequence[RunRecord]) -> str:
    """The domain as the run that has marked a root knows it, or the set that it restores."""
    if deployment.domain_source != MACHINE_NAME:
        return ""
    for state in deployment.hosts:
        marker = read_marker(Path(state.root)) if state.root and state.root_exists else None
        if marker is None:
            continue
        told = [record.domain for record in records if record.id == marker.run]
        try:
            manifest = site.vault.resolve(marker.set_id).manifest
        except PryvTuiError:
            manifest = None
        told.append(manifest.domain if manifest is not None else "")
        for domain in filter(None, told):
            return domain
    return ""


def _doing(left: Left) -> Doing:
    held = frozenset((o.host, o.what) for o in left.outstanding if o.kind in DOWN_DEBTS)
    roots = frozenset((o.host, o.what) for o in left.outstanding if o.kind in ROOT_DEBTS)
    return Doing(run=left.run, about=frozenset({left.run}), held=held, roots=roots)


def _down(left: Left, deployment: Deployment) -> str:
    """How many containers are down because of it; a small leftover names them itself."""
    doing = _doing(left)
    down = sum(doing.holds(state.name, c) for state in deployment.hosts for c in state.containers)
    if not left.replaces or not down:
        return ""
    return f" It stopped {down} {'container' if down == 1 else 'containers'} that ran before."


def overview_with_leftovers(site: Site) -> Overview:
    """The overview of a first look."""
    return first_look(site).overview
