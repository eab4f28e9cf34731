"""Redis: its files travel as they are, made consistent first.

Facts (5.0 and 7.0): with `appendonly yes` the append-only file wins at start; a restored
`redis_dump.rdb` alone gives an empty register. So the append-only file is rewritten before the copy
and is what is checked.
"""

from __future__ import annotations

import time
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import Stream
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.stores.base import Holds, failure_line, wait_until
from pryv_tui.platform.layout import Layout
from pryv_tui.platform.services import users_words
from pryv_tui.vault.formats.errors import FormatError
from pryv_tui.vault.formats.redis_files import read_redis

REWRITE_PATIENCE = 600.0
"""Seconds; a register is small, so this is a fault, not a big database."""


class Redis:
    name = "redis"
    title = "Redis"
    dump_programs: tuple[str, ...] = ()

    def dump_command(self, layout: Layout) -> list[list[str]]:
        return [["redis-cli", "BGREWRITEAOF"], ["redis-cli", "INFO", "persistence"]]

    def restore_command(self, layout: Layout) -> list[list[str]]:
        return []

    def compare_command(self) -> list[list[str]]:
        return [["redis-cli", "--scan", "--pattern", "*:users"]]

    def dump(self, ctx: RunContext, host: str) -> Holds:
        info = self._info(ctx, host)
        if info.get("aof_enabled") == "0":
            ctx.warn("Redis runs without its append-only file; its RDB file is saved instead")
            answer = self._ask(ctx, host, ["SAVE"])
            if answer != ["OK"]:
                raise PryvTuiError("step-failed", f"redis-cli SAVE: {failure_line(answer, '')}")
        else:
            answer = self._ask(ctx, host, ["BGREWRITEAOF"])
            if not any("started" in line or "scheduled" in line for line in answer):
                raise PryvTuiError(
                    "step-failed",
                    f"redis-cli BGREWRITEAOF: {failure_line(answer, 'no answer')}",
                )
            self._wait_for_rewrite(ctx, host)
        users = len(self._user_keys(ctx, host))
        ctx.checked(f"Redis: append-only file rewritten; in the live server {users_words(users)}")
        return {"users": users}

    def _wait_for_rewrite(self, ctx: RunContext, host: str) -> None:
        deadline = time.monotonic() + REWRITE_PATIENCE
        while True:
            ctx.check_cancelled()
            info = self._info(ctx, host)
            busy = [
                key
                for key in ("aof_rewrite_in_progress", "aof_rewrite_scheduled")
                if info.get(key) == "1"
            ]
            if not busy:
                break
            if time.monotonic() > deadline:
                raise PryvTuiError("step-failed", "Redis does not finish rewriting its file")
            time.sleep(0.1)
        status = info.get("aof_last_bgrewrite_status")
        if status != "ok":
            raise PryvTuiError(
                "check-failed",
                f"Redis rewrote its append-only file with status {status!r}",
                "Look at the Redis log and its disk's free space.",
            )

    def check(self, files: Path, layout: Layout, holds: Holds) -> Holds:
        folder = files / layout.stores[self.name].data
        try:
            content = read_redis(folder)
        except FormatError as error:
            raise PryvTuiError("check-failed", f"the Redis files can't be read: {error}") from error
        if content is None:
            raise PryvTuiError("check-failed", "the set holds no file of Redis: an empty register")
        users = len(content.users)
        if users == 0 and holds["users"]:
            raise PryvTuiError(
                "check-failed",
                f"the live Redis had {holds['users']} users, its files in the set have none",
            )
        return {"users": users, "torn": content.torn}

    def restore(self, ctx: RunContext, host: str, layout: Layout, holds: Holds) -> None:
        """Nothing: the files are its data, and came back with the folders."""

    def compare(self, ctx: RunContext, host: str, holds: Holds, data: Path | None = None) -> None:
        found = len(self._user_keys(ctx, host))
        if found != holds["users"]:
            raise PryvTuiError(
                "check-failed",
                f"Redis holds {found} users after the restore, the set holds {holds['users']}",
                "Redis must load the append-only file of the set: look at its log.",
            )
        ctx.checked(f"Redis: expected {holds['users']}, the server holds {users_words(found)}")

    def wait(self, ctx: RunContext, host: str) -> None:
        def answers() -> str | None:
            try:
                words = self._ask(ctx, host, ["PING"], quiet=True)
            except PryvTuiError as error:
                if error.name not in ("container-stopped", "step-failed"):
                    raise
                return error.what
            return None if words == ["PONG"] else failure_line(words, "no answer")

        wait_until(ctx, answers, "Redis")

    def _ask(
        self, ctx: RunContext, host: str, words: list[str], *, quiet: bool = False
    ) -> list[str]:
        lines: list[str] = []

        def listen(stream: Stream, line: str) -> None:
            if line.strip():
                lines.append(line.strip())

        code = ctx.exec(host, "pryvio_redis", ["redis-cli", *words], on_line=listen, quiet=quiet)
        if code != 0:
            raise PryvTuiError(
                "step-failed",
                f"redis-cli {' '.join(words)} failed (exit {code}): {failure_line(lines, '')}",
            )
        return lines

    def _info(self, ctx: RunContext, host: str) -> dict[str, str]:
        lines = self._ask(ctx, host, ["INFO", "persistence"], quiet=True)
        return dict(line.partition(":")[::2] for line in lines if ":" in line)

    def _user_keys(self, ctx: RunContext, host: str) -> set[str]:
        # A scan may name a key twice; as a set, each counts once.
        return set(self._ask(ctx, host, ["--scan", "--pattern", "*:users"], quiet=True))
