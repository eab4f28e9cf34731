"""What `drill watch`, `stop` and `sign` say to programs: JSON alone on standard output."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.drills.playing.drill import begin
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from tests.drills.held import RUN, hold
from tests.drills.kit import SMALL, write
from tests.drills.noting.going import GOING, Going
from tests.drills.signing.signed import key
from tests.remedies.shell import Said, type_in


@pytest.fixture
def config(tmp_path: Path) -> Path:
    write(tmp_path / "own", SMALL)
    place = tmp_path / "pryv-tui.toml"
    place.write_text(
        f"scenarios = '{tmp_path / 'own'}'\nstate = '{tmp_path / 'state'}'\n"
        f"vault = '{tmp_path / 'vault'}'\n"
    )
    return place


@pytest.fixture
def settings(config: Path) -> Settings:
    return resolve_settings(config=str(config), environment={})


def drill(config: Path, *words: str) -> Said:
    return type_in("drill", *words, "--config", str(config))


def told(config: Path, *words: str) -> dict[str, Any]:
    said = drill(config, *words, "--json")
    assert said.exit == 0, said
    found: dict[str, Any] = json.loads(said.out)
    return found


def test_where_a_drill_is_and_what_a_facilitator_sees_beside_it(
    config: Path, settings: Settings
) -> None:
    played = begin(settings, "small", mode="walk-through")
    played.settle()
    found = told(config, "watch")
    assert (found["id"], found["scenario"], found["at"]) == (played.id, "small", "look")
    assert found["walk_through"] and not found["over"] and found["question"] == "And now?"
    by_id = {one["id"]: one for one in found["options"]}
    assert by_id["status"]["safe"] and by_id["status"]["command"] == "pryv-tui status"
    assert by_id["skip"]["command"] is None
    # Who looks on does not see what comes, nor which turn is wrong.
    assert "wrong" not in by_id["skip"] and "to_come" not in found
    played.hint()
    played.choose("skip")
    played.settle()
    found = told(config, "watch", "--facilitator", "--note", "somebody whistles")
    assert (found["at"], found["story_minutes"]) == ("act", 10)
    assert found["consequence"] == "You know nothing." and found["wrong_turns"] == ["look.skip"]
    assert [one["text"] for one in found["so_far"]] == [
        "Hint: Look.",
        "Skip it",
        "Note: somebody whistles",
    ]
    assert any(one["wrong"] and one["then"] == "gone" for one in found["options"])
    assert found["to_come"]


def test_a_note_into_the_drill_of_a_set_is_told_as_it_is_written(
    config: Path, settings: Settings
) -> None:
    going = Going(settings)
    try:
        found = told(config, "watch", "--note", "ask zoe@canary.example")
    finally:
        going.end()
    assert found["text"] == "ask [an address]" and found["drill"] == GOING
    assert found["kind"] == "sandbox drill" and found["time"]


def test_what_was_broken_off(config: Path, settings: Settings) -> None:
    played = begin(settings, "small", mode="walk-through")
    found = told(config, "stop", "the", "phone", "rang")
    assert found["id"] == played.id and found["scenario"] == "small"
    assert (found["outcome"], found["outcome_why"]) == ("broken off", ["the phone rang"])
    assert (Path(found["record"]) / "record.json").is_file()
    refused = drill(config, "stop", "--json")
    assert (refused.exit, refused.out) == (4, "") and "no scenario is open" in refused.err


def test_with_which_key_a_record_was_signed(tmp_path: Path, config: Path) -> None:
    held = hold(tmp_path)
    filed = close_drill(held, RUN)
    operator = key(tmp_path, "operator")
    where = ("--state", held.state, "--vault", held.vault)
    said = type_in("drill", "sign", RUN, "--key", str(operator), "--json", *where)
    assert said.exit == 0, said
    found = json.loads(said.out)
    assert (found["drill"], found["record_sha256"]) == (RUN, filed.sha256)
    assert found["operator"].startswith("SHA256:") and found["debriefer"] is None
    assert (found["findings"], found["record"]) == (0, str(filed.folder))
    again = type_in("drill", "sign", RUN, "--key", str(operator), "--json", *where)
    assert (again.exit, again.out) == (4, "") and "already signed" in again.err
