"""Timeouts and intervals of a run, in one object that is made with a platform and passed on."""

from __future__ import annotations

import msgspec


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """Timeouts and intervals, in seconds; the defaults are those of a real platform."""

    answers: float = 90.0
    """How long applications get to answer after a start, for all questions of a run together.

    Node services boot in seconds; an nginx that is silent for longer will stay silent.
    """
    late_answers: float = 10.0
    """How long a later question waits if earlier ones have used up `answers`."""
    one_answer: float = 15.0
    """How long a single question may take; it may try several addresses one after the other."""
    ask_at_first: float = 0.05
    """Pause before the second attempt of a question.

    It doubles each time, up to `ask_every`. Most services answer within a second.
    """
    ask_every: float = 0.5
    stays_up: float = 180.0
    """How long after a start containers may still restart before that counts as a failure."""
    look_every: float = 0.3
    stops_end: float = 32.0
    """How long an engine may continue to stop a container after the run that asked for it has died.

    A database gets 30 s to end, others less. A start before that would have no effect.
    """
    redis_writes: float = 600.0
    """How long Redis gets to write its files.

    Register's data is small: if writing takes longer, something is wrong.
    """
    room_every: float = 0.05
    """Interval between checks of the free space on a disk that a dump or a copy fills."""
    near: float = 1.0
    """How long a server that was just started is asked only at its own address.

    After that, a program in its container is tried too.
    """
    newer: float = 10.0
    """How long a restore asks each store for data newer than the set, before it stops the store."""
    live_audit: float = 600.0
    """How long the live audit at the end of a restore may take.

    Meanwhile the restore is using the platform. What it has not checked by then is left to an audit
    by hand.
    """
    way_out: float = 10.0
    """How long one attempt to get out of a sandbox may take.

    It takes that long on a network where nothing answers; without a network the kernel answers at
    once.
    """
    drill_looks: float = 5.0
    """Interval at which a waiting drill checks whether it may begin.

    The kernel's figures are averages of the last minute.
    """
    repository_every: float = 5.0
    """Interval between checks whether other programs still have the repository's lock."""


USUAL = Patience()
PRACTICE = Patience(
    answers=2.0,
    late_answers=2.0 / 9,
    ask_every=0.05,
    stays_up=5.0,
    look_every=0.05,
    stops_end=0.0,
    drill_looks=0.2,
)
"""Shorter times for a practice platform, where everything happens at once."""
