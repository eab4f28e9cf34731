"""What an undo, or the roll-back of a cancelled restore, moved aside: what it is, in words.

A restore moves aside what was there before; both of these put that back, and move aside what the
restore had put there. What a restore or an undo moved aside comes back by an undo of that run.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import msgspec

if TYPE_CHECKING:
    from pryv_tui.operations.plan import Lack


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """What has to be known of a run to say what it moved aside."""

    kind: str
    set_id: str = ""
    """The set that was restored."""
    outcome: str = ""
    unfinished_set: str = ""
    """The set of the unfinished restores that this one went on with, where it is one; what they
    had put there is what it moved aside."""
    taken_by: str = ""
    """The run that went on with what this one had moved aside: they are undone together."""
    restored: tuple[str, ...] = ()
    """The roles that were restored; of an undo those of the restore that it undid."""
    newer: str = ""
    """Of an undo: how much of what it set aside is newer than the set, in words."""
    undo: str = ""
    """Of an undo: the run by whose undo that comes back; empty where none brings it back."""
    set_here: bool = True
    """Of an undo: whether the vault that is looked at has that set, so that it can be restored."""
    former: bool = False
    """Of an undo: what it set aside was there before the restore, or came since."""
    left_down: tuple[tuple[str, str], ...] = ()
    """Machine and name of the containers that it stopped, has not started again, and that are
    stopped still."""
    ended_why: str = ""
    """Why it came to no end, where that is so."""
    switched: tuple[str, str] = ("", "")
    """Of an act on one container: its machine and its name."""
    why: str = ""
    """Of one that could not start it: why, and what to do about that."""
    remedy: str = ""


class Brought(NamedTuple):
    """The restore whose content lies in a role's root."""

    set_id: str
    at: str
    """When the last restore or undo of it was done, RFC 3339."""


BroughtBack: TypeAlias = Callable[[Collection[str]], Mapping[str, Brought]]
"""What tells by role what restores have left in place, given the other domains under which runs
are this platform's (`comparing.former.same_domains`)."""


def nothing_brought(_also: Collection[str]) -> Mapping[str, Brought]:
    """Where nobody looked."""
    return {}


def undone_words(
    run: str, story: Story | None, release: str, confirmed: str = ""
) -> tuple[str, str]:
    """What lies in a root's `undone/` is, and what can be done with it; the removal last.

    Args:
        run: that moved it there.
        story: None for a run that is not known here any more.
        release: the command that removes it.
        confirmed: how a command is confirmed, as its last words.
    """
    named = f" {story.set_id}" if story is not None and story.set_id else ""
    if story is not None and story.kind == "restore" and story.outcome != "cancelled":
        last = story.taken_by or run
        of = f" of the set {story.unfinished_set}" if story.unfinished_set else ""
        return (
            f"what an unfinished restore{of} had put there, and"
            f" what was written there since, is still there, moved aside by the restore {run},"
            " which went on.",
            "What was written since may be only here. Remove it for good, with all else that lies"
            f" aside of that restore: {release.replace(run, last)}",
        )
    if story is not None and story.kind == "restore":
        return (
            f"what the cancelled restore {run} had copied is still there, moved aside; what was"
            " there before it is back.",
            f"It was copied from the set{named}, which is as it was. When nobody needs it, remove"
            f" it for good: {release}",
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
            f"what was there before the undo {run} undid an undo is still there, moved aside by it"
            f"{held}.",
            f"{back} When nobody needs it, remove it for good: {release}".lstrip(),
        )
    roles = "".join(f" --role {role}" for role in story.restored) if story is not None else ""
    again = f": pryv-tui restore{named}{confirmed}{roles}" if named else " (pryv-tui list)"
    if named and story is not None and not story.set_here:
        again = ", which is not in this vault: name the one that holds it, with --vault DIR"
    only = "what was written after the restore may be only here"
    if story is not None and story.newer:
        only = f"that does not bring back {story.newer}, written after the restore"
    return (
        f"what a restore{of} had put there is still there, moved aside by the undo {run}{held}.",
        f"{back}{' Or it' if back else 'It'} comes back by restoring the set"
        f"{named if story is not None and not story.set_here else ''} again{again}; {only}."
        f" When nobody needs it, remove it for good: {release}",
    )


def lack_line(one: Lack, set_id: str) -> str:
    """What an undo does not bring back, since it was not there before the restore."""
    again = (
        f" Its data is in the set{' ' + set_id if set_id else ''}, but for what was written after"
        " the restore."
    )
    if one.before == "undo":
        again = " Its data is moved aside with all that is there now."
    return (
        f"{one.role} on {one.host} will be gone again: the content that comes back has no"
        f" {one.role}, as it was before the {one.before}.{_down(one)}{again}"
    )


def lacked_words(found: Sequence[Lack]) -> str:
    """The same when it is done; empty where nothing lacks."""
    names = "; ".join(f"{one.role} on {one.host}" for one in found)
    before = found[0].before if found else ""
    return f" That is WITHOUT {names}: gone again, as before the {before}." if found else ""


def lacked_warnings(found: Sequence[Lack]) -> list[str]:
    """What a person has to know of it, a line each."""
    return [f"{one.role} on {one.host} is gone again, as before the {one.before}" for one in found]


def lacked_next(found: Sequence[Lack], way: str) -> list[str]:
    """How it comes back.

    Args:
        way: the command that brings these roles back, in words; empty where no set is known.
    """
    roles = ", ".join(dict.fromkeys(one.role for one in found))
    if not found:
        return []
    if not way:
        return [f"Bring {roles} back: choose a set that holds it (pryv-tui list) and restore it."]
    return [f"Bring {roles} back: {way}"]


def _down(one: Lack) -> str:
    many = len(one.containers)
    if not many:
        return ""
    which = "container" if many == 1 else "containers"
    return f" The {many} {which} that the {one.before} brought up for it will not run."
