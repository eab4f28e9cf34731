"""When a drill is due, what earlier ones left to do, and where an operator is told of both."""

from __future__ import annotations

import json
import shlex
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from pryv_tui.cli.main import cli
from pryv_tui.clock import timestamp, utc_now
from pryv_tui.drills import model
from pryv_tui.drills.cadence import Cadence, attention, cadence, with_drills
from pryv_tui.drills.files import folder_of
from pryv_tui.drills.findings import (
    Open,
    close,
    known_actions,
    need_to_come,
    note,
    reminders,
    usual,
)
from pryv_tui.drills.model import Action, Record
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.signing import papers
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.incidents.events import Planned
from pryv_tui.operations.drilling.places import Kept, keep, words_folder
from pryv_tui.operations.overview.attention import Attention
from pryv_tui.operations.overview.overview import Overview
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.sanitize import one_line
from pryv_tui.tui.text.overview import summary
from tests.drills.held import BEGAN, RUN, hold
from tests.drills.noting.known import names_are_known

__all__ = ["names_are_known"]

DAY = 86_400.0


def record(days: float, outcome: model.Outcome = "passed") -> Record:
    """A drill that ended so many days after a day."""
    when = model.When(ended=timestamp(BEGAN + timedelta(days=days)))
    return Record(id=f"d{days:.0f}", outcome=outcome, when=when, outcome_why=("x: failed",))


def at(days: float, *drills: Record, every: float | None = 90 * DAY) -> Cadence:
    """What is known on a day."""
    passed = [one for one in drills if one.passed]
    return Cadence(
        now=BEGAN + timedelta(days=days),
        every=every,
        last=drills[-1] if drills else None,
        passed=passed[-1] if passed else None,
    )


@pytest.mark.parametrize(
    ("found", "overdue", "words", "levels"),
    [
        (at(5), True, "no set drilled yet", ["warning"]),
        (at(5, every=None), None, "", []),
        (at(12, record(0)), False, "drilled 12 d ago, due in 78 d", []),
        (at(90, record(0)), False, "drilled 90 d ago, due today", []),
        (at(91, record(0)), True, "drilled 91 d ago, overdue", ["warning"]),
        (at(91, record(0), every=None), None, "drilled 91 d ago", []),
        # One that failed starts no time anew, and is told by itself.
        (at(91, record(0), record(90, "failed")), True, "drill failed 24 h ago, overdue",
         ["warning", "warning"]),
        (at(20, record(0), record(10, "broken off")), False,
         "drill broken off 10 d ago", ["warning"]),
        (at(1, record(0, "failed")), True, "drill failed 24 h ago, overdue",
         ["warning", "warning"]),
    ],
)  # fmt: skip
def test_when_one_is_due(
    found: Cadence, overdue: bool | None, words: str, levels: list[str]
) -> None:
    assert found.overdue is overdue
    assert found.words == words
    assert (found.told == "none that restored a set is on record here") is (
        found.last is None and found.every is not None
    )
    # Beside what is said of the last set, at the least width.
    assert len(found.words) <= 34
    assert [item.level for item in attention(found)] == levels


def test_what_is_to_be_done_is_a_note_until_its_day_is_over() -> None:
    one = Open("d", Action(name="a1", text="x", due="2026-03-31"))
    assert [one.late_on(f"2026-0{day}") for day in ("3-30", "3-31", "4-01")] == [False, False, True]
    today = utc_now().date()
    for days, level in ((2, "info"), (-2, "warning")):
        action = Action(name="a1", text="x", owner="ops", due=f"{today + timedelta(days=days)}")
        (item,) = attention(at(1, every=None)._replace(actions=(Open("d", action),)))
        assert item.level == level
        assert ("which is over" in item.text) == (level == "warning")
    (never,) = attention(
        at(1, every=None)._replace(actions=(Open("d", Action(name="a", text="x")),))
    )
    assert never.level == "info"
    assert "no owner, no due day" in never.text


def test_a_day_that_is_over_is_none_until_which_something_is_mended(tmp_path: Path) -> None:
    asked = usual()
    need_to_come(asked.due)
    need_to_come("")
    today = f"{utc_now():%Y-%m-%d}"
    need_to_come(today)
    with pytest.raises(PryvTuiError) as over:
        need_to_come("2020-01-31")
    assert over.value.what == "the day 2020-01-31 is in the past"
    assert over.value.remedy == "Give today or a later day."
    with pytest.raises(PryvTuiError) as none:
        need_to_come("2020-02-31")
    assert "is not a day" in none.value.what
    # What is usual can be written down as it stands, and is told with all of it.
    settings = hold(tmp_path)
    note(settings, RUN, "the disk was small", **asked._asdict())
    (told,) = reminders(settings)[1:]
    assert f"{asked.owner}, due {asked.due}" in told and asked.retest in told


