"""The incidents in a state folder: one folder for each, with an append-only journal in it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from pryv_tui.clock import stamp, timestamp
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.durable import open_own, sync_folder, write_whole
from pryv_tui.filesystem.paths import is_full
from pryv_tui.incidents.events import VERSION, AnyEvent, Opened, decode_event, is_damaged
from pryv_tui.incidents.incident import Incident, incident_of
from pryv_tui.ownership import make_private
from pryv_tui.phrases import counted
from pryv_tui.reading import open_file
from pryv_tui.runs.record.request import NAMED
from pryv_tui.sanitize import sanitized
from pryv_tui.secrets import hidden
from pryv_tui.who import Who, who_is_here

FOLDER = "incidents"
"""The incidents' folder, in the state folder."""
NAME = "journal.jsonl"
LONGEST = 1 << 20
"""Most bytes of a line. Longer lines are not read."""
LONGEST_TEXT = 4000
"""Most characters of a person's text."""
LARGEST = 16 << 20
"""Most bytes of a journal that are read. This program doesn't write a larger one."""
_LOCK = ".lock"


def incidents_folder(state: Path, home: str = FOLDER) -> Path:
    return state / home


def all_incidents(state: Path, home: str = FOLDER) -> list[Incident]:
    """Return every incident known here, oldest first.

    An incident that can't be read completely is returned with the readable parts; its `unread`
    names the others. Folders and files that are not incidents are skipped.

    Args:
        home: the name of the incidents' folder in the state folder; drills have one of their own.

    Raises:
        PryvTuiError: `step-failed`: the folder can't be read, which does not mean that there are
            none.
    """
    place = incidents_folder(state, home)
    need_listed(place)
    try:
        found = [one for each in sorted(place.iterdir()) if (one := read_incident(each))]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unlisted(place, error) from error
    return sorted(found, key=lambda one: (one.opened, one.id))


def need_listed(folder: Path) -> None:
    """Check that a folder, if it exists, can be listed; else nobody knows what it contains.

    Raises:
        PryvTuiError: `step-failed`: the folder exists and can't be read.
    """
    try:
        os.scandir(folder).close()
    except FileNotFoundError as error:
        if os.path.lexists(folder):
            # A link without its target, for example on a disk that is not mounted.
            raise _unlisted(folder, error) from error
        return
    except OSError as error:
        raise _unlisted(folder, error) from error


def _unlisted(folder: Path, error: OSError) -> PryvTuiError:
    return PryvTuiError(
        "step-failed",
        f"{folder} can't be read: {error.strerror or error}",
        "Run the command as root (sudo), repair the folder, or name another state folder with"
        " --state.",
    )


def read_incident(folder: Path) -> Incident | None:
    """Return the incident in a folder; None if the folder is not an incident, or never was
    opened."""
    if not NAMED.fullmatch(folder.name) or folder.is_symlink() or not folder.is_dir():
        return None
    read = _read(folder)
    if not read.events and not read.problems:
        # The process that made the folder died before it wrote the first line.
        return None
    return incident_of(folder.name, str(folder), read.events, read.problems, read.unknown)


def read_events(folder: Path) -> tuple[list[AnyEvent], list[str]]:
    """Return the events of an incident's journal, and in words what of it can't be read."""
    read = _read(folder)
    return read.events, read.problems


class _Read(NamedTuple):
    """The content of a journal."""

    events: list[AnyEvent]
    problems: list[str]
    """The parts of the journal that can't be read, in words."""
    unknown: list[str]
    """Parts that are unread but not damaged: no line yet, a torn last line, lines of a later
    program."""


