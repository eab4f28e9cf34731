"""Build the plan of an undo: put the content back that a run moved aside.

`undo_plan` is pure. `plan_undo` calls it after it has looked for that content in the roots.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import msgspec

from pryv_tui import own_folder
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.hosts.discovery import MACHINE_NAME
from pryv_tui.operations.acts import act_words
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.facts import Moved
from pryv_tui.operations.kind import Past, kind_of
from pryv_tui.operations.plan import DOWN, Lack, Plan, Step, numbered
from pryv_tui.operations.root.aside import still_aside
from pryv_tui.operations.root.kept import lack_line
from pryv_tui.operations.services.left_down import left_down, stays_line
from pryv_tui.operations.services.standing import Standing, called_now, others_lines, standing
from pryv_tui.operations.sets.gone_again import gone_by_host, undo_arguments
from pryv_tui.operations.sets.missing_roles import services_of
from pryv_tui.operations.sets.targets import Target
from pryv_tui.operations.steps.bringing_back.ask_newer import STORES, AskNewer, TellSetAside
from pryv_tui.operations.steps.bringing_back.audit_live import AuditLive
from pryv_tui.operations.steps.bringing_back.put_back_root import PutBackRoot
from pryv_tui.operations.steps.bringing_back.try_moves import TryMoves
from pryv_tui.operations.steps.services.restart_policy import GiveRestarts, NoRestarts, policies_of
from pryv_tui.operations.steps.services.start_services import again_step, others_steps
from pryv_tui.operations.steps.services.stop_services import stop_step
from pryv_tui.platform.disks import below
from pryv_tui.vault.vault import Vault

_MOVED = "The restored content is moved aside, not deleted."
SET_ASIDE = "Data written since the restore is moved aside too; it is not in the restored set."
BACK_AGAIN = "The present content is moved aside, not deleted."
_COUNTED = (
    "Accounts, events, attachments and points that are not in the set are counted first, if"
    " the databases can be queried, and named in the result."
)
_NOT_COUNTED = "The content moved aside is not counted first."


def plan_undo(
    deployment: Deployment,
    past: Past,
    run: str,
    *,
    run_id: str,
    goes_on: bool = False,
    vault: Vault | None = None,
) -> Plan:
    """Plan to put the content back that a run moved aside.

    Args:
        run: the id of that run.
        run_id: the undo's own id.
        goes_on: whether this undo finishes one that died, perhaps after its last rename.
        vault: the vault with the set with which the live data is compared; None: no comparison.

    Raises:
        PryvTuiError: `run-unknown`; `refused`, that run has not ended, or there is nothing to put
            back.
    """
    moved = past.moved(run)
    if kind_of(moved.kind).moves_roots and moved.goes_on:
        raise PryvTuiError(
            "refused",
            f"the run {moved.run} is still running"
            + ("" if moved.kind == "restore" else ", and can't be undone before its end"),
            f"Cancel it, and it puts back what it moved aside: pryv-tui cancel {moved.run}"
            if moved.kind == "restore"
            else f"Wait for its end: pryv-tui attach {moved.run}",
        )
    if not moved.asides:
        newest = past.newest_undoable()
        raise PryvTuiError(
            "refused",
            f"the run {moved.run} can't be undone: {_why_not(moved)}",
            f"The newest that can be undone is the {past.moved(newest).kind} {newest}:"
            f" {undo_words(deployment, past.moved(newest))}"
            if newest
            else "Only a restore or an undo that changed something can be undone: pryv-tui runs",
        )
    if moved.not_now is not None and not goes_on:
        raise PryvTuiError("refused", moved.not_now[0], moved.not_now[1])
    if not goes_on and not any(still_aside(Path(owed.where)) for owed in moved.asides):
        raise PryvTuiError(
            "refused",
            f"the content that the run {moved.run} moved aside is not there any more: it was put"
            " back before, or released",
            f"It was moved aside again: {undo_words(deployment, past.moved(moved.kept_by))}"
            if moved.kept_by
            else "To see what was moved aside: pryv-tui status",
        )
    if moved.gone_on_with_by and not goes_on:
        last = past.moved(moved.gone_on_with_by)
        raise PryvTuiError(
            "refused",
            f"the {last.kind} {last.run} continued {moved.run}, and uses the content that"
            f" {moved.run} moved aside",
            f"Both are undone together: {undo_words(deployment, last)}",
        )
    roots = [(owed.host, owed.what) for owed in moved.asides]
    if len(set(roots)) != len(roots):
        places = ", ".join(owed.where for owed in moved.asides)
        raise PryvTuiError(
            "refused",
            f"the content that the run {moved.run} moved aside is in several folders, because the"
            f" run was stopped: {places}",
            "To see what was moved aside: pryv-tui status",
        )
    return undo_plan(
        _told(deployment, moved),
        undone_run=moved.run,
        owed=moved.asides,
        ran=moved.ran or _all_of(deployment, moved),
        unwell=moved.unwell,
        returned=moved.returned,
        policies=past.policies(),
        run_id=run_id,
        set_id=moved.set_id,
        without=gone_by_host(deployment, moved.asides),
        asking=_asking(deployment, moved, vault),
        restored=moved.ended,
        begun_in=moved.begun_in,
        of_undo=moved.kind == "undo",
        of_half=moved.half,
    )


def _asking(deployment: Deployment, moved: Moved, vault: Vault | None) -> AskNewer | None:
    """Return the step that counts the data written after the restore, before the undo moves that
    data aside; None if the restored set is not known any more."""
    if vault is None or not moved.set_id:
        return None
    try:
        manifest = vault.resolve(moved.set_id).need("read")
    except (PryvTuiError, OSError):
        return None
    targets = []
    for owed in moved.asides:
        state = deployment.host(owed.host)
        roles = set(state.roles) if state is not None else set()
        own = [part for part in manifest.hosts if part.name == owed.host]
        own = own or [part for part in manifest.hosts if set(part.roles) & roles]
        if len(own) == 1 and set(own[0].roles) & set(STORES):
            targets.append(Target(set_host=own[0].name, host=owed.host, root=owed.what))
    if not targets:
        return None
    # On a host where an earlier undo was stopped, the live data is not the restored data any more.
    begun = {owed.host: owed.where for owed in moved.asides if not Path(owed.where).is_dir()}
    return AskNewer(
        set_id=moved.set_id,
        targets=tuple(targets),
        begun=begun,
        before=tuple(moved.newer),
        of_undo=True,
        # Only a restore made the live data equal to the set's data; an undo did not.
        restored=moved.began if moved.kind == "restore" else "",
    )


def undo_words(deployment: Deployment, moved: Moved) -> str:
    """The command that undoes a run; with the confirmation, if it needs one."""
    return f"pryv-tui undo {arguments_of(deployment, moved)}"


def arguments_of(deployment: Deployment, moved: Moved) -> str:
    """The arguments of that command; confirmed if a role would be gone, or to undo an undo."""
    needs = any(gone_by_host(deployment, moved.asides).values()) or moved.kind == "undo"
    return undo_arguments(moved.run, _told(deployment, moved).domain, confirmed=needs)


def _told(deployment: Deployment, moved: Moved) -> Deployment:
    """Return the deployment; with the run's recorded domain if a half-replaced root tells none."""
    if deployment.domain_source != MACHINE_NAME or not moved.domain:
        return deployment
    return msgspec.structs.replace(
        deployment, domain=moved.domain, domain_source=f"the run {moved.run}"
    )


