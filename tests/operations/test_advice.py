"""What is advised about what was left half-done, as a table of facts and what comes of them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pryv_tui.operations.advice import (
    Advice,
    Choice,
    Facts,
    Failure,
    Stop,
    Way,
    advice_lines,
    advice_words,
    advise,
    option_words,
)
from pryv_tui.operations.commands import Typed, in_message
from pryv_tui.operations.debts import in_a_row

FULL = Failure(error="disk-full", what="no room on /x", remedy="Free space at /x.", like=("a",))
FULL_LATER = Failure(error="disk-full", what="no room", remedy="Free space at /x.", like=("b",))
LOAD = Failure(error="refused", what="load", remedy="Wait.", like=("look",), passes=True)
HELD = Failure(error="busy", what="the backup B holds it", remedy="Follow it.")
ODD = Failure(error="step-failed", what="it broke", step="Copy", like=("copy",))
ODD_LATER = Failure(error="step-failed", what="it broke", step="Fill", like=("fill",))
NO_STEP = Failure(error="refused", what="another platform's set")
NO_STEP_EITHER = Failure(error="refused", what="there is no room")
DISK = Failure(error="refused", what="busy", remedy="Stop it.", like=("move",))
FINISH = Choice(does="Restore S to the end.", cost="Down until then.")
BACK = Choice(does="Put back what was there.", cost="Down for a moment.")
BACK_TO_LOSS = Choice(does="Put back what was there.", cost="Down.", gone=("core",))
BOTH: dict[Way, Choice] = {"finish": FINISH, "roll-back": BACK}


def failed(failure: Failure | None, way: Way = "finish", how: str = "failed") -> Stop:
    return Stop(run="R", way=way, how=how, failure=failure, said="It said something.")


def died(*, like: str = "copy", step: str = "Copy it", rebooted: bool = False) -> Stop:
    likes = (like,) if like else ()
    return Stop(run="R", way="finish", step=step, like=likes, at="2026-01-02T03:04:05.678Z",
                rebooted=rebooted)  # fmt: skip


def advice(*stops: Stop, ways: dict[Way, Choice] | None = None, **more: Any) -> Advice:
    known = {"run": "R", "kind": "restore", "what": "The restore R died half-way.", "half": True}
    return advise(Facts(stops=stops, ways=BOTH if ways is None else ways, **{**known, **more}))


@pytest.mark.parametrize(
    ("stops", "ways", "advised", "first"),
    [
        # Once: what was asked for, after what its failure says, if it says anything.
        ([died()], BOTH, "finish", ""),
        ([failed(ODD)], BOTH, "finish", ""),
        ([failed(FULL)], BOTH, "finish", "Free space at /x."),
        ([failed(None)], BOTH, "finish", ""),
        # The same reason again: first what mends it; where nothing does, the other way.
        ([failed(FULL), failed(FULL)], BOTH, "finish", "Free space at /x."),
        ([failed(FULL), failed(FULL_LATER)], BOTH, "finish", "Free space at /x."),
        ([failed(ODD), failed(ODD)], BOTH, "roll-back", ""),
        ([died(), died()], BOTH, "roll-back", ""),
        # What passes by itself is no reason that comes again.
        ([failed(LOAD), failed(LOAD)], BOTH, "finish", "Wait."),
        ([failed(HELD), failed(HELD), failed(HELD)], BOTH, "finish", "Follow it."),
        ([failed(LOAD), failed(FULL), failed(FULL)], BOTH, "finish", "Free space at /x."),
        # Another reason, or one that is not known to be the same.
        ([failed(ODD), failed(ODD_LATER)], BOTH, "finish", ""),
        ([failed(ODD), failed(FULL)], BOTH, "finish", "Free space at /x."),
        ([failed(FULL), failed(ODD)], BOTH, "finish", ""),
        ([failed(None), failed(None)], BOTH, "finish", ""),
        ([failed(NO_STEP), failed(NO_STEP)], BOTH, "roll-back", ""),
        ([failed(NO_STEP), failed(NO_STEP_EITHER)], BOTH, "finish", ""),
        ([died(), died(like="fill")], BOTH, "finish", ""),
        ([died(like=""), died(like="")], BOTH, "finish", ""),
        ([died(rebooted=True), died(rebooted=True)], BOTH, "finish", ""),
        ([failed(ODD), died()], BOTH, "finish", ""),
        # The other way leads back into the loss, or is not there, or has failed as often.
        ([failed(ODD), failed(ODD)], {**BOTH, "roll-back": BACK_TO_LOSS}, "", ""),
        ([failed(ODD), failed(ODD)], {"finish": FINISH}, "", ""),
        ([failed(ODD), failed(ODD), *[failed(ODD, "roll-back")] * 2], BOTH, "", ""),
        # Somebody has taken it back.
        ([failed(None, how="cancelled")], BOTH, "roll-back", ""),
        ([failed(None, how="cancelled")], {"finish": FINISH}, "finish", ""),
        # The set has gone since; nothing is left to put back either.
        ([died()], {"roll-back": BACK}, "roll-back", ""),
        ([died()], {}, "", ""),
        ([], BOTH, "finish", ""),
    ],
)
def test_what_is_advised(
    stops: list[Stop], ways: dict[Way, Choice], advised: str, first: str
) -> None:
    found = advice(*stops, ways=ways, cant={"finish": "The set S is gone."})
    assert found.advised == advised
    assert found.because
    cancelled = bool(stops) and stops[-1].how == "cancelled"
    asked = "roll-back" if cancelled or "finish" not in ways else "finish"
    assert found.turned == (advised == "roll-back" != asked)
    options = {one.choice: one for one in found.options}
    assert list(options)[-1] == "leave"
    assert set(options) == {*ways, "leave"}
    if advised:
        assert found.options[0].choice == advised
        assert options[advised].first == first
    assert all(one.cost for one in found.options)
    words = ("Nothing is advised: ", "That is not advised: ", "Neither is advised: ")[len(ways)]
    nothing = [line for line in advice_lines(found) if line.startswith(words)]
    assert len(nothing) == (not advised)
    assert all(found.because in line for line in nothing)


@pytest.mark.parametrize("ways", [BOTH, {"finish": FINISH}, {}])
def test_nothing_is_advised_where_no_way_is_possible_alone(ways: dict[Way, Choice]) -> None:
    """A third way is advised beside those that have failed; short where much needs a person."""
    third = "A third way is another set: pryv-tui restore S."
    stops = [failed(ODD), failed(ODD), *[failed(ODD, "roll-back")] * 2]
    found = advice(*stops, ways=ways, cant={"finish": "The set S is gone."}, third=third)
    (said,) = [line for line in advice_lines(found) if found.because in line]
    assert ("Nothing is advised" in said) == (not ways)
    assert ("Nothing is advised" in advice_words(found)) == (not ways)
    assert (third in said) == bool(ways) and third not in advice_words(found)
    assert (found.third == third) == bool(ways)
    assert ("what else is possible: pryv-tui recover" in advice_words(found)) == bool(ways)
    both = "rolling it back is not advised either" in said
    assert both == (len(ways) > 1), "what is not possible is not called unadvised"


def test_a_way_back_that_was_refused_says_what_to_do_first_and_only_there() -> None:
    found = advice(died(), failed(DISK, "roll-back", how="refused"))
    assert {one.choice: one.first for one in found.options} == {
        "finish": "", "roll-back": "Stop it.", "leave": ""
    }  # fmt: skip
    assert found.advised == "finish"


def test_what_has_to_be_mounted_comes_before_each_way() -> None:
    found = advice(died(), before="Mount /x/y.")
    assert [one.first for one in found.options] == ["Mount /x/y.", "Mount /x/y.", ""]
    assert advice(died(), ways={}, before="Mount /x.").because == "Mount /x."


def test_who_died_again_in_the_same_place_is_to_be_looked_at_first() -> None:
    found = advice(died(), died())
    finish = next(one for one in found.options if one.choice == "finish")
    assert "dmesg" in finish.first
    assert "stopped 2 times" in found.because


@pytest.mark.parametrize(
    ("stop", "said"),
    [
        (died(), "Why it stopped is not known: its process is gone; it was at: Copy it, last"
                 " heard of at 2026-01-02 03:04:05 UTC."),
        (died(rebooted=True), "the machine was restarted, which ended its process"),
        (died(step=""), "it was before its first step"),
        (failed(ODD), "Why: Copy: it broke."),
        (failed(None), "Why: It said something."),
        (Stop(run="R", how="failed"), "Why it stopped is not known"),
        # It may not have tried: what it went on with is left as it was.
        (failed(None, how="cancelled"), ("Why: the run was cancelled, and not everything was put"
                                        " back.")),
    ],
)  # fmt: skip
def test_why_it_stopped_or_that_this_is_not_known(stop: Stop, said: str) -> None:
    assert said in advice(stop).why
    assert "no journal" in advice().why


@pytest.mark.parametrize(
    ("facts", "said", "left"),
    [
        ({}, "Nothing that it had stopped is down now.", "The root stays half-way"),
        (
            {"lacks": ("core on one is down: nginx is not there",)},
            "Down now: core on one is down: nginx is not there.",
            "The root stays half-way",
        ),
        (
            {"down": ("a", "b"), "since": "2026-01-02T03:04:05.678Z"},
            "Down since 2026-01-02 03:04:05 UTC: a, b.",
            "2 containers stay down, it is not known for how long.",
        ),
        (
            {"down": ("a",)},
            "Down now, not known since when: a.",
            "a stays down, it is not known for how long.",
        ),
        ({"unseen": ("core",)}, "What runs on core is not known", "core is not known"),
        (
            {"down": tuple("abcde")},
            ": 5 containers that ran before.",
            "5 containers stay down, it is not known",
        ),
    ],
)
def test_what_is_down_and_since_when(facts: dict[str, Any], said: str, left: str) -> None:
    found = advice(died(), **facts)
    assert said in found.down
    assert left in found.options[-1].cost
    assert ("Nothing" in found.down) is (not facts), "not known is not nothing"


@pytest.mark.parametrize("end", [None, FULL])
def test_each_command_of_the_advice_in_one_line_is_read(end: Failure | None) -> None:
    found = advice(died() if end is None else failed(end), ways=BOTH)
    ways = [one.command for one in found.options if one.command]
    assert len(ways) == 2
    # `status` prints in one line what was left and what to do.
    for text in (advice_words(found), f"It stopped half-way. {advice_words(found)}"):
        assert [one.text() for one in in_message(text) if isinstance(one, Typed)] == ways


def test_each_command_is_whole_and_the_loss_is_named() -> None:
    found = advice(failed(FULL), ways={**BOTH, "roll-back": BACK_TO_LOSS}, domain="a b.example")
    lines = advice_lines(found)
    assert lines[0].startswith("First: Free space at /x; then pryv-tui recover --finish: Restore")
    assert lines[1].startswith("pryv-tui recover --roll-back --confirm 'a b.example': Put back")
    assert lines[1].endswith("core will be gone again.")
    assert lines[2].startswith("Leave it: Nothing changes.")
    for one in found.options:
        assert ("Nothing changes." in option_words(one)) is (not one.command), "the rest do act"
    assert lines[3].startswith("The advice is to finish it:")


@pytest.mark.parametrize(
    ("stops", "repeats"),
    [
        ([failed(FULL)], False),
        ([failed(FULL), failed(ODD)], False),
        ([failed(ODD), failed(ODD)], False),  # the other way is advised
        ([failed(FULL), failed(FULL_LATER)], True),
        ([failed(DISK), failed(DISK), failed(DISK)], True),
    ],
)
def test_what_would_fail_again_is_said_to_be_a_repetition(stops: list[Stop], repeats: bool) -> None:
    found = advice(*stops)
    assert found.repeats == repeats
    assert found.turned == (found.advised == "roll-back"), "nobody had asked to go back"
    # The remedy stands before it in a dialog, and after it where `recover` refuses.
    assert not {"above", "below"} & set(found.because.split())


@pytest.mark.parametrize(
    ("why", "row"),
    [(FULL, 3), (LOAD, 1), (HELD, 1), (msgspec.structs.replace(LOAD, passes=False), 3)],
)
def test_what_passes_by_itself_is_not_counted_as_a_row(why: Failure, row: int) -> None:
    assert in_a_row([failed(why), failed(why), failed(why)]) == row
