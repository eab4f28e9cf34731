"""A scenario is played on a throw-away platform, and goes on where the terminal was lost."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import msgspec
import pytest
from click.testing import CliRunner

from pryv_tui.cli.base.playing import Typed
from pryv_tui.cli.main import cli
from pryv_tui.clock import moment_of
from pryv_tui.drills.cadence import attention, cadence
from pryv_tui.drills.files import records_of
from pryv_tui.drills.model import Plan, Record, Story
from pryv_tui.drills.playing.drill import begin, open_drill, opened
from pryv_tui.drills.playing.words import clocks, ending, seen, shown
from pryv_tui.drills.record.judging import judged
from pryv_tui.drills.story.state import state_of
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.events import Acted, CameTo, FactFound, Joined, Noted
from pryv_tui.operations.drilling.facts import Check
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.runs.start import start_run
from pryv_tui.tui.text.drill import clock_line, known_text, trail_line
from tests.drills.kit import WORDS_ALONE, write
from tests.drills.play import acted, begun, play, settings_in
from tests.remedies.shell import Said, commands_in, paste, type_in
from tests.tui.stills.still_drill import THIRD, StillDrill
from tests.tui.stills.still_parts import NOW


def test_one_is_played_to_its_record(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    drill = begun(tmp_path, "core-lost")
    drill.settle()
    page = drill.page()
    (night,) = page.sets.values()
    command = page.command(drill.scenario.decisions[2].options[0])
    assert command.startswith(f"sudo pryv-tui restore {night} --role core --confirm practice.")

    # Somebody else may look and write, and not act; nobody begins a second one.
    with drill.acting():
        current = opened(settings)
        assert current is not None
        other = open_drill(settings, current)
        with pytest.raises(PryvTuiError, match="somebody else is playing"), other.acting():
            pass
        other.join("observer")
        other.note("co1 does not answer to ping")
        with pytest.raises(PryvTuiError, match="is open"):
            begin(settings, "core-lost")

        # Whoever comes back sees on the overview that it is open.
        (told,) = attention(cadence(settings))
        assert told.level == "info" and told.text == "A drill is open: The core machine is lost."
        assert told.remedy == "Continue it: pryv-tui drill run --scenario core-lost"

    # The terminal is lost after what was chosen was written down, and before it was done.
    drill.choose("declare")
    drill.settle()
    drill.choose("status")
    again = open_drill(settings, current)
    assert [one.what for one in again.page().state.pending] == ["status"]
    again.settle()
    assert again.page().state.at == "restore"
    # It is lost once more right after a restore was started: that one is followed, and no second.
    again.choose("everything")
    start_run(again.ground.settings, "restore", set_id=night, confirmed="dialog")
    state = play(open_drill(settings, current), ["leave"])
    assert [one.kind for one in again.ground.runs()] == ["backup", "restore"]
    assert (state.at, state.over) == ("lost-account", True)
    assert state.wrong == ("restore.everything", "too-much.leave") and state.missed == ()
    red = next(one for one in acted(again) if one.what == "register-kept")
    assert red.outcome == "failed" and "users 2 instead of 3" in red.said[0]

    filed = again.close("the account is lost")
    record = filed.record
    assert record.practice and record.simulated and record.outcome == "failed"
    assert record.scenario is not None and record.scenario.wrong_turns == 2
    assert {one.role for one in record.participants} == {"operator", "observer"}
    assert [one.text for one in record.observations][:1] == ["co1 does not answer to ping"]
    restored = [one for one in record.steps if "mongorestore" in " ".join(one.command)]
    assert [one.state for one in restored] == ["done"], "what was really typed is on record"
    assert record.disposal.complete == "yes" and not list(again.folder.glob("platform*"))
    assert sum(getattr(record.objectives.split, f"{of}_ms") for of in (
        "machine", "decisions", "waiting")) == record.objectives.split.whole_ms  # fmt: skip
    assert opened(settings) is None, "the next one can begin"


def test_the_list_of_sets_says_which_one_the_story_means(tmp_path: Path) -> None:
    """Their ids have the time of the machine; the story speaks of the evening, and of the night."""
    drill = begin(settings_in(tmp_path), "backup-after-loss")
    play(drill, ["list"])
    sets = drill.page().sets
    (seen,) = [one.said for one in acted(drill) if one.what == "list"]
    assert len(sets) == 2
    for name, made in sets.items():
        assert any(line.startswith(f"{made} ({name}): core, ") for line in seen), seen


def test_one_is_walked_through_without_a_platform(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    drill = begin(settings, "core-lost", mode="walk-through")
    state = play(drill, ["declare", "status", "core-only", "audit"])
    assert (state.at, state.over, state.deviations) == ("served", True, ())
    events = drill.page().events
    assert {one.outcome for one in events if isinstance(one, Acted)} == {"not executed"}
    checks = [one.check for one in events if isinstance(one, FactFound) and one.check]
    assert checks and {one.state for one in checks} == {"not checked"}
    assert not list(drill.folder.glob("platform*"))
    drill.note("nobody knew where the vault is")
    assert any(isinstance(one, Noted) for one in drill.page().events)
    assert any(isinstance(one, Joined) for one in drill.page().events)
    record = drill.close().record
    assert record.outcome == "walked through" and not record.passed
    assert record.plan.scope == ("The core machine is lost, talked through",)


def test_what_it_is_played_on_is_told_as_it_is(tmp_path: Path) -> None:
    """Of a story that is told in words alone no practice platform is on record."""
    for name, ground in (
        ("password-gone", "told in words alone"),
        ("core-lost", "on a practice platform (cluster)"),
    ):
        drill = begin(settings_in(tmp_path / name), name)
        assert drill.close().record.plan.scope[0].endswith(f", {ground}")


def test_one_that_is_broken_off_is_kept(tmp_path: Path) -> None:
    drill = begun(tmp_path, "core-lost")
    drill.settle()
    record = drill.close("no time").record
    assert record.outcome == "broken off"
    assert record.outcome_why == ("no time",)
    page = (drill.folder / "report.md").read_text()
    assert "no set was restored" not in page
    assert "of the practice platform" in page
    assert not list(drill.folder.glob("platform*"))


def test_what_was_refused_is_done_as_it_says(tmp_path: Path) -> None:
    """Each remedy, from the state in which it is printed; the answers are a file's."""
    own, config = tmp_path / "own", tmp_path / "pryv-tui.toml"
    path = write(own, WORDS_ALONE)
    config.write_text(f"scenarios = '{own}'\nstate = '{tmp_path / 'state'}'")
    where = ("--config", str(config))

    def drill(*words: str) -> Said:
        return type_in("drill", *words, *where)

    told = drill("run", "--scenario", "small")
    assert told.exit == 2 and "--answers FILE" in told.remedy
    answers = tmp_path / "answers"
    told = drill("run", "--scenario", "small", "--answers", str(answers))
    assert told.exit == 2 and "the id of an option on each line" in told.remedy
    for words in (("stop",), ("watch",)):
        told = drill(*words)
        assert told.exit == 4
        assert paste(commands_in(told.remedy)[0]).exit == 0

    answers.write_text("hint # which costs\nnote nobody is here\nskip\n")
    told = drill("run", "--scenario", "small", "--answers", str(answers))
    assert told.exit == 130 and "Hint: Look." in told.out
    current = opened(resolve_settings(config=str(config)))
    assert current is not None
    # Another version of its story is not gone on with.
    path.write_text(WORDS_ALONE.replace('"look"', '"see"').replace('"look.', '"see.'))
    refused = drill("watch")
    assert refused.exit == 2 and "Break it off" in refused.remedy
    path.write_text(WORDS_ALONE)
    with open_drill(resolve_settings(config=str(config)), current).acting():
        busy = drill("stop")
        assert busy.exit == 5 and paste(commands_in(busy.remedy)[0]).exit == 0
        seen = drill("watch", "--facilitator", "--note", "seen")
        assert seen.exit == 0 and "WRONG" in seen.out
    # What the decision has no option for leaves it open, and says how it goes on.
    answers.write_text("nowhere")
    wrong = drill("run", "--scenario", "small", "--answers", str(answers))
    assert wrong.exit == 2 and "has no option 'nowhere'; it has: " in wrong.err
    assert commands_in(wrong.remedy) == commands_in(told.remedy)

    answers.write_text("wait")
    go_on, break_off = commands_in(told.remedy)
    done = paste(f"{go_on} --answers {answers}")
    assert done.exit == 1 and "going on where it was left" in done.out
    assert "1 hint" in done.out and "2 wrong turns" in done.out
    assert "1 look missed" not in done.out, "it stood before another way"

    answers.write_text("status")
    assert drill("run", "--scenario", "small", "--answers", str(answers)).exit == 130
    # Also where its story is another one by now.
    path.write_text(WORDS_ALONE.replace('"look"', '"see"').replace('"look.', '"see.'))
    assert paste(break_off).exit == 0
    path.write_text(WORDS_ALONE)
    answers.write_text("status\nrestore\n")
    done = drill("run", "--scenario", "small", "--answers", str(answers), "--json")
    assert done.exit == 0, done.err
    found = json.loads(done.out)
    assert (found["end"], found["good"], found["wrong_turns"]) == ("well", True, [])


