"""The program's source as trees, parsed once for all tests that search it.

They belong to one group of xdist, so that one process parses it: `searches`.
"""

from __future__ import annotations

import ast
import gc
from functools import cache
from pathlib import Path

import pytest

import pryv_tui

PACKAGE = Path(pryv_tui.__file__).parent
searches = pytest.mark.xdist_group("source")
"""For tests that ask for `trees`."""


_WALKED: dict[ast.AST, list[ast.AST]] = {}
"""All that each of these trees is made of."""


@cache
def trees() -> dict[Path, ast.Module]:
    """Each module's tree by its path, in the order of paths; nobody changes them."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        found = {
            path: ast.parse(path.read_text(encoding="utf-8"))
            for path in sorted(PACKAGE.rglob("*.py"))
        }
        _WALKED.update({tree: list(ast.walk(tree)) for tree in found.values()})
        return found
    finally:
        gc.freeze()  # half a million nodes that stay: nobody looks through them for garbage
        if enabled:
            gc.enable()


def walked(tree: ast.AST) -> list[ast.AST]:
    """What `ast.walk` finds in a tree; in one of `trees` that was found once for all tests, some
    twenty of which go through the whole source. Nobody changes the list."""
    return _WALKED.get(tree) or list(ast.walk(tree))
