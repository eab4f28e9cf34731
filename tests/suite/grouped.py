"""Which tests stay on one process of xdist: those that share what their file makes once.

Tests are handed out one by one, so the tests of a file are spread over all processes. What a
fixture makes once for its file, a platform with a set, each of them would make again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

GROUP = "xdist_group"


def mark(items: Iterable[pytest.Item]) -> None:
    """Give the tests of a file that share a fixture a group of their own, unless they have one."""
    for item in items:
        file = item.nodeid.partition("::")[0]
        if item.get_closest_marker(GROUP) is None and _shares(item, file):
            item.add_marker(pytest.mark.xdist_group(named(file)))


def named(file: str) -> str:
    """The name of a file's group: `second_look` takes it off the names of tests again."""
    return re.sub(r"\W", "-", file.removesuffix(".py"))


def _shares(item: pytest.Item, file: str) -> bool:
    info = getattr(item, "_fixtureinfo", None)
    known = info.name2fixturedefs if info is not None else {}
    used = (one for name in getattr(item, "fixturenames", ()) for one in known.get(name, ()))
    # pytest and its plugins have such ones too, which make nothing.
    return any(
        one.scope == "module" and one.baseid == file and one.func.__module__.startswith("tests.")
        for one in used
    )
