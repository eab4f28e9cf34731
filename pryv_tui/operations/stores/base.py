"""The interface of a store's module, `StoreModule`, and functions that several stores share."""

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
"""A summary of a store's content, as `set.json` records it: names, and numbers of records."""


def exec_dump(
    ctx: RunContext,
    host: str,
    container: str,
    argv: Sequence[str],
    folder: Path,
    on_line: Callable[[Stream, str], None],
) -> int:
    """Run a dump tool, and end it before the disk that it writes to is full; return its exit code.

    The tool's exec id is recorded, so that if this run dies, the run that recovers from that ends
    this tool and nothing else.

    Args:
        folder: the folder of the dump, on the platform's disk or on a disk only for dumps.

    Raises:
        PryvTuiError: `disk-full`, the tool was ended because too little space was left.
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
    """Yield one folder on each disk that a machine's platform writes to; a disk that is used only
    for a store's dumps is left out."""
    dumps = {store.dump for store in state.layout.stores.values()}
    yield state.root_path
    yield from (state.root_path / at.path for at in state.mounted.disks if at.path not in dumps)


def see_no_link(files: Path, store: str, layout: StoreLayout) -> None:
    """Refuse a set in which the path to a store's files contains a symbolic link.

    Through such a link a check would read the running platform, or any other files.

    Args:
        files: the copied root in the set.

    Raises:
        PryvTuiError: `check-failed`, a folder on that path is a symbolic link.
    """
    folder = Path(layout.dump or layout.data)
    for way in (folder, *folder.parents):
        if (files / way).is_symlink():
            raise PryvTuiError(
                "check-failed",
                f"{way}, in the set, is a symbolic link. Links are not followed, so it is not known"
                f" whether this one leads to data of {store}",
            )


class StoreModule(Protocol):
    """The functions of one store. Those that return commands are pure; the others run programs or
    read files, and raise `PryvTuiError` if the result is wrong, whatever exit code a tool had."""

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
        """Names of the environment variables with passwords that a printed command passes on to the
        store's programs, if they are set."""
        ...

    def dump_command(self, layout: Layout) -> list[list[str]]:
        """The programs that dump the store or make its files consistent, run inside its
        container."""
        ...

    def restore_command(self, layout: Layout, workers: int = 0) -> list[list[str]]:
        """The programs that restore the store from its dump, run inside its container.

        Args:
            workers: number of parallel workers, for a tool with such an option; 0: its default.
        """
        ...

    def compare_command(self) -> list[list[str]]:
        """The programs that print the content of the live store, to compare it."""
        ...

    def dump(self, ctx: RunContext, host: str) -> Holds:
        """Dump the live store or make its files consistent; return a summary of its content."""
        ...

    def check(self, files: Path, layout: Layout, holds: Holds) -> Holds:
        """Compare the store's copy in a set with `holds`; return a summary of the copy."""
        ...

    def restore(
        self, ctx: RunContext, host: str, layout: Layout, holds: Holds, workers: int = 0
    ) -> None: ...

    def compare(self, ctx: RunContext, host: str, holds: Holds, data: Path | None = None) -> None:
        """Compare the live store with `holds`, the content that the set recorded.

        Args:
            data: the live store's data folder; None if that folder can't be read.
        """
        ...

    def wait(self, ctx: RunContext, host: str) -> None:
        """Wait until the store's server answers."""
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
        answers: asks once; returns None if the server answers, else the reason why it does not.
        what: the server, in words, for errors.
        near: asks the server once without a program in its container (see `near.py`). This costs
            little, so it is called often, and `answers` less often.
        seconds: how long to wait; a mongod on a slow disk takes a minute to open its files.

    Raises:
        PryvTuiError: `container-stopped`, the server's container ended and nothing restarts it;
            `step-failed`, the server does not answer within that time.
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
    """The line to quote if a tool failed: the last one with text, cut at 400 characters."""
    return cut(next((line.strip() for line in reversed(lines) if line.strip()), fallback), 400)


class Tail:
    """The last lines with text of a program's output. A failed restore may print a line for each
    document."""

    def __init__(self, keep: int = 25) -> None:
        self.lines: list[str] = []
        self._keep = keep

    def add(self, line: str) -> None:
        if not line.strip():
            return  # many empty lines at the end must not push out the lines with text
        self.lines.append(line)
        if len(self.lines) > self._keep * 4:
            del self.lines[: -self._keep]
