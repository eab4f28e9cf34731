"""What is said of Redis, done with the real server."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import msgspec
import pytest

from pryv_tui.operations.guards.redis import redis_guard
from pryv_tui.operations.services.rescue import before_stop
from pryv_tui.operations.steps.services.switch_container import StartContainer, StopContainer
from pryv_tui.operations.stores.redis import Redis
from tests.helpers.waiting import until
from tests.operations.redis_kit import SECRET, needs_redis
from tests.operations.stores.redis_forms import FORMS, PEOPLE, make, plain, switched_off
from tests.remedies.kit import refusal
from tests.remedies.stores.redis_by_hand import Make

__all__ = ["make"]

pytestmark = needs_redis


# -- what is said --------------------------------------------------------------------------------


def test_a_server_that_still_loads_its_files_is_waited_for(make: Make, tmp_path: Path) -> None:
    """Doctor warns, a stop harms nothing, and a backup waits by itself until it has."""
    machine = make("dir DATA", "dbfilename redis_dump.rdb", "appendonly no", "save 900 1")
    plain(machine)
    for number in range(40):
        machine.cli("SET", f"padding{number}", os.urandom(600).hex())
    machine.stop()
    # Each key that it loads costs it so many microseconds (a setting for tests of its own).
    delay = ("--key-load-delay", "30000", "--loading-process-events-interval-bytes", "1024")
    machine.process = subprocess.Popen(
        ["redis-server", str(machine.conf), "--port", "0", "--unixsocket", str(machine.socket),
         *delay],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip

    def loads() -> bool:
        assert machine.running
        said = machine.cli("PING")
        assert said != "PONG", "it was too fast for this test"
        return said.startswith("LOADING")

    until(loads, every=0.005)
    ctx, _ = machine.context(tmp_path)
    line = redis_guard(ctx.site, ctx.deployment.hosts[0])
    assert line is not None
    told = line.outcome, line.remedy
    assert told == ("warning", "Wait until that is done: a backup waits for it too."), line
    assert before_stop(ctx, "register", "pryvio_redis") is None
    assert Redis().dump(ctx, "register")["users"] == len(PEOPLE)
    line = redis_guard(ctx.site, ctx.deployment.hosts[0])
    assert line is not None and "loads" not in line.text


@pytest.mark.parametrize("may_not", ["scan", "bgrewriteaof"])
def test_a_user_who_may_not_is_allowed_to(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, may_not: str
) -> None:
    machine = make(
        "dir DATA",
        "appendonly yes",
        f"user keeper on ~* &* +@all -{may_not} '>{SECRET}'",
        "user somebody on ~* &* +@all >another",
        "user default off",
    )
    machine.start()
    rights = ("--user", "somebody")
    for name in PEOPLE:
        machine.cli(*rights, "HSET", f"{name}:users", "id", name, password="another")
    # The first that is let in is taken: nobody else is known.
    conf = machine.conf.read_text()
    machine.conf.write_text("\n".join(x for x in conf.splitlines() if "somebody" not in x))
    ctx, _ = machine.context(tmp_path)
    told = refusal(lambda: Redis().dump(ctx, "register"))
    assert "NOPERM" in told.what
    command = told.remedy.partition("as an administrator of Redis: ")[2].partition("; and write")[0]
    words = shlex.split(command)
    assert words[:4] == ["docker", "exec", "pryvio_redis", "redis-cli"]
    assert machine.cli(*rights, *words[4:], password="another") == "OK"
    assert Redis().dump(ctx, "register")["users"] == len(PEOPLE)


@pytest.mark.parametrize("form", ["snapshots alone", "switched off"])
def test_what_a_backup_warns_of_is_mended_by_a_restart(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """Its container has a name of its own, which the warning names."""
    machine = make(*(FORMS[form][0] if form in FORMS else ()))
    real = machine.containers
    monkeypatch.setattr(
        machine,
        "containers",
        lambda: [
            msgspec.structs.replace(
                one, name="registry_1", labels={"com.docker.compose.service": "redis"}
            )
            for one in real()
        ],
    )
    (switched_off if form == "switched off" else plain)(machine)
    ctx, _ = machine.context(tmp_path)
    Redis().dump(ctx, "register")
    (warning,) = ctx.facts.warnings
    assert warning.endswith(": pryv-tui containers restart registry_1 --host register")
    if form == "snapshots alone":
        assert "Write `appendonly yes` into redis.conf in the root" in warning
        machine.conf.write_text(machine.conf.read_text().replace("appendonly no", "appendonly yes"))
    else:
        assert "Restart Redis from what it holds in memory, which is saved first" in warning
    ctx, _ = machine.context(tmp_path, "SWITCH")
    StopContainer(host="register", container="registry_1").perform(ctx)
    StartContainer(host="register", container="registry_1").perform(ctx)
    assert machine.users() == sorted(PEOPLE)
    again, _ = machine.context(tmp_path, "AGAIN")
    Redis().dump(again, "register")
    assert again.facts.warnings == []
