"""Paragraphs of panels: how they are wrapped."""

from __future__ import annotations

import pytest
from textual.content import Content

from pryv_tui.tui.widgets.panes import Para, hung


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        # An id that fits a line is one.
        ("  → r, then 20261124T163022Z-up", 24, ["  → r, then", "    20261124T163022Z-up"]),
        # One that does not is broken after its time, not in a word.
        (
            "  → then choose 20261124T163022Z-before-upgrade",
            30,
            ["  → then choose", "    20261124T163022Z-", "    before-upgrade"],
        ),
        # A path goes as far as there is room.
        (
            "  → /srv/practice/hosts/single/root/pryv",
            24,
            ["  → /srv/practice/hosts/", "    single/root/pryv"],
        ),
        # In a path the folders are the joints, whatever their names hold.
        (
            "  → /tmp/pytest-of-root/pytest-68/x",
            27,
            ["  → /tmp/pytest-of-root/", "    pytest-68/x"],
        ),
    ],
)
def test_a_long_word_is_broken_at_its_joints(text: str, width: int, lines: list[str]) -> None:
    shown = hung(Para(4, Content(text)), width)
    assert [line.rstrip() for line in shown.plain.split("\n")] == lines
