"""Redis: the server first makes its files consistent, then they are copied.

Facts (5.0 and 7.0, run): with `appendonly yes` the server loads its append-only file at start, and
ignores a snapshot; if a restore brings back the snapshot alone, register is empty. The file that a
server writes now and the one that it loads at its next start can differ: `CONFIG SET appendonly no`
leaves an outdated append-only file behind, and the next start loads it if redis.conf says
`appendonly yes`. So the server is asked which file has its current data; that file is saved,
checked, and compared with the live number of users. If the next start would load another file, a
restore puts the saved one in its place.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.redis_conf import Form
from pryv_tui.hosts.deployment import HostState
from pryv_tui.hosts.engine import Stream
from pryv_tui.operations.commands import container_command
from pryv_tui.operations.containers.waiting import patience
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.stores.base import Holds, wait_until
from pryv_tui.operations.stores.near import asks_redis, redis
from pryv_tui.operations.stores.redis_places import CONTAINER, folder_in_root
from pryv_tui.operations.stores.redis_server import RedisServer, Said, connect, own_among
from pryv_tui.operations.stores.redis_words import (
    PASSWORD,
    PasswordWanted,
    RedisRefusal,
    saves_already,
)
from pryv_tui.phrases import counted
from pryv_tui.platform.layout import Layout
from pryv_tui.platform.services import OWN_ACCOUNT, users_words
from pryv_tui.vault.redis_saved import kept, read_saved

_SAVED_AS_IT_IS = (
    "if redis-cli INFO persistence | grep -q '^aof_enabled:1';"
    " then redis-cli BGREWRITEAOF; else redis-cli SAVE; fi"
)
"""A shell script that makes Redis write its data to its file: the append-only file if the server
has one, else the snapshot. A rewrite continues after the script; INFO tells when it is complete."""


class NotAsked(PryvTuiError):
    """The server can't be told to save: SAVE and BGSAVE are both switched off."""


