"""`bash -c`, `getent hosts` and `curl`: only the parts that test whether a container reaches
anything, and that send a request to a service in a drill's sandbox.

They open no connection: the result comes from the container's record.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from pryv_tui.practice.state import ContainerRecord
from pryv_tui.practice.stores.redis import RedisStore
from pryv_tui.practice.stores.resp import Broken
from pryv_tui.practice.tools.context import Context

NAME_SERVER = "192.0.2.53"
"""An address reserved for documentation (RFC 5737), which nobody uses."""
_NO_NAME, _NO_ANSWER = 6, 7
"""Exit codes of curl (curl(1), EXIT CODES)."""
_PLACE = re.compile(r"/dev/tcp/(?P<host>[^/\s]+)/(?P<port>\d+)")


def run(context: Context) -> int:
    if "://" in context.arguments[-1]:
        return _ask(context)
    return _look_up(context) if context.arguments[:1] == ["hosts"] else _shell(context)


def _look_up(context: Context) -> int:
    code, line = _found(context, context.arguments[1])
    context.out(line + "\n" if line else "")
    return code


def _shell(context: Context) -> int:
    script = " ".join(context.arguments[1:])
    if context.arguments[:1] != ["-c"]:
        context.err("bash: a practice container runs no more of it than -c\n")
        return 2
    if script == "cat /etc/resolv.conf":
        context.out(f"nameserver {NAME_SERVER}\n")
        return 0
    if script == "cat /proc/net/if_inet6":
        return 0
    if context.arguments[2:3] == ["each"]:
        for goal in context.arguments[3:]:
            code, text = _reach(context, goal)
            context.out(f"{goal} {code} {text}\n")
        return 0
    if context.arguments[2:3] == ["names"]:
        for name in context.arguments[3:]:
            code, text = _found(context, name)
            context.out(f"{name} {code} {text}\n")
        return 0
    place = _PLACE.search(script)
    if place is None:
        context.err("bash: a practice container can't run that\n")
        return 127
    code, text = _reach(context, f"{place['host']}:{place['port']}")
    if code:
        context.err(f"bash: connect: {text}\nbash: line 1: {place[0]}: {text}\n")
    return code


def _found(context: Context, name: str) -> tuple[int, str]:
    """Return the exit code and the output of `getent hosts`."""
    address = context.container.hosts.get(name)
    if address is None:
        if not context.container.network:
            return 2, ""
        address = "192.0.2.80"
    return 0, f"{address}      {name}"


def _reach(context: Context, goal: str) -> tuple[int, str]:
    """Return the result of an attempt to connect, as exit code and text. The network of a drill
    forwards nothing."""
    if context.container.network:
        return 0, ""
    return 1, "No route to host" if context.container.joined else "Network is unreachable"


def _ask(context: Context) -> int:
    """Run `curl`: the containers' records decide who answers."""
    asked = urlsplit(context.arguments[-1])
    name = asked.hostname or ""
    address = context.container.hosts.get(name)
    if address is None:
        context.err(f"curl: ({_NO_NAME}) Could not resolve host: {name}\n")
        context.out("\nstatus 000\n")
        return _NO_NAME
    there = _at(context, address)
    if there is None:
        context.err(f"curl: ({_NO_ANSWER}) Failed to connect to {name}: Connection refused\n")
        context.out("\nstatus 000\n")
        return _NO_ANSWER
    if there.service == "nginx":
        behind = there.hosts.get("register" if name.startswith("reg.") else "core", "")
        status, body = _answer(context, _at(context, behind), asked.path)
    else:
        status, body = _answer(context, there, asked.path)
    context.out(f"{json.dumps(body)}\nstatus {status}\n")
    return 0


def _at(context: Context, address: str) -> ContainerRecord | None:
    """Return the running container at an address of the drill's networks; None if there is none."""
    every = context.machine.engine.read().containers.values()
    return next(
        (
            one
            for one in every
            if address in one.joined.values() and one.state == "running" and not one.idle
        ),
        None,
    )


def _answer(
    context: Context, there: ContainerRecord | None, path: str
) -> tuple[int, dict[str, object]]:
    if there is None:
        return 502, {"error": "nobody is there"}
    known = {"core": "/status", "hfs": "/system/status", "register": "/service/info"}
    if path == known.get(there.service):
        return 200, {"service": there.service}
    if there.service == "register" and path.endswith("/check_username"):
        return 200, {"reserved": path.split("/")[1] in _names(context, there)}
    return 404, {"error": "unknown"}


def _names(context: Context, register: ContainerRecord) -> set[str]:
    """Return the accounts in the Redis of a drill's register."""
    for one in context.machine.engine.read().containers.values():
        if one.service == "redis" and one.sandbox == register.sandbox:
            for mount in one.mounts:
                if mount.destination == "/app/data":
                    with suppress(Broken):
                        keys = RedisStore(Path(mount.source)).load()
                        names = (key.decode("utf-8", "replace") for key in keys)
                        return {n.removesuffix(":users") for n in names if n.endswith(":users")}
    return set()
