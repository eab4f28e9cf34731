"""The lines in a restore's result about the live audit at its end, and which of them are settled.

Pure. Each line that asks for an action is stored with its kinds and name, so that a later audit
removes exactly that line.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import msgspec

from pryv_tui.operations.acceptance import accept_command, key_of
from pryv_tui.operations.audit.other_cores import WHAT as OTHER_CORES
from pryv_tui.operations.audit.owners import people_in, with_owner
from pryv_tui.operations.commands import completed
from pryv_tui.operations.facts import LiveFound, NotKnown, Said
from pryv_tui.phrases import counted, named
from pryv_tui.platform.casualties import KINDS, Kind, commands_or_why
from pryv_tui.sanitize import one_line

if TYPE_CHECKING:
    from pryv_tui.operations.audit.live import LiveAudit

KEPT = 1_000
"""Maximum number of names kept per kind; the audit itself lists all."""
NAMED = 5
"""Maximum number of names in a sentence."""
ON_A_PAGE = 25
"""Maximum number of names per kind in a report. The report is filed, so it must say whose data is
lost."""
WITH_COMMANDS = 5
"""Maximum number of names per kind whose commands are in a result."""


def found_of(
    live: LiveAudit, *, time: str, run: str = "", set_id: str = "", after: str = "restore"
) -> LiveFound:
    """Convert a live audit to the form that is stored."""
    counts = live.found.counts
    names = {
        f"{each.group}.{each.name}": live.found.names(each.group, each.name)[:KEPT]
        for each in KINDS
        if f"{each.group}.{each.name}" in counts
    }
    return LiveFound(
        time=time,
        run=run,
        after=after,
        set=set_id,
        domain=live.domain,
        practice=live.practice,
        counts=counts,
        names=names,
        people=people_in(names.values(), live.found.people),
        not_known=[
            NotKnown(what=one.what, why=one.why, kinds=one.kinds, for_good=one.for_good)
            for one in live.found.not_checked
        ],
    )


def warnings_of(found: LiveFound) -> list[Said]:
    """Return the warnings, one per kind: casualties, and what is unknown."""
    lines = [
        Said(
            kinds=(_key(each),),
            text=f"{each.title.capitalize()}: {found.counts[_key(each)]} ({some(found, each)})."
            f" {each.consequence}",
        )
        for each in KINDS
        if found.counts.get(_key(each))
    ]
    lines += [
        Said(kinds=one.kinds, text=f"Not known after this {found.after}: {one.what}: {one.why}")
        for one in found.to_be_asked
    ]
    return lines


def next_of(found: LiveFound, set_id: str) -> list[Said]:
    """Return what to do next, with the commands."""
    lines = []
    for each in KINDS:
        if not found.counts.get(_key(each)):
            continue
        lines.append(Said(kinds=(_key(each),), text=f"{each.title.capitalize()}: {each.remedy}"))
        # The commands for the remaining names are in the audit, whose command comes below.
        for name in found.names.get(_key(each), [])[:WITH_COMMANDS]:
            look, *acts = commands_or_why(each, name, found.domain) or [""]
            if look:
                text = f"{one_line(name)}, dry run first: {look} ; then: {' ; '.join(acts)}"
                if not acts:
                    text = f"{one_line(name)}: {look}"
                lines.append(Said(kinds=(_key(each),), name=name, text=text))
    told = [each for each in KINDS if any(one.name and _key(each) in one.kinds for one in lines)]
    if found.practice and told:
        lines.append(Said(kinds=tuple(map(_key, told)), text=practice_words(told)))
    remains = tuple(kind for kind, count in found.counts.items() if count)
    if remains:
        text = (
            "Settle what the gap cost, dry run first, until nothing remains:"
            f" pryv-tui audit{named_set(set_id)} --live"
        )
        lines.append(Said(kinds=remains, text=text))
    again = {kind for one in found.to_be_asked for kind in one.kinds}
    if again:
        text = (
            "Check again what is not known, once its cause is fixed: pryv-tui"
            f" audit{named_set(set_id)} --live"
        )
        lines.append(Said(kinds=tuple(sorted(again)), text=text))
    return lines


def practice_words(kinds: Sequence[Kind]) -> str:
    """Say how casualties are settled on a practice platform."""
    accept = " ; ".join(accept_command(key_of("live", each.group, each.name)) for each in kinds)
    return (
        "On a practice platform nothing answers these commands. There, settle what remains by"
        f" accepting it as it is: {accept}"
    )


def to_do(found: LiveFound | None, after: str, set_id: str, warned: Collection[str]) -> list[str]:
    """Return what to do after a run that ends with a live audit, because of that audit.

    Args:
        found: the result of the audit; None if the run did not get that far.
        after: the kind of run.
        set_id: see `named_set`.
        warned: the run's warnings; they are not repeated.
    """
    if found is not None:
        return [said.text for said in found.said if said.text not in warned]
    return [
        f"Not known after this {after}: what lacks its other half. Check it: pryv-tui"
        f" audit{named_set(set_id)} --live"
    ]


def named_set(set_id: str) -> str:
    """Return the set argument of `pryv-tui audit … --live`, with a leading blank.

    Args:
        set_id: the set to compare with; empty if none.
    """
    return f" {set_id}" if set_id else ""


def checked_words(found: LiveFound, whose: str = "the live platform") -> str:
    """Say in one line what was asked and what was found; empty if no kind could be checked.

    Args:
        whose: the words for the platform that was asked.
    """
    total = sum(found.counts.values())
    asked = len([kind for kind in found.counts if kind not in found.doubted])
    if not found.counts or not asked:
        return ""
    of = "" if asked == len(KINDS) else f", in {counted(asked, 'kind')} that could be checked"
    many = "nothing lacks its" if not total else counted(total, "lacks its", "lack their")
    other = "".join(f"; {one.why}" for one in found.not_known if one.what == OTHER_CORES)
    return f"{whose}, checked at the end: {many} other half{of}{other}"


def is_settled(said: Said, later: LiveFound) -> bool:
    """Whether a later audit shows that there is nothing left to do for a line.

    Only kinds that the audit checked completely count; a kind that it could not check settles
    nothing.
    """
    if any(kind not in later.counts or kind in later.doubted for kind in said.kinds):
        return False
    if not said.name:
        return not any(later.counts[kind] for kind in said.kinds)
    return not any(_may_hold(later, kind, said.name) for kind in said.kinds)


def settled_since(found: LiveFound, later: LiveFound | None) -> list[Said]:
    """Return the lines of a result that a later audit has settled.

    Args:
        later: the last audit of the platform; one that is not later than `found` settles nothing.
    """
    if later is None or not is_later(later, found):
        return []
    return [said for said in found.said if is_settled(said, later)]


def is_later(look: LiveFound, than: LiveFound) -> bool:
    """Whether an audit is as new as another one of the same platform, and not from the same run."""
    same = (look.domain, look.practice) == (than.domain, than.practice)
    own = bool(than.run) and look.run == than.run
    return same and not own and look.time >= than.time


def settled_words(found: LiveFound, later: LiveFound) -> list[str]:
    """Say per kind how many casualties a later audit has settled, one line each."""
    lines = []
    for each in KINDS:
        before, now = found.counts.get(_key(each), 0), later.counts.get(_key(each))
        if not before or now is None or _key(each) in later.doubted:
            continue
        gone = [n for n in found.names.get(_key(each), []) if not _may_hold(later, _key(each), n)]
        count = before if now == 0 else len(gone)
        if count:
            lines.append(
                f"{each.title}: {count} of {before}, according to the audit of {later.time}"
            )
    return lines


def _may_hold(found: LiveFound, kind: str, name: str) -> bool:
    """Whether an audit found this name, or may have: it found more names than were kept."""
    names = found.names.get(kind, [])
    return name in names or found.counts.get(kind, 0) > len(names)


def some(found: LiveFound, each: Kind) -> str:
    """Return the first names of a kind, and how many more there are."""
    kind = _key(each)
    names = [with_owner(name, found.people) for name in found.names.get(kind, [])[:NAMED]]
    more = found.counts.get(kind, len(names)) - len(names)
    return named(names, NAMED) + (f" and {more} more" if more > 0 else "")


def told_names(found: LiveFound) -> dict[str, list[str]]:
    """Return the first names for display of each kind with casualties, as many as fit a page.

    Keys: `group.name`.
    """
    return {
        kind: [with_owner(name, found.people) for name in names[:ON_A_PAGE]]
        for kind, names in found.names.items()
        if names and found.counts.get(kind)
    }


def _key(each: Kind) -> str:
    return f"{each.group}.{each.name}"


def without(lines: Sequence[str], settled: Sequence[Said]) -> list[str]:
    """Return the lines of a result that are not settled."""
    gone = {said.text for said in settled}
    return [line for line in lines if line not in gone]


def spoken(found: LiveFound | None, given: tuple[str, ...]) -> LiveFound | None:
    """Return an audit's result with its commands as they are typed for this platform.

    Args:
        given: the options that the program was started with; they are added to its own commands.
    """
    if found is None:
        return None
    said = [msgspec.structs.replace(one, text=completed(one.text, given)) for one in found.said]
    return msgspec.structs.replace(found, said=said)


def worded(found: LiveFound, said: Sequence[Said]) -> LiveFound:
    """Return an audit's result with the lines that its run's result has about it."""
    return msgspec.structs.replace(found, said=list(said))
