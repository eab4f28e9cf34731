"""Build the plan of a backup from what is known about the platform. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from pryv_tui import own_folder
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.operations.lost.words import plan_words
from pryv_tui.operations.plan import Likeness, Plan, Step, expected_of, numbered
from pryv_tui.operations.plans.backup_hold import held
from pryv_tui.operations.plans.transfer import Repository, sending_steps
from pryv_tui.operations.root.by_hand import disk_lines
from pryv_tui.operations.sets.missing_roles import Missing
from pryv_tui.operations.sets.parent import linking_line, proof_of
from pryv_tui.operations.sets.targets import hosts_for
from pryv_tui.operations.settings.shrinking import AS_USUAL as USUAL_LIMITS
from pryv_tui.operations.settings.shrinking import Limits
from pryv_tui.operations.steps.services.hold_follower import HoldFollower, ReleaseFollower
from pryv_tui.operations.steps.services.hold_platform import (
    HoldPlatform,
    ReleaseHold,
    SettleHold,
)
from pryv_tui.operations.steps.sets.complete_set import CompleteSet
from pryv_tui.operations.steps.sets.open_set import OpenSet
from pryv_tui.operations.steps.taking.audit_gap import AuditGap
from pryv_tui.operations.steps.taking.check_gap import CheckGap
from pryv_tui.operations.steps.taking.check_store import CheckStore
from pryv_tui.operations.steps.taking.copy_ahead import CopyAhead
from pryv_tui.operations.steps.taking.copy_root import CopyRoot
from pryv_tui.operations.steps.taking.dump_store import DumpStore
from pryv_tui.operations.steps.taking.prepare_dump import PrepareDump, PutBackDump
from pryv_tui.platform.disks import below, holder_of
from pryv_tui.platform.gap import (
    AS_USUAL,
    ORDERS,
    Gap,
    GapChoices,
    Order,
    notice,
    span,
)
from pryv_tui.platform.roles import CONFIG_FOLLOWER, ROLES
from pryv_tui.vault.copying.parent import Parent
from pryv_tui.vault.files.linking import Proof
from pryv_tui.vault.files.types import Linking
from pryv_tui.vault.restic.program import Restic
from pryv_tui.vault.set_names import PARTIAL


def backup_plan(
    deployment: Deployment,
    *,
    roles: Sequence[str] = (),
    vault: str,
    set_id: str,
    run_id: str,
    gap: GapChoices = AS_USUAL,
    parents: Mapping[str, Parent] | None = None,
    linking: Linking = "unchanged",
    nice: bool = False,
    repository: Repository | None = None,
    expected: Mapping[Likeness, float] | None = None,
    missing: Sequence[Missing] = (),
    limits: Limits = USUAL_LIMITS,
) -> Plan:
    """Plan a backup of core, register and static-web, in one of the orders of `Order`.

    Args:
        roles: the roles to back up; empty: all that were found.
        gap: the choices about the gap: the order of copying, what is held, the longest gap.
        parents: by host, the earlier set to which unchanged files are hard-linked.
        linking: whether files are hard-linked, and the proof that a file is unchanged.
        nice: whether the long copy runs at low priority. The parts that are copied before it,
            within the gap, are always copied at normal priority.
        repository: the repository to which the set is sent, after the platform is released.
        expected: by kind of step (`Likeness`), the seconds that it took last time.
        missing: roles that are not found here but are in an earlier set.
        limits: how much smaller than the previous set the new one may be without a warning.

    Raises:
        PryvTuiError: `refused`, see `hosts_for`, or a hold that is not possible or has no effect on
            the gap; `usage`, a hold's deadline is before the hold could be complete.
    """
    hosts = hosts_for(deployment, roles)
    chosen = tuple(role for state in hosts for role in state.roles)
    partial = f"{vault}/{set_id}{PARTIAL}"
    full = linking == "full"
    chosen_parents = {} if full else dict(parents or {})
    steps: list[Step] = [
        OpenSet(vault=vault, set_id=set_id, roles=chosen, hold=gap.hold, full=full)
    ]
    followers = {state.name: state.name_of(CONFIG_FOLLOWER) for state in hosts}
    steps += [HoldFollower(host=host, container=name) for host, name in followers.items()]
    steps += [step for state in hosts for step in _prepare_steps(state, run_id)]
    taking = [
        msgspec.structs.replace(step, nice=nice) if isinstance(step, CopyRoot) else step
        for step in _taking_steps(hosts, partial, gap.order)
    ]
    steps += held(_linked(taking, chosen_parents, proof_of(linking)), deployment, hosts, gap)
    for state in hosts:
        steps += _check_steps(state, f"{partial}/{state.name}", chosen_parents.get(state.name))
    if gap.budget is not None:
        steps.append(CheckGap(budget=gap.budget))
    steps.append(AuditGap(hosts=tuple(state.name for state in hosts)))
    steps.append(
        CompleteSet(
            vault=vault,
            set_id=set_id,
            roles=chosen,
            hosts=tuple(state.name for state in hosts),
            limits=limits,
        )
    )
    for state in hosts:
        steps += _give_back_steps(state, run_id)
    steps += [ReleaseFollower(host=host, container=name) for host, name in followers.items()]
    if repository is not None:
        steps += sending_steps(repository, set_id, deployment.domain, chosen_parents)
    made = numbered(steps)
    seconds = expected_of(made, expected or {})
    known = {name: _window(_taking_steps(hosts, partial, name), expected or {}) for name in ORDERS}
    effects = (
        "The platform is left as it was found: the dump folders get their former content back.",
        "Nothing of the platform is deleted. A backup that stops half-way is never taken for a"
        " set.",
        *disk_lines(hosts, "copied with the rest"),
        linking_line(chosen_parents, linking),
        *_repository_line(repository),
    )
    return Plan(
        kind="backup",
        roles=chosen,
        steps=made,
        domain=deployment.domain,
        set_id=set_id,
        notice=(
            *notice(
                known[gap.order],
                expected=True,
                closes=gap.hold,
                roles=chosen,
                known=bool(expected),
            ),
            *_orders_line(known, gap.order),
        ),
        effects=(
            *(plan_words(one) for one in missing if not one.meant),
            _noticed(made, seconds, gap),
            *effects,
            *_others_lines(hosts),
        ),
        expected=seconds,
    )


def _others_lines(hosts: Sequence[HostState]) -> tuple[str, ...]:
    """Lines that name the containers outside the platform that write into the roots; a backup does
    not stop them."""
    return tuple(
        f"Not part of the platform, and not stopped on {state.name}: {other.words}. Files"
        " that it changes during the backup may be in the set as they were before or after that."
        for state in hosts
        for other in state.others
        if other.up and other.writes
    )


def _repository_line(repository: Repository | None) -> tuple[str, ...]:
    if repository is None:
        return ()
    return (
        f"The set is made in {repository.vault}, then sent to {Restic(repository.location).name};"
        " once it is there, copies of older sets that the repository has too are removed from"
        " this machine.",
    )


def _linked(steps: Iterable[Step], parents: Mapping[str, Parent], proof: Proof) -> list[Step]:
    """Add to the copying steps the parent set of their host, and the proof of an unchanged file."""
    return [
        msgspec.structs.replace(step, parent=parents[step.host], proof=proof)
        if isinstance(step, CopyRoot | CopyAhead) and step.host in parents
        else step
        for step in steps
    ]


def _noticed(steps: Sequence[Step], seconds: Mapping[str, float], gap: GapChoices) -> str:
    """The sentences about what users will notice of the backup, and for how long."""
    if gap.hold is None:
        return "Only the config follower is held: no service that users need is stopped or held."
    places = [i for i, s in enumerate(steps) if isinstance(s, HoldPlatform | ReleaseHold)]
    during = steps[min(places) : max(places) + 1]
    settle = sum(step.seconds for step in during if isinstance(step, SettleHold))
    known = [seconds[step.id] for step in during if step.id in seconds]
    dumps = [step for step in during if isinstance(step, DumpStore | CopyRoot)]
    about = "for a time not known yet"
    if all(step.id in seconds for step in dumps):
        waited = any(isinstance(s, SettleHold) and s.id in seconds for s in during)
        about = f"for about {sum(known) + (0.0 if waited else settle):.0f} s"
    limit = (
        f"at most {span(gap.deadline)}: then all requests are let in again, even if the run"
        " has died"
    )
    if gap.hold == "registrations":
        return (
            f"Nobody can sign up {about}, and whatever queries register, such as an app's"
            f" sign-in, has to wait that long ({limit}). Nothing else is stopped."
        )
    return (
        f"The platform answers no requests {about}: nginx is stopped on every core and register"
        f" machine ({limit})."
    )


def _orders_line(known: Mapping[Order, Gap], order: Order) -> tuple[str, ...]:
    """The line with the expected gap for accounts for each order; empty if the times of the last
    backup are not known."""
    windows = {name: gap.accounts_seconds for name, gap in known.items()}
    if any(seconds is None for seconds in windows.values()):
        return ()
    words = ", ".join(
        f"{name} about {seconds:.0f} s" + (" (this plan)" if name == order else "")
        for name, seconds in windows.items()
    )
    return (f"Expected window for accounts by --order: {words}.",)


def _window(taking: Sequence[Step], expected: Mapping[Likeness, float]) -> Gap:
    """Return the gaps that these steps would cause if each took as long as last time.

    A step that copies a small part ahead counts as 0 s if its last time is not known.
    """

    def between(first: Sequence[int], last: Sequence[int]) -> float | None:
        if not first or not last:
            return None
        steps = taking[min(first) : max(last) + 1]
        known = expected_of(numbered(steps), expected)
        total = 0.0
        for step in numbered(steps):
            if step.id not in known and not isinstance(step, CopyAhead):
                return None
            total += known.get(step.id, 0.0)
        return total

    dumps = [i for i, step in enumerate(taking) if _is_dump(step, "mongodb")]
    redis = [i for i, s in enumerate(taking) if isinstance(s, CopyAhead) and s.store == "redis"]
    copies = [(i, step) for i, step in enumerate(taking) if isinstance(step, CopyRoot)]
    register = redis or [i for i, step in copies if "register" in step.roles]
    core = [i for i, step in copies if "core" in step.roles]
    return Gap(accounts_seconds=between(dumps, register), data_seconds=between(dumps, core))


def _is_dump(step: Step, store: str) -> bool:
    return isinstance(step, DumpStore) and step.store == store


def _dumped(state: HostState) -> list[str]:
    return [
        store
        for role in state.roles
        for store in ROLES[role].stores
        if store in state.layout.stores and state.layout.stores[store].dump
    ]


def _aside(state: HostState, run_id: str, store: str) -> str:
    # On the disk of the dump folder, because the content is moved there by renames.
    disk = holder_of(state.layout.stores[store].dump, below(state.mounted.disks))
    place = Path(state.root or "") / disk
    return str(own_folder.dumps(place, run_id, store))


def _folder(state: HostState, store: str) -> str:
    return f"{state.root}/{state.layout.stores[store].dump}"


def _prepare_steps(state: HostState, run_id: str) -> list[Step]:
    return [
        PrepareDump(
            host=state.name,
            store=store,
            folder=_folder(state, store),
            aside=_aside(state, run_id, store),
        )
        for store in _dumped(state)
    ]


def _dump_steps(states: Iterable[HostState], *stores: str) -> list[Step]:
    return [
        DumpStore(host=state.name, store=store, layout=state.layout, roles=state.roles)
        for state in states
        for store in stores
        if store in state.layout.stores
    ]


def _taking_steps(hosts: Sequence[HostState], partial: str, order: Order) -> list[Step]:
    """Plan the dumps and copies. In each order, core's list of accounts is copied before Redis."""
    cores = [state for state in hosts if "core" in state.roles]
    registers = [state for state in hosts if "register" in state.roles]
    ahead = order == "short" and bool(cores) and bool(registers)
    steps: list[Step] = []
    if not ahead:
        # A host with register comes after all hosts that have only core.
        for state in sorted(hosts, key=_rank):
            steps += _dump_steps([state], "mongodb", "influxdb", "redis")
            steps.append(_copy_step(state, partial))
        return steps

    steps += _dump_steps(cores, "mongodb")
    for states, store in ((cores, "accounts"), (registers, "redis")):
        if store == "redis":
            steps += _dump_steps(registers, "redis")
        steps += [
            CopyAhead(
                host=state.name,
                store=store,  # type: ignore[arg-type]
                root=state.root or "",
                destination=f"{partial}/{state.name}",
                layout=state.layout,
                roles=state.roles,
            )
            for state in states
        ]
    steps += _dump_steps(cores, "influxdb")
    for state in hosts:
        taken = [("accounts", state in cores), ("redis", state in registers)]
        steps.append(_copy_step(state, partial, tuple(name for name, is_in in taken if is_in)))
    return steps


def _rank(state: HostState) -> int:
    return 1 if "register" in state.roles else 0 if "core" in state.roles else 2


def _copy_step(state: HostState, partial: str, ahead: tuple[str, ...] = ()) -> Step:
    return CopyRoot(
        host=state.name,
        root=state.root or "",
        destination=f"{partial}/{state.name}",
        layout=state.layout,
        roles=state.roles,
        ahead=ahead,
    )


def _check_steps(state: HostState, destination: str, parent: Parent | None) -> list[Step]:
    stores: list[str] = [
        name for name in ("mongodb", "influxdb", "redis") if name in state.layout.stores
    ]
    if any("sqlite" in ROLES[role].stores for role in state.roles):
        stores.append("sqlite")
    return [
        CheckStore(
            host=state.name,
            store=store,
            layout=state.layout,
            destination=destination,
            parent=parent if store == "sqlite" else None,
        )
        for store in stores
    ]


def _give_back_steps(state: HostState, run_id: str) -> list[Step]:
    return [
        PutBackDump(
            host=state.name,
            store=store,
            folder=_folder(state, store),
            aside=_aside(state, run_id, store),
        )
        for store in _dumped(state)
    ]
