"""Every sentence of ours about all, nothing, whole, up and lost is held to a test."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

from tests.claims.collect import claims
from tests.claims.table import ALONE, ALWAYS, FALSIFIED, NO_CLAIM
from tests.parsed import searches

ROOT = Path(__file__).parents[2]
pytestmark = searches


def test_a_new_sentence_comes_with_a_test_that_makes_it_false() -> None:
    parts = (*FALSIFIED, *ALWAYS, *NO_CLAIM)
    new = {
        text: module
        for text, module in claims().items()
        if text not in ALONE and not any(part in text for part in parts)
    }
    assert not new, "name the test that makes each false, and sees it not said, in table.py"


def test_what_is_named_is_said() -> None:
    told = list(claims())
    assert [one for one in ALONE if one not in told] == []
    for table in (FALSIFIED, ALWAYS, NO_CLAIM):
        assert [part for part in table if not any(part in text for text in told)] == []
    assert len(told) > 90, "nothing is found any more"


def test_the_tests_that_are_named_are_there() -> None:
    for tests in (*FALSIFIED.values(), *ALONE.values(), *ALWAYS.values()):
        for test in tests:
            path, _, name = test.partition("::")
            assert name in _functions(path), test
    assert all(len(why.split()) > 1 for why in NO_CLAIM.values())


@functools.cache
def _functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text())
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}
