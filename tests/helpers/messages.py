"""Every message of the program's source that names one of its commands."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.helpers.parsed import trees, walked

PLACE = "20260101T020000Z"
"""What stands for whatever is put into a message where a command is about it."""
HOLE = "\ufffc"
"""Whatever else is put into a message: it may be a word, several, or none."""


def text_of(node: ast.expr) -> str:
    """A message as its reader has it; empty for what is none."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(
                text_of(part) if isinstance(part, ast.Constant) else HOLE for part in parts
            )
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return text_of(left) + (text_of(right) or HOLE)
    return ""


def messages() -> Iterator[tuple[str, str]]:
    """Every text of the source that names a command, and where it stands; not what is said of the
    code itself."""
    for place, tree in trees().items():
        prose = set()
        inside: set[ast.AST] = set()
        for node in walked(tree):
            if isinstance(node, ast.Expr):
                prose.add(node.value)
            if isinstance(node, ast.JoinedStr | ast.BinOp):
                inside |= set(ast.walk(node)) - {node}
        for node in walked(tree):
            if isinstance(node, ast.expr) and node not in prose and node not in inside:
                text = text_of(node)
                if "pryv-tui " in text:
                    yield f"{place.name}:{node.lineno}", text
