"""Every message of the program's source that names one of its commands."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from pryv_tui.operations.commands import ARGUMENTS
from tests.helpers.parsed import trees, walked

PLACE = "20260101T020000Z"
"""What stands for whatever is put into a message where a command is about it."""
HOLE = "\ufffc"
"""Whatever else is put into a message: it may be a word, several, or none."""
GROUPS = {
    name.rpartition(" ")[0]: name
    for name in sorted(ARGUMENTS, key=ARGUMENTS.__getitem__)
    if " " in name
}
"""For each group of commands, that of them which takes the most."""


def filled(text: str) -> str:
    """A message with something in each hole: where a word can stand, a word, else nothing."""
    text = re.sub(f"{HOLE}+", HOLE, text)
    for group, one in GROUPS.items():
        text = text.replace(f"pryv-tui {group} {HOLE}", f"pryv-tui {one}")
    text = re.sub(f"--{HOLE}", "--all", text)
    text = re.sub(rf"(?<= ){HOLE}|^{HOLE}|(?<=[(\n]){HOLE}", PLACE, text)
    return text.replace(HOLE, "")


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