def test_what_a_terminal_types(tmp_path: Path) -> None:
    own, config = tmp_path / "own", tmp_path / "pryv-tui.toml"
    write(own, WORDS_ALONE)
    config.write_text(f"scenarios = '{own}'\nstate = '{tmp_path / 'state'}'")
    typed = "x\nc 1\nc 2\nh\nn it hums\n\nq\n"
    with patch("pryv_tui.cli.drills.played.somebody_was_here", lambda: True):
        done = CliRunner().invoke(
            cli,
            ["drill", "run", "--scenario", "small", "--config", str(config)],
            obj={},
            input=typed,
        )
    assert done.exit_code == 130
    assert "Type the number" in done.stdout and "$ pryv-tui status" in done.stdout
    assert "No command does this." in done.stdout and "Hint: Look." in done.stdout
    assert "Core is gone." in done.stdout, "Enter took the safe one"
    assert "Written into the drill." in done.stdout
    assert "Enter: the one in > <" in done.stdout and "n TEXT: a note" in done.stdout
    # One that is open says in the list which it is, and how it is gone on with.
    listed = CliRunner().invoke(cli, ["drill", "list", "--config", str(config)], obj={})
    assert "The scenario 'A small one' is open. Continue it: pryv-tui " in listed.stdout
    assert "drill run --scenario small" in listed.stdout
    with patch("pryv_tui.cli.drills.played.somebody_was_here", lambda: True):
        # Who leaves in the debrief has not said "nothing more": it is not closed.
        left = CliRunner().invoke(
            cli,
            ["drill", "run", "--scenario", "small", "--config", str(config)],
            obj={},
            input="\nthe command was at hand\n",
        )
        assert left.exit_code == 130 and "stays open in its debrief" in left.stderr
        assert records_of(tmp_path / "state") == []
        done = CliRunner().invoke(
            cli,
            ["drill", "run", "--scenario", "small", "--config", str(config)],
            obj={},
            input="\nnobody was told\n\n2999-01-31\n\n\n",
        )
    assert done.exit_code == 0, done.output
    # How it ended is what the debrief is about: it is told before that, and once.
    assert done.stdout.index("It ended well.") < done.stdout.index("What went well?")
    assert done.stdout.count("It ended well.") == 1
    (found,) = records_of(tmp_path / "state")
    assert f" drill review {found.record.id} --key KEY" in done.stdout
    told = {one.text: one.good for one in found.record.actions}
    assert told == {"the command was at hand": True, "nobody was told": False}
    mended = next(one for one in found.record.actions if not one.good)
    assert mended.owner and (mended.due, mended.retest) == ("2999-01-31", "small")


