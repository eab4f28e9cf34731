"""How many random inputs are tried: a third with a change, all where all tests run, and ten times
as many with `make nightly`."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import settings

from tests.helpers.examples import SHARE, WHOLE, tries
from tests.suite.turns import ALL, VARIABLE

TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("profile", "tried"), [("usual", 5), ("ci", 5), ("whole", 15), ("nightly", 150)]
)
def test_a_profile_says_how_many_are_tried(profile: str, tried: int) -> None:
    now = settings.default
    assert now is not None
    settings.load_profile(profile)
    try:
        assert tries(15) == tried
        assert tries(1) >= 1, "none at all proves nothing"
    finally:
        settings.register_profile("as it was", now)
        settings.load_profile("as it was")


def test_where_all_run_all_are_tried() -> None:
    now = settings.default
    assert now is not None
    if os.environ.get(VARIABLE) == ALL:
        assert now.max_examples >= WHOLE
    else:
        assert now.max_examples in (SHARE, 10 * WHOLE)


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
