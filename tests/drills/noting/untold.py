"""A drill of which the names of the accounts can be told, or not, as a test wants it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.drills.files import folder_of
from pryv_tui.drills.model import SetOnRecord
from pryv_tui.drills.noting import comparing
from pryv_tui.drills.noting.accounts import NO_SET
from pryv_tui.incidents.files import read_events
from pryv_tui.operations.settings.resolve import Settings

CANARY = "zoe-canary wrote zoe@canary.example, token: Zx9canaryQ8w7e6r5t4y"
WHY = "the vault is not there"


class Vault:
    """Whether the names can be told, as a test wants it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.there = False
        monkeypatch.setattr(comparing, "accounts_in", self._accounts)
        monkeypatch.setattr(comparing, "_newest", self._newest)

    def _accounts(self, _backup: object, found: SetOnRecord) -> tuple[set[str], str]:
        if not found.id:
            return set(), NO_SET
        return ({"zoe-canary"}, "") if self.there else (set(), WHY)

    def _newest(self, *_given: object) -> tuple[set[str], str]:
        return ({"zoe-canary"}, "") if self.there else (set(), WHY)


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Vault:
    return Vault(monkeypatch)


def evidence(settings: Settings, drill: str) -> str:
    place = folder_of(Path(settings.state), drill)
    return "".join(p.read_text("utf-8", "replace") for p in place.rglob("*") if p.is_file())


def events_of(settings: Settings, drill: str) -> list[object]:
    events, problems = read_events(folder_of(Path(settings.state), drill))
    assert not problems
    return list(events)
