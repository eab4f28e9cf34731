"""The state of each role: whether what its users need runs and answers.

Pure: facts in, states out. How many of the containers that exist run does not tell it: one that was
removed is not there to be counted. The words for it are in `serving_words`.
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

RoleWord = Literal["up", "runs", "silent", "partly", "down", "not_known"]
"""`up`: what its users need runs, and answers where it can be asked. `runs`: it runs, and whether
it answers is not known. `silent`: it runs and does not answer. `partly`: some of what users notice
does not run. `down`: something without which it is of no use does not run. `not_known`: its engine
does not answer."""
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
"""Why a service does not do its work. `absent`: there is no container of it; `unhealthy` and
`starting`: its own health check says so; `no_data`: what it needs of the root is gone, whatever
runs; the others as the engine calls it."""
Answers = Mapping[tuple[str, str], str]
"""By host and service, what is wrong with its answer; empty where it answers 200."""

WORST: tuple[RoleWord, ...] = ("down", "silent", "not_known", "partly", "runs", "up")
"""The states of a role, the worst first."""


class Lack(msgspec.Struct, frozen=True, kw_only=True):
    """A service of a role that does not do its work."""

    service: str
    why: Why
    name: str = ""
    """Its container; empty where there is none."""
    needed: bool = False
    """Without it the role is of no use to anybody."""
    since: str = ""
    """RFC 3339; empty where the engine does not tell."""
    held_by: str = ""
    """The run that stopped or paused it, and owes to let it go on."""
    what: str = ""
    """Of `no_data`: what is gone, as a clause; see `emptied.files`."""
    exact: bool = True
    """False: it was so before `since`, or nobody knows."""


class RoleState(msgspec.Struct, frozen=True, kw_only=True):
    """A role on a machine."""

    role: RoleName
    host: str
    word: RoleWord
    lacks: tuple[Lack, ...] = ()
    """What does not do its work and is noticed by users, what is needed first."""
    silent: str = ""
    """Why it is not taken for answering, where it was asked."""
    told_since: str = ""
    """Since when it is down as an open incident knows it, RFC 3339; empty where none does. Of a
    container that is not there any more no engine tells that."""
    told_exact: bool = True
    """False: it was down before that, nobody knows since when."""

    @property
    def since(self) -> str:
        """Since when it is down, RFC 3339; empty where it is not, or nobody tells."""
        known = [lack.since for lack in self.lacks if lack.needed and lack.since]
        if self.told_since:
            known.append(self.told_since)
        return min(known, default="") if self.word == "down" else ""

    @property
    def since_before(self) -> bool:
        """Whether it may be down for longer than `since` says: of something that it needs, such as
        a container that was made and never started, nobody tells since when it does not run."""
        if self.told_since and self.since == self.told_since:
            return self.word == "down" and not self.told_exact
        lacking = [lack for lack in self.lacks if lack.needed]
        return self.word == "down" and any(not lack.since or not lack.exact for lack in lacking)

    @property
    def held_by(self) -> str:
        """The run because of which alone it is down; empty where there is another reason too."""
        runs = {lack.held_by for lack in self.lacks if lack.needed}
        return runs.pop() if len(runs) == 1 else ""


class Serving(msgspec.Struct, frozen=True, kw_only=True):
    """The states of all roles that were found."""

    roles: tuple[RoleState, ...] = ()
    elsewhere: tuple[RoleName, ...] = ()
    """Roles that every platform has, that none of these machines has and no backup holds: whether
    they are up is not known here."""
    away: tuple[str, ...] = ()
    """Machines whose engine does not answer."""

    @property
    def word(self) -> RoleWord | None:
        """The worst that is so of any; None where there is no role."""
        words = {state.word for state in self.roles}
        if self.away:
            words.add("not_known")
        return next((word for word in WORST if word in words), None)

    def of(self, word: RoleWord) -> tuple[RoleState, ...]:
        """The roles of which this is so."""
        return tuple(state for state in self.roles if state.word == word)


class Known(NamedTuple):
    """Since when a role is down, as an incident knows it."""

    since: str
    """RFC 3339."""
    exact: bool = True
    """False: it was down before that."""


def with_known(
    found: Serving, known: Mapping[str, Known], coming: Mapping[str, str] = MappingProxyType({})
) -> Serving:
    """The same, with since when roles are known to be down. One that several machines have is left
    as it is: an incident knows of all of them together. One that is not here, and that an incident
    knows to be down or that is being brought back, is down, and not merely somewhere else.

    Args:
        coming: roles that a run brings back, or has left half-way, each with its machine.
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
"""Where nobody looked."""


def serving(
    deployment: Deployment,
    *,
    newest: BackupSet | None = None,
    doing: Sequence[Doing] = (),
    lost: Collection[str] = (),
    answers: Answers | None = None,
    at: datetime | None = None,
    gone: Sequence[DataGone] = (),
) -> Serving:
    """Work out the state of each role.

    Args:
        newest: the newest set; it tells which services had a container when it was made.
        doing: what runs are working on now, or have left half-done.
        lost: roles that are known to be lost: they are not listed as being elsewhere.
        answers: how services answered just now; None: they were not asked.
        at: the time now.
        gone: data that is missing of roles whose other files are here.
    """
    had = _had(newest)
    found = [
        _role(
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
    """By host, the services that had a container when the newest set was made."""
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
            return None  # not every release, and not every platform, has all of them
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
    """Since when a container does not do its work. When one was paused no engine tells, but the run
    that did it; of one that ended, its end is told."""
    if why in ("exited", "dead") and container.since:
        return container.since
    return written.get((host, container.name), "")


def why_not(container: Container, at: datetime | None = None) -> Why | None:
    """Why a container does not do its work; None where nothing speaks against it."""
    if container.state != "running":
        return container.state
    if unwell(container, beside_others=True, at=at):
        return "restarting"
    if container.health in ("unhealthy", "starting"):
        return "unhealthy" if container.health == "unhealthy" else "starting"
    return None
