"""The state of each role: whether the services that its users need are running and answer.

Pure: facts in, states out. Counting the running containers is not enough: a removed container is
not there to be counted. The words are in `serving_words`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Literal, NamedTuple

import msgspec

from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.hosts.engine import Container
from pryv_tui.operations.activity import Doing
from pryv_tui.operations.emptied.gone import DataGone, gone_clause
from pryv_tui.operations.services.wellbeing import unwell
from pryv_tui.platform.identity import service_in_name
from pryv_tui.platform.questions import questions
from pryv_tui.platform.roles import ROLE_NAMES, ROLES, RoleName
from pryv_tui.platform.services import UNNOTICED
from pryv_tui.vault.sets import BackupSet

RoleWord = Literal["up", "runs", "silent", "partly", "down", "not_known", "away"]
"""The state of a role.

`up`: the services that its users need are running, and those that can be asked answer. `runs`: they
are running; whether they answer is unknown. `silent`: they are running and do not answer. `partly`:
a service that users notice does not work. `down`: a service that the role can't do without does not
work. `not_known`: the engine of its machine does not answer. `away`: its files are gone from here,
and a person accepted that; its containers are still here.
"""
Why = Literal[
    "absent",
    "created",
    "exited",
    "dead",
    "paused",
    "restarting",
    "unhealthy",
    "starting",
    "no_data",
]
"""Why a service does not work.

`absent`: it has no container; `unhealthy` and `starting`: by its own health check; `no_data`: the
files that it needs are gone from the root, even if it is running; the others are the container
states of the engine.
"""
Answers = Mapping[tuple[str, str], str]
"""What is wrong with each service's answer, by host and service; empty if it answers 200."""

WORST: tuple[RoleWord, ...] = ("down", "silent", "not_known", "partly", "runs", "up", "away")
"""The states of a role, the worst first."""


class Lack(msgspec.Struct, frozen=True, kw_only=True):
    """A service of a role that does not work."""

    service: str
    why: Why
    name: str = ""
    """The service's container; empty if there is none."""
    needed: bool = False
    """Whether the role is useless without this service."""
    since: str = ""
    """Since when the service does not work, RFC 3339; empty if unknown."""
    held_by: str = ""
    """The run that stopped or paused the service and has to start or unpause it; empty if none."""
    what: str = ""
    """Only for `no_data`: which data is gone, as a clause; see `emptied.files`."""
    exact: bool = True
    """False: the service may have stopped working before `since`."""


