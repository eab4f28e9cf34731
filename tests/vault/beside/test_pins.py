"""Pins of a set: the last word counts, what can't be read counts as a pin, removal obeys them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.steps.sets.remove_set import RemoveSet
from pryv_tui.vault.beside.pins import (
    LONGEST_WHY,
    Pin,
    Pinned,
    Pins,
    current,
    kept_words,
    pin_line,
    read_first,
    read_pins,
    refuse_pinned,
    write_pins,
)
from pryv_tui.vault.restic.program import Restic
from pryv_tui.vault.restic.repository import RepositoryVault
from pryv_tui.vault.set_files import PINS, SET_JSON
from pryv_tui.vault.sets import BackupSet
from pryv_tui.vault.vault import Vault
from pryv_tui.who import Who
from tests.operations.kit import context

SET = "20260101T000000Z"
ANNA = Who(user="anna", known_by="login", runs_as="root", behind_sudo=True)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    (tmp_path / "vault" / SET).mkdir(parents=True)
    (tmp_path / "vault" / SET / SET_JSON).write_text("{}")
    return Vault(tmp_path / "vault")


def a_set(vault: Vault) -> BackupSet:
    (found,) = vault.sets()
    return found


def pinned(vault: Vault, why: str = "") -> Pin:
    return vault.pin(a_set(vault), pin_line("pinned", ANNA, why))


def test_the_last_word_counts_and_all_are_kept(vault: Vault) -> None:
    assert kept_words(read_pins(vault.folder / SET)) == ""
    pinned(vault, "before the move")
    words = kept_words(read_pins(vault.folder / SET))
    assert words.startswith("pinned by anna on 20") and words.endswith(": before the move")
    vault.pin(a_set(vault), pin_line("unpinned", ANNA, ""))
    told = read_pins(vault.folder / SET)
    assert (current(told), kept_words(told)) == (None, "")
    assert [one.event for one in told.lines] == ["pinned", "unpinned"]


@pytest.mark.parametrize("content", [b"", b"{}", b'[{"event": "kept"}]', b"[\xff]"])
def test_what_can_not_be_read_counts_as_pinned(vault: Vault, content: bytes) -> None:
    path = vault.folder / SET / PINS
    path.write_bytes(content)
    assert "it counts as pinned" in kept_words(read_pins(vault.folder / SET))
    with pytest.raises(Pinned, match=r"pins\.json can't be read"):
        vault.begin_removal(SET)
    # Nothing is written over what somebody may have kept.
    with pytest.raises(PryvTuiError, match="nothing overwrites that file") as caught:
        pinned(vault)
    assert path.read_bytes() == content
    assert f"rm {path}" in caught.value.remedy


def test_what_others_wrote_is_harmless(vault: Vault) -> None:
    bad = msgspec.json.encode([{"why": "a\x1b[2Jb\nc", "by": {"user": "x\n"}, "time": "\x1b"}])
    (vault.folder / SET / PINS).write_bytes(bad)
    words = kept_words(read_pins(vault.folder / SET))
    assert "\x1b" not in words and "\n" not in words


def test_a_reason_has_a_bound() -> None:
    assert pin_line("pinned", ANNA, f"  {'x' * LONGEST_WHY}\n").why == "x" * LONGEST_WHY
    with pytest.raises(PryvTuiError, match="201 characters"):
        pin_line("pinned", ANNA, "x" * (LONGEST_WHY + 1))


def test_a_pinned_set_keeps_its_name(vault: Vault) -> None:
    """Also where it was pinned after the plan was made; the others go all the same."""
    pinned(vault)
    with pytest.raises(Pinned, match="pinned by anna") as caught:
        vault.begin_removal(SET)
    assert f"pryv-tui unpin {SET}" in caught.value.remedy
    ctx, _ = context(vault.folder.parent)
    RemoveSet(id="a", vault=str(vault.folder), set_id=SET).perform(ctx)
    assert (vault.folder / SET).is_dir()
    assert ctx.facts.lacking == [SET] and "pinned by anna" in ctx.facts.warnings[0]
    # As its remedy says.
    vault.pin(a_set(vault), pin_line("unpinned", ANNA, ""))
    assert vault.begin_removal(SET) is not None


def test_a_working_copy_goes_where_the_pinned_set_stays_elsewhere(vault: Vault) -> None:
    pinned(vault)
    assert vault.begin_removal(SET, copy_only=True) is not None


def test_a_set_that_is_going_can_not_be_pinned_any_more(vault: Vault) -> None:
    known = a_set(vault)
    assert vault.begin_removal(SET) is not None
    with pytest.raises(PryvTuiError, match="is being removed"):
        vault.pin(known, pin_line("pinned", ANNA, ""))


def test_of_several_folders_the_longest_tells(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    lines = [Pin(by=ANNA), Pin(event="unpinned", by=ANNA)]
    for folder, some in ((one, lines[:1]), (two, lines)):
        folder.mkdir()
        write_pins(folder, some)
    assert current(read_first((one, two))) is None
    assert read_first((one,)).lines == (lines[0],)
    assert read_first(()) == Pins()
    (one / PINS).write_bytes(b"?")
    # One of them can't be read: what it told may be a pin.
    assert kept_words(read_first((one, two)))


def test_a_set_of_a_repository_is_pinned_with_what_is_known_of_its_snapshot(
    tmp_path: Path,
) -> None:
    vault = RepositoryVault(tmp_path, Restic("/nowhere"))
    known = BackupSet(id=SET, path=str(tmp_path / SET), state="complete", snapshot="aa",
                      twins=("bb",))  # fmt: skip
    vault.cache.keep("bb", PINS, msgspec.json.encode([Pin(by=ANNA, why="sent twice")]))
    vault.pin(known, pin_line("pinned", ANNA, "again"))
    written = read_pins(vault.cache.folder("aa"))
    assert [one.why for one in written.lines] == ["sent twice", "again"]
    with pytest.raises(Pinned):
        refuse_pinned(SET, vault.pin_folders(SET, ["bb"]))
    # Another set of that name here says nothing of this one.
    (tmp_path / SET).mkdir()
    write_pins(tmp_path / SET, [Pin(by=ANNA)] * 9)
    (tmp_path / SET / SET_JSON).write_text("another")
    assert len(read_first(vault.pin_folders(SET, ["aa"])).lines) == 2
    # Pinned before it was sent, it stays so.
    vault._carry_pins("cc", SET)
    assert current(read_pins(vault.cache.folder("cc"))) is not None
