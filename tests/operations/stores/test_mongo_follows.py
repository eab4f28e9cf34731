"""A MongoDB that copies another one may lag behind it: what it says is not how things are now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.audit.live_stores import read_events
from pryv_tui.operations.stores import mongo_server
from pryv_tui.operations.stores.mongo_server import (
    Follows,
    ask_events,
    ask_owners,
    events_command,
    need_primary,
    owners_command,
)
from pryv_tui.operations.stores.near import NotNear
from tests.hosts.machines import machine
from tests.operations.kit import TellingEngine

MONGODB = next(c for c in machine("core") if c.name == "pryvio_mongodb")


class Server:
    """One that answers what leads and what does not alike, but for which of them it is."""

    def __init__(self, me: dict[str, Any]) -> None:
        self.me = me
        self.client = self
        self.admin = self

    def __getitem__(self, _collection: str) -> Server:
        return self

    def estimated_document_count(self) -> int:
        return 5

    def command(self, asked: Any, **_more: Any) -> dict[str, Any]:
        return self.me if asked == "isMaster" else {"n": 2, "values": ["a"]}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any]], Any]:
    """An engine whose MongoDB is near and says of itself what it is given."""

    def made(me: dict[str, Any]) -> Any:
        @contextmanager
        def at(_address: str, _seconds: float = 1.0) -> Iterator[Server]:
            yield Server(me)

        monkeypatch.setattr(mongo_server, "database_at", at)
        monkeypatch.setattr(mongo_server, "mongodb", lambda *_given: "172.18.0.4:27017")
        return TellingEngine([MONGODB], lambda _argv: (0, '{"now":9,"newer":9,"owners":["b"]}', ""))

    return made


@pytest.mark.parametrize("me", [{"ismaster": True}, {"ok": 1}])
def test_one_that_leads_is_asked(asked: Callable[[dict[str, Any]], Any], me: Any) -> None:
    engine = asked(me)
    assert ask_events(engine, MONGODB, 0.0, 1.0).now == 5
    assert ask_owners(engine, MONGODB, 1.0).owners == ["a"]
    assert engine.asked == []
    need_primary(engine, MONGODB.name)


@pytest.mark.parametrize(
    "me", [{"ismaster": False, "secondary": True}, {"ismaster": False, "arbiterOnly": True}]
)
def test_of_one_that_follows_nothing_is_said_to_be_so_now(
    asked: Callable[[dict[str, Any]], Any], me: Any
) -> None:
    engine = asked(me)
    looks: list[Callable[[], object]] = [
        lambda: ask_events(engine, MONGODB, 0.0, 1.0),
        lambda: ask_owners(engine, MONGODB, 1.0),
        lambda: read_events(engine, MONGODB.name, lambda _event: None),
    ]
    for look in looks:
        with pytest.raises(Follows, match="its data may be out of date"):
            look()
    assert engine.asked == [], "neither by its shell, nor by mongodump"


def test_where_nobody_can_ask_it_is_asked_by_its_program(monkeypatch: pytest.MonkeyPatch) -> None:
    engine: Any = TellingEngine([MONGODB], lambda _argv: (0, "", ""))
    need_primary(engine, MONGODB.name)

    def away(*_given: object) -> str:
        raise NotNear("no address")

    monkeypatch.setattr(mongo_server, "mongodb", away)
    need_primary(engine, MONGODB.name)
    monkeypatch.setattr(mongo_server, "mongodb", lambda *_given: "a:1")

    @contextmanager
    def wants_more(_address: str, _seconds: float) -> Iterator[Any]:
        raise PryvTuiError("step-failed", "it wants a password")
        yield None

    monkeypatch.setattr(mongo_server, "database_at", wants_more)
    need_primary(engine, MONGODB.name)
    assert engine.asked == []


def test_a_shell_asks_it_too() -> None:
    assert msgspec.json.encode(events_command("mongo", 0.0, 1.0)).count(b"isMaster") == 1
    assert "isMaster" in owners_command("mongo", 1.0)[-1]
