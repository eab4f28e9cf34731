"""Find the containers that an undo stops and does not start again. Pure.

They were not running before the run that is undone. Their files stay: if a role shares all its
files with other roles of the host, as static-web may, the undo only stops the container that the
restore created.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from pryv_tui.hosts.deployment import HostState
from pryv_tui.operations.commands import container_command
from pryv_tui.operations.plan import Lack, PlanKind, Stays
from pryv_tui.operations.services.standing import Standing
from pryv_tui.phrases import counted
from pryv_tui.platform.identity import service_in_name
from pryv_tui.platform.roles import ROLES


def left_down(
    states: Mapping[str, HostState],
    now: Mapping[str, Standing],
    again: Mapping[str, Collection[str]],
    lacks: Sequence[Lack],
    before: PlanKind,
) -> tuple[Stays, ...]:
    """Return for each host the platform's containers that run now and are not started again.

    Args:
        now: by host, its containers sorted for the plan.
        again: by host, the present names of the containers that are started again.
        lacks: the roles that are gone after the undo; their containers are reported with them.
        before: the kind of the run that is undone.
    """
    found = []
    for host, state in states.items():
        gone = {name for one in lacks if one.host == host for name in one.containers}
        there = set(state.running) - gone - set(again[host])
        names = tuple(name for name in now[host].running if name in there)
        left = {now[host].service(name) for name in names}
        up = {now[host].service(name) for name in state.running}
        mine = {one.role for one in lacks if one.host == host}
        roles = tuple(
            role
            for role in state.roles
            if role not in mine and ROLES[role].needed <= up and ROLES[role].needed & left
        )
        if names:
            found.append(Stays(host=host, containers=names, roles=roles, before=before))
    return tuple(found)


def still_down(found: Sequence[Stays], running: Mapping[str, Collection[str]]) -> list[Stays]:
    """Return those of the containers that are still stopped at the end of the undo; a person may
    have started others.

    Args:
        found: the containers that the undo left stopped.
        running: by host, the containers that run at the end; a host is missing if its engine does
            not answer.
    """
    told = []
    for one in found:
        names = tuple(n for n in one.containers if n not in running.get(one.host, ()))
        if names:
            roles = one.roles if names == one.containers else _roles(one, names)
            told.append(Stays(host=one.host, containers=names, roles=roles, before=one.before))
    return told


def _roles(one: Stays, names: Sequence[str]) -> tuple[str, ...]:
    services = {service_in_name(name) for name in names}
    return tuple(role for role in one.roles if ROLES[role].needed & services)  # type: ignore[index]


def stays_line(one: Stays) -> str:
    """The line about such containers for the undo's plan."""
    many = len(one.containers) > 1
    down = f" {_down(one)} from then on; its files stay." if one.roles else ""
    return (
        f"{', '.join(one.containers)} on {one.host} {'are' if many else 'is'} not started again:"
        f" {'they' if many else 'it'} did not run before the {one.before}.{down}"
    )


def stays_words(found: Sequence[Stays]) -> str:
    """The sentence about such containers for the undo's result; empty if there are none."""
    many = sum(len(one.containers) for one in found)
    if not many:
        return ""
    roles = dict.fromkeys(_down(one) for one in found if one.roles)
    down = f"; {', '.join(roles)}" if roles else ""
    return f" {counted(many, 'container')} that did not run then {_do(many)} not run now{down}."


def stays_warnings(found: Sequence[Stays]) -> list[str]:
    """The warnings about such containers, one for each host, with the commands that start them."""
    told = []
    for one in found:
        many = len(one.containers) > 1
        down = f": {_down(one)}" if one.roles else ""
        ways = "; ".join(container_command("start", name, one.host) for name in one.containers)
        told.append(
            f"{', '.join(one.containers)} on {one.host} {'stay' if many else 'stays'} stopped, as"
            f" before the {one.before}{down}. If you want {'them' if many else 'it'} to run:"
            f" {ways}"
        )
    return told


def _down(one: Stays) -> str:
    are = "is" if len(one.roles) == 1 else "are"
    return f"{', '.join(one.roles)} on {one.host} {are} down"


def _do(many: int) -> str:
    return "does" if many == 1 else "do"
