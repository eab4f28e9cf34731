"""Start a host's containers: the databases alone first, the rest when register answers."""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path
from typing import Literal

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import Container
from pryv_tui.operations.compose import compose_up, read_compose
from pryv_tui.operations.context import Owed, RunContext
from pryv_tui.operations.hints import container_command, or_by_hand
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.steps.dump_store import now
from pryv_tui.operations.stores import STORES
from pryv_tui.operations.underfoot import former_folder, must_be_stopped
from pryv_tui.platform.roles import (
    COMPOSE_FILES,
    CONFIG_FOLLOWER,
    DATABASE_SERVICES,
    NEEDS_REGISTER,
    by_file,
    start_order,
)

Phase = Literal["databases", "register", "rest", "follower", "again"]

PATIENCE_SECONDS = 180.0

WHOSE: dict[str, str] = {
    "register": "register and the databases",
    "rest": "these and the other services",
    "follower": "the config follower",
}
"""Whose containers a phase sees up: a later one counts those of the earlier ones again."""


class StartServices(Step, frozen=True, kw_only=True, tag="start"):
    """Start containers that exist; bring up from the root's compose files those that don't.

    Phases: `databases` alone, since the applications would write to them before their content is
    back; `register`, which the core applications need; `rest`; the config `follower` last, since it
    can restart the others; `again`, all that ran before, after an undo.
    """

    phase: Phase
    root: str
    containers: tuple[str, ...]
    """What must run when the step is done, of all phases up to this one."""
    named: dict[str, str] = msgspec.field(default_factory=dict)
    """What the compose files call each container, where that is known."""

    @property
    def title(self) -> str:
        words = {
            "databases": f"Start the databases alone on {self.host}",
            "register": f"Start register on {self.host}",
            "rest": f"Start the services of {self.host}",
            "follower": f"Start the config follower on {self.host}",
            "again": f"Start again what ran on {self.host}",
        }
        return words[self.phase]

    @property
    def command(self) -> tuple[str, ...]:
        names = self.ordered()
        if not names:
            return ()
        # Where the containers do not exist, the root's own compose files bring them up.
        ups = []
        for file, services in by_file([name.removeprefix("pryvio_") for name in names]):
            up = ["docker-compose", "-f", f"{self.root}/{file}", "up", "-d", "--no-deps"]
            if file == COMPOSE_FILES[1]:
                # The leader's and the follower's files declare nothing else than themselves.
                up += [self.named.get(f"pryvio_{service}") or service for service in services]
            ups.append(f"PRYV_CONF_ROOT={quote(self.root)} {quote(*up)}")
        return (quote("docker", "start", *names) + " || { " + "; ".join(ups) + "; }",)

    @property
    def leaves(self) -> str:
        return "some services running, others not"

    @property
    def undone(self) -> str:
        return quote("docker", "stop", *reversed(self.ordered())) if self.containers else ""

    def ordered(self) -> list[str]:
        """The containers in the order in which they are started."""
        services = start_order(name.removeprefix("pryvio_") for name in self.containers)
        return [f"pryvio_{service}" for service in services]

    def perform(self, ctx: RunContext) -> None:
        engine = ctx.site.host(self.host).engine
        if self.phase == "databases":
            must_be_stopped(ctx, self.host, DATABASE_SERVICES)
        existing = {c.name: c for c in engine.containers()}
        missing = [name for name in self.ordered() if name not in existing]
        started = 0
        for name in self.ordered():
            ctx.check_cancelled()
            if name in existing and not existing[name].running:
                engine.start(name)
            elif name in existing:
                self._see_the_root(ctx, existing[name])
            if name in existing:
                started += 1
                ctx.report.progress(started, len(self.containers), "containers")
        expected = set(existing) & set(self.containers)
        if missing:
            expected |= self._bring_up(ctx, missing)
        if self.phase == "databases":
            for service in DATABASE_SERVICES:
                if f"pryvio_{service}" in self.containers:
                    STORES[service].wait(ctx, self.host)
        else:
            stay_up(ctx, self.host, self.containers, expected, part_of=WHOSE.get(self.phase, ""))
        if self.phase in ("rest", "again"):
            # Of several machines the last one ends it; the config follower serves nobody.
            ctx.facts.down_to = now()
        for name in self.containers:
            ctx.settle(Owed(kind="start", host=self.host, what=name))

    def _see_the_root(self, ctx: RunContext, container: Container) -> None:
        """Start a container anew that runs already and sees a folder that was there before."""
        engine = ctx.site.host(self.host).engine
        source = former_folder(engine, container, Path(self.root)) if self.root else ""
        if not source:
            return
        ctx.warn(
            f"{container.name} on {self.host} was started by somebody else meanwhile and saw a"
            f" former {source}: it is started anew; what it wrote there is not in the root"
        )
        engine.stop(container.name)
        engine.start(container.name)

    def _bring_up(self, ctx: RunContext, missing: list[str]) -> set[str]:
        """Bring up what the root's compose files declare of these; what has to be there then."""
        root = Path(self.root)
        declared = {service.container for service in read_compose(root)}
        unknown = [name for name in missing if name not in declared]
        if unknown:
            ctx.warn(
                f"{self.host}: no compose file of the root declares {', '.join(unknown)},"
                " which ran when the set was made; bring it up by hand"
            )
        wanted = [name for name in missing if name in declared]
        ctx.report.note(f"{self.host}: bringing up {', '.join(wanted)} from the root's files")
        compose_up(ctx, self.host, root, wanted)
        return set(wanted)


