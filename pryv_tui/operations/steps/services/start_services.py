"""Start a host's containers: first only the databases, and the rest after register answers."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from pryv_tui.clock import moment_of, timestamp, utc_now
from pryv_tui.errors import PryvTuiError, all_of
from pryv_tui.hosts.engine import Container
from pryv_tui.hosts.ownership import Found
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.root.compose import compose_up, declared_in
from pryv_tui.operations.root.compose_files import ComposeService, read_compose
from pryv_tui.operations.root.stopped import former_folder, must_be_stopped
from pryv_tui.operations.services.standing import Standing
from pryv_tui.operations.services.staying_up import Started, stay_up, watch
from pryv_tui.operations.services.together import at_once, groups, until_cancelled
from pryv_tui.operations.stores import STORES
from pryv_tui.platform.identity import service_in_name
from pryv_tui.platform.roles import (
    COMPOSE_FILES,
    DATABASE_SERVICES,
    by_file,
    start_phase,
    start_rank,
)

Phase = Literal["databases", "register", "rest", "again", "others"]

AWAY = ("engine-unreachable", "engine-permission")
"""The names of errors that are about the engine and not about one container."""


class StartServices(Step, frozen=True, kw_only=True, tag="start"):
    """Start containers that exist; create missing ones from the root's compose files.

    The phases:
    `databases` without the applications, which would write to them before their content is back;
    `register`, which the core applications need; it is separate if its nginx serves nothing else;
    `rest`; `again`, after an undo: all containers that ran before; `others`, containers that are no
    part of the platform but mount a part of its root.

    In each phase, a missing container is created before those that need it. The config follower
    comes last, because it overwrites the files from which containers are created.
    The databases have to start. If another service does not, that is a warning: the data is back,
    and it would help nobody to leave the root half-restored.
    """

    phase: Phase
    root: str
    containers: tuple[str, ...]
    """The containers that must run after this step, including those of earlier phases."""
    named: dict[str, str] = msgspec.field(default_factory=dict)
    """By container, the name of its service in the compose files, if that is known."""
    services: dict[str, str] = msgspec.field(default_factory=dict)
    """By container, its service, if the container's name does not show it."""
    unwell: dict[str, str] = msgspec.field(default_factory=dict)
    """The containers that were unhealthy before the run changed anything, with the reason."""
    stopping: str = ""
    """The time, in RFC 3339, at which a run died while it stopped these containers, so that the
    engine may still be stopping them. Empty: no run did."""
    later: bool = False
    """Whether a later step checks that the containers stay up, and records that they are started.
    Then this step does not wait for that."""

    @property
    def title(self) -> str:
        words = {
            "databases": f"Start the databases alone on {self.host}",
            "register": f"Start register on {self.host}",
            "rest": f"Start the services of {self.host}",
            "again": f"Start the containers of {self.host} again that ran before",
            "others": f"Start the other containers again that mount the root of {self.host}",
        }
        return words[self.phase]

    @property
    def databases_alone(self) -> bool:
        """Whether this step starts nothing but databases."""
        named = self.containers
        return bool(named) and all(self.service(one) in DATABASE_SERVICES for one in named)

    @property
    def command(self) -> tuple[str, ...]:
        names = self.ordered()
        if not names:
            return ()
        if self.phase == "others":
            return (quote("docker", "start", *names),)
        # Containers that do not exist are created from the root's own compose files.
        ups = []
        known = {self.service(name): name for name in names}
        for file, services in by_file(list(known)):
            up = ["docker-compose", "-f", f"{self.root}/{file}", "up", "-d", "--no-deps"]
            if file == COMPOSE_FILES[1]:
                # The compose files of leader and follower declare only their own container.
                up += [self.named.get(known[service]) or service for service in services]
            ups.append(f"PRYV_CONF_ROOT={quote(self.root)} {quote(*up)}")
        return (quote("docker", "start", *names) + " || { " + "; ".join(ups) + "; }",)

    @property
    def leaves(self) -> str:
        return "some services running, others not"

    @property
    def undone(self) -> str:
        return quote("docker", "stop", *reversed(self.ordered())) if self.containers else ""

    @property
    def undoable(self) -> bool:
        return bool(self.containers)

    def service(self, name: str) -> str:
        """Return the service of one of this step's containers."""
        return self.services.get(name) or service_in_name(name)

    def ordered(self) -> list[str]:
        """Return the containers in the order in which they are started."""
        if self.phase == "others":
            return list(self.containers)
        return sorted(self.containers, key=lambda name: start_rank(self.service(name)))

    def perform(self, ctx: RunContext) -> None:
        if self.phase == "databases":
            must_be_stopped(ctx, self.host, DATABASE_SERVICES)
        self._let_stops_end(ctx)
        there = self._there(ctx.glance_at(self.host))
        expected = [container.name for container in there.values() if container is not None]
        started, brought = self._start(ctx, there)
        if any(container is None for container in there.values()) and self.phase != "others":
            there = self._there(ctx.glance_at(self.host))
            expected += [found.name if (found := there[name]) else name for name in brought]
        if self.phase == "databases":
            for service in DATABASE_SERVICES:
                if any(self.service(name) == service for name in self.containers):
                    STORES[service].wait(ctx, self.host)
            # Check again before the restore: an application may have been started in between.
            must_be_stopped(ctx, self.host, DATABASE_SERVICES)
        else:
            self._see_up(ctx, there, expected, started)
        down = self.phase == "again" and ctx.facts.not_up.get(self.host)
        if self.phase in ("rest", "again") and not down:
            # The downtime ends with the last host.
            ctx.facts.down_to = timestamp()
        if self.later:
            return
        for name, container in there.items():
            for owed in {name, container.name if container is not None else name}:
                ctx.settle(Owed(kind="start", host=self.host, what=owed))

    def _let_stops_end(self, ctx: RunContext) -> None:
        """Wait as long as the engine may still be stopping a container for a dead run.

        Until the stop is complete, the engine reports such a container as running.
        """
        died, told = moment_of(self.stopping), False
        while died is not None:
            age = (utc_now() - died).total_seconds()
            there = self._there(ctx.glance_at(self.host)).values()
            running = [c.name for c in there if c is not None and c.running]
            if not running or not 0 <= age < ctx.site.patience.stops_end:
                return
            if not told:
                ctx.report.note(
                    f"{self.host}: the run that died had begun to stop containers, and the engine"
                    f" may still be stopping {', '.join(running)}: waiting for that, for"
                    f" {ctx.site.patience.stops_end - age:.0f} s at most"
                )
                told = True
            ctx.check_cancelled()
            time.sleep(ctx.site.patience.look_every)

    def _there(self, found: Found) -> dict[str, Container | None]:
        """Return this step's containers by name; None for a missing one."""
        return {name: found.find(name, self.services.get(name, "")) for name in self.ordered()}

    def _see_up(
        self,
        ctx: RunContext,
        there: dict[str, Container | None],
        expected: Collection[str],
        started: Started,
    ) -> None:
        called = {name: c.name if c is not None else name for name, c in there.items()}
        needed = {
            called[name]
            for name in self.containers
            if self.service(name) in DATABASE_SERVICES
            and self.phase != "others"
            and not (self.phase == "again" and name in self.unwell)
        }
        unwell = {called[name]: why for name, why in self.unwell.items() if name in called}
        names = set(called.values())
        see = watch if self.later else stay_up
        see(ctx, self.host, names, expected, needed=needed, unwell=unwell, started=started)

    def _start(
        self, ctx: RunContext, there: Mapping[str, Container | None]
    ) -> tuple[Started, list[str]]:
        """Start existing containers and create missing ones, each after those that it needs.

        Containers that do not need each other are started in parallel.

        Returns:
            the containers started, with times; the names of those that were created.

        Raises:
            PryvTuiError: a database can't be started, or the engine does not answer.
        """
        at: dict[str, float] = {}
        took = 0.0
        come_to: list[str] = []
        missing: list[str] = []
        brought: list[str] = []

        def bring_up() -> None:
            nonlocal took
            if not missing:
                return
            ctx.check_cancelled()
            began = time.monotonic()
            brought.extend(self._bring_up(ctx, missing))
            took = max(took, time.monotonic() - began)
            missing.clear()

        def phase_of(name: str) -> int:
            return self._phase(name, there[name])

        for phase in groups(sorted(there, key=phase_of), phase_of):
            ctx.check_cancelled()
            exist = [found for name in phase if (found := there[name]) is not None]
            if exist:
                # The containers of this phase may need those that are still missing.
                bring_up()
                took = max(took, self._start_together(ctx, exist, at, come_to))
            missing += [name for name in phase if there[name] is None]
        if self.phase == "others" and missing:
            self._say_gone(ctx, missing)
        else:
            bring_up()
        return Started(at, took), brought

    def _start_together(
        self,
        ctx: RunContext,
        containers: Sequence[Container],
        at: dict[str, float],
        come_to: list[str],
    ) -> float:
        """Start containers in parallel; restart a running one that still uses a former folder.

        Args:
            at: receives by container the `time.monotonic` at which the engine had started it.
            come_to: receives the names of all containers that were handled, for the progress.

        Returns:
            the seconds that it took.
        """
        engine = ctx.site.host(self.host).engine
        for container in containers:
            if container.running:
                come_to.append(container.name)
                if self._see_the_root(ctx, container):
                    at[container.name] = time.monotonic()
        by_name = {c.name: c for c in containers if not c.running}
        errors, began = [], time.monotonic()
        for name, error in at_once(until_cancelled(ctx, by_name), lambda name: engine.start(name)):
            come_to.append(name)
            ctx.report.progress(len(come_to), len(self.containers), "containers")
            if error is None:
                at[name] = time.monotonic()
                continue
            if error.name in AWAY or by_name[name].service in DATABASE_SERVICES:
                errors.append(error)
                continue
            if name not in ctx.facts.not_up.get(self.host, {}):
                ctx.warn(f"{name} on {self.host} can't be started: {error.what}")
            ctx.facts.not_up.setdefault(self.host, {})[name] = "can't be started"
        took = time.monotonic() - began
        ctx.check_cancelled()
        if errors:
            raise all_of(errors)
        return took

    def _phase(self, name: str, container: Container | None) -> int:
        if self.phase == "others":
            return 0
        # In the phase `rest`, services that need no other (mail, the panels) start together with
        # core, because register had its own step before. If it had none, it starts first here.
        service = container.service if container is not None else self.service(name)
        along = self.phase == "rest" and start_rank(service)[0] == 2
        return start_phase("core" if along else service)

    def _see_the_root(self, ctx: RunContext, container: Container) -> bool:
        """Restart a running container if it still uses a folder from before the restore; return
        whether it did."""
        engine = ctx.site.host(self.host).engine
        source = former_folder(engine, container, Path(self.root)) if self.root else ""
        if not source:
            return False
        ctx.warn(
            f"{container.name} on {self.host} was started by somebody else during the run, and used"
            f" the folder that was at {source} before: it is restarted; what it wrote to that"
            " folder is not in the root"
        )
        engine.stop(container.name)
        engine.start(container.name)
        return True

    def _say_gone(self, ctx: RunContext, missing: Collection[str]) -> None:
        """Warn of missing containers that are no part of the platform: only the person who made
        them can create them again."""
        ctx.warn(
            f"{self.host}: {', '.join(missing)} had a part of the root mounted, was stopped and"
            " does not exist any more (a container made with --rm is removed when it stops):"
            " start it again the way it was started"
        )

    def _bring_up(self, ctx: RunContext, missing: list[str]) -> list[str]:
        """Create missing containers from the root's compose files; return the names of those that
        were created."""
        root = Path(self.root)
        wanted = {name: self.service(name) for name in missing}
        declared = declared_in(read_compose(root), wanted, self.named)
        unknown = [name for name in missing if name not in declared]
        if unknown:
            ctx.warn(
                f"{self.host}: no compose file of the root declares {', '.join(unknown)},"
                " which ran when the set was made; bring it up by hand"
            )
        if not declared:
            return []
        ctx.report.note(
            f"{self.host}: bringing up {', '.join(d.container for d in declared.values())} from the"
            " root's files"
        )
        try:
            compose_up(ctx, self.host, root, declared.values())
        except PryvTuiError as error:
            if error.name != "step-failed" or self.phase == "databases":
                raise
            return self._bring_up_each(ctx, root, declared)
        return list(declared)

    def _bring_up_each(
        self, ctx: RunContext, root: Path, declared: Mapping[str, ComposeService]
    ) -> list[str]:
        """Create containers one by one, so that one failure does not prevent the others; return the
        names of those that were created.

        Raises:
            PryvTuiError: a database can't be created, or the error is not about one container.
        """
        brought = []
        for name, one in declared.items():
            container = one.container
            try:
                compose_up(ctx, self.host, root, [one])
            except PryvTuiError as error:
                if error.name != "step-failed" or self.service(name) in DATABASE_SERVICES:
                    raise
                ctx.warn(f"{container} on {self.host} can't be brought up: {error.what}")
                ctx.facts.not_up.setdefault(self.host, {})[container] = "can't be brought up"
            else:
                brought.append(name)
        return brought


def again_step(host: str, root: str, names: tuple[str, ...], now: Standing) -> StartServices:
    """Return the step that starts those containers of the platform that were running before."""
    return StartServices(
        host=host,
        phase="again",
        root=root,
        containers=names,
        services={n: s for n, s in now.services.items() if n in names},
        unwell={n: why for n, why in now.unwell.items() if n in names},
    )


def others_steps(now: Mapping[str, Standing], *, later: bool = False) -> list[StartServices]:
    """Return the steps that start the containers outside the platform again, one for each host.

    They come after the steps for the platform's containers.

    Args:
        later: see `StartServices.later`.
    """
    return [
        StartServices(host=host, phase="others", root="", containers=found.others, later=later)
        for host, found in now.items()
        if found.others
    ]
