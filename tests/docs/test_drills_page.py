"""`docs/drills.md` against what it tells of: the record's fields and who asks for them, and the
words of a scenario's file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from pryv_tui.drills.model import Record
from pryv_tui.drills.playing.drill import begin
from pryv_tui.drills.scenarios.library import read
from pryv_tui.drills.scenarios.model import PHASES, Deed, Kind, Outcome, Part
from tests.drills.play import play, right_way, settings_in, ways

PAGE = (Path(__file__).parents[2] / "docs/drills.md").read_text(encoding="utf-8")
WITHOUT_A_ROW = {
    "format": "which version of the schema it is of",
    "practice": "that it was held on a practice platform: in the report's title",
    "simulated": "the word for that, in every form",
    "domain": "whose platform: in the report's title",
    "outcome_why": "in the row of `outcome`: why it came out so",
}
"""Fields that nobody asks for: what the record says of itself."""
BESIDE = ("review.json", "record.json.sig", "debrief.json")
"""Files that stand in the table beside fields."""
CONTROLS = (
    "SP 800-84", "ISO 22301 8.5", "ISO 22301", "CP-4", "HHS", "CP-9(1)", "A.8.13", "CP-10(4)",
    "DORA 12(2)", "12(3)", "27002 8.13", "GDPR 32", "A1.3", "12(7)", "A.5.30", "CP-2", "CP-10",
    "CP-3(1)", "CP-4(5)", "CP-4b", "CP-4c", "GDPR 17", "5(1)(e)", "164.316(b)(2)(i)",
    "164.308(a)(7)(ii)(D)",
)  # fmt: skip
"""What standards and auditors call it, of all seventeen fields that they ask for."""


def table(head: str) -> list[list[str]]:
    """The rows of the table with this head, cell by cell."""
    lines = PAGE[PAGE.index(head) :].splitlines()[2:]
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


FIELDS = table("| in `record.json` |")


def test_each_field_of_the_record_has_a_row_and_each_row_a_field() -> None:
    told = {name for row in FIELDS for name in named(row[0])} - set(BESIDE)
    fields = set(Record.__struct_fields__)
    assert fields - told - WITHOUT_A_ROW.keys() == set(), "say which control asks for it"
    assert told - fields == set()
    assert WITHOUT_A_ROW.keys() - fields == set()
    assert len(FIELDS) == 17, "as many as the fields that standards ask for"


@pytest.mark.parametrize("control", CONTROLS)
def test_each_control_stands_in_a_row(control: str) -> None:
    assert any(control in row[2] for row in FIELDS)


def test_the_words_of_a_scenario_are_all_of_them() -> None:
    deeds = [name for row in table("| `do` | takes |") for name in named(row[0])]
    assert sorted(deeds) == sorted(get_args(Deed))
    kinds = table("| `kind` | takes |")
    assert sorted(name for row in kinds for name in named(row[0])) == sorted(get_args(Kind))
    parts = next(row[1] for row in kinds if row[0] == "`same`")
    assert set(get_args(Part)) <= set(named(parts))
    said = PAGE[PAGE.index("An act has `do`") :].split("\n\n")[0]
    assert set(get_args(Outcome)) <= {
        word for each in named(said) for word in re.split(r"\W+", each)
    }
    phases = PAGE[PAGE.index("`phase` is one of") :].split("\n\n")[0]
    assert set(PHASES[:6]) <= set(named(phases))


def test_the_scenario_on_the_page_is_played_to_each_of_its_ends(tmp_path: Path) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", PAGE, re.S)
    own = tmp_path / "own"
    own.mkdir()
    (own / "shut.toml").write_text(text, encoding="utf-8")
    scenario = read(own / "shut.toml")
    ends = set()
    for number, way in enumerate(ways(scenario)):
        settings = settings_in(tmp_path / str(number))
        drill = begin(msgspec.structs.replace(settings, scenarios=str(own)), "shut")
        state = play(drill, way)
        assert state.over and state.deviations == ()
        ends.add(state.at)
        record = drill.close().record
        assert record.outcome == ("passed" if way == right_way(scenario) else "failed")
    assert ends == {one.id for one in scenario.ends}
