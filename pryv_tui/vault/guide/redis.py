"""What RESTORE.md says of the Redis that runs, before anything is stopped."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from pryv_tui import own_folder

SAVE_FIRST = (
    "   What Redis holds may lie in its memory alone (its folder was replaced under it, its files",
    f"   switched off): it is kept in `{own_folder.NAME}` in the root first, where it runs."
    " Where that",
    "   fails, don't go on: to stop it would lose that. If it asks for a password, export",
    "   REDISCLI_AUTH.",
)


def save_first(name: str, options: Sequence[str]) -> list[str]:
    """Commands that keep a running Redis' snapshot in the root.

    A server before 7 writes it into its folder before it sends it; where that is gone, into /tmp.

    Args:
        name: its container's, as the set knows it; left-overs of compose 1 lead it with a hash.
        options: of redis-cli, where it is reached.
    """
    # As a grep takes it: `re.escape` escapes what needs no escape in either.
    known = rf"^([0-9a-f]+_)*{re.escape(name)}$"
    ask = "docker exec -e REDISCLI_AUTH " + '"$name" ' + shlex.join(["redis-cli", *options])
    return [
        f"for name in $(docker ps --format '{{{{.Names}}}}' | grep -E {shlex.quote(known)}); do",
        '  mkdir -p "$ROOT" && mkdir -p -m 700 "$ROOT/' + own_folder.NAME + '"',
        '  kept="$ROOT/' + own_folder.NAME + '/redis-by-hand-$(date -u +%Y%m%dT%H%M%SZ).rdb"',
        f'  (umask 077; {ask} --rdb - > "$kept" ||',
        f'    {{ {ask} CONFIG SET dir /tmp && {ask} --rdb - > "$kept"; }})',
        '  [ -s "$kept" ] && ls -l "$kept"',
        "done",
    ]
