"""What all tests share."""

from __future__ import annotations

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that need an engine go to one worker: container names are fixed, so an engine has
    room for one platform, and waiting for each other would only hold the other worker up.

    First of all hooks: xdist reads the group in a hook of its own.
    """
    for item in items:
        if "tests/real" in item.path.as_posix():
            item.add_marker(pytest.mark.xdist_group("engine"))
    # The long ones first, so that they don't run alone at the end.
    items.sort(key=lambda item: "tests/real" not in item.path.as_posix())
