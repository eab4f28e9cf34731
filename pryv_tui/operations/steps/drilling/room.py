"""Wait until a drill can begin; report the reason, the start and the limit of the wait.

A real restore would not wait for this, so the drill's record counts it as time of the sandbox.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from pryv_tui.clock import utc_now
from pryv_tui.operations.ages import age_of
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.guards.line import GuardLine, waited_for
from pryv_tui.operations.overview.backup_words import interval
from pryv_tui.operations.steps.drilling.rehearsal import phase

TOLD_SECONDS = 60.0
"""A wait is reported when it begins, when its reason changes, and after this many seconds. Each
further report comes after twice that time."""
WAITS = "wait for room"
_SLICE = 0.2
"""The longest time, in seconds, after which a cancel is noticed."""

Look = Callable[[], list[GuardLine]]


def until_there_is_room(
    ctx: RunContext,
    look: Look,
    seconds: float,
    *,
    anew: Look | None = None,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> tuple[str | None, list[GuardLine]]:
    """Check the guards again and again, as long as all failures can go away by themselves.

    Args:
        look: checks the guards.
        seconds: the longest wait.
        anew: the last check of a wait, which reuses no earlier result, because the run that was
            waited for may have changed the platform, or made a newer set. None: `look`.

    Returns:
        the start of the wait in words (None: no wait), and the lines of the last check.

    Raises:
        Cancelled: the operator cancelled.
    """
    last = anew if anew is not None else look
    lines = look()
    if not seconds or not waited_for(lines):
        return None, lines
    since, began = f"since {utc_now():%H:%M:%S} UTC", clock()
    names: list[str] = []
    tells = TOLD_SECONDS
    with phase(ctx, WAITS, "sandbox"):
        while (missing := waited_for(lines)) and (waited := clock() - began) < seconds:
            now = [line.name for line in missing]
            if now != names or waited >= tells:
                tells = 2 * tells if waited >= tells else tells
                ctx.report.note(_told(missing, since, waited, seconds))
            names = now
            _let_pass(ctx, min(ctx.site.patience.drill_looks, seconds - waited), clock, pause)
            lines = look()
            if not waited_for(lines):
                lines = last()
        if waited_for(lines):
            lines = last()  # the time is over: the refusal has to tell the present state
        if not any(line.outcome == "failed" for line in lines):
            ctx.report.note(
                f"there is room now: the drill waited {age_of(clock() - began)}, {since}"
            )
    return since, lines


def _told(missing: list[GuardLine], since: str, waited: float, seconds: float) -> str:
    for_what = "; ".join(f"{line.name}: {line.text}" for line in missing)
    by_now = f"{age_of(waited)} so far, " if waited >= 1 else ""
    return f"waits {since}, {by_now}{interval(seconds)} at most: {for_what}"


def _let_pass(
    ctx: RunContext, seconds: float, clock: Callable[[], float], pause: Callable[[float], None]
) -> None:
    end = clock() + seconds
    while (left := end - clock()) > 0:
        ctx.check_cancelled()
        pause(min(_SLICE, left))
    ctx.check_cancelled()
