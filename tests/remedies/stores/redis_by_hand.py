"""A real Redis that a person works on by commands that are printed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.vault.guide.page import restore_guide
from tests.operations.kit import manifest_of, part
from tests.operations.redis_kit import RedisMachine
from tests.operations.stores.redis_forms import make

__all__ = ["make"]


Make = Callable[..., RedisMachine]


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
