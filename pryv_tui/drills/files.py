"""The drills of a state folder. Each drill has a folder with its journal and its evidence."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from pryv_tui.decoding import Undecodable, decode_json, why
from pryv_tui.drills.model import FORMAT, Record
from pryv_tui.errors import PryvTuiError, ambiguous
from pryv_tui.incidents import files as incidents
from pryv_tui.incidents.events import AnyEvent, Joined, Opened, Planned, RunNamed
from pryv_tui.incidents.gathering import same_platform
from pryv_tui.incidents.incident import Incident, incident_of
from pryv_tui.operations.settings.identity import platform_of
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.reading import read_whole
from pryv_tui.runs.record.history import RunRecord, read_run
from pryv_tui.who import Who

FOLDER = "drills"
"""The folder of drills in the state folder."""
KIND = "drill"
RECORD = "record.json"
PLAYED = "runs"
"""Name of a folder inside a drill's folder: the journals of its practice platform's runs."""
WORDS = "drill-words"
"""Name of a folder in the state folder: texts as typed, if the evidence has them changed or not at
all."""
HELD = ".held.jsonl"
"""Suffix of a file in `WORDS`: events that wait to be compared with account names."""
GOALS = {"rto": "rto", "rpo": "rpo", "every": "drill_every"}
"""The targets of a drill: from their names in `Planned` to their names in the settings."""
LARGEST = 64 << 20
"""The size in bytes up to which a record is read; this program never writes one that large."""


class Filed(NamedTuple):
    """A record that was read, with its folder and hash."""

    record: Record
    folder: Path
    sha256: str
    """Hash of the record's file, byte for byte."""


def drills_folder(state: Path) -> Path:
    return state / FOLDER


def folder_of(state: Path, drill: str) -> Path:
    return drills_folder(state) / drill


def drills_that_wait(state: Path) -> list[str]:
    """Return the ids, sorted, of the drills with events that wait to be compared with account
    names."""
    return sorted(one.name.removesuffix(HELD) for one in (state / WORDS).glob(f"*{HELD}"))


def played_runs(folder: Path) -> list[RunRecord]:
    """Return the runs of a scenario's practice platform, oldest first; empty if none were kept."""
    try:
        kept = list((folder / PLAYED).iterdir())
    except OSError:
        return []
    found = [one for run in kept if (one := read_run(run)) is not None]
    return sorted(found, key=lambda one: one.asked)


def begin(
    settings: Settings,
    planned: Planned,
    *,
    drill: str = "",
    domain: str = "",
    text: str = "",
    more: Sequence[AnyEvent] = (),
    by: Who | None = None,
) -> Incident:
    """Create a drill's journal. This declares the disaster and fixes the targets of the drill.

    Args:
        planned: the plan; missing targets are taken from the settings.
        drill: the id for the drill if it has a run (the run's id); empty: make a new id.
        domain: the platform's domain; empty: take it from the settings.
        text: the story: what is said to have happened.
        more: events to write after the first ones.

    Raises:
        PryvTuiError: `step-failed` or `disk-full`: no journal was created.
    """
    state = Path(settings.state)
    goals = {name: getattr(settings, of) for name, of in GOALS.items()}
    said = {name: one for name in GOALS if (one := getattr(planned, name)) is not None}
    planned = msgspec.structs.replace(planned, **(goals | said))
    opened = Opened(
        kind=KIND,
        platform=platform_of(settings),
        domain=domain or settings.domain or "",
        # A scenario is played on a practice platform, whatever platform it is rehearsed for.
        practice=settings.practice is not None or planned.exercise == "scenario",
        machine=socket.gethostname(),
        text=text,
    )
    people = [] if planned.unattended else [Joined()]
    named = [RunNamed(run=drill)] if drill else []
    with incidents.locked(state, FOLDER):
        return incidents.create(
            state, [opened, planned, *people, *named, *more], by=by, home=FOLDER, name=drill
        )


def write(
    state: Path, drill: str, events: Sequence[AnyEvent], *, by: Who | None = None
) -> Incident:
    """Append events to a drill's journal unchanged. For texts that people typed, use
    `noting.written.write` instead.

    Raises:
        PryvTuiError: `step-failed` or `disk-full`: not all events were written.
    """
    with incidents.locked(state, FOLDER):
        return incidents.append(state, drill, events, by=by, home=FOLDER)