def _read(folder: Path) -> _Read:
    events: list[AnyEvent] = []
    unread = later = 0
    try:
        with open_file(folder / NAME, follow=False) as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        return _Read([], [], [f"it has no {NAME}"])
    except OSError as error:
        return _Read([], [f"{NAME} can't be read: {error.strerror or error}"], [])
    problems = []
    if len(content) > LARGEST:
        problems.append(f"{NAME} has more than {LARGEST >> 20} MiB: what comes later is not read")
    lines = content[:LARGEST].split(b"\n")
    # A last line without a newline is torn, as in a run's journal.
    for line in lines[:-1]:
        event = decode_event(line) if len(line) <= LONGEST else None
        if event is not None:
            events.append(event)
            later += event.v > VERSION
        elif line and is_damaged(line):
            unread += 1
        else:
            later += bool(line)
    if not events and lines[-1]:
        problems.append(f"{NAME} does not begin like a journal")
    if unread:
        problems.append(f"{counted(unread, 'line')} of {NAME} can't be read")
    unknown = []
    if later:
        were = "was" if later == 1 else "were"
        unknown.append(f"{counted(later, 'line')} of {NAME} {were} written by a later version")
    if not content:
        unknown.append(f"its {NAME} is empty")
    elif lines[-1] and not problems:
        unknown.append(f"{NAME} ends in the middle of a line")
    return _Read(events, problems, unknown)


def unread_incidents(state: Path) -> dict[str, str]:
    """Return the incidents that may contain more than can be read here: the reason by id.

    If code relies on no incident naming a thing, these may name it all the same.

    Raises:
        PryvTuiError: `step-failed`: the folder can't be read.
    """
    place = incidents_folder(state)
    need_listed(place)
    found: dict[str, str] = {}
    try:
        for each in sorted(place.iterdir()):
            if not NAMED.fullmatch(each.name):
                continue
            if each.is_symlink() or not each.is_dir():
                found[each.name] = f"{'a link' if each.is_symlink() else 'a file'} is in its place"
                continue
            read = _read(each)
            if why := [*read.problems, *read.unknown]:
                found[each.name] = "; ".join(why)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _unlisted(place, error) from error
    return found


def unseen(state: Path, beginning: str = "", *, since: str = "") -> dict[str, str]:
    """Return the incidents that no list shows, as the first event can't be read: the reason by id.

    Args:
        beginning: only incidents whose id begins with this.
        since: an incident's id: only incidents that are not older, by the time in their id.
    """
    return {
        one: why
        for one, why in unread_incidents(state).items()
        if one.startswith(beginning) and one.partition("-")[0] >= since.partition("-")[0]
        if read_incident(incidents_folder(state) / one) is None
    }


def unseen_words(unread: Mapping[str, str]) -> str:
    """Return which incidents can't be read, each with the reason."""
    return "; ".join(f"the incident {one} can't be read: {why}" for one, why in unread.items())


def way_out_of(state: Path, unread: Iterable[str], sets: Sequence[str] = ()) -> str:
    """Return what can be done about incidents that can't be read completely.

    Args:
        sets: ids of the sets that they keep, if known; empty: the text says where these are listed.
    """
    places = shlex.join(str(incidents_folder(state) / one) for one in unread)
    if not sets:
        return (
            "Repair the incident's journal; if a later version wrote it, use that version. To see"
            " which sets the incident protects until then: pryv-tui list; if nobody can repair"
            f" it, move it to a safe place: mv {places} ELSEWHERE"
        )
    more = f", and the same for {_others(len(sets) - 1)}" if len(sets) > 1 else ""
    return (
        "Repair the incident's journal; if a later version wrote it, use that version. If nobody"
        " can repair it, unpin the set that it names, once the incident is closed: pryv-tui unpin"
        f" {sets[0]}{more}; or move the incident to a safe place: mv {places} ELSEWHERE"
    )


def _others(count: int) -> str:
    return "the other set" if count == 1 else f"each of the other {counted(count, 'set')}"


