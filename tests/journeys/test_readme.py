"""The loss that the README plays, with its own commands: what they print is what was done."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.practice.people import account
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.tui.actions import ACTIONS
from tests.journeys.program import Ended, pryv_tui
from tests.tui.driving import opened

README = Path(__file__).parents[2] / "README.md"
NAME = "three"
"""What the README calls the platform."""
ENDS = {"status": 3, "restore": 3, "audit": 3}
"""The commands that do not end with 0: it says so of some."""


def part() -> str:
    """What the README says of it."""
    text = README.read_text(encoding="utf-8")
    (found,) = re.findall(r"^\*\*A loss, from start to end\.\*\*.*?(?=^## )", text, re.M | re.S)
    assert isinstance(found, str)
    return found


def commands() -> list[list[str]]:
    """The commands of the program that it names, in their order."""
    (block,) = re.findall(r"```sh\n(.*?)```", part(), re.S)
    lines = [shlex.split(line, comments=True) for line in block.splitlines()]
    assert lines[0][0] == "export" and all(words[0] == "pryv-tui" for words in lines[1:])
    return [words[1:] for words in lines[1:]]


@dataclass(frozen=True)
class Typed:
    """A command, what it printed, and the clock before and after it."""

    words: list[str]
    ended: Ended
    before: datetime
    after: datetime


@dataclass(frozen=True)
class Journey:
    """All of it, in its order."""

    folder: Path
    typed: list[Typed]
    users: int
    """How many there were when it was made."""

    @property
    def taken(self) -> str:
        """When core's part of the set was taken, as the set says."""
        (found,) = self.folder.with_name(f"{NAME}-vault").glob("*/set.json")
        return str(json.loads(found.read_text())["gap"]["accounts_from"])

    def of(self, name: str) -> Typed:
        """The one command of that name."""
        (found,) = (one for one in self.typed if name in one.words)
        return found


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    folder = tmp_path_factory.mktemp("readme") / NAME
    done: list[Typed] = []
    users = 0
    for words in commands():
        before = datetime.now(UTC)
        ended = pryv_tui(*(str(folder) if word == NAME else word for word in words))
        done.append(Typed(words, ended, before, datetime.now(UTC)))
        if "create" in words:
            users = PracticePlatform.open(folder).contents()["redis"]["users"]
    yield Journey(folder, done, users)


def newcomers(journey: Journey) -> list[str]:
    """Who signed up after the backup, by the platform's seed: not as any of the commands says."""
    words = journey.of("grow").words
    users = int(words[words.index("--users") + 1])
    seed = json.loads((journey.folder / "practice.json").read_text())["seed"]
    return [account(seed, journey.users + number).username for number in range(users)]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_each_command_ends_as_the_readme_says(journey: Journey) -> None:
    assert len(journey.typed) == 9
    assert "Some of these exit with 3" in part()
    for one in journey.typed:
        code = ENDS.get(next((word for word in one.words if word in ENDS), ""), 0)
        expected = 0 if "plan" in one.words else code
        assert one.ended.exit == expected, (one.words, one.ended.out, one.ended.err)


def test_what_core_alone_costs_is_told_by_name_before_in_the_result_and_after(
    journey: Journey,
) -> None:
    names = newcomers(journey)
    assert len(names) == 2
    listed = f"({', '.join(names)})"
    plan = journey.of("plan").ended.out
    alone, _, both = plan.partition("With core and register instead:")
    assert f"2 names {listed} stranded: register knows them, core would not." in alone
    assert f"2 accounts {listed} are gone: neither would know them." in both
    # What core had besides is known to nobody: it is not there to be asked.
    assert "core on core: gone, so it can't be asked any more what it got" in both
    restored = next(one for one in journey.typed if "--confirm" in one.words).ended.out
    assert f"Accounts that register knows and core does not: 2 {listed}." in restored
    assert "core on core: accounts, events, attachments, points: not known" in restored
    audit = journey.of("audit").ended.out
    assert "Accounts that register knows and core does not: 2 now" in audit
    assert re.findall(r"^  - (\w+)$", audit, re.M) == names
    assert audit.count(": none\n") == 5, "of all else it says that nothing is there"
    report = journey.of("report").ended.out
    assert "asked: accounts that register knows and core does not: 2" in report


