"""The journal: appended by one worker, and read by any number of views, which never block it."""

from __future__ import annotations

import codecs
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.filesystem.durable import open_own
from pryv_tui.filesystem.paths import is_full
from pryv_tui.hosts.engine import Stream
from pryv_tui.operations.commands import completed
from pryv_tui.operations.context import GuardOutcome
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.drilling.facts import Disposal, DrillFact, Sandbox
from pryv_tui.operations.facts import NewerFound, SeenContainer
from pryv_tui.operations.kind import PUTS_BACK, kind_of
from pryv_tui.platform.gap import Timeline
from pryv_tui.reading import open_file
from pryv_tui.runs.record.events import (
    AnyEvent,
    ContainersFound,
    GapKnown,
    GuardChecked,
    NewerCounted,
    Note,
    Output,
    OwedNoted,
    ProgressMade,
    RunStarted,
    SettledNoted,
    StepFinished,
    decode_event,
    drill_event,
    is_damaged,
)
from pryv_tui.sanitize import sanitized

NAME = "journal.jsonl"
LONGEST = 8 << 20
"""Most bytes of a line; the longest that is written, a plan of hundreds of steps, has 1 MB."""
PROGRESS_SECONDS = 0.2
"""Seconds between two progress events; views redraw no faster anyway."""


def _clean(value: object) -> object:
    """Return an event's content, made harmless and fit for JSON: a name may have bytes that are not
    text."""
    if isinstance(value, str):
        text = value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        return sanitized(text)
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value


RESERVE = "reserve"
RESERVE_BYTES = 512 << 10
"""A run's folder contains a file of this many bytes. When the disk is full it is removed, so that
the run's debts and its end can be written. From then on programs' output and progress are not
stored."""


def reserve_room(folder: Path) -> None:
    """Reserve the disk space that a run's last events need, before the run begins.

    Raises:
        OSError: there is not enough space.
    """
    descriptor = open_own(folder / RESERVE, os.O_WRONLY | os.O_CREAT)
    try:
        os.posix_fallocate(descriptor, 0, RESERVE_BYTES)
    finally:
        os.close(descriptor)


