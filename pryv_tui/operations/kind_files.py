"""The kinds of runs: each is a file in `kinds/` with the kind's name.

The names are read from the folder, without importing the files: the first screen needs few.
"""

from __future__ import annotations

import importlib
import sys
from functools import lru_cache
from pathlib import Path
from types import ModuleType

PACKAGE = "pryv_tui.operations.kinds"


def kind_names() -> tuple[str, ...]:
    """The names of all kinds, sorted."""
    return _names(tuple(importlib.import_module(PACKAGE).__path__))


@lru_cache
def _names(folders: tuple[str, ...]) -> tuple[str, ...]:
    # Cached, because a run looks for the names of commands in each of its hundreds of sentences.
    names = {file.stem for folder in folders for file in Path(folder).glob("[a-z]*.py")}
    return tuple(sorted(names))


def kind_module(name: str) -> ModuleType | None:
    """The module of a kind; None if there is no such kind.

    Args:
        name: the kind as written in a journal; not trusted, so it may be any text.
    """
    module = f"{PACKAGE}.{name}"
    # Never return the entry of `sys.modules` itself: another thread may still be importing the
    # module. `import_module` waits for that.
    if module in sys.modules or name in kind_names():
        return importlib.import_module(module)
    return None
