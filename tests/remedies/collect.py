"""Every remedy that the program can print, read from its source.

A remedy is what a guard's line, something that needs attention, an error or the table of errors
tells the operator to do: whatever is given for a parameter, or a field, that is called `remedy`.
What a helper returns beside a text, to be passed on with `*`, is one too.
"""

from __future__ import annotations

import ast
import functools
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pryv_tui
from pryv_tui.errors import ERRORS
from tests.helpers.parsed import trees, walked

SOURCE = Path(pryv_tui.__file__).parent
REMEDY = "remedy"
_SHOWN = ("tell", "guard", "GuardChecked")
"""What is given a remedy to show it, or to write it down."""
_MADE_WHOLE = ("completed", "keyed")
"""What is given a remedy and returns it with the options, or keys, of this program."""
_PAIRS = ("everything_lost",)
"""Functions that return a list of texts with what to do about each."""

_TYPED = re.compile(
    r"\bpryv-tui (?:[a-z]+\b|…)|\brm -|\b(?:chown|chmod) |\bdocker (?:start|stop|exec|cp|unpause)\b"
)
"""What somebody may type who reads it: a command of ours, or one that changes something."""
_SCRIPTS = ("vault/guide", "operations/plans/runbook")
"""Modules that write whole scripts: they are run as such by tests of their own."""

_CHOSEN = re.compile(r"(?:--confirm|--host|--vault|--to|\brm -r|\bpractice fault|\bchown \S+) $")
"""After what a value stands that somebody else has named."""
_QUOTED = re.compile(r"quote|join\(|\bword\b|PREFIX")

Function = ast.FunctionDef | ast.AsyncFunctionDef


class _Source:
    """All modules, and what is defined in them."""

    def __init__(self) -> None:
        self.trees = trees()
        self.places: dict[str, int] = {"PryvTuiError": 2}
        """Which argument of a call is the remedy, by the name that is called."""
        self.functions: dict[str, list[Function]] = {}
        self.constants: dict[str, ast.expr] = {}
        for tree in self.trees.values():
            for node in walked(tree):
                if isinstance(node, Function):
                    self._learn_function(node)
                elif isinstance(node, ast.ClassDef):
                    fields = [
                        one.target.id
                        for one in node.body
                        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
                    ]
                    made = any(isinstance(one, Function) for one in node.body)
                    if not made and any(_name(base) == "PryvTuiError" for base in node.bases):
                        self.places.setdefault(node.name, 2)
                    if REMEDY in fields and node.name not in _SHOWN:
                        self.places[node.name] = fields.index(REMEDY)
            for node in tree.body:
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                    self.constants.setdefault(node.targets[0].id, node.value)

    def _learn_function(self, node: Function) -> None:
        self.functions.setdefault(node.name, []).append(node)
        names = [one.arg for one in node.args.args if one.arg not in ("self", "cls")]
        if REMEDY in names and node.name not in ("__init__", *_SHOWN):
            self.places[node.name] = names.index(REMEDY)


@functools.cache
def _source() -> _Source:
    return _Source()


@functools.cache
def remedies() -> dict[str, str]:
    """Their words, a `…` for what they are filled in with, and the module that prints each."""
    found: dict[str, str] = {}
    for path, tree in _source().trees.items():
        for words in _in_module(tree):
            found.setdefault(words, path.relative_to(SOURCE).as_posix())
    return found


def _in_module(tree: ast.Module) -> Iterator[str]:
    """The remedies that are named in a module, and in each function that is defined there."""
    waiting: list[tuple[ast.AST, Function | None]] = [(tree, None)]
    while waiting:
        scope, function = waiting.pop()
        for node in ast.iter_child_nodes(scope):
            if isinstance(node, ast.Call):
                yield from _in_call(node, function)
            elif isinstance(node, Function) and node.name in _PAIRS:
                for pair in ast.walk(node):
                    if isinstance(pair, ast.Tuple) and len(pair.elts) == 2:
                        yield from _words(pair.elts[1], node)
            waiting.append((node, node if isinstance(node, Function) else function))


def _in_call(node: ast.Call, function: Function | None) -> Iterator[str]:
    name = _name(node.func)
    if name == "warn" and node.args:
        yield from _after_the_first_sentence(node.args[0])
    if name == "lacks" and len(node.args) > 1:
        yield from _after_the_first_sentence(node.args[1])
    place = _source().places.get(name)
    if name == "__init__" and node.args and getattr(node.args[0], "value", None) in ERRORS:
        place = 2  # of a kind of error of its own
    if name == "find" and ast.unparse(node.func) != "ctx.find":
        return
    named = next((word.value for word in node.keywords if word.arg == REMEDY), None)
    if named is not None:
        yield from _words(named, function)
    elif place is not None:
        for at, given in enumerate(node.args):
            if isinstance(given, ast.Starred) and at <= place:
                yield from _passed_on(given.value, place - at)
                return
            if at == place:
                yield from _words(given, function)


def _name(called: ast.expr) -> str:
    if isinstance(called, ast.Name):
        return called.id
    return called.attr if isinstance(called, ast.Attribute) else ""


