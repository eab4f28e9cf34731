"""Redis that can not be saved or restored as it is: what is told, done with the real server."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.redis_files import read_rdb
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.guards.redis import redis_guard
from pryv_tui.operations.services.rescue import after_stop, before_stop, by_hand
from pryv_tui.operations.steps.services.switch_container import StartContainer, StopContainer
from pryv_tui.operations.stores.redis import Redis
from pryv_tui.operations.stores.redis_server import RedisServer
from tests.operations.redis_kit import SECRET, RedisMachine, needs_redis
from tests.operations.stores.redis_forms import (
    PEOPLE,
    TEMPLATE,
    Make,
    installed,
    make,
    plain,
    switched_off,
)

__all__ = ["make"]

pytestmark = needs_redis


def state_line(machine: RedisMachine, ctx: RunContext) -> tuple[str, str]:
    line = redis_guard(ctx.site, ctx.deployment.hosts[0])
    assert line is not None
    return line.outcome, f"{line.text}. {line.remedy}"


@pytest.mark.parametrize("way", ["requirepass in the file", "in the environment"])
def test_a_password_that_nobody_told(
    way: str, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The remedies are done as they are printed."""
    monkeypatch.delenv("REDISCLI_AUTH", raising=False)
    machine = make()
    plain(machine)
    machine.cli("CONFIG", "SET", "requirepass", SECRET)
    ctx, _ = machine.context(tmp_path)
    outcome, text = state_line(machine, ctx)
    assert outcome == "failed" and "asks for a password" in text and "REDISCLI_AUTH" in text
    with pytest.raises(PryvTuiError, match="asks for a password"):
        Redis().dump(ctx, "register")
    with pytest.raises(PryvTuiError, match="asks for a password"):
        Redis().compare(ctx, "register", {"users": 3})
    if way == "in the environment":
        monkeypatch.setenv("REDISCLI_AUTH", SECRET)
    else:
        with machine.conf.open("a") as file:
            file.write(f"requirepass '{SECRET}'\n")
    assert state_line(machine, ctx)[0] == "ok"
    assert Redis().dump(ctx, "register")["users"] == 3


