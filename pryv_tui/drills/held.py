"""How long a restore of this platform will take, from its earlier drills."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from pryv_tui.drills.expectation import Expected, expected
from pryv_tui.drills.files import records_of
from pryv_tui.drills.signing.checking import signatures_of
from pryv_tui.drills.signing.standing import Standing
from pryv_tui.operations.settings.identity import platform_of
from pryv_tui.operations.settings.resolve import Settings


def expected_here(settings: Settings, roles: Collection[str]) -> Expected | None:
    """Return how long a restore of these roles can be expected to take; None if no drill restored
    them."""
    mine = platform_of(settings)
    filed = records_of(Path(settings.state), mine)
    if not filed:
        return None
    standing = Standing(Path(settings.state))
    held = [
        one.record
        for one in filed
        if not standing.why(one.folder.name) and not signatures_of(one.folder).rejected
    ]
    return expected(held, roles, mine)
