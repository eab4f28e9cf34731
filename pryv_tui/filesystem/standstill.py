"""Who stands still is seen from beside: in a disk that does not answer a thread can tell nobody.

It waits in the kernel, for a file server that is away or a disk that is broken, and no signal
reaches it there. So another thread, which reads and writes nothing, looks whether the others move.
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
    """Whoever has to get on with something."""

    @property
    def moves(self) -> int:
        """Another number each time that it got on."""
        ...

    @property
    def at(self) -> bytes | None:
        """The path that it is at; None: it has nothing to do."""
        ...


class Patient(NamedTuple):
    """How long is waited for whoever stands still, in seconds."""

    told_after: float = 20.0
    """After so long it is told."""
    left_after: float = 120.0
    """After so long, where all is only to end, `leaves` is called."""
    looks: float = 0.5
    """Between two looks."""
    leaves: Callable[[str], object] = str
    """Ends this process, for the reason that it gets; who returns waits on."""


PATIENT = Patient()


class Watch:
    """Looks whether all move, from `with` to its end.

    It moves itself each time that it is asked whether to stop: for the thread that begins it.
    """

    def __init__(
        self,
        stops: Callable[[], bool],
        told: Callable[[str], None],
        patient: Patient = PATIENT,
    ) -> None:
        """Get ready.

        Args:
            stops: whether the operator wants all to end.
            told: is told, in a thread of its own where one can be made, who stands still since
                when, in words, once each; it may fail, and hang: what it writes to may lie on the
                very disk.
            patient: how long is waited.
        """
        self._stops, self._told, self._patient = stops, told, patient
        self.moves = 0
        self.at: bytes | None = b""
        self.movers: list[Mover] = [self]
        self.ending = False
        """Whether the others are only waited for."""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="who stands still", daemon=True)
        self._teller: threading.Thread | None = None

    def is_set(self) -> bool:
        """Whether to stop."""
        self.moves += 1
        return self._stops()

    def __enter__(self) -> Watch:
        with suppress(RuntimeError):  # no thread can be made: nobody looks
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join()
        # Only now: a look that was under way may have begun to tell.
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
        """Have it told; false where it can't be now: the last one is still being told.

        Where no thread can be made for it, it is told from here, and nobody looks meanwhile.
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
        with suppress(PryvTuiError, OSError):  # it is waited for all the same
            self._told(words)


def _words(at: bytes, seconds: float) -> str:
    moment = datetime.fromtimestamp(utc_now().timestamp() - seconds, UTC)
    where = printable(at) or "the root"
    return f"a thread stands still at {where} since {timestamp(moment, to='seconds')}"
