"""What a run has to put back: which kinds there are, what each kind means, which are outstanding,
and which can be ours at all: a journal says what to move where, and is acted on as root. And how
many tries in a row stopped alike. Pure."""

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
    """Something that has to be put back; written down before it is changed.

    `start`: a container to start again. `restart-policy`: one that the engine would start by
    itself. `unpause`: one to let go on. `dump`: what a dump folder
    held before. `aside`: a root's content moved aside by a restore. `return`: a root whose former
    content an undo puts back. `release`: kept content that is being removed for good.
    """

    kind: OwedKind
    host: str
    what: str
    """The container's name, the store, or the root."""
    where: str = ""
    """The folder that holds what was there, or the restart policy; empty for the other two kinds of
    containers."""


ROOT_DEBTS: tuple[OwedKind, ...] = ("aside", "return")
"""Debts of a run that has begun to change a root."""
DOWN_DEBTS: tuple[OwedKind, ...] = ("start", "unpause")
"""Debts of containers that ran and do not."""
UNSEEN_DEBTS: tuple[OwedKind, ...] = ("dump", "unpause")
"""Debts of a run that has ended which nothing else shows or settles: nobody sees any more what lay
in a dump folder, and no other command of ours lets a container go on."""
_OF_CONTAINERS: tuple[OwedKind, ...] = (*DOWN_DEBTS, "restart-policy")
_KEPT: dict[OwedKind, tuple[str, ...]] = {
    "aside": (own_folder.ASIDE,),
    "return": own_folder.KEPT,
    "release": own_folder.KEPT,
}
"""By kind of debt, the folders of ours below a root in which its content lies."""
_WIDE = ("disk-full",)
"""Errors that are the same reason at whichever step they come: one who has no room has none."""


def outstanding(owed: Iterable[Owed], settled: Collection[Owed]) -> list[Owed]:
    """What is still to be put back, in the order in which it was written down."""
    return [one for one in owed if one not in settled]


def of_roots(owed: Iterable[Owed]) -> list[Owed]:
    """Those of them that say that a root was begun to be changed."""
    return [one for one in owed if one.kind in ROOT_DEBTS]


def roots_changed(owed: Iterable[Owed]) -> frozenset[tuple[str, str]]:
    """Host and root of each root that was begun to be changed."""
    return frozenset((one.host, one.what) for one in of_roots(owed))


def containers_down(owed: Iterable[Owed]) -> frozenset[tuple[str, str]]:
    """Host and name of each container that ran and does not."""
    return frozenset((one.host, one.what) for one in owed if one.kind in DOWN_DEBTS)


def credible(owed: Owed) -> bool:
    """Whether a debt says what this program may have written down.

    Content lies in a folder of ours below the very root, or the very disk, that it is of; nothing
    else is ever moved. So a journal that was changed can't have any other folder moved anywhere.
    """
    if owed.kind in _OF_CONTAINERS:
        return True
    what, where = PurePosixPath(owed.what), PurePosixPath(owed.where)
    for path, told in ((what, owed.what), (where, owed.where)):
        # Spelled in one way only: with `..`, `.` or `//` in it a path may lead elsewhere.
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
    """How many tries, from the newest back, stopped for one and the same reason.

    Args:
        stops: the newest first; none is taken behind the first with another reason.
    """
    count, last = 0, None
    for one in stops:
        if last is not None and not _same(last, one):
            break
        count, last = count + 1, one
    return count


def _same(one: Stop, other: Stop) -> bool:
    """Whether two stopped for the same reason, as far as that is known."""
    if one.failure is not None and other.failure is not None:
        if _passes(one.failure) or _passes(other.failure):
            # It will not be so again for that: each time is one by itself.
            return False
        if not one.failure.error or one.failure.error != other.failure.error:
            return False
        if one.failure.error in _WIDE:
            return True
        # Where no step tells where it was, one error has many reasons.
        where, there = one.failure.like, other.failure.like
        return where == there and (bool(where) or one.failure.what == other.failure.what)
    if one.how == other.how == "died":
        return one.like == other.like != () and not (one.rebooted or other.rebooted)
    return False


def _passes(failure: Failure) -> bool:
    return failure.passes or failure.error == "busy"
