"""What is so of a kind of run is said by its file alone: no other module lists kinds, and what
treats all runs alike names none."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import get_args

import pytest

from pryv_tui.operations import debts
from pryv_tui.operations.kind_files import kind_names
from tests.helpers.parsed import PACKAGE, searches, trees, walked

pytestmark = searches


def program() -> dict[str, list[ast.AST]]:
    """All that each module is made of, by its path."""
    found = {path.relative_to(PACKAGE).as_posix(): tree for path, tree in trees().items()}
    return {path: walked(tree) for path, tree in found.items() if not path.startswith("practice/")}


CHOICES_OF_KINDS = {
    "cli/look.py": "the plans that `plan` prints",
    "cli/main.py": "the commands of a module",
    "operations/plans/container.py": "what can be done to one container",
    "runs/planning/request.py": "what can be done to one container",
    "tui/flows/transfer.py": "the plan of each of two keys",
}
"""Where kinds of runs are put together, since a person chooses among them."""


def kinds_together(nodes: list[ast.AST]) -> Iterator[str]:
    """Where several kinds of runs are named in one go."""
    kinds = set(kind_names())
    types = {id(node.slice) for node in nodes if isinstance(node, ast.Subscript)}
    for node in nodes:
        if isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Dict) and id(node) not in types:
            items = node.keys if isinstance(node, ast.Dict) else node.elts
            said = [each.value for each in items if isinstance(each, ast.Constant)]
            if len(said) == len(items) > 1 and kinds >= set(said):
                yield ast.unparse(node)


def test_what_kinds_of_runs_have_in_common_is_said_by_each_of_them() -> None:
    """Who adds a kind writes one file: nobody else has a list in which it would be missing."""
    found = {
        path: lists
        for path, nodes in program().items()
        if not path.startswith("operations/kinds/")
        if (lists := list(kinds_together(nodes)))
    }
    assert {path: lists for path, lists in found.items() if path not in CHOICES_OF_KINDS} == {}
    assert found.keys() == CHOICES_OF_KINDS.keys(), "no reason is kept that nobody needs"


@pytest.mark.parametrize(
    "line",
    [
        "if run.kind in ('restore', 'undo'): pass",
        "MEETING = ['restore', 'files']",
        "known = {'stop', 'restart'} - {kind}",
        "WAYS = {'restore': 1, 'undo': 2}",
    ],
)
def test_each_list_of_kinds_is_seen(line: str) -> None:
    assert list(kinds_together(list(ast.walk(ast.parse(line)))))


def test_what_performs_shows_and_cancels_every_run_names_no_kind() -> None:
    every = (
        *("runs/worker/executor.py", "runs/worker/process.py", "runs/worker/whose.py"),
        *("runs/cancelling.py", "runs/record/report.py", "runs/record/journal.py"),
        *("cli/base/watching.py", "tui/screens/run.py"),
    )
    kinds = set(kind_names()) - set(get_args(debts.OwedKind))
    named = [
        f"{path}: {ast.unparse(node)}"
        for path in every
        for node in program()[path]
        if isinstance(node, ast.Compare) and ast.unparse(node.left).endswith("kind")
        if any(isinstance(one, ast.Constant) and one.value in kinds for one in node.comparators)
    ]
    assert named == []


def test_one_kind_and_other_words_are_no_such_list() -> None:
    text = "kind == 'undo'; x: Literal['restore', 'undo']; ('restore', 'set'); {'drill': 1}; ()"
    assert not list(kinds_together(list(ast.walk(ast.parse(text)))))
