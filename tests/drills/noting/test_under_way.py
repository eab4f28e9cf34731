"""What somebody sees while a drill is under way goes into it, and into its record and report."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from pryv_tui.drills.files import folder_of
from pryv_tui.drills.findings import known_actions
from pryv_tui.drills.noting.under_way import Takes, note_into, take_notes
from pryv_tui.drills.playing.drill import begin
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.report.writing import in_text
from pryv_tui.drills.signing.standing import as_it_stands
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.events import Noted
from pryv_tui.incidents.files import read_events
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from tests.drills.held import settings_of
from tests.drills.kit import WORDS_ALONE, write
from tests.drills.noting.going import GOING, Going
from tests.remedies.shell import Said, commands_in, paste, type_in


@pytest.fixture
def settings(config: Path) -> Settings:
    return resolve_settings(config=str(config), environment={})


@pytest.fixture
def going(settings: Settings) -> Iterator[Going]:
    made = Going(settings)
    yield made
    made.end()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    write(tmp_path / "own", WORDS_ALONE)
    place = tmp_path / "pryv-tui.toml"
    place.write_text(
        f"scenarios = '{tmp_path / 'own'}'\nstate = '{tmp_path / 'state'}'\n"
        f"vault = '{tmp_path / 'vault'}'\n"
    )
    return place


def drill(config: Path, *words: str) -> Said:
    return type_in("drill", *words, "--config", str(config))


def notes(settings: Settings, name: str = GOING) -> list[Noted]:
    events, problems = read_events(folder_of(Path(settings.state), name))
    assert not problems
    return [one for one in events if isinstance(one, Noted)]


def test_what_is_seen_in_a_drill_of_a_set_is_in_its_record_and_report(
    settings: Settings, going: Going
) -> None:
    (takes,) = take_notes(settings)
    assert note_into(settings, takes, "the disk lamp blinks").startswith(
        f"Written into the drill {GOING}"
    )
    note_into(settings, takes, "and again")
    told = notes(settings)
    assert [one.text for one in told] == ["the disk lamp blinks", "and again"]
    going.end()
    assert not take_notes(settings)
    record = close_drill(settings, GOING).record
    seen = {one.text: one for one in record.observations if one.kind == "observation"}
    assert list(seen) == ["the disk lamp blinks", "and again"]
    assert [one.time for one in seen.values()] == [one.time for one in told]
    assert record.plan.exercise == "sandbox" and record.plan.depth == "data"
    assert not record.objectives.unattended
    state = Path(settings.state)
    page = in_text(record, as_it_stands(state, folder_of(state, GOING))[0], ())
    for text in seen:
        (line,) = [one for one in page.splitlines() if text in one]
        assert seen[text].time[11:16] in line, line


def test_one_that_is_over_takes_none(settings: Settings, going: Going, config: Path) -> None:
    (takes,) = take_notes(settings)
    going.end()
    with pytest.raises(PryvTuiError, match="is over") as caught:
        note_into(settings, takes, "too late")
    assert not folder_of(Path(settings.state), GOING).exists()
    (line,) = commands_in(caught.value.remedy)
    added = paste(f"{line.replace('TEXT', shlex.quote('the disk was small'))} --config {config}")
    assert added.exit == 0, added
    (found,) = [one.words for one in known_actions(settings)]
    assert found.endswith(": the disk was small") and GOING in found


def test_one_of_another_platform_takes_none(tmp_path: Path, settings: Settings) -> None:
    other = settings_of(tmp_path, practice=True)
    made = Going(other)
    try:
        assert not take_notes(settings)
        assert [one.drill for one in take_notes(other)] == [GOING]
    finally:
        made.end()


def test_the_command_writes_into_it_and_stop_names_what_ends_it(
    settings: Settings, going: Going, config: Path
) -> None:
    done = drill(config, "watch", "--note", "it hums")
    assert done.exit == 0 and f"Written into the drill {GOING}" in done.out, done
    assert [one.text for one in notes(settings)] == ["it hums"]
    for words in (("stop",), ("watch",)):
        refused = drill(config, *words)
        assert refused.exit == 4 and f"cancel {GOING}" in refused.err, refused
    # It goes on, as the list says, though it has a journal by now.
    listed = drill(config, "list")
    assert f"The drill {GOING} is running" in listed.out
    (told,) = json.loads(drill(config, "list", "--json").out)
    assert (told["id"], told["run"]) == (GOING, "running")


def test_of_several_a_played_one_comes_first(
    settings: Settings, going: Going, config: Path
) -> None:
    own = settings
    played = begin(own, "small", mode="walk-through")
    assert [one.drill for one in take_notes(own)] == [played.id, GOING]
    assert take_notes(own)[0].kind == "walk-through"
    assert drill(config, "watch", "--note", "it hums").exit == 0
    assert [one.text for one in notes(settings, played.id)] == ["it hums"]
    with pytest.raises(PryvTuiError, match="the text is empty"):
        note_into(own, Takes(GOING, "sandbox drill"), "  ")
