"""The append-only file: real RESP, read as far as Redis would."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.practice.stores import resp
from pryv_tui.practice.stores.redis import RedisStore, user_commands


@pytest.fixture
def store(tmp_path: Path) -> RedisStore:
    made = RedisStore(tmp_path)
    made.ensure()
    made.append(user_commands("anna", "c1", "anna@example.com", 1000, "co1.example.com"))
    return made


def test_commands_are_resp(store: RedisStore) -> None:
    assert store.aof.read_bytes().startswith(b"*10\r\n$5\r\nHMSET\r\n$10\r\nanna:users\r\n")
    assert resp.encode(("SET", "é")) == b"*2\r\n$3\r\nSET\r\n$2\r\n\xc3\xa9\r\n"


def test_the_keys_of_an_account(store: RedisStore) -> None:
    assert store.load() == {
        b"anna:users": {
            b"id": b"c1",
            b"username": b"anna",
            b"email": b"anna@example.com",
            b"registeredTimestamp": b"1000",
        },
        b"anna:server": b"co1.example.com",
        b"anna@example.com:email": b"anna",
    }


def test_the_account_that_register_makes_does_not_count(store: RedisStore) -> None:
    store.make_wactiv()
    store.make_wactiv()
    assert store.users() == 1


def test_an_end_that_is_torn_off_is_forgiven(store: RedisStore) -> None:
    store.aof.write_bytes(store.aof.read_bytes()[:-1])
    assert set(store.load()) == {b"anna:users", b"anna:server"}


@pytest.mark.parametrize("damage", [b"*1\r\n$1\r\nXY", b"#", b"*x\r\n"])
def test_damage_in_the_middle_is_not(store: RedisStore, damage: bytes) -> None:
    store.aof.write_bytes(store.aof.read_bytes() + damage + b"*1\r\n$4\r\nPING\r\n")
    with pytest.raises(resp.Broken):
        store.load()
