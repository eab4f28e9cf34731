"""Accounts with names that nobody would choose: each costs itself, and no other account."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.redis_files import account_of
from pryv_tui.operations.audit.accounts import INDEX
from pryv_tui.operations.stores.influxdb import csv_rows
from pryv_tui.platform.casualties import NO_ADDRESS
from pryv_tui.practice.stores.redis import RedisStore
from tests.remedies.shell import Shell

ODD = [b"a\nb", b"a\tb", b"x\x07y", b"a\xffb", b"..", b"a/b", b"a%2fb", b'it\'s "x"', b"n" * 70_000,
       b"a:users\nb"]  # fmt: skip


def root_of(shell: Shell) -> Path:
    root = shell.platform.hosts[0].root_hint
    assert root is not None
    return root


def in_register(shell: Shell, odd: bytes) -> None:
    RedisStore(root_of(shell) / "pryv/redis/data").append(
        [(b"HMSET", odd + b":users", "username", "x")]
    )


def in_core(shell: Shell, odd: bytes) -> None:
    """As text, whether or not it is any."""
    with closing(sqlite3.connect(root_of(shell) / INDEX)) as database:
        database.execute("INSERT INTO id4name VALUES (CAST(? AS TEXT), 'cxyz')", (odd,))
        database.execute("INSERT INTO id4name (username, userId) VALUES (NULL, 'cnull')")
        database.commit()


@pytest.mark.parametrize("odd", ODD, ids=[ascii(one)[:20] for one in ODD])
@pytest.mark.parametrize("where", ["register", "core", "both"])
def test_an_odd_name_is_the_only_one_that_is_told(tmp_path: Path, where: str, odd: bytes) -> None:
    shell = Shell.on_new(tmp_path / "p", users=2, attachments=0)
    if where in ("register", "both"):
        in_register(shell, odd)
    if where in ("core", "both"):
        in_core(shell, odd)
    live = json.loads(shell.type("audit", "--live", "--json").out)
    taken = shell.backup()
    of_set = json.loads(shell.type("audit", taken, "--json").out)
    name = account_of(odd + b":users")
    for told in (live, of_set):
        # An account without a document is none that can be used, whatever its name is.
        only = [name] if where != "core" else []
        assert told["accounts"] == {"register_only": only, "core_only": []}, told["not_checked"]


def test_a_database_whose_name_has_a_lines_end_is_one() -> None:
    told = 'name,name\ndatabases,_internal\ndatabases,"user.a\nb"\ndatabases,"user.x,\u2028""y"\n'
    rows = csv_rows(told)[1:]
    assert [row[1] for row in rows] == ["_internal", "user.a\nb", 'user.x,\u2028"y']
    with pytest.raises(PryvTuiError, match="CSV"):
        csv_rows(f"name,{'n' * 200_000}\n")


def test_nothing_is_printed_to_be_pasted_for_a_name_that_no_address_can_hold(
    tmp_path: Path,
) -> None:
    shell = Shell.on_new(tmp_path / "p", users=2, attachments=0)
    in_register(shell, b"a\xffb")
    in_register(shell, b"plain")
    taken = shell.backup()
    for asked in (("audit", "--live"), ("audit", taken)):
        told = shell.type(*asked).out
        assert r"a\xffb" in told and NO_ADDRESS in told
        curls = [line for line in told.splitlines() if "curl" in line]
        assert len(curls) == 2 and all("/users/plain?" in line for line in curls)
