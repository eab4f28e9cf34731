"""What goes into a drill's journal: without what must not stand in its evidence.

The journal lies beside the record, and whoever checks the evidence needs it as it is. So a name of
an account, an address or a secret that somebody writes is taken out before it is written. As it was
typed it stays in a file of the operator's own, which is no part of the evidence.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.drills import files
from pryv_tui.drills.noting.accounts import accounts_in, set_of
from pryv_tui.drills.privacy import Names, in_lines, lacks_some
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.durable import open_own
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
from pryv_tui.incidents.files import not_written, read_events
from pryv_tui.incidents.incident import Incident
from pryv_tui.operations.kinds.drill import Drill
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.ownership import make_private
from pryv_tui.runs.record.history import read_run, runs_folder
from pryv_tui.runs.record.request import read_request
from pryv_tui.sanitize import sanitized
from pryv_tui.secrets import hidden
from pryv_tui.vault.vault import Vault
from pryv_tui.who import Who, who_is_here

FOLDER = "drill-words"
"""In the state folder: a file for each drill of what was typed about it and is not so in its
evidence."""
_TYPED: dict[type, tuple[str, ...]] = {
    Opened: ("text",),
    Noted: ("text",),
    FindingNoted: ("text", "owner", "retest"),
    FindingClosed: ("text",),
    Closed: ("text",),
}
"""What people write, by the event that has it."""


def typed_file(state: Path, drill: str) -> Path:
    """Where what was typed about a drill stays as it was, as far as its evidence has it not so."""
    return state / FOLDER / f"{drill}.txt"


def kept_words(state: Path, drill: str, *texts: str) -> str:
    """Where these texts of a journal stand as they were typed, in a sentence; empty where they do.

    A finding that was made before may be among them.
    """
    own = typed_file(state, drill)
    if not any(map(lacks_some, texts)) or not own.exists():
        return ""
    return (
        "Names of accounts, addresses and secrets are left out of the evidence. As it was typed it"
        f" is in {own}, for you alone."
    )


def write(
    settings: Settings, drill: str, events: Sequence[AnyEvent], *, by: Who | None = None
) -> Incident:
    """Write into a drill's journal what was decided, seen, found: without what must not stand
    there.

    Args:
        drill: its full id.

    Raises:
        PryvTuiError: `step-failed` or `disk-full`: not all of them were written.
    """
    state = Path(settings.state)
    made, typed = without(settings, drill, events)
    write_typed(state, drill, typed)
    return files.write(state, drill, made, by=by)


def without(
    settings: Settings, drill: str, events: Sequence[AnyEvent]
) -> tuple[list[AnyEvent], list[str]]:
    """Events of a drill as they may be written, and what was typed of those that are others now."""
    typed: list[str] = []
    made: list[AnyEvent] = []
    names: Names | None = None
    for event in events:
        if any(getattr(event, name) for name in _TYPED.get(type(event), ())):
            names = names or names_about(settings, drill)
            clean, before = _of_people(event, names)
            typed += before
            made.append(clean)
        else:
            made.append(_of_tools(event))
    return made, typed


def _of_people(event: AnyEvent, names: Names) -> tuple[AnyEvent, list[str]]:
    changed: dict[str, str] = {}
    for name in _TYPED[type(event)]:
        text = getattr(event, name)
        clean = in_lines(text, names)
        if lacks_some(clean) and clean != text:
            changed[name] = clean
    before = [f"{getattr(event, name)}" for name in changed]
    return msgspec.structs.replace(event, **changed), before


def _of_tools(event: AnyEvent) -> AnyEvent:
    """What a practice platform and its tools say: its people are made up, but a tool repeats what
    it was given."""
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


def names_about(settings: Settings, drill: str) -> Names:
    """What texts about a drill are compared with: the names of the accounts of its set, and those
    of the newest set there is, which may have become its own meanwhile; as far as they can be
    read."""
    folder = files.folder_of(Path(settings.state), drill)
    asked, name = _asked(settings, drill)
    with suppress(PryvTuiError):
        filed = files.read_record(folder)
        name = filed.record.set.id if filed is not None else name
    if not name:
        events, _problems = read_events(folder)
        name = next((one.set for one in events if isinstance(one, Planned)), "")
    found, backup = set_of(asked, name)
    return Names(accounts_in(backup, found)[0] | _newest(asked, name))


def _asked(settings: Settings, drill: str) -> tuple[Settings, str]:
    """The settings that a drill of a set was asked for with, and its set."""
    run = read_run(runs_folder(Path(settings.state)) / drill)
    request = read_request(Path(run.folder)) if run is not None else None
    if not isinstance(request, Drill):
        return settings, ""
    return request.settings, request.set_id


def _newest(settings: Settings, but: str) -> set[str]:
    """The names of the newest set's accounts, as far as they can be read."""
    try:
        newest = Vault(Path(settings.vault)).latest()
    except PryvTuiError:
        return set()
    if newest is None or newest.id == but:
        return set()
    found, backup = set_of(settings, newest.id)
    return accounts_in(backup, found)[0]


def write_typed(state: Path, drill: str, texts: Sequence[str]) -> None:
    """Keep what was typed where its owner alone reads it.

    Raises:
        PryvTuiError: `step-failed` or `disk-full`.
    """
    if not texts:
        return
    own, who = typed_file(state, drill), who_is_here().name
    told = "".join(f"{timestamp(to='seconds')} {who}: {_shown(text)}\n" for text in texts)
    try:
        make_private(own.parent)
        descriptor = open_own(own, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            view = memoryview(told.encode("utf-8", "backslashreplace"))
            while view:
                view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        said = "what was typed was not kept, nor anything of it written"
        raise not_written(state, error, FOLDER, said) from error


def _shown(text: str) -> str:
    return "\n    ".join(hidden(sanitized(line)) for line in text.split("\n"))
