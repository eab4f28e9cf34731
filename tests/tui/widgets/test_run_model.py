"""A run folded from its journal's events, and the lines that are kept of its output."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from pryv_tui.operations.plan import StepView
from pryv_tui.runs.record.events import (
    AnyEvent,
    GapKnown,
    Output,
    ProgressMade,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
)
from pryv_tui.tui.text.lines import Line, Lines, Rows
from pryv_tui.tui.text.run import (
    current_text,
    gap_lines,
    gap_text,
    headline,
    step_top,
    steps_list,
    steps_title,
)
from pryv_tui.tui.text.run_model import RunModel
from pryv_tui.tui.text.words import fit

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


@pytest.mark.parametrize(("expected", "left"), [(None, None), (40.0, 30.0)])
def test_containers_that_stop_at_once_have_no_rate(
    expected: float | None, left: float | None
) -> None:
    """Two of sixteen after ten seconds may be eleven more in the next ten."""
    model = RunModel()
    model.fold([started(view("a", expected)), begin("a", 0)])
    for done, second in ((0, 0), (2, 10)):
        made = ProgressMade(time=at(second), step="a", done=done, total=16, unit="containers")
        model.fold([made])
    assert model.step_left(T0 + 10) == left
    assert "12%  2 of 16 containers" in current_text(model, T0 + 10).plain


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


LONG = "Prove that nothing in the sandbox reaches anything outside of it"


@pytest.mark.parametrize("width", [30, 47, 76, 116])
def test_no_title_of_a_step_is_cut_and_its_time_stands_in_its_first_line(width: int) -> None:
    """In the narrow list beside the output, too: the rest of it stands below, under its words."""
    model = RunModel()
    titles = {"a": LONG, "b": LONG, "c": "測" * 40}
    steps = [
        msgspec.structs.replace(view(name, 7.0), title=title) for name, title in titles.items()
    ]
    model.fold([started(*steps), begin("a", 0), end("a", "done"), begin("b", 9)])
    lines = steps_list(model, width).plain.split("\n")
    assert "…" not in "".join(lines)
    assert all(cell_len(line) <= width for line in lines)
    firsts = [n for n, line in enumerate(lines) if not line[:12].isspace()]
    assert firsts == [step_top(model, width, number) for number in range(3)]
    whole = " ".join(line[12 : width - 6].strip() for line in lines[: firsts[1]])
    assert whole == LONG
    assert lines[0].endswith(" 0:04 ")
    assert "".join(lines[firsts[2] :]).count("測") == 40


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


def test_wrapped_lines_take_the_rows_that_they_need() -> None:
    lines = Lines(kept=6, pruned=2)
    rows = Rows(10)
    assert rows.settle(lines, lines.add(Line("output", "x" * n) for n in (0, 10, 11, 25))) == 0
    assert len(rows) == 1 + 1 + 2 + 3
    assert [rows.at(row) for row in range(8)] == [
        (0, 0), (1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (3, 2), (4, 0),
    ]  # fmt: skip
    assert [rows.first(line) for line in range(5)] == [0, 1, 2, 4, 7]
    # Three lines go from the front: four rows; those that stay begin at the top.
    assert rows.settle(lines, lines.add([Line("output", "日" * 6)] * 3)) == 4
    assert [lines[n].text for n in range(len(lines))] == ["x" * 25, *["日" * 6] * 3]
    assert (len(rows), rows.at(0), rows.at(3), rows.at(4)) == (9, (0, 0), (1, 0), (1, 1))
    # More lines in one batch than are kept: what was never taken in has no rows.
    lines.add(Line("output", str(n)) for n in range(2))
    rows.settle(lines)
    assert rows.settle(lines, lines.add(Line("output", str(n)) for n in range(50))) == 9 + 2
    assert (len(rows), len(lines), rows.at(0)) == (4, 4, (0, 0))


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", [""]),
        ("three words fit", ["three ", "words fit"]),
        ("0123456789 next", ["0123456789", "next"]),
        ("a 0123456789abc", ["a ", "0123456789", "abc"]),
        ("日本 日本語のファ", ["日本 ", "日本語のフ", "ァ"]),
        # What goes on stands under the first word: it has less room.
        ("- one two three", ["- one two ", "three"]),
        ("- 01234567 89", ["- 01234567", "89"]),
        ("- 0123456789abcdefgh", ["- 01234567", "89abcdef", "gh"]),
        ("  - ab cd ef gh", ["  - ab cd ", "ef gh"]),
        ("        far in here", ["        fa", "r in ", "here"]),
    ],
)
def test_prose_is_wrapped_between_words(text: str, rows: list[str]) -> None:
    lines, prose = Lines(), Rows(10, by_words=True)
    prose.settle(lines, lines.add([Line("output", text)]))
    assert len(prose) == len(rows)
    strip = Strip([Segment(text)])
    assert [strip.crop(*prose.part_of(text, n)).text for n in range(len(rows))] == rows
    shown = [prose.lead_of(text, n) + len(row.rstrip()) for n, row in enumerate(rows)]
    assert max(shown) <= 10 and prose.lead_of(text, 0) == 0
    if text.startswith(("- ", "  - ")):
        hang = text.index("- ") + 2
        assert {prose.lead_of(text, n) for n in range(1, len(rows))} == {hang}


def taken(what: str, start: int, finish: int | None, host: str = "h") -> dict[str, Any]:
    finished = "" if finish is None else at(finish)
    return {"what": what, "role": "core", "host": host, "started": at(start), "finished": finished}


def gap_of(
    *moments: dict[str, Any], going: dict[str, Any] | None = None, hold: Any = None, **known: float
) -> GapKnown:
    fields: dict[str, Any] = {"accounts_seconds": None, "data_seconds": None, **known}
    return GapKnown(time=at(0), moments=list(moments), going=going, hold=hold, **fields)


def hold_of(began: int, released: int | None = None, by: str = "run") -> dict[str, Any]:
    return {
        "kind": "registrations",
        "deadline": 120.0,
        "began": at(began),
        "started": at(began + 2),
        "released": "" if released is None else at(released),
        "released_by": "" if released is None else by,
        "seconds": 0.0 if released is None else float(released - began),
    }


def seen(event: GapKnown, now: float, *, width: int = 76) -> list[str]:
    model = RunModel()
    begun = msgspec.structs.replace(started(view("a")), roles=["core", "register"])
    model.fold([begun, event])
    return gap_lines(model, width, T0 + now).plain.split("\n")


def test_the_window_is_open_and_counts() -> None:
    assert seen(gap_of(), 5) == ["Gap: not open yet"]
    dump = gap_of(going=taken("mongodb", 10, None))
    assert seen(dump, 14) == [
        "Gap: accounts OPEN 0:04; attachments, series OPEN 0:04",
        "Taken: MongoDB since 0:00",
    ]
    assert "OPEN 0:09" in seen(dump, 19)[0]


def test_the_accounts_window_closes_before_the_other() -> None:
    event = gap_of(
        taken("mongodb", 10, 14),
        taken("accounts", 14, 14),
        taken("redis", 14, 14),
        taken("redis-files", 14, 15),
        taken("influxdb", 15, 22),
        going=taken("files", 22, None),
        accounts_seconds=5.0,
    )
    assert seen(event, 80) == [
        "Gap: accounts closed, 5.0 s; attachments, series OPEN 1:10",
        "Taken: MongoDB 0:00, index 0:04, Redis 0:04, InfluxDB 0:05, files since 0:12",
    ]
    done = msgspec.structs.replace(event, going=None, data_seconds=40.0)
    assert seen(done, 80)[0] == "Gap: accounts closed, 5.0 s; attachments, series closed, 40.0 s"


def test_what_is_held_is_said_and_for_how_long() -> None:
    dump = taken("mongodb", 12, None)
    first = seen(gap_of(going=dump, hold=hold_of(10)), 15)[0]
    assert first.startswith("Gap: accounts kept out; attachments, series OPEN 0:03;")
    assert first.endswith("sign-up HELD 0:05")
    # The deadline has passed while it was taken: it is open now.
    first = seen(gap_of(going=dump, hold=hold_of(10, 14, "deadline")), 15)[0]
    assert "accounts OPEN" in first
    assert first.endswith("DEADLINE passed")
    first = seen(gap_of(going=dump, hold={**hold_of(10), "kind": "everything"}), 15)[0]
    assert first == "Gap: accounts kept out; attachments, series kept out; all HELD 0:05"


def test_what_was_held_to_the_end_has_no_gap() -> None:
    event = gap_of(
        taken("mongodb", 12, 14),
        taken("redis-files", 14, 15),
        going=taken("files", 16, None),
        hold=hold_of(10, 16),
        accounts_seconds=0.0,
    )
    assert seen(event, 20)[0] == "Gap: accounts none; attachments, series OPEN 0:08; held 0:06"


def test_many_machines_leave_room_for_what_is_going_on() -> None:
    files = [taken("files", 20 + i, 21 + i, host=f"machine-{i}") for i in range(8)]
    event = gap_of(taken("mongodb", 10, 14), *files, going=taken("files", 40, None, host="last"))
    lines = seen(event, 45)  # the clock, not the width
    assert len(lines[1]) <= 76
    assert lines[1].startswith("Taken: .., ")
    assert "".join(lines).isascii()
    assert lines[1].endswith("files last since 0:30")


def test_the_result_tells_the_gap_and_the_hold() -> None:
    event = gap_of(taken("mongodb", 10, 14), accounts_seconds=0.0, hold=hold_of(8, 16))
    assert gap_text(event) == "Gap: accounts 0.0 s (registrations held for 8.0 s)"


def test_a_run_that_starts_counts_no_steps() -> None:
    model = RunModel()
    assert steps_title(model) == "Steps, not known yet"
    assert current_text(model).plain == "It looks at the platform and plans its steps …"
    model.fold([started(view("a"), view("b"))])
    assert steps_title(model) == "Steps, 0 of 2 done"
    model.fold([RunFinished(outcome="refused", exit=4)])
    assert steps_title(model) == "Steps, 0 of 2 done"
