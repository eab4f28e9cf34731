"""When the last drill was, how it ended, and whether the next is due.

The time to the next drill counts from the last drill that restored a set of this platform, passed,
and was not rejected by a reviewer. A scenario, played on a practice platform, does not count.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from pryv_tui.clock import moment_of, timestamp, utc_now
from pryv_tui.drills.files import drills_of, read_record
from pryv_tui.drills.findings import Open, known_actions, unread_findings, unread_words
from pryv_tui.drills.model import Record
from pryv_tui.drills.record.ended import close_what_ended
from pryv_tui.drills.signing.checking import signatures_of
from pryv_tui.drills.signing.standing import Odd, Standing
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.events import Planned
from pryv_tui.incidents.files import read_events
from pryv_tui.incidents.incident import Incident
from pryv_tui.operations.ages import Age, age_of, ago
from pryv_tui.operations.drilling.others import SEE_HOW, Stays
from pryv_tui.operations.drilling.places import CLEAN, Kept, left_here, left_words
from pryv_tui.operations.overview.attention import Attention
from pryv_tui.operations.overview.backup_words import interval
from pryv_tui.operations.overview.overview import Overview
from pryv_tui.operations.settings.identity import platform_of
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.phrases import counted

HOLD_ONE = "Hold one: pryv-tui drill run"


class Cadence(NamedTuple):
    """The state of a platform's drills at the moment `now`."""

    now: datetime
    every: float | None
    """The configured time between drills, in seconds; None if none is configured."""
    last: Record | None = None
    """The record of the last sandbox drill, whatever its outcome. A drill that was broken off
    before its sandbox was made does not count here."""
    passed: Record | None = None
    """The record of the last sandbox drill that passed and that no reviewer has rejected."""
    actions: tuple[Open, ...] = ()
    """Open actions from earlier drills."""
    left: tuple[Kept, ...] = ()
    """Sandboxes left on this machine by drills that died; the restored data is still in them."""
    played: tuple[Planned, ...] = ()
    """Open scenarios: either somebody is playing them now, or their player has left."""
    rejected: str = ""
    """Who rejected the record `last`, and for what reason, in words; empty if nobody did."""
    spoilt: tuple[str, ...] = ()
    """Ids of drills whose record can't be read; the outcome of these drills is not known."""
    unread: tuple[tuple[str, str], ...] = ()
    """Drills whose journal can't be read completely: (id, reason). Some of their findings may be
    missing."""
    unlisted: str = ""
    """Why the folder of drills can't be read (then no drill is known); empty if it was read."""
    odd: tuple[Odd, ...] = ()
    """Drills whose record was edited or is missing: they do not count."""

    @property
    def newly_odd(self) -> list[Odd]:
        """The drills in `odd` that are newer than `passed`. The last drill that counts may have
        been one of them."""
        return [one for one in self.odd if self.passed is None or one.drill > self.passed.id]

    @property
    def due(self) -> str:
        """When the next drill is due, RFC 3339 UTC; empty without `every`, or if no drill has
        passed."""
        last = moment_of(self.passed.when.ended) if self.passed is not None else None
        if self.every is None or last is None:
            return ""
        return timestamp(last + timedelta(seconds=self.every), to="seconds")

    @property
    def overdue(self) -> bool | None:
        """Whether the next drill is overdue. True also if no drill has passed; None without
        `every`, or if the drills can't be read."""
        if self.every is None or self.unlisted:
            return None
        due = moment_of(self.due)
        return due is None or due < self.now

    @property
    def words(self) -> str:
        """The state of drills in a few words, for the narrowest terminal; empty if there is nothing
        to say."""
        if self.last is None or self.newly_odd:
            return self._none
        age = _age(self.last.when.ended, self.now)
        when = f"{age.many} {age.short} ago" if age is not None else "at some time"
        well = self.last.passed and not self.rejected
        outcome = "rejected" if self.rejected else self.last.outcome
        told = f"drilled {when}" if well else f"drill {outcome} {when}"
        if self.overdue:
            return f"{told}, overdue"
        return f"{told}, due {self._until}" if self._until and well else told

    @property
    def told(self) -> str:
        """The state of drills, for a separate line; empty if no drill was held and none is
        expected."""
        unread = f"{counted(len(self.spoilt), 'record')} can't be read" if self.spoilt else ""
        if self.odd:
            gone = sum(one.gone for one in self.odd)
            edited = len(self.odd) - gone
            unread = ", ".join(
                filter(
                    None,
                    [
                        unread,
                        f"{counted(edited, 'record was', 'records were')} edited" if edited else "",
                        f"{counted(gone, 'record is', 'records are')} gone" if gone else "",
                    ],
                )
            )
        if self.unlisted:
            return "it is not known which were held"
        if self.last is None:
            return unread or (
                "none that restored a set is on record here" if self.every is not None else ""
            )
        told = f"{self.last.outcome} {_ago(self.last.when.ended, self.now)}"
        due = "overdue" if self.overdue else f"the next is due {self._until}" if self._until else ""
        return ", ".join(filter(None, [told, self.rejected, due, unread]))

    @property
    def _none(self) -> str:
        if self.unlisted:
            return "drills not known"
        if self.spoilt:
            return "drill record unreadable"
        if self.odd:
            return f"drill record {'gone' if self.odd[-1].gone else 'edited'}"
        return "no set drilled yet" if self.every is not None else ""

    @property
    def _until(self) -> str:
        due = moment_of(self.due)
        if due is None:
            return ""
        days = round((due - self.now).total_seconds() / 86_400)
        return f"in {days} d" if days else "today"