class RoleState(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a role on a machine."""

    role: RoleName
    host: str
    word: RoleWord
    lacks: tuple[Lack, ...] = ()
    """The services that do not work and that users notice; the needed ones first."""
    silent: str = ""
    """What is wrong with its services' answers; empty if they answer, or were not asked."""
    told_since: str = ""
    """Since when the role is down by an open incident, RFC 3339; empty if there is none.

    The engine does not know this for a container that was removed.
    """
    told_exact: bool = True
    """False: the role was already down before `told_since`."""

    @property
    def since(self) -> str:
        """Since when the role is down, RFC 3339; empty if it is not down, or if unknown."""
        known = [lack.since for lack in self.lacks if lack.needed and lack.since]
        if self.told_since:
            known.append(self.told_since)
        return min(known, default="") if self.word == "down" else ""

    @property
    def since_before(self) -> bool:
        """Whether the role may be down for longer than `since` says.

        The time may be unknown for a service that it needs: a container that was created and never
        started, for example.
        """
        if self.told_since and self.since == self.told_since:
            return self.word == "down" and not self.told_exact
        lacking = [lack for lack in self.lacks if lack.needed]
        return self.word == "down" and any(not lack.since or not lack.exact for lack in lacking)

    @property
    def held_by(self) -> str:
        """The run that is the only reason why the role is down; empty if there is another."""
        runs = {lack.held_by for lack in self.lacks if lack.needed}
        return runs.pop() if len(runs) == 1 else ""


class Serving(msgspec.Struct, frozen=True, kw_only=True):
    """The states of all roles that were found."""

    roles: tuple[RoleState, ...] = ()
    elsewhere: tuple[RoleName, ...] = ()
    """Roles that none of these machines has and that are not known to be lost.

    They may be on a machine that is not declared here, so their state is unknown.
    """
    away: tuple[str, ...] = ()
    """Machines whose engine does not answer."""

    @property
    def word(self) -> RoleWord | None:
        """The worst state of any role; None if there is no role and all engines answer."""
        words = {state.word for state in self.roles}
        if self.away:
            words.add("not_known")
        return next((word for word in WORST if word in words), None)

    def of(self, word: RoleWord) -> tuple[RoleState, ...]:
        """The roles in a given state."""
        return tuple(state for state in self.roles if state.word == word)


class Known(NamedTuple):
    """The time since when a role is down, as an incident records it."""

    since: str
    """RFC 3339."""
    exact: bool = True
    """False: the role was already down before `since`."""


def with_known(
    found: Serving, known: Mapping[str, Known], coming: Mapping[str, str] = MappingProxyType({})
) -> Serving:
    """Add to the states of the roles what incidents and runs know of them.

    A role that is down gets the time from the incident, unless several machines have the role: an
    incident does not distinguish them. A role in `elsewhere` counts as down if an incident says so,
    or if a run is restoring it.

    Args:
        known: roles that are down by an open incident.
        coming: roles that a run is restoring, or has left half-way, each with its machine.
    """
    many = Counter(one.role for one in found.roles)
    gone = tuple(role for role in found.elsewhere if role in known or role in coming)
    every = (
        *found.roles,
        *(RoleState(role=role, host=coming.get(role, ""), word="down") for role in gone),
    )
    roles = tuple(
        msgspec.structs.replace(
            one, told_since=known[one.role].since, told_exact=known[one.role].exact
        )
        if one.word == "down" and one.role in known and many[one.role] <= 1
        else one
        for one in every
    )
    elsewhere = tuple(role for role in found.elsewhere if role not in gone)
    return msgspec.structs.replace(found, roles=roles, elsewhere=elsewhere)


NOBODY = Serving()
"""The value before anybody has looked."""


def serving(
    deployment: Deployment,
    *,
    newest: BackupSet | None = None,
    doing: Sequence[Doing] = (),
    lost: Collection[str] = (),
    answers: Answers | None = None,
    at: datetime | None = None,
    gone: Sequence[DataGone] = (),
    away: Collection[str] = (),
) -> Serving:
    """Work out the state of each role.

    Args:
        newest: the newest set; it shows which services had a container when it was made.
        doing: what runs are doing now, or have left half-done.
        lost: roles that are known to be lost: they are not listed as being elsewhere.
        answers: how services just answered; None if they were not asked.
        at: the present time.
        gone: missing data of roles that still have other files here.
        away: roles that a person accepted as gone from here.
    """
    had = _had(newest)
    found = [
        RoleState(role=role, host=state.name, word="away")
        if role in away and state.reachable
        else _role(
            state,
            role,
            doing,
            had.get(state.name, frozenset()),
            answers,
            at,
            [one for one in gone if (one.host, one.role) == (state.name, role)],
        )
        for state in deployment.hosts
        for role in state.roles
    ]
    here = {state.role for state in found} | set(lost)
    return Serving(
        roles=tuple(found),
        elsewhere=tuple(role for role in ROLE_NAMES if role not in here) if here else (),
        away=tuple(state.name for state in deployment.hosts if not state.reachable),
    )


def _had(newest: BackupSet | None) -> dict[str, frozenset[str]]:
    """By host: the services that had a container when the newest set was made."""
    manifest = newest.manifest if newest is not None else None
    return {
        host.name: frozenset(one.known_as or service_in_name(one.container) for one in host.images)
        for host in (manifest.hosts if manifest is not None else ())
    }


def _role(
    state: HostState,
    role: RoleName,
    doing: Sequence[Doing],
    had: Collection[str],
    answers: Answers | None,
    at: datetime | None,
    gone: Sequence[DataGone],
) -> RoleState:
    if not state.reachable:
        return RoleState(role=role, host=state.name, word="not_known")
    lacks = sorted(
        (
            *map(_without, gone),
            *(
                lack
                for service in ROLES[role].services
                if service not in UNNOTICED
                and (lack := _lack(state, service, role, doing, had, at)) is not None
            ),
        ),
        key=lambda lack: not lack.needed,
    )
    asked = {question.service for question in questions((role,), state.name)}
    silent = "; ".join(
        filter(None, ((answers or {}).get((state.name, service), "") for service in sorted(asked)))
    )
    word: RoleWord = "up"
    if any(lack.needed for lack in lacks):
        word = "down"
    elif silent:
        word = "silent"
    elif lacks:
        word = "partly"
    elif any((state.name, service) not in (answers or {}) for service in asked):
        word = "runs"
    return RoleState(role=role, host=state.name, word=word, lacks=tuple(lacks), silent=silent)


def _without(one: DataGone) -> Lack:
    return Lack(
        service=one.service,
        why="no_data",
        needed=one.needed,
        since=one.since,
        what=gone_clause([one]),
        exact=one.exact and bool(one.since),
    )


def _lack(
    state: HostState,
    service: str,
    role: RoleName,
    doing: Sequence[Doing],
    had: Collection[str],
    at: datetime | None,
) -> Lack | None:
    needed = service in ROLES[role].needed
    container = state.container(service)
    if container is None:
        if not needed and service not in had:
            return None  # not every release or platform has all services
        return Lack(service=service, why="absent", needed=needed)
    why = why_not(container, at)
    if why is None:
        return None
    holder = next((d for d in doing if d.holds(state.name, container)), None)
    return Lack(
        service=service,
        why=why,
        name=container.name,
        needed=needed,
        since=_since(container, why, holder.down_at if holder is not None else {}, state.name),
        held_by=holder.run if holder is not None else "",
    )


def _since(
    container: Container, why: Why, written: Mapping[tuple[str, str], str], host: str
) -> str:
    """Since when a container does not work, RFC 3339; empty if unknown.

    If it has exited, the engine knows the time. Otherwise only a run that stopped or paused it has
    recorded the time: no engine knows when a container was paused.
    """
    if why in ("exited", "dead") and container.since:
        return container.since
    return written.get((host, container.name), "")


def why_not(container: Container, at: datetime | None = None) -> Why | None:
    """Why a container does not work; None if there is no sign of that."""
    if container.state != "running":
        return container.state
    if unwell(container, beside_others=True, at=at):
        return "restarting"
    if container.health in ("unhealthy", "starting"):
        return "unhealthy" if container.health == "unhealthy" else "starting"
    return None
