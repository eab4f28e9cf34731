"""Which kinds of runs there are: one for each file in `kinds/`, called as the kind is.

The names are known without loading one of those files: the first screen needs two or three.
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
    # A run says some hundred sentences, and looks in each for the name of a command.
    names = {file.stem for folder in folders for file in Path(folder).glob("[a-z]*.py")}
    return tuple(sorted(names))


def kind_module(name: str) -> ModuleType | None:
    """The module of a kind; None where there is no such kind.

    Args:
        name: as a journal has it, which can be anybody's word.
    """
    module = f"{PACKAGE}.{name}"
    # One that another thread is just loading is among the modules already, and is not whole: the
    # import waits for it.
    if module in sys.modules or name in kind_names():
        return importlib.import_module(module)
    return None
