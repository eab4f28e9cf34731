"""Style sheets of the interface, each parsed once for all tests of a process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet


@contextmanager
def parsed_once() -> Iterator[None]:
    """While it lasts, each style sheet is parsed once for each theme: most of what a change of it
    costs, and of what each new application begins with."""
    parse = Stylesheet._parse_rules
    known: dict[object, list[RuleSet]] = {}

    def remembered(self: Stylesheet, *words: Any, **more: Any) -> list[RuleSet]:
        key = (frozenset(self._variables.items()), words, tuple(more.items()))
        if key not in known:
            known[key] = parse(self, *words, **more)
        return known[key]

    with patch.object(Stylesheet, "_parse_rules", remembered):
        yield
