"""The state of the last backup: the newest set, failed attempts since, whether one is overdue.

`last_backup` is pure: facts in, states out. The words are in `backup_words`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from pryv_tui.clock import moment_of, utc_now
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.comparing.former import Former, former_sets
from pryv_tui.operations.comparing.theirs import NOBODY, Apart, told_apart
from pryv_tui.operations.sets.own import newest_set, own_sets, told_domain
from pryv_tui.operations.site import Site
from pryv_tui.vault.sets import BackupSet

TryEnd = Literal["failed", "died", "never_began", "refused", "cancelled", "busy"]
"""How a backup ended that made no set.

`died`: its process ended without recording why; `never_began`: it was asked for, but no process
ever worked on it; `refused`: a check refused it; `busy`: another run was using the platform.
"""
BackupState = Literal[
    "not_known", "none", "good", "incomplete", "overdue", "failed", "died", "never_began",
    "refused", "cancelled", "busy",
]  # fmt: skip
"""The state of the last backup.

If attempts have failed since the newest set, it is the end of the last of them, or `overdue`.
`not_known`: the vault can't be read, or may be the wrong one. `incomplete`: the newest set lacks a
role that is here.
"""

BROKEN: frozenset[str] = frozenset({"failed", "died", "never_began", "refused", "overdue"})
"""States in which no backup is made until somebody does something."""
DOUBTFUL: frozenset[str] = frozenset({"cancelled", "busy", "none", "incomplete", "not_known"})
"""States that a person should know about, but may have caused on purpose."""


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt to take a backup that made no set."""

    end: TryEnd
    at: str
    """When the attempt ended, RFC 3339; if its process died, when it began."""
    run: str = ""
    """The run's id; empty if no run was started."""
    why: str = ""
    """The reason that the attempt itself recorded; empty if none."""
    alike: int = 1
    """Only for the newest attempt: how many in a row ended for the same reason."""


Tries = Callable[[Collection[str]], Sequence[Try]]
"""A function that returns the attempts since the last backup that made a complete set.

It takes the ids of the complete sets; the attempts are oldest first.
"""


class LastBackup(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the last backup."""

    state: BackupState
    overdue: bool | None = None
    """Whether a backup is overdue; None if no interval is set, or if the vault is in doubt."""
    every: float | None = None
    """The interval in which a backup is expected, in seconds; None if none is set."""
    age: float | None = None
    """Seconds since the newest set was complete; None if there is none."""
    newest: BackupSet | None = None
    tries: tuple[Try, ...] = ()
    """The attempts since the newest set, oldest first; none of them made a set."""
    lacks: tuple[str, ...] = ()
    """Roles that are here but not in the newest set."""
    going_on: bool = False
    """Whether a backup is being taken now."""
    in_doubt: bool = False
    """The vault can't be read, or may be the wrong one: its sets are unknown."""
    former: tuple[Former, ...] = ()
    """The sets under other domains, if there is none under the platform's domain."""
    others: int = 0
    """Number of sets of its domain that are another platform's, by their accounts; never
    `newest`."""
    told_others: dict[str, str] = {}
    """The sets counted in `others`, oldest first: by id, why each is another platform's."""
    doubt: str = ""
    """Why it is unknown whether the newest set is this platform's; empty if it is known."""

    @property
    def pressing(self) -> bool:
        """Whether attempts have failed since the newest set, or a backup is overdue."""
        return self.state not in ("good", "none", "incomplete", "not_known")

    @property
    def last_try(self) -> Try | None:
        return self.tries[-1] if self.tries else None


def last_backup(
    newest: BackupSet | None,
    tries: Sequence[Try],
    *,
    now: datetime,
    every: float | None = None,
    roles: Sequence[str] = (),
    going_on: bool = False,
    in_doubt: bool = False,
    former: Sequence[Former] = (),
    apart: Apart = NOBODY,
) -> LastBackup:
    """Work out the state of the last backup.

    Args:
        newest: the newest complete set of this platform; None if there is none.
        tries: the attempts since the last backup that made a set, oldest first.
        now: the present time, in UTC.
        every: seconds within which a backup is expected; None if no interval is set.
        roles: the roles that are here now; if there are none, no backup is overdue.
        going_on: a backup is being taken now.
        in_doubt: the vault can't be read, or may be the wrong one.
        former: sets under other domains, if there is none under the platform's.
        apart: which sets of its domain are another platform's, by their accounts.
    """
    manifest = newest.manifest if newest is not None else None
    made = moment_of(manifest.created) if manifest is not None else None
    age = (now - made).total_seconds() if made is not None else None
    # A newer set settles older failures, even if no run known here has made it: it may have come
    # from elsewhere, or was made with another state folder.
    open_tries = tuple(one for one in tries if made is None or not _before(one.at, made))
    overdue = None
    if every is not None and not in_doubt:
        overdue = bool(roles) and not going_on and (age is None or age > every)
    lacks = tuple(r for r in roles if manifest is not None and r not in manifest.roles)
    state: BackupState = "good"
    if in_doubt and not open_tries:
        state = "not_known"
    elif open_tries:
        state = open_tries[-1].end
        if overdue and state not in BROKEN:
            state = "overdue"
    elif overdue:
        state = "overdue"
    elif newest is None:
        state = "none"
    elif lacks:
        state = "incomplete"
    return LastBackup(
        state=state,
        overdue=overdue,
        every=every,
        age=age,
        newest=newest,
        tries=open_tries,
        lacks=lacks,
        going_on=going_on,
        in_doubt=in_doubt,
        former=tuple(former),
        others=len(apart.others),
        told_others=apart.others,
        doubt=apart.doubts.get(newest.id, "") if newest is not None else "",
    )


def backup_now(
    site: Site,
    deployment: Deployment,
    sets: Sequence[BackupSet],
    tries: Tries,
    going_on: GoingOn | None,
    *,
    in_doubt: bool,
    apart: Apart | None = None,
) -> LastBackup:
    """Work out the state of the last backup, from a platform and its vault as just found.

    Args:
        tries: see `Tries`.
        in_doubt: the vault can't be read, or may be the wrong one.
        apart: which sets are another platform's; None: it is worked out here.
    """
    apart = told_apart(site, deployment, sets) if apart is None else apart
    sets = apart.mine(sets)
    own = own_sets(sets, told_domain(deployment), practice=site.practice)
    return last_backup(
        newest_set(sets, told_domain(deployment), practice=site.practice),
        tries({one.id for one in own}),
        now=utc_now(),
        every=site.settings.backup_every,
        roles=deployment.roles,
        going_on=going_on is not None and going_on.kind == "backup",
        in_doubt=in_doubt,
        former=former_sets(site, deployment, sets) if not own else (),
        apart=apart,
    )


def _before(at: str, moment: datetime) -> bool:
    then = moment_of(at)
    return then is not None and then <= moment
