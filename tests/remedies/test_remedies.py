"""Every remedy that the program prints is held to a test that did what it says."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.remedies.collect import remedies
from tests.remedies.performed import PERFORMED
from tests.remedies.told import TOLD

HERE = Path(__file__).parents[2]


def test_a_new_remedy_comes_with_a_test_that_did_what_it_says() -> None:
    new = {
        words: module
        for words, module in remedies().items()
        if not any(part in words for part in (*PERFORMED, *TOLD))
    }
    assert not new, "name the test that performs each in tests/remedies/performed.py"


def test_every_part_that_is_named_is_in_a_remedy() -> None:
    told = list(remedies())
    assert [part for part in PERFORMED if not any(part in words for words in told)] == []


def test_the_tests_that_are_named_are_there() -> None:
    for tests in PERFORMED.values():
        for test in tests:
            path, _, name = test.partition("::")
            tree = ast.parse((HERE / path).read_text())
            names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
            assert name in names, test


def test_no_remedy_is_missed_for_its_form() -> None:
    """Words, words filled in, or a call that makes them: nothing else is understood here."""
    assert len(remedies()) > 200


def test_what_is_only_told_is_little_and_explained() -> None:
    told = list(remedies())
    assert len(TOLD) <= 12, "make it a command that can be tried"
    assert [part for part in TOLD if not any(part in words for words in told)] == []
    assert all(len(why.split()) > 5 for why in TOLD.values())
    assert not set(TOLD) & set(PERFORMED)
    named = [part for part in TOLD if "pryv-tui" in part]
    assert named == [], "what names a command of ours can be typed"
