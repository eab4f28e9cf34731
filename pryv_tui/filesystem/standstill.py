"""Detect threads that hang in disk I/O, from a thread that does no disk I/O.

A thread that waits in the kernel for a lost file server or a broken disk receives no signal, and
can't report that itself. So another thread watches whether the others make progress.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from pryv_tui.clock import timestamp, utc_now
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.paths import printable


class Mover(Protocol):
    """A worker whose progress is watched."""

    @property
    def moves(self) -> int:
        """A counter that changes with each step of the work."""
        ...

    @property
    def at(self) -> bytes | None:
        """The path that is being worked on; None while the worker is idle."""
        ...


class Patient(NamedTuple):
    """How long to wait for a worker that makes no progress. All times are in seconds."""

    told_after: float = 20.0
    """Time without progress after which the operator is told."""
    left_after: float = 120.0
    """Time without progress, while the run is ending, after which `leaves` is called."""
    looks: float = 0.5
    """Pause between two looks at the workers."""
    leaves: Callable[[str], object] = str
    """Ends this process, given the reason. If it returns, the wait continues."""


PATIENT = Patient()


class Watch:
    """Watch whether all workers make progress, during a `with` block.

    The thread that begins the watch is watched too, as one more worker: it makes progress whenever
    it calls `is_set` of the watch.
    """

    def __init__(
        self,
        stops: Callable[[], bool],
        told: Callable[[str], None],
        patient: Patient = PATIENT,
    ) -> None:
        """Prepare the watch; `with` starts it.

        Args:
            stops: returns whether the operator wants the work to end.
            told: is called with a sentence on which thread hangs since when, once for each
                standstill. It runs in a thread of its own if one can be made, since it may fail or
                hang: its output may be on the same disk.
            patient: how long to wait.
        """
        self._stops, self._told, self._patient = stops, told, patient
        self.moves = 0
        self.at: bytes | None = b""
        self.movers: list[Mover] = [self]
        self.ending = False
        """Whether all work is done or given up, so that only the end of the workers is awaited."""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="who stands still", daemon=True)
        self._teller: threading.Thread | None = None

    def is_set(self) -> bool:
        """Whether to stop; each call counts as progress."""
        self.moves += 1
        return self._stops()

    def __enter__(self) -> Watch:
        with suppress(RuntimeError):  # no thread can be made: nothing is watched
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join()
        # Joined last, since `_run` may have started this thread in its final round.
        if self._teller is not None and self._teller.ident is not None:
            self._teller.join()

    def _run(self) -> None:
        since: dict[Mover, tuple[int, float]] = {}
        told: dict[Mover, int] = {}
        ends: float | None = None
        while not self._over.wait(self._patient.looks):
            now = time.monotonic()
            if not (self.ending or self._stops()):
                ends = None
            elif ends is None:
                ends = now
            for mover in list(self.movers):
                at, moves = mover.at, mover.moves
                before, began = since.get(mover, (None, now))
                if at is None or moves != before:
                    since[mover] = moves, now
                    continue
                late = now - began >= self._patient.told_after and told.get(mover) != moves
                if late and self._tell(_words(at, now - began)):
                    told[mover] = moves
                if ends is not None and now - max(began, ends) >= self._patient.left_after:
                    self._patient.leaves(_words(at, now - began))

    def _tell(self, words: str) -> bool:
        """Report a standstill. False if the previous report is still being written.

        If no thread can be made, this thread reports, and watches nothing until that is done.
        """
        if self._teller is not None and self._teller.is_alive():
            return False
        self._teller = threading.Thread(target=self._say, args=(words,), daemon=True)
        try:
            self._teller.start()
        except RuntimeError:
            self._say(words)
        return True

    def _say(self, words: str) -> None:
        with suppress(PryvTuiError, OSError):  # a failed report does not end the wait
            self._told(words)


def _words(at: bytes, seconds: float) -> str:
    moment = datetime.fromtimestamp(utc_now().timestamp() - seconds, UTC)
    where = printable(at) or "the root"
    return f"no progress at {where} since {timestamp(moment, to='seconds')}"
