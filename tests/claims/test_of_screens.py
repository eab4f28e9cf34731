"""What the screens say of nothing and of all, where it is so and where it is otherwise."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from textual.content import Content
from textual.geometry import Size

from pryv_tui.drills.playing.ground import Ground
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.discovery import discover
from pryv_tui.incidents.gathering import Told
from pryv_tui.incidents.looking import Standing
from pryv_tui.incidents.reckoning import reckon
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.sets.retention import NO_RULES, KeepRules, judge
from pryv_tui.operations.steps.sets.remove_set import RemoveSet
from pryv_tui.runs.left import left_behind
from pryv_tui.tui.base.note import NotesGo
from pryv_tui.tui.flows.accept import AcceptPage
from pryv_tui.tui.flows.pin import PinPage
from pryv_tui.tui.flows.recover import left_text
from pryv_tui.tui.screens.backup import nothing_here
from pryv_tui.tui.screens.drills.choose import DrillsScreen
from pryv_tui.tui.screens.drills.held import HeldScreen
from pryv_tui.tui.screens.drills.play import PlayScreen
from pryv_tui.tui.screens.prune import PruneWizard, about_rules
from pryv_tui.tui.screens.runs import RunsScreen
from pryv_tui.tui.text.incidents import incident_row
from pryv_tui.tui.text.sets import set_details
from pryv_tui.tui.widgets.too_small import LEAST, TooSmall, too_small
from tests.hosts.machines import StillHost
from tests.incidents.scripted import at, incident, lost, opened
from tests.operations.kit import DOMAIN, manifest_of, part, set_of
from tests.runs.test_on_disk import half
from tests.runs.test_recovery import Past

AWAY = PryvTuiError("engine-unreachable", "no engine", "Start it.")


class Screen:
    """Stands in for a screen: what it is told to say, ask and show is kept."""

    def __init__(self, **more: Any) -> None:
        self.said: list[str] = []
        self.asked: list[str] = []
        self.pushed: list[tuple[Any, Any]] = []
        self.looks = 0
        self.keybar = SimpleNamespace(remark=lambda text, *_: self.said.append(text))
        self.problem = SimpleNamespace(clear=lambda: None)
        self.desk = SimpleNamespace(settings=SimpleNamespace(given=()))
        self.app = SimpleNamespace(show_dialog=lambda *words: self.pushed.append(words))
        self.__dict__.update(more)

    def ask(self, name: str, *_words: object) -> None:
        self.asked.append(name)

    def go_to(self, place: str, *about: Any) -> None:
        self.pushed.append((place, about))

    def look(self) -> None:
        self.looks += 1


@pytest.mark.parametrize("there", ["nothing", "an engine that is away"])
def test_nothing_to_back_up_is_said_where_every_engine_was_asked(
    tmp_path: Path, there: str
) -> None:
    problem = AWAY if there == "an engine that is away" else None
    host = StillHost("one", [], root=tmp_path / "root", problem=problem)
    told = nothing_here(discover([host], domain=DOMAIN))
    assert ("there is nothing to back up" in told) is (there == "nothing")
    assert ("what runs on one is not known, since no engine answers" in told) is bool(problem)


@pytest.mark.parametrize("items", [[], ["a warning"]])
def test_nothing_is_to_be_accepted_where_nothing_is_shown(items: list[str]) -> None:
    screen: Any = Screen(acceptable=lambda: items)
    AcceptPage.action_accept(screen)
    nothing = "Nothing that is shown here is to be accepted."
    assert (nothing in screen.said) is (not items)
    assert screen.pushed == ([("accept", (items,))] if items else [])


@pytest.mark.parametrize("kept", ["", "pinned"])
def test_nothing_is_removed_now_is_said_before_a_pin_goes(
    monkeypatch: pytest.MonkeyPatch, kept: str
) -> None:
    said: list[str] = []
    monkeypatch.setattr("pryv_tui.tui.flows.pin.AskWhy", lambda *_: "why")
    monkeypatch.setattr(
        "pryv_tui.tui.flows.pin.Confirm", lambda _desk, _title, text, **_: said.append(text)
    )
    screen: Any = Screen(confirm=lambda *_: None, _pin=print, _unpin=print)
    backup = set_of(manifest_of(part("core", "core")))
    PinPage.ask_pin(screen, backup, kept)
    assert ("Nothing is removed now." in " ".join(said)) is bool(kept)
    assert bool(screen.pushed) is (not bool(kept))


@pytest.mark.parametrize("aside", [True, False])
def test_nothing_of_it_can_be_finished_where_there_is_no_safe_choice(
    tmp_path: Path, aside: bool
) -> None:
    past = Past(tmp_path)
    half(past)
    if not aside:
        mark = past.folder / "core/.pryv-tui/restoring.json"
        mark.write_text(f'{{"run": "o", "set_id": "S", "started": "", "aside": "{tmp_path}/x"}}')
        (past.folder / "state").rename(tmp_path / "lost")
    (left,) = left_behind(past.site, discover(past.hosts))
    said = left_text(left).plain
    assert ("Nothing of it can be finished or put back by itself." in said) is (not aside)
    assert bool(left.choices) is aside


def test_nothing_of_a_real_platform_is_what_a_story_is_played_on(tmp_path: Path) -> None:
    words = dict(DrillsScreen.WORDS)
    said = "Nothing of a real platform is touched."
    assert said in words["scenario"]
    assert [name for name, text in words.items() if said in text] == ["scenario"]
    ground = Ground(tmp_path / "drill")
    of = ground.settings
    assert of.practice == str(ground.place)
    for place in (of.vault, of.state):
        assert Path(place).is_relative_to(ground.folder), "and what is kept of it lies there too"


@pytest.mark.parametrize("text", [None, "the phone is dead"])
def test_nothing_was_written_is_said_of_a_note_that_was_not(
    monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    noted: list[str] = []
    monkeypatch.setattr("pryv_tui.tui.base.observing.ObservationDialog", lambda _desk, write: write)
    monkeypatch.setattr(
        "pryv_tui.tui.base.observing.look_for", lambda _desk: NotesGo(Standing(None))
    )
    screen: Any = Screen(
        drill=Screen(note=noted.append),
        noted=noted.append,
        ask=lambda _group, work, done, _failed, opens: done(work()),
    )
    PlayScreen.action_observe(screen)
    ((write, written),) = screen.pushed
    if text is not None:
        write(text)
    written(None if text is None else "told")
    assert ("Nothing was written." in screen.said) is (text is None)
    assert noted == ([] if text is None else [text, "told"])


def test_what_was_broken_off_is_not_said_to_be_unsigned() -> None:
    """The signature may be there, and only the pages not be written."""

    def broken() -> str:
        raise KeyboardInterrupt

    from textual.app import SuspendNotSupported

    def suspend() -> None:
        raise SuspendNotSupported

    screen: Any = Screen(drill="d", show_problem=None, app=SimpleNamespace(suspend=suspend))

    def kept() -> None: ...

    HeldScreen._on_the_terminal(screen, "key", broken, lambda _error: None, kept)
    assert screen.said == ["It was broken off: the page says who has signed."]
    assert "Nothing was signed." not in screen.said and screen.looks == 1, "it looks who has"


def a_plan(*steps: Any) -> Plan:
    return Plan(kind="prune", roles=(), steps=steps, domain=DOMAIN)


class Pruning(PruneWizard):
    """One that is not drawn."""

    page = "steps"
    holder = None
    at = 1
    rules = KeepRules(last=1)

    def __init__(self, plan: Plan) -> None:
        self.plan = plan


def test_nothing_goes_without_a_rule_and_there_is_nothing_to_go_on_with_without_a_set() -> None:
    sets = [
        msgspec.structs.replace(
            set_of(manifest_of(part("core", "core"))), id=f"2026010{day}T000000Z"
        )
        for day in (1, 2, 3)
    ]
    for rules in (NO_RULES, KeepRules(last=1)):
        gone = [one for one in judge(sets, rules, domain=DOMAIN, practice=False) if not one.keep]
        said = about_rules(rules).plain
        assert ("Nothing goes without a rule." in said) is (not rules.any)
        assert bool(gone) is rules.any
    nothing = "There is nothing to continue with: no set is to be removed."
    one = RemoveSet(id="1", set_id="S", vault="/v")
    assert (Pruning(a_plan()).why_not() == nothing) is True
    assert nothing != Pruning(a_plan(one)).why_not()


class LastPage(Pruning):
    page = "confirm"
    at = len(PruneWizard.PAGES) - 1
    word: Any = SimpleNamespace(matches=False)
    _starting = False


def test_the_last_page_says_what_its_button_waits_for_and_no_other_page_does() -> None:
    said = "Not yet: the word is not typed; Tab leads to its field."
    assert LastPage(a_plan()).why_not() == said
    without: Any = LastPage(a_plan())
    without.plan = None
    assert without.why_not() == "Not yet: there is no plan to be started."
    one = RemoveSet(id="1", set_id="S", vault="/v")
    assert Pruning(a_plan(one)).why_not().startswith("The next page needs something")


def test_what_refused_means_is_said_of_the_platform_alone() -> None:
    """A sandbox that was left may have been cleared by then."""
    words = dict(RunsScreen.WORDS)
    assert words["refused"].endswith("the platform is as it was.")
    assert "nothing was changed" not in words["refused"]


def told_of(*events: Any) -> Told:
    one = incident(opened(30), *events)
    return Told(one, (), reckon(one, (), at(400)), "")


@pytest.mark.parametrize("doubted", [True, False])
def test_a_row_says_lost_of_a_role_that_is_known_to_be(doubted: bool) -> None:
    nobody = incident_row(told_of()).plain
    assert "lost" not in nobody and "nothing is known to have been down" in nobody
    told = told_of(lost(30, since=0))
    if doubted:
        times = msgspec.structs.replace(told.times, doubted=told.incident.roles)
        told = told._replace(times=times)
    said = incident_row(told).plain
    assert ("core lost" in said) is (not doubted)
    assert ("core not known to serve" in said) is doubted
    assert "nothing is known to have been down" not in said


@pytest.mark.parametrize("state", ["complete", "partial", "damaged"])
def test_nothing_is_restored_from_a_set_that_is_partial(state: Any) -> None:
    whole = set_of(manifest_of(part("core", "core")))
    problem = "" if state == "complete" else "it is not whole"
    backup = msgspec.structs.replace(whole, state=state, problem=problem)
    said = set_details(backup).plain
    assert ("It is no set: nothing is restored from it." in said) is (state == "partial")
    if state == "partial":
        assert backup.why_not("restore") is not None


@pytest.mark.parametrize("width", [LEAST.width - 1, LEAST.width])
def test_all_is_as_it_was_is_said_in_the_place_of_a_screen_that_stays(width: int) -> None:
    """That it stays: `tests/tui/terminal/test_too_small.py`."""
    size = Size(width, LEAST.height)
    screen: Any = SimpleNamespace(screen=SimpleNamespace(size=size))
    said = TooSmall.render(screen)
    assert isinstance(said, Content)
    told = "Make it larger: all is as it was."
    assert (told in said.plain) is True
    assert (too_small(size) and told in said.plain) is (width < LEAST.width)
