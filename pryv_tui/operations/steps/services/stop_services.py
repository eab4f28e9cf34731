"""Stop the containers of a host, so that folders can be swapped.

A bind mount belongs to the folder's inode: a container that is running during the swap would keep
using the old, moved folder.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.errors import PryvTuiError, all_of
from pryv_tui.hosts.engine import UP, Container
from pryv_tui.operations.commands import container_command
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.services.rescue import after_stop, before_stop
from pryv_tui.operations.services.standing import Standing
from pryv_tui.operations.services.together import at_once, groups
from pryv_tui.operations.services.wellbeing import seen
from pryv_tui.operations.stores.redis_places import CONTAINER as REDIS
from pryv_tui.phrases import counted
from pryv_tui.platform.identity import service_in_name
from pryv_tui.platform.roles import CONFIG_FOLLOWER, DATABASE_SERVICES, stop_phase, stop_rank

DATABASE_SECONDS = 30
"""A database is killed if it has not ended after this many seconds, in which it writes its data.
For another container its own stop timeout counts, as with `docker stop`."""
SLOW_SECONDS = 3.0
"""After this many seconds the run names the containers that have not ended yet."""


class StopServices(Step, frozen=True, kw_only=True, tag="stop"):
    """Stop the platform's containers on a host, and other containers that mount a part of the root
    (`PRYV_CONF_ROOT`) there; check that each has stopped.

    Containers that do not need each other are stopped in parallel.
    """

    containers: tuple[str, ...]
    others: tuple[str, ...] = ()
    """Containers outside the platform. They are stopped first, because they may write into folders
    that are swapped."""
    services: dict[str, str] = msgspec.field(default_factory=dict)
    """By container, its service, if the container's name does not show it."""

    destructive = True

    @property
    def title(self) -> str:
        if self.others:
            return f"Stop the services of {self.host}, and other containers that mount its root"
        return f"Stop the services of {self.host}"

    @property
    def names(self) -> tuple[str, ...]:
        """All containers to stop, in the order of `phases`."""
        return tuple(name for phase in self.phases for name in phase)

    @property
    def phases(self) -> list[list[str]]:
        """Groups of containers in the order in which they are stopped; each group in parallel."""
        told = {name: _phase(self._service(name), other=False) for name in self.containers}
        told |= {name: _phase("", other=True) for name in self.others}
        every = (*self.others, *self.containers)
        return groups(sorted(every, key=told.__getitem__), told.__getitem__)

    def _service(self, name: str) -> str:
        return self.services.get(name) or service_in_name(name)

    @property
    def command(self) -> tuple[str, ...]:
        lines = []
        for phase in self.phases:
            slow = phase[0] not in self.others and self._service(phase[0]) in DATABASE_SERVICES
            grace = ("-t", str(DATABASE_SECONDS)) if slow else ()
            lines.append(quote("docker", "stop", *grace, *phase))
        return tuple(lines)

    @property
    def leaves(self) -> str:
        return "some services stopped; they are started again"

    @property
    def undone(self) -> str:
        return quote("docker", "start", *reversed(self.names)) if self.names else ""

    @property
    def undoable(self) -> bool:
        return bool(self.names)

    def perform(self, ctx: RunContext) -> None:
        found = ctx.found_on(self.host)
        ctx.report.found(self.host, seen(found))
        theirs = {other.name for other in found.others}
        up = [c for c in found.in_the_way if c.state in UP]
        up.sort(key=lambda c: (-1, c.name) if c.name in theirs else stop_rank(c.service))
        running = [c.name for c in up]
        # Containers of the plan that are already stopped: a dead restore had stopped them.
        planned = [(name, found.find(name, self.services.get(name, ""))) for name in self.names]
        there = dict.fromkeys(here.name if here is not None else name for name, here in planned)
        stopped_before = [name for name in there if name not in running]
        for name in stopped_before:
            ctx.owe(Owed(kind="start", host=self.host, what=name))
        ctx.facts.ran.setdefault(self.host, sorted({*running, *stopped_before}))
        redis = found.find(REDIS, "redis")
        phases = groups(up, lambda c: _phase(c.service, other=c.name in theirs))
        stopping = _Stopping(ctx, self.host, len(running), redis.name if redis else "")
        for phase in phases:
            stopping.phase(phase)
        # The engine's answer alone does not prove that a container has stopped.
        again = self._up(ctx)
        if again:
            # The config follower may have started one of them again.
            stopping.phase(again)
            again = self._up(ctx)
        if still := sorted(c.name for c in again):
            raise PryvTuiError(
                "step-failed",
                f"these containers would not stop on {self.host}: {', '.join(still)}",
                f"Its log may say why: {container_command('logs', still[0], self.host)}; then try"
                " again.",
            )

    def _up(self, ctx: RunContext) -> list[Container]:
        # Inspect each container: an engine's list may not show yet what just stopped or started.
        return [c for c in ctx.found_on(self.host).in_the_way if c.state in UP]


