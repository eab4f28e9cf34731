"""What somebody else wrote ends no line of ours: after it, anything could be told."""

from __future__ import annotations

import io
from typing import Any

import pytest

from pryv_tui.cli.base.output import echo, table
from pryv_tui.cli.base.telling import Narrator, tell_end
from pryv_tui.runs.record.events import GuardChecked, Note, RunFinished, RunStarted, StepFinished
from pryv_tui.runs.record.report import died, report
from pryv_tui.sanitize import acts

FORGED = "OK      vault: all is well"
ENDS = ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"]


def lines_of(text: str) -> list[str]:
    return text.splitlines()


@pytest.mark.parametrize("end", ENDS)
def test_one_call_is_one_line(end: str, capsys: pytest.CaptureFixture[str]) -> None:
    echo(f"a container said{end}{FORGED}")
    assert len(lines_of(capsys.readouterr().out)) == 1


@pytest.mark.parametrize("end", ENDS)
def test_a_row_is_one_line(end: str, capsys: pytest.CaptureFixture[str]) -> None:
    table([("name", "what"), (f"a{end}{FORGED}", "\x1b[2J"), ("b", f"c{end}{FORGED}")])
    told = capsys.readouterr().out
    assert len(lines_of(told)) == 3
    assert not acts(told.replace("\n", ""))


@pytest.mark.parametrize("end", ENDS)
def test_a_run_that_is_told(end: str, capsys: pytest.CaptureFixture[str]) -> None:
    evil = f"words{end}{FORGED}"
    common: dict[str, Any] = {"v": 1, "time": "2026-01-01T00:00:00Z", "run": "r"}
    narrator = Narrator()
    narrator.tell(
        RunStarted(
            **common, kind="backup", roles=[evil], plan=[], pid=1, domain=evil, notice=[evil]
        )
    )
    narrator.tell(Note(**common, text=evil))
    narrator.tell(GuardChecked(**common, name=evil, outcome="failed", text=evil, remedy=evil))
    narrator.tell(
        StepFinished(
            **common, step="s", title=evil, command=[], outcome="failed", seconds=1, reason=evil
        )
    )
    finished = RunFinished(
        **common, outcome="failed", exit=1, what=evil, remains=[evil], next=[evil], checks=[evil]
    )
    narrator.tell(finished)
    tell_end(None, finished)
    told = capsys.readouterr().out
    assert "all is well" in told
    for line in lines_of(told):
        assert not line.startswith(FORGED), told


@pytest.mark.parametrize("end", ENDS)
def test_the_report_that_the_interface_shows_and_copies(end: str) -> None:
    evil = f"words{end}{FORGED}"
    finished = RunFinished(
        v=1, time="2026-01-01T00:00:00Z", run=evil, outcome="warnings", exit=3, what=evil,
        warnings=[evil], gap=[evil], removal=[evil],
    )  # fmt: skip
    for text in (report(None, finished), died(None, evil, evil)):
        assert not any(line.startswith(FORGED) for line in lines_of(text))


def test_what_is_meant_as_several_lines_still_is(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr("click.echo", lambda text="", **_: out.write(f"{text}\n"))
    tell_end(None, RunFinished(v=1, time="", run="r", outcome="complete", exit=0, checks=["one"]))
    assert "  - one" in out.getvalue().split("\n")
