"""What a sandbox says of itself is believed for the folder that it is said in, and for no other."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.drilling import places

DRILL = "20260101T000000Z-drill-0000"


def told(state: Path, **said: str) -> places.Kept:
    """The one sandbox of a state folder, whose word is this."""
    folder = places.words_folder(state) / DRILL
    (folder / places.CONTENT).mkdir(parents=True)
    word = places.Kept(
        drill=DRILL, folder=str(folder / places.CONTENT), host="single", made="", expires=""
    )
    (folder / places.WORD).write_bytes(msgspec.json.encode(msgspec.structs.replace(word, **said)))
    (kept,) = places.kept_here(state)
    return kept


def test_a_word_of_its_own_is_believed(tmp_path: Path) -> None:
    kept = told(tmp_path)
    assert (kept.drill, kept.host) == (DRILL, "single")
    places.remove_files(kept)
    places.forget(tmp_path, kept.drill)
    assert not (places.words_folder(tmp_path) / DRILL).exists()


@pytest.mark.parametrize("there", ["nothing above it", "it already", "a file above it"])
def test_one_that_is_not_made_leaves_nothing_and_no_word(tmp_path: Path, there: str) -> None:
    place = tmp_path / "disk"
    if there == "a file above it":
        place.write_text("")
    elif there == "it already":
        (place / f"pryvdrill-{DRILL}").mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    kept = places.Kept(
        drill=DRILL, folder=str(place / f"pryvdrill-{DRILL}"), host="h", made="", expires=""
    )
    with pytest.raises((PryvTuiError, NotADirectoryError)):
        places.keep(tmp_path / "state", kept)
    assert places.kept_here(tmp_path / "state") == []
    after = [one for one in tmp_path.rglob("*") if "state" not in one.parts]
    assert sorted(after) == before


@pytest.mark.parametrize("drill", ["", ".", "../..", "another", "/etc"])
def test_a_word_of_another_drill_is_none(tmp_path: Path, drill: str) -> None:
    kept = told(tmp_path / "state", drill=drill)
    assert kept.drill == DRILL
    assert kept.folder == str(places.words_folder(tmp_path / "state") / DRILL / places.CONTENT)


@pytest.mark.parametrize("folder", ["/etc", "victim", f"{DRILL}/other", "pryvdrill-another"])
def test_no_other_folder_is_removed(tmp_path: Path, folder: str) -> None:
    victim = tmp_path / folder
    if not victim.exists():
        victim.mkdir(parents=True)
    kept = told(tmp_path / "state", folder=str(victim))
    with pytest.raises(PryvTuiError, match="it is not removed"):
        places.remove_files(kept)
    assert victim.is_dir()
