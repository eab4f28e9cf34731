"""What every store's module can do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.hosts.deployment import HostState
from pryv_tui.hosts.engine import NO_RESTART, Stream, unpaused
from pryv_tui.operations.commands import container_command
from pryv_tui.operations.containers.ending import RoomWatch, shares_disk
from pryv_tui.operations.containers.following import followed
from pryv_tui.operations.containers.waiting import VARIABLE, patience
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.stores.near import hears
from pryv_tui.phrases import cut
from pryv_tui.platform.layout import Layout, StoreLayout

Holds = dict[str, Any]
"""What a store holds, as `set.json` keeps it."""


def exec_dump(
    ctx: RunContext,
    host: str,
    container: str,
    argv: Sequence[str],
    folder: Path,
    on_line: Callable[[Stream, str], None],
) -> int:
    """Run a dump tool, and end it before the disk that it writes to is full.

    Its exec id is written down: should this run die, the run that recovers it ends this program and
    no other.

    Args:
        folder: a folder on that disk: the platform's own, or one only for dumps.

    Raises:
        PryvTuiError: `disk-full`, the tool was ended for that.
    """
    shared = shares_disk(folder, _written_by(ctx.state_of(host)))
    watch = RoomWatch(folder, ctx.site.patience.room_every, shared=shared)
    try:
        with followed(ctx.site.host(host).engine.url, container, ctx.run_id) as begun:
            return ctx.exec(host, container, argv, on_line=on_line, ends=watch, begun=begun)
    except Cancelled:
        if watch.found is None or ctx.cancel.is_set():
            raise
        raise watch.error(Path(argv[0]).name) from None


def _written_by(state: HostState) -> Iterator[Path]:
    """A folder on each disk that the platform of a machine writes to. A disk that holds nothing but
    a store's dumps is none of them."""
    dumps = {store.dump for store in state.layout.stores.values()}
    yield state.root_path
    yield from (state.root_path / at.path for at in state.mounted.disks if at.path not in dumps)


def see_no_link(files: Path, store: str, layout: StoreLayout) -> None:
    """See that no symbolic link leads out of a set's copy of a store.

    Through such a link a check would read the running platform, or any other files.

    Args:
        files: a copied root.

    Raises:
        PryvTuiError: `check-failed`, there is a link on the path.
    """
    folder = Path(layout.dump or layout.data)
    for way in (folder, *folder.parents):
        if (files / way).is_symlink():
            raise PryvTuiError(
                "check-failed",
                f"in the set {way} is a symbolic link, which is not followed: it is not known"
                f" whether it leads to data of {store}",
            )


class StoreModule(Protocol):
    """One store. The methods that return commands are pure; the others act through the context.

    Every method that acts raises `PryvTuiError` when the result is not what it has to be, whatever
    the tool's exit code was.
    """

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def dump_programs(self) -> tuple[str, ...]:
        """Words that identify a running dump in a container's process list."""
        ...

    @property
    def handed(self) -> tuple[str, ...]:
        """Environment variables that a person passes on to the store's programs, if set:
        passwords."""
        ...

    def dump_command(self, layout: Layout) -> list[list[str]]:
        """The programs that dump the store or make its files consistent, run inside its
        container."""
        ...

    def restore_command(self, layout: Layout, workers: int = 0) -> list[list[str]]:
        """The programs that restore the store from its dump, run inside its container.

        Args:
            workers: the number of parallel workers, for a tool with such an option; 0: its default.
        """
        ...

    def compare_command(self) -> list[list[str]]:
        """The programs that print what the live store holds."""
        ...

    def dump(self, ctx: RunContext, host: str) -> Holds:
        """Dump the live store or make its files consistent; return what it holds."""
        ...

    def check(self, files: Path, layout: Layout, holds: Holds) -> Holds:
        """Compare the store's copy in a set with `holds`; return what the copy holds."""
        ...

    def restore(
        self, ctx: RunContext, host: str, layout: Layout, holds: Holds, workers: int = 0
    ) -> None: ...

    def compare(self, ctx: RunContext, host: str, holds: Holds, data: Path | None = None) -> None:
        """Compare the live store with what the set says that it holds.

        Args:
            data: its data folder; None: that can't be looked into.
        """
        ...

    def wait(self, ctx: RunContext, host: str) -> None:
        """Wait until the store answers."""
        ...


