"""Sets that hold far less than the one before: the one rule for them. Pure.

`backup` warns of its own, `status` and `doctor` until a person has accepted it, and `prune` keeps
such sets apart. Each machine's part is compared by itself, so that what was lost on a small one is
not hidden behind a large one.
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
"""Less than this share of what was there before is suspicious, where nobody says else."""

COUNTED = ("files", "bytes", "documents", "users", "databases")
"""What is compared: of the files, MongoDB's documents, Redis's users, InfluxDB's databases."""

MANY = 10
"""A collection that held so many documents and holds none any more is suspicious, however few they
were beside the others: without those of `accesses`, nobody gets in."""

PASSING = frozenset({"sessions", "passwordResets"})
"""Collections whose documents go by themselves after a time: they may be empty at any moment."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """A store with less than such a share of what the earlier set held is suspicious."""

    share: float = SHRINK
    of: dict[str, float] = {}
    """Other shares, by what is counted."""

    def at(self, name: str) -> float:
        """The share for one of `COUNTED`."""
        return self.of.get(name, self.share)


AS_USUAL = Limits()


class Fell(msgspec.Struct, frozen=True, kw_only=True):
    """One count that fell too far."""

    host: str
    name: str
    now: int
    was: int

    @property
    def words(self) -> str:
        return f"{self.now} {self.name} instead of {self.was}"


class Suspicion(msgspec.Struct, frozen=True, kw_only=True):
    """A set that holds far less than one before it."""

    set_id: str
    before: str
    """The set that it is compared with."""
    fell: tuple[Fell, ...]
    key: str
    """What a person accepts it by."""
    about: str
    accepted: Acceptance | None = None

    @property
    def words(self) -> str:
        """What it has less of, as the end of a sentence."""
        hosts = {one.host for one in self.fell}
        told = [one.words + (f" on {one.host}" if len(hosts) > 1 else "") for one in self.fell]
        return f"it holds {', '.join(told)}, far less than {self.before}"


def holds(part: SetHost) -> dict[str, int]:
    """How much a machine's part of a set holds, by what is counted; what it can't have is not
    there."""
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
    """What a part has too little of, compared with an earlier one of the same root."""
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
    """The collections that held many documents and hold none, or are not there any more."""
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
    """Every set of one platform that holds far less than the last one before it that did not; see
    `_walk`."""
    return _walk(sets, limits, accepted)[0]


def suspicion_of(
    sets: Sequence[BackupSet],
    set_id: str,
    parts: Sequence[SetHost],
    limits: Limits,
    accepted: Accepted = NOTHING,
) -> Suspicion | None:
    """The same of one that is about to come to them."""
    return compared(set_id, parts, _walk(sets, limits, accepted)[1], limits)


def _walk(
    sets: Sequence[BackupSet], limits: Limits, accepted: Accepted
) -> tuple[dict[str, Suspicion], dict[str, tuple[str, SetHost]]]:
    """What is suspicious, by set; and by root, what the next one is compared with.

    One that a person has accepted is what the later ones are compared with; those between it and
    the set that it was compared with are accepted with it, as far as they hold as much.

    Args:
        sets: complete ones of the platform, oldest first.
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
    """What is suspicious about a set; None where nothing.

    Args:
        normal: by root (`_root`), the last set that was not suspicious and its part.
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
    """By what a part is known again in another set: its roles; its name too where several have
    them. A machine may get another name, and its root another place."""
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
    """The sets before an accepted one that were compared with the same set and hold no less."""
    level = {_root(part, parts): (accepted.set_id, part) for part in parts}
    return [
        name
        for name, one in found.items()
        if one.accepted is None
        and one.before == accepted.before
        and compared(name, parts_of[name], level, limits) is None
    ]