def _passed_on(given: ast.expr, place: int) -> Iterator[str]:
    """The remedies in what a helper returns, one of several values."""
    if isinstance(given, ast.IfExp):
        yield from _passed_on(given.body, place)
        yield from _passed_on(given.orelse, place)
    elif isinstance(given, ast.Call):
        for helper in _source().functions.get(_name(given.func), []):
            for node in ast.walk(helper):
                if not isinstance(node, ast.Return):
                    continue
                if isinstance(node.value, ast.Tuple) and len(node.value.elts) > place:
                    yield from _words(node.value.elts[place], helper)
                elif isinstance(node.value, ast.Call | ast.IfExp):
                    yield from _passed_on(node.value, place)


def _after_the_first_sentence(told: ast.expr) -> Iterator[str]:
    """What a warning of a run says to do: it is one text, which says first what happened."""
    for words in _words(told, None):
        _, _, remedy = words.partition(". ")
        if remedy.strip(". …"):
            yield remedy


def _words(node: ast.expr, function: Function | None) -> Iterator[str]:
    """The texts that an expression can be; what is a remedy elsewhere is none here."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and node.value:
            yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            str(part.value) if isinstance(part, ast.Constant) else _filled(part)
            for part in node.values
        )
    elif isinstance(node, ast.IfExp):
        yield from _words(node.body, function)
        yield from _words(node.orelse, function)
    elif isinstance(node, ast.BinOp):
        yield "".join(next(_words(side, function), "…") for side in (node.left, node.right))
    elif isinstance(node, ast.Call):
        # One that is given a remedy hands it on, with more; that is found where it is given.
        if _name(node.func) not in (*_source().places, *_MADE_WHOLE):
            yield ast.unparse(node)
    elif isinstance(node, ast.Name):
        yield from _values(node.id, function)


def _filled(part: ast.expr) -> str:
    """What stands for something that is filled in: its words, where it is a constant of ours."""
    value = part.value if isinstance(part, ast.FormattedValue) else part
    constant = _source().constants.get(value.id) if isinstance(value, ast.Name) else None
    words = constant.value if isinstance(constant, ast.Constant) else None
    sentence = isinstance(words, str) and " " in words and words.endswith(".")
    return str(words) if sentence else "…"


def _values(name: str, function: Function | None) -> Iterator[str]:
    """What a variable is set to in its function, or a constant of some module."""
    set_here = []
    for node in ast.walk(function) if function is not None else ():
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        given = isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and node.value
        if given and any(isinstance(one, ast.Name) and one.id == name for one in targets):
            set_here.append(given)
    if not set_here and name in _source().constants and name.isupper():
        set_here = [_source().constants[name]]
    for value in set_here:
        if not (isinstance(value, ast.Name) and value.id == name):
            yield from _words(value, function)


@functools.cache
def commands() -> dict[str, str]:
    """Every other text of the source that names what can be typed, and its module: the last words
    of runs, what stands beside an answer, effects of a plan. Not what the code says of itself."""
    found: dict[str, str] = {}
    for path, tree in _source().trees.items():
        module = path.relative_to(SOURCE).as_posix()
        if module.startswith(_SCRIPTS):
            continue
        passed = _passed_over(tree)
        for node in walked(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "typed"
                and len(node.args) > 1
            ):
                found.setdefault(_printed(node), module)
            if id(node) in passed or not isinstance(node, ast.Constant | ast.JoinedStr):
                continue
            for words in _words(node, None):
                if _TYPED.search(words) and not any(words in one for one in remedies()):
                    found.setdefault(words, module)
    return found


def _printed(node: ast.Call) -> str:
    """A command that is printed from its words (`commands.typed`); `…` is one that is filled in.
    With a prompt, so that who names it in a table names no message with the same command."""
    words = [one.value if isinstance(one, ast.Constant) else "…" for one in node.args[1:]]
    return " ".join(["$ pryv-tui", *map(str, words)])


def _passed_over(tree: ast.Module) -> set[int]:
    """Docstrings, and the parts of a text that is put together: they are found in it."""
    found: set[int] = set()
    for node in walked(tree):
        if isinstance(node, ast.JoinedStr):
            found |= {id(part) for part in ast.walk(node) if part is not node}
        elif isinstance(node, ast.Expr):
            found.add(id(node.value))
    return found


def unquoted() -> list[str]:
    """Where a value that others chose (a domain, a folder, a machine's name) stands in a command
    as it is: a blank in it would make two words of it, a semicolon two commands."""
    found = []
    for path, tree in _source().trees.items():
        for node in walked(tree):
            if not isinstance(node, ast.JoinedStr):
                continue
            for before, value in itertools.pairwise(node.values):
                chosen = (
                    isinstance(value, ast.FormattedValue)
                    and value.conversion < 0
                    and _CHOSEN.search(str(getattr(before, "value", "")))
                )
                if chosen and not _QUOTED.search(ast.unparse(value)):
                    found.append(f"{path.relative_to(SOURCE).as_posix()}: {ast.unparse(node)}")
    return found
