"""`make nightly` tries ten times as many inputs of each test that tries random ones."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import settings

from tests.helpers.examples import USUAL, tries

TESTS = Path(__file__).parents[1]


def test_ten_times_as_many_are_tried_at_night() -> None:
    now = settings.default
    assert now is not None and now.max_examples == USUAL and tries(15) == 15
    settings.load_profile("nightly")
    try:
        assert tries(15) == 150
    finally:
        settings.register_profile("as it was", now)
        settings.load_profile("as it was")


def test_each_count_follows_the_profile() -> None:
    """One that is a bare number is the same at night."""
    counts = {
        f"{path.relative_to(TESTS)}: {count}"
        for path in TESTS.rglob("test_*.py")
        for count in re.findall(r"max_examples=(.{6})", path.read_text(encoding="utf-8"))
        if path != Path(__file__)
    }
    assert len(counts) > 10
    assert not [count for count in counts if not count.endswith(": tries(")]
