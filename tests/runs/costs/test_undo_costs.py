"""What an undo costs is said before it begins, by the rule that prices what was left half-done: how
long users do without the platform, and what was written since the restore."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.comparing.look import Looker
from pryv_tui.operations.site import open_site
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.costs import NOT_COUNTED, with_undo_costs
from pryv_tui.runs.planning.request import plan_undo
from pryv_tui.runs.record.history import all_runs
from tests.remedies.shell import Shell

DOMAIN = "practice.pryv.example"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A platform that was restored."""
    made = Shell.with_set(tmp_path / "p", form="cluster", users=2)
    done = made.type("restore", made.latest, "--confirm", DOMAIN)
    assert done.exit in (0, 3), done
    return made


def effects(shell: Shell, run: str = "latest") -> tuple[str, ...]:
    """What the page says before it is asked for."""
    site = open_site(shell.settings)
    found = site.discover()
    return with_undo_costs(site, found, plan_undo(site, found, run)).effects


def grow(shell: Shell, users: int) -> None:
    PracticePlatform.open(shell.platform.folder).grow(users=users)


def test_what_was_written_since_is_counted_before_it_is_asked_for(shell: Shell) -> None:
    first, *_ = effects(shell)
    assert "no undo has ended here yet" in first
    assert "is moved aside: none was found in the data that was compared." in first
    grow(shell, 3)
    first, *_ = effects(shell)
    assert "data written after the restore is moved aside: 3 accounts of core, " in first
    assert "3 accounts of register" in first and re.search(r"\d+ events", first)
    # The command says it as the page does, and the undo finds it so.
    done = shell.type("undo", "latest")
    assert done.exit in (0, 3) and f"  {first}\n" in done.out, done
    assert "newer than the set: 3 accounts of core" in done.out


def test_how_long_the_last_one_took_is_how_long_this_one_is_down(shell: Shell) -> None:
    first, *_ = effects(shell)
    assert "data newer than the set is moved aside" not in first
    done = shell.type("undo", "latest")
    assert done.exit in (0, 3), done
    first, *_ = effects(shell, all_runs(open_site(shell.settings).state)[-1].id)
    # Of the undo of an undo it is not said that all of it was written since.
    assert re.match(r"Down about \d+ s if it takes as long as the last undo\. ", first)
    assert "Nothing is deleted; data newer than the set is moved aside: " in first


def test_what_can_not_be_asked_is_not_said_to_be_none(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(shell, 1)

    def dark(*_given: object, **_more: object) -> object:
        raise PryvTuiError("step-failed", "it wants a password", "")

    monkeypatch.setattr(Looker, "data", dark)
    first, *_ = effects(shell)
    assert f"is moved aside: {NOT_COUNTED}." in first


def test_where_the_set_is_not_there_any_more_it_is_not_counted(shell: Shell) -> None:
    shell.platform.folder.with_name("p-vault").rename(shell.platform.folder.with_name("away"))
    first, *rest = effects(shell)
    assert f"is moved aside: {NOT_COUNTED}." in first
    assert any("The content moved aside is not counted first." in one for one in rest)