@pytest.mark.usefixtures("names_are_known")
def test_findings_are_noted_listed_and_closed(tmp_path: Path) -> None:
    settings = hold(tmp_path)
    first = note(settings, RUN, "nobody knew the password", owner="ops", due="2026-04-01")
    note(settings, RUN, "everybody was calm", good=True)
    assert [one.action.name for one in known_actions(settings)] == [first.name] == ["a1"]
    record = close_drill(settings, RUN).record
    assert [(one.name, one.good) for one in record.actions] == [("a1", False), ("a2", True)]
    with pytest.raises(PryvTuiError) as none:
        close(settings, RUN, "a2")
    assert none.value.remedy == "To see the findings: pryv-tui drill actions"
    assert [one.action.name for one in known_actions(settings)] == ["a1"]
    assert close(settings, RUN, "a1", "it lies in the safe").closed
    assert known_actions(settings) == []
    with pytest.raises(PryvTuiError) as twice:
        close(settings, RUN, "a1")
    assert twice.value.remedy == "See what was done: pryv-tui drill actions --all"
    done, _calm = known_actions(settings, done=True)
    assert done.action.closed_text == "it lies in the safe"
    for text, day in (("", ""), ("x", "tomorrow"), ("x", "2026-02-30")):
        with pytest.raises(PryvTuiError) as caught:
            note(settings, RUN, text, due=day)
        assert caught.value.name == "usage"
    # What was on record stays what it was; who closes a finding signs nothing anew.
    assert close_drill(settings, RUN).record.actions[0].closed == ""


