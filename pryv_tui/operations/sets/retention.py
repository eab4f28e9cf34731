"""Which sets may go, by rule. Pure.

Only complete sets of this very platform are judged; everything else in a vault is left alone and
named. Sets of other roles are no substitute for each other: each combination is judged by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
from msgspec import structs

from pryv_tui.operations.acceptance import NOTHING, Accepted
from pryv_tui.operations.settings.shrinking import SHRINK, Limits, Suspicion, suspicions
from pryv_tui.vault.beside.pins import kept_words
from pryv_tui.vault.sets import BackupSet


class KeepRules(msgspec.Struct, frozen=True, kw_only=True):
    """How many sets are kept; a set that any rule keeps is kept."""

    last: int = 0
    daily: int = 0
    """Of so many days, the newest set of each; days without a set don't count. UTC."""
    weekly: int = 0
    """ISO weeks."""
    monthly: int = 0
    shrink: float = SHRINK
    """A set of which something counted (`shrinking.COUNTED`) fell below this share of the last one
    that was not suspicious counts for no rule, and is kept."""
    shrink_of: dict[str, float] = {}
    """Other shares, by what is counted."""

    @property
    def limits(self) -> Limits:
        """What makes a set suspicious."""
        return Limits(share=self.shrink, of=self.shrink_of)

    @property
    def any(self) -> bool:
        """Whether there is any rule that keeps a set."""
        return bool(self.last or self.daily or self.weekly or self.monthly)


NO_RULES = KeepRules()
"""Nothing goes."""


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one set."""

    set_id: str
    keep: bool
    why: str
    flagged: bool = False
    """A person should look at it."""
    bytes: int = 0
    pinned: bool = False
    """Somebody has pinned it, or an incident names it: no rule may take it."""
    roles: tuple[str, ...] = ()
    """Of a set that the rules are about: sets of the same roles are judged by themselves."""


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
    """Decide about every set of a vault.

    Never let go: one that is pinned; the newest set, and the newest that was verified good, of each
    combination of roles; a suspicious one, and the one that it is compared with; what is no
    complete set of this platform; one that was not sent to the repository that is the vault; two
    sets of one name, of whatever platform. Of these, none but the first three counts for any rule,
    so that no good set goes on the strength of a backup that failed or lost data, or that is not
    where it should be.

    Args:
        sets: the vault's, oldest first.
        rules: what is kept; without any rule nothing goes.
        domain: this platform's.
        practice: whether it is a practice platform.
        accepted: suspicious sets that a person has accepted count as any other.
        also_kept: sets that something else keeps, by id, and why: as if they were pinned.
        others: sets of this domain that are another platform's by their accounts, and by what.
    """
    names = Counter(backup.id for backup in sets if backup.state != "partial")
    judged: dict[str, Judgement] = {}
    groups: dict[tuple[str, ...], list[BackupSet]] = {}
    for backup in sets:
        alone = _left_alone(backup, domain=domain, practice=practice)
        if not alone and backup.id in others:
            alone = f"it is of another platform of the same domain: {others[backup.id]}"
        if names[backup.id] > 1 and backup.state != "partial":
            # Steps name a set by its id: which one would go could not be said.
            alone = "another set has the same name, here or in the repository: neither goes"
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
    """The same of a set that is pinned: it stays, and why it is said first."""
    told = [kept_words(backup.pins), also_kept.get(backup.id, "")]
    if backup.state == "partial" or not any(told):
        return one
    if one.keep:
        told.append(one.why)
    flagged = one.flagged or bool(backup.pins.unread)
    why = "; ".join(filter(None, told))
    return structs.replace(one, keep=True, pinned=True, why=why, flagged=flagged)


def groups_line(judged: Sequence[Judgement]) -> str:
    """What the rules count, where sets hold different roles; empty where all hold the same."""
    many = Counter(one.roles for one in judged if one.roles)
    if len(many) < 2:
        return ""
    named = "; ".join(f"{count} of {', '.join(roles)}" for roles, count in many.items())
    return (
        f"Sets of the same roles are counted and judged by themselves, here {named}: each rule"
        " keeps so many of each. What a set holds of a machine is compared only with what those"
        " before it hold of the same roles."
    )


def confirmed(judged: Sequence[Judgement], shown: Collection[str]) -> list[Judgement]:
    """The same, with nothing let go that was not shown: a set may have come meanwhile, by which a
    rule lets go one more.

    Args:
        shown: the sets whose removal was confirmed.
    """
    return [
        one
        if one.keep or one.set_id in shown
        else structs.replace(one, keep=True, why="it was not shown when this was confirmed")
        for one in judged
    ]


def newest_kept(sets: Sequence[BackupSet], judged: Sequence[Judgement]) -> dict[str, str]:
    """For each set that goes, the newest of the same platform and roles that stays.

    Args:
        sets: the vault's, oldest first.
        judged: what becomes of each, in the same order.
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
    """A complete set and a partial one may have the same id."""
    return backup.id if backup.usable else f"{backup.id} {backup.state}"


def _left_alone(backup: BackupSet, *, domain: str, practice: bool) -> str:
    """Why a set is not judged at all; empty where it is."""
    if backup.state == "partial":
        return "it is no set: its backup did not finish"
    manifest = backup.manifest
    if backup.state == "closed":
        return f"{backup.problem}, and nothing is known of it here"
    if backup.state == "damaged" or manifest is None:
        return f"it is damaged ({backup.problem}): look at it, and remove it by hand"
    if manifest.practice != practice:
        return "it is a practice set" if manifest.practice else "it is of a real platform"
    if manifest.domain != domain:
        return f"it is of another platform, {manifest.domain}"
    if backup.repository and not backup.snapshot:
        # Those that were sent are what is left when this machine is gone.
        return "it is on this machine alone: it was not sent yet, and counts for no rule"
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
        less: the suspicious ones, of whatever roles.
        several: there are sets of other roles: it is said whose each is.
    """
    of = f" of {', '.join(roles)}" if several else ""
    reasons: dict[str, str] = {}
    flagged: set[str] = set()
    normal = [backup for backup in group if backup.id not in less]
    for backup in group:
        if backup.id in less:
            flagged.add(backup.id)
            words = less[backup.id].words
            reasons[backup.id] = f"it is suspicious: {words}; counts for no rule"
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
        # Two times: after a clock that was ahead, the ids of all later sets stand still, one second
        # after the other; and where it was back, `created` repeats days.
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
    """The first set of each period, and the period's name."""
    found: dict[str, BackupSet] = {}
    for backup in newest:
        at = told(backup)
        found.setdefault(period(at) if at is not None else backup.id[:8], backup)
    return [(backup, when) for when, backup in found.items()]


def _id_time(backup: BackupSet) -> datetime | None:
    """The id's time, by which sets are in order."""
    try:
        return datetime.strptime(backup.id[:16], "%Y%m%dT%H%M%SZ")
    except ValueError:
        return None


def _created(backup: BackupSet) -> datetime | None:
    """What the clock said when it was made."""
    try:
        told = datetime.fromisoformat(backup.manifest.created if backup.manifest else "")
        return told.astimezone(UTC) if told.tzinfo else told
    except (ValueError, OverflowError):
        return _id_time(backup)
