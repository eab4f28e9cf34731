"""The texts about a run: its headline, its steps, its current step, its result. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual.content import Content

from pryv_tui.clock import now_seconds, seconds_of
from pryv_tui.operations.facts import LiveFound
from pryv_tui.phrases import counted
from pryv_tui.platform.gap import WHAT
from pryv_tui.runs.cancelling import Outlook
from pryv_tui.runs.record.events import GapKnown
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.runs.record.report import Aftermath, Part, died_parts, report_parts
from pryv_tui.tui.text.lines import Lens, Line
from pryv_tui.tui.text.run_model import RunModel, StepProgress
from pryv_tui.tui.text.words import RUN, STEP, amount, clock, fit, number

ERRORS = Lens("standard error", frozenset({"error"}))
TROUBLE = Lens("warnings and failures", frozenset({"warning", "failed"}))
ROOMY = 78
"""The width in columns from which the headline has a progress bar."""
STATE_CELLS, TOOK_CELLS = 12, 7
"""The number of cells before a step's title in the list of steps, and after it."""
SAFE = "Safe to disconnect: the run continues without this screen."

WAITS = "It waits until it can begin, and plans its steps then."


def bar(done: int, total: int, width: int) -> str:
    """Return a progress bar of `width` cells."""
    full = 0 if total <= 0 else min(width, done * width // total)
    return "█" * full + "░" * (width - full)


def headline(model: RunModel, now: float | None = None, *, width: int = ROOMY) -> Content:
    """Return state, overall progress and times in one line; without the bar if there is no
    space."""
    word = RUN[model.outcome]
    count = len(model.steps)
    roomy = width >= ROOMY
    parts = [f"{model.done} of {counted(count, 'step')}"] if count else []
    parts.append(clock(model.elapsed(now)))
    if not model.over:
        left = model.left(now)
        parts.append(f"{clock(left)} left" if left is not None else "time left not known yet")
    drawn = f"  {bar(model.done, count, 14)}" if count and roomy else ""
    text = ("  ·  " if roomy else " · ").join(parts)
    return Content.assemble((f" {word}", f"bold {word.style}"), f"{drawn}  {text}")


def steps_list(model: RunModel, width: int) -> Content:
    """Return every step with state, title, time and its duration last time."""
    lines = [line for step in model.steps for line in _step_lines(step, width)]
    if lines:
        return Content("\n").join(lines)
    waits = model.started is not None and not model.over
    return Content(WAITS if waits else "the run is starting …")


def step_top(model: RunModel, width: int, number: int) -> int:
    """Return the line at which a step begins in the list of steps: a long title takes several
    lines."""
    return sum(len(_step_lines(step, width)) for step in model.steps[: max(0, number)])


def lenses(model: RunModel, line: Line | None) -> list[Lens | None]:
    """Return the filters for a run's output, in the order in which a key shows them; the last is
    None: no filter.

    Args:
        line: the line at the top of the view; its step is one of the filters.
    """
    parts: list[Lens | None] = [ERRORS, TROUBLE]
    if line is not None and 0 < line.step <= len(model.steps):
        title = model.steps[line.step - 1].view.title
        parts.append(Lens(f"step {line.step}, {fit(title, 30).rstrip()}", step=line.step))
    return [*parts, None]


def steps_title(model: RunModel) -> str:
    """Return the title of the list of steps."""
    if not model.steps:
        return "Steps, not known yet" if not model.over else "Steps, none"
    return f"Steps, {model.done} of {len(model.steps)} done"


def _step_lines(step: StepProgress, width: int) -> list[Content]:
    word = STEP[step.state]
    expected = step.view.expected_seconds
    took = clock(step.seconds) if step.state in ("done", "failed", "cancelled") else ""
    if expected is not None and step.state in ("waiting", "running"):
        took = f"~{clock(expected)}"
    room = max(10, width - STATE_CELLS - TOOK_CELLS)
    style = "bold" if step.state == "running" else "" if step.state != "waiting" else "$quiet"
    # A title is wrapped, not cut: beside the output the list is narrow, but high.
    first, *rest = [line.rstrip().plain for line in Content(step.view.title).wrap(room)]
    top = Content.assemble(
        (fit(str(word), STATE_CELLS), word.style),
        (fit(first, room), style),
        (f"{took:>{TOOK_CELLS - 1}} ", "$quiet"),
    )
    return [top, *(Content.assemble(" " * STATE_CELLS, (line, style)) for line in rest)]


def current_text(model: RunModel, now: float | None = None) -> Content:
    """Return the current step in two lines."""
    if model.over:
        return Content("")
    step = model.current
    if step is None and not model.steps and model.started is not None:
        return Content.assemble((WAITS, "$quiet"))
    if step is None and not model.steps:
        return Content.assemble(("It looks at the platform and plans its steps …", "$quiet"))
    if step is None:
        return Content.assemble(("between two steps …", "$quiet"))
    times = clock(model.step_elapsed(now))
    left = model.step_left(now)
    if left is not None and left >= 1:
        times += f" · {clock(left)} left"
    elif left is None and step.view.expected_seconds:
        times += f" · longer than last time ({clock(step.view.expected_seconds)})"
    first = Content.assemble((step.view.title, "bold"))
    made = model.progress
    if made is None:
        return Content("\n").join([first, Content(times)])
    done = amount(made.done, made.unit)
    if made.total:
        percent = min(100, made.done * 100 // made.total)
        done = done if made.unit == "bytes" else number(made.done)
        whole = amount(made.total, made.unit)
        done = f"{bar(made.done, made.total, 20)} {percent}%  {done} of {whole}"
    return Content("\n").join([first, Content(f"{done} · {times}")])


def gap_text(gap: GapKnown | None, *, over: bool = False) -> str:
    """Return the gap in one line, with what is known so far.

    Args:
        over: whether the run is over, so that nothing more will be known about the gap.
    """
    if gap is None or not gap.moments:
        return "Gap: none, nothing was copied" if over else "Gap: nothing copied yet"
    parts = []
    if gap.accounts_seconds is not None:
        parts.append(f"accounts {gap.accounts_seconds:.1f} s")
    if gap.data_seconds is not None:
        parts.append(f"attachments and series {gap.data_seconds:.1f} s")
    unknown = "not known, it ended before that" if over else "open since the MongoDB dump began"
    told = "Gap: " + (", ".join(parts) or unknown)
    if gap.hold is not None and gap.hold["released"]:
        what = "registrations" if gap.hold["kind"] == "registrations" else "everything"
        by = ", until the deadline" if gap.hold["released_by"] == "deadline" else ""
        told += f" ({what} held for {gap.hold['seconds']:.1f} s{by})"
    return told


def gap_lines(model: RunModel, width: int, now: float | None = None) -> Content:
    """Return the gap while a backup runs, in two lines: whether each window is open, for how long,
    and what is held; then when each thing was copied, counted from the first dump. Plain ASCII."""
    gap = model.gap
    if model.over or gap is None:
        return Content(fit(gap_text(gap, over=model.over), width).rstrip())
    time_now = now_seconds() if now is None else now
    taken = [*gap.moments, *([gap.going] if gap.going else [])]
    dumps = [seconds_of(one["started"]) for one in taken if one["what"] == "mongodb"]
    if not dumps:
        return Content(f"Gap: not open yet{_hold_text(gap.hold, time_now)}")
    opened = min(dumps)
    sides = [("attachments, series", gap.data_seconds, "everything")]
    if "register" in model.roles:
        sides.insert(0, ("accounts", gap.accounts_seconds, ""))
    words = []
    for name, seconds, closed_by in sides:
        kind = gap.hold["kind"] if gap.hold and gap.hold["started"] else None
        kept_out = kind is not None and closed_by in ("", kind) and not gap.hold["released"]  # type: ignore[index]
        if seconds == 0 and kind is not None:
            words.append(f"{name} none")
        elif seconds is not None:
            words.append(f"{name} closed, {seconds:.1f} s")
        elif kept_out:
            words.append(f"{name} kept out")
        else:
            words.append(f"{name} OPEN {clock(time_now - opened)}")
    first = "Gap: " + "; ".join(words) + _hold_text(gap.hold, time_now)
    second = _taken(taken, opened, width)
    return Content("\n").join([Content(fit(first, width).rstrip()), second])


def _hold_text(hold: dict[str, Any] | None, now: float) -> str:
    if hold is None:
        return ""
    if not hold["released"]:
        what = "sign-up" if hold["kind"] == "registrations" else "all"
        return f"; {what} HELD {clock(now - seconds_of(hold['began']))}"
    if hold["released_by"] == "deadline":
        return "; DEADLINE passed"
    if hold["released_by"] == "others":
        return "; NOT held to the end"
    return f"; held {clock(hold['seconds'])}"


_SHORT = {"accounts": "index", "redis-files": "Redis"}


def _taken(taken: list[dict[str, Any]], opened: float, width: int) -> Content:
    """Return when each thing was copied, or since when it is being copied, counted from the first
    dump. If there is no space, the earliest are left out."""
    several = len({one["host"] for one in taken}) > 1
    copied = {one["host"] for one in taken if one["what"] == "redis-files"}
    # Redis is settled and copied in one act: the moment of the copy stands for both.
    shown = [one for one in taken if one["what"] != "redis" or one["host"] not in copied]
    words: list[str] = []
    for one in shown:
        where = f" {one['host']}" if several and one["what"] == "files" else ""
        name = _SHORT.get(one["what"]) or WHAT.get(one["what"], one["what"])
        began = seconds_of(one["started"])
        if one["finished"]:
            words.append(f"{name}{where} {clock(began - opened)}")
        else:
            words.append(f"{name}{where} since {clock(began - opened)}")
    last = taken[-1]
    if last["finished"]:
        words[-1] += f" to {clock(seconds_of(last['finished']) - opened)}"
    text = "Taken: " + ", ".join(words)
    while len(text) > width and len(words) > 1:
        words.pop(0)
        text = "Taken: " + ", ".join(["..", *words])
    return Content.assemble((fit(text, width).rstrip(), "$quiet"))


def result_parts(
    record: RunRecord,
    model: RunModel,
    given: tuple[str, ...] = (),
    later: LiveFound | None = None,
    after: Aftermath | None = None,
) -> list[Part]:
    """Return how the run ended, to be pasted into a ticket or a channel; empty while it is running.

    Args:
        given: the options that the program was started with, for commands that are pasted.
        later: the last live audit.
        after: what a run left whose process is gone; None if that was not checked.
    """
    if model.end is not None:
        return report_parts(model.started, model.end, later)
    if not model.died:
        return []
    done = {step.view.kind for step in model.steps if step.state == "done"}
    return died_parts(model.started, record.id, str(record.journal), given, done, after)


def result_content(parts: Sequence[Part], outcome: str) -> Content:
    """Return a result with the outcome's colour on its first line, and headings in bold."""
    lines: list[tuple[str, str]] = []
    for part in parts:
        lines += [("", "")] if lines else []
        lines += [(f"{part.heading}:", "bold")] if part.heading else []
        lines += [(line, "") for line in part.lines]
    if lines:
        lines[0] = (f"{RUN[outcome].glyph} {lines[0][0]}", f"bold {RUN[outcome].style}")
    return Content("\n").join(Content.assemble(line) for line in lines)


def cancel_text(record: RunRecord, what: Outlook) -> str:
    """Return what a cancel does: to the run as a whole, then to the current step."""
    lines = [f"End the {record.kind} {record.id}?", "", what.whole]
    return "\n".join([*lines, *(["", what.step] if what.step else [])])
