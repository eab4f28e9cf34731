"""What can be done to a practice platform from a menu, and what is written down of it."""

from __future__ import annotations

import ast
import json
import re
import shlex
from pathlib import Path

import pytest

import pryv_tui.practice
from pryv_tui.errors import PryvTuiError
from pryv_tui.practice import simulated
from pryv_tui.practice.acts import Act, acts, perform
from pryv_tui.practice.faults import FAULTS
from pryv_tui.practice.platform import PracticePlatform
from tests.journeys.program import pryv_tui as program
from tests.remedies.kit import refusal, typed


def act(platform: PracticePlatform, name: str) -> Act:
    (found,) = (one for one in acts(PracticePlatform.open(platform.folder)) if one.name == name)
    return found


def done(platform: PracticePlatform) -> list[str]:
    return [one.words for one in simulated.read(platform.folder).done]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> PracticePlatform:
    """One machine for all that changes little on it."""
    return PracticePlatform.create(tmp_path_factory.mktemp("acts") / "p p", users=1, attachments=0)


def test_each_act_says_what_it_does_and_its_command_is_one(machine: PracticePlatform) -> None:
    found = acts(machine)
    assert len({one.name for one in found}) == len(found)
    for one in found:
        assert one.what.endswith(".")
        assert one.loses == one.name.startswith("lose:")
        options = typed(f"{one.command} --help")
        assert options.exit_code == 0, one.command
    assert {one.name.removeprefix("fault:") for one in found if one.name.startswith("fault:")} == (
        set(FAULTS)
    )


def test_a_fault_is_set_and_cleared_and_both_are_written_down(machine: PracticePlatform) -> None:
    before = len(done(machine))
    assert act(machine, "clear:").why_not == "no fault is set."
    assert perform(machine, "fault:disk-full").startswith("Set: disk-full.")
    assert machine.faults.list() == ("disk-full",)
    assert act(machine, "fault:disk-full").on
    assert typed(act(machine, "fault:disk-full").command).exit_code == 0
    assert not machine.faults.list()
    machine.faults.set("container-loops:nginx")
    assert act(machine, "fault:container-loops").title == "container-loops:nginx"
    perform(machine, "fault:container-loops")
    machine.faults.clear()  # of nothing: nothing was done
    assert done(machine)[before:] == [
        "fault set: disk-full",
        "fault cleared: disk-full",
        "fault set: container-loops:nginx",
        "fault cleared: container-loops",
    ]
    last = simulated.read(machine.folder).done[-1]
    assert last.who.name and last.time.endswith("Z")


def test_the_pace_is_chosen_and_refused(machine: PracticePlatform) -> None:
    assert act(machine, "pace:0").on
    perform(machine, "pace:30")
    assert PracticePlatform.open(machine.folder).pace == 30
    assert act(machine, "pace:30").on and not act(machine, "pace:0").on
    assert typed(act(machine, "pace:0").command).exit_code == 0
    assert act(machine, "pace:0").on
    assert refusal(lambda: machine.set_pace(1e9)).name == "usage"
    assert done(machine)[-1] == "pace: 0 s for each store"
    written = done(machine)
    for seconds in (0, 0.0):
        assert not machine.set_pace(seconds)
    assert perform(machine, "pace:0") == "Pace: still 0 s for each store."
    again = typed(act(machine, "pace:0").command)
    assert again.exit_code == 0 and "Each store takes 0 s already." in again.output
    # Another terminal has changed it since this one was opened.
    PracticePlatform.open(machine.folder).set_pace(5)
    assert machine.set_pace(0) and PracticePlatform.open(machine.folder).pace == 0
    assert done(machine) == [*written, "pace: 5 s for each store", "pace: 0 s for each store"]


def test_engines_that_stopped_answering_are_started_as_the_message_says(
    machine: PracticePlatform,
) -> None:
    assert act(machine, "engines:").why_not
    machine.faults.set("engine-gone")
    machine.faults.trip("engine-gone")
    told = refusal(machine.hosts[0].engine.containers)
    command = told.remedy.removeprefix("Start it on its machine: ")
    assert command == act(machine, "engines:").command
    assert typed(command).exit_code == 0
    assert machine.hosts[0].engine.containers() and not machine.faults.list()
    # One that has not struck yet stays.
    machine.faults.set("engine-gone")
    machine.start_engines()
    assert machine.faults.list() == ("engine-gone",)
    machine.faults.clear()


