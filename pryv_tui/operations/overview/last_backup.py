"""What is so of the last backup: the newest set, the tries since it, and whether one is overdue.

`last_backup` is pure: facts in, states out. The words for them are in `backup_words`.
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
"""How a try ends that makes no set. `died`: its process went without a last word; `never_began`: it
was asked for, and nobody ever worked on it; `refused`: by a check; `busy`: another run held the
platform."""
BackupState = Literal[
    "not_known", "none", "good", "incomplete", "overdue", "failed", "died", "never_began",
    "refused", "cancelled", "busy",
]  # fmt: skip
"""Of the last backup as a whole; the end of the newest try, where that made no set. `not_known`:
the vault can't be read, or may not be the one that is meant. `incomplete`: the newest set lacks a
role that is here."""

BROKEN: frozenset[str] = frozenset({"failed", "died", "never_began", "refused", "overdue"})
"""States in which no backup is made unless somebody does something."""
DOUBTFUL: frozenset[str] = frozenset({"cancelled", "busy", "none", "incomplete", "not_known"})
"""States that a person should know of, and may have meant."""


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """A backup that was tried and made no set."""

    end: TryEnd
    at: str
    """When it ended, RFC 3339; of one that died, when it began."""
    run: str = ""
    """Empty for one that came to no run."""
    why: str = ""
    """Its own last word."""
    alike: int = 1
    """Of the newest: how many in a row ended for this reason."""


Tries = Callable[[Collection[str]], Sequence[Try]]
"""What tells the tries since the last backup that made a set, given the ids of the sets that are
complete."""


class LastBackup(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the last backup."""

    state: BackupState
    overdue: bool | None = None
    """None where nothing says how often one is expected, or the vault can't be looked at."""
    every: float | None = None
    """Seconds within which one is expected; None where nobody said."""
    age: float | None = None
    """Seconds since the newest set was complete; None where there is none."""
    newest: BackupSet | None = None
    tries: tuple[Try, ...] = ()
    """Those since the newest set that made none, oldest first."""
    lacks: tuple[str, ...] = ()
    """Roles that are here, and not in the newest set."""
    going_on: bool = False
    """One is being taken now."""
    in_doubt: bool = False
    """The vault can't be read, or may not be the one that is meant: its sets are not known."""
    former: tuple[Former, ...] = ()
    """The sets that there are under other domains, where there is none under the platform's."""
    others: int = 0
    """Sets of its domain that are another platform's, by their accounts; none is `newest`."""
    told_others: dict[str, str] = {}
    """These by their ids, oldest first: by what they are told apart."""
    doubt: str = ""
    """Why it is not known whether the newest set is this platform's; empty where it is."""

    @property
    def pressing(self) -> bool:
        """Whether more has to be said than how old the newest set is."""
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
    """What is so of the last backup.

    Args:
        newest: the newest complete set of this platform.
        tries: those that made no set, oldest first, since the last one that made one.
        now: in UTC.
        every: seconds within which a backup is expected.
        roles: those that are here now; none of them: nothing can be backed up.
        in_doubt: the vault can't be read, or may not be the one that is meant.
        former: sets under other domains, where there is none under the platform's.
        apart: what the accounts tell of the sets of its domain.
    """
    manifest = newest.manifest if newest is not None else None
    made = moment_of(manifest.created) if manifest is not None else None
    age = (now - made).total_seconds() if made is not None else None
    # A set that came from elsewhere, or was made with another state folder, settles what failed
    # before it.
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
    """The same, of a platform and the sets of its vault as they were found just now.

    Args:
        apart: what the accounts of the sets tell, where they were asked already.
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
