"""The engine that copies and checks work with in a test: fixtures set it, each call gets it.

What `use` changes holds to the end of the test, or of the `MonkeyPatch` that it is given.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import msgspec
import pytest

from pryv_tui.vault.copying import count, tree
from pryv_tui.vault.parallel.engine import CopyEngine
from pryv_tui.vault.verify import verify_sums as verify_sums_with

P = ParamSpec("P")
R = TypeVar("R")


class _Given:
    engine = CopyEngine()


GIVEN = _Given()


def use(patch: pytest.MonkeyPatch, **settings: Any) -> None:
    """Have copies, checks and counts work so, beside what was said before."""
    patch.setattr(GIVEN, "engine", msgspec.structs.replace(GIVEN.engine, **settings))


def at_once(_fd: int, _path: bytes) -> None:
    """Nobody waits for the disk."""


def given(call: Callable[P, R]) -> Callable[P, R]:
    """A call that gets the engine of the test that makes it, unless it is told another."""

    @wraps(call)
    def with_engine(*args: P.args, **kwargs: P.kwargs) -> R:
        kwargs.setdefault("engine", GIVEN.engine)
        return call(*args, **kwargs)

    return with_engine


copy_tree = given(tree.copy_tree)
count_tree = given(count.count_tree)
verify_sums = given(verify_sums_with)