def test_at_a_terminal_what_may_do_harm_is_asked_once_more() -> None:
    page = StillDrill().page()
    every = shown(page)
    bad = next(n for n, one in enumerate(every, 1) if not one.option.safe)
    (safe,) = [one.option.id for one in every if one.option.safe]
    with CliRunner().isolation(input=f"{bad}\nn\n\n") as (told, *_):
        assert Typed().next(page) == safe
        said = told.getvalue().decode()
    assert "Do you take it? [y/N]" in said and every[bad - 1].undo[:20] in " ".join(said.split())
    with CliRunner().isolation(input=f"{bad}\ny\n"):
        assert Typed().next(page) == every[bad - 1].option.id


def test_a_check_that_was_made_twice_is_told_as_it_came_out_last() -> None:
    page = StillDrill().page()
    one, other = (check.id for check in page.scenario.checks[:2])
    since = (
        Acted(what=one, outcome="passed"),
        Acted(what=other, outcome="passed"),
        Acted(what=one, outcome="failed", said=["Two accounts: a;   b stays taken"]),
    )
    found = seen(page._replace(state=msgspec.structs.replace(page.state, since=since)))
    says = {check.id: check.says for check in page.scenario.checks}
    assert found == [
        f"PASSED: {says[other]}",
        f"FAILED: {says[one]} (Two accounts: a; b stays taken)",
    ]


def test_both_clocks_fit_a_line_with_what_is_counted() -> None:
    page, began = StillDrill().page(), moment_of("2026-01-15T11:57:30.000Z")
    assert began is not None
    for seconds, told in (
        (9, "0:09"),
        (150, "2:30"),
        (3599, "59:59"),
        (3600 * 26 + 61, "26:01:01"),
    ):
        story, wall = clocks(page, began + timedelta(seconds=seconds))
        assert wall == told
    story, wall = clocks(page, began + timedelta(minutes=59))
    longest = f"Story {story} · wall {wall} · 0 wrong turns · 0 hints · 0 looks missed"
    assert len(longest) <= 78