def test_life_goes_on_where_it_can(tmp_path: Path) -> None:
    platform = PracticePlatform.create(tmp_path / "p", users=0, attachments=0)
    assert act(platform, "grow:1").why_not == "nobody has an account here. Grow users first."
    assert not act(platform, "grow:3").why_not  # which brings accounts of its own
    assert refusal(lambda: perform(platform, "grow:1")).name == "practice"
    assert not done(platform), "what was refused was not done"
    assert perform(platform, "grow:0") == "Made: 1 account."
    assert platform.contents()["redis"] != {}
    platform.hosts[0].engine.stop("pryvio_hfs")
    assert "pryvio_hfs is not running" in act(platform, "grow:2").why_not
    assert not act(platform, "grow:1").why_not
    assert done(platform) == ["data added: 1 account"]
    platform.wipe("register")
    told = act(platform, "grow:0").why_not
    assert "has no container of register" in told
    assert "containers start" not in told
    with pytest.raises(PryvTuiError) as refused:
        platform.grow(users=1)
    _, _, command = refused.value.remedy.partition("then try again: ")
    listed = program(*shlex.split(command)[1:])
    assert listed.exit == 0, listed


@pytest.mark.parametrize("form", ["single-node", "cluster"])
def test_a_role_is_lost_once(tmp_path: Path, form: str) -> None:
    platform = PracticePlatform.create(tmp_path / "p", form=form, users=0, attachments=0)  # type: ignore[arg-type]
    everything = "all" if form == "cluster" else "single-node"
    for role in ("core", everything):
        assert not act(platform, f"lose:{role}").why_not
        perform(platform, f"lose:{role}")
        assert act(platform, f"lose:{role}").why_not.startswith("it is already gone")
    assert all(one.why_not for one in acts(platform) if one.loses)
    assert refusal(lambda: perform(platform, "lose:core")).name == "practice"
    assert done(platform) == ["lost: core", f"lost: {everything}"]
    assert refusal(lambda: perform(platform, "lose:nothing")).name == "usage"


def test_what_was_done_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert simulated.read(tmp_path) == simulated.Told()
    simulated.note(tmp_path, "lost", "core")
    with (tmp_path / simulated.FILE).open("ab") as file:
        file.write(b'{"v":1,"time":"2026-01-01T00:00:00.000Z","event":"planted","more":1}\n')
        file.write(b"no JSON\n")
        file.write(b'{"torn')
    simulated.note(tmp_path, "grown", users=1, points=1000)
    told = simulated.read(tmp_path)
    assert [one.words for one in told.done] == [
        "lost: core",
        "planted",
        "data added: 1 account, 1,000 points",
    ]
    assert told.unread == 2
    first, middle, last = told.done
    assert simulated.read(tmp_path, since=first.time).done == (first, last)
    assert simulated.read(tmp_path, until=middle.time).done == (middle,)


def test_what_was_done_is_shown(machine: PracticePlatform) -> None:
    folder = f"'{machine.folder}'"
    shown = typed(f"pryv-tui practice simulated {folder} --json")
    assert [one["event"] for one in json.loads(shown.output)["done"]] == [
        one.event for one in simulated.read(machine.folder).done
    ]
    perform(machine, "grow:0")
    assert "data added: 1 account" in typed(f"pryv-tui practice simulated {folder}").output


def test_no_fault_names_itself_in_what_it_makes_the_platform_say() -> None:
    """A message of a practice platform reads as the real one's would."""
    own = {"faults.py", "copy_faults.py", "acts.py", "simulated.py"}
    for path in sorted(Path(pryv_tui.practice.__file__).parent.rglob("*.py")):
        if path.name in own:
            continue
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        silent = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}  # docstrings
        for node in nodes:
            words = node.value if isinstance(node, ast.Constant) and id(node) not in silent else ""
            if isinstance(words, str) and words not in FAULTS:
                assert not re.search(r"\bfaults?\b", words), (path.name, words)


def test_an_act_that_is_none(machine: PracticePlatform) -> None:
    with pytest.raises(PryvTuiError, match="no act"):
        perform(machine, "dance")


def test_life_of_nothing_is_refused_and_not_written_down(machine: PracticePlatform) -> None:
    before = done(machine)
    told = typed(f"pryv-tui practice grow {shlex.quote(str(machine.folder))}")
    assert (told.exit_code, done(machine)) == (2, before)
    assert "--users" in told.stderr
    assert refusal(lambda: machine.grow(0, 0, 0)).name == "usage"
    assert done(machine) == before
    words = f"pryv-tui practice grow {shlex.quote(str(machine.folder))} --users 1"
    assert typed(words).exit_code == 0
    assert len(done(machine)) == len(before) + 1
