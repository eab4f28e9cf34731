"""Cases of which each turn has some: `tests/suite/test_turns.py` runs them by their turns."""

from __future__ import annotations

import pytest

from tests.suite import turns

CASES = [f"tests/suite/test_a_case.py::test_a_case[{number}]" for number in range(3)]


@pytest.mark.parametrize("number", range(3))
def test_a_case(number: int, pytestconfig: pytest.Config) -> None:
    now = pytestconfig.stash[turns.NOW].number
    assert now is None or CASES[number] not in turns.left_out(CASES, now)
