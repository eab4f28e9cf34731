"""Decide by rules which sets `prune` may remove. Pure.

Only complete sets of this platform are judged; everything else in the vault is kept and listed.
Sets of different roles can't replace each other, so each combination of roles is judged by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
from msgspec import structs

from pryv_tui.clock import moment_in_name
from pryv_tui.operations.acceptance import NOTHING, Accepted
from pryv_tui.operations.settings.shrinking import SHRINK, Limits, Suspicion, suspicions
from pryv_tui.vault.beside.pins import kept_words
from pryv_tui.vault.sets import BackupSet


class KeepRules(msgspec.Struct, frozen=True, kw_only=True):
    """How many sets are kept; a set is kept if any rule keeps it."""

    last: int = 0
    daily: int = 0
    """Number of days (UTC) whose newest set is kept; days without a set don't count."""
    weekly: int = 0
    """The same rule for ISO weeks."""
    monthly: int = 0
    shrink: float = SHRINK
    """The share of an earlier set below which a set is suspicious.

    A set is suspicious if one of its counts (`shrinking.COUNTED`) is below this share of the count
    in the last set that was not suspicious. Such a set is kept, and counts for no rule.
    """
    shrink_of: dict[str, float] = {}
    """Shares other than `shrink`, by the name of the count."""

    @property
    def limits(self) -> Limits:
        """The limits below which a set is suspicious."""
        return Limits(share=self.shrink, of=self.shrink_of)

    @property
    def any(self) -> bool:
        """Whether there is any rule that keeps a set."""
        return bool(self.last or self.daily or self.weekly or self.monthly)


NO_RULES = KeepRules()
"""Without rules, no set is removed."""


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """The decision whether one set is kept or removed, with the reason."""

    set_id: str
    keep: bool
    why: str
    flagged: bool = False
    """Whether a person should look at the set."""
    bytes: int = 0
    pinned: bool = False
    """Whether somebody has pinned the set, or an incident names it: then no rule may remove it."""
    roles: tuple[str, ...] = ()
    """The set's combination of roles, by which it was judged; empty if it was not judged."""


def judge(
    sets: Sequence[BackupSet],
    rules: KeepRules,
    *,
    domain: str,
    practice: bool,
    accepted: Accepted = NOTHING,
    also_kept: Mapping[str, str] = {},
    others: Mapping[str, str] = {},
) -> list[Judgement]:
    """Decide about every set of a vault; the judgements are in the order of the sets.

    Always kept:

    - a pinned set;
    - the newest set, and the newest that was verified good, of each combination of roles;
    - the set with which a suspicious one is compared;
    - a suspicious set;
    - anything that is not a complete set of this platform;
    - a set that is not yet in the vault's repository;
    - two sets with the same name, of any platform.

    The last four count for no rule: a good set must not be removed because of a backup that failed,
    lost data, or is not where it should be.

    Args:
        sets: the sets of the vault, oldest first.
        rules: which sets to keep; if there is no rule, all are kept.
        domain: this platform's domain.
        practice: whether it is a practice platform.
        accepted: suspicious sets that a person has accepted count as normal ones.
        also_kept: sets to keep as if they were pinned: the reason, by id.
        others: sets of this domain that are another platform's: the reason, by id.
    """
    names = Counter(backup.id for backup in sets if backup.state != "partial")
    judged: dict[str, Judgement] = {}
    groups: dict[tuple[str, ...], list[BackupSet]] = {}
    for backup in sets:
        alone = _left_alone(backup, domain=domain, practice=practice)
        if not alone and backup.id in others:
            alone = f"it is of another platform of the same domain: {others[backup.id]}"
        if names[backup.id] > 1 and backup.state != "partial":
            # Steps identify a set by its id, so a step could not say which of the two it removes.
            alone = "another set has the same name, here or in the repository: neither is removed"
        manifest = backup.manifest
        if alone or manifest is None:
            judged[_key(backup)] = Judgement(
                set_id=backup.id, keep=True, why=alone, flagged=backup.state == "damaged"
            )
        else:
            groups.setdefault(tuple(sorted(manifest.roles)), []).append(backup)
    own = [backup for backup in sets if any(backup in group for group in groups.values())]
    less = {
        name: one
        for name, one in suspicions(own, rules.limits, accepted).items()
        if one.accepted is None
    }
    for roles, group in groups.items():
        for judgement in _judge(group, rules, roles, less, several=len(groups) > 1):
            judged[judgement.set_id] = judgement
    return [_pinned(backup, judged[_key(backup)], also_kept) for backup in sets]


