"""What was found of a part is not said of the whole."""

from __future__ import annotations

import msgspec

from pryv_tui.operations.steps.sets.verify_set import checked_words
from pryv_tui.tui.text.sets import set_row
from pryv_tui.vault.checks import Verification
from tests.operations.kit import manifest_of, part, set_of


def test_a_set_of_which_one_machine_was_read() -> None:
    whole = checked_words("S", ["core"], [], 1, 12)
    assert whole == "the set S is as it says: 1 file, 12 bytes, every hash and every dump"
    told = checked_words("S", ["core"], ["register", "static-web"], 156, 12)
    assert told.startswith(
        "in the set S the part of core is as it says: 156 files, 12 bytes, every"
    )
    assert told.endswith("not read: the part of register, static-web")


def test_a_set_of_which_a_sample_was_read() -> None:
    never = set_of(manifest_of(part("single", "core")))
    assert "not verified yet" in set_row(never).plain
    check = Verification(
        time="2026-01-01T00:00:00Z", outcome="good", files=8, bytes=9, part=3, parts=20
    )
    row = set_row(msgspec.structs.replace(never, checks=(check,))).plain
    assert "not verified in full; part 3 of 20 good" in row
    assert "not verified yet" not in row