def test_since_when_and_for_how_long_is_told_to_the_second(journey: Journey) -> None:
    """Between the clock before a command and after it; a second is what a file's time may lack."""
    second = timedelta(seconds=1)
    lost, back = journey.of("wipe"), next(o for o in journey.typed if "--confirm" in o.words)
    told = pryv_tui("--practice", str(journey.folder), "report", "--format", "json")
    assert told.exit == 0, told.err
    times = told.json["times"]
    assert lost.before - second <= moment(times["lost"]) <= lost.after + second
    assert back.before - second <= moment(times["serving"]) <= back.after + second
    down = timedelta(seconds=told.json["down"]["core"]["seconds"])
    assert back.before - lost.after - 2 * second <= down <= back.after - lost.before + 2 * second
    assert down == moment(times["serving"]) - moment(times["lost"])
    assert set(told.json["down"]) == {"core"}, "nothing else was down"
    status = journey.of("status").ended.out
    assert f"core is down since {moment(times['lost']):%Y-%m-%d %H:%M:%S} UTC" in status
    taken = moment(journey.taken)
    (gap,) = re.findall(
        r"written in the (.*) from then to the loss", journey.of("report").ended.out
    )
    told_gap = sum(
        float(number) * {"h": 3600, "min": 60, "s": 1}[unit]
        for number, unit in re.findall(r"([\d.]+) (h|min|s)\b", gap)
    )
    assert abs(timedelta(seconds=told_gap) - (moment(times["lost"]) - taken)) <= second


def test_what_remains_is_told_until_it_is_settled(journey: Journey) -> None:
    report = journey.of("report").ended.out
    remains = report[report.index("What remains:") :]
    assert "accounts that register knows and core does not: 2" in remains
    assert "No complete backup of core was taken since" in remains
    assert "The incident is open" in remains


def test_the_keys_that_it_names_are_those_of_the_interface() -> None:
    named = dict(re.findall(r"`(\w)` ([A-Z]\w+(?: audit)?)", part()))
    assert len(named) == 7
    keys = {(action.key, action.label) for action in ACTIONS.values()}
    assert [one for one in named.items() if one not in keys] == []


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_by_key_the_same_is_read_from_the_screen(
    journey: Journey, size: tuple[int, int]
) -> None:
    names = newcomers(journey)
    settings = resolve_settings(practice=str(journey.folder), environment={})
    async with opened(settings, size) as operator:
        await operator.sees("Incident of core: was down")
        await operator.keys("L")
        await operator.on("TextScreen")
        await operator.sees("Accounts that register knows and core does not: 2 now")
        for name in names:
            assert re.search(rf"- {name}\b", operator.text), operator.text
        await operator.keys("escape")
        await operator.on("OverviewScreen")
        await operator.keys("I")
        await operator.sees("core lost")
        await operator.keys("enter")
        await operator.sees("OPEN: serves again since")


def rehearsals() -> list[list[str]]:
    """The commands of the section about drills, in their order."""
    text = README.read_text(encoding="utf-8")
    (found,) = re.findall(r"^## Rehearse a disaster.*?```sh\n(.*?)```", text, re.M | re.S)
    return [shlex.split(line, comments=True)[1:] for line in found.splitlines()]


def test_each_drill_that_it_names_is_held(journey: Journey) -> None:
    scenarios, played, held, told = rehearsals()
    state = ("--state", str(journey.folder.parent / "played"))
    listed = pryv_tui(*scenarios, "--json", *state)
    assert listed.exit == 0 and "thirteen" in README.read_text(encoding="utf-8")
    assert len(listed.json) == 13
    assert played[-1] in {one["name"] for one in listed.json}
    # It asks at a terminal; Enter takes the safe answer: up to the first question after it.
    asked = pryv_tui(*played, *state, typed="\n\x04")
    assert "You were paged" in asked.out and "How do you find out what is lost?" in asked.out
    for words in (held, told):
        at = [str(journey.folder) if word == NAME else word for word in words]
        done = pryv_tui(*at)
        assert done.exit == 0, (done.out, done.err)
    assert "PASSED" in done.out and "SIMULATED" in done.out
