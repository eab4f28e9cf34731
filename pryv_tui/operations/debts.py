"""Debts: what a run has to put back. Pure.

Which debts are outstanding, and which are credible: a journal says what to move where, and this
program does it as root. Also how many attempts in a row stopped for the same reason.
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
    `unpause`: unpause a container. `dump`: put back the content of a dump folder. `aside`: a root's
    content that a restore moved aside. `return`: a root whose former content an undo is putting
    back. `release`: kept content that is being removed for good.
    """

    kind: OwedKind
    host: str
    what: str
    """The container's name, the store, or the root."""
    where: str = ""
    """The folder with the former content, or the restart policy; empty for `start` and
    `unpause`."""


ROOT_DEBTS: tuple[OwedKind, ...] = ("aside", "return")
"""Kinds of debts that show that a run has begun to change a root."""
DOWN_DEBTS: tuple[OwedKind, ...] = ("start", "unpause")
"""Kinds of debts for containers that were running before the run stopped or paused them."""
UNSEEN_DEBTS: tuple[OwedKind, ...] = ("dump", "unpause")
"""Kinds of debts that nothing else shows or settles after the run has ended.

The former content of a dump folder is not visible, and no other command of this program unpauses a
container.
"""
_OF_CONTAINERS: tuple[OwedKind, ...] = (*DOWN_DEBTS, "restart-policy")
_KEPT: dict[OwedKind, tuple[str, ...]] = {
    "aside": (own_folder.ASIDE,),
    "return": own_folder.KEPT,
    "release": own_folder.KEPT,
}
"""By kind of debt: names of this program's folders below a root that may have the content."""
_WIDE = ("disk-full",)
"""Errors that count as the same reason even if they come at different steps."""


def outstanding(owed: Iterable[Owed], settled: Collection[Owed]) -> list[Owed]:
    """The debts that are not settled, in the order in which they were recorded."""
    return [one for one in owed if one not in settled]


def of_roots(owed: Iterable[Owed]) -> list[Owed]:
    """The debts that show that a run has begun to change a root."""
    return [one for one in owed if one.kind in ROOT_DEBTS]


def roots_changed(owed: Iterable[Owed]) -> frozenset[tuple[str, str]]:
    """Host and path of each root that a run has begun to change."""
    return frozenset((one.host, one.what) for one in of_roots(owed))


def containers_down(owed: Iterable[Owed]) -> frozenset[tuple[str, str]]:
    """Host and name of each container that was running before the run stopped or paused it."""
    return frozenset((one.host, one.what) for one in owed if one.kind in DOWN_DEBTS)


def credible(owed: Owed) -> bool:
    """Whether this program can have written a debt.

    This program only moves content into a folder of its own below the same root (for a dump: below
    the root or a disk of it). A debt that names any other folder is refused, so that a manipulated
    journal can't make this program move it.
    """
    if owed.kind in _OF_CONTAINERS:
        return True
    what, where = PurePosixPath(owed.what), PurePosixPath(owed.where)
    for path, told in ((what, owed.what), (where, owed.where)):
        # Only plain paths: one with `..`, `.` or `//` in it may lead elsewhere.
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
    """How many attempts in a row, from the newest back, stopped for the same reason.

    Args:
        stops: the attempts, newest first; read only up to the first one with another reason.
    """
    count, last = 0, None
    for one in stops:
        if last is not None and not _same(last, one):
            break
        count, last = count + 1, one
    return count


def _same(one: Stop, other: Stop) -> bool:
    """Whether two attempts are known to have stopped for the same reason."""
    if one.failure is not None and other.failure is not None:
        if _passes(one.failure) or _passes(other.failure):
            # The reason goes away by itself, so it does not matter that it came twice.
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