def _age(moment: str, now: datetime) -> Age | None:
    then = moment_of(moment)
    return age_of((now - then).total_seconds()) if then is not None else None


def _ago(moment: str, now: datetime) -> str:
    then = moment_of(moment)
    return ago((now - then).total_seconds()) if then is not None else "at an unknown time"


def cadence(settings: Settings, now: datetime | None = None) -> Cadence:
    """Read the drills of the platform that these settings name, and compute when the next is
    due."""
    mine, practice = platform_of(settings), settings.practice is not None
    try:
        drills = drills_of(settings)
    except PryvTuiError as error:
        left = tuple(left_here(Path(settings.state)))
        return Cadence(now or utc_now(), settings.drill_every, left=left, unlisted=error.what)
    last: Record | None = None
    passed: Record | None = None
    rejected = ""
    spoilt = []
    standing = Standing(Path(settings.state))
    odd = {one.drill: one for one in standing.odd}
    # Newest first; stop at the last drill that counts: the interface calls this often.
    for drill in reversed(drills):
        folder = Path(drill.folder)
        try:
            filed = read_record(folder)
        except PryvTuiError:
            spoilt.append(drill.id)
            continue
        if filed is not None and (why := standing.why(drill.id)):
            odd.setdefault(drill.id, Odd(drill.id, why))
            continue
        record = filed.record if filed is not None else None
        if (
            record is None
            or record.plan.exercise != "sandbox"
            or record.practice != practice
            or record.chain.platform != mine
            # Broken off before its sandbox was made: its outcome says nothing about the platform.
            or (record.broken_off and record.not_made)
        ):
            continue
        said = signatures_of(folder).rejected
        if last is None:
            last, rejected = record, said
        if record.counts(rejected=bool(said)):
            passed = record
            break
    return Cadence(
        now=now or utc_now(),
        every=settings.drill_every,
        last=last,
        passed=passed,
        actions=tuple(known_actions(settings)),
        unread=tuple(unread_findings(settings)),
        left=tuple(left_here(Path(settings.state))),
        played=tuple(scenarios_open(drills)),
        rejected=rejected,
        spoilt=tuple(spoilt),
        odd=tuple(
            one
            for _drill, one in sorted(odd.items())
            # If the record is missing, nothing says which platform it was of: show it here.
            if one.gone or one.drill in {each.id for each in drills}
        ),
    )


def scenarios_open(drills: Iterable[Incident]) -> Iterator[Planned]:
    """Yield the `Planned` event of each open scenario among `drills`."""
    for drill in drills:
        if drill.open:
            events, _problems = read_events(Path(drill.folder))
            found = next((one for one in events if isinstance(one, Planned)), None)
            if found is not None and found.scenario:
                yield found