def _all_of(deployment: Deployment, moved: Moved) -> dict[str, list[str]]:
    """Return all containers by host, if no journal tells which of them ran before, because an undo
    has to leave the platform running. Empty if the journals are complete: then none ran."""
    if moved.all_told:
        return {}
    hosts = {owed.host for owed in moved.asides}
    return {
        state.name: sorted(container.name for container in state.containers)
        for state in deployment.hosts
        if state.name in hosts
    }


def _why_not(moved: Moved) -> str:
    """The reason why there is nothing of a run to put back, in words."""
    if kind_of(moved.kind).moves_roots and not moved.readable:
        return "its journal can't be read completely, and nothing that it moved aside is known"
    if moved.kind == "restore":
        return "it moved nothing aside"
    if moved.kind == "undo":
        return "it put nothing back"
    return f"it was not a restore ({act_words(moved.kind)}), and moved nothing aside"


def undo_plan(
    deployment: Deployment,
    *,
    undone_run: str,
    owed: Sequence[Owed],
    ran: Mapping[str, Sequence[str]],
    run_id: str,
    set_id: str = "",
    returned: Collection[str] = (),
    policies: Mapping[tuple[str, str], str] | None = None,
    without: Mapping[str, Sequence[str]] | None = None,
    unwell: Mapping[str, Mapping[str, str]] | None = None,
    asking: AskNewer | None = None,
    restored: str = "",
    begun_in: Sequence[str] = (),
    of_undo: bool = False,
    of_half: bool = False,
) -> Plan:
    """Plan to put the content back that the run `undone_run` moved aside.

    Args:
        owed: the run's records of what it moved aside, from its journal.
        ran: by host, the containers that were running before that run.
        returned: the folders of former content that an earlier, stopped undo has already put back.
        policies: by host and container, the restart policies that earlier runs have removed and not
            set again.
        without: by host, the roles that are there now but not in the content that comes back.
        unwell: by host, the containers that were unhealthy before that run, with the reason.
        asking: the step that counts data newer than the set, before anything is stopped.
        restored: when that run ended, RFC 3339.
        begun_in: the ids of undos of that run that were stopped, newest first.
        of_undo: whether that run is itself an undo.
        of_half: whether that run is a restore that ended before everything was back.

    Raises:
        PryvTuiError: `refused`, that run moved nothing aside.
    """
    asides = [item for item in owed if item.kind == "aside"]
    if not asides:
        raise PryvTuiError(
            "refused",
            f"the run {undone_run} moved nothing aside: there is nothing to undo",
            "Only a restore or an undo that changed something can be undone: pryv-tui runs",
        )
    # A restore that died early may have stopped containers on hosts whose root it had not changed.
    hosts = list(dict.fromkeys((*(item.host for item in asides), *ran)))
    states = {host: _state(deployment, host, undone_run) for host in hosts}
    pending = [item for item in asides if item.where not in returned]
    kept = {item.host: _kept(Path(item.what), (*begun_in, run_id)) for item in pending}
    steps: list[Step] = []
    if pending:
        roots = tuple((item.host, item.what, item.where) for item in pending)
        steps.append(TryMoves(undone_run=undone_run, roots=roots))
        if asking is not None:
            steps.append(asking)
    # Include containers that ran before the restore: the journal then records that they must start.
    now = {
        host: standing(state, ran.get(host, ()), unwell=(unwell or {}).get(host))
        for host, state in states.items()
    }
    steps += [stop_step(host, found) for host, found in now.items()]
    restarts = {host: found for host in hosts if (found := policies_of(deployment, host, policies))}
    steps += [NoRestarts(host=host, policies=found) for host, found in restarts.items()]
    everywhere = tuple(
        Owed(kind="return", host=item.host, what=item.what, where=item.where) for item in pending
    )
    for item in pending:
        steps.append(
            PutBackRoot(
                everywhere=everywhere,
                host=item.host,
                root=item.what,
                aside=item.where,
                undone_run=undone_run,
                kept=kept[item.host],
                disks=below(states[item.host].mounted.disks),
            )
        )
    steps += [GiveRestarts(host=host, policies=found) for host, found in restarts.items()]
    root_of = {item.host: item.what for item in asides}
    # Register's host comes first, because the core applications need register.
    before = {host: _ran(states[host], now[host], ran.get(host, ())) for host in hosts}
    for host in sorted(hosts, key=lambda name: not _has_register(now[name], before[name])):
        root = root_of.get(host) or states[host].root or ""
        if before[host]:
            steps.append(again_step(host, root, before[host], now[host]))
    steps += others_steps(now)
    # No audit if a cancelled run puts its own changes back.
    looks = undone_run != run_id and _can_be_asked(deployment, without or {})
    if pending and (asking is not None or looks):
        steps.append(
            TellSetAside(
                set_id=asking.set_id if asking is not None else "",
                undone_run=undone_run,
                restored=restored,
                kept=kept,
                of_undo=of_undo,
                of_half=of_half,
            )
        )
    if looks:
        # This step is the last one: no audit is made while a root has the marker of an undo.
        steps.append(AuditLive(set_id="", after="undo"))
    lacks = tuple(
        _lack(state, role, ran.get(state.name, ()), "undo" if of_undo else "restore")
        for state in deployment.hosts
        for role in (without or {}).get(state.name, ())
    )
    left = left_down(states, now, before, lacks, "undo" if of_undo else "restore")
    return Plan(
        kind="undo",
        roles=_brought_back(deployment, {item.host for item in asides}, lacks),
        steps=numbered(steps),
        domain=deployment.domain,
        set_id=set_id,
        lacks=lacks,
        stays=left,
        of_an_undo=of_undo,
        of_half=of_half,
        effects=(
            *(lack_line(one, set_id) for one in lacks),
            DOWN,
            *map(stays_line, left),
            *([BACK_AGAIN] if of_undo else [_MOVED, SET_ASIDE]),
            f"{_NOT_COUNTED if asking is None or not pending else _COUNTED} It comes back by"
            f" undoing this{'' if of_undo else ' undo'}.",
            *others_lines(states.values()),
        ),
    )


