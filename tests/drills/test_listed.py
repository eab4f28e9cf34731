"""What kind of drill one is that is open, as the list tells it: there is no record yet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import pytest
from click.testing import CliRunner

from pryv_tui.cli.main import cli
from pryv_tui.drills.files import begin, folder_of
from pryv_tui.drills.noting.under_way import note_into, take_notes
from pryv_tui.incidents.events import Planned
from pryv_tui.operations.settings.resolve import Settings
from tests.drills.held import ANNA, RUN, hold, settings_of
from tests.drills.noting.going import GOING, Going


def listed(settings: Settings) -> tuple[dict[str, list[str]], dict[str, Any]]:
    """By drill its row, and what programs read."""
    words = ["drill", "list", "--state", settings.state, "--vault", settings.vault]
    text = CliRunner().invoke(cli, words).stdout
    told = json.loads(CliRunner().invoke(cli, [*words, "--json"]).stdout)
    rows = [[cell.strip() for cell in line.split("  ") if cell] for line in text.splitlines()]
    return {row[0]: row for row in rows if row}, {one["id"]: one for one in told}


@pytest.mark.parametrize(
    ("exercise", "kind"),
    [("scenario", "scenario (SIMULATED)"), ("walk-through", "walk-through")],
)
def test_an_open_story_is_listed_as_what_it_is(
    tmp_path: Path, exercise: Literal["scenario", "walk-through"], kind: str
) -> None:
    settings = settings_of(tmp_path)
    planned = Planned(exercise=exercise, scenario="core-lost", title="Core is lost")
    begin(settings, planned, drill=RUN, domain="pryv.example", by=ANNA)
    rows, told = listed(settings)
    assert rows[RUN][1] == kind
    assert rows[RUN][3] == "not recorded yet"
    assert (told[RUN]["exercise"], told[RUN]["outcome"]) == (exercise, None)


def test_a_drill_of_a_set_that_goes_on_is_one_also_where_its_journal_is_a_note_alone(
    tmp_path: Path,
) -> None:
    settings = settings_of(tmp_path)
    going = Going(settings)
    try:
        _rows, told = listed(settings)
        assert told[GOING]["exercise"] == "sandbox"
        (takes,) = take_notes(settings)
        note_into(settings, takes, "it takes long")
        rows, told = listed(settings)
        assert rows[GOING][1] == told[GOING]["exercise"] == "sandbox"
    finally:
        going.end()


def test_of_one_whose_record_can_not_be_read_no_kind_is_told(tmp_path: Path) -> None:
    settings = hold(tmp_path)
    (folder_of(Path(settings.state), RUN) / "record.json").write_text("{")
    rows, told = listed(settings)
    assert rows[RUN][1] == "-" and told[RUN]["exercise"] is None