def attention(found: Cadence) -> list[Attention]:
    """List what needs the operator's attention about drills, each item with a remedy."""
    items = [Attention("warning", f"{left_words(one)}.", CLEAN) for one in found.left]
    if found.unlisted:
        text = f"It is not known which drills were held: {found.unlisted}."
        items.append(Attention("warning", text, "See why: pryv-tui drill list"))
    if found.overdue:
        but = " (unreadable records are not counted)" if found.spoilt else ""
        but = but or (" (edited or missing records are not counted)" if found.odd else "")
        every = f"one is expected every {interval(found.every or 0)}"
        if found.passed is None:
            text = f"A drill is overdue: {every}, but none that counts is on record here{but}."
        else:
            when = _ago(found.passed.when.ended, found.now)
            text = f"A drill is overdue: {every}, but the last one that counts passed {when}{but}."
        items.append(Attention("warning", text, HOLD_ONE))
    for drill in found.spoilt:
        text = f"The record of the drill {drill} can't be read, so its result is not known."
        items.append(Attention("warning", text, f"See why: pryv-tui drill verify {drill}"))
    newly = found.newly_odd
    for one in found.odd:
        # A drill older than the last one that counts can't change when the next is due.
        items.append(Attention("warning" if one in newly else "info", one.words, one.way))
    for drill, why in found.unread:
        remedy = f"See why: pryv-tui drill verify {drill}"
        items.append(Attention("warning", f"{unread_words(drill, why)}.", remedy))
    last = found.last
    if last is not None and last.passed and found.rejected:
        when = _ago(last.when.ended, found.now)
        why = found.rejected.rstrip(".")
        text = f"The last drill passed {when}, but does not count: it was {why}."
        remedy = f"Read it: pryv-tui drill report {last.id}; then hold another: pryv-tui drill run"
        items.append(Attention("warning", text, remedy))
    if last is not None and not last.passed:
        why = f": {last.outcome_why[0].rstrip('.')}" if last.outcome_why else ""
        text = f"The last drill {_ENDED[last.outcome]} {_ago(last.when.ended, found.now)}{why}."
        remedy = f"Read it: pryv-tui drill report {last.id}; then hold another: pryv-tui drill run"
        items.append(Attention("warning", text, remedy))
    for planned in found.played:
        text = f"A drill is open: {planned.title}."
        remedy = f"Continue it: pryv-tui drill run --scenario {planned.scenario}"
        items.append(Attention("info", text, remedy))
    for each in found.actions:
        text = f"To be done after a drill: {each.words.rstrip('.')}."
        remedy = f"When it is done: pryv-tui drill actions close {each.drill} {each.action.name}"
        items.append(Attention("warning" if each.late else "info", text, remedy))
    return items


_ENDED = {"failed": "failed", "broken off": "was broken off", "refused": "was refused"}


def with_drills(found: Overview, settings: Settings, others: Iterable[Stays] = ()) -> Overview:
    """Add drills to the overview. First write the records of drills that ended since the last call;
    the overview is returned even if that fails.

    Args:
        others: what drills of other state folders left behind on the engine.
    """
    with contextlib.suppress(PryvTuiError):
        close_what_ended(settings)
    told = cadence(settings)
    items = attention(told)
    items += [Attention("warning", f"{one.words}.", SEE_HOW) for one in others]
    # Warnings about drills come after the overview's own warnings, notes about drills at the end.
    warnings = [item for item in items if item.level != "info"]
    notes = [item for item in items if item.level == "info"]
    pressing = [at for at, item in enumerate(found.attention, 1) if item.level != "info"]
    place = max(pressing, default=int(found.going_on is not None))
    more = (*found.attention[:place], *warnings, *found.attention[place:], *notes)
    return msgspec.structs.replace(found, attention=more, drilled=told.words)


def in_json(found: Cadence) -> dict[str, Any]:
    """Return the cadence as `status --json` prints it."""
    last = found.last
    return {
        "last_drill": None
        if last is None
        else {
            "id": last.id,
            "outcome": last.outcome,
            "ended": last.when.ended,
            "set": last.set.id or None,
            "rto_seconds": last.objectives.rto.seconds,
            "rpo_seconds": last.objectives.rpo.seconds,
            "rejected": bool(found.rejected),
        },
        "drill": {
            "every_seconds": found.every,
            "overdue": found.overdue,
            "next_due": found.due or None,
            "last_passed": found.passed.when.ended if found.passed is not None else None,
            "open_actions": len(found.actions),
            "unreadable": list(found.spoilt),
            "edited": [one.drill for one in found.odd if not one.gone],
            "gone": [one.drill for one in found.odd if one.gone],
        },
    }
