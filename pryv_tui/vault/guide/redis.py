"""The lines of RESTORE.md about a running Redis, to be followed before anything is stopped."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from pryv_tui import own_folder
from pryv_tui.clock import STAMP

SAVE_FIRST = (
    "   Save a snapshot of Redis first, if it is running: it may have data only in its memory,",
    "   since its folder was replaced while it ran, or its files are switched off. The snapshot",
    f"   goes into `{own_folder.NAME}` in the root. If this fails, don't continue: stopping Redis",
    "   would lose that data. If Redis asks for a password, export REDISCLI_AUTH.",
)


def save_first(name: str, options: Sequence[str]) -> list[str]:
    """Return commands that save a snapshot of a running Redis in the root.

    A Redis before version 7 writes the snapshot to its own folder before it sends it. If that
    folder is gone, the commands set /tmp instead.

    Args:
        name: the container's name in the set; compose 1 may put a hash before it.
        options: options that redis-cli needs to reach the server.
    """
    # In grep's syntax: `re.escape` escapes nothing that is special in only one of the two.
    known = rf"^([0-9a-f]+_)*{re.escape(name)}$"
    ask = "docker exec -e REDISCLI_AUTH " + '"$name" ' + shlex.join(["redis-cli", *options])
    return [
        f"for name in $(docker ps --format '{{{{.Names}}}}' | grep -E {shlex.quote(known)}); do",
        '  mkdir -p "$ROOT" && mkdir -p -m 700 "$ROOT/' + own_folder.NAME + '"',
        '  kept="$ROOT/' + own_folder.NAME + "/redis-by-hand-$(date -u +" + STAMP + ').rdb"',
        f'  (umask 077; {ask} --rdb - > "$kept" ||',
        f'    {{ {ask} CONFIG SET dir /tmp && {ask} --rdb - > "$kept"; }})',
        '  [ -s "$kept" ] && ls -l "$kept"',
        "done",
    ]
