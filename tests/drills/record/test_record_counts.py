"""What a record counts: each account once, each warning once, and no figure that hides why."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pryv_tui.drills.model import Measured
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.record.erased import LEFT_BY_RUN
from pryv_tui.drills.words import measured
from pryv_tui.operations.drilling.facts import Erased
from pryv_tui.operations.guards.drill import memory_line
from pryv_tui.operations.guards.place import sizes
from pryv_tui.runs.record.events import Note, RunFinished
from tests.drills.held import RUN, at, facts, hold, run_events


@pytest.mark.parametrize(
    ("register", "core", "names", "count"),
    [
        # Erased as the vendor erases: from register, and from core.
        (1, 1, ("zoe",), 1),
        (2, 1, ("zoe", "max"), 2),
        (1, 1, ("zoe", "max"), 2),
        (0, 2, (), 2),
        (0, 0, (), 0),
        # Nobody left the names: whether the two are one is not known.
        (1, 1, (), None),
        (3, 1, ("zoe",), None),
        (None, 1, ("zoe",), None),
    ],
)
def test_an_account_that_register_and_core_have_no_more_is_one(
    tmp_path: Path, register: int | None, core: int, names: tuple[str, ...], count: int | None
) -> None:
    told = [one for one in facts() if not isinstance(one[1], Erased)]
    told += [(421.0, Erased(count=register, role="register", why="" if register else "x"))]
    told += [(421.5, Erased(count=core, role="core"))]
    settings = hold(tmp_path, events=run_events(told))
    if names:
        left = Path(settings.state) / "runs" / RUN / LEFT_BY_RUN
        left.write_text("".join(f"{name}\n" for name in names))
    filed = close_drill(settings, RUN)
    assert filed.record.erasures.count == count
    assert [one.count for one in filed.record.erasures.by_role] == [register, core]
    assert bool(filed.record.erasures.why) is (count is None)
    lost = (
        "register lacks some accounts and core lacks some, and it is not known how many of these"
        " are the same"
    )
    assert (filed.record.erasures.why == lost) is (count is None and register is not None)
    report = (filed.folder / "report.md").read_text()
    if count:
        noun = "account" if count == 1 else "accounts"
        assert f"{count} {noun}, erased since this set was made" in report


def test_a_warning_is_seen_once_also_where_the_run_says_it_again_at_its_end(
    tmp_path: Path,
) -> None:
    end = RunFinished(
        time=at(490), run=RUN, outcome="warnings", exit=3, what="done",
        warnings=["1 account of the set erased", "only at the end"],
    )  # fmt: skip
    note = Note(time=at(430), run=RUN, text="1 account of the set erased", level="warning")
    events = sorted([*run_events(facts(), end=end), note], key=lambda one: one.time)
    seen = close_drill(hold(tmp_path, events=events), RUN).record.observations
    # The words are left out: there is no set here whose names they could be compared with.
    assert [one.time for one in seen] == [at(430), at(490)]


@pytest.mark.parametrize(
    ("seconds", "target", "said"),
    [
        (10.3, 10.0, "10 s, target 10 s, MISSED by 0.3 s"),
        (10.02, 10.0, "10 s, target 10 s, MISSED by less than 0.1 s"),
        (7_219.0, 7_200.0, "2 h, target 2 h, MISSED by 19 s"),
        (11.0, 10.0, "11 s, target 10 s, MISSED"),
        (110.0, 10.0, "1 min 50 s, target 10 s, MISSED"),
        (10.0, 10.0, "10 s, target 10 s, MET"),
    ],
)
def test_why_a_target_was_missed_is_seen_in_the_figures(
    seconds: float, target: float, said: str
) -> None:
    one = Measured(seconds=seconds, target_seconds=target, met=seconds <= target)
    assert measured(one) == said
    assert measured(msgspec.structs.replace(one, why="mongodb is beyond the target")) == (
        f"{said}: mongodb is beyond the target"
    )


def test_room_that_lacks_a_little_is_not_told_as_room_enough() -> None:
    short = memory_line((2 << 30) - 1, 3)
    assert short.outcome == "failed"
    needed, _, free = short.text.partition(" needed, ")
    assert needed != free.partition(" free")[0]
    assert sizes(5 << 30, 5 << 30) == ("5.0 GiB", "5.0 GiB")
    assert sizes(3 << 30, 1 << 30) == ("3.0 GiB", "1.0 GiB")
