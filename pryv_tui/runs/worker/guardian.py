"""The guardian of a hold: a separate process that releases what a run holds.

The worker starts it right before it holds anything, as `python -m pryv_tui.runs.worker.guardian
FOLDER`, in its own session. The guardian works even if the worker is dead. The pipe between the two
closes when the worker ends in any way (`kill -9`, out of memory), and the guardian itself keeps the
deadline.
"""

from __future__ import annotations

import os
import select
import shlex
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.decoding import decode_json, read_json
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.durable import open_own, write_durably
from pryv_tui.operations.context import Released
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.holding import let_go
from pryv_tui.operations.site import Site, open_site
from pryv_tui.programs import one_at_a_time
from pryv_tui.runs.launch import scope_command
from pryv_tui.runs.places import HERE, Places
from pryv_tui.runs.record.events import Note
from pryv_tui.runs.record.journal import JournalWriter
from pryv_tui.runs.record.request import read_request

NAME = "guardian.json"
"""A file in the run's folder that records what the guardian released by itself."""

COMMAND = (sys.executable, "-P", "-m", "pryv_tui.runs.worker.guardian")
START_SECONDS = 30.0
"""Seconds that the worker waits for the guardian's answer before it gives up the plan to hold."""
TRY_SECONDS = 1800.0
"""Seconds that the guardian keeps trying if an engine does not answer."""


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """A message from the worker to the guardian; one JSON object per line."""

    watch: Owed | None = None
    deadline: float = 0.0
    dismissed: bool = False


class GuardianProcess:
    """The worker's side of the guardian. Implements `operations.context.Guardian`."""

    def __init__(
        self, folder: Path, command: Sequence[str] = COMMAND, places: Places = HERE
    ) -> None:
        self._folder = folder
        self._places = places
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    def watch(self, owed: Owed, deadline: float) -> None:
        try:
            if self._process is None:
                self._begin()
            self._say(Word(watch=owed, deadline=deadline))
            self._answer()
        except OSError as error:
            raise self._silent(str(error)) from error

    def released(self) -> Released | None:
        try:
            return read_json(self._folder / NAME, Released)
        except (OSError, msgspec.MsgspecError):
            return None

    def dismiss(self) -> None:
        if self._process is None:
            return
        try:
            self._say(Word(dismissed=True))
            self._process.wait(START_SECONDS)
        except (OSError, subprocess.TimeoutExpired):
            pass  # it has ended already; or it releases at its deadline what is not held any more
        self._close()

    def _close(self) -> None:
        if self._process is None:
            return
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    pass
        self._process = None

    def _begin(self) -> None:
        """Start the guardian, in its own systemd unit if systemd runs the machine."""
        command = [*self._command, str(self._folder)]
        apart = scope_command(command, run=self._folder.name, places=self._places)
        self._process = self._start(apart)
        try:
            self._answer()
        except PryvTuiError:
            if apart == command:
                raise
            # No unit could be made, so the worker is in no unit either, and nothing kills the two
            # together.
            self._process.kill()
            self._close()
            self._process = self._start(command)
            self._answer()

    def _start(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        log = open_own(self._folder / "guardian.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd="/",
                start_new_session=True,
                close_fds=True,
            )
        finally:
            os.close(log)

    def _say(self, word: Word) -> None:
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(word) + b"\n")
        self._process.stdin.flush()

    def _answer(self) -> None:
        assert self._process is not None and self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], START_SECONDS)
        if not ready or self._process.stdout.readline() != b"ok\n":
            raise self._silent("it does not answer")

    def _silent(self, why: str) -> PryvTuiError:
        return PryvTuiError(
            "step-failed",
            f"the process that would end the hold can't be started: {why}; nothing was held",
            f"Read its log: {shlex.join(['cat', str(self._folder / 'guardian.log')])}; or back up"
            " without holding anything: pryv-tui backup",
        )


class _Told(Exception):
    """The guardian received a SIGTERM."""


def guard(folder: Path) -> None:
    """Wait until dismissed. Otherwise release: at the deadline, when the worker is gone, or on
    SIGTERM."""

    def on_term(_number: int, _frame: FrameType | None) -> None:
        raise _Told

    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, on_term)
    request = read_request(folder)
    if request is None:
        raise SystemExit(f"{folder} is not the folder of a run")
    site = open_site(request.settings)
    watched: list[Owed] = []
    try:
        why = _wait(watched)
    except _Told:
        why = "told to end"
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if why == "dismissed" or not watched:
        return
    found = _let_go(site, folder, watched, why)
    if why != "deadline":
        # The worker is gone, or will be: nobody else writes its journal any more.
        _tell(folder, request.run, found)


def _wait(watched: list[Owed]) -> str:
    """Answer the worker's messages. Return why the waiting ended."""
    _ok()
    rest = b""
    deadline: float | None = None
    while True:
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        ready, _, _ = select.select([0], [], [], left)
        if not ready:
            return "deadline"
        chunk = os.read(0, 65536)
        if not chunk:
            return "worker gone"
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            word = decode_json(line, Word)
            if word.dismissed:
                return "dismissed"
            if word.watch is not None:
                watched.append(word.watch)
                if deadline is None:
                    deadline = time.monotonic() + word.deadline
                _ok()


def _ok() -> None:
    try:
        os.write(1, b"ok\n")
    except BrokenPipeError:
        pass  # the worker is gone; its end of the other pipe says so


def _let_go(site: Site, folder: Path, watched: list[Owed], why: str) -> Released:
    """Release everything that is watched. What fails is tried again for up to `TRY_SECONDS`. The
    file is written before and after each round."""
    said = Released(time=timestamp(), why=why)  # type: ignore[arg-type]
    _keep(folder, said)
    end = time.monotonic() + TRY_SECONDS
    # The worker may have died while it stopped a container. The engine reports such a container as
    # running until it has stopped, so check again until that stop must be over.
    stops = time.monotonic() + (site.patience.stops_end if why != "deadline" else 0.0)
    left = list(watched)
    while True:
        failed = []
        for owed in list(left):
            try:
                again = let_go(site, owed)
                if again or owed.kind != "start" or time.monotonic() >= stops:
                    left.remove(owed)
            except PryvTuiError as error:
                failed.append(f"{owed.what} on {owed.host}: {error.what}")
        done = tuple(owed for owed in watched if owed not in left)
        said = msgspec.structs.replace(said, done=done, failed=tuple(failed))
        _keep(folder, said)
        if not left or time.monotonic() > end:
            return said
        time.sleep(0.5)


def _keep(folder: Path, said: Released) -> None:
    """Record what is done. A full disk must not delay the release."""
    try:
        write_durably(folder / NAME, msgspec.json.encode(said))
    except OSError as error:
        sys.stderr.write(f"{timestamp()} {NAME} can't be written: {error}\n")


def _tell(folder: Path, run: str, said: Released) -> None:
    """Write what was released into the journal, which the worker can no longer write."""
    journal = JournalWriter(folder, run)
    for owed in said.done:
        journal.settle(owed)
    names = ", ".join(f"{owed.what} on {owed.host}" for owed in said.done) or "nothing"
    text = f"the run's process is gone; its guardian released: {names}"
    journal.write(Note(text=text, level="warning"), durable=True)
    journal.close()


def main() -> None:
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python -m pryv_tui.runs.worker.guardian FOLDER\n")
        sys.exit(2)
    one_at_a_time()
    try:
        guard(Path(sys.argv[1]))
    except Exception:
        sys.stderr.write(f"{timestamp()} {traceback.format_exc()}")
        sys.exit(1)


if __name__ == "__main__":
    main()
