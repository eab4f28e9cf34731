"""redis-cli, redis-check-aof, influx, kill, true."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.practice import nursery
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.practice.stores.redis import RedisStore
from tests.practice.kit import Tools

AOF = "/app/data/appendonly.aof"


def test_redis_answers(tools: Tools) -> None:
    assert tools.redis("redis-cli", "PING").out == "PONG\n"
    assert tools.redis("redis-cli", "DBSIZE").out == "27\n"
    assert tools.redis("redis-cli", "SAVE").out == "OK\n"
    assert (tools.root / "pryv/redis/data/redis_dump.rdb").read_bytes().startswith(b"REDIS0009")


def test_redis_scans_for_accounts(tools: Tools) -> None:
    names = tools.redis("redis-cli", "--scan", "--pattern", "*:users").out.splitlines()

    assert len(names) == 9
    assert {"anna:users", "wactiv:users"} <= set(names)


def test_redis_rewrites_its_file_to_the_same_keys(tools: Tools) -> None:
    store = RedisStore(tools.root / "pryv/redis/data")
    store.append([("SET", "x", "1"), ("SET", "x", "2"), ("DEL", "x")])
    before, size = store.load(), store.aof.stat().st_size

    printed = tools.redis("redis-cli", "BGREWRITEAOF")

    assert printed.out == "Background append only file rewriting started\n"
    assert store.load() == before
    assert store.aof.stat().st_size < size
    info = tools.redis("redis-cli", "INFO", "persistence").out
    assert "aof_rewrite_in_progress:0\r\n" in info
    assert "aof_last_bgrewrite_status:ok\r\n" in info


def test_a_rewrite_goes_on_in_the_background_at_a_pace(tmp_path: Path) -> None:
    slow = Tools(PracticePlatform.create(tmp_path / "slow", pace=3600))

    slow.redis("redis-cli", "BGREWRITEAOF")

    assert "aof_rewrite_in_progress:1" in slow.redis("redis-cli", "INFO", "persistence").out


def test_redis_fails_to_rewrite_on_demand(tools: Tools) -> None:
    tools.platform.faults.set("redis-rewrite-fails")

    tools.redis("redis-cli", "BGREWRITEAOF")

    info = tools.redis("redis-cli", "INFO", "persistence").out
    assert "aof_last_bgrewrite_status:err\r\n" in info


def test_redis_check_aof_tells_a_torn_file(tools: Tools) -> None:
    good = tools.redis("redis-check-aof", AOF)
    assert good.code == 0
    assert good.out.splitlines()[-1] == "AOF is valid"
    path = tools.root / "pryv/redis/data/appendonly.aof"
    path.write_bytes(path.read_bytes()[:-3])

    torn = tools.redis("redis-check-aof", AOF)

    assert torn.code == 1
    assert torn.out.splitlines()[-1] == "AOF is not valid. Use the --fix option to try fixing it."


def test_an_empty_redis_folder_is_an_empty_register(tools: Tools) -> None:
    tools.redis("redis-cli", "SAVE")
    dump = (tools.root / "pryv/redis/data/redis_dump.rdb").read_bytes()
    tools.empty("redis")
    (tools.root / "pryv/redis/data/redis_dump.rdb").write_bytes(dump)

    assert tools.redis("redis-cli", "DBSIZE").out == "0\n"


def test_influx_lists_databases(tools: Tools) -> None:
    printed = tools.influxdb("/usr/bin/influx", "-execute", "SHOW DATABASES", "-format", "csv")

    assert printed.code == 0
    assert printed.out.splitlines() == [
        "name,name",
        *(f"databases,user.{name}" for name in ("anna", "bela", "chiara", "dario")),
    ]


def test_influx_names_measurements_as_the_real_one_does(tools: Tools) -> None:
    """In JSON an item a statement, `{}` where there is nothing: recorded of influx 1.6.7."""
    said = tools.influxdb(
        "/usr/bin/influx",
        *("-format", "json", "-execute"),
        'SHOW MEASUREMENTS ON "user.anna"; SHOW MEASUREMENTS ON "nobody";'
        ' SHOW MEASUREMENTS ON "user.bela"',
    )
    first, nothing, third = json.loads(said.out)["results"]
    assert nothing == {}
    ((name,),) = first["series"][0]["values"]
    assert third["series"] == [
        {"name": "measurements", "columns": ["name"], "values": third["series"][0]["values"]}
    ]
    where = ("/usr/bin/influx", "-database", "user.anna", "-execute")
    assert "120" in tools.influxdb(*where, f'SELECT COUNT(*) FROM "{name}"').out
    assert tools.influxdb(*where, f'DROP MEASUREMENT "{name}"').code == 0
    left = tools.influxdb("/usr/bin/influx", "-format", "csv", "-execute",
                          'SHOW MEASUREMENTS ON "user.anna"')  # fmt: skip
    assert left.out == ""
    other = tools.influxdb("/usr/bin/influx", "-execute", 'SHOW MEASUREMENTS ON "user.bela"')
    assert other.out.startswith("name: measurements\nname\n----\nevent.")


def test_influx_refuses_what_is_no_query(tools: Tools) -> None:
    printed = tools.influxdb("/usr/bin/influx", "-execute", "BLAH")

    assert printed.code == 1
    assert printed.err.startswith("error parsing query: found BLAH, expected SELECT")


def test_kill_reaches_no_process_but_those_of_its_container(tools: Tools) -> None:
    printed = tools.mongodb("kill", "-TERM", "1")

    assert printed.code == 1
    assert printed.err == "kill: (1): No such process\n"


def test_true_is_true_and_nothing_else_is_there(tools: Tools) -> None:
    assert tools.mongodb("true").code == 0
    with pytest.raises(PryvTuiError) as caught:
        tools.mongodb("/bin/sh", "-c", "true")
    assert caught.value.name == "program-missing"


def test_what_starts_tools_starts_without_what_is_slow_to_import() -> None:
    """Each program that asks a store starts one."""
    code = nursery._START.partition("; serve(")[0] + "; print(*sys.modules)"
    paths = json.dumps([str(Path(__file__).parents[3]), *filter(os.path.isabs, sys.path)])
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, paths], capture_output=True, text=True, check=True
    )
    found = set(done.stdout.split())
    assert "pryv_tui.practice.tools.context" in found
    assert not found & {"dataclasses", "inspect", "tempfile", "bson", "yaml", "sqlite3"}
