"""Findings of debriefs: for each action its owner, its due day, and whether it is done."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from pryv_tui.clock import moment_of, utc_now
from pryv_tui.drills.files import RECORD, all_drills, drills_of, read_record, resolve_drill
from pryv_tui.drills.model import NEXT_OF_A_SET, Action
from pryv_tui.drills.signing.checking import journals
from pryv_tui.drills.signing.papers import DEBRIEF, digest, listed, read_debrief
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.events import AnyEvent, FindingClosed, FindingNoted
from pryv_tui.incidents.files import read_events
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.phrases import counted
from pryv_tui.sanitize import sanitized
from pryv_tui.who import who_is_here

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_NAME = re.compile(r"a\d+")
"""The name of a finding."""

FIXED_WITHIN = timedelta(days=30)


class Usual(NamedTuple):
    """The default owner, due day and retest of a finding."""

    owner: str
    due: str
    retest: str


def usual(scenario: str = "", now: datetime | None = None) -> Usual:
    """Return the defaults for a finding: its writer is the owner, it is due in 30 days, and the
    retest is a drill of the same kind.

    Args:
        scenario: the name of the scenario that was played; empty after a sandbox drill.
    """
    day = (now or utc_now()) + FIXED_WITHIN
    return Usual(who_is_here().name, f"{day:%Y-%m-%d}", scenario or NEXT_OF_A_SET)


def need_to_come(due: str, now: datetime | None = None) -> None:
    """Refuse a due day that is not a date, or is past (UTC): with a mistyped year, the action would
    be late from the start. An empty `due` is accepted.

    Raises:
        PryvTuiError: `usage`.
    """
    _need_day(due)
    if due and due < f"{now or utc_now():%Y-%m-%d}":
        raise PryvTuiError("usage", f"the day {due} is in the past", "Give today or a later day.")


def _need_day(due: str) -> None:
    if due and (not _DAY.fullmatch(due) or moment_of(due) is None):
        raise PryvTuiError("usage", f"{due!r} is not a day", "Write it like 2026-03-31.")


class Open(NamedTuple):
    """A finding of a debrief, with the drill that it belongs to."""

    drill: str
    action: Action

    @property
    def late(self) -> bool:
        """Whether the due day is past (UTC); False if there is no due day."""
        return self.late_on(f"{utc_now():%Y-%m-%d}")

    def late_on(self, day: str) -> bool:
        """Whether the action is late on a day (`2026-03-31`); False if it has no due day."""
        return bool(self.action.due) and self.action.due < day

    @property
    def words(self) -> str:
        """The finding in one line, without addresses and secrets."""
        # Imported only here: the first screen asks each time, and usually there is no finding.
        from pryv_tui.drills.privacy import Names, in_lines

        return in_lines(self._said, Names())

    @property
    def _said(self) -> str:
        one = self.action
        if one.good:
            return f"{one.name} of {self.drill}, went well: {one.text}"
        due = f"due {one.due}" if one.due else "no due day"
        late = ", which is over" if self.late and not one.closed else ""
        retest = f"; to be shown by {one.retest}" if one.retest else ""
        owner = one.owner or "no owner"
        return f"{one.name} of {self.drill}, {owner}, {due}{late}: {one.text}{retest}"


def actions_of(events: Sequence[AnyEvent]) -> list[Action]:
    """Return the findings in a drill's events, in the order of their first event, each with its
    closing."""
    found: dict[str, Action] = {}
    for event in events:
        before = found.get(event.name) if isinstance(event, FindingNoted | FindingClosed) else None
        if isinstance(event, FindingNoted):
            found[event.name] = Action(
                name=event.name,
                text=event.text,
                good=event.good,
                owner=event.owner,
                due=event.due,
                retest=event.retest,
                # A finding's text may be written after its closing, if it could not be compared
                # before.
                closed=before.closed if before is not None else "",
                closed_text=before.closed_text if before is not None else "",
            )
        elif isinstance(event, FindingClosed) and before is not None:
            found[event.name] = msgspec.structs.replace(
                before, closed=before.closed or event.time, closed_text=event.text
            )
    return list(found.values())


def known_actions(settings: Settings, *, done: bool = False) -> list[Open]:
    """Return the open actions from drills of this platform, oldest first.

    Args:
        done: include closed actions, and findings that went well.
    """
    found = []
    for drill in drills_of(settings):
        found += [
            Open(drill.id, one)
            for one in findings_of(Path(drill.folder))
            if done or not (one.closed or one.good)
        ]
    return found


def findings_of(folder: Path) -> list[Action]:
    """Return the findings of a drill, sorted by number.

    They are read from the journal. If journal lines were removed or changed, the findings in the
    record and the debrief are used instead, so that editing the journal closes no finding.
    """
    events, _problems = read_events(folder)
    now = {one.name: one for one in actions_of(events)}
    try:
        filed = read_record(folder)
        debrief = read_debrief(folder)
    except PryvTuiError:
        return list(now.values())
    if filed is None:
        return list(now.values())
    on_list, sealed = listed(folder.parent), dict[str, Action]()
    if on_list.get(f"{folder.name}/{RECORD}") == filed.sha256:
        sealed |= {one.name: one for one in filed.record.actions}
    if debrief is not None and on_list.get(f"{folder.name}/{DEBRIEF}") == digest(folder / DEBRIEF):
        sealed |= {one.name: one for one in debrief.findings}
    if not any(line.level == "failed" for line in journals(filed)):
        return _in_turn(sealed | now)
    for name, one in sealed.items():
        told = now.get(name)
        # A real closing is written after the record was made.
        if told is not None and told.closed > filed.record.when.recorded:
            one = msgspec.structs.replace(one, closed=told.closed, closed_text=told.closed_text)
        now[name] = one
    return _in_turn(now)


def _in_turn(found: Mapping[str, Action]) -> list[Action]:
    """Return the findings sorted by number: `a2` comes before `a10`."""
    return sorted(found.values(), key=lambda one: (len(one.name), one.name))


def unread_findings(settings: Settings) -> list[tuple[str, str]]:
    """Return the drills of this platform whose journal can't be read completely: (id, reason). Some
    of their findings may be missing."""
    mine, state = {one.id for one in drills_of(settings)}, Path(settings.state)
    # An unreadable journal names no platform: count its drill as one of this platform.
    told = (
        (drill.id, read_events(Path(drill.folder))[1])
        for drill in all_drills(state)
        if drill.id in mine or not drill.platform
    )
    return [(drill, "; ".join(problems)) for drill, problems in told if problems]


def unread_words(drill: str, why: str) -> str:
    """Return a sentence, without its full stop, that says that findings of this drill can't be
    read."""
    return f"Findings of the drill {drill} may be missing: {why}"


def reminders(settings: Settings) -> list[str]:
    """Return the open actions from earlier drills, as lines for the operator who begins the next
    drill."""
    found = known_actions(settings)
    if not found:
        return []
    many = counted(len(found), "thing is", "things are")
    from pryv_tui.drills.noting.comparing import names_about
    from pryv_tui.drills.privacy import in_lines

    # Older programs wrote account names into journals.
    names = {one.drill: names_about(settings, one.drill).names for one in found}
    told = (in_lines(one.words, names[one.drill]) for one in found)
    return [f"{many} still to be done after earlier drills:", *(f"  {line}" for line in told)]


def note(
    settings: Settings,
    drill: str,
    text: str,
    *,
    good: bool = False,
    owner: str = "",
    due: str = "",
    retest: str = "",
) -> Action:
    """Write a finding of a debrief into the drill's journal. If `text` is the name of a finding
    (`a1`), change the owner, due day or retest of that finding instead.

    Args:
        drill: an id, an unambiguous beginning of one, or `latest`.
        due: a day: `2026-03-31`.
        retest: the drill that will show that the action is done: a text, or a scenario's name.

    Raises:
        PryvTuiError: `usage`, the text is empty or is a finding's name that does not exist, `due`
            is not a day, or nothing changes for the named finding; `refused`, that finding is
            closed; `drill-unknown`; what writing raises.
    """
    from pryv_tui.drills.noting.written import let_in, write

    said = sanitized(text).strip()
    if not said:
        raise PryvTuiError("usage", "the text is empty", "Say what was found.")
    _need_day(due)
    state = Path(settings.state)
    folder = Path(resolve_drill(state, drill).folder)
    let_in(settings, folder.name)
    known = findings_of(folder)
    before = next((one for one in known if one.name == said), None)
    if before is None and _NAME.fullmatch(said):
        # Written as a text, a bare name would be a finding that nobody understands.
        raise PryvTuiError(
            "usage",
            f"the drill {folder.name} has no finding {said!r}",
            "To see the findings: pryv-tui drill actions --all",
        )
    if before is not None:
        _need_more(folder.name, before, good or owner.strip() or due or retest)
    made = FindingNoted(
        name=before.name if before is not None else f"a{len(known) + 1}",
        text=before.text if before is not None else said,
        good=good,
        owner=owner.strip() or (before.owner if before is not None else ""),
        due=due or (before.due if before is not None else ""),
        retest=retest or (before.retest if before is not None else ""),
    )
    write(settings, folder.name, [made])
    events, _problems = read_events(folder)
    return next(one for one in actions_of(events) if one.name == made.name)


def _need_more(drill: str, finding: Action, said: object) -> None:
    if finding.closed:
        raise _is_closed(drill, finding.name)
    if not said:
        raise PryvTuiError(
            "usage",
            f"nothing was given to change in the finding {finding.name} of the drill {drill}",
            "Say who does it, and until when: --owner NAME --due 2026-03-31",
        )


def _is_closed(drill: str, name: str) -> PryvTuiError:
    return PryvTuiError(
        "refused",
        f"the action {name} of the drill {drill} is closed",
        "See what was done: pryv-tui drill actions --all",
    )


def close(settings: Settings, drill: str, name: str, text: str = "") -> Action:
    """Close the action of a finding, because it is done.

    Raises:
        PryvTuiError: `usage`, the drill has no action of that name; `refused`, it is closed
            already; `drill-unknown`; what writing raises.
    """
    from pryv_tui.drills.noting.written import let_in, write

    state = Path(settings.state)
    folder = Path(resolve_drill(state, drill).folder)
    let_in(settings, folder.name)
    events, _problems = read_events(folder)
    found = next((one for one in findings_of(folder) if one.name == name), None)
    if found is None or found.good:
        raise PryvTuiError(
            "usage",
            f"the drill {folder.name} has no action {name!r}",
            "To see the findings: pryv-tui drill actions",
        )
    if found.closed:
        raise _is_closed(folder.name, name)
    closed = FindingClosed(name=name, text=sanitized(text).strip())
    if any(one.name == name for one in actions_of(events)):
        write(settings, folder.name, [closed])
    else:
        # The finding's line was removed from the journal: write it again, so that it can be closed.
        again = FindingNoted(
            name=name, text=found.text, owner=found.owner, due=found.due, retest=found.retest
        )
        write(settings, folder.name, [again, closed])
    events, _problems = read_events(folder)
    return next(one for one in actions_of(events) if one.name == name)


def in_json(one: Open) -> dict[str, Any]:
    """Return an action as JSON for programs (docs/formats.md)."""
    told: dict[str, Any] = msgspec.to_builtins(one.action)
    return {"drill": one.drill, **told, "late": one.late and not one.action.closed}
