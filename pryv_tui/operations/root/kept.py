"""Describe the content that an undo, or the roll-back of a cancelled restore, moved aside.

A restore moves the former content aside. An undo or roll-back puts it back, and moves the restored
content aside. Undoing a restore or an undo brings back what that run moved aside.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import msgspec

if TYPE_CHECKING:
    from pryv_tui.operations.plan import Lack


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """The facts about a run that are needed to describe the content it moved aside."""

    kind: str
    set_id: str = ""
    """The set that was restored."""
    outcome: str = ""
    unfinished_set: str = ""
    """The set of the unfinished restores that this one continued; empty if none.

    This one moved aside the content that those had put in place.
    """
    taken_by: str = ""
    """The run that continued this one, with the content that it moved aside.

    Both are undone together.
    """
    restored: tuple[str, ...] = ()
    """The roles that were restored; for an undo, those of the restore that was undone."""
    newer: str = ""
    """Only for an undo: how much of the moved content is newer than the set, in words."""
    undo: str = ""
    """Only for an undo: the run to undo so that this content comes back; empty if none."""
    set_here: bool = True
    """Only for an undo: whether the set is in the vault, so that it can be restored."""
    former: bool = False
    """Only for an undo: it moved aside what was there before the restore, or was added since."""
    left_down: tuple[tuple[str, str], ...] = ()
    """Host and name of the containers that the run stopped and that are still stopped."""
    ended_why: str = ""
    """Why the run was not completed; empty if it was."""
    switched: tuple[str, str] = ("", "")
    """Only for an act on one container: its host and its name."""
    why: str = ""
    """Only if that container could not be started: the reason; `remedy` is what to do."""
    remedy: str = ""


class Brought(NamedTuple):
    """The restore whose content is in a role's root."""

    set_id: str
    at: str
    """When that restore, or the last undo of it, was done, RFC 3339."""


BroughtBack: TypeAlias = Callable[[Collection[str]], Mapping[str, Brought]]
"""Returns, by role, the restore whose content is in place.

The argument: the other domains under which runs belong to this platform
(`comparing.former.same_domains`).
"""


def nothing_brought(_also: Collection[str]) -> Mapping[str, Brought]:
    """Return no restore: for callers that did not look."""
    return {}


def undone_words(
    run: str, story: Story | None, release: str, confirmed: str = ""
) -> tuple[str, str]:
    """Describe the content of a root's `undone/`, and say what can be done with it.

    The removal comes last.

    Args:
        run: the run that moved the content there.
        story: the run's facts; None if the run is no longer known here.
        release: the command that removes the content.
        confirmed: the words at the end of a command, which confirm it.
    """
    named = f" {story.set_id}" if story is not None and story.set_id else ""
    if story is not None and story.kind == "restore" and story.outcome != "cancelled":
        last = story.taken_by or run
        of = f" of the set {story.unfinished_set}" if story.unfinished_set else ""
        return (
            f"the content of an unfinished restore{of}, with data written since, is still there:"
            f" the restore {run}, which continued it, moved it aside.",
            "Data written since may exist only here. Remove it for good, with all else that"
            f" was moved aside by that restore: {release.replace(run, last)}",
        )
    if story is not None and story.kind == "restore":
        return (
            f"files copied by the cancelled restore {run} are still there, moved aside; the"
            " content from before that restore is back.",
            f"They are copies from the set{named}, which is unchanged. When nobody needs them,"
            f" remove them for good: {release}",
        )
    of = f" of the set{named}" if named else ""
    held = ""
    if story is not None and story.newer:
        held = f", with {story.newer} that the set{named} does not hold"
    back = ""
    if story is not None and story.undo:
        back = (
            f"Bring it back{', with that' if held else ''}: pryv-tui undo {story.undo}{confirmed}."
        )
    if story is not None and story.former:
        return (
            f"the undo {run}, which undid an earlier undo, moved the content of that time aside; it"
            f" is still there{held}.",
            f"{back} When nobody needs it, remove it for good: {release}".lstrip(),
        )
    roles = "".join(f" --role {role}" for role in story.restored) if story is not None else ""
    again = (
        f": pryv-tui restore{named}{confirmed}{roles}"
        if named
        else "; to see the sets: pryv-tui list"
    )
    if named and story is not None and not story.set_here:
        again = ", which is not in this vault: name the vault that holds it, with --vault DIR"
    only = "data written after the restore may exist only here"
    if story is not None and story.newer:
        only = f"that does not bring back {story.newer}, written after the restore"
    return (
        f"what a restore{of} had put there was moved aside by the undo {run}, and is kept{held}.",
        f"{back}{' Or it' if back else 'It'} comes back by restoring the set"
        f"{named if story is not None and not story.set_here else ''} again{again}; {only}."
        f" When nobody needs it, remove it for good: {release}",
    )


def lack_line(one: Lack, set_id: str) -> str:
    """Say that an undo does not bring back a role that was not there before the restore."""
    again = (
        f" Its data is in the set{' ' + set_id if set_id else ''}, except for data written"
        " after the restore."
    )
    if one.before == "undo":
        again = " Its data is moved aside with everything else that is there now."
    return (
        f"{one.role} on {one.host} will be gone again: the content that comes back has no"
        f" {one.role}, as it was before the {one.before}.{_down(one)}{again}"
    )


def lacked_words(found: Sequence[Lack]) -> str:
    """Say in the result which roles are gone again; empty if none."""
    names = "; ".join(f"{one.role} on {one.host}" for one in found)
    before = found[0].before if found else ""
    return f" That is WITHOUT {names}: gone again, as before the {before}." if found else ""


def lacked_warnings(found: Sequence[Lack]) -> list[str]:
    """A warning for each role that is gone again."""
    return [f"{one.role} on {one.host} is gone again, as before the {one.before}" for one in found]


def lacked_next(found: Sequence[Lack], way: str) -> list[str]:
    """Say how roles that are gone again can be restored.

    Args:
        way: the command that restores them, in words; empty if no set is known.
    """
    roles = ", ".join(dict.fromkeys(one.role for one in found))
    if not found:
        return []
    if not way:
        return [
            f"Bring {roles} back: choose a set that holds it, and restore it. To see the sets:"
            " pryv-tui list"
        ]
    return [f"Bring {roles} back: {way}"]


def _down(one: Lack) -> str:
    many = len(one.containers)
    if not many:
        return ""
    which = "container" if many == 1 else "containers"
    return f" Its {many} {which}, which did not run before the {one.before}, will not run."
