"""Wait for something that may never come; report what for, since when, and the limit.

A silent program in a container may be working, or its server may be frozen: that can't be seen from
outside. So a wait is reported while it lasts, and has a limit that the operator can set.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from pryv_tui.clock import utc_now
from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.hosts.engine import CancelToken, Engine, OutputSink, Stream

VARIABLE = "PRYV_TUI_PATIENCE"
"""The environment variable for the longest silence before a program is ended: `90`, `30m`, `2h`."""
SILENT_SECONDS = 1800.0
"""Seconds. A dump may work on one large shard or index for minutes without printing a line."""
QUESTION_SECONDS = 120.0
"""Seconds. A server that runs answers a question at once."""
TOLD_SECONDS = 30.0
"""Seconds after which a wait is reported, or half its limit if that is shorter.

After that, it is reported again after twice as long each time.
"""

_DURATION = re.compile(r"(\d+(?:\.\d+)?) ?(s|m|min|h)?")


def patience(usual: float, environment: Mapping[str, str] = os.environ) -> float:
    """The seconds of silence after which a program is ended: from the variable, else `usual`.

    Raises:
        PryvTuiError: `usage`, the variable's value is not a duration.
    """
    text = environment.get(VARIABLE)
    if text is None:
        return usual
    found = _DURATION.fullmatch(text.strip())
    if found is None or not float(found[1]):
        raise PryvTuiError(
            "usage",
            f"{VARIABLE} is {text!r}, which is not a duration",
            f"Write it like {VARIABLE}=45m; unset it for the usual {SILENT_SECONDS / 60:.0f}"
            " minutes.",
        )
    return float(found[1]) * {"m": 60, "min": 60, "h": 3600}.get(found[2] or "s", 1)


class Silence:
    """A cancel token that is also set after a silence that is too long.

    Args:
        what: the name of what is waited for.
        seconds: the silence after which the token is set.
        tell: is called with a line each time that a long wait is to be reported.
        cancel: the operator's own token.
    """

    def __init__(
        self,
        what: str,
        seconds: float,
        tell: Callable[[str], None] | None = None,
        cancel: CancelToken | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.what = what
        self.seconds = seconds
        self.look: Callable[[], str] | None = None
        """Returns a visible reason for the silence; empty if none is seen."""
        self.expired = False
        self._tell = tell
        self._cancel = cancel
        self._clock = clock
        self.heard()

    def heard(self) -> None:
        """Record that output came, so that the time without output counts from now."""
        self._since = self._clock()
        self._at = utc_now()
        self._next = min(TOLD_SECONDS, self.seconds / 2)

    def is_set(self) -> bool:
        if self._cancel is not None and self._cancel.is_set():
            return True
        silent = self._clock() - self._since
        if silent >= self.seconds:
            self.expired = True
            return True
        if silent >= self._next and self._tell is not None:
            self._next *= 2
            self._tell(
                f"Waiting for {self.what} since {self._at:%H:%M:%S} UTC, without output:"
                f" {silent:.0f} s by now, {self.seconds:.0f} s at most{self._seen('; ')}"
            )
        return False

    def _seen(self, before: str) -> str:
        why = self.look() if self.look is not None else ""
        return f"{before}{why}" if why else ""

    def failure(self) -> PryvTuiError:
        """The error for a silence that was too long."""
        return PryvTuiError(
            "step-failed",
            f"{self.what} gave no output for {self.seconds:.0f} s (since {self._at:%H:%M:%S} UTC)"
            f" and was ended{self._seen(': ') or ': its server may be frozen'}",
            "See whether its server answers and what its log says: pryv-tui doctor. If it only"
            f" needs longer, give it more time: {VARIABLE}=2h",
        )


def run_watched(
    engine: Engine,
    container: str,
    argv: Sequence[str],
    on_output: OutputSink,
    watch: Silence,
    environment: Mapping[str, str] | None = None,
    begun: Callable[[str], None] | None = None,
) -> int:
    """Run a program in a container, and end it if it is silent for too long.

    Raises:
        PryvTuiError: `step-failed`, it was silent for too long; or an error of the engine.
        Cancelled: the operator cancelled.
    """

    def listen(stream: Stream, chunk: bytes) -> None:
        watch.heard()
        on_output(stream, chunk)

    watch.look = partial(paused_words, engine, container)
    more: dict[str, Any] = {"environment": environment} if environment else {}
    if begun is not None:
        more["begun"] = begun
    try:
        return engine.exec(container, argv, on_output=listen, cancel=watch, **more)
    except Cancelled:
        if watch.expired:
            raise watch.failure() from None
        raise
    except PryvTuiError as error:
        if watch.expired:
            # The engine could not end the program (a frozen process, for example): report both.
            failure = watch.failure()
            raise PryvTuiError(
                failure.name, f"{failure.what}; {error.what}", failure.remedy
            ) from error
        raise


def paused_words(engine: Engine, container: str) -> str:
    """Say that a container is paused, so that nothing in it answers; else, or if unknown, empty."""
    try:
        found = next((one for one in engine.glance() if one.name == container), None)
    except PryvTuiError:
        return ""
    return f"{container} is paused" if found is not None and found.state == "paused" else ""
