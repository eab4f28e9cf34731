"""What the command line prints: nothing that it passes on can act on a terminal."""

from __future__ import annotations

import pytest

from pryv_tui.cli.base.output import fail, table
from pryv_tui.cli.base.telling import Narrator
from pryv_tui.errors import ERRORS, PryvTuiError
from pryv_tui.operations.plan import StepView
from pryv_tui.runs.record.events import (
    AnyEvent,
    Note,
    Output,
    ProgressMade,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
)


def view(step: str) -> StepView:
    return StepView(
        step=step, title="t", host="h", command=(), leaves="", undone="", destructive=False
    )


def told(*events: AnyEvent) -> None:
    narrator = Narrator()
    for event in events:
        narrator.tell(event)


def test_a_run_is_told_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    told(
        RunStarted(
            kind="backup", roles=["core"], plan=[view("a"), view("b")], pid=1, domain="d.example",
            set="SET", practice=True, notice=["the gap"],
        ),
        StepStarted(step="b", title="The second", command=["docker stop x"]),
        Output(step="b", stream="stdout", text="half a l"),
        Output(step="b", stream="stdout", text="ine\nrest"),
        ProgressMade(step="b", done=1, total=2, unit="bytes"),
        Note(text="look", level="warning", step="b"),
        StepFinished(step="b", title="t", command=[], outcome="failed", seconds=1.5, reason="why"),
        RunFinished(
            outcome="failed", exit=1, what="It failed.", checks=["c"], remains=["r"], next=["n"]
        ),
    )  # fmt: skip
    words = [
        "PRACTICE backup of d.example set SET",
        "the gap",
        "[2/2] The second",
        "$ docker stop x",
        "| half a line",
        "WARNING look",
        "| rest",
        "failed after 1.5 s: why",
        "PRACTICE Backup of d.example: FAILED",
        "It failed.",
        "- r",
        "- n",
        "- c",
    ]
    text = capsys.readouterr().out
    places = [text.find(word) for word in words]
    assert -1 not in places, text
    assert places == sorted(places)


def test_a_size_has_its_unit_once(capsys: pytest.CaptureFixture[str]) -> None:
    Narrator()._tell_progress(ProgressMade(step="b", done=70, total=5_000_000, unit="bytes"))
    assert capsys.readouterr().err.endswith("70 Bytes of 4.8 MiB")
    Narrator()._tell_progress(ProgressMade(step="b", done=2, total=16, unit="containers"))
    assert capsys.readouterr().err.endswith("2 of 16 containers")


def test_a_table_is_as_wide_as_its_cells(capsys: pytest.CaptureFixture[str]) -> None:
    table([("set", "state"), ("a-long-name", "x"), ("b", "\x1b[31mred")])
    said = capsys.readouterr().out
    assert said.splitlines()[0] == "set          state"
    assert "␛[31mred" in said
    table([])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_each_error_exits_as_its_row_says(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        fail(PryvTuiError(name, "what \x1b]0;evil\x07 happened"))
    assert caught.value.code == ERRORS[name].exit
    said = capsys.readouterr()
    assert said.out == ""
    assert ERRORS[name].remedy in said.err
    assert "\x1b" not in said.err and "\x07" not in said.err


def test_a_table_that_is_too_wide_is_broken_between_cells(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [("drill", "kind", "of the set"), ("20260304T090000Z", "sandbox", "20260304T085000Z")]
    for fits in (27, 40, 80):
        table(rows, fits=fits)
        lines = capsys.readouterr().out.splitlines()
        assert all(len(line) <= fits for line in lines)
        assert len(lines) == (2 if fits == 80 else 4)
        assert "20260304T085000Z" in " ".join(lines) and "sandbox" in " ".join(lines)
