"""What a sandbox says of itself is believed for the folder that it is said in, and for no other."""

from __future__ import annotations

import fcntl
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.drilling import clearing, others, places
from pryv_tui.operations.site import RUNS

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


class Looked:
    """A site without a machine: what its state folder tells is all there is."""

    hosts = ()

    def __init__(self, state: Path) -> None:
        self.state = state


def cleared(state: Path) -> list[clearing.Cleared]:
    site: Any = Looked(state)
    return clearing.clear_left(site, of_others=True)


@pytest.mark.parametrize("call", ["mkdir", "flock", "write", "fsync", "rename"])
def test_a_clearing_takes_no_sandbox_that_is_just_being_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """Before and after each call by which its word comes to be."""
    kept = places.Kept(
        drill=DRILL,
        folder=str(places.folder_of(tmp_path, DRILL)),
        host="single",
        made="",
        expires="",
    )
    seen: list[list[clearing.Cleared]] = []
    module: Any = fcntl if call == "flock" else os
    real: Callable[..., Any] = getattr(module, call)

    def between(*given: Any, **more: Any) -> Any:
        monkeypatch.setattr(module, call, real)
        try:
            seen.append(cleared(tmp_path))
            done = real(*given, **more)
            seen.append(cleared(tmp_path))
        finally:
            monkeypatch.setattr(module, call, between)
        return done

    monkeypatch.setattr(module, call, between)
    held = places.keep(tmp_path, kept)
    monkeypatch.setattr(module, call, real)
    assert len(seen) >= 2
    # It is left alone or not there at all; it is never one that died, or that nobody knows.
    told = [one for each in seen for one in each]
    assert [one for one in told if not one.goes_on] == []
    assert Path(kept.folder).is_dir() and places.is_held(tmp_path, DRILL)
    held.let_go()
    assert list(places.words_folder(tmp_path).iterdir()) == []


def test_a_word_of_somebody_who_died_as_he_wrote_it_goes(tmp_path: Path) -> None:
    with subprocess.Popen(["true"]) as gone:
        pass
    words = places.words_folder(tmp_path)
    for pid in (gone.pid, os.getpid()):
        (words / f".{pid}-{DRILL}").mkdir(parents=True)
        (words / f".{pid}-{DRILL}" / places.WORD).write_bytes(b"")
    # Whatever has such a name and holds more is nobody's word.
    (words / f".{gone.pid}-other").mkdir()
    (words / f".{gone.pid}-other" / "diary").write_text("mine")
    assert cleared(tmp_path) == []
    left = {one.name for one in words.iterdir()}
    assert left == {f".{os.getpid()}-{DRILL}", f".{gone.pid}-other"}


@pytest.mark.parametrize("what", ["a folder", "a link", "a file", "content"])
def test_what_is_not_known_as_a_sandbox_is_told_and_left(tmp_path: Path, what: str) -> None:
    place = places.words_folder(tmp_path) / "photographs"
    (tmp_path / "elsewhere").mkdir()
    place.parent.mkdir()
    if what == "a file":
        place.write_text("mine")
    elif what == "a link":
        place.symlink_to(tmp_path / "elsewhere")
    else:
        (place / ("content" if what == "content" else "2019")).mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    (one,) = cleared(tmp_path)
    assert (one.drill, one.gone, one.goes_on) == ("", (), False)
    assert one.words.startswith(f"{place} is in the sandboxes folder but may be no sandbox")
    assert sorted({*tmp_path.rglob("*")} - {tmp_path / others.TOLD}) == before
    assert places.left_here(tmp_path) == places.kept_here(tmp_path) == []
    # In passing it is told once; whoever asks is told each time, and so is whoever looks.
    assert clearing.worth_telling([], [one]) == [one]
    assert clearing.worth_telling(others.known_to_stay(tmp_path), cleared(tmp_path)) == []
    looked: Any = Looked(tmp_path)
    assert [each.place for each in others.still_stays(looked)] == [str(place)]


@pytest.mark.parametrize("by", ["a word that can't be read", "its run"])
def test_one_that_is_known_by_less_is_still_cleared(tmp_path: Path, by: str) -> None:
    place = places.words_folder(tmp_path) / DRILL
    place.mkdir(parents=True)
    if by == "its run":
        (tmp_path / RUNS / DRILL).mkdir(parents=True)
    else:
        (place / places.WORD).write_bytes(b"{")
    assert [one.drill for one in places.kept_here(tmp_path)] == [DRILL]
    assert places.strange_here(tmp_path) == []
