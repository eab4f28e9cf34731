"""End a restore: see that the started containers stay up, then remove the marker in the root."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from pryv_tui import own_folder
from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.filesystem.mounts import is_mounted
from pryv_tui.operations.containers.watched import Watched
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.root.marker import remove_marker
from pryv_tui.operations.services.staying_up import count, see_up
from pryv_tui.operations.steps.bringing_back.audit_live import Looking, end_look
from pryv_tui.phrases import counted


class CloseRestore(Step, frozen=True, kw_only=True, tag="close-restore"):
    """See that the started containers stay up, then remove the marker of a half-restored root."""

    roots: dict[str, str]
    disks: tuple[tuple[str, str], ...] = ()
    """Host and path of each disk that was mounted below the roots when the restore was planned."""
    looks: bool = False
    """Whether the next step audits the live platform. Then the audit is started here, and runs
    while the containers are watched."""

    @property
    def title(self) -> str:
        return "Check that the started containers stay up, and mark the restore as done"

    @property
    def command(self) -> tuple[str, ...]:
        return tuple(quote("rm", own_folder.marker(Path(root))) for root in self.roots.values())

    def perform(self, ctx: RunContext) -> None:
        if not self.looks or ctx.site.practice:
            self._close(ctx)
            return
        counted_then = {
            host: {name: found.restarts for name, found in one.found.items()}
            for host, one in ctx.watched.items()
        }
        watched = {host: one.again() for host, one in ctx.watched.items()}
        ctx.looking = looking = Looking(ctx)
        try:
            try:
                self._close(ctx)
            except Cancelled:
                raise
            except PryvTuiError:
                # The server may have failed because of the audit.
                looking.end()
                fallen = _started_again(ctx, looking, watched, counted_then)
                if not fallen:
                    raise
                looking.give_up(f"{', '.join(fallen)} stopped during the check")
                _see_all_up(ctx)
                # The services answered before, but may not have reconnected to the database.
                for ask_once_more in ctx.asked:
                    ask_once_more()
                self._close(ctx)
        except BaseException:
            # If this run puts the former content back, it stops the containers that are asked.
            end_look(ctx)
            raise

    def _close(self, ctx: RunContext) -> None:
        _see_all_up(ctx)
        for host, root in self.roots.items():
            self._check_disks(ctx, host, Path(root))
        for host, root in self.roots.items():
            try:
                remove_marker(Path(root))
            except OSError as error:
                raise PryvTuiError(
                    "step-failed", f"the marker in {root} could not be removed: {error}"
                ) from error
            up, not_up = ctx.facts.up.get(host, ()), ctx.facts.not_up.get(host, {})
            if up or not_up:
                ctx.checked(f"{host}: {count(len(up), not_up)}")
            for owed in ctx.outstanding:
                if owed.kind == "start" and owed.host == host:
                    ctx.settle(owed)

    def _check_disks(self, ctx: RunContext, host: str, root: Path) -> None:
        """See that each disk is still mounted; otherwise restored files are on another disk."""
        for where, disk in self.disks:
            if where != host:
                continue
            place = root / disk
            if not is_mounted(place):
                raise PryvTuiError(
                    "check-failed",
                    f"{place} was a separate disk when this run began, and nothing is mounted"
                    " there any more: files restored after that are on another disk",
                    f"Mount it again: {quote('mount', place)}; then finish: pryv-tui recover",
                )
            ctx.checked(f"{host}: {place} is still a separate disk, as when this run began")


def _see_all_up(ctx: RunContext) -> None:
    """See on each host that the started containers have stayed up since their start."""
    for host in list(ctx.watched):
        see_up(ctx, host)


def _started_again(
    ctx: RunContext,
    looking: Looking,
    watched: Mapping[str, Watched],
    counted_then: Mapping[str, Mapping[str, int]],
) -> list[str]:
    """Restart needed containers that were running when the live audit began and stopped during it.

    The audit may be the cause: a server needs more memory for it than when it is idle. After that
    all containers of the host are watched again for the full time. A container that was already
    crashing before the audit began is not restarted.

    Args:
        watched: by host, the containers that were watched when the audit began.
        counted_then: by host and container, the engine's number of restarts before the audit.

    Returns:
        the names of the restarted containers; empty if none.
    """
    fallen: list[str] = []
    for host, one in watched.items():
        down, then = ctx.facts.not_up.get(host, {}), counted_then[host]
        ran = {name: c for name, c in looking.before.get(host, {}).items() if c.running}
        names = sorted(
            name
            for name in one.needed & down.keys() & ran.keys()
            if ran[name].restarts == then.get(name, ran[name].restarts)
        )
        if not names:
            continue
        ctx.warn(
            f"{host}: {', '.join(names)} did not stay up during the check of the live platform:"
            " started again, and watched without that"
            f" check{_fell_before({name: ran[name].restarts for name in names})}"
        )
        engine = ctx.site.host(host).engine
        running = {container.name for container in engine.containers() if container.running}
        for name in names:
            del down[name]
            if name not in running:
                engine.start(name)
        one.began = time.monotonic()
        ctx.watched[host] = one
        fallen += names
    return fallen


def _fell_before(restarts: Mapping[str, int]) -> str:
    """Name the containers that had already restarted before the audit, so that it is not the only
    cause. Empty if none had."""
    return "".join(
        f". Its engine had started {name} again {counted(times, 'time')} before"
        for name, times in restarts.items()
        if times
    )