class Redis:
    name = "redis"
    title = "Redis"
    dump_programs: tuple[str, ...] = ()
    handed = (PASSWORD,)

    def dump_command(self, layout: Layout) -> list[list[str]]:
        return [["sh", "-c", _SAVED_AS_IT_IS], ["redis-cli", "INFO", "persistence"]]

    def restore_command(self, layout: Layout, workers: int = 0) -> list[list[str]]:
        return []

    def compare_command(self) -> list[list[str]]:
        return [["redis-cli", "--scan", "--pattern", "*:users"]]

    def dump(self, ctx: RunContext, host: str) -> Holds:
        server = self.server(ctx, host)
        if server.loading:
            self.wait(ctx, host)
            # A server that has loaded its files answers more questions.
            server = self.server(ctx, host)
        state = ctx.state_of(host)
        container = state.container("redis")
        now = server.form()
        then = server.next_form(now)
        appends = now.kind == "aof" and then.truth == now.truth
        saved = now if appends else msgspec.structs.replace(now, kind="rdb")
        holds: Holds = {"users": 0}
        if saved.folder:
            holds["form"] = {
                **kept(saved, folder_in_root(container, state.root_path, saved)),
                "password": bool(server.password),
                **({"options": server.options} if server.options else {}),
            }
            if then.truth != saved.truth:
                folder = folder_in_root(container, state.root_path, then)
                holds["form"]["place"] = kept(then, folder)
        if appends:
            how = f"append-only file {saved.name} {self._rewrite(ctx, server)}"
        else:
            how = f"snapshot {saved.snapshot} saved"
            self.save(ctx, server)
            self._warn_of_form(ctx, host, server.container, now, then)
        users = server.users()
        holds["users"] = len(users)
        words = users_words(len(users), own_among(users))
        ctx.checked(f"Redis: {how}; in the live server {words}")
        return holds

    @staticmethod
    def _warn_of_form(ctx: RunContext, host: str, container: str, now: Form, then: Form) -> None:
        if now.truth == then.truth:
            ctx.warn(
                "Redis runs without its append-only file; its RDB file is saved instead, and"
                " what was written after its last snapshot is lost when it is killed. Write"
                " `appendonly yes` into redis.conf in the root, then restart Redis from what it"
                f" holds in memory: {container_command('restart', container, host)}"
            )
            return
        ctx.warn(
            f"Redis on {host} {differs(now, then)}; its data is saved in its snapshot, and a"
            " restore of this set starts Redis from that. Restart Redis from what it holds in"
            f" memory, which is saved first: {container_command('restart', container, host)}"
        )

    def _rewrite(self, ctx: RunContext, server: RedisServer) -> str:
        """Rewrite the append-only file, unless that command is switched off; return what was done,
        in words.

        Without a rewrite the file is complete too: the server writes each command to the file
        before it answers the command.
        """
        said = server.asked_to("BGREWRITEAOF")
        if said is None:
            return "copied as it is, since BGREWRITEAOF is switched off"
        answer = [line for line in said if line.strip()]
        if not any("started" in line or "scheduled" in line for line in answer):
            raise PryvTuiError("step-failed", f"redis-cli BGREWRITEAOF: {answer or 'no answer'}")
        self._wait_for_rewrite(ctx, server)
        return "rewritten"

    def _wait_for_rewrite(self, ctx: RunContext, server: RedisServer) -> None:
        flags = ("aof_rewrite_in_progress", "aof_rewrite_scheduled")
        info = self._when_written(
            ctx, server, flags, "rewrite its append-only file", "rewriting its file"
        )
        status = info.get("aof_last_bgrewrite_status")
        if status != "ok":
            raise PryvTuiError(
                "check-failed",
                f"Redis rewrote its append-only file with status {status!r}",
                could_not_write(ctx.deployment.host(self._host(ctx)), CONTAINER),
            )

    @staticmethod
    def _host(ctx: RunContext) -> str:
        found = [state.name for state in ctx.deployment.hosts if state.container("redis")]
        return found[0] if found else ""

    def save(self, ctx: RunContext, server: RedisServer) -> None:
        """Save a snapshot with `SAVE`, or with `BGSAVE` if `SAVE` is switched off.

        `SAVE` blocks the server until it is done, and its answer tells the result.
        """
        seconds = patience(ctx.site.patience.redis_writes)
        watch = ctx.silence("Redis to end the snapshot that it is already writing", seconds)
        while True:
            ctx.check_cancelled()
            try:
                said = server.asked_to("SAVE")
            except RedisRefusal as error:
                if not saves_already(error) or watch.is_set():
                    raise
                time.sleep(0.2)
                continue
            break
        if said is None:
            self._save_beside(ctx, server)
            return
        answer = [line.strip() for line in said if line.strip()]
        if answer != ["OK"]:
            raise PryvTuiError("step-failed", f"redis-cli SAVE: {answer or 'no answer'}")

    def _save_beside(self, ctx: RunContext, server: RedisServer) -> None:
        # A save that is already running may lack the newest data: wait, then start another.
        self._wait_for_save(ctx, server)
        if server.asked_to("BGSAVE") is None:
            raise NotAsked(
                "step-failed",
                "Redis saves nothing on request: SAVE and BGSAVE are switched off",
                "Give one of them a name in redis.conf in the root (rename-command SAVE"
                " another), then restart Redis, whose data is saved first:"
                f" {container_command('restart', server.container, self._host(ctx))}",
            )
        info = self._wait_for_save(ctx, server)
        status = info.get("rdb_last_bgsave_status")
        if status != "ok":
            raise PryvTuiError(
                "check-failed",
                f"Redis could not save its snapshot: it reports the status {status!r}",
                could_not_write(ctx.deployment.host(self._host(ctx)), CONTAINER),
            )

    def _wait_for_save(self, ctx: RunContext, server: RedisServer) -> dict[str, str]:
        flags = ("rdb_bgsave_in_progress",)
        return self._when_written(ctx, server, flags, "write its snapshot", "its snapshot")

    def _when_written(
        self, ctx: RunContext, server: RedisServer, flags: Sequence[str], to: str, what: str
    ) -> dict[str, str]:
        """Wait until none of `flags` is set in `INFO persistence`; return that last answer.

        Args:
            flags: names of fields of `INFO`, set while the server writes.
            to: what the server is awaited to do, in words.
            what: the work, in words, for the error.

        Raises:
            PryvTuiError: `step-failed`, a flag is still set after `patience.redis_writes`.
        """
        seconds = patience(ctx.site.patience.redis_writes)
        watch = ctx.silence(f"Redis to {to}", seconds)
        while True:
            info = server.info("persistence")
            if not any(info.get(flag) == "1" for flag in flags):
                return info
            ctx.check_cancelled()
            if watch.is_set():
                raise PryvTuiError(
                    "step-failed",
                    f"Redis did not finish {what} within {seconds:.0f} s",
                    "Its log says how far it got:"
                    f" {container_command('logs', CONTAINER, self._host(ctx))}; when it has"
                    " ended: pryv-tui backup",
                )
            time.sleep(0.1)

    def check(self, files: Path, layout: Layout, holds: Holds) -> Holds:
        form = holds.get("form")
        try:
            content = read_saved(files, layout.stores[self.name].data, holds)
        except FormatError as error:
            raise PryvTuiError("check-failed", f"the Redis files can't be read: {error}") from error
        if content is None:
            named = f": {form['folder']}/{form['name']} is not in it" if form else ""
            raise PryvTuiError(
                "check-failed",
                "the set holds no file of Redis, so register would be empty after a"
                f" restore{named}",
            )
        users = len(content.users)
        if users == 0 and holds["users"]:
            raise PryvTuiError(
                "check-failed",
                f"the live Redis had {counted(holds['users'], 'user')}, its files in the set have"
                " none",
            )
        found: Holds = {"users": users, "torn": content.torn}
        if OWN_ACCOUNT in content.users:
            found["own"] = 1
        if form:
            found["form"] = form
        return found

    def restore(
        self, ctx: RunContext, host: str, layout: Layout, holds: Holds, workers: int = 0
    ) -> None:
        """Do nothing: Redis's files were already copied back with the folders."""

    def compare(self, ctx: RunContext, host: str, holds: Holds, data: Path | None = None) -> None:
        users = self.server(ctx, host).users()
        if len(users) != holds["users"]:
            raise PryvTuiError(
                "check-failed",
                f"Redis holds {counted(len(users), 'user')} after the restore, the set holds"
                f" {holds['users']}",
                "It should have loaded the file from the set; its log says which file it loaded:"
                f" {container_command('logs', CONTAINER, host)}",
            )
        words = users_words(len(users), own_among(users))
        ctx.checked(f"Redis: expected {holds['users']}, the server holds {words}")

    def live_users(self, ctx: RunContext, host: str) -> int:
        """The number of users in the live server now."""
        return len(self.server(ctx, host).users())

    def wait(self, ctx: RunContext, host: str) -> None:
        def answers() -> str | None:
            try:
                loading = self.server(ctx, host).loading
            except PasswordWanted:
                raise
            except PryvTuiError as error:
                if error.name not in ("container-stopped", "step-failed"):
                    raise
                return error.what
            return "it is still loading its files" if loading else None

        def near() -> bool:
            found = ctx.glance_at(host).find(CONTAINER, "redis")
            name = found.name if found is not None else CONTAINER
            told = redis(ctx.site.host(host).engine, name, ["redis-cli", "INFO"], "")
            return "loading:0" in told

        wait_until(ctx, answers, "Redis", CONTAINER, host, near=near)

    def server(self, ctx: RunContext, host: str) -> RedisServer:
        """Connect to the live server. The commands sent to it are not written to the journal."""
        found = ctx.glance_at(host).find(CONTAINER, "redis")
        name = found.name if found is not None else CONTAINER

        engine = ctx.site.host(host).engine

        def ask(argv: Sequence[str], environment: Mapping[str, str]) -> Said:
            if (near := asks_redis(engine, name, argv, environment)) is not None:
                return Said(0, near, "")
            lines: list[str] = []
            complaints: list[str] = []

            def listen(stream: Stream, line: str) -> None:
                (lines if stream == "stdout" else complaints).append(line)

            code = ctx.exec(host, name, argv, on_line=listen, quiet=True, environment=environment)
            told = [line.strip() for line in complaints if line.strip()]
            return Said(code, lines, told[-1] if told else "")

        return connect(ask, found, lambda: engine.processes(name))


def differs(now: Form, then: Form) -> str:
    """Say how the file that a server writes now differs from the one that its next start loads."""
    if now.kind == "rdb" and then.kind == "aof":
        return (
            "runs with its append-only file switched off, but its configuration switches it on:"
            f" its next start would load {then.name} in the state from when it was switched off"
        )
    if now.kind == "aof" and then.kind == "rdb":
        return (
            "runs with its append-only file switched on, but its configuration switches it off:"
            f" at its next start it would load {then.name}, as it was last saved"
        )
    return (
        f"writes {now.folder}/{now.name}, but according to its configuration would load"
        f" {then.folder}/{then.name} at its next start"
    )


def could_not_write(state: HostState | None, container: str) -> str:
    """The remedy for a Redis that could not write its file."""
    name, root = (state.name, state.root) if state is not None else ("", None)
    disk = shlex.join(["df", "-h", root]) if root else "df -h"
    return (
        f"Its log says why: {container_command('logs', container, name)}; if its disk is full"
        f" ({disk}), free space there. Then make it write again: pryv-tui backup"
    )
