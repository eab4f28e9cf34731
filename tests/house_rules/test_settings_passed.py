"""What the program does otherwise in a test is passed to it: `CopyEngine`, `Patience`, `Places`,
`Looks`, or an argument with a default.

A test that exchanges a constant in the modules that have imported it breaks with each of their
names, changes nothing where a module was forgotten, and says nothing to a process of its own.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
OURS = "pryv_tui"
_CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]+")
_EXCHANGES = ("setattr", "delattr", "patch", "object", "multiple")
"""`monkeypatch.setattr`, `mock.patch`, `patch.object`, `patch.multiple`, and the built-in ones."""


def exchanged(text: str) -> Iterator[str]:
    """The constants of the program that a test exchanges, also in what it has another Python do."""
    nodes = list(ast.walk(ast.parse(text)))
    others = dict(_imported(nodes))
    for node in nodes:
        if isinstance(node, ast.Call):
            yield from _by_call(node, others, nodes)
        elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete):
            for each in _targets(node):
                if isinstance(each, ast.Attribute) and _CONSTANT.fullmatch(each.attr):
                    yield from _ours(each.value, each.attr, others)
        elif isinstance(node, ast.Constant) and _may_be_a_program(node.value):
            try:
                yield from exchanged(str(node.value))
            except (SyntaxError, ValueError):
                continue  # words, and no program


def _targets(node: ast.stmt) -> Iterator[ast.expr]:
    """What a statement gives a value to, or takes it from."""
    several = node.targets if isinstance(node, ast.Assign | ast.Delete) else []
    alone = [node.target] if isinstance(node, ast.AugAssign | ast.AnnAssign | ast.For) else []
    for each in (*several, *alone):
        yield from each.elts if isinstance(each, ast.Tuple | ast.List) else [each]


def _may_be_a_program(value: object) -> bool:
    return isinstance(value, str) and OURS in value and "import " in value


def _imported(nodes: list[ast.AST]) -> Iterator[tuple[str, str]]:
    """Names of what is imported, each with where it is from."""
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            for each in node.names:
                yield each.asname or each.name, node.module or "."
        elif isinstance(node, ast.Import):
            for each in node.names:
                yield each.asname or each.name.partition(".")[0], each.name


def _strings(name: str, nodes: list[ast.AST]) -> set[str]:
    """What strings a name may stand for: those that it is given, or that it goes through."""
    found: set[str] = set()
    for node in nodes:
        if not isinstance(node, ast.Assign | ast.For):
            continue
        if any(isinstance(each, ast.Name) and each.id == name for each in _targets(node)):
            given = node.value if isinstance(node, ast.Assign) else node.iter
            said = [each for each in ast.walk(given) if isinstance(each, ast.Constant)]
            found |= {each.value for each in said if isinstance(each.value, str)}
    return found


def _by_call(node: ast.Call, others: dict[str, str], nodes: list[ast.AST]) -> Iterator[str]:
    called = ast.unparse(node.func).rpartition(".")[2]
    if called not in _EXCHANGES or not node.args:
        return
    first, *more = node.args
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        module, _, name = first.value.rpartition(".")
        if module.startswith(OURS) and _CONSTANT.fullmatch(name):
            yield f"{module}.{name}"
        if called == "multiple" and first.value.startswith(OURS):
            yield from _keywords(node)
        return
    names = set()
    if more and isinstance(more[0], ast.Constant):
        names = {str(more[0].value)}
    elif more and isinstance(more[0], ast.Name):
        names = _strings(more[0].id, nodes)
    names |= set(_keywords(node)) if called == "multiple" else set()
    for name in sorted(names):
        if _CONSTANT.fullmatch(name):
            yield from _ours(first, name, others)


def _keywords(node: ast.Call) -> Iterator[str]:
    for each in node.keywords:
        if each.arg and _CONSTANT.fullmatch(each.arg):
            yield each.arg


def _ours(holder: ast.expr, name: str, others: dict[str, str]) -> Iterator[str]:
    """The constant, unless what holds it is a test's own or of another library."""
    said = ast.unparse(holder)
    begin = said.partition(".")[0].partition("(")[0]
    if begin in ("self", "cls"):
        return
    if others.get(begin, OURS).partition(".")[0] == OURS:
        yield f"{said}.{name}"


ALLOWED = {
    "test_decoding.py": (
        ["decoding._LEARNING"],
        "the lock itself is watched, to know when somebody waits for it: it is no setting",
    ),
    "tui/terminal/test_terminal_lost.py": (
        ["terminal.GIVE_UP_SECONDS"],
        "the interface runs as a process of its own, which is given nothing but its command line",
    ),
}
"""Each with its reason."""


@pytest.mark.parametrize(
    "text",
    [
        "from pryv_tui.vault.parallel import pool\nmonkeypatch.setattr(pool, 'MOST', 1)\n",
        "from pryv_tui.vault import verify as checking\npatch.object(checking, 'NAMED', 1)\n",
        "patch.setattr('pryv_tui.vault.copying.count.FEW', 1)\n",
        "with patch('pryv_tui.runs.lock._FEW', 1):\n    pass\n",
        "import pryv_tui.runs.lock\npryv_tui.runs.lock.FEW = 1\n",
        "from pryv_tui.runs import lock\nlock.FEW += 1\n",
        "from pryv_tui.runs import lock\nlock.few, lock.MANY2 = 1, 1\n",
        "from pryv_tui.runs import lock\nfor it in ('FEW', 'MANY2'):\n    setattr(lock, it, 1)\n",
        "from pryv_tui.runs.lock import Lock\npatch.multiple(Lock, FEW=1)\n",
        "from pryv_tui import runs\nmonkeypatch.setattr(\n    runs.lock,\n    'FEW',\n    1,\n)\n",
        "PROGRAM = '''\nfrom pryv_tui.runs import lock\nlock.FEW = 0\n'''\n",
    ],
)
def test_each_way_to_exchange_one_is_found(text: str) -> None:
    assert list(exchanged(text))


@pytest.mark.parametrize(
    "text",
    [
        "import fcntl\nmonkeypatch.setattr(fcntl, 'LOCK_EX', 1)\n",
        "from tests.vault import engine\nmonkeypatch.setattr(engine, 'GIVEN', 1)\n",
        "from pryv_tui.runs import lock\nmonkeypatch.setattr(lock, 'lock_path', 1)\n",
        "self.MOUNTS = 1\n",
        "from pryv_tui.runs import lock\nassert lock.FEW == 1\nfew = lock.FEW\n",
    ],
)
def test_nothing_else_is(text: str) -> None:
    assert not list(exchanged(text))


def test_no_test_exchanges_a_constant_of_the_program() -> None:
    found = {
        path.relative_to(TESTS).as_posix(): constants
        for path in TESTS.rglob("*.py")
        if path != Path(__file__)
        if (constants := list(exchanged(path.read_text("utf-8"))))
    }
    assert found == {path: constants for path, (constants, _why) in ALLOWED.items()}
