"""A run in words: its headline, its steps, its current step, its result. Pure."""

from __future__ import annotations

from textual.content import Content

from pryv_tui.runs.events import GapKnown
from pryv_tui.runs.history import RunRecord
from pryv_tui.tui.run_model import RunModel, StepProgress
from pryv_tui.tui.words import RUN, STEP, amount, clock, fit, when

SAFE = "Safe to disconnect: the run goes on without this screen."


def bar(done: int, total: int, width: int) -> str:
    """A bar of so many cells."""
    full = 0 if total <= 0 else min(width, done * width // total)
    return "█" * full + "░" * (width - full)


def headline(model: RunModel, now: float | None = None) -> Content:
    """State, overall progress, times: one line."""
    word = RUN[model.outcome]
    count = len(model.steps)
    parts = [Content.assemble((f" {word}", f"bold {word.style}"))]
    if count:
        parts.append(Content(f"  {bar(model.done, count, 14)}  {model.done} of {count} steps"))
    parts.append(Content(f"  ·  {clock(model.elapsed(now))}"))
    if not model.over:
        left = model.left(now)
        parts.append(Content(f"  ·  {clock(left)} left" if left is not None else "  ·  time left"
                             " not known yet"))  # fmt: skip
    return Content("").join(parts)


def steps_list(model: RunModel, width: int) -> Content:
    """Every step with state, title, time and what it took last time."""
    lines = [_step_line(step, width) for step in model.steps]
    return Content("\n").join(lines) if lines else Content("the run is starting …")


def _step_line(step: StepProgress, width: int) -> Content:
    word = STEP[step.state]
    expected = step.view.expected_seconds
    took = clock(step.seconds) if step.state in ("done", "failed", "cancelled") else ""
    if expected is not None and step.state in ("waiting", "running"):
        took = f"~{clock(expected)}"
    title_width = max(10, width - 12 - 7)
    style = "bold" if step.state == "running" else "" if step.state != "waiting" else "$quiet"
    return Content.assemble(
        (fit(str(word), 12), word.style),
        (fit(step.view.title, title_width), style),
        (f"{took:>6}", "$quiet"),
    )


def current_text(model: RunModel, now: float | None = None) -> Content:
    """The current step: two lines."""
    if model.over:
        return Content("")
    step = model.current
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
        done = f"{bar(made.done, made.total, 20)} {percent}%  {done} of " + amount(
            made.total, made.unit
        )
    return Content("\n").join([first, Content(f"{done} · {times}")])


def gap_text(gap: GapKnown | None) -> str:
    """The gap as far as it is known now."""
    if gap is None or not gap.moments:
        return "Gap: nothing copied yet"
    parts = []
    if gap.accounts_seconds is not None:
        parts.append(f"accounts {gap.accounts_seconds:.1f} s")
    if gap.data_seconds is not None:
        parts.append(f"attachments and series {gap.data_seconds:.1f} s")
    return "Gap: " + (", ".join(parts) if parts else "open since the MongoDB dump began")


def result_text(record: RunRecord, model: RunModel) -> str:
    """How the run ended, to be pasted into a ticket or a channel."""
    practice = "PRACTICE " if model.practice else ""
    kind = model.kind or record.kind
    lines = [f"{practice}{kind.capitalize()} of {model.domain or '?'}: {model.outcome.upper()}"]
    if model.set_id:
        lines.append(f"Set: {model.set_id}")
    if model.roles:
        lines.append(f"Roles: {', '.join(model.roles)}")
    took = f", {clock(model.elapsed())}" if model.ended_at else ""
    lines += [f"Run: {record.id}", f"Began: {when(record.started)}{took}"]
    if model.kind == "backup" and model.gap is not None:
        lines.append(gap_text(model.gap))
    end = model.end
    if end is None:
        if model.died:
            lines += [
                "",
                "The run died: its process is gone without saying how it ended.",
                f"Its journal tells how far it came: {record.journal}",
            ]
            if kind == "restore":
                lines.append(f"What was there before can be put back: pryv-tui undo {record.id}")
        return "\n".join(lines)
    lines += ["", end.what]
    for title, items in (
        ("Checked, expected and found", end.checks),
        ("Warnings", end.warnings),
        ("What remains", end.remains),
        ("What to do next", end.next),
    ):
        if items:
            lines += ["", f"{title}:", *(f"  - {item}" for item in items)]
    return "\n".join(lines)


def result_content(text: str, outcome: str) -> Content:
    """The same with the outcome's colour on its first line and headings in bold."""
    style = RUN[outcome].style
    first, _, rest = text.partition("\n")
    parts = [Content.assemble((f"{RUN[outcome].glyph} {first}", f"bold {style}"))]
    for line in rest.split("\n"):
        heading = line.endswith(":") and not line.startswith(" ")
        parts.append(Content.assemble((line, "bold" if heading else "")))
    return Content("\n").join(parts)


def cancel_text(model: RunModel, record: RunRecord) -> str:
    """What cancelling now leaves."""
    step = model.current
    lines = [f"End the {record.kind} {record.id}?", ""]
    if step is not None:
        lines += [f"It is at: {step.view.title}.", f"Stopped now, it leaves {step.view.leaves}."]
        if step.view.undone != "there is nothing to undo":
            lines.append(f"Undone by: {step.view.undone}.")
    lines += ["", "What it stopped is started again where that is safe; the result says what"
              " remains."]  # fmt: skip
    return "\n".join(lines)