def _can_be_asked(deployment: Deployment, without: Mapping[str, Sequence[str]]) -> bool:
    """Whether the live platform can be audited after an undo; without core's data it can't. If core
    is gone then, the run that restores it ends with an audit.

    Args:
        without: by host, the roles that are gone after the undo.
    """
    gone = {host for host, roles in without.items() if "core" in roles}
    return any("core" in state.roles and state.name not in gone for state in deployment.hosts)


def _kept(root: Path, runs: Sequence[str]) -> str:
    """Return the folder into which a root's present content is moved: the one of a stopped undo
    that has begun to move it, else the one of this undo, the last of `runs`."""
    places = [own_folder.undone(root, run) for run in runs]
    return str(next((place for place in places[:-1] if place.is_dir()), places[-1]))


def _brought_back(
    deployment: Deployment, hosts: Collection[str], lacks: Collection[Lack]
) -> tuple[str, ...]:
    """Return the roles of which the content is put back: those of `hosts`, without `lacks`."""
    gone = {(one.host, one.role) for one in lacks}
    found = {
        role
        for state in deployment.hosts
        for role in state.roles
        if state.name in hosts and (state.name, role) not in gone
    }
    return tuple(role for role in deployment.roles if role in found)


def _ran(state: HostState, now: Standing, ran: Collection[str]) -> tuple[str, ...]:
    """Return the present names of the platform's containers that were running before."""
    names = dict.fromkeys(called_now(state, name) for name in ran)
    return tuple(name for name in names if name not in now.others)


def _has_register(now: Standing, names: Collection[str]) -> bool:
    return any(now.service(name) == "register" for name in names)


def _state(deployment: Deployment, host: str, undone_run: str) -> HostState:
    state = deployment.host(host)
    if state is None:
        raise PryvTuiError(
            "refused",
            f"the host {host} of the run {undone_run} is not part of this platform now",
            "Declare it in the configuration file again.",
        )
    return state


def _lack(state: HostState, role: str, ran: Collection[str], before: str) -> Lack:
    own = services_of(state, role)
    names = [c.name for c in state.containers if c.service in own and c.name not in ran]
    return Lack(host=state.name, role=role, containers=tuple(names), before=before)
