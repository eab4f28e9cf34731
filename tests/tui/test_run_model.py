"""A run folded from its journal's events, and the lines that are kept of its output."""

from __future__ import annotations

from pryv_tui.operations.plan import StepView
from pryv_tui.runs.events import (
    AnyEvent,
    Output,
    ProgressMade,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
)
from pryv_tui.tui.lines import Line, Lines
from pryv_tui.tui.run_model import RunModel
from pryv_tui.tui.run_text import headline, steps_list
from pryv_tui.tui.words import fit

T0 = 1_767_225_600.0  # 2026-01-01T00:00:00Z


def at(seconds: int) -> str:
    return f"2026-01-01T00:{seconds // 60:02d}:{seconds % 60:02d}Z"


def view(name: str, expected: float | None = None) -> StepView:
    return StepView(
        step=name,
        title=f"Do {name}",
        host="h",
        command=("true",),
        leaves="a part",
        undone="nothing",
        destructive=False,
        expected_seconds=expected,
    )


def started(*steps: StepView) -> RunStarted:
    return RunStarted(
        time=at(0), kind="backup", roles=["core"], plan=list(steps), pid=1, domain="d"
    )


def begin(name: str, second: int) -> StepStarted:
    return StepStarted(time=at(second), step=name, title=f"Do {name}", command=["true"])


def end(name: str, outcome: str = "done") -> StepFinished:
    return StepFinished(
        time=at(9),
        step=name,
        title="",
        command=[],
        outcome=outcome,  # type: ignore[arg-type]
        seconds=4.0,
    )


def test_lines_are_put_together_from_chunks() -> None:
    model = RunModel()
    model.fold([started(view("a")), begin("a", 1)])
    events: list[AnyEvent] = [
        Output(step="a", stream="stdout", text="one\ntw"),
        Output(step="a", stream="stderr", text="err\n"),
        Output(step="a", stream="stdout", text="o\nrest"),
    ]
    assert [line.text.strip() for line in model.fold(events)] == ["one", "err", "two"]
    assert [line.text.strip() for line in model.fold([end("a")])] == ["rest"]


def test_time_left_from_the_rate_of_this_step_and_the_times_of_the_last_run() -> None:
    model = RunModel()
    model.fold([started(view("a", 10.0), view("b", 20.0)), begin("a", 0)])
    assert model.left(T0 + 4) == 6.0 + 20.0
    model.fold([ProgressMade(time=at(0), step="a", done=0, total=100, unit="bytes")])
    model.fold([ProgressMade(time=at(5), step="a", done=25, total=100, unit="bytes")])
    assert model.step_left(T0 + 5) == 15.0
    assert model.left(T0 + 5) == 35.0


def test_time_left_is_not_made_up() -> None:
    model = RunModel()
    model.fold([started(view("a"), view("b", 20.0)), begin("a", 0)])
    assert model.left(T0 + 1) is None
    assert "not known yet" in headline(model, T0 + 1).plain
    late = RunModel()
    late.fold([started(view("a", 5.0)), begin("a", 0)])
    assert late.left(T0 + 60) is None


def test_steps_after_a_failure_were_not_begun() -> None:
    model = RunModel()
    model.fold([started(view("a"), view("b")), begin("a", 0), end("a", "failed")])
    model.fold([RunFinished(time=at(9), outcome="failed", exit=1, what="no")])
    text = steps_list(model, 60).plain
    assert "✗ failed" in text
    assert "– not begun" in text
    assert model.over
    assert model.elapsed(T0 + 1000) == 9.0


def test_kept_lines_are_bound_and_tell_what_went() -> None:
    lines = Lines(kept=100, pruned=20)
    gone = lines.add(Line("output", f"line {number}") for number in range(130))
    assert (gone, len(lines), lines.dropped) == (50, 80, 50)
    assert lines[0].text == "line 50"
    assert lines.text().startswith("(50 earlier lines")


def test_a_huge_line_is_cut() -> None:
    lines = Lines()
    lines.add([Line("output", "x" * 1_000_000)])
    assert len(lines[0].text) < 5_000
    assert "more characters" in lines[0].text


def test_find_goes_round() -> None:
    lines = Lines()
    lines.add(Line("output", text) for text in ("Apple", "pear", "apple pie"))
    assert lines.find("APPLE", 0, 1) == 0
    assert lines.find("apple", 1, 1) == 2
    assert lines.find("apple", 1, -1) == 0
    assert lines.find("plum", 0, 1) is None


def test_fit_counts_cells() -> None:
    assert fit("héllo", 8) == "héllo   "
    assert fit("日本語のファイル", 7) == "日本語…"
