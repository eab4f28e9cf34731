"""Debts: what a run has to put back. Pure.

Which debts are outstanding, and which are credible: a journal says what to move where, and we act
on it as root. Also how many tries in a row stopped for the same reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal

import msgspec

from pryv_tui import own_folder

if TYPE_CHECKING:
    from pryv_tui.operations.advice import Failure, Stop

OwedKind = Literal["start", "restart-policy", "unpause", "dump", "aside", "return", "release"]


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a run has to put back; written to the journal before it is changed.

    `start`: start a container again. `restart-policy`: give a container its restart policy back.
    `unpause`: unpause a container. `dump`: put back what a dump folder held. `aside`: a root's
    content that a restore moved aside. `return`: a root whose former content an undo is putting
    back. `release`: kept content that is being removed for good.
    """

    kind: OwedKind
    host: str
    what: str
    """The container's name, the store, or the root."""
    where: str = ""
    """The folder that holds the former content, or the restart policy; empty for `start` and
    `unpause`."""


ROOT_DEBTS: tuple[OwedKind, ...] = ("aside", "return")
"""Kinds of debts that show that a run has begun to change a root."""
DOWN_DEBTS: tuple[OwedKind, ...] = ("start", "unpause")
"""Kinds of debts for containers that ran before, and that the run has stopped or paused."""
UNSEEN_DEBTS: tuple[OwedKind, ...] = ("dump", "unpause")
"""Kinds of debts that, after the run has ended, nothing else shows or settles: the former content
of a dump folder is not visible, and no other command of ours unpauses a container."""
_OF_CONTAINERS: tuple[OwedKind, ...] = (*DOWN_DEBTS, "restart-policy")
_KEPT: dict[OwedKind, tuple[str, ...]] = {
    "aside": (own_folder.ASIDE,),
    "return": own_folder.KEPT,
    "release": own_folder.KEPT,
}
"""For each kind of debt, the names of our folders below a root in which the content may lie."""
_WIDE = ("disk-full",)
"""Errors that count as the same reason even if they come at different steps."""


def outstanding(owed: Iterable[Owed], settled: Collection[Owed]) -> list[Owed]:
    """The debts that are not settled, in the order in which they were written down."""
    return [one for one in owed if one not in settled]


def of_roots(owed: Iterable[Owed]) -> list[Owed]:
    """The debts which show that a run has begun to change a root."""
    return [one for one in owed if one.kind in ROOT_DEBTS]


def roots_changed(owed: Iterable[Owed]) -> frozenset[tuple[str, str]]:
    """Host and path of each root that a run has begun to change."""
    return frozenset((one.host, one.what) for one in of_roots(owed))


def containers_down(owed: Iterable[Owed]) -> frozenset[tuple[str, str]]:
    """Host and name of each container that ran before, and that the run has stopped or paused."""
    return frozenset((one.host, one.what) for one in owed if one.kind in DOWN_DEBTS)


def credible(owed: Owed) -> bool:
    """Whether this program can have written a debt.

    We only move content into a folder of ours below the same root (for a dump: below the root or a
    disk of it). A debt that names any other folder is refused, so that a manipulated journal can't
    make us move it.
    """
    if owed.kind in _OF_CONTAINERS:
        return True
    what, where = PurePosixPath(owed.what), PurePosixPath(owed.where)
    for path, told in ((what, owed.what), (where, owed.where)):
        # Only the plain spelling: with `..`, `.` or `//` in it a path may lead elsewhere.
        if not path.is_absolute() or ".." in path.parts or str(path) != told or path.root != "/":
            return False
    if owed.kind == "dump":
        # <root or disk>/.pryv-tui/dumps/<run>/<store>
        if len(where.parents) < 5 or where.parents[1].name != own_folder.DUMPS:
            return False
        own = where.parents[2]
        return own.name == own_folder.NAME and own.parent in what.parents
    own = where.parent.parent
    return own == what / own_folder.NAME and where.parent.name in _KEPT.get(owed.kind, ())


def in_a_row(stops: Iterable[Stop]) -> int:
    """How many tries in a row, from the newest back, stopped for the same reason.

    Args:
        stops: the tries, the newest first; read only up to the first with another reason.
    """
    count, last = 0, None
    for one in stops:
        if last is not None and not _same(last, one):
            break
        count, last = count + 1, one
    return count


def _same(one: Stop, other: Stop) -> bool:
    """Whether two tries are known to have stopped for the same reason."""
    if one.failure is not None and other.failure is not None:
        if _passes(one.failure) or _passes(other.failure):
            # The reason goes away by itself, so that it came twice says nothing.
            return False
        if not one.failure.error or one.failure.error != other.failure.error:
            return False
        if one.failure.error in _WIDE:
            return True
        # The same error without a step can have many reasons: then the texts must be equal too.
        where, there = one.failure.like, other.failure.like
        return where == there and (bool(where) or one.failure.what == other.failure.what)
    if one.how == other.how == "died":
        return one.like == other.like != () and not (one.rebooted or other.rebooted)
    return False


def _passes(failure: Failure) -> bool:
    return failure.passes or failure.error == "busy"
