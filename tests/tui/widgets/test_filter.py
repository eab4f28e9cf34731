"""One part of a run's output alone: what is shown, and that nothing of the rest is lost."""

from __future__ import annotations

from pryv_tui.operations.plan import StepView
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.runs.record.events import (
    AnyEvent,
    Note,
    Output,
    RunStarted,
    StepFinished,
    StepStarted,
)
from pryv_tui.tui.text.lines import Lens, Line, Lines
from pryv_tui.tui.text.run import ERRORS, TROUBLE, lenses
from pryv_tui.tui.text.run_model import RunModel
from tests.tui.driving import opened


def view(name: str) -> StepView:
    return StepView(
        step=name,
        title=f"Do {name}",
        host="core",
        command=(),
        leaves="",
        undone="",
        destructive=False,
    )


EVENTS: list[AnyEvent] = [
    RunStarted(kind="backup", roles=["core"], plan=[view("a"), view("b")], pid=1),
    StepStarted(step="a", title="Do a", command=["tool a"]),
    Output(step="a", stream="stdout", text="out of a\n"),
    Output(step="a", stream="stderr", text="error of a\nhalf a li"),
    Output(step="a", stream="stderr", text="ne\n"),
    Note(text="careful", level="warning"),
    StepFinished(step="a", title="Do a", command=[], outcome="done", seconds=1.0),
    Note(text="between"),
    StepStarted(step="b", title="Do b", command=["tool b"]),
    Output(step="b", stream="stderr", text="the last words"),
    StepFinished(
        step="b", title="Do b", command=[], outcome="failed", seconds=1.0, reason="it broke"
    ),
]


def folded(*, each_alone: bool) -> tuple[RunModel, Lines]:
    model, lines = RunModel(), Lines()
    for batch in [[event] for event in EVENTS] if each_alone else [EVENTS]:
        lines.add(model.fold(batch))
    return model, lines


def texts(lines: Lines, lens: Lens) -> list[str]:
    return [line.strip() for line in lines.seen_through(lens).text().splitlines()]


def test_each_part_has_its_lines_however_they_come() -> None:
    for each_alone in (True, False):
        model, lines = folded(each_alone=each_alone)
        assert texts(lines, ERRORS) == ["error of a", "half a line", "the last words"]
        assert texts(lines, TROUBLE) == ["▲ careful", "✗ failed: it broke"]
        first, second = (Lens("", step=number) for number in (1, 2))
        assert texts(lines, first) == [
            "[1/2] Do a", "$ tool a", "out of a", "error of a", "half a line", "▲ careful",
        ]  # fmt: skip
        assert texts(lines, second) == [
            "[2/2] Do b", "$ tool b", "the last words", "✗ failed: it broke",
        ]  # fmt: skip
        assert len(lines) == 11, "nothing is gone"
        assert model.done == 1


def test_what_is_offered_ends_with_all_of_it() -> None:
    model, _lines = folded(each_alone=False)
    found = lenses(model, Line("output", "x", 2))
    assert found[:2] == [ERRORS, TROUBLE]
    assert found[2] is not None
    assert (found[2].step, found[2].name) == (2, "step 2, Do b")
    assert found[-1] is None
    assert lenses(model, None) == [ERRORS, TROUBLE, None]
    assert lenses(model, Line("note", "between", 0)) == [ERRORS, TROUBLE, None]


async def test_by_key_in_the_output_of_a_run(with_set: Settings) -> None:
    async with opened(with_set) as operator:
        await operator.on("OverviewScreen")
        await operator.keys("u")
        await operator.on("RunsScreen")
        await operator.sees("complete")
        await operator.keys("enter")
        await operator.on("RunScreen")
        await operator.sees("COMPLETE")
        await operator.keys("o", "home")
        await operator.sees("[1/")
        # Above the first step stands who asked for it.
        await operator.keys("down")
        await operator.keys("f")
        await operator.sees("only standard error")
        await operator.sees("done dumping")
        assert "[1/" not in operator.text
        await operator.keys("f")
        await operator.sees("only warnings and failures")
        await operator.keys("f")
        await operator.sees("only step 1, ")
        await operator.sees("[1/")
        await operator.keys("f")
        await operator.until(lambda: "only" not in operator.text, "all of it")
