"""What comes out otherwise than the story has it is on record as a deviation, and so is a scenario
whose file is another one than when its drill began."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from pryv_tui.drills.noting.comparing import Compared
from pryv_tui.drills.playing import drill as playing
from pryv_tui.drills.playing.drill import Drill, Mode, begin, open_drill, opened
from pryv_tui.drills.playing.words import otherwise
from pryv_tui.drills.scenarios.library import chosen
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.settings.resolve import Settings
from tests.drills.kit import WORDS_ALONE, write
from tests.drills.play import settings_in

OTHER = WORDS_ALONE.replace("It is quicker.", "It is much quicker.")
CHANGED = "The scenario's file has changed since the drill began"


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """The names of the accounts can be read; zoe-canary is one."""
    told = Compared(frozenset({"zoe-canary"}))
    monkeypatch.setattr(playing, "names_of_a_site", lambda _settings: told)


@pytest.fixture
def sites(tmp_path: Path) -> Settings:
    write(tmp_path / "own", WORDS_ALONE)
    return msgspec.structs.replace(settings_in(tmp_path), scenarios=str(tmp_path / "own"))


def _again(settings: Settings) -> Drill:
    """The open drill, as whoever comes after a lost terminal opens it."""
    current = opened(settings)
    assert current is not None
    return open_drill(settings, current)


def _play(drill: Drill, *choices: str) -> None:
    drill.settle()
    for choice in choices:
        drill.choose(choice)
        drill.settle()


def _deviations(drill: Drill) -> list[str]:
    record = drill.close().record
    return [one.text for one in record.observations if one.kind == "deviation"]


def test_what_came_out_otherwise_is_on_record(sites: Settings) -> None:
    """A check that passes where the story says that it does not: after a choice, and at the end."""
    asked = WORDS_ALONE.replace('chosen = ["act.restore"]', 'chosen = ["look.status"]')
    write(Path(sites.scenarios), asked)
    played = begin(sites, "small")
    _play(played, "status", "wait")
    shown = list(played.page().state.deviations)
    assert shown == ["The result of back was passed, but the story expected failed."] * 2
    assert _deviations(played) == shown
    assert "the story expected failed" in (played.folder / "report.md").read_text()


@pytest.mark.parametrize("mode", ["scenario", "walk-through"])
def test_one_that_is_edited_while_it_is_played_is_a_deviation(sites: Settings, mode: Mode) -> None:
    before = chosen("small", Path(sites.scenarios)).sha256
    played = begin(sites, "small", mode=mode)
    _play(played, "status")
    write(Path(sites.scenarios), OTHER)
    now = chosen("small", Path(sites.scenarios)).sha256
    _play(played, "restore")
    (told,) = _deviations(played)
    assert CHANGED in told and before in told and now in told
    page = (played.folder / "report.md").read_text()
    assert CHANGED in " ".join(page.split())


def test_one_that_was_gone_on_with_after_an_edit_stays_one_though_it_was_undone(
    sites: Settings,
) -> None:
    _play(begin(sites, "small"), "status")
    write(Path(sites.scenarios), OTHER)
    again = _again(sites)
    _play(again)
    assert any(CHANGED in one for one in otherwise(again.page())), "who plays it sees it"
    # Opened once more, the same version is named once.
    _play(_again(sites))
    write(Path(sites.scenarios), WORDS_ALONE)
    back = _again(sites)
    _play(back, "restore")
    first, last = _deviations(back)
    assert CHANGED in first and "is again the same as when the drill began" in last


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_text("x = ")])
def test_one_that_is_gone_or_is_none_any_more_is_told_too(
    sites: Settings, spoil: Callable[[Path], object]
) -> None:
    played = begin(sites, "small")
    _play(played, "status", "restore")
    spoil(Path(sites.scenarios) / "small.toml")
    (told,) = _deviations(played)
    assert "The scenario's file" in told and _sha256(WORDS_ALONE) in told


def test_one_that_is_what_it_was_is_none(sites: Settings) -> None:
    _play(begin(sites, "small"), "status")
    # Written anew, with the same content: an hour later, or by another editor.
    write(Path(sites.scenarios), WORDS_ALONE)
    again = _again(sites)
    _play(again, "restore")
    assert _deviations(again) == []


def test_an_edit_puts_no_name_of_an_account_into_the_ids(sites: Settings) -> None:
    _play(begin(sites, "small"))
    named = WORDS_ALONE.replace('id = "status"', 'id = "zoe-canary"').replace(
        "look.status", "look.zoe-canary"
    )
    write(Path(sites.scenarios), named)
    with pytest.raises(PryvTuiError, match="is, or contains, the name of an account"):
        _again(sites)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