def _pinned(backup: BackupSet, one: Judgement, also_kept: Mapping[str, str]) -> Judgement:
    """Return the judgement, changed if the set is pinned: it is kept, with the pin's reason first.

    A partial set can't be pinned.
    """
    told = [kept_words(backup.pins), also_kept.get(backup.id, "")]
    if backup.state == "partial" or not any(told):
        return one
    if one.keep:
        told.append(one.why)
    flagged = one.flagged or bool(backup.pins.unread)
    why = "; ".join(filter(None, told))
    return structs.replace(one, keep=True, pinned=True, why=why, flagged=flagged)


def groups_line(judged: Sequence[Judgement]) -> str:
    """A sentence on how the rules count sets of different roles; empty if all have the same
    roles."""
    many = Counter(one.roles for one in judged if one.roles)
    if len(many) < 2:
        return ""
    named = "; ".join(f"{count} of {', '.join(roles)}" for roles, count in many.items())
    return (
        f"Sets are counted separately for each combination of roles, here {named}: each rule"
        " keeps its number of sets of each. The part of a machine in a set is compared only with"
        " earlier sets of the same roles."
    )


def confirmed(judged: Sequence[Judgement], shown: Collection[str]) -> list[Judgement]:
    """Return the judgements, keeping every set whose removal was not confirmed.

    A set that was added after the confirmation can make a rule remove one more.

    Args:
        shown: the ids of the sets whose removal was confirmed.
    """
    return [
        one
        if one.keep or one.set_id in shown
        else structs.replace(one, keep=True, why="its removal was not confirmed")
        for one in judged
    ]


def newest_kept(sets: Sequence[BackupSet], judged: Sequence[Judgement]) -> dict[str, str]:
    """For each set that is removed, the newest kept one of the same platform and roles.

    Flagged sets, and sets not yet in the vault's repository, don't count as kept. A removed set for
    which none is kept is left out.

    Args:
        sets: the sets of the vault, oldest first.
        judged: their judgements, in the same order.
    """
    stays: dict[tuple[object, ...], str] = {}
    goes: dict[str, tuple[object, ...]] = {}
    for backup, judgement in zip(sets, judged, strict=True):
        if backup.manifest is None or not backup.usable:
            continue
        manifest = backup.manifest
        kind = manifest.domain, manifest.practice, tuple(sorted(manifest.roles))
        if not judgement.keep:
            goes[backup.id] = kind
        elif not judgement.flagged and (backup.snapshot or not backup.repository):
            stays[kind] = backup.id
    return {name: stays[kind] for name, kind in goes.items() if kind in stays}


def _key(backup: BackupSet) -> str:
    """A key for a set. Its id is not enough, since a partial set may have the same one."""
    return backup.id if backup.usable else f"{backup.id} {backup.state}"


def _left_alone(backup: BackupSet, *, domain: str, practice: bool) -> str:
    """Why a set is not judged at all; empty if it is."""
    if backup.state == "partial":
        return "it is not a set: its backup did not finish"
    manifest = backup.manifest
    if backup.state == "closed":
        return f"{backup.problem}, and nothing is known about it here"
    if backup.state == "damaged" or manifest is None:
        return f"it is damaged ({backup.problem}): look at it, and remove it by hand"
    if manifest.practice != practice:
        return "it is a practice set" if manifest.practice else "it is of a real platform"
    if manifest.domain != domain:
        return f"it is of another platform, {manifest.domain}"
    if backup.repository and not backup.snapshot:
        # Only the sets in the repository survive the loss of this machine.
        return "it is on this machine alone: it was not sent yet, and no rule counts it"
    return ""


