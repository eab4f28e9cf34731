"""The words of a site's own scenario name nobody in a drill's evidence."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pryv_tui.drills import files
from pryv_tui.drills.noting import comparing
from pryv_tui.drills.playing.drill import begin
from pryv_tui.drills.privacy import UNCOMPARED
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.events import Noted, Opened
from pryv_tui.operations.settings.resolve import Settings
from tests.drills.held import settings_of
from tests.drills.kit import WORDS_ALONE, write
from tests.drills.noting.untold import WHY, Vault, events_of, evidence, vault
from tests.remedies.shell import commands_in, paste

__all__ = ["vault"]

SITES = (
    WORDS_ALONE.replace('title = "A small one"', 'title = "A loss of zoe-canary"')
    .replace('objectives = ["Look', 'objectives = ["Ask zoe@canary.example. Look')
    .replace('question = "And now?"', 'question = "Who tells zoe-canary?"')
    .replace('text = "Look"\n', 'text = "Look at zoe-canary"\n')
    .replace('text = "Look."', 'text = "token: Zx9canaryQ8w7e6r5t4y"')
    .replace('text = "It is back."', 'text = "zoe-canary is back."')
    .replace('says = "All', 'says = "Also zoe-canary: all')
)


@pytest.fixture
def sites(tmp_path: Path) -> Settings:
    write(tmp_path / "own", SITES)
    return msgspec.structs.replace(settings_of(tmp_path), scenarios=str(tmp_path / "own"))


def test_the_words_of_a_sites_own_scenario_name_nobody(sites: Settings, vault: Vault) -> None:
    vault.there = True
    played = begin(sites, "small")
    played.hint()
    for choice in ("status", "restore"):
        played.choose(choice)
        played.settle()
    filed = played.close()
    told = evidence(sites, played.id)
    assert "canary" not in told.lower()
    assert "A loss of [an account]" in told and "Who tells [an account]?" in told
    assert filed.record.scenario is not None and filed.record.passed, filed.record.outcome_why


def test_one_that_can_not_be_compared_is_not_begun(sites: Settings, vault: Vault) -> None:
    with pytest.raises(PryvTuiError, match="can't be compared") as caught:
        begin(sites, "small")
    assert WHY in caught.value.what
    assert files.all_drills(Path(sites.state)) == []
    # One that is shipped names nobody: it is played all the same.
    (listed,) = commands_in(caught.value.remedy)
    assert "core-lost" in paste(listed).out
    shipped = begin(sites, "core-lost", mode="walk-through")
    shipped.close()
    # And this one is, when that has been seen to.
    vault.there = True
    assert begin(sites, "small").id


def test_one_that_goes_on_while_nobody_can_tell_is_told_without_its_words(
    sites: Settings, vault: Vault
) -> None:
    vault.there = True
    played = begin(sites, "small")
    vault.there = False
    for choice in ("status", "restore"):
        played.choose(choice)
        played.settle()
    played.close()
    assert "canary" not in evidence(sites, played.id).lower()
    assert played.page().state.over


@pytest.mark.parametrize("what", ["look", "status", "looked", "back", "well"])
def test_an_id_that_names_somebody_is_refused(tmp_path: Path, vault: Vault, what: str) -> None:
    text = (
        WORDS_ALONE.replace(f'"{what}"', '"zoe-canary"')
        .replace(f'"{what}.', '"zoe-canary.')
        .replace(f'.{what}"', '.zoe-canary"')
    )
    write(tmp_path / "own", text)
    settings = msgspec.structs.replace(settings_of(tmp_path), scenarios=str(tmp_path / "own"))
    vault.there = True
    with pytest.raises(PryvTuiError, match="zoe-canary") as caught:
        begin(settings, "small")
    assert caught.value.name == "refused"
    assert files.all_drills(Path(settings.state)) == []
    # Called otherwise, it is played.
    write(tmp_path / "own", text.replace("zoe-canary", f"x-{what}"))
    assert begin(settings, "small").id


def test_what_the_shipped_ones_are_told_with_is_nobodys_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "_newest", lambda *_: ({"status", "restore", "look"}, ""))
    write(tmp_path / "own", WORDS_ALONE)
    settings = msgspec.structs.replace(settings_of(tmp_path), scenarios=str(tmp_path / "own"))
    assert begin(settings, "small").id


def test_an_opened_journal_is_not_touched_by_a_note_of_a_walk_through(
    sites: Settings, vault: Vault
) -> None:
    played = begin(sites, "core-lost", mode="walk-through")
    assert WHY in played.note("it hums")
    (opened,) = [one for one in events_of(sites, played.id) if isinstance(one, Opened)]
    assert opened.text == played.scenario.title
    assert "Note: " + UNCOMPARED in "".join(
        f"Note: {one.text}" for one in events_of(sites, played.id) if isinstance(one, Noted)
    )
    assert not vault.there