def invoke(settings: Settings, *words: str) -> Result:
    where = ["--practice", str(settings.practice), "--state", settings.state]
    return CliRunner().invoke(cli, [*words, *where])


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A practice platform with a drill that ended while nobody looked."""
    folder = tmp_path_factory.mktemp("cadence")
    PracticePlatform.create(folder / "p", users=1, attachments=0)
    return hold(folder, practice=True, planned=Planned(exercise="sandbox", every=DAY))


def test_status_tells_of_drills_and_exits_with_3_where_one_is_overdue(platform: Settings) -> None:
    config = Path(platform.state).parent / "c.toml"
    config.write_text("drill_every = '90d'\n")
    of = ["status", "--config", str(config)]
    told = json.loads(invoke(platform, *of, "--json").stdout)
    assert told["last_drill"]["id"] == RUN
    assert told["last_drill"]["outcome"] == "passed"
    assert told["drill"]["overdue"] is True
    assert told["drill"]["next_due"] == "2026-05-31T04:08:10Z"
    (line,) = [one for one in told["attention"] if "A drill is overdue" in one["text"]]
    assert line["level"] == "warning"
    assert line["remedy"].startswith("Hold one: pryv-tui ")
    assert line["remedy"].endswith(" drill run")
    text = invoke(platform, *of)
    assert text.exit_code == 3
    assert "Last drill: passed" in text.stdout
    # As the remedy says: one that is held, and passes, and the line is gone.
    today = utc_now()
    filed = close_drill(platform, RUN)
    fresh = msgspec.structs.replace(
        filed.record, when=model.When(ended=timestamp(today), declared=timestamp(today))
    )
    (filed.folder / "record.json").write_bytes(model.encode(fresh))
    papers.enlist(filed.folder, "record.json")
    told = json.loads(invoke(platform, *of, "--json").stdout)
    assert told["drill"]["overdue"] is False
    assert [one for one in told["attention"] if "A drill" in one["text"]] == []


def test_a_sandbox_that_was_left_is_told_wherever_one_looks(platform: Settings) -> None:
    state, later = Path(platform.state), "20990101T000000Z-drill-0001"
    place = words_folder(state) / later / "content"
    keep(state, Kept(drill=later, folder=str(place), host="single", made="", expires="")).leave()
    status = invoke(platform, "status")
    assert status.exit_code == 3
    assert f"The drill {later} died, and its sandbox is still there" in status.stdout
    doctor = json.loads(invoke(platform, "doctor", "--json").stdout)
    (line,) = [one for one in doctor if one["name"] == "drill sandbox"]
    assert line["outcome"] == "warning" and str(place) in line["text"]
    assert line["remedy"].endswith(" drill clean")
    # The drill before it is not taken for the last one without a word.
    for words in (["report"], ["report", "--format", "json"], ["sign", "--key", "/no/key"]):
        said = invoke(platform, "drill", *words).stderr
        assert f"This is about the drill {RUN}. A later drill, {later}, has no record yet" in said
    assert later not in invoke(platform, "drill", "report", RUN).stderr
    cleaned = CliRunner().invoke(cli, shlex.split(line["remedy"].partition("pryv-tui ")[2]))
    assert cleaned.exit_code == 0, cleaned.output
    assert later not in invoke(platform, "status").stdout
    assert later not in invoke(platform, "drill", "report").stderr
    # While one works, it is in the list, and the last one before it is no later one's.
    held = keep(state, Kept(drill=later, folder=str(place), host="single", made="", expires=""))
    assert f"The drill {later} is running" in invoke(platform, "drill", "list").stdout
    assert f"The drill {later} is running" in invoke(platform, "drill", "report").stderr
    assert "its sandbox is still there" not in invoke(platform, "status").stdout
    held.let_go()


@pytest.mark.usefixtures("names_are_known")
def test_actions_stand_in_the_attention_and_close_as_they_say(platform: Settings) -> None:
    made = invoke(platform, "drill", "actions", "add", RUN, "write", "it", "down", "--owner", "ops",
                  "--due", "2026-01-31")  # fmt: skip
    assert made.exit_code == 0, made.output
    told = json.loads(invoke(platform, "status", "--json").stdout)
    (line,) = [one for one in told["attention"] if "write it down" in one["text"]]
    assert line["level"] == "warning"
    command = shlex.split(line["remedy"].partition("pryv-tui ")[2])
    assert command[-5:] == ["drill", "actions", "close", RUN, "a1"]
    listed = json.loads(invoke(platform, "drill", "actions", "--json").stdout)
    assert [(one["drill"], one["name"], one["late"]) for one in listed] == [(RUN, "a1", True)]
    # It is told to whoever begins the next one, whatever becomes of that.
    begun = invoke(platform, "drill", "run", "20200101T000000Z")
    assert begun.exit_code == 2
    assert "1 thing is still to be done after earlier drills:" in begun.stdout
    assert "write it down" in begun.stdout
    assert CliRunner().invoke(cli, [*command, "in", "the", "safe"]).exit_code == 0
    # The drill is neither signed nor reviewed: that nothing is to be done would be untrue.
    empty = invoke(platform, "drill", "actions").stdout
    assert "No finding of a debrief is open here" in empty
    assert "This list does not show" in empty
    assert "Nothing is to be done" not in empty
    assert "in the safe" in invoke(platform, "drill", "actions", "--all").stdout


def test_a_scenario_on_practice_is_no_drill_of_a_real_platform(tmp_path: Path) -> None:
    played = hold(tmp_path, events=[], planned=Planned(exercise="scenario"))
    filed = close_drill(played, RUN)
    assert filed.record.practice
    assert filed.record.simulated == model.SIMULATED
    assert cadence(played).last is None


def test_where_nothing_can_be_written_down_one_can_look_all_the_same(tmp_path: Path) -> None:
    settings = hold(tmp_path)
    place = folder_of(Path(settings.state), RUN)
    (place / "record.json").mkdir()
    (told,) = with_drills(empty(), settings).attention
    assert told.remedy == f"See why: pryv-tui drill verify {RUN}"


def empty(*items: Attention) -> Overview:
    deployment = Deployment(
        domain=one_line(""), domain_source="", release=None, form="unknown", practice=False
    )
    return Overview(deployment=deployment, sets=(), last=None, attention=items)


def test_the_overviews_line_tells_of_the_last_drill_at_the_least_width() -> None:
    found = msgspec.structs.replace(empty(), drilled="drill broken off 10 d ago, overdue")
    line = summary(found).plain.split("\n")[2]
    assert "drill broken off 10 d ago, overdue" in line
    assert "never restored from here" not in line
    both = msgspec.structs.replace(found, restored=timestamp(datetime.now().astimezone()))
    assert "restored from here" in summary(both).plain


def test_worse_things_stand_before_what_a_drill_left(tmp_path: Path) -> None:
    settings = msgspec.structs.replace(hold(tmp_path), drill_every=DAY)
    note(settings, RUN, "something")
    bad, calm = Attention("failed", "core is gone", ""), Attention("info", "a note", "")
    found = with_drills(empty(bad, calm), settings)
    assert [item.level for item in found.attention] == ["failed", "warning", "info", "info"]


def test_a_reason_that_ends_with_a_stop_gets_no_second_one() -> None:
    failed = msgspec.structs.replace(record(0, "failed"), outcome_why=("the disk is full.",))
    (item,) = [one for one in attention(at(1, failed, every=None)) if "failed" in one.text]
    assert item.text.endswith(": the disk is full.")
