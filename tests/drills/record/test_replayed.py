"""A scenario is seeded and can be replayed: the same seed has the same platform, and the same blows
at the same moments of the story. Its record names the file and the seed that do it again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pryv_tui.drills.playing.drill import begin
from pryv_tui.drills.playing.words import shown
from pryv_tui.drills.scenarios.library import SHIPPED
from pryv_tui.incidents.events import Acted, Decided
from tests.drills.kit import SMALL, write
from tests.drills.play import right_way, settings_in

SEEDS = (1, 7, 4711)


class Played(NamedTuple):
    """What of a drill has to be the same when it is played again."""

    blows: list[tuple[int, str, str]]
    """Each deed of the story or of a person: the story's minute, what, and how it came out."""
    orders: list[list[str]]
    """In which order the options stood, at each decision."""
    born: dict[str, Any]
    """What the platform held before anything happened to it."""
    said: list[str]


def played(folder: Path, name: str, seed: int) -> Played:
    settings = settings_in(folder)
    drill = begin(settings, name, seed=seed)
    orders, minutes = [], [0]
    for choice in right_way(drill.scenario):
        page = drill.settle()
        orders.append([one.option.id for one in shown(page)])
        drill.choose(choice.rpartition(".")[2])
        minutes.append(drill.page().state.minutes)
    page = drill.settle()
    assert page.state.over and page.state.deviations == ()
    born = drill.ground.recalled("born")
    blows, passed, said = [], iter(minutes[1:]), []
    now = minutes[0]
    for event in page.events:
        if isinstance(event, Decided):
            now = next(passed)
        elif isinstance(event, Acted):
            blows.append((now, event.what, event.outcome))
            said += event.said
    filed = drill.close()
    record = json.loads((filed.folder / "record.json").read_bytes())
    digest = hashlib.sha256((SHIPPED / f"{name}.toml").read_bytes()).hexdigest()
    assert record["scenario"]["sha256"] == digest
    assert record["scenario"]["seed"] == str(seed)
    return Played(blows, orders, born, said)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", ["disk-full", "silent-damage"])
def test_it_is_the_same_again(tmp_path: Path, name: str, seed: int) -> None:
    first = played(tmp_path / "a", name, seed)
    again = played(tmp_path / "b", name, seed)
    assert first.blows == again.blows and first.blows
    assert first.orders == again.orders
    assert first.born == again.born


def test_with_another_seed_the_platform_and_the_screens_are_others(tmp_path: Path) -> None:
    found = [played(tmp_path / str(seed), "disk-full", seed) for seed in SEEDS[:2]]
    assert found[0].blows == found[1].blows, "what happens is the story's"
    assert found[0].born != found[1].born


def test_a_sites_own_file_is_on_record_by_what_was_read_of_it(tmp_path: Path) -> None:
    import msgspec

    path = write(tmp_path / "own", SMALL)
    settings = msgspec.structs.replace(settings_in(tmp_path), scenarios=str(path.parent))
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    drill = begin(settings, "small", mode="walk-through")
    # What becomes of the file later does not become of the record.
    path.write_text(SMALL.replace("A small one", "Another one"))
    story = drill.close().record.scenario
    assert story is not None and story.sha256 == before
