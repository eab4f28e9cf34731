"""The kinds of runs: each is a file in `kinds/`, or in a folder of it, with the kind's name.

The names are read from the folders, without importing the files: the first screen needs few.
"""

from __future__ import annotations

import importlib
from functools import lru_cache
from pathlib import Path
from types import ModuleType

PACKAGE = "pryv_tui.operations.kinds"


def kind_names() -> tuple[str, ...]:
    """The names of all kinds, sorted."""
    return tuple(_modules())


def kind_module(name: str) -> ModuleType | None:
    """The module of a kind; None if there is no such kind.

    Args:
        name: the kind as written in a journal; not trusted, so it may be any text.
    """
    module = _modules().get(name)
    # Never take it from `sys.modules`: another thread may still be importing the module.
    # `import_module` waits for that.
    return importlib.import_module(module) if module is not None else None


def _modules() -> dict[str, str]:
    """For each kind, sorted, the name of its module."""
    return _found(tuple(importlib.import_module(PACKAGE).__path__))


@lru_cache
def _found(folders: tuple[str, ...]) -> dict[str, str]:
    # Cached, because a run looks for the names of commands in each of its hundreds of sentences.
    files: dict[str, str] = {}
    for folder in map(Path, folders):
        for file in (*folder.glob("[a-z]*.py"), *folder.glob("[a-z]*/[a-z]*.py")):
            below = file.relative_to(folder).with_suffix("").parts
            files[file.stem] = ".".join((PACKAGE, *below))
    return dict(sorted(files.items()))
