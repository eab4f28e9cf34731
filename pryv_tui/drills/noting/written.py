"""Write into a drill's journal, without the personal data that evidence must not contain.

The journal is part of the evidence and can't be changed later. So account names, addresses and
secrets are removed from a text before it is written. While the account names can't be read, the
whole text is left out; it is written when they can be read. The text as typed is kept in a file
that only the operator can read and that is not part of the evidence.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from pryv_tui.drills import files
from pryv_tui.drills.model import NEXT_OF_A_SET
from pryv_tui.drills.noting import kept
from pryv_tui.drills.noting.comparing import Compared, names_about
from pryv_tui.drills.noting.stories import OF_A_STORY, check_of_a_story, of_a_story
from pryv_tui.drills.privacy import MARKS, UNCOMPARED, Names, in_lines, lacks_some
from pryv_tui.drills.scenarios.library import is_shipped
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents import files as incidents
from pryv_tui.incidents.events import (
    Acted,
    AnyEvent,
    Closed,
    FactFound,
    FindingClosed,
    FindingNoted,
    Noted,
    Opened,
    Planned,
)
from pryv_tui.incidents.files import read_events
from pryv_tui.incidents.incident import Incident
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.who import Who, who_is_here

_TYPED: dict[type, tuple[str, ...]] = {
    Opened: ("text",),
    Noted: ("text",),
    FindingNoted: ("text", "owner", "retest"),
    FindingClosed: ("text",),
    Closed: ("text",),
}
"""The fields that people type, by the type of the event."""
_COME_LATER = (Noted, FindingNoted, FindingClosed)
"""Events that can be written later, when their text can be compared with account names. `Closed` is
not one of them: the record is already made by then."""


class Cleaned(NamedTuple):
    """Events of a drill that are safe to write into its journal."""

    events: list[AnyEvent]
    typed: list[str]
    """The texts as typed, of the fields that were changed."""
    held: list[AnyEvent]
    """Events to write later, once their text can be compared with account names."""


def kept_words(settings: Settings, drill: str, *texts: str, later: kept.Later = "always") -> str:
    """Say in which file the operator finds these texts of a journal as typed, and why they were
    changed; empty if nothing was removed from them, or no typed text was kept."""
    untold = any(UNCOMPARED in text for text in texts)
    why = names_about(settings, drill).why if untold else ""
    return kept.kept_words(Path(settings.state), drill, why, texts, later)


def write(
    settings: Settings, drill: str, events: Sequence[AnyEvent], *, by: Who | None = None
) -> Incident:
    """Write events into a drill's journal, without account names, addresses and secrets.

    Args:
        drill: the drill's full id.

    Raises:
        PryvTuiError: `step-failed` or `disk-full`: not all events were written.
    """
    state = Path(settings.state)
    made = without(settings, drill, events)
    with incidents.locked(state, files.FOLDER):
        keep(state, drill, made)
        return incidents.append(state, drill, made.events, by=by, home=files.FOLDER)


def keep(state: Path, drill: str, made: Cleaned) -> None:
    """Store the texts as typed, and the events to write later, outside the evidence. The caller
    holds `incidents.files.locked`.

    Raises:
        PryvTuiError: `step-failed` or `disk-full`.
    """
    kept.write_typed(state, drill, made.typed)
    kept.hold(state, drill, made.held)


def without(settings: Settings, drill: str, events: Sequence[AnyEvent]) -> Cleaned:
    """Remove personal data from events for a drill's journal. Account names are read only if an
    event has a text that may contain one."""
    planned = _planned_in(read_events(files.folder_of(Path(settings.state), drill))[0])
    of_a_site = _of_a_site(planned)
    typed = any(getattr(event, name) for event in events for name in _TYPED.get(type(event), ()))
    told = of_a_site and any(type(one) in (*OF_A_STORY, FactFound) for one in events)
    if typed or told:
        return cleaned(events, names_about(settings, drill), planned)
    return cleaned(events, Compared(frozenset()), planned)


def as_compared(events: Sequence[AnyEvent], compared: Compared) -> list[AnyEvent]:
    """Remove personal data from events for a drill's record: older programs wrote account names
    into the journal."""
    return cleaned(events, compared, _planned_in(events)).events


def cleaned(
    events: Iterable[AnyEvent], compared: Compared, planned: Planned | None = None
) -> Cleaned:
    """Remove personal data from events for a drill's journal.

    Args:
        planned: the drill's `Planned` event; None if the events have no text of a scenario.
    """
    made = Cleaned([], [], [])
    ours = {who_is_here().name, NEXT_OF_A_SET, planned.scenario if planned is not None else ""}
    sites = _of_a_site(planned)
    for event in events:
        if type(event) in _TYPED:
            _of_people(event, compared, ours, made)
        elif sites and type(event) in OF_A_STORY:
            made.events.append(of_a_story(event, compared))
        elif sites and isinstance(event, FactFound):
            made.events.append(_of_tools(check_of_a_story(event, compared)))
        else:
            made.events.append(_of_tools(event))
    return made


def _of_a_site(planned: Planned | None) -> bool:
    """Whether the drill plays a scenario that is not shipped with this version of the program."""
    if planned is None or not planned.scenario:
        return False
    return not is_shipped(planned.scenario, planned.sha256)


def _planned_in(events: Iterable[AnyEvent]) -> Planned | None:
    return next((one for one in events if isinstance(one, Planned)), None)


def _of_people(event: AnyEvent, compared: Compared, ours: Collection[str], made: Cleaned) -> None:
    changed: dict[str, str] = {}
    later: dict[str, str] = {}
    for name in _TYPED[type(event)]:
        text = getattr(event, name)
        if not text or text in MARKS:
            continue
        clean = in_lines(text, compared.names)
        if compared.why and text not in ours:
            # The waiting text also lacks addresses and secrets: they are not needed later.
            later[name], clean = clean, UNCOMPARED
        if lacks_some(clean) and clean != text:
            changed[name] = clean
    made.typed.extend(f"{getattr(event, name)}" for name in changed)
    if isinstance(event, Noted) and later and not event.kept:
        event = msgspec.structs.replace(event, kept=secrets.token_hex(4))
    finding = isinstance(event, FindingNoted) and UNCOMPARED in (event.text, event.owner)
    if (later or finding) and isinstance(event, _COME_LATER):
        by = event.by if event.by != Who() else who_is_here()
        made.held.append(msgspec.structs.replace(event, by=by, **{**changed, **later}))
    made.events.append(msgspec.structs.replace(event, **changed))


def _of_tools(event: AnyEvent) -> AnyEvent:
    """Return the event without the addresses and secrets in the output of tools. The accounts of a
    practice platform are invented, but a tool may print what an operator typed."""
    nobody = Names()
    if isinstance(event, Acted):
        return msgspec.structs.replace(event, said=[in_lines(one, nobody) for one in event.said])
    if isinstance(event, FactFound) and event.check is not None:
        found = msgspec.structs.replace(
            event.check,
            expected=in_lines(event.check.expected, nobody),
            found=in_lines(event.check.found, nobody),
            why=in_lines(event.check.why, nobody),
        )
        return msgspec.structs.replace(event, check=found)
    return event


def let_in(settings: Settings, drill: str) -> None:
    """Write the waiting events into a drill's journal if they can now be compared with account
    names. If the drill has a record already, waiting notes are dropped.

    Raises:
        PryvTuiError: `step-failed` or `disk-full`: the events stay waiting.
    """
    state = Path(settings.state)
    if kept.held_file(state, drill).exists():
        with incidents.locked(state, files.FOLDER):
            let_in_now(settings, drill)


def let_in_now(settings: Settings, drill: str) -> None:
    """Do the same as `let_in`, for a caller that holds `incidents.files.locked`."""
    state = Path(settings.state)
    if not kept.held_file(state, drill).exists():
        return
    compared = names_about(settings, drill)
    if compared.why:
        return
    waiting = kept.held(state, drill)
    if (files.folder_of(state, drill) / files.RECORD).exists():
        # The record has each note or says that it was left out, and a record never changes.
        waiting = [one for one in waiting if not isinstance(one, Noted)]
    if waiting:
        made = cleaned(waiting, compared)
        kept.write_typed(state, drill, made.typed)
        incidents.append(state, drill, made.events, home=files.FOLDER)
    kept.forget(state, drill)


def let_in_all(settings: Settings) -> None:
    """Run `let_in` for each drill that has waiting events. Events that can't be written stay
    waiting."""
    for drill in files.drills_that_wait(Path(settings.state)):
        try:
            let_in(settings, drill)
        except PryvTuiError:
            continue
