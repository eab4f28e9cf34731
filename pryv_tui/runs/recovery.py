"""What earlier runs left half-done, and the runs that carry out choices for it (`half_done.py`).

A dead run's debts are in its journal, since it recorded each one before it changed anything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.hosts.discovery import MACHINE_NAME
from pryv_tui.operations.activity import Doing
from pryv_tui.operations.acts import again_words
from pryv_tui.operations.advice import advice_words
from pryv_tui.operations.audit.last_look import last_look
from pryv_tui.operations.comparing.newer_words import short_words
from pryv_tui.operations.debts import containers_down, roots_changed
from pryv_tui.operations.facts import LiveFound
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.kinds.containers.start import OfAContainer
from pryv_tui.operations.overview.attention import Attention
from pryv_tui.operations.overview.overview import Overview, overview
from pryv_tui.operations.overview.unsettled import (
    lost_not_known,
    never_asked,
    not_asked_since,
    unsettled,
)
from pryv_tui.operations.plan import Plan, PlanKind
from pryv_tui.operations.root.kept import Story
from pryv_tui.operations.root.marker import read_marker
from pryv_tui.operations.services.answering import answers_now
from pryv_tui.operations.sets.missing_roles import bare_roles, own_of
from pryv_tui.operations.site import Site
from pryv_tui.runs.left import Choice, Left, left_behind, unread
from pryv_tui.runs.looks import still_left, still_runs
from pryv_tui.runs.not_started import not_started
from pryv_tui.runs.now import going_on, kinds_planned, newest_running
from pryv_tui.runs.record.chain import chain_of, newer_before, taken_over
from pryv_tui.runs.record.history import (
    RunRecord,
    all_runs,
    debts_of,
    keeps_something,
    read_run,
    request_of,
    runs_folder,
)
from pryv_tui.runs.record.journal import JournalReader
from pryv_tui.runs.record.stops import times_alike
from pryv_tui.runs.record.tries import tries_of
from pryv_tui.runs.record.undos import (
    brings_back,
    brought_back,
    done_when,
    in_place_now,
    set_former_aside,
    together,
    undone_by,
)


class FirstLook(msgspec.Struct, frozen=True, kw_only=True):
    """The overview, and what earlier runs left half-done."""

    overview: Overview
    left: tuple[Left, ...]
    changed_by: str
    """The last run that ended; it may have changed the roots' content."""
    domain: str = ""
    """The platform's domain, if no root names it now because a restore or an undo is half-way; else
    empty."""


