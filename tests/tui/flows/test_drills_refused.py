"""What can't be drilled, played, signed or reviewed is refused in the interface, where it has a
page; and nothing is another thing after it. The command line is asked the same, and more, in
`tests/journeys/drills/test_drill_nothing_changed.py`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from textual.widgets import Button, Input

from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.record.signing import sign_drill
from pryv_tui.operations.lost.seen import NAME
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import open_site
from pryv_tui.vault.set_files import SET_JSON
from pryv_tui.vault.set_names import PARTIAL
from tests.drills.held import RUN, hold, settings_of
from tests.drills.kit import SMALL, write
from tests.drills.signing.signed import key
from tests.journeys.drills import spoilt_sets as spoilt
from tests.operations.drilling.seen import Seen
from tests.tui import driving


async def seen(operator: driving.Operator, settings: Settings, *more: Path) -> Seen:
    """As it is when the overview has written down which roles it saw: it still looks behind
    another page."""
    await operator.until((Path(settings.state) / NAME).exists, "the roles that the overview saw")
    return Seen(settings, *more)


def damaged(made: Path) -> None:
    place = made / SET_JSON
    place.write_bytes(place.read_bytes()[:100])


def partial(made: Path) -> None:
    made.rename(made.with_name(made.name + PARTIAL))


def of_another_platform(made: Path) -> None:
    spoilt._said(made, domain="other.example")


@pytest.mark.parametrize("spoil", [damaged, partial, of_another_platform])
async def test_a_set_that_can_not_be_drilled(
    with_set: Settings, spoil: Callable[[Path], None]
) -> None:
    vault = open_site(with_set).vault
    spoil(vault.folder / vault.resolve("latest").id)
    async with driving.opened(with_set) as operator:
        await operator.keys("D")
        await operator.sees("t drills the newest set, in a sandbox")
        before = await seen(operator, with_set)
        await operator.keys("t")
        await operator.sees("holds no complete")
        await operator.on("DrillsScreen")
        before.is_what_it_was()


@pytest.mark.parametrize(
    ("old", "new"), [("minutes", "minuets"), ('then = "act"', 'then = "nowhere"')]
)
async def test_a_scenario_that_can_not_be_played(
    settings: Settings, tmp_path: Path, old: str, new: str
) -> None:
    text = SMALL.replace('name = "small"', 'name = "a"', 1).replace(old, new, 1)
    path = write(tmp_path / "own", text, "a")
    settings = msgspec.structs.replace(settings, scenarios=str(path.parent))
    async with driving.opened(settings, size=(120, 40)) as operator:
        await operator.keys("D")
        # It is the first of the list; what is wrong with it stands beside it.
        await operator.sees(new.rpartition("= ")[2].strip('"'))
        before = await seen(operator, settings, path.parent)
        await operator.keys("enter")
        await operator.sees("That one can't be played")
        await operator.keys("w")
        await operator.on("DrillsScreen")
        before.is_what_it_was()


@pytest.mark.parametrize(("name", "told"), [("lost", "is not there"), ("operator", "operator's")])
async def test_a_key_that_is_not_there_and_the_operators_own(
    settings: Settings, tmp_path: Path, name: str, told: str
) -> None:
    close_drill(hold(tmp_path), RUN)
    sign_drill(settings_of(tmp_path), RUN, key(tmp_path, "operator"))
    settings = msgspec.structs.replace(settings, state=settings_of(tmp_path).state)
    async with driving.opened(settings) as operator:
        operator.page.go_to("held", RUN)
        await operator.sees("V Review")
        before = await seen(operator, settings)
        await operator.keys("V")
        await operator.on("ReviewDialog")
        dialog = operator.app.screen
        dialog.query_one("#text", Input).value = "I read all of it"
        dialog.query_one("#key", Input).value = str(tmp_path / name)
        dialog.query_one("#accept", Button).press()
        await operator.until(lambda: operator.app.screen is not dialog, "it is asked again")
        await operator.sees(told)
        before.is_what_it_was()


async def test_a_record_that_was_edited(settings: Settings, tmp_path: Path) -> None:
    filed = close_drill(hold(tmp_path), RUN)
    own = key(tmp_path, "operator")
    place = filed.folder / "record.json"
    record = json.loads(place.read_bytes())
    record["outcome"] = "failed"
    place.write_text(json.dumps(record, indent=2) + "\n")
    settings = msgspec.structs.replace(settings, state=settings_of(tmp_path).state)
    async with driving.opened(settings) as operator:
        operator.page.go_to("held", RUN)
        await operator.sees("NOT WHAT WAS WRITTEN")
        before = await seen(operator, settings)
        await operator.keys("S")
        await operator.on("KeyDialog")
        await operator.type(str(own))
        await operator.keys("enter")
        await operator.sees("was written: record.json does not match the list")
        before.is_what_it_was()
