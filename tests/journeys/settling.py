"""An operator who types what `audit --live` prints.

`curl` and `docker` are stand-ins: on a practice platform nothing answers them, so what register and
InfluxDB would do is done here, by the words of the command. Everything else is run in a shell.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.practice.stores.redis import RedisStore
from tests.practice import kit


def typed(platform: PracticePlatform, line: str, aside: Path) -> None:
    """Run one line of the to-do list."""
    words = shlex.split(line)
    if words[:3] == ["curl", "-X", "DELETE"]:
        _register(platform, words[-1])
    elif words[:3] == ["docker", "exec", "pryvio_influxdb"]:
        host = next(host for host in platform.hosts if _has(host.engine, "pryvio_influxdb"))
        done = kit.run(host, words[2], words[3:])
        assert done.code == 0, (line, done)
    else:
        environment = {**os.environ, "ASIDE": str(aside)}
        subprocess.run(["sh", "-ec", line], check=True, env=environment, capture_output=True)


def _has(engine: object, name: str) -> bool:
    return any(c.name == name for c in engine.containers())  # type: ignore[attr-defined]


def _register(platform: PracticePlatform, url: str) -> None:
    """`DELETE /users/<name>?onlyReg=true` as register does it: keys of that name go."""
    asked = urlsplit(url)
    query = parse_qs(asked.query)
    name = unquote(asked.path.removeprefix("/users/"))
    assert query["onlyReg"] == ["true"], "anything else would not be register's alone"
    store = RedisStore(platform._life().places.register / "pryv/redis/data")
    user = store.load()[f"{name}:users".encode()]
    assert isinstance(user, dict)
    if query.get("dryRun") != ["true"]:
        email = user[b"email"].decode()
        store.append([("DEL", f"{name}:users", f"{name}:server", f"{email}:email")])