def wait_until(
    ctx: RunContext,
    answers: Callable[[], str | None],
    what: str,
    container: str,
    host: str,
    *,
    seconds: float = 120.0,
    near: Callable[[], bool] | None = None,
) -> None:
    """Ask a server until it answers.

    Args:
        answers: returns None when it answers, else why it does not.
        near: whether the server answers without a program in its container (see `near.py`). That
            costs next to nothing, so it is called often, and `answers` now and then.
        seconds: patience; a mongod on a slow disk takes a minute to open its files.

    Raises:
        PryvTuiError: `container-stopped`, its container ended and nothing restarts it;
            `step-failed`, it does not answer within that time.
    """
    seconds = patience(seconds)
    watch = ctx.silence(f"{what} to answer", seconds)
    pause = 0.05
    while True:
        if _soon(ctx, near):
            return
        complaint = answers()
        if complaint is None:
            return
        _refuse_ended(ctx, container, host, what)
        if watch.is_set():
            found = ctx.glance_at(host).find(container)
            if found is not None and found.state == "paused":
                way = unpaused(found.name, host, practice=ctx.site.practice)
                raise PryvTuiError(
                    "step-failed",
                    f"{what} does not answer after {seconds:.0f} s: {found.name} is paused",
                    way,
                )
            raise PryvTuiError(
                "step-failed",
                f"{what} does not answer after {seconds:.0f} s: {complaint}",
                f"Its log says why: {container_command('logs', container, host)}; if it only needs"
                f" longer: export {VARIABLE}=1h; then try again.",
            )
        time.sleep(pause)
        pause = min(1.0, pause * 2)


NEAR_EVERY = 0.05


def _soon(ctx: RunContext, near: Callable[[], bool] | None) -> bool:
    """Ask a server repeatedly for a short time, without a program in its container; return whether
    it answers."""
    end = time.monotonic() + ctx.site.patience.near
    while True:
        ctx.check_cancelled()
        told = hears(near) if near is not None else None
        if told or told is None or time.monotonic() >= end:
            return bool(told)
        time.sleep(NEAR_EVERY)


def _refuse_ended(ctx: RunContext, container: str, host: str, what: str) -> None:
    """Raise if the server's container has ended and its engine does not restart it."""
    found = ctx.glance_at(host).find(container)
    if found is None or found.state not in ("exited", "dead"):
        return
    found = ctx.found_on(host).find(container)
    if found is None or found.state not in ("exited", "dead"):
        return
    if found.restart_policy == NO_RESTART:
        code = f" with exit code {found.exit_code}" if found.exit_code is not None else ""
        raise PryvTuiError(
            "container-stopped",
            f"{found.name} on {host} ended{code} before {what} answered, and its engine does not"
            " start it again",
        )


def failure_line(lines: list[str], fallback: str) -> str:
    """The line that tells why a tool failed: its last line with text, 400 characters at most."""
    return cut(next((line.strip() for line in reversed(lines) if line.strip()), fallback), 400)


class Tail:
    """The last lines with text of a program's output. A failed restore may print a line for each
    document."""

    def __init__(self, keep: int = 25) -> None:
        self.lines: list[str] = []
        self._keep = keep

    def add(self, line: str) -> None:
        if not line.strip():
            return  # many empty lines at the end must not push out what was said
        self.lines.append(line)
        if len(self.lines) > self._keep * 4:
            del self.lines[: -self._keep]
