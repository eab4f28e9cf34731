"""What is said of Redis, and what a set's RESTORE.md says of it, done with the real server."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.operations.guards.redis import redis_guard
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.plans.runbook import runbook
from pryv_tui.operations.services.rescue import before_stop
from pryv_tui.operations.steps.bringing_back.move_aside import MoveAside
from pryv_tui.operations.steps.services.stop_services import StopServices
from pryv_tui.operations.steps.services.switch_container import StartContainer, StopContainer
from pryv_tui.operations.steps.taking.dump_store import DumpStore
from pryv_tui.operations.stores.redis import Redis
from pryv_tui.vault.guide.page import restore_guide
from tests.operations.kit import DOMAIN, manifest_of, part
from tests.operations.redis_kit import SECRET, RedisMachine, needs_redis
from tests.operations.stores.redis_forms import FORMS, LAYOUT, PEOPLE, make, plain, switched_off
from tests.remedies.kit import refusal
from tests.waiting import until

pytestmark = needs_redis
__all__ = ["make"]
Make = Callable[..., RedisMachine]


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
    assert told == ("warning", "Wait until it has: a backup waits for it too."), line
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
    command = told.remedy.partition("as one who may: ")[2].partition("; and in")[0]
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
        assert "Let it start from what it holds, which is saved first" in warning
    ctx, _ = machine.context(tmp_path, "SWITCH")
    StopContainer(host="register", container="registry_1").perform(ctx)
    StartContainer(host="register", container="registry_1").perform(ctx)
    assert machine.users() == sorted(PEOPLE)
    again, _ = machine.context(tmp_path, "AGAIN")
    Redis().dump(again, "register")
    assert again.facts.warnings == []


def loaded(make: Make, snapshot: Path) -> list[str]:
    """Who is there in a server that starts from a snapshot."""
    machine = make("dir DATA", "dbfilename kept.rdb", "appendonly no")
    shutil.copy(snapshot, machine.data / "kept.rdb")
    machine.start()
    return machine.users()


# -- the runbook, and RESTORE.md ----------------------------------------------------------------

CLI = shutil.which("redis-cli")
DOCKER = r"""#!/bin/sh
# One container, whose process is a real server.
case $1 in
  ps) if [ "$2" = --format ]; then echo pryvio_redis; else echo 0123456789ab; fi ;;
  inspect)
    [ "$2" = --format ] || { [ "$2" = pryvio_redis ]; exit; }
    printf '/pryvio_redis\talways\ttrue\t\ttrue %s/pryv/redis/data\n' "$ROOT_OF_IT" ;;
  stop)
    kill "$(cat "$PID")"
    # One that can't save does not end by itself; Docker is as patient for ten seconds.
    tries=0
    while redis-cli -s "$SOCKET" PING >/dev/null 2>&1; do
      sleep 0.01
      tries=$((tries + 1))
      [ "$tries" -lt 200 ] || kill -9 "$(cat "$PID")"
    done
    rm -f "$PID" ;;
  update) ;;
  start) exec redis-up ;;
  exec)
    shift
    if [ "$1" = -e ]; then shift 2; else unset REDISCLI_AUTH; fi
    [ "$1" = pryvio_redis ] || exit 126
    shift
    # Within it a plain redis-cli reaches the server.
    case $1 in redis-cli|sh) PATH="$INSIDE:$PATH" exec "$@" ;; esac
    exit 126 ;;
  *) exit 125 ;;
esac
"""
UP = r"""#!/bin/sh
[ -e "$PID" ] && exit 0
exec redis-server "$CONF" --port 0 --unixsocket "$SOCKET" --daemonize yes --pidfile "$PID" \
  --logfile "$LOG"
"""
COMPOSE = r"""#!/bin/sh
case " $* " in *" redis "*) exec redis-up ;; esac
"""
ANSWERS = r"""#!/bin/sh
# In the place of a sleep: until it answers.
[ "$1" = 15 ] || exec /bin/sleep "$@"
until redis-cli -s "$SOCKET" PING 2>&1 | grep -qE 'PONG|NOAUTH'; do /bin/sleep 0.01; done
"""


class ByHand:
    """Somebody with a set, its RESTORE.md and a shell; `docker` drives a real server."""

    def __init__(self, folder: Path, machine: RedisMachine) -> None:
        self.folder, self.machine = folder, machine
        self.tools = folder / "tools"
        self.tools.mkdir()
        for name, text in {
            "docker": DOCKER,
            "docker-compose": COMPOSE,
            "redis-up": UP,
            "sleep": ANSWERS,
        }.items():
            (self.tools / name).write_text(text)
            (self.tools / name).chmod(0o755)
        inside = folder / "inside"
        inside.mkdir()
        (inside / "redis-cli").write_text(f'#!/bin/sh\nexec {CLI} -s "$SOCKET" "$@"\n')
        (inside / "redis-cli").chmod(0o755)
        self.environment = {
            "INSIDE": str(inside),
            "PATH": f"{self.tools}:{os.environ['PATH']}",
            "ROOT_OF_IT": str(machine.root),
            "PID": str(folder / "redis.pid"),
            "CONF": str(machine.conf),
            "SOCKET": str(machine.socket),
            "LOG": str(folder / "by hand.log"),
        }

    def take(self, holds: dict[str, Any]) -> str:
        """The set's folder, as a backup would have it; its guide."""
        one = self.folder / "set/register"
        shutil.copytree(self.machine.root, one / "files")
        sums = "find files -type f -print0 | xargs -0 sha256sum > SHA256SUMS"
        subprocess.run(sums, shell=True, cwd=one, check=True)
        root = str(self.machine.root)
        return restore_guide(
            manifest_of(part("register", "register", root=root, stores={"redis": holds}))
        )

    def shell(self, *lines: str, **more: str) -> str:
        done = subprocess.run(
            ["sh", "-e", "-c", "\n".join(lines)],
            cwd=self.folder / "set",
            env={**self.environment, **more},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done
        return done.stdout

    def end(self) -> None:
        if Path(self.environment["PID"]).exists():
            subprocess.run(["docker", "stop"], env=self.environment, check=False)


@pytest.fixture
def by_hand(tmp_path: Path) -> Iterator[Callable[[RedisMachine], ByHand]]:
    made: list[ByHand] = []

    def one(machine: RedisMachine) -> ByHand:
        made.append(ByHand(tmp_path, machine))
        return made[-1]

    yield one
    for each in made:
        each.end()


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
