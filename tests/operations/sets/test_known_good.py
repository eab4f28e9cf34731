"""Which check of a set counts for a restore that reads its files once alone."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from pryv_tui.clock import timestamp, utc_now
from pryv_tui.operations.sets.known_good import chosen_words, known_good, offer_words
from pryv_tui.vault.checks import Verification, place_of, seal_of
from pryv_tui.vault.sets import BackupSet
from tests.operations.kit import SET, manifest_of, part, set_of

HOUR = 3600.0
LISTS = {"sums": "s", "tree": "t", "index": "i"}


@pytest.fixture
def verified(tmp_path: Path) -> BackupSet:
    """A set that was verified in full half an hour ago."""
    folder = tmp_path / SET
    folder.mkdir()
    (folder / "set.json").write_text("{}")
    check = Verification(
        time=at(-HOUR / 2),
        outcome="good",
        files=5,
        bytes=500,
        seconds=42.0,
        seal=seal_of(folder),
        place=place_of(folder),
    )
    found = set_of(manifest_of(part("core", "core", **LISTS)), folder=str(tmp_path))
    return structs.replace(found, verification=check)


def at(seconds: float) -> str:
    """A time so far from now, as checks have it."""
    return timestamp(utc_now() + timedelta(seconds=seconds), to="seconds")


def with_check(backup: BackupSet, **more: Any) -> BackupSet:
    assert backup.verification is not None
    return structs.replace(backup, verification=structs.replace(backup.verification, **more))


def test_a_check_in_full_counts_and_says_what_it_saves(verified: BackupSet) -> None:
    known = known_good(verified, HOUR)
    assert (known.why_not, known.seconds) == ("", 42.0)
    assert "30 minutes ago" in offer_words(known)
    assert "saves about 42 seconds" in offer_words(known)
    saves, means = chosen_words(known)
    assert "not read before" in saves and "42 seconds" in saves
    assert "stays stopped" in means and "undo" in means
    unmeasured = structs.replace(with_check(verified, seconds=0.0))
    assert "saves" not in offer_words(known_good(unmeasured, HOUR))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda one: structs.replace(one, verification=None), "never verified"),
        (lambda one: with_check(one, outcome="bad", problems=("x differs",)), "x differs"),
        (lambda one: with_check(one, parts=20), "found"),
        (lambda one: with_check(one, strangers_count=1), "in none of its lists"),
        (lambda one: with_check(one, seal=""), "earlier version"),
        (lambda one: with_check(one, place=""), "earlier version"),
        (lambda one: with_check(one, place="another-machine 1 2"), "another machine or disk"),
        (
            lambda one: with_check(one, time=at(-2 * HOUR)),
            "2 hours ago, and that counts for 1 hour",
        ),
        (lambda one: with_check(one, time=at(HOUR)), "in the future"),
        (lambda one: with_check(one, time="yesterday"), "no time: yesterday"),
        (lambda one: structs.replace(one, here=False), "not on this machine"),
        # Of one in a repository that was checked there alone.
        (lambda one: structs.replace(one, snapshot="abc"), "never verified"),
        (
            lambda one: structs.replace(
                one, manifest=manifest_of(part("core", "core", **{**LISTS, "sums": ""}))
            ),
            "which lists of hashes",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_count(
    verified: BackupSet, spoil: Callable[[BackupSet], BackupSet], says: str
) -> None:
    known = known_good(spoil(verified), HOUR)
    assert says in known.why_not
    assert (known.time, known.seconds) == ("", 0.0)


def test_one_that_was_changed_since_does_not_count(verified: BackupSet) -> None:
    (verified.folder / "set.json").write_text("{ }")
    assert "changed since" in known_good(verified, HOUR).why_not


def test_a_copy_of_what_was_verified_does_not_count(verified: BackupSet, tmp_path: Path) -> None:
    """It carries its checks along, and nobody has read it."""
    copy = tmp_path / "copy"
    shutil.copytree(verified.folder, copy)
    assert "a copy" in known_good(structs.replace(verified, path=str(copy)), HOUR).why_not


def test_one_that_lies_under_another_name_counts(verified: BackupSet, tmp_path: Path) -> None:
    """A vault is mounted elsewhere on the same machine: what was read is what is there."""
    moved = verified.folder.rename(tmp_path / "moved")
    assert known_good(structs.replace(verified, path=str(moved)), HOUR).why_not == ""
