"""The state of a run, computed from the events of its journal for a screen. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pryv_tui.clock import now_seconds, seconds_of
from pryv_tui.operations.context import GuardOutcome
from pryv_tui.operations.plan import StepView
from pryv_tui.runs.record.events import (
    AnyEvent,
    CancelAsked,
    GapKnown,
    GuardChecked,
    Note,
    Output,
    ProgressMade,
    RunFinished,
    RunPlanned,
    RunStarted,
    StepFinished,
    StepStarted,
    with_plan,
)
from pryv_tui.runs.record.report import asked_by, cancel_words
from pryv_tui.tui.text.lines import Line, LineKind
from pryv_tui.tui.text.words import GUARD, shell_line

AT_ONCE = ("containers",)
"""Units of which several are handled at the same time: their count says nothing about the time
left."""
SURE_SECONDS = 2.0
"""A rate that was measured for fewer seconds is not used."""
_OF_GUARD: dict[GuardOutcome, LineKind] = {
    "ok": "note",
    "not_known": "note",
    "warning": "warning",
    "failed": "failed",
}


@dataclass
class StepProgress:
    """One step and its progress."""

    view: StepView
    state: str = "waiting"
    began: float = 0.0
    seconds: float = 0.0
    reason: str = ""


@dataclass
class RunModel:
    """The state of a run so far."""

    kind: str = ""
    domain: str = ""
    set_id: str = ""
    practice: bool = False
    roles: tuple[str, ...] = ()
    notice: tuple[str, ...] = ()
    began: float = 0.0
    steps: list[StepProgress] = field(default_factory=list)
    current: StepProgress | None = None
    progress: ProgressMade | None = None
    gap: GapKnown | None = None
    started: RunStarted | None = None
    end: RunFinished | None = None
    ended_at: float = 0.0
    died: bool = False
    _rest: dict[str, str] = field(default_factory=dict)
    _rate_from: tuple[float, int] | None = None

    @property
    def over(self) -> bool:
        return self.end is not None or self.died

    @property
    def outcome(self) -> str:
        """The state of the run in one word."""
        if self.end is not None:
            return self.end.outcome
        return "died" if self.died else "running" if self.started is not None else "starting"

    @property
    def done(self) -> int:
        return sum(step.state == "done" for step in self.steps)

    def fold(self, events: Iterable[AnyEvent]) -> list[Line]:
        """Add events. Return the lines that they add to the output."""
        lines: list[Line] = []
        for event in events:
            before, place = len(lines), self._place
            self._take(event, lines)
            # The lines of the event that ends a step still belong to that step.
            place = place or self._place
            lines[before:] = [line._replace(step=place) for line in lines[before:]]
        return lines

    @property
    def _place(self) -> int:
        """The number of the current step in the plan, counted from 1; 0 between two steps."""
        return self.steps.index(self.current) + 1 if self.current is not None else 0

    def _take(self, event: AnyEvent, lines: list[Line]) -> None:
        if isinstance(event, Output):
            self._output(event, lines)
        elif isinstance(event, ProgressMade):
            self._progress(event)
        elif isinstance(event, StepStarted):
            self._step_started(event, lines)
        elif isinstance(event, StepFinished):
            self._step_finished(event, lines)
        elif isinstance(event, GuardChecked):
            word = GUARD[event.outcome]
            kind = _OF_GUARD[event.outcome]
            lines.append(Line(kind, f"  {word} {event.name}: {event.text}"))
            if event.remedy and event.outcome != "ok":
                lines.append(Line(kind, f"    What to do: {event.remedy}"))
        elif isinstance(event, Note):
            self._flush(lines)
            kind = "warning" if event.level == "warning" else "note"
            mark = "▲" if event.level == "warning" else "·"
            lines.append(Line(kind, f"  {mark} {event.text}"))
        elif isinstance(event, GapKnown):
            self.gap = event
        elif isinstance(event, RunStarted):
            self.started = with_plan(self.started, event)
            self.kind, self.domain, self.set_id = event.kind, event.domain, event.set
            self.practice, self.roles = event.practice, tuple(event.roles)
            self.notice = tuple(event.notice)
            self.began = seconds_of(self.started.time)
            self.steps = [StepProgress(view) for view in event.plan]
            if isinstance(event, RunPlanned):
                lines.append(Line("note", f"  · it is planned now, of the set {event.set}"))
            else:
                lines += [Line("note", line) for line in asked_by(event)]
        elif isinstance(event, CancelAsked):
            self._flush(lines)
            lines.append(Line("warning", f"  ▲ {cancel_words(event)}"))
        elif isinstance(event, RunFinished):
            self._finished(event, lines)

    def _step(self, name: str) -> StepProgress | None:
        return next((step for step in self.steps if step.view.step == name), None)

    def _step_started(self, event: StepStarted, lines: list[Line]) -> None:
        self.progress, self._rate_from = None, None
        self.current = self._step(event.step)
        if self.current is not None:
            self.current.state, self.current.began = "running", seconds_of(event.time)
        lines.append(Line("step", f"[{self._place}/{len(self.steps)}] {event.title}"))
        lines += [Line("command", f"  {shell_line(command)}") for command in event.command]

    def _step_finished(self, event: StepFinished, lines: list[Line]) -> None:
        self._flush(lines)
        step = self._step(event.step)
        if step is not None:
            step.state, step.seconds, step.reason = event.outcome, event.seconds, event.reason
        self.current = None
        self.progress = None
        if event.outcome != "done":
            lines.append(Line("failed", f"  ✗ {event.outcome}: {event.reason}"))

    def _output(self, event: Output, lines: list[Line]) -> None:
        # Chunks arrive as they were read: a line may be spread over several.
        parts = (self._rest.pop(event.stream, "") + event.text).split("\n")
        if rest := parts.pop():
            self._rest[event.stream] = rest
        lines += [Line(_kind(event.stream), f"  {text}") for text in parts]

    def _flush(self, lines: list[Line]) -> None:
        lines += [Line(_kind(stream), f"  {text}") for stream, text in self._rest.items()]
        self._rest.clear()

    def _progress(self, event: ProgressMade) -> None:
        if self._rate_from is None or self.progress is None or event.unit != self.progress.unit:
            self._rate_from = (seconds_of(event.time), event.done)
        self.progress = event

    def _finished(self, event: RunFinished, lines: list[Line]) -> None:
        self._flush(lines)
        self.end, self.ended_at = event, seconds_of(event.time)
        self.set_id = event.set or self.set_id
        for step in self.steps:
            if step.state == "waiting":
                step.state = "not begun"
        lines.append(
            Line("note" if event.exit == 0 else "failed", f"{event.outcome.upper()}: {event.what}")
        )

    # Times. The journal is written on this machine, by the same clock.

    def elapsed(self, now: float | None = None) -> float:
        """Seconds since the run began."""
        if not self.began:
            return 0.0
        return max(0.0, (self.ended_at or now or now_seconds()) - self.began)

    def step_elapsed(self, now: float | None = None) -> float:
        """Seconds since the current step began."""
        return max(0.0, (now or now_seconds()) - self.current.began) if self.current else 0.0

    def step_left(self, now: float | None = None) -> float | None:
        """Return how many seconds the current step still needs; None if that is not known."""
        if self.current is None:
            return None
        made = self.progress
        steady = made is not None and made.unit not in AT_ONCE
        if made is not None and steady and made.total and self._rate_from is not None:
            since, first = self._rate_from
            spent = (now or now_seconds()) - since
            if spent >= SURE_SECONDS and made.done > first:
                return spent * max(0, made.total - made.done) / (made.done - first)
        expected = self.current.view.expected_seconds
        if expected is None:
            return None
        left = expected - self.step_elapsed(now)
        # It takes clearly longer than last time: it is not known how much longer.
        return max(left, 0.0) if left > -SURE_SECONDS else None

    def left(self, now: float | None = None) -> float | None:
        """Return how many seconds the whole run still needs; None if that is not known."""
        if self.over or not self.steps:
            return None
        waiting = [s.view.expected_seconds for s in self.steps if s.state == "waiting"]
        if any(seconds is None for seconds in waiting):
            return None
        now_left = self.step_left(now)
        if self.current is not None and now_left is None:
            return None
        return sum(seconds or 0.0 for seconds in waiting) + (now_left or 0.0)


def _kind(stream: str) -> LineKind:
    return "error" if stream == "stderr" else "output"