def _judge(
    group: Sequence[BackupSet],
    rules: KeepRules,
    roles: tuple[str, ...],
    less: Mapping[str, Suspicion],
    *,
    several: bool,
) -> list[Judgement]:
    """Decide about complete sets of the same roles, oldest first.

    Args:
        less: the suspicious sets of all roles, by id.
        several: whether there are sets of other roles: then each reason names the roles.
    """
    of = f" of {', '.join(roles)}" if several else ""
    reasons: dict[str, str] = {}
    flagged: set[str] = set()
    normal = [backup for backup in group if backup.id not in less]
    for backup in group:
        if backup.id in less:
            flagged.add(backup.id)
            words = less[backup.id].words
            reasons[backup.id] = f"it is suspicious: {words}; no rule counts it"
    names = {backup.id for backup in group}
    for name, one in less.items():
        if one.before in names:
            reasons.setdefault(one.before, f"the suspicious {name} is compared with it")
    newest = normal[::-1]
    for number, backup in enumerate(newest[: rules.last]):
        which = "the last set" if number == 0 else f"set {number + 1} from the last"
        reasons.setdefault(backup.id, f"{which}{of}; the last {_so_many(rules.last)}")
    for name, count, period in (
        ("day", rules.daily, lambda at: at.strftime("%Y-%m-%d")),
        ("week", rules.weekly, lambda at: at.strftime("%G-W%V")),
        ("month", rules.monthly, lambda at: at.strftime("%Y-%m")),
    ):
        # By both times. After the clock was ahead, the ids of later sets advance by one second
        # only; after it was set back, `created` repeats days.
        for told in (_id_time, _created):
            for backup, when in _first_of_each(newest, told, period)[:count]:
                reasons.setdefault(backup.id, f"the newest{of} of the {name} {when}")
    for backup in newest[:1]:
        reasons.setdefault(backup.id, f"the newest set{of}")
    for backup in [b for b in newest if b.verification and b.verification.outcome == "good"][:1]:
        reasons.setdefault(backup.id, f"the newest set{of} that was verified")
    if not rules.any:
        for backup in group:
            reasons.setdefault(backup.id, "there is no rule")
    return [
        Judgement(
            set_id=backup.id,
            keep=backup.id in reasons,
            why=reasons.get(backup.id, "no rule keeps it"),
            flagged=backup.id in flagged,
            bytes=backup.manifest.bytes if backup.manifest else 0,
            roles=roles,
        )
        for backup in group
    ]


def _so_many(last: int) -> str:
    return "one is kept" if last == 1 else f"{last} are kept"


def _first_of_each(
    newest: Iterable[BackupSet],
    told: Callable[[BackupSet], datetime | None],
    period: Callable[[datetime], str],
) -> list[tuple[BackupSet, str]]:
    """The first set of each period in the given order, with the period's name."""
    found: dict[str, BackupSet] = {}
    for backup in newest:
        at = told(backup)
        found.setdefault(period(at) if at is not None else backup.id[:8], backup)
    return [(backup, when) for when, backup in found.items()]


def _id_time(backup: BackupSet) -> datetime | None:
    """The time in the id, by which sets are sorted; None if the id has none."""
    return moment_in_name(backup.id[:16])


def _created(backup: BackupSet) -> datetime | None:
    """The time at which the set was created, by the clock; else the time in its id."""
    try:
        told = datetime.fromisoformat(backup.manifest.created if backup.manifest else "")
        return told.astimezone(UTC) if told.tzinfo else told
    except (ValueError, OverflowError):
        return _id_time(backup)