def all_drills(state: Path) -> list[Incident]:
    """Return every drill of a state folder, oldest first. A drill with a record but no journal is
    included."""
    found = incidents.all_incidents(state, FOLDER)
    known = {one.id for one in found}
    bare = [one for one in sorted(drills_folder(state).glob(f"*/{RECORD}"))
            if one.parent.name not in known and not one.parent.is_symlink()]  # fmt: skip
    if not bare:
        return found
    found += [_without_journal(one.parent) for one in bare]
    return sorted(found, key=lambda one: (one.opened, one.id))


def _without_journal(folder: Path) -> Incident:
    """Return a drill that has no journal, with what its record says about it."""
    told = f"it has no {incidents.NAME}"
    found = incident_of(folder.name, str(folder), (), [told])
    try:
        filed = read_record(folder)
    except PryvTuiError:
        return found
    if filed is None:
        return found
    record = filed.record
    return msgspec.structs.replace(
        found,
        platform=record.chain.platform,
        domain=record.domain,
        practice=record.practice,
        opened=record.when.declared or found.opened,
        closed=record.when.ended,
    )


def drills_of(settings: Settings, domain: str = "") -> list[Incident]:
    """Return the drills of the platform that these settings name, oldest first."""
    mine, told = platform_of(settings), domain or settings.domain or ""
    known = all_drills(Path(settings.state))
    return [one for one in known if same_platform(one, mine, told)]


def resolve_drill(state: Path, name: str) -> Incident:
    """Find a drill by an id, an unambiguous beginning of an id, or `latest`.

    Raises:
        PryvTuiError: `drill-unknown`.
    """
    known = all_drills(state)
    if not name.strip():
        raise PryvTuiError("drill-unknown", "the name of the drill is empty")
    if name == "latest":
        matches = known[-1:]
    else:
        matches = [one for one in known if one.id == name]
        matches = matches or [one for one in known if one.id.startswith(name)]
    if len(matches) > 1:
        raise ambiguous("drill-unknown", name, (one.id for one in matches))
    if not matches:
        raise PryvTuiError("drill-unknown", f"no drill {name!r} is known in {state}")
    return matches[0]


def read_record(folder: Path) -> Filed | None:
    """Read the record in a drill's folder; return None if there is no record yet.

    Raises:
        PryvTuiError: `check-failed`, the file is not a readable record, or a later version of this
            program wrote it.
    """
    place = folder / RECORD
    try:
        content = read_whole(place, follow=False, limit=LARGEST)
        number = _format_of(content)
        if number > FORMAT:
            raise PryvTuiError(
                "check-failed",
                f"{place} is of format {number}, and this program knows {FORMAT}: a later version"
                " wrote it",
                f"Read it with that version: pryv-tui drill report {folder.name}",
            )
        record = decode_json(content, Record)
    except FileNotFoundError:
        return None
    except (OSError, Undecodable) as error:
        raise PryvTuiError(
            "check-failed",
            f"{place} can't be read: {why(error)}",
            "If the file was changed or damaged, put it back from a copy of the state folder; then"
            f" check it: pryv-tui drill verify {folder.name}",
        ) from error
    return Filed(record, folder, hashlib.sha256(content).hexdigest())


class _Format(msgspec.Struct):
    format: int = 1


def _format_of(content: bytes) -> int:
    try:
        return decode_json(content, _Format).format
    except Undecodable:
        return FORMAT  # the caller decodes all of it, and reports what is wrong


def records_of(state: Path, platform: str = "") -> list[Filed]:
    """Return the readable records of a platform, in the order of their chain.

    Args:
        platform: the platform's id from `settings.identity.platform_of`; empty: all platforms.
    """
    found = []
    for one in all_drills(state):
        try:
            filed = read_record(Path(one.folder))
        except PryvTuiError:
            continue
        if filed is not None and (not platform or filed.record.chain.platform == platform):
            found.append(filed)
    return sorted(found, key=lambda one: (one.record.chain.number, one.record.id))
