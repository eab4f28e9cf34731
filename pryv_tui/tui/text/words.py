"""The common words of the interface: states with their glyphs, sizes, times. Pure.

A state is always a glyph *and* a word, with a colour in addition: never only a colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple

import humanize
from rich.cells import cell_len, set_cell_size

from pryv_tui.clock import moment_of, utc_now
from pryv_tui.operations.ages import age_of, ago
from pryv_tui.phrases import counted

GOOD, BAD, WARN, BUSY, QUIET = (
    "$text-success",
    "$text-error",
    "$text-warning",
    "$text-primary",
    "$quiet",
)
"""Colours by meaning, with the names in the theme."""


class Word(NamedTuple):
    """A state: glyph, word, colour."""

    glyph: str
    word: str
    style: str

    def __str__(self) -> str:
        return f"{self.glyph} {self.word}"


CONTAINER: dict[str, Word] = {
    "running": Word("●", "running", GOOD),
    "paused": Word("◐", "paused", WARN),
    "restarting": Word("▲", "restarting", WARN),
    "exited": Word("○", "exited", BAD),
    "created": Word("○", "created", WARN),
    "dead": Word("✗", "dead", BAD),
}

HELD = Word("▶", "held", BUSY)
"""A container that the present run has stopped or paused; the run starts or unpauses it again."""

GUARD: dict[str, Word] = {
    "ok": Word("✓", "OK", GOOD),
    "not_known": Word("?", "UNKNOWN", WARN),
    "warning": Word("▲", "WARNING", WARN),
    "failed": Word("✗", "FAILED", BAD),
}

LEVEL: dict[str, Word] = {
    "info": Word("·", "info", QUIET),
    "warning": Word("▲", "warning", WARN),
    "failed": Word("✗", "urgent", BAD),
}

STEP: dict[str, Word] = {
    "waiting": Word("·", "waiting", QUIET),
    "running": Word("▶", "running", BUSY),
    "done": Word("✓", "done", GOOD),
    "failed": Word("✗", "failed", BAD),
    "cancelled": Word("■", "cancelled", WARN),
    "not begun": Word("–", "not begun", QUIET),
}

RUN: dict[str, Word] = {
    "starting": Word("▶", "starting", BUSY),
    "running": Word("▶", "running", BUSY),
    "complete": Word("✓", "complete", GOOD),
    "warnings": Word("▲", "warnings", WARN),
    "failed": Word("✗", "failed", BAD),
    "cancelled": Word("■", "cancelled", WARN),
    "refused": Word("✗", "refused", BAD),
    "died": Word("✗", "died", BAD),
    "ended": Word("·", "ended", QUIET),
}

SET: dict[str, Word] = {
    "complete": Word("✓", "complete", GOOD),
    "partial": Word("◐", "partial", WARN),
    "damaged": Word("✗", "damaged", BAD),
    "closed": Word("?", "closed", WARN),
}

MAKING = Word("▶", "being made now", BUSY)
"""A set that a living run is making; without that run it would be partial."""


def size(count: int) -> str:
    """Return a number of bytes as people read it."""
    return humanize.naturalsize(count, binary=True).replace(" Bytes", " B").replace(" Byte", " B")


def number(count: int) -> str:
    """Return a number with separated thousands."""
    return humanize.intcomma(count)


def count(many: int, one: str, several: str = "") -> str:
    """Return a number with its noun, as `counted` makes it, with separated thousands."""
    return counted(many, one, several, said=number(many))


def amount(made: int, unit: str) -> str:
    """Return a number with its unit, which is given in the plural; bytes are shown as a size."""
    return size(made) if unit == "bytes" else count(made, unit.removesuffix("s"))


def shell_line(line: str) -> str:
    """Return a line of a step's command as a terminal shows it: with a prompt, except for a
    comment."""
    return line if line.startswith("#") else f"$ {line}"


def clock(seconds: float) -> str:
    """Return a duration in the form 0:07, 12:30 or 1:02:03."""
    whole = max(0, round(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def about(seconds: float) -> str:
    """Return an expected duration in words, not more exact than it is."""
    if seconds < 1:
        return "about a second"
    if seconds < 90:
        return f"about {seconds:.0f} s"
    return f"about {humanize.naturaldelta(seconds)}"


def age(text: str, now: datetime | None = None, *, short: bool = False) -> str:
    """Return how long ago a time is.

    Args:
        short: use few cells: `40 s ago`.
    """
    then = moment_of(text)
    if then is None:
        return "unknown"
    return ago(((now or utc_now()) - then).total_seconds(), short=short)


def short_age(text: str) -> str:
    """Return how long ago a time is, in a few cells: 40 s, 10 min, 3 h, 12 d."""
    then = moment_of(text)
    if then is None:
        return ""
    found = age_of((utc_now() - then).total_seconds())
    return f"{found.many} {found.short}"


def brief_age(text: str) -> str:
    """Return how long ago a time is, in few cells but in words: just now, 40 s ago."""
    return age(text, short=True)


def when(text: str) -> str:
    """Return a time to the second, in UTC."""
    then = moment_of(text)
    return then.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if then else text


def time_of_day(text: str) -> str:
    """Return a time to the second without its day, in UTC."""
    then = moment_of(text)
    return then.astimezone(UTC).strftime("%H:%M:%S UTC") if then else text


AGES_SECONDS = 20.0
"""How often, in seconds, the ages in a list are updated: a screen that is left open must not show
old ages."""

CLOSE_SECONDS = 60.0
"""Things made within this many seconds of each other show the same age, and nearly the same id."""


def close_by(times: Sequence[str]) -> list[bool]:
    """Return for each time whether another one is so close that ages don't distinguish them."""
    known = sorted(
        (then, n) for n, text in enumerate(times) if (then := moment_of(text)) is not None
    )
    close = [False] * len(times)
    for (earlier, one), (later, other) in pairwise(known):
        if (later - earlier).total_seconds() < CLOSE_SECONDS:
            close[one] = close[other] = True
    return close


def roles(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(names) or "no role"


def fit(text: str, width: int) -> str:
    """Return the text in exactly `width` cells; cut text ends with an ellipsis."""
    if cell_len(text) > width:
        return set_cell_size(text, max(0, width - 1)) + "…"
    return set_cell_size(text, width)


def fit_end(text: str, width: int) -> str:
    """Return the text in exactly `width` cells. A long text keeps its end, which distinguishes
    paths."""
    while cell_len(text) > width:
        text = "…" + text.lstrip("…")[1:]
    return set_cell_size(text, width)