def test_a_wrong_password_is_no_empty_register(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = make()
    plain(machine)
    machine.cli("CONFIG", "SET", "requirepass", SECRET)
    monkeypatch.setenv("REDISCLI_AUTH", "wrong")
    ctx, _ = machine.context(tmp_path)
    with pytest.raises(PryvTuiError, match="none of those known is the right one"):
        Redis().dump(ctx, "register")
    monkeypatch.setenv("REDISCLI_AUTH", SECRET)
    assert Redis().dump(ctx, "register")["users"] == 3


def test_a_data_folder_outside_every_mount(make: Make, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    machine = make(f"dir {elsewhere}", "appendonly yes")
    plain(machine)
    ctx, _ = machine.context(tmp_path)
    outcome, text = state_line(machine, ctx)
    assert outcome == "failed" and str(elsewhere) in text
    with pytest.raises(PryvTuiError, match="no copy of"):
        Redis().dump(ctx, "register")
    # Its remedy: what it holds is saved first, and it starts with it from where it should.
    machine.write_conf("dir DATA", "appendonly yes")
    rescued = before_stop(ctx, "register", "pryvio_redis")
    machine.stop()
    after_stop(ctx, rescued)
    machine.start()
    assert machine.users() == sorted(PEOPLE)
    assert state_line(machine, ctx)[0] == "ok"


def test_snapshots_alone_made_append_only_by_the_remedy(make: Make, tmp_path: Path) -> None:
    machine = make("dir DATA", "dbfilename redis_dump.rdb", "appendonly no")
    plain(machine)
    ctx, _ = machine.context(tmp_path)
    outcome, text = state_line(machine, ctx)
    assert outcome == "warning" and "appendonly yes" in text
    machine.write_conf("dir DATA", "dbfilename redis_dump.rdb", "appendonly yes")
    rescued = before_stop(ctx, "register", "pryvio_redis")
    machine.stop()
    after_stop(ctx, rescued)
    machine.start()
    assert machine.users() == sorted(PEOPLE)
    assert state_line(machine, ctx)[0] == "ok"


def test_switched_off_and_let_start_from_what_it_holds(make: Make, tmp_path: Path) -> None:
    machine = make()
    switched_off(machine)
    ctx, _ = machine.context(tmp_path)
    outcome, text = state_line(machine, ctx)
    assert outcome == "warning" and "pryv-tui containers restart pryvio_redis" in text
    StopContainer(host="register", container="pryvio_redis").perform(ctx)
    StartContainer(host="register", container="pryvio_redis").perform(ctx)
    assert machine.users() == sorted(PEOPLE)
    assert state_line(machine, ctx)[0] == "ok"
    assert any("3 users before it was stopped, 3 now" in check for check in ctx.facts.checks)


def test_what_could_not_be_saved_is_saved_by_hand(make: Make, tmp_path: Path) -> None:
    """The disk of the root is not there to be written to; the container's own is."""
    machine = make()
    switched_off(machine)
    ctx, _ = machine.context(tmp_path)
    (machine.root / ".pryv-tui").write_text("in the way")
    with pytest.raises(PryvTuiError, match="could not be saved") as refused:
        StopContainer(host="register", container="pryvio_redis").perform(ctx)
    assert machine.running, "it was not stopped"
    assert "correct what the message names" in refused.value.remedy
    target = tmp_path / "by-hand.rdb"
    server = Redis().server(ctx, "register")
    command = by_hand(server)
    assert "redis-cli --rdb /tmp/redis.rdb" in command
    machine.cli("--rdb", str(target))
    assert sorted(read_rdb(target).users) == sorted(PEOPLE)


AS_IT_IS_MADE = "repl-diskless-sync yes"
FROM_ITS_FOLDER = "repl-diskless-sync no"
"""What a release before 7 does."""


@pytest.mark.parametrize(
    ("sends", "oldest"), [(AS_IT_IS_MADE, 6), (FROM_ITS_FOLDER, 6), (FROM_ITS_FOLDER, 99)]
)
@pytest.mark.parametrize("how", ["moved away", "removed"])
@pytest.mark.parametrize("now", ["empty", "an older copy"])
def test_a_data_folder_that_was_replaced(
    how: str,
    now: str,
    sends: str,
    oldest: int,
    make: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What lives is in the process: the remedy saves it first, whatever lies there now."""
    release = installed()
    if release < 6 and (sends == AS_IT_IS_MADE or oldest == 6):
        pytest.skip("its redis-cli takes no snapshot that is sent as it is made")
    if oldest > release:  # it is of none that can send what it makes: it says so
        monkeypatch.setattr(RedisServer, "release", lambda _server: 5)
    more = ["enable-protected-configs yes"] if release >= 7 else []
    machine = make(*TEMPLATE, sends, *more)
    machine.start()
    machine.add("anna")
    machine.cli("BGREWRITEAOF")
    machine.rewritten()
    older = tmp_path / "older"
    shutil.copytree(machine.data, older)
    machine.add("bob", "wactiv")
    if how == "removed":
        shutil.rmtree(machine.data)
    else:
        machine.data.rename(machine.data.with_name("data.old"))
    if now == "empty":
        machine.data.mkdir()
    else:
        shutil.copytree(older, machine.data)
    # What is kept meanwhile is named after the run, in a folder that other tests have too.
    run = f"REPLACED-{os.getpid()}"
    ctx, _ = machine.context(tmp_path, run)
    rescued = before_stop(ctx, "register", "pryvio_redis")
    assert rescued is not None and rescued.users == 3
    assert sends.split()[1] in machine.cli("CONFIG", "GET", "repl-diskless-sync").split()
    assert "redis_dump.rdb" in machine.cli("CONFIG", "GET", "dbfilename").split()
    assert not list(Path("/tmp").glob(f"pryv-tui-{run}*")), "nothing of it is left in the container"
    machine.stop()
    after_stop(ctx, rescued)
    machine.start()
    assert machine.users() == sorted(PEOPLE)
    if now == "an older copy":
        name = "*.manifest" if release >= 7 else "appendonly.aof"
        (kept,) = (machine.root / ".pryv-tui/undone").glob(f"{run}.redis/**/{name}")
        assert kept.exists(), "what lay there is moved aside, not removed"


def test_a_server_that_saves_nothing_when_it_is_asked_to(make: Make, tmp_path: Path) -> None:
    """Hardened after a guide that switches off whatever could do harm; mended as it says."""
    off = 'rename-command SAVE ""', 'rename-command BGSAVE ""'
    machine = make("dir DATA", "appendonly no", *off)
    plain(machine)
    ctx, _ = machine.context(tmp_path)
    with pytest.raises(PryvTuiError, match="SAVE and BGSAVE are switched off") as refused:
        Redis().dump(ctx, "register")
    assert refused.value.what == (
        "Redis saves nothing on request: SAVE and BGSAVE are switched off"
    )
    assert "rename-command SAVE another" in refused.value.remedy
    assert "pryv-tui containers restart pryvio_redis" in refused.value.remedy
    machine.write_conf("dir DATA", "appendonly no", "rename-command SAVE another", off[1])
    StopContainer(host="register", container="pryvio_redis").perform(ctx)
    StartContainer(host="register", container="pryvio_redis").perform(ctx)
    assert Redis().dump(ctx, "register")["users"] == 3


def test_words_name_registers_own_account_only_where_it_is(make: Make, tmp_path: Path) -> None:
    machine = make()
    machine.start()
    machine.add("anna", "bob")
    ctx, _ = machine.context(tmp_path)
    Redis().dump(ctx, "register")
    assert "register's own" not in ctx.facts.checks[-1]
    machine.add("wactiv")
    Redis().dump(ctx, "register")
    assert "1 of them register's own" in ctx.facts.checks[-1]
