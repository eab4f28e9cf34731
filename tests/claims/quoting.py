"""What a test asserts of a sentence, read from the test's source.

A test says something of a sentence if a piece of it stands in an `assert`, or in what an `assert`
is given: a name of the module, a parameter, what was put into a name before. It says that the
sentence is *not* said if that `assert` compares with `not in`, `is`, `==`, `!=`, or begins with
`not`: `in` alone is true of a sentence that is always said.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

from tests.claims.collect import says_all

ROOT = Path(__file__).parents[2]
Function = ast.FunctionDef | ast.AsyncFunctionDef
NEVER_RUN = ("skip", "xfail")
DEPTH = 4
"""Names that lead to names: more is not followed."""


class Unknown(Exception):
    """A test that is named is none."""


def named(test: str) -> tuple[ast.Module, Function]:
    """The function that `path::name` or `path::Class::name` stands for, and its module.

    Raises:
        Unknown: pytest would run nothing by that name.
    """
    path, *names = test.split("::")
    if not Path(path).name.startswith("test_") or not names:
        raise Unknown(f"{test}: pytest collects nothing there")
    tree = _tree(path)
    body: list[ast.stmt] = tree.body
    for cls in names[:-1]:
        within = next((n for n in body if isinstance(n, ast.ClassDef) and n.name == cls), None)
        if within is None or not cls.startswith("Test"):
            raise Unknown(f"{test}: no such class")
        body = within.body
    found = [n for n in body if isinstance(n, Function) and n.name == names[-1]]
    if len(found) != 1 or not names[-1].startswith("test_"):
        raise Unknown(f"{test}: {len(found)} tests of that name")
    for mark in found[0].decorator_list:
        if any(word in ast.unparse(mark) for word in NEVER_RUN):
            raise Unknown(f"{test}: it may not be run")
    return tree, found[0]


@functools.cache
def _tree(path: str) -> ast.Module:
    try:
        return ast.parse((ROOT / path).read_text(encoding="utf-8"))
    except OSError as error:
        raise Unknown(f"{path}: no such file") from error


def asserts(test: str, sentence: str) -> bool:
    """Whether it has an `assert` about a piece of the sentence that says all or nothing."""
    return any(_is_piece(text, sentence) for text, _denies in _asserted(test))


def denies(test: str) -> bool:
    """Whether an `assert` of it can be broken by what is said, and not only by what is not."""
    return any(denied for _text, denied in _asserted(test))


RUN = 3
"""So many words in a row, one of them of those that say all or nothing, are of one sentence."""
LONG_RUN = 5
"""So many are, whatever they are."""
_GAP = "…"


def _is_piece(text: str, sentence: str) -> bool:
    """Whether a text of a test is of a sentence: it has words in a row with it."""
    # What is filled in may be empty: "Nothing… was left" is "Nothing was left" as well.
    ours, theirs = _words(sentence), _words(text)
    return _has_run(ours, theirs) or _has_run([one for one in ours if one != _GAP], theirs)


def _has_run(ours: list[str], theirs: list[str]) -> bool:
    fragments = " ".join(ours).split(_GAP)
    longest = max(len(one.split()) for one in fragments)
    if not longest or theirs == ours:
        return bool(longest)
    whole = " ".join(theirs)
    if len(theirs) > 1 and says_all(whole) and f" {whole} " in f" {' '.join(ours)} ":
        return True
    for size in range(min(RUN, longest), LONG_RUN + 1):
        there = {tuple(theirs[at : at + size]) for at in range(len(theirs) - size + 1)}
        for at in range(len(ours) - size + 1):
            run = tuple(ours[at : at + size])
            if _GAP in run or run not in there:
                continue
            if size == LONG_RUN or says_all(" ".join(run)):
                return True
    return False


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9'’-]+|…", text.lower())


@functools.cache
def _asserted(test: str) -> tuple[tuple[str, bool], ...]:
    tree, function = named(test)
    return tuple(_of_function(function, tree, DEPTH))


def _of_function(function: Function, tree: ast.Module, depth: int) -> Iterator[tuple[str, bool]]:
    """The texts that a function's asserts are given, and whether each may deny it."""
    checks = [node for node in ast.walk(function) if isinstance(node, ast.Assert)]
    given = _given(function)
    for check in checks:
        denied = _may_deny(check.test)
        for text in _texts_of(check.test, tree, given, depth):
            yield text, denied
    for call in ast.walk(function):
        # Who looks for an error that says something asserts that it is said.
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.raises":
            for word in call.keywords:
                for text in _texts_of(word.value, tree, given, depth):
                    yield text, False
        # Who waits for a text asserts it: it fails where that does not come.
        if isinstance(call, ast.Await):
            for text in _texts_of(call.value, tree, given, depth):
                yield text, False
    if not depth:
        return
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            helper = _function(tree, node.func.id)
            if helper is None or helper is function:
                continue
            yield from _of_function(helper, tree, depth - 1)
            may_deny = [
                _may_deny(one.test) for one in ast.walk(helper) if isinstance(one, ast.Assert)
            ]
            for argument in (*node.args, *(word.value for word in node.keywords)):
                if may_deny:
                    for text in _texts_of(argument, tree, given, depth - 1):
                        yield text, any(may_deny)


def _given(function: Function) -> dict[str, list[ast.expr]]:
    """What each name in a function may stand for: what is assigned, what it is run with."""
    found: dict[str, list[ast.expr]] = {}
    for mark in function.decorator_list:
        if isinstance(mark, ast.Call) and "parametrize" in ast.unparse(mark.func):
            for name in ast.walk(mark.args[0]):
                if isinstance(name, ast.Constant) and isinstance(name.value, str):
                    for one in name.value.split(","):
                        found.setdefault(one.strip(), []).extend(mark.args[1:])
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                for name in ast.walk(target):
                    if isinstance(name, ast.Name):
                        found.setdefault(name.id, []).append(node.value)
        elif isinstance(node, ast.For | ast.comprehension):
            for name in ast.walk(node.target):
                if isinstance(name, ast.Name):
                    found.setdefault(name.id, []).append(node.iter)
    return found


def _texts_of(
    node: ast.AST, tree: ast.Module, given: dict[str, list[ast.expr]], depth: int
) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value
        elif isinstance(each, ast.Name) and depth:
            known = given.get(each.id) or _constant(tree, each.id)
            rest = {name: values for name, values in given.items() if name != each.id}
            for value in known:
                yield from _texts_of(value, tree, rest, depth - 1)


def _constant(tree: ast.Module, name: str) -> list[ast.expr]:
    return [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and node.value is not None
        and any(
            isinstance(target, ast.Name) and target.id == name
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        )
    ]


def _function(tree: ast.Module, name: str) -> Function | None:
    return next((n for n in tree.body if isinstance(n, Function) and n.name == name), None)


def _may_deny(test: ast.expr) -> bool:
    for node in ast.walk(test):
        if isinstance(node, ast.Compare) and any(
            isinstance(op, ast.NotIn | ast.Is | ast.Eq | ast.NotEq) for op in node.ops
        ):
            return True
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return True
    return False
