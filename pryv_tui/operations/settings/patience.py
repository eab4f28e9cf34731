"""How long a run waits, and how often it looks: one object, made with a platform and passed on
with it."""

from __future__ import annotations

import msgspec


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds; the defaults are those of a real platform."""

    answers: float = 90.0
    """How long applications get to answer after a start, all questions of a run together: Node
    services boot in seconds, and a front door that is dumb stays so however often it is asked."""
    late_answers: float = 10.0
    """What a later question gets where earlier ones have used that up."""
    one_answer: float = 15.0
    """A single question may be on its way for so long, to several addresses one after the other."""
    ask_at_first: float = 0.05
    """Between the first two questions; twice as long each time, up to `ask_every`: most answer
    within a second."""
    ask_every: float = 0.5
    stays_up: float = 180.0
    """How long containers get after a start until none of them starts again any more."""
    look_every: float = 0.3
    stops_end: float = 32.0
    """How long an engine may still be at stopping a container after who asked it to has died: a
    database gets 30 s to end, all else less. A start in between would count for nothing."""
    redis_writes: float = 600.0
    """How long Redis gets to write its files: a register is small, so more is a fault, not a big
    database."""
    room_every: float = 0.05
    """How often it is looked how much room a disk has that a dump or a copy fills."""
    near: float = 1.0
    """How long a server that was just started is asked at its own address alone, before a program
    in its container is asked too."""
    newer: float = 10.0
    """How long a restore asks each store for what it has beyond the set, before it stops it."""
    live_audit: float = 600.0
    """How long a restore, which holds the platform, looks at the end for what is without its other
    half; what it has not come to by then is asked for by hand."""
    way_out: float = 10.0
    """How long an attempt to get out of a sandbox may take, as each does that reaches a network on
    which nobody answers; without any network the kernel answers at once."""
    drill_looks: float = 5.0
    """How often a drill that waits looks whether there is room for it: the kernel's own figures are
    of the last minute."""
    repository_every: float = 5.0
    """How often it is looked whether others still hold the repository."""


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
"""What a practice platform does, it does at once."""