def stay_up(
    ctx: RunContext,
    host: str,
    names: Collection[str],
    expected: Collection[str] | None = None,
    *,
    part_of: str = "",
) -> None:
    """Wait until every one of these containers runs and none is restarted any more.

    A core without its register crash-loops for good: that is said, not waited for forever.

    Args:
        expected: those that have to exist; all of them where not given.
        part_of: whose containers these are, in words, where others follow: the last step of the
            restore then counts all of them.

    Raises:
        PryvTuiError: `step-failed` where one does not come up, for another reason than register.
    """
    settle = 0.0 if ctx.site.practice else ctx.site.settings.settle
    deadline = time.monotonic() + (5.0 if ctx.site.practice else PATIENCE_SECONDS)
    engine = ctx.site.host(host).engine
    wanted = names if expected is None else expected
    before: dict[str, int] | None = None
    since = time.monotonic()
    while True:
        ctx.check_cancelled()
        found = {c.name: c for c in engine.containers() if c.name in names}
        down = [name for name, c in found.items() if not c.running]
        down += [name for name in sorted(wanted) if name not in found]
        counts = {name: c.restarts for name, c in found.items()}
        if counts != before or down:
            before, since = counts, time.monotonic()
        if not down and time.monotonic() - since >= settle:
            ctx.facts.up[host] = sorted({*ctx.facts.up.get(host, ()), *found})
            if part_of:
                ctx.report.note(f"{host}: {part_of}: {count(len(found))}")
            else:
                ctx.checked(f"{host}: {count(len(found))}")
            return
        if time.monotonic() > deadline:
            _complain(ctx, host, found, down)
            return
        time.sleep(0.05 if ctx.site.practice else 0.3)


def _complain(ctx: RunContext, host: str, found: dict[str, Container], down: list[str]) -> None:
    """Say which containers do not stay up, and where to read why."""
    # When all run at this moment, some are being started again and again.
    names = sorted(down) or sorted(found, key=lambda name: -found[name].restarts)[:1]
    states = ", ".join(
        f"{name} ({found[name].state if name in found else 'missing'})" for name in names
    )
    log = "pryv-tui status"
    if names:
        docker = or_by_hand("docker", "logs", names[0], practice=ctx.site.practice)
        log = container_command("logs", names[0], host) + docker
    services = {name.removeprefix("pryvio_") for name in names}
    if services <= {*NEEDS_REGISTER, CONFIG_FOLLOWER} and set(down) <= set(found):
        ctx.warn(
            f"{host}: these do not stay up: {states}. Why, says: {log}. Core and its kin"
            " start again and again until register's /service/info answers."
        )
        return
    raise PryvTuiError(
        "step-failed", f"{host}: these do not come up: {states}", f"Read the log: {log}"
    )


def count(containers: int) -> str:
    if containers == 1:
        return "1 container runs and stays up"
    return f"{containers} containers run and stay up"
