"""Two platforms with accounts of the same names: where both have ids for them, the ids tell it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pryv_tui.operations.audit.whose import Mark, key_of_set
from pryv_tui.practice.settings import PracticeForm
from tests.operations.audit.test_whose import REFUSED, Pair, anew, keep_only


@pytest.mark.parametrize("words", [(), ("--role", "core")])
def test_accounts_that_have_other_ids_are_not_known_by_their_names(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    """Of this very root it is another matter; and where no core has ids any more the names tell."""
    pair = Pair(tmp_path, "cluster")
    pair.of_itself(*words)
    anew(pair.index)
    told = pair.mark()
    assert told.fits and told.text.startswith(
        "4 of the set's 4 accounts have their names among the 4 of this platform, 4 of them under"
        " another id, and it was made from this very root"
    )
    shutil.rmtree(pair.site.state / "runs")
    told = pair.mark()
    assert not told.fits and told.text.endswith(
        "4 of them under another id: the accounts show that the set is of another platform with"
        " the same domain"
    )
    keep_only(pair.index, 0)
    assert pair.mark() == Mark("platform", True, "of the set's 4 accounts 4 are known here by name")


def test_a_register_that_lived_on_knows_the_accounts_of_a_core_that_was_exchanged(
    tmp_path: Path,
) -> None:
    pair = Pair(tmp_path, "cluster")
    pair.of_itself("--role", "register")
    anew(pair.index)
    known = Mark("platform", True, "of the set's 4 accounts 4 are known here by name")
    assert pair.mark() == known
    # Who came back first in the new core makes it nobody else's.
    pair.backup(pair.here, "--role", "core", "--role", "register")
    anew(pair.index, "y")
    keep_only(pair.index, 1)
    assert pair.mark() == known


@pytest.mark.parametrize(("form", "users"), [("single-node", 4), ("cluster", 4), ("cluster", 2)])
def test_another_platform_with_the_same_names_is_told_by_its_ids(
    tmp_path: Path, form: PracticeForm, users: int
) -> None:
    """Both were made by the same hand, for the same people; the ids are random."""
    pair = Pair(tmp_path, form, users, other=2)
    domain = pair.site.discover().domain
    told = pair.mark()
    assert "known here by name" not in told.text
    if users < 3:
        assert told.fits and told.text == (
            "known by its domain alone: fewer than 3 accounts are in the set; 2 of"
            " the set's 2 accounts have their names here, under another id"
        )
        return
    assert not told.fits and "4 of them under another id" in told.text
    assert pair.type("drill", "run", pair.set, "--quiet").exit_code == REFUSED
    assert pair.type("restore", pair.set, "--confirm", domain).exit_code == REFUSED
    # It is a person who knows that they are the same: the way out that is printed.
    said = pair.type("accept", key_of_set(pair.set), "--why", "people came back")
    assert said.exit_code == 0 and pair.mark().fits
    # A set of its own is known by its ids.
    pair.of_itself()
    assert pair.mark().text == "of the set's 4 accounts 4 are here"