@contextlib.contextmanager
def locked(state: Path, home: str = FOLDER) -> Iterator[None]:
    """Keep other processes from writing to the incidents of a state folder, during the block.

    If the file system has no locks, as on some file servers, the block runs without one.

    Raises:
        PryvTuiError: `step-failed` or `disk-full`: the folder can't be made or written.
    """
    place = incidents_folder(state, home)
    try:
        make_private(place)
        descriptor = open_own(place / _LOCK, os.O_RDWR | os.O_CREAT)
    except OSError as error:
        raise not_written(state, error, home) from error
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def create(
    state: Path,
    events: Sequence[AnyEvent],
    *,
    by: Who | None = None,
    home: str = FOLDER,
    name: str = "",
) -> Incident:
    """Open an incident with these events, and return it.

    The first event is its `Opened`. The caller must be inside a `locked` block.

    Args:
        name: the incident's id: for a drill the id of the run that it is about; empty: a new id.

    Raises:
        PryvTuiError: `step-failed` or `disk-full`: no incident was opened.
    """
    place = incidents_folder(state, home)
    kind = next((one.kind for one in events if isinstance(one, Opened)), "incident")
    try:
        while True:
            made_up = f"{stamp()}-{kind}-{secrets.token_hex(2)}"
            folder = place / (name or made_up)
            try:
                folder.mkdir(mode=0o700, exist_ok=bool(name))
                break
            except FileExistsError:
                continue
        try:
            sync_folder(place)
            _append(folder, events, by or who_is_here())
        except OSError:
            _take_back(folder)
            raise
    except OSError as error:
        raise not_written(state, error, home) from error
    made = read_incident(folder)
    if made is None:
        raise _not_read_back(folder)
    return made


def _not_read_back(folder: Path) -> PryvTuiError:
    """Return the error for a written journal from which no incident can be read. It may exist all
    the same: a folder that is a link doesn't count."""
    return PryvTuiError("internal", f"{folder / NAME} was written, but can't be read as a journal")


def _take_back(folder: Path) -> None:
    """Remove the folder of an incident of which nothing was written: a folder without a line would
    be taken for a damaged one."""
    with contextlib.suppress(OSError):
        if not (folder / NAME).lstat().st_size:
            (folder / NAME).unlink()
    with contextlib.suppress(OSError):
        folder.rmdir()


def append(
    state: Path,
    incident: str,
    events: Sequence[AnyEvent],
    *,
    by: Who | None = None,
    home: str = FOLDER,
) -> Incident:
    """Add events to an incident's journal, and return the incident with them.

    The caller must be inside a `locked` block.

    Raises:
        PryvTuiError: `step-failed` or `disk-full`: the events were not written.
    """
    folder = incidents_folder(state, home) / incident
    try:
        _append(folder, events, by or who_is_here())
    except OSError as error:
        raise not_written(state, error, home) from error
    made = read_incident(folder)
    if made is None:
        raise _not_read_back(folder)
    return made


def _append(folder: Path, events: Sequence[AnyEvent], by: Who) -> None:
    descriptor = open_own(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_APPEND)
    try:
        size = os.fstat(descriptor).st_size
        # The process that wrote last may have died in the middle of a line.
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        content = b"\n" if torn else b""
        for event in events:
            given = event if event.by != Who() else msgspec.structs.replace(event, by=by)
            stamped = msgspec.structs.replace(given, time=timestamp(), incident=folder.name)
            content += msgspec.json.encode(_clean(msgspec.to_builtins(stamped))) + b"\n"
        try:
            write_whole(descriptor, content)
            os.fsync(descriptor)
            sync_folder(folder)
        except OSError:
            # All or nothing: a caller that gets the error writes all of it again.
            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)


def _clean(value: object) -> object:
    """Return an event's value made harmless and fit for JSON. What may be a password in the name of
    a place is left out."""
    if isinstance(value, str):
        text = value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        return "\n".join(hidden(line) for line in sanitized(text).split("\n"))
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value


def not_written(state: Path, error: OSError, home: str = FOLDER, said: str = "") -> PryvTuiError:
    """Return the error for an incident, or something stored like one, that can't be written.

    Args:
        said: what is not written, in words; empty: the usual words, according to `home`.
    """
    said = said or f"nothing of the {home.removesuffix('s')} was written"
    if is_full(error):
        return PryvTuiError(
            "disk-full",
            f"the disk of the state folder {state} is full: {said}",
            f"Free space at {state}, or name another with --state.",
        )
    return PryvTuiError(
        "step-failed",
        f"{incidents_folder(state, home)} can't be written: {error.strerror or error}; {said}",
        "Run the command as root (sudo), correct the folder's owner, or name another state folder"
        " with --state.",
    )
