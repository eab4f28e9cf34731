"""`bash -c` and `getent hosts`: as much of them as tries whether a container reaches anything.

It opens no connection: whether one would be made is what the container's record says.
"""

from __future__ import annotations

import re

from pryv_tui.practice.tools.context import Context

NAME_SERVER = "192.0.2.53"
"""An address of documentation (RFC 5737): nobody's."""
_PLACE = re.compile(r"/dev/tcp/(?P<host>[^/\s]+)/(?P<port>\d+)")


def run(context: Context) -> int:
    return _look_up(context) if context.arguments[:1] == ["hosts"] else _shell(context)


def _look_up(context: Context) -> int:
    if not context.container.network:
        return 2
    context.out(f"192.0.2.80      {context.arguments[1]}\n")
    return 0


def _shell(context: Context) -> int:
    script = " ".join(context.arguments[1:])
    if context.arguments[:1] != ["-c"]:
        context.err("bash: a practice container runs no more of it than -c\n")
        return 2
    if script == "cat /etc/resolv.conf":
        context.out(f"nameserver {NAME_SERVER}\n")
        return 0
    place = _PLACE.search(script)
    if place is None:
        context.err("bash: a practice container can't run that\n")
        return 127
    if context.container.network:
        return 0
    context.err(f"bash: connect: Network is unreachable\nbash: line 1: {place[0]}: Network is"
                " unreachable\n")  # fmt: skip
    return 1
