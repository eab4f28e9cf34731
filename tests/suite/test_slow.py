"""Which tests `make check` leaves out, and that what is named is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.suite.slow import (
    DEAR,
    FILES,
    FOLDERS,
    MEASURED,
    ONLY_FAST,
    PATIENT,
    TESTS,
    is_dear,
    is_left_out,
    is_slow,
)


@pytest.mark.parametrize(
    ("place", "slow"),
    [
        ("kill/test_kill.py", True),
        ("tui/test_snapshots.py", True),
        ("cli/printing/test_streams.py", True),
        ("platform/test_roles.py", False),
        ("docs/test_docs.py", False),
        ("cli/printing/test_output.py", False),
    ],
)
def test_it_is_decided_by_place(place: str, slow: bool) -> None:
    assert is_slow(Path(place)) is slow


def test_every_place_that_is_named_is_there() -> None:
    assert [name for name in FILES | DEAR if not (TESTS / name).is_file()] == []
    assert [name for name in FOLDERS | PATIENT if not (TESTS / name).is_dir()] == []
    inside = [name for name in FILES | DEAR if Path(name).parts[0] in FOLDERS]
    assert inside == [], "the folder is slow as a whole"
    assert not FILES & DEAR


def test_this_one_is_fast_and_limited(request: pytest.FixtureRequest) -> None:
    assert request.node.get_closest_marker("slow") is None
    assert int(request.config.getini("timeout")) > 0


def test_no_slow_test_is_imported_where_fast_ones_are_asked_for(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, fast = TESTS / "kill" / "test_kill.py", TESTS / "suite" / "test_slow.py"
    dear = TESTS / sorted(DEAR)[0]
    assert is_dear(dear.relative_to(TESTS)) and not is_slow(dear.relative_to(TESTS))
    monkeypatch.setattr(pytestconfig.option, "markexpr", "")
    assert not is_left_out(slow, pytestconfig) and not is_left_out(dear, pytestconfig)
    for asked in (ONLY_FAST, MEASURED):
        monkeypatch.setattr(pytestconfig.option, "markexpr", asked)
        assert is_left_out(slow, pytestconfig)
        assert is_left_out(slow.parent, pytestconfig)
        assert is_left_out(dear, pytestconfig) is (asked == ONLY_FAST)
        assert not is_left_out(fast, pytestconfig)
        assert not is_left_out(TESTS, pytestconfig)
    made = (TESTS.parent / "Makefile").read_text(encoding="utf-8")
    (checked,) = re.findall(r"^fast:.*\n.*-m '([^']*)'$", made, re.MULTILINE)
    (measured,) = re.findall(r"^\t.*coverage run .*-m '([^']*)'$", made, re.MULTILINE)
    assert (checked, measured) == (ONLY_FAST, MEASURED)
