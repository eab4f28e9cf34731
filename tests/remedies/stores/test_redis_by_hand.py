"""What a runbook and a set's RESTORE.md say of Redis, done with the real server."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pryv_tui.operations.plan import Plan
from pryv_tui.operations.plans.runbook import runbook
from pryv_tui.operations.steps.bringing_back.move_aside import MoveAside
from pryv_tui.operations.steps.services.stop_services import StopServices
from pryv_tui.operations.steps.taking.dump_store import DumpStore
from pryv_tui.operations.stores.redis import Redis
from tests.operations.kit import DOMAIN
from tests.operations.redis_kit import SECRET, RedisMachine, needs_redis
from tests.operations.stores.redis_forms import FORMS, LAYOUT, PEOPLE, make, plain
from tests.remedies.stores.redis_by_hand import ByHand, Make, by_hand, loaded

__all__ = ["by_hand", "make"]

pytestmark = needs_redis


@pytest.mark.parametrize(
    ("form", "kept", "says"),
    [
        ("append-only, as the template has it", "aof_rewrites", "rewriting started"),
        ("another append folder and file", "aof_rewrites", "rewriting started"),
        ("append-only switched off while it runs", "rdb_saves", "OK"),
        ("snapshots alone", "rdb_saves", "OK"),
    ],
)
def test_the_runbook_saves_redis_as_it_is_kept(
    make: Make,
    by_hand: Callable[[RedisMachine], ByHand],
    tmp_path: Path,
    form: str,
    kept: str,
    says: str,
) -> None:
    conf, prepare = FORMS[form]
    machine = make(*conf)
    prepare(machine)
    hand = by_hand(machine)
    (tmp_path / "set").mkdir()

    def many() -> int:
        found = re.search(rf"{kept}:(\d+)", machine.cli("INFO", "persistence"))
        assert found is not None
        return int(found[1])

    before = many()
    step = DumpStore(host="register", store="redis", layout=LAYOUT, roles=("register",))
    said = hand.shell(*step.command)
    assert says in said and "ERR" not in said
    while many() == before:  # a rewrite goes on beside it; INFO says when it is over
        assert "in_progress:1" in machine.cli("INFO", "persistence")
    # What it holds is in the file that it is saved in.
    machine.kill()
    machine.start()
    if "switched off" not in form:
        assert machine.users() == sorted(PEOPLE)


@pytest.mark.parametrize(
    "form",
    [
        "append-only, as the template has it",
        "append-only switched off while it runs",
        "append-only switched on while it runs",
        "snapshots alone",
        "another append folder and file",
        "a password",
        "the password of a user",
    ],
)
def test_restore_md_in_a_shell(
    make: Make, by_hand: Callable[[RedisMachine], ByHand], tmp_path: Path, form: str
) -> None:
    """All of its blocks, in their order, from the folder of the set."""
    conf, prepare = FORMS[form]
    machine = make(*conf)
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

    ctx, _ = machine.context(tmp_path)
    holds = {"users": 0, **Redis().dump(ctx, "register")}
    hand = by_hand(machine)
    guide = hand.take(holds)
    # Life goes on, with accounts that the set does not know.
    machine.cli(*options, "HSET", "newcomer:users", "id", "1", password=password)
    assert "newcomer" in users()
    assert machine.process is not None
    Path(hand.environment["PID"]).write_text(str(machine.process.pid))

    blocks = re.findall(r"```sh\n(.*?)```", guide, flags=re.DOTALL)
    asked = [block for block in blocks if "--scan" in block]
    assert len(asked) == 1 and ("REDISCLI_AUTH" in asked[0]) == bool(password)
    people = users()
    secret = {"REDISCLI_AUTH": password} if password else {}
    said = hand.shell(*blocks, **secret)
    password = password if "set while" not in form else ""
    assert users() == sorted(PEOPLE)
    assert str(len(PEOPLE)) in said.split()
    (aside,) = (machine.root / ".pryv-tui/aside").iterdir()
    assert (aside / "pryv/redis/data").is_dir(), "what was there lies aside"
    (kept,) = (machine.root / ".pryv-tui").glob("redis-by-hand-*.rdb")
    assert loaded(make, kept) == people, "and what was in memory alone beside it"
    assert kept.stat().st_mode & 0o077 == 0


def test_restore_md_keeps_what_redis_holds_in_memory_alone(
    make: Make, by_hand: Callable[[RedisMachine], ByHand], tmp_path: Path
) -> None:
    """Its folder was removed under it, and it writes a snapshot before it sends it."""
    more = ["repl-diskless-sync no", "enable-protected-configs yes"]
    machine = make("dir DATA", "appendonly yes", *more)
    plain(machine)
    machine.rewritten()
    ctx, _ = machine.context(tmp_path)
    hand = by_hand(machine)
    guide = hand.take({"users": 0, **Redis().dump(ctx, "register")})
    machine.add("newcomer")
    shutil.rmtree(machine.data)
    machine.data.mkdir()
    assert machine.process is not None
    Path(hand.environment["PID"]).write_text(str(machine.process.pid))
    hand.shell(*re.findall(r"```sh\n(.*?)```", guide, flags=re.DOTALL))
    assert machine.users() == sorted(PEOPLE)
    (kept,) = (machine.root / ".pryv-tui").glob("redis-by-hand-*.rdb")
    assert loaded(make, kept) == sorted([*PEOPLE, "newcomer"])


@pytest.mark.parametrize("form", ["append-only, as the template has it", "a password"])
def test_the_runbook_of_a_restore_keeps_what_redis_holds_in_memory_alone(
    make: Make, by_hand: Callable[[RedisMachine], ByHand], form: str
) -> None:
    """Its data folder was replaced under it; the lines up to the stop, run in a shell."""
    conf, prepare = FORMS[form]
    machine = make(*conf)
    password = prepare(machine)
    machine.cli("HSET", "newcomer:users", "id", "1", password=password)
    shutil.rmtree(machine.data)
    machine.data.mkdir()
    hand = by_hand(machine)
    (hand.folder / "set").mkdir()
    assert machine.process is not None
    Path(hand.environment["PID"]).write_text(str(machine.process.pid))
    stop = StopServices(id="1", host="register", containers=("pryvio_register", "pryvio_redis"))
    aside = MoveAside(
        id="2",
        host="register",
        root=str(machine.root),
        aside=f"{machine.root}/.pryv-tui/aside/RUN",
        set_id="S",
    )
    plan = Plan(kind="restore", roles=("register",), steps=(stop, aside), domain=DOMAIN)
    lines, _, _ = runbook(plan, "shell").partition("\n# 2. ")
    hand.shell(lines, **({"REDISCLI_AUTH": password} if password else {}))
    assert machine.process.wait(60) in (0, -9), "and it was stopped"
    (kept,) = (machine.root / ".pryv-tui").glob("redis-by-hand-*.rdb")
    assert loaded(make, kept) == sorted([*PEOPLE, "newcomer"])
