"""Every remedy that the program can print, read from its source.

A remedy is what a guard's line, something that needs attention, an error or the table of errors
tells the operator to do.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pryv_tui

SOURCE = Path(pryv_tui.__file__).parent
_PLACES = {"failed": 2, "warning": 2, "Attention": 2, "ErrorKind": 3, "PryvTuiError": 2}
"""Which argument of a call is the remedy."""


@functools.cache
def remedies() -> dict[str, str]:
    """Their words, a `…` for what they are filled in with, and the module that prints each."""
    found: dict[str, str] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        for words in _in_file(path):
            found.setdefault(words, path.relative_to(SOURCE).as_posix())
    return found


def _in_file(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if isinstance(node.func, ast.Attribute) and node.func.attr == "warn" and node.args:
            yield from _after_the_first_sentence(node.args[0])
        if name not in _PLACES:
            continue
        place = _PLACES[name]
        given = node.args[place] if len(node.args) > place else None
        named = next((word.value for word in node.keywords if word.arg == "remedy"), None)
        told = given if given is not None else named
        if told is not None:
            yield from _words(told)


def _after_the_first_sentence(told: ast.expr) -> Iterator[str]:
    """What a warning of a run says to do: it is one text, which says first what happened."""
    for words in _words(told):
        _, _, remedy = words.partition(". ")
        if remedy.strip(". …"):
            yield remedy


def _words(node: ast.expr) -> Iterator[str]:
    """The texts that an expression can be."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and node.value:
            yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values
        )
    elif isinstance(node, ast.IfExp):
        yield from _words(node.body)
        yield from _words(node.orelse)
    elif isinstance(node, ast.BinOp):
        yield "".join(next(_words(side), "…") for side in (node.left, node.right))
    elif isinstance(node, ast.Call):
        yield ast.unparse(node)
