"""Judge the outcome of a drill. Pure. Only what was seen to be good counts as good."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import msgspec

from pryv_tui.drills.model import NOT_MADE, Disposed, Isolation, Outcome, Record
from pryv_tui.operations.drilling.facts import (
    ISOLATED,
    REMOVED,
    STAYED,
    Disposal,
    Fingerprint,
    Probe,
)
from pryv_tui.phrases import counted
from pryv_tui.runs.record.events import RunFinished

PROBED = ("outwards", "name", "host", "production")
"""The kinds of targets that must be tried from inside the sandbox, and must not be reached."""


class End(NamedTuple):
    """How a run of a drill ended."""

    run: str
    state: str
    end: RunFinished | None
    """The last event of the run; None if the run has not ended, or died."""
    told_by: frozenset[tuple[str, str]] = frozenset()
    """Name and subject of each failed check that made the run fail."""


_Ends = Sequence[End]


def judged(
    record: Record,
    *,
    probes: tuple[Probe, ...],
    fingerprints: tuple[Fingerprint, ...],
    disposals: tuple[Disposal, ...],
    ends: _Ends,
    closed: bool,
    left: str | None = None,
    made: bool | None = None,
) -> Record:
    """Add isolation, disposal and outcome to a record, computed from its facts.

    Args:
        closed: whether the drill's journal was closed: nobody is playing it any more.
        left: the reason, possibly empty, for closing a story before its end; None if the story was
            not closed early.
        made: whether a sandbox was made; None if that is not known or no sandbox is needed.
    """
    isolation = isolation_of(probes, fingerprints, practice=record.practice)
    disposal = Disposed(why=NOT_MADE) if made is False else disposal_of(disposals, ends)
    disposal = msgspec.structs.replace(disposal, made=made)
    found = msgspec.structs.replace(record, isolation=isolation, disposal=disposal)
    outcome, why = _outcome(found, ends, closed, left)
    found = msgspec.structs.replace(found, outcome=outcome, outcome_why=tuple(why))
    when = (
        found.when
        if found.counts(rejected=False)
        else msgspec.structs.replace(found.when, next_due="")
    )
    return msgspec.structs.replace(found, when=when)


def isolation_of(
    probes: tuple[Probe, ...], prints: tuple[Fingerprint, ...], *, practice: bool = False
) -> Isolation:
    """Return whether nothing outside was reached from the sandbox, and the live platform did not
    change.

    Args:
        practice: whether the platform is a practice one, whose containers have no addresses to try.
    """
    reached = [one for one in probes if one.reached]
    tried = {one.what for one in probes if one.told}
    needed = PROBED[:-1] if practice else PROBED
    missing = [what for what in needed if what not in tried]
    untold = [one for one in probes if not one.told and not one.reached]
    why = []
    if reached:
        why.append(f"from inside, {', '.join(one.target for one in reached)} was reached")
    elif not probes:
        why.append("nothing was tried from inside")
    elif missing:
        why.append(f"not tried from inside: {', '.join(missing)}")
    elif untold:
        why.append(f"{counted(len(untold), 'attempt')} from inside could not be made")
    before = [one for one in prints if one.moment == "before"]
    after = [one for one in prints if one.moment == "after"]
    changed: list[str] = []
    unseen = ""
    if before and after:
        changed = _differs(before[-1], after[-1])
    else:
        lacks = [name for name, found in (("before", before), ("after", after)) if not found]
        unseen = f"the live platform was not checked {' and '.join(lacks)} the drill"
    return Isolation(
        isolated="no" if reached else "not known" if not probes or missing or untold else "yes",
        probes=probes,
        production_unchanged="not known" if not (before and after) else "no" if changed else "yes",
        fingerprints=prints,
        changed=tuple(changed),
        why="; ".join(why),
        production_why=unseen,
    )


def _differs(before: Fingerprint, after: Fingerprint) -> list[str]:
    names = sorted({*before.details, *after.details})
    found = [name for name in names if before.details.get(name) != after.details.get(name)]
    for part in ("containers", "networks", "root"):
        if getattr(before, part) != getattr(after, part):
            found.append(part)
    return found


def disposal_of(found: tuple[Disposal, ...], ends: _Ends) -> Disposed:
    """Return whether the whole sandbox is proven to be gone; if not, what is left or not proven."""
    if not found:
        return Disposed(why="nothing shows that the sandbox was removed")
    unproven = [one.what for one in found if not one.proof]
    if unproven:
        return Disposed(what=found, why=f"without proof: {', '.join(unproven)}")
    left = [text for one in ends if one.end is not None for text in one.end.remains]
    if left:
        return Disposed(complete="no", what=found, why="; ".join(left))
    return Disposed(complete="yes", what=found)


def _outcome(
    record: Record, ends: _Ends, closed: bool, left: str | None
) -> tuple[Outcome, list[str]]:
    if left is not None:
        return "broken off", [left or "nobody said why"]
    if record.plan.exercise == "walk-through":
        return ("walked through", []) if closed else ("broken off", ["the drill was not closed"])
    refused = [
        f"the run {one.run}: {one.end.what}" for one in ends if one.end and _refused(one.end)
    ]
    # A drill may be refused after its first look at the platform. Nothing was made then. The passed
    # check that the platform stayed the same says nothing about a restore.
    of_a_restore = [one for one in record.checks if (one.name, one.state) != (STAYED, "passed")]
    if refused and not of_a_restore:
        return "refused", refused
    broken = []
    for each in ends:
        if each.end is None:
            word = "has not ended" if each.state in ("starting", "running") else "died"
            broken.append(f"the run {each.run} {word}")
        elif each.end.outcome == "cancelled":
            broken.append(f"the run {each.run} was cancelled")
    if not ends and not closed:
        broken.append("the drill was not closed")
    if broken and record.not_made:
        return "broken off", [*broken, NOT_MADE]
    bad = [one for one in record.checks if one.state != "passed" and not one.beyond]
    reasons = {(one.name, one.about) for one in bad if one.why}
    why: list[str] = []
    telling: set[tuple[str, str]] = set()
    for each in ends:
        if each.end is None or each.end.outcome not in _BAD:
            continue
        # A reason that belongs to a check is shown once, together with that check.
        telling |= (told := each.told_by & reasons)
        if not told:
            why.append(f"the run {each.run}: {each.end.what}")
    for one in bad:
        # The id of a story's check is made up by the scenario, so its sentence is shown as well.
        about = one.about or (one.expected.rstrip(".") if record.scenario is not None else "")
        because = f": {one.why}" if (one.name, one.about) in telling else ""
        why.append(f"{one.name}{f' ({about})' if about else ''}: {one.state}{because}")
    if not record.checks:
        why.append("nothing was checked")
    if record.plan.exercise == "sandbox":
        why += _of_sandbox(record, {name for name, _about in telling})
    if broken:
        return "broken off", [*broken, *why]
    return ("failed", why) if why else ("passed", [])


_BAD = ("failed", "refused")


def _refused(end: RunFinished) -> bool:
    return end.outcome == "refused"


def _of_sandbox(record: Record, told: Collection[str]) -> list[str]:
    """Return what is wrong with the sandbox's isolation or removal, or with the live platform, in
    words.

    Args:
        told: names of checks whose results are already reported; they are left out.
    """
    found = []
    if record.isolation.isolated != "yes" and ISOLATED not in told:
        found.append(f"isolation is not proven: {record.isolation.why}")
    if record.isolation.production_unchanged != "yes" and STAYED not in told:
        changed = ", ".join(record.isolation.changed)
        found.append(
            f"the live platform has changed: {changed}"
            if changed
            else record.isolation.production_why
        )
    if record.disposal.complete != "yes" and REMOVED not in told:
        found.append(f"the sandbox: {record.disposal.why}")
    return list(dict.fromkeys(found))