def _kind_and_more(
    site: Site, deployment: Deployment, left: Left, choice: Choice | None
) -> tuple[PlanKind, dict[str, Any]]:
    """Return the run that carries out a choice: its kind, and the fields of its request."""
    left = still_left(site, deployment, left)
    chosen = choice or left.default
    if chosen not in left.choices:
        raise PryvTuiError(
            "refused",
            f"{chosen} is not safe for what the run {left.run} left",
            f"Safe is: {'; or: '.join(f'pryv-tui recover --{name}' for name in left.choices)}"
            if left.choices
            else "Restore a set, after which the platform is complete again: pryv-tui list",
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


def start_recovery(
    site: Site,
    left: Left,
    choice: Choice | None = None,
    *,
    word: str = "",
    confirmed: str = "",
) -> RunRecord:
    """Start the run that finishes or rolls back what another run left, and return its record.

    Args:
        word: the confirmation that was typed or given; needed if a role would be gone again.
        confirmed: how the choice was confirmed, as in a request.

    Raises:
        PryvTuiError: `refused`: the choice is not safe here, or was settled meanwhile.
    """
    # Loaded here: a mere look at the platform plans and starts nothing.
    from pryv_tui.runs.start import start_run

    kind, more = _kind_and_more(site, site.discover(), left, choice)
    if kind == "undo":
        more["word"] = word
    record = None if left.untold else read_run(runs_folder(site.state) / left.run)
    asked = request_of(record) if record is not None else None
    # Disks that a person agreed to do without in the half-done run's request are left out here too.
    without = {*site.settings.without_disks, *(asked.settings.without_disks if asked else ())}
    settings = msgspec.structs.replace(site.settings, without_disks=tuple(sorted(without)))
    return start_run(settings, kind, confirmed=confirmed, **more)


def plan_recovery(
    site: Site, deployment: Deployment, left: Left, choice: Choice | None = None
) -> Plan:
    """Return the plan of the run that carries out a choice, to show it before the run is requested.

    Raises:
        PryvTuiError: `refused` for a choice that is not safe here, or what planning raises.
    """
    from pryv_tui.runs.planning.request import plan_request

    kind, more = _kind_and_more(site, deployment, left, choice)
    return plan_request(site, deployment, kind_of(kind)(settings=site.settings, **more))


def first_look(site: Site, *, ask: bool = False, stores: bool = False) -> FirstLook:
    """Return what an operator sees first: above all the running run, or what an earlier run left.

    Args:
        ask: whether to wait for answers of the services, and of the databases as with `stores`.
        stores: whether to wait for databases to report that they still have data.
    """
    records = all_runs(site.state)
    deployment = site.discover()
    left = tuple(left_behind(site, deployment))
    stopped = not_started(deployment, records)
    running, over = newest_running(records), taken_over(site.state, records)
    found = overview(
        site,
        deployment,
        going_on(running) if running is not None else None,
        [_doing(one, records) for one in left],
        {
            one.id: Story(
                kind=one.kind,
                outcome=one.outcome,
                set_id=one.set,
                taken_by=over.get(one.id, ""),
                left_down=tuple((it.host, it.container) for it in stopped if it.run == one.id),
                ended_why=one.failure.what if one.failure is not None else "",
                unfinished_set=_unfinished(site, one) if over and one.kind == "restore" else "",
                **(_of_undo(site, one, records) if one.kind == "undo" else {}),
                **(_of_switch(one, records) if kind_of(one.kind).of_a_container else {}),
            )
            for one in records
        },
        tries_of(site, deployment, records),
        [
            *_unsettled(site, deployment, records, {one.run for one in left}),
            *_lost_not_known(site, deployment, records, over),
        ],
        partial(brought_back, site, deployment, records=records),
        ask=ask or stores,
    )
    for one in reversed(left):
        advice = one.advice
        item = Attention("failed", advice.text, advice_words(advice), run=one.run, advice=advice)
        found = msgspec.structs.replace(found, attention=(item, *found.attention))
    if lost := [*unread(site, records), *still_runs(site, deployment)]:
        found = msgspec.structs.replace(found, attention=(*found.attention, *lost))
    done = [(r, at) for r in records if r.kind == "restore" and (at := done_when(r))]
    undone = set(undone_by(site.state)) if done else set()
    undone |= {run for run, last in over.items() if last in undone}
    found = msgspec.structs.replace(
        found,
        restored=next((at for r, at in reversed(done) if r.id not in undone), ""),
        then_undone=next((at for r, at in reversed(done) if r.id in undone), ""),
        half_way=next((one.kind for one in reversed(left) if one.replaces), ""),
    )
    if ask:
        found = found.answered(answers_now(site, deployment), site.accepted)
    return FirstLook(
        overview=found,
        left=left,
        changed_by=next((r.id for r in reversed(records) if r.state == "ended"), ""),
        domain=_half_known(site, deployment, records),
    )


def _unfinished(site: Site, record: RunRecord) -> str:
    """Return the set of the earlier restores that this one continued; empty if none, or if sets
    differ."""
    sets = {one.set for one in chain_of(site.state, record) if one.id != record.id}
    return sets.pop() if len(sets) == 1 else ""


def _lost_not_known(
    site: Site, deployment: Deployment, records: Sequence[RunRecord], over: Mapping[str, str]
) -> list[Attention]:
    """Return warnings on stores for which nobody knows what the last restores replaced."""
    if not any(one.kind == "restore" for one in records):
        return []
    known = {one.id: one for one in records}
    gone = {
        role
        for state in deployment.hosts
        if state.root
        for role in bare_roles(state.root_path, state.roles, own_of(state))
    }
    found = []
    for run, roles in in_place_now(records, {one.id for one in records if done_when(one)}).items():
        last = known[run]
        if run not in over:
            newer = newer_before(chain_of(site.state, last), last.set)
            mine = [one for one in newer if one.role in roles and one.role not in gone]
            found += lost_not_known(run, last.set, mine)
    return found


def _one_without_the_other(deployment: Deployment, undo: RunRecord) -> bool:
    """Whether an undo changed only one of core and register, which store each other's accounts,
    while no role on any host has lost its data."""
    changed = roots_changed(debts_of(undo).owed)
    parts: dict[bool, set[str]] = {True: set(), False: set()}
    for state in deployment.hosts:
        if not state.root or bare_roles(state.root_path, state.roles, own_of(state)):
            return False
        mine = {"core", "register"}.intersection(state.roles)
        parts[(state.name, state.root) in changed] |= mine
    return bool(parts[True]) and bool(parts[False])


def _unsettled(
    site: Site, deployment: Deployment, records: Sequence[RunRecord], left: Collection[str]
) -> list[Attention]:
    """Return warnings about accounts and data that lack their counterpart since a root changed.

    If nobody has checked this, the warning says so.

    Args:
        left: the runs that left something half-done. Until that is settled no warning is returned.
    """
    last = last_move(records)
    look = last_look(site.state)
    if left or (last is not None and last.state in ("running", "starting")):
        return []
    if look is not None and of_now(look, last):
        return unsettled(look) if look.practice == site.practice else []
    if last is not None and kind_of(last.kind).moves_roots and last.state in ("died", "ended"):
        planned, done = kinds_planned(JournalReader(last.journal).read())
        if kind_of(last.kind).unasked(planned, done):
            set_id = last.set if last.kind == "restore" else ""
            return [never_asked(last.id, set_id, last.kind)]
    if last is not None and last.kind == "undo" and _one_without_the_other(deployment, last):
        return [not_asked_since(last.id, last.set)]
    return []


def last_move(records: Sequence[RunRecord]) -> RunRecord | None:
    """Return the last run that changed a root, or may have; None if there is none."""
    moves = [one for one in records if kind_of(one.kind).moves_roots and _moved(one)]
    return moves[-1] if moves else None


def of_now(look: LiveFound, last: RunRecord | None) -> bool:
    """Whether a live audit shows the present state of the platform.

    Args:
        last: the last run that changed a root.
    """
    return last is None or look.run == last.id or look.time >= (last.finished or last.started)


def _moved(record: RunRecord) -> bool:
    """Whether a run changed a root, or may have."""
    return record.outcome != "refused" and bool(roots_changed(debts_of(record).owed))


def _half_known(site: Site, deployment: Deployment, records: Sequence[RunRecord]) -> str:
    """Return the domain of a half-changed platform: from the run that marked a root, or from the
    set that it restores; empty if the platform's own configuration names it, or nothing does."""
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


def _of_undo(site: Site, undo: RunRecord, records: Sequence[RunRecord]) -> dict[str, Any]:
    """Return fields of an undo's story: what it moved aside that is still there, how much of that
    is newer than the set (in words), and how to bring it back."""
    if not keeps_something(undo):
        return {}
    every = together(site.state, undo, records)
    return {
        "restored": _restored(undo, records),
        "newer": short_words(newer_before(every, undo.set)),
        "undo": every[0].id if brings_back(site.state, every[0], records) else "",
        "former": set_former_aside(undo, records),
        "set_here": _in_vault(site, undo.set),
    }


def _in_vault(site: Site, set_id: str) -> bool:
    """Whether the vault has this set in a usable state; False if the vault can't be read."""
    try:
        return any(one.id == set_id and one.usable for one in site.vault.sets())
    except PryvTuiError:
        return False


def _of_switch(act: RunRecord, records: Sequence[RunRecord]) -> dict[str, Any]:
    """Return the fields of the story of an act on one container: which one, and why it couldn't
    start."""
    asked = request_of(act)
    if not isinstance(asked, OfAContainer) or act.outcome == "cancelled":
        return {}
    told: dict[str, Any] = {"switched": (asked.host, asked.container)}
    if act.kind == "stop" or act.failure is None:
        return told
    mend = act.failure.remedy
    row = again_words(times_alike(act, records), mend)
    return {**told, "why": act.failure.what, "remedy": " ".join(filter(None, (row, mend)))}


def _restored(undo: RunRecord, records: Sequence[RunRecord]) -> tuple[str, ...]:
    """Return the roles of the restore that an undo undid, as they were requested; empty for a whole
    set."""
    asked = request_of(undo)
    for record in records:
        if asked is not None and record.id == asked.undone_run:
            request = request_of(record)
            return request.roles if request is not None else record.roles
    return ()


def _doing(left: Left, records: Sequence[RunRecord] = ()) -> Doing:
    every = (left, *left.earlier)
    owed = [one for each in every for one in each.outstanding]
    about = frozenset(each.run for each in every)
    down_at: dict[tuple[str, str], str] = {}
    for record in records:  # the first time counts at which a run of the story stopped it
        if record.id in about:
            down_at = {**debts_of(record).down_at, **down_at}
    return Doing(
        run=left.run,
        down_at=down_at,
        about=about,
        held=containers_down(owed),
        # If nothing can be finished or put back, no root's content is expected to change.
        roots=roots_changed(owed) if left.choices else frozenset(),
    )


def overview_with_leftovers(site: Site) -> Overview:
    """Return the overview of a first look, with the services' answers, for which it waits."""
    return first_look(site, ask=True).overview