class JournalWriter:
    """Appends events to a journal. A run's worker has a writer, and its guardian has one when the
    worker is gone. Every line is complete, except perhaps the last one."""

    def __init__(self, folder: Path, run: str, given: tuple[str, ...] = ()) -> None:
        """Open the journal of a run.

        Args:
            given: the options that this program was started with; they are added to commands in
                notes.
        """
        self._run = run
        self._given = given
        self._reserve = folder / RESERVE
        self.full = False
        """Whether the disk of the state folder is full, and the reserve is being used."""
        self.begun = False
        """Whether this writer has written a `run_started` or `run_planned`."""
        self._file = open_own(folder / NAME, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        # An earlier writer may have died in the middle of a line.
        self._torn = _ends_torn(folder / NAME)
        self._step = ""
        self._last_progress = 0.0
        self._decoders: dict[str, codecs.IncrementalDecoder] = {}

    def write(self, event: AnyEvent, *, durable: bool = False) -> None:
        """Append an event. With `durable` it is on the disk when this returns."""
        stamped = msgspec.structs.replace(event, time=timestamp(), run=self._run)
        line = msgspec.json.encode(_clean(msgspec.to_builtins(stamped))) + b"\n"
        if self._torn:
            line = b"\n" + line
        view = memoryview(line)
        # Until the line is written completely it counts as torn: the next event then starts a new
        # line.
        self._torn = True
        while view:
            try:
                view = view[os.write(self._file, view) :]
            except OSError as error:
                if self.full or not is_full(error):
                    raise
                self._use_reserve()
        self._torn = False
        self.begun = self.begun or isinstance(event, RunStarted)
        if durable:
            os.fsync(self._file)

    def _use_reserve(self) -> None:
        self.full = True
        self._reserve.unlink(missing_ok=True)

    def enter(self, step: str) -> None:
        """Record that output and progress from now on belong to this step."""
        self._step = step
        self._last_progress = 0.0
        self._decoders.clear()

    def close(self) -> None:
        self._reserve.unlink(missing_ok=True)
        os.fsync(self._file)
        os.close(self._file)

    # The methods of `Reporter`, which steps call.

    def output(self, stream: Stream, chunk: bytes) -> None:
        decoder = self._decoders.get(stream)
        if decoder is None:
            decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
            self._decoders[stream] = decoder
        text = decoder.decode(chunk)
        if text and not self.full:
            self.write(Output(step=self._step, stream=stream, text=sanitized(text)))

    def progress(self, done: int, total: int, unit: str) -> None:
        now = time.monotonic()
        if self.full or (done < total and now - self._last_progress < PROGRESS_SECONDS):
            return
        self._last_progress = now
        self.write(ProgressMade(step=self._step, done=done, total=total, unit=unit))

    def guard(self, name: str, outcome: GuardOutcome, text: str, remedy: str) -> None:
        self.write(GuardChecked(name=name, outcome=outcome, text=text, remedy=remedy))

    def gap(self, known: Timeline) -> None:
        gap = known.gap
        self.write(
            GapKnown(
                accounts_seconds=gap.accounts_seconds,
                data_seconds=gap.data_seconds,
                moments=[msgspec.to_builtins(moment) for moment in known.moments],
                going=msgspec.to_builtins(known.going),
                hold=msgspec.to_builtins(known.hold),
            )
        )

    def note(self, text: str, level: Literal["info", "warning"] = "info") -> None:
        told = sanitized(completed(text, self._given))
        self.write(Note(text=told, level=level, step=self._step))

    def found(self, host: str, containers: Sequence[SeenContainer]) -> None:
        self.write(ContainersFound(host=host, containers=list(containers)), durable=True)

    def newer(self, found: Sequence[NewerFound]) -> None:
        self.write(NewerCounted(newer=list(found)), durable=True)

    def drilled(self, fact: DrillFact) -> None:
        # A sandbox must be on record before it is made, and its disposal before the last of it
        # goes. Every other fact is on the disk when its step ends.
        self.write(drill_event(fact), durable=isinstance(fact, Sandbox | Disposal))

    def owe(self, owed: Owed) -> None:
        self.write(OwedNoted(owed=owed), durable=True)

    def settle(self, owed: Owed) -> None:
        try:
            self.write(SettledNoted(owed=owed), durable=True)
        except OSError:
            # It has been put back all the same: a recovery will look and find nothing to do.
            return


def _ends_torn(path: Path) -> bool:
    with open_file(path, follow=False) as file:
        size = file.seek(0, os.SEEK_END)
        if not size:
            return False
        file.seek(size - 1)
        return file.read(1) != b"\n"


class JournalReader:
    """Reads a journal from its start; the next call continues where the last one stopped. A torn
    last line is returned when it is complete."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = 0
        self._rest = b""
        self._passing = False
        """Whether the reader is inside a line that is too long to be ours; such a line is
        dropped."""
        self.unread = 0
        """Number of lines read so far that are not events: torn by a crash, or damaged later. One
        more for each time that the file could not be read."""

    def read(self) -> list[AnyEvent]:
        """Return the events that were added since the last call."""
        return [event for _line, event in self.read_lines()]

    def read_lines(self) -> Iterator[tuple[bytes, AnyEvent]]:
        """Yield the events that were added since the last call, each with its journal line."""
        try:
            with open_file(self.path, follow=False) as file:
                file.seek(self._offset)
                while chunk := file.read(1 << 20):
                    self._offset += len(chunk)
                    if self._passing:
                        _, ends, chunk = chunk.partition(b"\n")
                        self._passing = not ends
                    lines = (self._rest + chunk).split(b"\n")
                    self._rest = lines.pop()
                    for line in lines:
                        event = decode_event(line)
                        if event is not None:
                            yield line, event
                        elif line and is_damaged(line):
                            self.unread += 1
                    if len(self._rest) > LONGEST:
                        # Too long to be ours: not collected, however long it gets.
                        self._rest, self._passing = b"", True
                        self.unread += 1
        except OSError as error:
            if not isinstance(error, FileNotFoundError):
                self.unread += 1
            return


def done_at(kind: str, events: Iterable[AnyEvent]) -> str:
    """Return when a run had completed its purpose, even if it failed or died afterwards; empty if
    it had not. The steps after that only start again what ran before, and check."""
    known = kind_of(kind)
    kinds: dict[str, str] = {}
    done: set[str] = set()
    back = _Back()
    for event in events:
        if isinstance(event, RunStarted):
            kinds = {view.step: view.kind for view in event.plan}
            back.steps = {step for step, what in kinds.items() if what == PUTS_BACK}
        elif isinstance(event, StepFinished) and event.outcome == "done" and event.step in kinds:
            done.add(kinds[event.step])
            back.ended.add(event.step)
            if known.is_done(done):
                return event.time
        elif isinstance(event, OwedNoted) and event.owed.kind == "return":
            back.owed.add(event.owed)
        elif isinstance(event, SettledNoted) and event.owed.kind == "return":
            back.settled.add(event.owed)
        else:
            continue
        if known.puts_back and back.all:
            return event.time
    return ""


class _Back:
    """How far a run has come in putting back the former content of roots."""

    def __init__(self) -> None:
        self.steps: set[str] = set()
        """Ids of the planned steps that put back a root's content, one for each root."""
        self.ended: set[str] = set()
        self.owed: set[Owed] = set()
        self.settled: set[Owed] = set()

    @property
    def all(self) -> bool:
        """Whether the former content of every root is back. For a root that had no moved content,
        only the steps show it. If the run was stopped right after the last renames, only the debts
        show it."""
        settled = self.owed and self.owed <= self.settled and len(self.settled) >= len(self.steps)
        return bool(settled) or (bool(self.steps) and self.steps <= self.ended)
