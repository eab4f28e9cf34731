"""A worker that is killed at one exact place: `python -m tests.kill.worker N WHEN FOLDER`.

It is the program's own worker; only the write of an event is wrapped. WHEN is `before` or `after`:
SIGKILL comes right before or right after event N reaches the journal. Or it is `step`: it comes as
soon as step N is said to begin, and after the last step right before the run's last word; N may
also be a part of a step's id. Or `ended`: as soon as step N has ended. Or `stopping`, `stopped`,
`starting`, `started`: right before or after the Nth container is stopped, or started, several at
once. Or `making`, `made`, `removing`, `removed`: right before or after the Nth container of a
drill's sandbox is made, or removed, several at once. Or `unlink`: right after the Nth file or
folder was removed. Or `abort`: the Nth call of the C library ends the process, as a fault in it
does. Or `hang`: the Nth call of it hangs for ever, and an operator cancels. Or `unmarked`: right
after the Nth root lost its mark as half-restored. Two are no kills: `cancelled`, an operator
cancels as step N begins, and `failed`, step N fails as it begins.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pryv_tui import own_folder
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.standstill import Patient
from pryv_tui.hosts.sandbox.docker_maker import DockerMaker
from pryv_tui.practice.machines.engine import PracticeEngine
from pryv_tui.practice.machines.sandboxes import PracticeMaker
from pryv_tui.runs.record.events import AnyEvent, RunFinished, StepFinished, StepStarted
from pryv_tui.runs.record.journal import JournalWriter
from pryv_tui.runs.worker import process as worker
from pryv_tui.vault.native.library import NativeFolders
from pryv_tui.vault.parallel.engine import USUAL, CopyEngine

_write = JournalWriter.write


def main() -> None:
    where, when, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    named = not where.isdecimal()
    at, count = 0 if named else int(where), 0
    engine = USUAL
    if when == "unlink":
        _kill_at_removal(at)
        at = 0
    elif when == "abort":
        _abort_in_library(at)
        at = 0
    elif when == "hang":
        _hang_in_library(at)
        engine = CopyEngine(patient=Patient(told_after=0, left_after=0, looks=0.01))
        at = 0
    elif when == "unmarked":
        _kill_at_unmarking(at)
        at = 0
    elif when in MOMENTS:
        _kill_at_container(at, when)
        at = 0
    elif when in OF_A_SANDBOX:
        for maker in (PracticeMaker, DockerMaker):
            _kill_at_call(maker, OF_A_SANDBOX[when], at, before=when.endswith("ing"))
        at = 0

    def write(self: JournalWriter, event: AnyEvent, *, durable: bool = False) -> None:
        nonlocal count
        if named:
            _write(self, event, durable=durable)
            if isinstance(event, StepStarted) and where in event.step:
                os.kill(os.getpid(), signal.SIGKILL)
            return
        if when == "step":
            _kill_at_step(self, event, at, durable)
            return
        if when in ("cancelled", "failed"):
            _write(self, event, durable=durable)
            _stop_at_step(event, at, when)
            return
        count += when != "ended" or isinstance(event, StepFinished)
        if count == at and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        _write(self, event, durable=durable)
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)

    JournalWriter.write = write  # type: ignore[method-assign]
    sys.exit(worker.work(folder, engine))


MOMENTS = ("stopping", "stopped", "starting", "started")


OF_A_SANDBOX = {"making": "make", "made": "make", "removing": "remove", "removed": "remove"}
"""The moments of its containers, and which call of its maker each is about."""


def _kill_at_container(at: int, when: str) -> None:
    name = "stop" if when.startswith("stop") else "start"
    _kill_at_call(PracticeEngine, name, at, before=when.endswith("ing"))


def _kill_at_call(of: type, name: str, at: int, *, before: bool) -> None:
    real = getattr(of, name)
    counted = itertools.count(1)

    def dying(self: Any, *words: Any, **more: Any) -> None:
        mine = next(counted) == at
        if mine and before:
            os.kill(os.getpid(), signal.SIGKILL)
        real(self, *words, **more)
        if mine:
            os.kill(os.getpid(), signal.SIGKILL)

    setattr(of, name, dying)


def _kill_at_unmarking(at: int) -> None:
    unlink, removed = Path.unlink, 0

    def dying(self: Path, missing_ok: bool = False) -> None:
        nonlocal removed
        unlink(self, missing_ok=missing_ok)
        removed += self.name == own_folder.MARKER
        if removed == at:
            os.kill(os.getpid(), signal.SIGKILL)

    Path.unlink = dying  # type: ignore[method-assign]


def _abort_in_library(at: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    do, counted = NativeFolders.do, itertools.count(1)

    def dying(self: NativeFolders, *given: Any, **more: Any) -> Any:
        if next(counted) == at:
            ctypes.CDLL(None).abort()
        return do(self, *given, **more)

    NativeFolders.do = dying  # type: ignore[method-assign]


def _hang_in_library(at: int) -> None:
    do, counted = NativeFolders.do, itertools.count(1)

    def hanging(self: NativeFolders, *given: Any, **more: Any) -> Any:
        if next(counted) == at:
            os.kill(os.getpid(), signal.SIGTERM)
            threading.Event().wait()
        return do(self, *given, **more)

    NativeFolders.do = hanging  # type: ignore[method-assign]


def _kill_at_removal(at: int) -> None:
    removed = 0

    def dying(remove: Callable[..., None]) -> Callable[..., None]:
        def act(*args: Any, **kwargs: Any) -> None:
            nonlocal removed
            remove(*args, **kwargs)
            removed += 1
            if removed == at:
                os.kill(os.getpid(), signal.SIGKILL)

        return act

    # What `shutil.rmtree` calls: nothing of the program is changed.
    os.unlink, os.rmdir = dying(os.unlink), dying(os.rmdir)


_begun = 0


def _stop_at_step(event: AnyEvent, at: int, when: str) -> None:
    global _begun
    _begun += isinstance(event, StepStarted)
    if not isinstance(event, StepStarted) or _begun != at:
        return
    if when == "cancelled":
        os.kill(os.getpid(), signal.SIGTERM)
    else:
        raise PryvTuiError("step-failed", "it is made to fail here")


def _kill_at_step(journal: JournalWriter, event: AnyEvent, at: int, durable: bool) -> None:
    global _begun
    last = isinstance(event, RunFinished)
    _begun += isinstance(event, StepStarted) or last
    if last and _begun == at:
        os.kill(os.getpid(), signal.SIGKILL)
    _write(journal, event, durable=durable)
    if isinstance(event, StepStarted) and _begun == at:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
