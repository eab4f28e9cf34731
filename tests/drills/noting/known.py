"""A drill of a set whose names can be told, for tests that are about other things: there is no set
in their vaults."""

from __future__ import annotations

import pytest

from pryv_tui.drills.model import SetOnRecord
from pryv_tui.drills.noting import comparing
from pryv_tui.drills.noting.accounts import NO_SET

__all__ = ["names_are_known"]


@pytest.fixture
def names_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each set has been read, and has no account."""
    monkeypatch.setattr(comparing, "accounts_in", no_accounts)


def no_accounts(_backup: object, found: SetOnRecord) -> tuple[set[str], str]:
    """What is known where a set has no account."""
    return set(), "" if found.id else NO_SET
