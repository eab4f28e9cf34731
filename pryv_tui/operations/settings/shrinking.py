"""The rule for suspicious sets, which have far less than an earlier one. Pure.

`backup` warns of the set that it made; `status` and `doctor` warn until a person has accepted it;
the rules of `prune` do not count such a set. Each machine's part is compared by itself, so that a
large machine does not hide a loss on a small one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from pryv_tui.operations.acceptance import NOTHING, Acceptance, Accepted, fingerprint, key_of

if TYPE_CHECKING:
    from pryv_tui.vault.manifest import SetHost
    from pryv_tui.vault.sets import BackupSet

SHRINK = 0.5
"""Default limit: a set with less than this share of the earlier set's counts is suspicious."""

COUNTED = ("files", "bytes", "documents", "users", "databases")
"""The counts that are compared: files, their bytes, MongoDB's documents, Redis' users, and
InfluxDB's databases."""

MANY = 10
"""A collection that had at least this many documents and is now empty is suspicious.

Even if it was small: without the documents of `accesses` nobody can sign in.
"""

PASSING = frozenset({"sessions", "passwordResets"})
"""Collections whose documents expire by themselves: they may be empty at any time."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Shares of an earlier set's counts: a set with less is suspicious."""

    share: float = SHRINK
    of: dict[str, float] = {}
    """Shares other than `share`, by name in `COUNTED`."""

    def at(self, name: str) -> float:
        """The share for one of `COUNTED`."""
        return self.of.get(name, self.share)


AS_USUAL = Limits()


class Fell(msgspec.Struct, frozen=True, kw_only=True):
    """A count that fell too far."""

    host: str
    name: str
    now: int
    was: int

    @property
    def words(self) -> str:
        return f"{self.now} {self.name} instead of {self.was}"


class Suspicion(msgspec.Struct, frozen=True, kw_only=True):
    """A set that has far less than an earlier one."""

    set_id: str
    before: str
    """The set with which it is compared."""
    fell: tuple[Fell, ...]
    key: str
    """The key by which a person accepts the suspicion."""
    about: str
    accepted: Acceptance | None = None

    @property
    def words(self) -> str:
        """Say in words what the set has less of, as the end of a sentence."""
        hosts = {one.host for one in self.fell}
        told = [one.words + (f" on {one.host}" if len(hosts) > 1 else "") for one in self.fell]
        return f"it holds {', '.join(told)}, far less than {self.before}"


def holds(part: SetHost) -> dict[str, int]:
    """Return the counts of a machine's part of a set, by name in `COUNTED`.

    Counts of stores that the part does not have are left out.
    """
    found = {"files": part.files, "bytes": part.bytes}
    mongodb, redis = part.stores.get("mongodb"), part.stores.get("redis")
    influxdb = part.stores.get("influxdb")
    if mongodb is not None:
        found["documents"] = sum(_collections(part).values())
    if redis is not None:
        found["users"] = redis.get("users", 0)
    if influxdb is not None:
        found["databases"] = len(influxdb.get("databases", ()))
    return found


def fell(now: SetHost, before: SetHost, limits: Limits) -> list[Fell]:
    """Return the counts of a part that fell too far, compared with an earlier part of that root."""
    has = holds(now)
    found = [
        Fell(host=now.name, name=name, now=has.get(name, 0), was=was)
        for name, was in holds(before).items()
        if has.get(name, 0) < was * limits.at(name)
    ]
    if limits.at("documents") and not any(one.name == "documents" for one in found):
        found += _emptied(now, before)
    return found


def _emptied(now: SetHost, before: SetHost) -> list[Fell]:
    """Return the collections that had at least `MANY` documents and are now empty or gone."""
    left = _collections(now)
    return [
        Fell(host=now.name, name=f"documents of {name}", now=0, was=was)
        for name, was in sorted(_collections(before).items())
        if was >= MANY and not left.get(name) and name not in PASSING
    ]


def _collections(part: SetHost) -> Mapping[str, int]:
    mongodb = part.stores.get("mongodb")
    found: Mapping[str, int] = mongodb.get("collections", {}) if mongodb is not None else {}
    return found


