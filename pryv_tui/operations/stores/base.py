"""What every store's module can do."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.hosts.engine import NO_RESTART, Stream, unpaused
from pryv_tui.operations.commands import container_command
from pryv_tui.operations.containers.ending import RoomWatch
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
    """Run a dump tool; it is ended before the disk that it writes to is full. It is written down
    which program it is: should this run die, whoever recovers it ends that one and no other.

    Args:
        folder: on that disk, which is the platform's own.

    Raises:
        PryvTuiError: `disk-full`, it was ended for that.
    """
    watch = RoomWatch(folder, ctx.site.patience.room_every)
    try:
        with followed(ctx.site.host(host).engine.url, container, ctx.run_id) as begun:
            return ctx.exec(host, container, argv, on_line=on_line, ends=watch, begun=begun)
    except Cancelled:
        if watch.found is None or ctx.cancel.is_set():
            raise
        raise watch.error(Path(argv[0]).name) from None


def see_no_link(files: Path, store: str, layout: StoreLayout) -> None:
    """See that what a set holds of a store lies in the set: a link would lead a check to the
    running platform, or anywhere else.

    Args:
        files: a copied root.

    Raises:
        PryvTuiError: `check-failed`, there is a link on the way.
    """
    folder = Path(layout.dump or layout.data)
    for way in (folder, *folder.parents):
        if (files / way).is_symlink():
            raise PryvTuiError(
                "check-failed",
                f"the set holds a link in place of {way}, and nothing of {store}: what it leads to"
                " was not copied",
            )


class StoreModule(Protocol):
    """One store. Commands are pure; the rest acts through the context.

    Every method that acts raises `PryvTuiError` when the result is not what it has to be,
    whatever the tool's exit code was.
    """

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def dump_programs(self) -> tuple[str, ...]:
        """Words by which a dump that still runs is recognised in a container's process list."""
        ...

    @property
    def handed(self) -> tuple[str, ...]:
        """Variables that a person hands on to its programs where they are set: passwords."""
        ...

    def dump_command(self, layout: Layout) -> list[list[str]]:
        """The programs that dump or settle the store, run inside its container."""
        ...

    def restore_command(self, layout: Layout, workers: int = 0) -> list[list[str]]:
        """The programs that bring the store back from its dump, run inside its container.

        Args:
            workers: how many things are to be done at a time, for a tool that can be told so;
                0: as many as it does by itself.
        """
        ...

    def compare_command(self) -> list[list[str]]:
        """The programs that tell what the live store holds."""
        ...

    def dump(self, ctx: RunContext, host: str) -> Holds:
        """Dump or settle the live store; what it holds."""
        ...

    def check(self, files: Path, layout: Layout, holds: Holds) -> Holds:
        """Check the store's copy in a set against what was said; what the copy holds."""
        ...

    def restore(
        self, ctx: RunContext, host: str, layout: Layout, holds: Holds, workers: int = 0
    ) -> None: ...

    def compare(self, ctx: RunContext, host: str, holds: Holds, data: Path | None = None) -> None:
        """Compare the live store with what the set says that it holds.

        Args:
            data: its data folder, where that can be looked into.
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
    """Ask until there is no complaint any more.

    Args:
        answers: None when it answers, else why it does not.
        near: whether it answers when it is asked without a program in its container (`near`),
            which costs next to nothing: asked often, and `answers` now and then beside it.
        seconds: patience; a mongod on a slow disk takes a minute to open its files.

    Raises:
        PryvTuiError: `container-stopped`, its container ended and nothing starts it again;
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
    """Ask a server often for a moment, without a program in its container; whether it answers."""
    end = time.monotonic() + ctx.site.patience.near
    while True:
        ctx.check_cancelled()
        told = hears(near) if near is not None else None
        if told or told is None or time.monotonic() >= end:
            return bool(told)
        time.sleep(NEAR_EVERY)


def _refuse_ended(ctx: RunContext, container: str, host: str, what: str) -> None:
    """See that a server may still answer: one that ended does not, unless an engine starts it."""
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
    """The line that tells why a tool failed: the last one that is not empty."""
    return cut(next((line.strip() for line in reversed(lines) if line.strip()), fallback), 400)


class Tail:
    """The last lines of a program's output; a failed restore prints one a document."""

    def __init__(self, keep: int = 25) -> None:
        self.lines: list[str] = []
        self._keep = keep

    def add(self, line: str) -> None:
        self.lines.append(line)
        if len(self.lines) > self._keep * 4:
            del self.lines[: -self._keep]
