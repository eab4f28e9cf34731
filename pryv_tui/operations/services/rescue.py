"""Save data that is only in the memory of Redis, before Redis is stopped.

Redis has all data in memory. The files that it writes may not be those that it loads at its next
start: if its data folder was replaced while it ran, or its append-only file was switched off. A
stop would then lose every account. So Redis is asked to send a snapshot through its protocol, which
needs no folder (`redis-cli --rdb -`), and the snapshot is put where its next start loads it.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

import msgspec

from pryv_tui import own_folder
from pryv_tui.decoding import convert
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.durable import open_own
from pryv_tui.formats.errors import FormatError, StandsBehind
from pryv_tui.formats.redis_conf import Form
from pryv_tui.formats.redis_files import read_rdb
from pryv_tui.hosts.engine import Container, Stream
from pryv_tui.operations.commands import container_command
from pryv_tui.operations.containers.waiting import SILENT_SECONDS, patience, run_watched
from pryv_tui.operations.context import LineSplitter, RunContext
from pryv_tui.operations.facts import Rescued
from pryv_tui.operations.stores.base import Tail, failure_line
from pryv_tui.operations.stores.redis import NotAsked, Redis, differs
from pryv_tui.operations.stores.redis_places import CONTAINER, folder_in_root, outside, put_snapshot
from pryv_tui.operations.stores.redis_server import RedisServer, own_among
from pryv_tui.ownership import make_private
from pryv_tui.phrases import counted
from pryv_tui.platform.services import users_words
from pryv_tui.vault.redis_saved import KeptForm, kept
from pryv_tui.vault.redis_saved import by_hand as by_hand_of


def before_stop(ctx: RunContext, host: str, container: str) -> Rescued | None:
    """Save the data that is only in the memory of Redis, and return where it is saved.

    None: the files that the next start loads have all data. None also for a container other than
    Redis, and (with a warning) if Redis can't be asked.

    Raises:
        PryvTuiError: the data could not be saved, so the container must not be stopped.
    """
    found = ctx.glance_at(host).find(CONTAINER, "redis")
    if found is None or found.name != container or not found.running:
        return None
    redis = Redis()
    try:
        server = redis.server(ctx, host)
        if server.loading:
            return None  # the data that it is loading is in its files
        now = server.form()
        then = server.next_form(now)
    except PryvTuiError as error:
        if error.name not in ("step-failed", "container-stopped", "program-missing"):
            raise
        ctx.warn(
            f"Redis on {host} could not be asked whether its files hold everything that it has in"
            f" memory: {error.what}"
        )
        return None
    former = sees_former(ctx, host, found, now)
    if not former and now.truth == then.truth:
        if now.kind == "aof":
            return None
        try:
            redis.save(ctx, server)
        except NotAsked:
            why = "can't be asked to save"
        else:
            return None
    else:
        why = "does not use its data folder but a former one" if former else differs(now, then)
    ctx.report.note(f"Redis on {host} {why.rstrip('.')}: its data is saved before it stops")
    return _rescue(ctx, host, server, found, then)


def sees_former(ctx: RunContext, host: str, container: Container, form: Form) -> bool:
    """Whether a server writes to a former folder, which has been moved or replaced on the host."""
    engine = ctx.site.host(host).engine
    for mount in container.mounts:
        target = mount.destination.rstrip("/")
        inside = form.folder == target or form.folder.startswith(target + "/")
        if inside and engine.shows(container.name, mount) is False:
            return True
    return False


def _rescue(
    ctx: RunContext, host: str, server: RedisServer, container: Container, then: Form
) -> Rescued:
    state = ctx.state_of(host)
    root = state.root_path
    folder = own_folder.rescued(root, ctx.run_id)
    path = folder / "redis.rdb"
    try:
        make_private(folder)
        before = server.users()
        _saved(ctx, host, server, path)
        users = len(read_rdb(path).users)
    except FormatError as error:
        raise PryvTuiError(
            "check-failed",
            f"the data of Redis on {host} could not be saved: {error}; it is still running",
            by_hand(server),
        ) from error
    except OSError as error:
        raise PryvTuiError(
            "step-failed",
            f"the data of Redis on {host} could not be saved: {error.filename or folder}:"
            f" {error.strerror or error}; it is still running",
            "Free space there, or correct what the message names, then try again.",
        ) from error
    if users < len(before) and users < len(server.users()):
        raise PryvTuiError(
            "check-failed",
            f"Redis on {host} holds {counted(len(before), 'user')}, but the saved copy"
            f" has {users}; Redis is still running",
            by_hand(server),
        )
    words = users_words(users, own_among(before))
    ctx.checked(f"Redis on {host}: its data is saved to {path}: {words}")
    place: KeptForm | None = None
    where = outside(container, then.folder)
    if where is not None and where.is_dir():
        place = convert(kept(then, folder_in_root(container, root, then)), KeptForm)
    return Rescued(
        host=host,
        file=str(path),
        users=users,
        place=msgspec.to_builtins(place) if place is not None else {},
    )


DISKLESS_SINCE = 6
"""The first major release of which redis-cli accepts a snapshot that is sent while it is made."""
ROOM = ("/tmp", "/var/tmp", "/dev/shm")
"""Folders in a container to which a server may write, whatever its user is."""


def _ways(release: int, run: str) -> list[dict[str, str]]:
    """Return settings with which a server can send a snapshot if it can't write to its own folder.

    A server writes a snapshot into its folder before it sends it, unless it is set to send the
    snapshot while it is made (diskless, see
    https://redis.io/docs/latest/operate/oss_and_stack/management/replication/). If the folder was
    removed while the server ran, no file can be written there.
    """
    elsewhere = [{"dbfilename": f"pryv-tui-{run}.rdb", "dir": folder} for folder in ROOM]
    if release < DISKLESS_SINCE:
        return elsewhere
    return [{"repl-diskless-sync": "yes", "repl-diskless-sync-delay": "0"}, *elsewhere]


def _saved(ctx: RunContext, host: str, server: RedisServer, path: Path) -> None:
    """Let a server send its snapshot, and write it to a file; try all settings that may work.

    Raises:
        OSError: the file can't be written.
        PryvTuiError: the server does not send the whole snapshot with any of these settings.
    """
    try:
        _stream(ctx, host, server, path)
    except PryvTuiError as error:
        if error.name != "step-failed":
            raise
        for settings in _ways(server.release(), ctx.run_id):
            with server.lent(settings) as taken:
                if not taken:
                    continue
                named = ", ".join(f"{name} {value}" for name, value in settings.items())
                ctx.report.note(
                    f"Redis on {host} sends its snapshot with {named}, set for this transfer"
                )
                sent = False
                try:
                    _stream(ctx, host, server, path)
                    sent = True
                except PryvTuiError as again:
                    if again.name != "step-failed":
                        raise
                    continue
                finally:
                    if "dir" in settings:
                        _remove(ctx, host, server, settings, str(path) if sent else "")
                return
        raise


def _remove(
    ctx: RunContext, host: str, server: RedisServer, settings: Mapping[str, str], saved: str
) -> None:
    """Remove the snapshot file that a server wrote before sending the snapshot.

    Args:
        saved: the file on this machine with the snapshot; empty if it could not be sent.
    """
    left = f"{settings['dir']}/{settings['dbfilename']}"
    engine = ctx.site.host(host).engine
    try:
        code = engine.exec(server.container, ["rm", "-f", left], on_output=lambda *_: None)
    except PryvTuiError:
        code = 1
    if code != 0:
        may_go = f"; {saved} holds the same, so it may go" if saved else ""
        ctx.report.note(f"{left} could not be removed from {server.container} on {host}{may_go}")


def _stream(ctx: RunContext, host: str, server: RedisServer, path: Path) -> None:
    """Let a server send its snapshot, and write it to a file.

    Raises:
        OSError: the file can't be written.
        PryvTuiError: the server does not send the snapshot, or only a part of it.
    """
    tail, failure = Tail(), list[OSError]()
    splitter = LineSplitter(tail.add)
    argv = server.argv("--rdb", "-")
    descriptor = open_own(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    with os.fdopen(descriptor, "wb") as file:

        def listen(stream: Stream, chunk: bytes) -> None:
            if stream == "stderr":
                splitter.feed(chunk)
            elif not failure:
                # An error raised in this callback would look like an error of the engine.
                try:
                    file.write(chunk)
                except OSError as error:
                    failure.append(error)

        watch = ctx.silence(
            f"redis-cli --rdb in {server.container} on {host}", patience(SILENT_SECONDS)
        )
        engine = ctx.site.host(host).engine
        code = run_watched(engine, server.container, argv, listen, watch, server.environment)
        splitter.close()
        if failure:
            raise failure[0]
        file.flush()
        os.fsync(file.fileno())
    if code != 0:
        raise PryvTuiError(
            "step-failed",
            f"the data of Redis on {host} could not be saved (exit {code}):"
            f" {failure_line(tail.lines, 'no words')}; it is still running",
            by_hand(server),
        )
    _cut_mark(path)


_MARK = 40
"""The length, in bytes, of the mark after a snapshot that a server sends without telling its length
first (replication.c, EOF marks)."""


def _cut_mark(path: Path) -> None:
    """Remove the mark that redis-cli before 7.0 leaves at the end of a snapshot."""
    try:
        read_rdb(path)
    except StandsBehind as error:
        if path.stat().st_size - error.end == _MARK:
            os.truncate(path, error.end)


def by_hand(server: RedisServer) -> str:
    """The remedy with the commands to save by hand the data that this program could not save."""
    secret = "-e REDISCLI_AUTH " if server.password else ""
    run = f"docker exec {secret}{server.container}"
    config = server.conf.command("CONFIG")
    # The server writes a file before it sends the data, and its own folder may be gone.
    first = f"{run} {' '.join(server.argv(config, 'SET', 'dir', '/tmp'))}; " if config else ""
    told = " ".join(server.argv("--rdb", "/tmp/redis.rdb"))
    return (
        f"Save it by hand before anything stops it: {first}{run} {told};"
        f" docker cp {server.container}:/tmp/redis.rdb ."
    )


def after_stop(ctx: RunContext, rescued: Rescued | None) -> None:
    """Put the saved snapshot at the path from which the server loads its data at its next start.

    Raises:
        PryvTuiError: `step-failed`, it can't be put there; the error names the saved file.
    """
    if rescued is None:
        return
    if not rescued.place:
        ctx.report.note(
            f"the data of Redis on {rescued.host} is in {rescued.file}: there is no data folder",
            "warning",
        )
        return
    root = ctx.state_of(rescued.host).root_path
    place = convert(rescued.place, KeptForm)
    aside = own_folder.redis_files(root, ctx.run_id)
    try:
        moved = put_snapshot(Path(rescued.file), root, place, aside)
    except OSError as error:
        container = _not_started_again(ctx, rescued.host)
        raise PryvTuiError(
            "step-failed",
            f"the data of Redis on {rescued.host} is in {rescued.file}, but can't be put into"
            f" {root / place.folder}: {error.strerror or error}; {container} stays stopped, since"
            " it would not start with that data",
            put_by_hand(rescued, root, place, container),
        ) from error
    for path in moved:
        ctx.report.note(
            f"{rescued.host}: {path} is not the data that Redis had in memory, and"
            f" was moved to {aside}"
        )
    ctx.facts.rescued.append(rescued)


def _not_started_again(ctx: RunContext, host: str) -> str:
    """Record that this run does not start Redis again, because Redis would overwrite its own data;
    return its container's name."""
    found = ctx.glance_at(host).find(CONTAINER, "redis")
    name = found.name if found is not None else CONTAINER
    for owed in ctx.outstanding:
        if (owed.kind, owed.host, owed.what) == ("start", host, name):
            ctx.settle(owed)
    return name


def put_by_hand(rescued: Rescued, root: Path, place: KeptForm, container: str) -> str:
    """The remedy with the commands to put the saved snapshot in its place by hand, and to start
    the server."""
    data = shlex.quote(str(root / place.folder))
    target = shlex.quote(str(root / place.folder / place.name))
    saved = KeptForm(
        kind="rdb",
        folder=str(Path(rescued.file).parent.relative_to(root)),
        name=Path(rescued.file).name,
    )
    commands = [
        f"mkdir -p {data}",
        *by_hand_of(shlex.quote(str(root)), saved, place),
        f"chown --reference={data} {target}",
        container_command("start", container, rescued.host),
    ]
    return f"Once that is fixed: {'; '.join(commands)}"


def after_start(ctx: RunContext, host: str, container: str) -> None:
    """Check that Redis has at least as many users as before it was stopped, if its data was saved.

    Raises:
        PryvTuiError: `check-failed`, it has fewer users; the saved file still exists.
    """
    saved = [each for each in ctx.facts.rescued if each.host == host]
    found = ctx.glance_at(host).find(CONTAINER, "redis")
    if found is None or found.name != container or not saved:
        return
    redis = Redis()
    redis.wait(ctx, host)
    users = redis.live_users(ctx, host)
    if users < saved[-1].users:
        raise PryvTuiError(
            "check-failed",
            f"Redis on {host} holds {counted(users, 'user')} now, {saved[-1].users} before it was"
            " stopped",
            f"Its data from before is in {saved[-1].file}; its log says which file it loaded:"
            f" {container_command('logs', container, host)}",
        )
    ctx.checked(
        f"Redis on {host}: {counted(saved[-1].users, 'user')} before it was stopped, {users} now"
    )