def suspicions(
    sets: Sequence[BackupSet], limits: Limits, accepted: Accepted = NOTHING
) -> dict[str, Suspicion]:
    """Return the suspicious sets of a platform, by id; see `_walk`.

    Each is compared with the last set before it that is not suspicious, or was accepted.
    """
    return _walk(sets, limits, accepted)[0]


def suspicion_of(
    sets: Sequence[BackupSet],
    set_id: str,
    parts: Sequence[SetHost],
    limits: Limits,
    accepted: Accepted = NOTHING,
) -> Suspicion | None:
    """Return the suspicion about a set that is about to be added; None if it is not suspicious.

    Args:
        sets: the complete sets of the platform, oldest first, without the new one.
        parts: the parts of the new set.
    """
    return compared(set_id, parts, _walk(sets, limits, accepted)[1], limits)


def _walk(
    sets: Sequence[BackupSet], limits: Limits, accepted: Accepted
) -> tuple[dict[str, Suspicion], dict[str, tuple[str, SetHost]]]:
    """Return the suspicions by set, and by root the set and part to compare the next one with.

    Later sets are compared with an accepted one. Earlier sets that were compared with the same set
    are accepted together with it, if they have no less than it.

    Args:
        sets: the complete sets of the platform, oldest first.
    """
    found: dict[str, Suspicion] = {}
    normal: dict[str, tuple[str, SetHost]] = {}
    parts_of: dict[str, Sequence[SetHost]] = {}
    for backup in sets:
        if backup.manifest is None:
            continue
        parts = parts_of[backup.id] = backup.manifest.hosts
        suspicion = compared(backup.id, parts, normal, limits)
        if suspicion is not None:
            said = accepted.of(suspicion.key, suspicion.about)
            found[backup.id] = msgspec.structs.replace(suspicion, accepted=said)
            if said is None:
                continue
            for other in _like(found, suspicion, parts, parts_of, limits):
                found[other] = msgspec.structs.replace(found[other], accepted=said)
        normal.update({_root(part, parts): (backup.id, part) for part in parts})
    return found, normal


def compared(
    set_id: str,
    parts: Sequence[SetHost],
    normal: Mapping[str, tuple[str, SetHost]],
    limits: Limits,
) -> Suspicion | None:
    """Compare a set with the last normal ones; None if it is not suspicious.

    Args:
        normal: by root (`_root`), the last set that was not suspicious, or accepted, and its part.
    """
    less: list[Fell] = []
    before = ""
    for part in parts:
        known = normal.get(_root(part, parts))
        if known is not None and (found := fell(part, known[1], limits)):
            less += found
            before = max(before, known[0])
    if not less:
        return None
    figures = [f"{part.name} {sorted(holds(part).items())}" for part in parts]
    return Suspicion(
        set_id=set_id,
        before=before,
        fell=tuple(less),
        key=key_of("set", set_id),
        about=fingerprint(set_id, *figures),
    )


def _root(part: SetHost, parts: Sequence[SetHost]) -> str:
    """Return the key that identifies the same root in several sets.

    It is the part's roles, with its name if several parts have the same roles. Names alone are not
    enough: a machine may be renamed, and its root moved.
    """
    roles = ",".join(sorted(part.roles))
    alike = sum(sorted(other.roles) == sorted(part.roles) for other in parts)
    return f"{roles} {part.name}" if alike > 1 else roles


def _like(
    found: Mapping[str, Suspicion],
    accepted: Suspicion,
    parts: Sequence[SetHost],
    parts_of: Mapping[str, Sequence[SetHost]],
    limits: Limits,
) -> list[str]:
    """Return the earlier sets that are accepted together with an accepted one.

    They were compared with the same set, and have no less than the accepted one.
    """
    level = {_root(part, parts): (accepted.set_id, part) for part in parts}
    return [
        name
        for name, one in found.items()
        if one.accepted is None
        and one.before == accepted.before
        and compared(name, parts_of[name], level, limits) is None
    ]
