"""What came of a drill. Pure. Only what was seen to be well counts as well."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pryv_tui.drills.model import NOT_MADE, Disposed, Isolation, Outcome, Record
from pryv_tui.operations.drilling.facts import STAYED, Disposal, Fingerprint, Probe
from pryv_tui.phrases import counted
from pryv_tui.runs.record.events import RunFinished

PROBED = ("outwards", "name", "host", "production")
"""What has to have been tried from inside, and not reached."""

_Ends = Sequence[tuple[str, str, RunFinished | None]]
"""Of each run its id, its state and its last word."""


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
    """A record with what its facts amount to.

    Args:
        closed: the drill's journal was closed: nobody plays it any more.
        left: it was closed before its story came to an end, and why, as far as that was said; None
            where it was not.
        made: whether a sandbox was made; None where that is not known.
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
    """Whether nothing got out, and whether the live platform stayed what it was.

    Args:
        practice: the containers of the platform have no addresses that could be tried.
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
        unseen = f"the live platform was not looked at {' and '.join(lacks)} the drill"
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
    """Whether all of the sandbox is seen to be gone."""
    if not found:
        return Disposed(why="nothing tells that the sandbox was taken down")
    unproven = [one.what for one in found if not one.proof]
    if unproven:
        return Disposed(what=found, why=f"without proof: {', '.join(unproven)}")
    left = [text for _run, _state, end in ends if end is not None for text in end.remains]
    if left:
        return Disposed(complete="no", what=found, why="; ".join(left))
    return Disposed(complete="yes", what=found)


def _outcome(
    record: Record, ends: _Ends, closed: bool, left: str | None
) -> tuple[Outcome, list[str]]:
    if left is not None:
        return "broken off", [left or "nobody said why"]
    if record.plan.exercise == "walk-through":
        return ("walked through", []) if closed else ("broken off", ["it was not closed"])
    refused = [f"the run {run}: {end.what}" for run, _s, end in ends if end and _refused(end)]
    # Refused when the platform had been looked at: nothing was made, and that it stayed as it was
    # is no check of a restore.
    of_a_restore = [one for one in record.checks if (one.name, one.state) != (STAYED, "passed")]
    if refused and not of_a_restore:
        return "refused", refused
    broken = []
    for run, state, end in ends:
        if end is None:
            word = "has not ended" if state in ("starting", "running") else "died"
            broken.append(f"the run {run} {word}")
        elif end.outcome == "cancelled":
            broken.append(f"the run {run} was cancelled")
    if not ends and not closed:
        broken.append("it was not closed")
    if broken and record.not_made:
        return "broken off", [*broken, NOT_MADE]
    why = [f"the run {run}: {end.what}" for run, _s, end in ends if end and end.outcome in _BAD]
    bad = [one for one in record.checks if one.state != "passed" and not one.beyond]
    for one in bad:
        # A story's check has a name of the scenario's own: what it is about is what it says.
        about = one.about or (one.expected.rstrip(".") if record.scenario is not None else "")
        why.append(f"{one.name}{f' ({about})' if about else ''}: {one.state}")
    if not record.checks:
        why.append("nothing was checked")
    if record.plan.exercise == "sandbox":
        why += _of_sandbox(record)
    if broken:
        return "broken off", [*broken, *why]
    return ("failed", why) if why else ("passed", [])


_BAD = ("failed", "refused")


def _refused(end: RunFinished) -> bool:
    return end.outcome == "refused"


def _of_sandbox(record: Record) -> list[str]:
    found = []
    if record.isolation.isolated != "yes":
        found.append(f"isolation is not proven: {record.isolation.why}")
    if record.isolation.production_unchanged != "yes":
        changed = ", ".join(record.isolation.changed)
        told = (
            f"the live platform is another one: {changed}"
            if changed
            else record.isolation.production_why
        )
        found.append(told)
    if record.disposal.complete != "yes":
        found.append(f"the sandbox: {record.disposal.why}")
    return list(dict.fromkeys(found))
