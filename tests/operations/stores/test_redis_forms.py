"""Redis in each of its forms, with the real server: saved, lost, restored, and put back."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.redis_files import read_rdb
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.guards.redis import redis_guard
from pryv_tui.operations.services.rescue import after_stop, before_stop, by_hand
from pryv_tui.operations.steps.bringing_back.place_redis import PlaceRedis
from pryv_tui.operations.steps.services.switch_container import StartContainer, StopContainer
from pryv_tui.operations.steps.taking.check_store import CheckStore
from pryv_tui.operations.stores.redis import Redis
from pryv_tui.operations.stores.redis_server import RedisServer
from pryv_tui.platform.layout import TEMPLATE_STORES, Layout
from pryv_tui.vault.redis_saved import place_form
from tests.operations.redis_kit import SECRET, RedisMachine, needs_redis

pytestmark = needs_redis

LAYOUT = Layout(stores={"redis": TEMPLATE_STORES["redis"]})
Make = Callable[..., RedisMachine]
PEOPLE = ("anna", "bob", "wactiv")
TEMPLATE = ("dir DATA", "dbfilename redis_dump.rdb", "appendonly yes", "save 900 1")


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[RedisMachine] = []

    def one(*conf: str, **more: Any) -> RedisMachine:
        machine = RedisMachine(tmp_path / f"machine{len(made)}", conf or TEMPLATE, **more)
        made.append(machine)
        return machine

    yield one
    for machine in made:
        machine.stop()
        machine.socket.unlink(missing_ok=True)


def installed() -> int:
    """The first number of the release of Redis on this machine."""
    said = subprocess.run(["redis-server", "--version"], capture_output=True, text=True).stdout
    return int(said.partition("v=")[2].partition(".")[0])


def plain(machine: RedisMachine) -> str:
    machine.start()
    machine.add(*PEOPLE)
    return ""


def switched_off(machine: RedisMachine) -> str:
    machine.start()
    machine.add("anna", "long-deleted", "also-deleted", "and-this-one")
    machine.cli("CONFIG", "SET", "appendonly", "no")
    machine.cli("DEL", "long-deleted:users", "also-deleted:users", "and-this-one:users")
    machine.add("bob", "wactiv")
    return ""


def switched_on(machine: RedisMachine) -> str:
    machine.start()
    machine.add("anna")
    machine.cli("SAVE")
    machine.cli("CONFIG", "SET", "appendonly", "yes")
    machine.add("bob", "wactiv")
    return ""


def with_password(machine: RedisMachine) -> str:
    machine.start()
    machine.add(*PEOPLE, password=SECRET)
    return SECRET


def password_set_while_it_runs(machine: RedisMachine) -> str:
    machine.start()
    machine.add(*PEOPLE)
    machine.cli("CONFIG", "SET", "requirepass", SECRET)
    machine.environment = {"REDIS_PASSWORD": SECRET}
    return SECRET


def old_manifest(machine: RedisMachine) -> str:
    machine.start()
    machine.add("anna")
    machine.stop()
    conf = machine.conf.read_text()
    machine.conf.write_text(conf.replace("register.aof", "former.aof"))
    machine.start()
    machine.add("long-deleted")
    machine.stop()
    machine.conf.write_text(conf)
    machine.start()
    machine.add("bob", "wactiv")
    return ""


def file_of_before(machine: RedisMachine) -> str:
    (machine.data / "appendonly.aof").write_bytes(
        b"*4\r\n$4\r\nHSET\r\n$10\r\nanna:users\r\n$2\r\nid\r\n$1\r\n1\r\n"
    )
    machine.start()
    shutil.copy(machine.conf, machine.data / "appendonly.aof.txt")
    (machine.data / "appendonly.aof").write_bytes(b"")
    machine.add("bob", "wactiv")
    return ""


def renamed_snapshot(machine: RedisMachine) -> str:
    machine.start()
    machine.add("anna", "long-deleted")
    machine.cli("SAVE")
    machine.cli("DEL", "long-deleted:users")
    machine.cli("CONFIG", "SET", "dbfilename", "other.rdb")
    machine.add("bob", "wactiv")
    return ""


def moved_folder(machine: RedisMachine) -> str:
    machine.start()
    machine.add("anna", "long-deleted")
    machine.cli("SAVE")
    machine.cli("DEL", "long-deleted:users")
    machine.cli("CONFIG", "SET", "dir", str(machine.data / "inner"))
    machine.add("bob", "wactiv")
    return ""


FORMS: dict[str, tuple[tuple[str, ...], Callable[[RedisMachine], str]]] = {
    "append-only, as the template has it": (TEMPLATE, plain),
    "append-only without a snapshot in it": ((*TEMPLATE, "aof-use-rdb-preamble no"), plain),
    "append-only switched off while it runs": (TEMPLATE, switched_off),
    "append-only switched off, CONFIG under another name": (
        (*TEMPLATE, "rename-command CONFIG other-name"),
        lambda machine: plain(machine),
    ),
    "CONFIG switched off": ((*TEMPLATE, 'rename-command CONFIG ""'), plain),
    "append-only switched on while it runs": (
        ("dir DATA", "dbfilename redis_dump.rdb", "appendonly no", "save 900 1"),
        switched_on,
    ),
    "snapshots alone": (("dir DATA", "dbfilename other.rdb", "appendonly no"), plain),
    "snapshots alone, and none made by itself": (
        ("dir DATA", "dbfilename redis_dump.rdb", "appendonly no", 'save ""'),
        plain,
    ),
    "another append folder and file": (
        (*TEMPLATE, "appenddirname elsewhere", "appendfilename register.aof"),
        plain,
    ),
    "an old manifest beside the present one": (
        (*TEMPLATE, "appendfilename register.aof"),
        old_manifest,
    ),
    "the single file of before beside the folder": (TEMPLATE, file_of_before),
    "a folder within the data folder": (
        ("dir DATA/inner", "dbfilename redis_dump.rdb", "appendonly yes"),
        plain,
    ),
    "BGREWRITEAOF under another name": (
        (*TEMPLATE, "rename-command BGREWRITEAOF other-name"),
        plain,
    ),
    "BGREWRITEAOF switched off": ((*TEMPLATE, 'rename-command BGREWRITEAOF ""'), plain),
    "snapshots alone, SAVE under another name": (
        ("dir DATA", "appendonly no", "rename-command SAVE other-name"),
        plain,
    ),
    "snapshots alone, SAVE switched off": (
        ("dir DATA", "appendonly no", 'rename-command SAVE ""'),
        plain,
    ),
    "another snapshot's name while it runs": (
        ("dir DATA", "appendonly no", "enable-protected-configs yes"),
        renamed_snapshot,
    ),
    "another folder while it runs": (
        ("dir DATA", "appendonly no", "enable-protected-configs yes"),
        moved_folder,
    ),
    "a password": ((*TEMPLATE, f"requirepass '{SECRET}'"), with_password),
    "a password set while it runs": (TEMPLATE, password_set_while_it_runs),
    "the password of a user": (
        (*TEMPLATE, "user default off", f"user keeper on ~* &* +@all '>{SECRET}'"),
        lambda machine: "keeper",
    ),
}


def turns_of(form: str) -> list[pytest.MarkDecorator]:
    return [pytest.mark.each_turn] if FORMS[form] == (TEMPLATE, plain) else []


@pytest.mark.parametrize("form", [pytest.param(each, marks=turns_of(each)) for each in FORMS])
def test_saved_lost_restored_and_put_back(form: str, make: Make, tmp_path: Path) -> None:
    conf, prepare = FORMS[form]
    machine = make(*conf)
    (machine.data / "inner").mkdir()
    password = prepare(machine)
    options: tuple[str, ...] = ()
    if password == "keeper":
        machine.start()
        password, options = SECRET, ("--user", "keeper")
        for name in PEOPLE:
            machine.cli(*options, "HSET", f"{name}:users", "id", name, password=SECRET)

    def users() -> list[str]:
        told = machine.cli(*options, "--scan", "--pattern", "*:users", password=password)
        return sorted(key.removesuffix(":users") for key in told.split())

    assert users() == sorted(PEOPLE)
    ctx, heard = machine.context(tmp_path)
    holds = Redis().dump(ctx, "register")
    files = tmp_path / "part/files"
    shutil.copytree(machine.root, files)
    ctx.facts.of("register").stores["redis"] = holds
    CheckStore(
        host="register", store="redis", layout=LAYOUT, destination=str(files.parent)
    ).perform(ctx)
    kept = ctx.facts.of("register").stores["redis"]
    assert kept["users"] == len(PEOPLE)

    # Life goes on, then a restore begins: it stops what runs and moves it aside.
    machine.cli(*options, "HSET", "newcomer:users", "id", "1", password=password)
    lived = users()
    rescued = before_stop(ctx, "register", "pryvio_redis")
    machine.stop()
    after_stop(ctx, rescued)
    aside = tmp_path / "aside"
    machine.root.rename(aside)
    shutil.copytree(files, machine.root)
    if place_form(kept) is not None:
        PlaceRedis(host="register", root=str(machine.root), holds=kept).perform(ctx)
    machine.start()
    password = password if "set while it runs" not in form else ""
    assert users() == sorted(PEOPLE)
    Redis().compare(machine.context(tmp_path)[0], "register", kept)

    # And the undo.
    again, _ = machine.context(tmp_path, "UNDO")
    rescued = before_stop(again, "register", "pryvio_redis")
    machine.stop()
    after_stop(again, rescued)
    shutil.rmtree(machine.root)
    aside.rename(machine.root)
    machine.start()
    assert users() == lived
    told = " ".join([*ctx.facts.checks, *ctx.facts.warnings, *map(str, heard.notes)])
    assert SECRET not in told + heard.printed.decode()
    assert not any(SECRET in word for argv in machine.asked for word in argv)


def test_the_register_with_its_append_only_file_switched_off_is_no_quiet_success(
    make: Make, tmp_path: Path
) -> None:
    machine = make()
    switched_off(machine)
    ctx, _heard = machine.context(tmp_path)
    Redis().dump(ctx, "register")
    assert not any("rewritten" in check for check in ctx.facts.checks), ctx.facts.checks
    assert any("snapshot redis_dump.rdb saved" in check for check in ctx.facts.checks)
    (warned,) = ctx.facts.warnings
    assert "switched off" in warned


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
    assert "mend what the message names" in refused.value.remedy
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
        "Redis saves nothing when it is asked to: SAVE and BGSAVE are switched off"
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
