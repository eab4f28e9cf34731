"""A program that only asks, and ended well without a word: what it printed may have been lost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.stores.influxdb import InfluxDB
from pryv_tui.operations.stores.redis import Redis
from tests.operations.kit import context, telling

ANSWERS = {
    "PING": "PONG\n",
    "INFO": "# Server\nredis_version:7.0.15\nloading:0\n",
    "DATABASES": "name,name\ndatabases,_internal\ndatabases,user.anna\n",
}


class Losing:
    """Programs whose first words are lost, as often as told."""

    def __init__(self, lost: int, code: int = 0) -> None:
        self.lost, self.code = lost, code
        self.ran: list[str] = []

    def __call__(self, argv: Sequence[str]) -> tuple[int, str, str]:
        line = " ".join(argv)
        self.ran.append(line)
        if self.ran.count(line) <= self.lost:
            return self.code, "", ""
        return 0, next((said for word, said in ANSWERS.items() if word in line), "\n"), ""


def test_what_one_program_lost_another_tells(tmp_path: Path) -> None:
    losing = Losing(1)
    ctx, _heard = context(tmp_path, telling("core", "core", losing))
    assert InfluxDB().live_databases(ctx, "core") == ["user.anna"]
    assert len(losing.ran) == 2


def test_a_redis_whose_first_answer_was_lost_answers(tmp_path: Path) -> None:
    losing = Losing(1)
    ctx, _heard = context(tmp_path, telling("register", "register", losing))
    assert not Redis().server(ctx, "register").loading
    assert losing.ran[:2] == ["redis-cli PING"] * 2


def test_who_says_nothing_twice_says_nothing(tmp_path: Path) -> None:
    losing = Losing(9)
    ctx, _heard = context(tmp_path, telling("core", "core", losing))
    assert InfluxDB().live_databases(ctx, "core") == []
    assert len(losing.ran) == 2


def test_one_that_failed_is_not_run_again(tmp_path: Path) -> None:
    losing = Losing(1, code=1)
    ctx, _heard = context(tmp_path, telling("core", "core", losing))
    with pytest.raises(PryvTuiError, match="exit 1"):
        InfluxDB().live_databases(ctx, "core")
    assert len(losing.ran) == 1