def _phase(service: str, *, other: bool) -> int:
    """Return the number of the group in which a container is stopped.

    Containers outside the platform are in the first group: they may write into folders that are
    swapped, and may use the platform's services.
    """
    return stop_phase(CONFIG_FOLLOWER if other else service)


class _Stopping:
    """Stops the containers of one host, group by group."""

    def __init__(self, ctx: RunContext, host: str, total: int, redis: str) -> None:
        """Begin with no container stopped.

        Args:
            total: the number of containers in all groups, for the progress.
            redis: the name of the Redis container, which may have data in memory that is not in its
                files; empty: there is none.
        """
        self._ctx = ctx
        self._host = host
        self._total = total
        self._redis = redis
        self._stopped: set[str] = set()

    def phase(self, phase: Sequence[Container]) -> None:
        """Stop the containers of a group in parallel.

        Raises:
            PryvTuiError: some can't be stopped, and the message names them; the others are stopped.
            Cancelled: the operator cancelled; each stop that had begun is complete.
        """
        ctx, engine = self._ctx, self._ctx.site.host(self._host).engine
        ctx.check_cancelled()
        names = [container.name for container in phase]
        slow = {c.name for c in phase if c.service in DATABASE_SERVICES}
        rescued = before_stop(ctx, self._host, self._redis) if self._redis in names else None

        def stop(name: str) -> None:
            engine.stop(name, timeout=DATABASE_SECONDS if name in slow else None)

        errors = []
        for name, error in at_once(self._owed(names), stop, self._tell_slow()):
            # A container that is removed when it ends counts as stopped.
            if error is not None and error.name != "container-missing":
                errors.append(error)
                continue
            self._stopped.add(name)
            if name == self._redis:
                try:
                    after_stop(ctx, rescued)
                except PryvTuiError as failure:
                    errors.append(failure)
            ctx.report.progress(min(len(self._stopped), self._total), self._total, "containers")
        ctx.check_cancelled()
        if errors:
            raise all_of(errors)

    def _owed(self, names: Sequence[str]) -> Iterator[str]:
        """Yield each name after recording in the journal that the container has to be started
        again; stop if the operator cancels."""
        for name in names:
            if self._ctx.cancel.is_set():
                return
            self._ctx.owe(Owed(kind="start", host=self._host, what=name))
            self._ctx.facts.down_from = self._ctx.facts.down_from or timestamp()
            self._ctx.facts.down_to = ""
            yield name

    def _tell_slow(self) -> Callable[[Sequence[str]], None]:
        """Return a function that reports once, after `SLOW_SECONDS`, the containers that have not
        ended."""
        began = time.monotonic()
        said: list[Sequence[str]] = []

        def tell(names: Sequence[str]) -> None:
            if not said and time.monotonic() - began > SLOW_SECONDS:
                said.append(names)
                several = len(names) > 1
                self._ctx.report.note(
                    f"{counted(len(names), 'container')} on {self._host}"
                    f" {'have' if several else 'has'} not stopped yet, and will be killed when"
                    f" the time for stopping is over: {', '.join(names)}"
                )

        return tell


def stop_step(host: str, now: Standing) -> StopServices:
    """Return the step that stops all running containers that use a host's root."""
    return StopServices(host=host, containers=now.running, others=now.others, services=now.services)
