"""While a drill is under way, a note from any screen goes into it; where an incident is open, too,
it is asked which, and the incident comes first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from pryv_tui.drills.playing.drill import begin
from pryv_tui.incidents.acts import declare
from pryv_tui.operations.settings.resolve import Settings
from tests.drills.kit import WORDS_ALONE, write
from tests.drills.noting.going import GOING, Going
from tests.tui.driving import opened
from tests.tui.screens.test_interface_note import notes


@pytest.fixture
def scenario(settings: Settings, tmp_path: Path) -> Settings:
    write(tmp_path / "own", WORDS_ALONE)
    own = msgspec.structs.replace(settings, scenarios=str(tmp_path / "own"))
    begin(own, "small")
    return own


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[Settings]:
    going = Going(settings)
    yield settings
    going.end()


def drilled(settings: Settings) -> str:
    """All that is written into drills."""
    return "".join(
        path.read_text("utf-8") for path in Path(settings.state, "drills").rglob("*.jsonl")
    )


async def test_on_the_list_of_drills_while_a_scenario_is_open(scenario: Settings) -> None:
    async with opened(scenario) as operator:
        await operator.keys("D")
        await operator.on("PlayScreen")
        await operator.sees("And now?")
        await operator.keys("escape")
        await operator.on("DrillsScreen")
        await operator.keys("n")
        await operator.on("NoteDialog")
        await operator.sees("It goes into the scenario")
        await operator.type("it hums")
        await operator.keys("enter")
        await operator.sees("Written into the drill.")
    assert "it hums" in drilled(scenario) and not notes(scenario)


@pytest.mark.parametrize("place", ["overview", "its run"])
async def test_on_another_screen_while_a_set_is_drilled(sandbox: Settings, place: str) -> None:
    async with opened(sandbox, (120, 40)) as operator:
        if place == "its run":
            # The one that goes on is shown at once.
            await operator.keys("u")
            await operator.on("RunScreen")
        await operator.keys("n")
        await operator.on("NoteDialog")
        await operator.sees("It goes into the sandbox drill")
        await operator.type("it hums")
        await operator.keys("enter")
        await operator.sees(f"Written into the drill {GOING}.")
        # Nobody is kept from declaring a real one.
        await operator.keys("n")
        await operator.on("NoteDialog")
        await operator.type("smoke")
        await operator.keys("tab", "tab", "enter")
        await operator.sees("is declared")
    assert "it hums" in drilled(sandbox) and "smoke" not in drilled(sandbox)
    assert "smoke" in notes(sandbox) and "it hums" not in notes(sandbox)


async def test_where_both_are_open_the_incident_comes_first(sandbox: Settings) -> None:
    declare(sandbox, domain="", text="core does not answer")
    async with opened(sandbox) as operator:
        for text, keys in (("a real one", ("enter",)), ("a drilled", ("tab",) * 3 + ("enter",))):
            await operator.keys("n")
            await operator.on("NoteDialog")
            await operator.sees("which of the two is it about?")
            await operator.type(text)
            await operator.keys(*keys)
            await operator.sees("Written into the")
    assert "a real one" in notes(sandbox) and "a drilled" not in notes(sandbox)
    assert "a drilled" in drilled(sandbox) and "a real one" not in drilled(sandbox)


async def test_on_the_page_of_the_drill_a_real_incident_is_not_hidden(scenario: Settings) -> None:
    declare(scenario, domain="", text="core does not answer")
    async with opened(scenario) as operator:
        await operator.keys("D")
        await operator.on("PlayScreen")
        await operator.sees("And now?")
        await operator.keys("n")
        await operator.on("NoteDialog")
        await operator.type("a real one")
        await operator.keys("enter")
        await operator.sees("Written into the incident.")
    assert "a real one" in notes(scenario) and "a real one" not in drilled(scenario)
