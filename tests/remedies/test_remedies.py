"""Every remedy that the program prints is held to a test that did what it says."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

from tests.helpers.parsed import searches
from tests.remedies.collect import commands, remedies, unquoted
from tests.remedies.table.performed import PERFORMED
from tests.remedies.table.performed_commands import NO_ADVICE, TYPED_ELSEWHERE
from tests.remedies.told import TOLD

HERE = Path(__file__).parents[2]
pytestmark = searches


def test_a_new_remedy_comes_with_a_test_that_did_what_it_says() -> None:
    new = {
        words: module
        for words, module in remedies().items()
        if not any(part in words for part in (*PERFORMED, *TOLD))
    }
    assert not new, "name the test that performs each in tests/remedies/table/performed.py"


def test_a_new_command_comes_with_a_test_that_typed_it() -> None:
    """Wherever it is printed: in a run's last word, beside an answer, in the effects of a plan."""
    new = {
        words: module
        for words, module in commands().items()
        if not any(part in words for part in (*PERFORMED, *TOLD, *TYPED_ELSEWHERE, *NO_ADVICE))
    }
    assert not new, "name the test that types each in tests/remedies/table/performed_commands.py"
    told = list(commands())
    for parts in (TYPED_ELSEWHERE, NO_ADVICE):
        assert [part for part in parts if not any(part in words for words in told)] == []


def test_what_others_have_named_is_quoted() -> None:
    assert unquoted() == []


def test_every_part_that_is_named_is_in_a_remedy() -> None:
    told = list(remedies())
    assert [part for part in PERFORMED if not any(part in words for words in told)] == []


def test_the_tests_that_are_named_are_there() -> None:
    for tests in (*PERFORMED.values(), *TYPED_ELSEWHERE.values()):
        for test in tests:
            path, _, name = test.partition("::")
            assert name in _functions(path), test


@functools.cache
def _functions(path: str) -> set[str]:
    tree = ast.parse((HERE / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


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
