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


@cache
def trees() -> dict[Path, ast.Module]:
    """Each module's tree by its path, in the order of paths; nobody changes them."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        return {
            path: ast.parse(path.read_text(encoding="utf-8"))
            for path in sorted(PACKAGE.rglob("*.py"))
        }
    finally:
        gc.freeze()  # half a million nodes that stay: nobody looks through them for garbage
        if enabled:
            gc.enable()
