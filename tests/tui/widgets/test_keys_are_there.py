"""A key that is named is one of the screen on which it is pressed, and what it opens is said or
stands in that screen's line of keys."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator

import pytest

from pryv_tui.operations.commands import Typed, in_message
from pryv_tui.runs.record.report import NEXT, Part
from pryv_tui.tui.actions import ACTIONS
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.flows.accept import AcceptScreen
from pryv_tui.tui.screens import palette
from pryv_tui.tui.screens.container import ContainerScreen
from pryv_tui.tui.screens.doctor import DoctorScreen
from pryv_tui.tui.screens.drills.choose import DrillsScreen
from pryv_tui.tui.screens.drills.held import HeldScreen
from pryv_tui.tui.screens.incidents import IncidentsScreen
from pryv_tui.tui.screens.overview import OverviewScreen
from pryv_tui.tui.screens.restore import RestoreWizard
from pryv_tui.tui.screens.run import RunScreen
from pryv_tui.tui.screens.runs import RunsScreen
from pryv_tui.tui.screens.sets import SetsScreen
from pryv_tui.tui.text.hints import keyed, keys_first
from tests.helpers.messages import PLACE, filled, messages
from tests.helpers.parsed import searches

OPENED: dict[str, type[Page]] = {
    "sets": SetsScreen,
    "runs": RunsScreen,
    "doctor": DoctorScreen,
    "restore": RestoreWizard,
    "accept": AcceptScreen,
    "incidents": IncidentsScreen,
    "drills": DrillsScreen,
    "details": ContainerScreen,
}
"""What the keys of the overview open, where a message says a second key."""
THEN = re.compile(r", then (Enter|[A-Za-z])(?= on |\b|$)")
FIRST = re.compile(r"\bpress (Enter|[A-Za-z])\b")
CALLED = re.compile(r"press ([A-Za-z])(?: on the overview)? \(([a-z ]+)\)")


def actions(screen: type[Page]) -> dict[str, str]:
    """The names of a screen's actions by their keys."""
    return {ACTIONS[name].key: name for name in screen.names()}


def wrong(words: str, screen: type[Page] = OverviewScreen) -> list[str]:
    """What is wrong with the keys that are said for one command."""
    here, found = actions(screen), []
    if named := re.search(r"press ([SV]) in the report of", words):
        return [] if named[1] in actions(HeldScreen) else [words]
    second: str | None
    in_list = "press t in the list of drills (D)" in words
    if in_list:
        first, second = "D", "t"
    elif (pressed := FIRST.search(words)) is not None:
        then = THEN.search(words)
        first, second = pressed[1].replace("Enter", "enter"), then[1] if then else None
    else:
        return []
    if first not in here:
        return [f"{words}: no key {first}"]
    action = ACTIONS[here[first]]
    # What the line of keys does not name is named where the key is.
    told = in_list or action.shown or CALLED.search(words) is not None
    if not told:
        found.append(f"{words}: what {first} is nobody says")
    if second is not None:
        next_screen = OPENED.get(action.name)
        if next_screen is None or second.replace("Enter", "enter") not in actions(next_screen):
            found.append(f"{words}: no key {second} there")
    return found


def said() -> Iterator[Typed]:
    for _place, text in messages():
        for part in in_message(filled(text)):
            if isinstance(part, Typed):
                yield part


@searches
def test_each_key_of_each_message_is_there_and_it_is_said_what_it_is() -> None:
    every = list(said())
    assert len(every) > 200
    keys = [words for one in every if FIRST.search(words := keyed(one.text(), (), overview=True))]
    assert len(keys) > 80
    assert [each for one in every for each in wrong(keyed(one.text(), (), overview=True))] == []


@searches
def test_on_another_screen_it_is_said_on_which_one_it_is() -> None:
    bare = set()
    for one in said():
        words = keyed(one.text(), ())
        if FIRST.search(words) and not re.search(
            r"on the overview|in the list|in the report", words
        ):
            bare.add(words)
    assert bare == set()


@searches
def test_each_key_of_a_result_is_there() -> None:
    """It is shown on the run's screen, whose own keys are L and U."""
    own = {"L": "audit_live", "U": "undo"}
    assert own.items() <= actions(RunScreen).items()
    for one in said():
        (part,) = keys_first([Part((one.text(),), NEXT)], PLACE)
        (words,) = part.lines
        if (pressed := FIRST.search(words)) is None:
            continue
        if "on the overview" in words:
            first = words.partition(", or: ")[0]
            assert [each for each in wrong(first) if "nobody says" not in each] == []
        else:
            assert pressed[1] in own, words


@pytest.mark.parametrize(
    ("words", "screen"),
    [
        ("press n", OverviewScreen),
        ("press L", OverviewScreen),
        ("press Y", OverviewScreen),
        ("press s, then Z on X", OverviewScreen),
        ("press b, then v on X", OverviewScreen),
        ("press D, then Z on X", OverviewScreen),
    ],
)
def test_a_key_that_is_not_there_or_not_explained_is_found(words: str, screen: type[Page]) -> None:
    assert wrong(words, screen)


@searches
def test_the_menu_tells_the_keys_of_its_places() -> None:
    rows = [
        [one.value for one in node.elts if isinstance(one, ast.Constant)]
        for node in ast.walk(ast.parse(inspect.getsource(palette)))
        if isinstance(node, ast.Tuple) and len(node.elts) == 3
    ]
    told = [row for row in rows if len(row) == 3 and row[1] in ("sets", "runs")]
    assert len(told) >= 7
    for name, place, remark in told:
        keys = re.findall(r"\b(?:[Pp]ress|then) ([A-Za-z])\b", str(remark))
        assert keys == [ACTIONS[str(name)].key], remark
        assert str(name) in OPENED[str(place)].HERE
