"""Keep the typed texts that a drill's evidence lacks, in files that only their owner can read.

Each drill has up to two files. One is for people: the texts as typed, but with secrets masked.
The other is for this program: events whose text could not be compared with account names when it
was typed. They are written into the drill's journal as soon as the names can be read.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.drills.files import HELD, WORDS
from pryv_tui.drills.privacy import UNCOMPARED, lacks_some
from pryv_tui.filesystem.durable import open_own, write_whole
from pryv_tui.incidents.events import AnyEvent, FindingNoted, Noted, decode_event
from pryv_tui.incidents.files import not_written
from pryv_tui.ownership import make_private
from pryv_tui.reading import read_whole
from pryv_tui.sanitize import sanitized
from pryv_tui.secrets import hidden
from pryv_tui.who import who_is_here


def typed_file(state: Path, drill: str) -> Path:
    """The path of the file with the typed texts that differ from the drill's evidence."""
    return state / WORDS / f"{drill}.txt"


def held_file(state: Path, drill: str) -> Path:
    """The path of the file with the events that wait to be compared with account names."""
    return state / WORDS / f"{drill}{HELD}"


def write_typed(state: Path, drill: str, texts: Sequence[str]) -> None:
    """Append typed texts, with time and author, to the drill's file for people.

    Raises:
        PryvTuiError: `step-failed` or `disk-full`.
    """
    who = who_is_here().name
    told = "".join(f"{timestamp(to='seconds')} {who}: {_shown(text)}\n" for text in texts)
    _append(state, typed_file(state, drill), told.encode("utf-8", "backslashreplace"))


def hold(state: Path, drill: str, events: Sequence[AnyEvent]) -> None:
    """Save events until their texts can be compared with account names.

    Raises:
        PryvTuiError: `step-failed` or `disk-full`.
    """
    lines = b"".join(msgspec.json.encode(one) + b"\n" for one in events)
    _append(state, held_file(state, drill), lines)


def held(state: Path, drill: str) -> list[AnyEvent]:
    """Return the waiting events, oldest first. Several events about one finding become one event,
    with the last known value of each field. Empty if the file can't be read."""
    try:
        lines = read_whole(held_file(state, drill), follow=False).splitlines()
    except OSError:
        return []
    found: dict[object, AnyEvent] = {}
    for number, line in enumerate(lines):
        event = decode_event(line)
        if event is None:
            continue
        key: object = event.name if isinstance(event, FindingNoted) else number
        before = found.get(key)
        if isinstance(event, FindingNoted) and isinstance(before, FindingNoted):
            event = with_words_of(event, before)
        found[key] = event
    return list(found.values())


def with_words_of(event: FindingNoted, before: FindingNoted) -> FindingNoted:
    """Return a finding event in which each text that was left out is taken from an earlier event
    about the same finding."""
    names = ("text", "owner", "retest")
    lacks = {name for name in names if getattr(event, name) == UNCOMPARED}
    return msgspec.structs.replace(event, **{name: getattr(before, name) for name in lacks})


def forget(state: Path, drill: str) -> None:
    """Delete the file of waiting events.

    Raises:
        PryvTuiError: `step-failed`.
    """
    place = held_file(state, drill)
    try:
        place.unlink(missing_ok=True)
    except OSError as error:
        raise not_written(state, error, WORDS, f"{place} was not removed") from error


def in_their_place(events: Iterable[AnyEvent]) -> list[AnyEvent]:
    """Replace the first version of each note by its later, full version, but keep its place and
    time."""
    found: list[AnyEvent] = []
    places: dict[str, int] = {}
    for event in events:
        if isinstance(event, Noted) and event.kept:
            if event.kept in places:
                at = places[event.kept]
                found[at] = msgspec.structs.replace(event, time=found[at].time)
                continue
            places[event.kept] = len(found)
        found.append(event)
    return found


Later = Literal["until recorded", "always", "never"]
"""Until when a text that was left out can still be written into the drill's journal."""
_GOES_IN: dict[Later, str] = {
    "until recorded": (
        ". It is added to the drill if it can be compared before the drill is recorded"
    ),
    "always": ". It is added to the drill's journal as soon as it can be compared",
    "never": "",
}


def kept_words(
    state: Path, drill: str, why: str, texts: Iterable[str], later: Later = "always"
) -> str:
    """Say in which file the operator finds these texts as typed; empty if nothing was removed from
    them, or no typed text was kept.

    Args:
        why: why the texts can't be compared with account names now; may be empty.
        texts: the texts as they are in the journal.
    """
    own = typed_file(state, drill)
    told = tuple(texts)
    if not any(map(lacks_some, told)) or not own.exists():
        return ""
    where = f"The text as it was typed is in {own}, for you alone"
    if any(UNCOMPARED in text for text in told):
        because = f": {why}" if why else ""
        return (
            "The text is left out of the evidence, since it could not be compared with the names"
            f" of the accounts{because}. {where}{_GOES_IN[later]}."
        )
    return f"Names of accounts, addresses and secrets are left out of the evidence. {where}."


def _append(state: Path, own: Path, content: bytes) -> None:
    if not content:
        return
    try:
        make_private(own.parent)
        descriptor = open_own(own, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            size = os.fstat(descriptor).st_size
            try:
                write_whole(descriptor, content)
                os.fsync(descriptor)
            except OSError:
                # The error message says that none of the text is in the file.
                os.ftruncate(descriptor, size)
                raise
        finally:
            os.close(descriptor)
    except OSError as error:
        said = "the text was not written into the drill"
        raise not_written(state, error, WORDS, said) from error


def _shown(text: str) -> str:
    return "\n    ".join(hidden(sanitized(line)) for line in text.split("\n"))