def test_what_is_done_of_the_trail_is_told_without_its_colour() -> None:
    trail = trail_line(StillDrill("core-lost", *THIRD).page()).plain
    assert trail.startswith("declare ✓ size up ✓ decide – [restore] › check ›")
    assert trail.endswith("debrief › sign") and len(trail) <= 78


def test_what_a_story_led_past_is_not_taken_for_what_is_to_come(tmp_path: Path) -> None:
    """Before the first decision, between two, and right before the debrief."""
    drill = begin(settings_in(tmp_path), "backup-after-loss", mode="walk-through")
    drill.settle()
    seen = [trail_line(drill.page()).plain]
    for choice in ("list", "evening", "both"):
        drill.choose(choice)
        seen.append(trail_line(drill.settle()).plain)
    assert seen[0].startswith("declare – [size up] › decide › restore › check ›")
    assert seen[1].startswith("declare – size up ✓ [decide] › restore › check ›")
    assert seen[2].startswith("declare – size up ✓ decide ✓ restore – check – [clean up] ›")
    assert seen[3].endswith("restore – check – clean up ✓ [debrief] › sign")


def test_why_a_story_failed_says_what_was_to_be_so() -> None:
    record = Record(
        id="d",
        plan=Plan(exercise="scenario"),
        scenario=Story(name="a", faults=("lose all",)),
        checks=(
            Check(name="settled", expected="Nothing lacks its other half.", state="failed"),
            Check(name="content", about="mongodb", expected="157", state="failed"),
        ),
    )
    made = judged(record, probes=(), fingerprints=(), disposals=(), ends=(), closed=True)
    assert made.outcome_why == (
        "settled (Nothing lacks its other half): failed",
        "content (mongodb): failed",
    )


def test_what_came_out_otherwise_is_said_at_once_and_no_end_with_it_is_said_to_be_well() -> None:
    page = StillDrill().page()
    end = CameTo(end="back", good=True, text="It is back.")
    assert "It ended well." in ending(page._replace(events=(*page.events, end)))
    assert "Otherwise" not in known_text(page, None, facilitator=False).plain
    at = next(n for n, one in enumerate(page.events) if isinstance(one, Acted))
    failed = Acted(what="backup", outcome="failed", expected=["done"], said=["The disk is full"])
    events = (*page.events[:at], failed, *page.events[at + 1 :])
    page = page._replace(events=events, state=state_of(page.scenario, list(events)))
    assert "Different from the story: " in known_text(page, None, facilitator=False).plain
    (first, *rest) = ending(page._replace(events=(*events, end)))
    assert "well" not in first
    assert any(one.startswith("Different from the story: ") for one in rest)


def test_where_it_is_stays_on_a_trail_that_is_too_long_for_the_line() -> None:
    page = StillDrill("core-lost", *THIRD).page()
    whole = trail_line(page).plain
    assert trail_line(page, len(whole)).plain == whole
    for width in range(len(whole) - 1, 20, -1):
        told = trail_line(page, width).plain
        assert "[" in told[:width] and "]" in told[:width], told
        assert told.startswith("… ")


@pytest.mark.parametrize("role", ["operator", "observer", "facilitator"])
@pytest.mark.parametrize("width", [58, 78, 118])
def test_nothing_that_is_counted_is_broken_over_two_lines(role: str, width: int) -> None:
    page = StillDrill().page()
    whole = clock_line(page, NOW, role).plain
    assert "\n" not in whole
    lines = clock_line(page, NOW, role, width).plain.split("\n")
    assert len(lines) <= 2
    assert all(len(line) <= width for line in lines), lines
    assert [part for line in lines for part in line.split(" · ")] == whole.split(" · ")


def test_a_trail_goes_on_with_a_mark_where_what_comes_has_no_room() -> None:
    page = StillDrill().page()
    every = [one.id for one in page.scenario.decisions]
    for at in every:
        there = page._replace(state=msgspec.structs.replace(page.state, at=at))
        whole = trail_line(there).plain
        names = set(re.findall(r"[a-z]+(?: up)?", whole))
        for width in range(len(whole), 17, -1):
            told = trail_line(there, width).plain
            assert len(told) <= width
            assert set(re.findall(r"[a-z]+(?: up)?", told)) <= names, "a word is cut"
            assert told.endswith(("sign", " …")), told
